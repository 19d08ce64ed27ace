"""Bytes ⇄ `Audio`: every container and codec, one-shot and in blocks. Hostile input stops here.

This package is the only importer of PyAV. `decode` and `open_audio` read; `encode` and `write` produce; `probe` only looks.
"""

from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import AudioInfo, Decoder, decode, open_audio, probe
from auricle.codec.encoding import convert, encode, write
from auricle.codec.isolated import IsolatedDecoder, open_isolated, warm_up

__all__ = [
    "AudioInfo",
    "AudioProcessingConfig",
    "Decoder",
    "IsolatedDecoder",
    "Limits",
    "convert",
    "decode",
    "encode",
    "open_audio",
    "open_isolated",
    "probe",
    "warm_up",
    "write",
]
