"""`auricle info`: what recordings are, by their header and by every sample."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from itertools import count

from auricle import wire
from auricle.cli import failures, output
from auricle.cli.inputs import Input, expand
from auricle.cli.progress import Progress
from auricle.codec import open_audio
from auricle.errors import CorruptAudio, InputError

__all__ = ["run"]

_TOLERANCE_S = 0.1  # a header's length that is further off is worth a word. Seconds
# Their headers state an estimate at best, so a shorter content is not a cut.
_ESTIMATING = frozenset({"aac", "ac3", "eac3", "amr", "amrnb", "amrwb", "asf"})


def run(arguments: Namespace) -> int:
    """Describe every FILE; gives the exit code."""
    files, missing = expand(arguments.files)
    codes = [failures.report(name, error) for name, error in missing]
    said = count()
    for file in files:
        try:
            facts = _measured(file)
        except InputError as error:
            codes.append(failures.report(file.name, error))
            continue
        if arguments.json:
            output.say(output.json_text(facts, file=file.word if len(files) > 1 else None))
        else:
            output.say(("\n" if next(said) else "") + _text(file, facts))
    return max(codes, default=0)


def _measured(file: Input) -> wire.WireInfo:
    """Decode in blocks, for the length and the peak; damage is no obstacle to a description."""
    frames, peak = 0, 0.0
    with open_audio(file.source, salvage=True) as decoder, Progress(file.file_name, decoder.info.duration, lambda: decoder.position):
        for block in decoder:
            frames += block.frames
            peak = max(peak, block.peak)
    header = decoder.info
    duration = frames / header.sample_rate
    short = header.container not in _ESTIMATING and header.duration is not None and header.duration - duration > _TOLERANCE_S
    return wire.info(header, duration=duration, peak=peak, cut_off=short or _refused(file))


def _refused(file: Input) -> bool:
    """Whether the header promises more bytes than there are, which only an ordinary file lets us ask a second time."""
    if file.path is None or not file.path.is_file():
        return False
    try:
        open_audio(file.path).close()
    except CorruptAudio:
        return True
    return False


def _text(file: Input, facts: wire.WireInfo) -> str:
    rows = "".join(f"  {label:<13}{output.printable(value)}\n" for label, value in _rows(facts))
    return f"{output.printable(file.name)}\n{rows}"


def _rows(facts: wire.WireInfo) -> Iterator[tuple[str, str]]:
    yield "container", facts["container"]
    yield "codec", facts["codec"]
    yield "sample rate", f"{facts['sample_rate']} Hz"
    yield "channels", str(facts["channels"])
    yield "duration", _duration(facts)
    if facts["bit_depth"] is not None:
        yield "bit depth", str(facts["bit_depth"])
    yield "size", f"{output.human_size(facts['size_bytes'])} ({facts['size_bytes']} bytes)"
    yield "peak", "silence" if facts["peak_dbfs"] is None else f"{facts['peak_dbfs']:.2f} dBFS ({facts['peak']:.4f})"
    for number, (key, value) in enumerate(facts["tags"].items()):
        yield "" if number else "tags", f"{key}: {value}"


def _duration(facts: wire.WireInfo) -> str:
    decoded, declared = facts["duration"], facts["declared_duration"]
    notes = [output.clock(decoded)] if decoded >= 60 else []
    if declared is not None and abs(declared - decoded) > _TOLERANCE_S:
        notes.append(f"its header says {declared:.3f} s")
    if facts["cut_off"]:
        notes.append("cut off")
    return f"{decoded:.3f} s" + (f" ({'; '.join(notes)})" if notes else "")
