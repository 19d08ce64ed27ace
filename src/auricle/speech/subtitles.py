"""A transcript as plain text, SubRip, WebVTT, TSV or LRC.

Text, TSV and LRC have a line per `Segment`; SubRip and WebVTT have the `Cue` objects that `cues` makes of them.

Sources:
    WebVTT: https://www.w3.org/TR/webvtt1/
    SubRip: the convention of its players; numbered cues, ``HH:MM:SS,mmm``, a blank line between two cues.
    TSV: ``WriteTSV`` of https://github.com/openai/whisper (``whisper/utils.py``).
    LRC: ``[mm:ss.xx]`` before a line, and ``<mm:ss.xx>`` before a word as in the "enhanced" (A2) extension.
    Cue size, duration and line breaks: Netflix Timed Text Style Guide (42 columns, 2 lines, 5/6 s to 7 s, break after
    punctuation, bottom-heavy when in doubt) and BBC Subtitle Guidelines (balanced lines, no cue over a long silence).
    The text is verbatim, so reading speed is the speaker's.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from itertools import pairwise

from auricle.errors import OptionError
from auricle.speech.columns import columns, graphemes, ideographs_part, line_starts
from auricle.speech.transcript import Segment, Transcript, Word

__all__ = ["FORMATS", "Cue", "cues", "render", "srt_block"]

FORMATS: tuple[str, ...] = ("text", "srt", "vtt", "tsv", "lrc")

_SHORTEST = 5 / 6  # Netflix: 20 frames at 24 per second
_PAUSE = 0.6  # a speaker who takes a breath; a good place to end a cue
_SILENCE = 1.5  # a speaker who has stopped; no cue stays over it

_QUOTES = "[\"'”’»›)\\]}」』）】]*$"
_SENTENCE_END = re.compile("[.!?…‥。．！？｡؟۔।॥]" + _QUOTES)
_CLAUSE_END = re.compile("[,;:،؛、，､；：—–-]" + _QUOTES)
_LOW_PUNCTUATION = re.compile("[!?:;»]+")  # French has a space before these


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen at one time.

    Attributes:
        start: when it appears. Seconds.
        end: when it goes; at least a millisecond later. Seconds.
        lines: its text, top line first.
        words: for each line its words, with times inside the cue; empty when the segment has no word times.
    """

    start: float
    end: float
    lines: tuple[str, ...]
    words: tuple[tuple[Word, ...], ...]


def render(transcript: Transcript, format: str) -> str:  # noqa: A002 - the option is called so everywhere
    """Write ``transcript`` in one of `FORMATS`; what is not empty ends with exactly one newline.

    Raises:
        OptionError: there is no such format.
    """
    match format:
        case "text":
            return "".join(f"{_plain(segment.text)}\n" for segment in _spoken(transcript))
        case "srt":
            return "\n".join(srt_block(number, cue) for number, cue in enumerate(cues(transcript.segments), 1))
        case "vtt":
            return "\n".join(["WEBVTT\n", *map(_vtt_block, cues(transcript.segments))])
        case "tsv":
            return "".join(["start\tend\ttext\n", *map(_tsv_row, _spoken(transcript))])
        case "lrc":
            return "".join(map(_lrc_line, _spoken(transcript)))
        case _:
            raise OptionError("format", f"there is no transcript format {format!r}", FORMATS)


def cues(segments: Iterable[Segment], *, max_chars: int = 42, max_lines: int = 2, max_seconds: float = 7.0) -> Iterator[Cue]:
    """Divide ``segments`` into cues as they arrive: in order, never overlapping, with all of the text.

    A cue ends at a sentence end if it can, else at a pause, else at a comma. It has the times of its words; without word
    times, or with words that do not spell the text, the segment's time is shared out by characters. A cue is given as soon
    as its segment is there, unless it is shorter than 5/6 s: that one waits to see how long it may be extended.

    Args:
        segments: in order of time.
        max_chars: columns in a line; an East Asian wide character takes two. Longer words are broken.
        max_lines: lines in a cue.
        max_seconds: longest time on the screen; a single word that lasts longer, or line without word times, is cut short.

    Raises:
        OptionError: a limit leaves no room for any text.
    """
    if max_chars < 2:
        raise OptionError("max_chars", "max_chars must be at least 2, the columns of a wide character.")
    if max_lines < 1:
        raise OptionError("max_lines", "max_lines must be at least 1.")
    if not max_seconds > 0:
        raise OptionError("max_seconds", "max_seconds must be more than 0.")
    return _timed(segments, _Limits(max_chars, max_lines, max_seconds))


