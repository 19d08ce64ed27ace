"""`auricle fingerprint`: Chromaprint fingerprints, written as fpcalc writes them, so that scripts can call either."""

from __future__ import annotations

from argparse import Namespace

from auricle import wire
from auricle.cli import failures, output
from auricle.cli.inputs import Input, expand
from auricle.cli.progress import Progress
from auricle.cli.targets import reading_of
from auricle.codec import AudioProcessingConfig, open_audio
from auricle.errors import InputError
from auricle.identification.chromaprint import LENGTH_S, Fingerprint, FingerprintSession, fingerprint

__all__ = ["run"]


def run(arguments: Namespace) -> int:
    """Print the fingerprint of every FILE; gives the exit code."""
    config, length = reading_of(arguments), _length(arguments)
    FingerprintSession(length)  # a length that cannot be is the same for all
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    for file in files:
        try:
            made = _fingerprint(file, config, length, arguments.salvage)
        except InputError as error:
            codes.append(failures.report(file.name, error, salvage=True))
            continue
        if arguments.json:
            output.say(output.json_text(wire.fingerprint(made, raw=arguments.raw), file=file.word if len(files) > 1 else None))
        else:
            output.say((f"FILE={output.printable(file.word)}\n" if len(files) > 1 else "") + _text(made, raw=arguments.raw))
    return max(codes, default=0)


def _length(arguments: Namespace) -> float | None:
    if arguments.all:
        return None
    return LENGTH_S if arguments.length is None else float(arguments.length)


def _fingerprint(file: Input, config: AudioProcessingConfig, length: float | None, salvage: bool) -> Fingerprint:
    with open_audio(file.source, config, salvage=salvage) as decoder:
        whole = decoder.info.duration
        heard = min(whole, length) if whole and length else whole
        with Progress(file.file_name, heard, lambda: decoder.position):
            return fingerprint(decoder, length=length)


def _text(made: Fingerprint, *, raw: bool) -> str:
    words = ",".join(map(str, made.raw.tolist())) if raw else made.encoded
    return f"DURATION={int(made.duration)}\nFINGERPRINT={words}\n"
