"""The command line: every verb on files, folders and pipes. `main.py` is where it begins."""