@dataclass(frozen=True, slots=True)
class _Limits:
    chars: int
    lines: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Piece:
    """Text that no line break may divide: a word, or what is joined to one without a place to break."""

    gap: str  # the white space before it
    text: str
    column: int  # where it would begin if the segment were one line
    stop_column: int  # and end
    words: tuple[Word, ...]

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end

    def joined(self, after: _Piece) -> _Piece:
        text = self.text + after.gap + after.text
        return replace(self, text=text, stop_column=after.stop_column, words=self.words + after.words)


def _timed(segments: Iterable[Segment], limits: _Limits) -> Iterator[Cue]:
    clock = 0.0
    short: Cue | None = None
    for segment in segments:
        for draft in _drafts(segment, limits):
            cue = _placed(draft, clock, limits.seconds)
            clock = cue.end
            if short:
                yield _extended(short, cue.start, limits.seconds)
            short = cue if cue.end - cue.start < _SHORTEST else None
            if not short:
                yield cue
    if short:
        yield _extended(short, math.inf, limits.seconds)


def _placed(cue: Cue, earliest: float, longest: float) -> Cue:
    """``cue`` moved and cut to begin no earlier, last no longer, and at least a millisecond when written down."""
    start = max(cue.start, earliest)
    end = max(start, min(cue.end, start + longest))
    if _rounded(end, 1000) <= _rounded(start, 1000):
        end = (_rounded(start, 1000) + 1) / 1000
    words = tuple(tuple(_clamped(word, start, end) for word in line) for line in cue.words)
    return Cue(start, end, cue.lines, words)


def _clamped(word: Word, start: float, end: float) -> Word:
    return replace(word, start=min(max(word.start, start), end), end=min(max(word.end, start), end))


def _extended(cue: Cue, room: float, longest: float) -> Cue:
    return replace(cue, end=max(cue.end, min(cue.start + min(_SHORTEST, longest), room)))


def _drafts(segment: Segment, limits: _Limits) -> Iterator[Cue]:
    """The cues of one segment, before they are fitted in with their neighbours."""
    spelled = _spelled(segment)
    whole = Word(_plain(segment.text), segment.start, segment.end, segment.confidence)
    pieces = _pieces(_fitting(spelled, limits.chars) if spelled else _split("", whole, limits.chars), limits)
    line_ends = _line_ends(pieces, limits.chars)
    cue_ends = _cue_ends(pieces, line_ends, limits, bool(spelled))
    for first, stop in _cheapest(0, len(pieces), cue_ends, _cue_cost(pieces, limits)):
        lines = [pieces[a:b] for a, b in _cheapest(first, stop, line_ends, _line_cost(pieces, limits))]
        text = tuple("".join(piece.gap + piece.text for piece in line).lstrip() for line in lines)
        words = tuple(tuple(word for piece in line for word in piece.words) for line in lines)
        yield Cue(pieces[first].start, pieces[stop - 1].end, text, words if spelled else ())


