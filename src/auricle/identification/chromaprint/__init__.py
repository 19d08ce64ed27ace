"""Chromaprint fingerprints: what AcoustID and MusicBrainz know recordings by."""

from auricle.identification.chromaprint.chroma import RATE
from auricle.identification.chromaprint.compression import decode, encode
from auricle.identification.chromaprint.session import LENGTH_S, REACH_S, WORD_S, Fingerprint, FingerprintSession, fingerprint, heard

__all__ = ["LENGTH_S", "RATE", "REACH_S", "WORD_S", "Fingerprint", "FingerprintSession", "decode", "encode", "fingerprint", "heard"]
