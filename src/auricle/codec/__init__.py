"""Bytes ⇄ `Audio`: every container and codec, one-shot and in blocks. Hostile input stops here.

This package is the only importer of PyAV. `decode` and `open_audio` read; `encode` and `write` produce; `probe` only looks.
"""

from auricle.codec.config import AudioProcessingConfig, Limits
from auricle.codec.decoding import AudioInfo, Decoder, decode, open_audio, probe
from auricle.codec.encoding import convert, encode, write
from auricle.codec.isolated import IsolatedDecoder, open_isolated, warm_up
from auricle.codec.recording import Recording, as_audio, open_recording

__all__ = [
    "AudioInfo",
    "AudioProcessingConfig",
    "Decoder",
    "IsolatedDecoder",
    "Limits",
    "Recording",
    "as_audio",
    "convert",
    "decode",
    "encode",
    "open_audio",
    "open_isolated",
    "open_recording",
    "probe",
    "warm_up",
    "write",
]