def _cheapest(first: int, stop: int, ends: Sequence[int], cost: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Cut ``first`` to ``stop`` into spans that end no later than ``ends`` says, at the least total cost.

    Of two equal ways it takes the one with the earlier cut: bottom-heavy lines.
    """
    best = {first: (0.0, first)}
    for start in range(first, stop):
        for end in range(start + 1, min(ends[start], stop) + 1):
            total = best[start][0] + cost(start, end)
            if end not in best or total < best[end][0]:
                best[end] = (total, start)
    spans = []
    while stop > first:
        spans.append((best[stop][1], stop))
        stop = best[stop][1]
    return spans[::-1]


def _line_ends(pieces: Sequence[_Piece], max_chars: int) -> list[int]:
    """For each piece, how far a line that begins with it can reach; and the end, which reaches itself."""
    ends, stop = [], 0
    for at, piece in enumerate(pieces):
        stop = max(stop, at + 1)
        while stop < len(pieces) and pieces[stop].stop_column - piece.column <= max_chars:
            stop += 1
        ends.append(stop)
    return [*ends, len(pieces)]


def _cue_ends(pieces: Sequence[_Piece], line_ends: Sequence[int], limits: _Limits, timed: bool) -> list[int]:
    """For each piece, how far a cue that begins with it can reach.

    "Thank you." in a segment of 20 s was not said that slowly: without word times no line is divided to be shorter in time.
    """
    ends = []
    for at, piece in enumerate(pieces):
        stop = at
        for _ in range(limits.lines):
            stop = line_ends[stop]
        least = at + 1 if timed else line_ends[at]
        while stop > least and pieces[stop - 1].end - piece.start > limits.seconds:
            stop -= 1
        ends.append(stop)
    return ends


def _cue_cost(pieces: Sequence[_Piece], limits: _Limits) -> Callable[[int, int], float]:
    """Few cues, none that only flashes, cut at good places, evenly filled: in about this order."""

    def cost(first: int, stop: int) -> float:
        fill = (pieces[stop - 1].stop_column - pieces[first].column) / (limits.chars * limits.lines)
        flash = pieces[stop - 1].end - pieces[first].start < _SHORTEST
        return 10 + 10 * flash + _break_cost(pieces, stop) + 6 * fill**2

    return cost


def _line_cost(pieces: Sequence[_Piece], limits: _Limits) -> Callable[[int, int], float]:
    """No more lines than needed; then balanced, which leaves no short word alone, unless a comma is near the middle."""

    def cost(first: int, stop: int) -> float:
        filled = pieces[stop - 1].stop_column - pieces[first].column
        # Short words without punctuation, in most languages, are articles and prepositions: they belong to what follows.
        dangling = len(pieces[stop - 1].text) <= 3 and pieces[stop - 1].text.isalpha()
        return 1000 + 4 * dangling + _break_cost(pieces, stop) + 50 * (filled / limits.chars) ** 2

    return cost


def _break_cost(pieces: Sequence[_Piece], at: int) -> float:
    """How bad a cut before piece ``at`` is: best in a silence, then after a sentence, in a pause, after a clause."""
    if at == len(pieces):
        return 0
    before, pause = pieces[at - 1].text, pieces[at].start - pieces[at - 1].end
    grades = (
        (-20, pause >= _SILENCE),
        (0, _SENTENCE_END.search(before)),
        (4, pause >= _PAUSE),
        (8, _CLAUSE_END.search(before)),
    )
    return next((cost for cost, holds in grades if holds), 16)


def _pieces(words: Iterable[tuple[str, Word]], limits: _Limits) -> list[_Piece]:
    """Join words between which a line must not break, as long as the result fits."""
    pieces: list[_Piece] = []
    for gap, word in words:
        start = pieces[-1].stop_column + len(gap) if pieces else 0
        piece = _Piece(gap, word.text, start, start + columns(word.text), (word,))
        if pieces and _inseparable(pieces[-1], piece, limits):
            piece = pieces.pop().joined(piece)
        pieces.append(piece)
    return pieces


def _inseparable(before: _Piece, after: _Piece, limits: _Limits) -> bool:
    fits = after.stop_column - before.column <= limits.chars and after.end - before.start <= limits.seconds
    return fits and not _breakable(before.text, after.gap, after.text)


def _breakable(before: str, gap: str, after: str) -> bool:
    if gap:
        return gap == " " and before != "«" and not _LOW_PUNCTUATION.fullmatch(after)
    return ideographs_part(graphemes(before)[-1], graphemes(after)[0])


def _spelled(segment: Segment) -> list[tuple[str, Word]]:
    """The segment's words, each with the white space before it; empty when they do not spell the segment's text."""
    text, at = _plain(segment.text), 0
    spelled: list[tuple[str, Word]] = []
    for word in segment.words:
        written = _plain(word.text)
        found = text.find(written, at)
        if found < 0 or text[at:found].strip():
            return []
        gap, at = text[at:found], found + len(written)
        word = replace(word, text=written)
        if spelled and _share_grapheme(spelled[-1][1].text, gap, written):
            spelled[-1] = (spelled[-1][0], _merged(spelled[-1][1], gap, word))
        elif written:
            spelled.append((gap, word))
    return [] if text[at:] else spelled


def _share_grapheme(before: str, gap: str, after: str) -> bool:
    """Whether a recogniser cut inside a character, as one with byte tokens may in Thai."""
    return len(graphemes(before + gap + after)) < sum(len(graphemes(part)) for part in (before, gap, after))


def _merged(before: Word, gap: str, after: Word) -> Word:
    return Word(before.text + gap + after.text, before.start, after.end, min(before.confidence, after.confidence))


def _fitting(words: Iterable[tuple[str, Word]], max_chars: int) -> Iterator[tuple[str, Word]]:
    for gap, word in words:
        if columns(word.text) <= max_chars:
            yield gap, word
        else:
            yield from _split(gap, word, max_chars)


def _split(gap: str, word: Word, max_chars: int) -> Iterator[tuple[str, Word]]:
    """Divide a text wherever a line may break, and its time in proportion to characters."""
    parts = graphemes(word.text)

    def time(at: int) -> float:
        return word.start * (1 - at / len(parts)) + word.end * (at / len(parts))

    for first, stop in pairwise([*line_starts(parts, max_chars), len(parts)]):
        text = "".join(parts[first:stop])
        yield gap, Word(text.rstrip(), time(first), time(stop), word.confidence)
        gap = text[len(text.rstrip()) :]


def _plain(text: str) -> str:
    """``text`` on one line; of all white space only single spaces remain, and no-break spaces, which French needs."""
    return re.sub(r"\s+", lambda run: run[0] if run[0] in {"\xa0", "\u202f"} else " ", text).strip()


def _spoken(transcript: Transcript) -> Iterator[Segment]:
    return (segment for segment in transcript.segments if segment.text.strip())


def srt_block(number: int, cue: Cue) -> str:
    """A cue in SubRip, without the blank line between two."""
    return f"{number}\n{_clock(cue.start, ',')} --> {_clock(cue.end, ',')}\n" + "".join(f"{line}\n" for line in cue.lines)


def _vtt_block(cue: Cue) -> str:
    stamps = _inline_stamps(cue)
    words = cue.words or ((),) * len(cue.lines)
    escaped = partial(escape, quote=False)
    # Not strict: each line takes its words' stamps and leaves the rest to the next line.
    lines = (_stamped(line, zip(spoken, stamps, strict=False), escaped) for line, spoken in zip(cue.lines, words, strict=True))
    return f"{_clock(cue.start, '.')} --> {_clock(cue.end, '.')}\n" + "".join(f"{line}\n" for line in lines)


def _inline_stamps(cue: Cue) -> Iterator[str]:
    """A time stamp for each word that may have one: WebVTT wants each later than all before it and inside the cue."""
    shown, end = _rounded(cue.start, 1000), _rounded(cue.end, 1000)
    for word in (word for line in cue.words for word in line):
        yield f"<{_clock(word.start, '.')}>" if shown < _rounded(word.start, 1000) < end else ""
        shown = max(shown, _rounded(word.start, 1000))


def _tsv_row(segment: Segment) -> str:
    return f"{_rounded(segment.start, 1000)}\t{_rounded(segment.end, 1000)}\t{_plain(segment.text)}\n"


def _lrc_line(segment: Segment) -> str:
    stamped = ((word, f"<{_lrc_clock(word.start)}>") for _, word in _spelled(segment))
    return f"[{_lrc_clock(segment.start)}]{_stamped(_plain(segment.text), stamped, str)}\n"


def _stamped(line: str, stamped: Iterable[tuple[Word, str]], written: Callable[[str], str]) -> str:
    """``line`` with each word's stamp before it."""
    result, at = "", 0
    for word, stamp in stamped:
        found = line.index(word.text, at)
        result += written(line[at:found]) + stamp + written(word.text)
        at = found + len(word.text)
    return result + written(line[at:])


def _clock(seconds: float, point: str) -> str:
    ms = _rounded(seconds, 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"


def _lrc_clock(seconds: float) -> str:
    hundredths = _rounded(seconds, 100)
    return f"{hundredths // 6000:02}:{hundredths // 100 % 60:02}.{hundredths % 100:02}"


def _rounded(seconds: float, per_second: int) -> int:
    """Half up, of the decimal that a reader sees: 1.0005 is a little less in binary and still becomes 1001 ms."""
    return math.floor(round(max(seconds, 0) * per_second, 3) + 0.5)
