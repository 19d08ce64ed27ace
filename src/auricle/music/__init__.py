"""What a recording of music is made of."""
