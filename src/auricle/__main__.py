"""`python -m auricle` is the command `auricle`."""

import sys

from auricle.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
