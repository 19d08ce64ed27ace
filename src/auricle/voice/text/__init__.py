"""Text as it is written → words as they are read aloud."""
