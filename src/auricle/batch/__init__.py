"""Many recordings, each through the same verbs: here, on all cores, or on a Ray cluster."""
