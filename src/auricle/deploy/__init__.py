"""Beyond one machine: the server and the verbs on Ray Serve and on Chutes. Wraps them, and does nothing itself."""
