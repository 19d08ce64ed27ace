"""What recording is this, and where in it are we?

A `Catalogue` knows recordings by their landmarks, and recognises pieces of them; a `fingerprint` is what AcoustID knows a recording by;
`find_duplicates` finds recordings that are there more than once.
"""

from auricle.identification.catalogue import Catalogue
from auricle.identification.chromaprint import Fingerprint, fingerprint
from auricle.identification.duplicates import DuplicateSearch, find_duplicates
from auricle.identification.importing import Import, Outcome
from auricle.identification.results import DuplicateGroup, Entry, Identification, Match
from auricle.identification.verification import Verification

__all__ = [
    "Catalogue",
    "DuplicateGroup",
    "DuplicateSearch",
    "Entry",
    "Fingerprint",
    "Identification",
    "Import",
    "Match",
    "Outcome",
    "Verification",
    "find_duplicates",
    "fingerprint",
]
