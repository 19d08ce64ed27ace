"""Tests mirror `src/auricle` file by file."""
