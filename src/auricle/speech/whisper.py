"""The recogniser: a Whisper model by CTranslate2, and the decode loop over a stream of speech.

`Recognizer` is the shared model; `Recognizer.segments` runs the loop of Radford et al. 2022, "Robust Speech Recognition via
Large-Scale Weak Supervision" (https://arxiv.org/abs/2212.04356), section 4.5, over pieces of speech as they come: a window of
30 s is decoded, its time stamps divide it into segments, and the next window begins where the last whole segment ended. No
more than a window of audio is held. Features, tokenizer and word alignment are faster-whisper's.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from auricle.errors import MissingDependency, ModelUnavailable, OptionError
from auricle.speech.confidence import of_segment, of_word
from auricle.speech.language import first_run
from auricle.speech.names import CODES
from auricle.speech.transcript import Segment, Token, Word
from auricle.speech.vad import Mono, SpeechPiece, SpeechTimeline

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

__all__ = ["Language", "Recognizer", "TranscribeOptions", "place"]

Task = Literal["transcribe", "translate"]

_RATE = 16_000
_HOP = 160  # samples of a feature frame: 10 ms
_WINDOW = 3000  # feature frames that the model sees at once: 30 s
_LEFT = 2  # feature frames before the window that its first frame's analysis window reaches into, and as many after it
_TOKEN_S = 0.02  # a time-stamp token's resolution. Seconds
_TEMPERATURE_STEP = 0.2
_MAX_COMPRESSION_RATIO = 2.4  # above: the text repeats itself
_MIN_AVG_LOGPROB = -1.0  # below: the model did not believe what it wrote
_MAX_NO_SPEECH_PROB = 0.6  # above, with the log-probability below: nothing was said
_MOST_CHARACTERS = (10, 40)  # more than 10 and 40 a second nobody can say: the model invents what it did not hear
_PROMPT_RESET = 0.5  # text decoded at a higher temperature is no context to build on
_QUIET = 20  # feature frames over which loudness is averaged to find a pause: 200 ms
_ENGLISH = frozenset({  # frequent English words that French, German and Spanish do not have
    "about", "all", "and", "are", "been", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get", "had", "have",
    "he", "her", "him", "his", "how", "i", "if", "is", "it", "its", "my", "not", "now", "of", "or", "our", "out", "please", "said",
    "she", "some", "than", "that", "the", "their", "then", "there", "they", "this", "to", "up", "we", "were", "what", "when",
    "which", "who", "will", "with", "would", "you", "your",
})  # fmt: skip
_LEAST_PROBABILITY = 1e-9  # half precision underflows to 0, which has no logarithm
_PREPEND, _APPEND = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """What to recognise and how.

    Attributes:
        language: ISO 639-1 code such as "de", or its English name; None detects it, window by window, so that it may change.
        task: "transcribe" writes what is said, "translate" writes it in English.
        temperature: where sampling starts; a window that fails a check is decoded again 0.2 warmer, up to 1.
        word_timestamps: find the time of each word.
        prompt: text that might have come before; the transcript continues its style and spelling.
        hotwords: names and terms that are likely to be said.
        beam_size: hypotheses kept at temperature 0.
        condition_on_previous_text: decode each window as the continuation of what was recognised before it.
        logprobs: find the log-probability of each token.
    """

    language: str | None = None
    task: Task = "transcribe"
    temperature: float = 0.0
    word_timestamps: bool = False
    prompt: str | None = None
    hotwords: str | None = None
    beam_size: int = 5
    condition_on_previous_text: bool = True
    logprobs: bool = False

    def __post_init__(self) -> None:
        for name in ("language", "prompt", "hotwords"):
            if not isinstance(getattr(self, name), str | None):
                raise OptionError(name, f"{name} is {getattr(self, name)!r}; give a string")
        for name, kind in (("temperature", (int, float)), ("beam_size", int)):
            if not isinstance(getattr(self, name), kind):
                raise OptionError(name, f"{name} is {getattr(self, name)!r}; give a number")
        if self.language is not None:  # "de-DE", "DE" and "German" are German too
            code = self.language.lower().replace("_", "-").partition("-")[0]
            object.__setattr__(self, "language", CODES.get(code, code))
        if self.task not in ("transcribe", "translate"):
            raise OptionError("task", f"there is no task {self.task!r}", ("transcribe", "translate"))
        if not 0 <= self.temperature <= 1:
            raise OptionError("temperature", f"the temperature is {self.temperature}; it may be 0 to 1")
        if not 1 <= self.beam_size <= 64:
            raise OptionError("beam_size", f"the beam size is {self.beam_size}; it may be 1 to 64")

    @property
    def temperatures(self) -> tuple[float, ...]:
        """The ladder: from `temperature` to 1 in steps of 0.2."""
        steps = math.floor((1 - self.temperature) / _TEMPERATURE_STEP + 1e-9)
        return tuple(round(self.temperature + step * _TEMPERATURE_STEP, 6) for step in range(steps + 1))


@dataclass(slots=True)
class Language:
    """What is known of the language so far; `Recognizer.segments` keeps it up to date.

    Attributes:
        code: the language of the last window.
        probability: how sure its detection was; 1 when the caller named it.
    """

    code: str
    probability: float


class Recognizer:
    """A loaded Whisper model; any number of threads may share it.

    Args:
        directory: a CTranslate2 Whisper model.
        name: what to call it in messages and results.
        device: "cpu", "cuda", or "auto" for a CUDA GPU where there is one.
        compute_type: CTranslate2's number format; None is int8 on a CPU and float16 on a GPU.
        threads: CPU threads of one call; 0 is one per core, at most 8.
        workers: calls that run at once; others wait for them.

    Raises:
        MissingDependency: the extra `speech` is not installed.
        ModelUnavailable: the directory cannot be loaded.
    """

    def __init__(
        self, directory: Path, name: str, *, device: str = "auto", compute_type: str | None = None, threads: int = 0, workers: int = 1
    ) -> None:
        try:
            from faster_whisper import WhisperModel
        except ImportError as error:
            raise MissingDependency("speech recognition", "speech") from error
        device, compute_type = place(device, compute_type)
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        try:
            self._engine: WhisperModel = WhisperModel(
                str(directory),
                device=device,
                compute_type=compute_type,
                cpu_threads=threads or min(cores, 8),
                num_workers=workers,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelUnavailable(f"the model in {directory} cannot be loaded on {device}: {error}.") from error
        self.name = name
        self.device = device

    @property
    def multilingual(self) -> bool:
        """Whether it knows other languages than English."""
        return bool(self._engine.model.is_multilingual)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that it knows."""
        return tuple(self._engine.supported_languages)

    def check(self, options: TranscribeOptions) -> None:
        """Raise `OptionError` when this model cannot do what ``options`` ask."""
        if options.language is not None and options.language not in self.languages:
            if not self.multilingual:
                raise OptionError(
                    "language", f"{self.name} knows only English, not {options.language!r}; use a multilingual model such as base"
                )
            raise OptionError("language", f"{self.name} knows no language {options.language!r}", self.languages)
        if options.task == "translate" and not self.multilingual:
            raise OptionError("task", f"{self.name} knows only English and cannot translate; use a multilingual model such as base")

    def segments(self, pieces: Iterable[SpeechPiece], options: TranscribeOptions, language: Language) -> Iterator[Segment]:
        """Recognise speech as it comes; a segment is given as soon as its window is decoded.

        Args:
            pieces: speech at 16 kHz with its place in the recording, such as `auricle.speech.vad.speech_pieces` gives.
            options: checked by `check`.
            language: kept up to date.
        """
        return _Decoding(self._engine, options, language).run(_SpeechBuffer(pieces))


def place(device: str, compute_type: str | None) -> tuple[str, str]:
    """The device and number format that these mean on this machine.

    Raises:
        OptionError: there is no such device here, or it cannot compute so.
    """
    import ctranslate2

    if device not in ("auto", "cpu", "cuda"):
        raise OptionError("device", f"there is no device {device!r}", ("auto", "cpu", "cuda"))
    gpus = ctranslate2.get_cuda_device_count()
    if device == "cuda" and not gpus:
        raise OptionError("device", "there is no CUDA GPU on this machine; use cpu or auto")
    device = "cuda" if gpus and device != "cpu" else "cpu"
    compute_type = compute_type or ("int8" if device == "cpu" else "float16")
    known = ("default", *sorted(ctranslate2.get_supported_compute_types(device)))
    if compute_type not in known:
        raise OptionError("compute_type", f"{device} cannot compute in {compute_type!r}", known)
    return device, compute_type


class _SpeechBuffer:
    """The joined speech from a little before the window's start; the rest is not read yet or forgotten."""

    def __init__(self, pieces: Iterable[SpeechPiece]) -> None:
        self._pieces = iter(pieces)
        self._samples: Mono = np.zeros(0, np.float32)
        self._origin = 0  # feature frame of the first sample that is held
        self._ended = False
        self.timeline = SpeechTimeline()

    def fill(self, frame: int) -> int:
        """Hold the window at ``frame``; gives how many of its feature frames there are, 0 at the end."""
        wanted = (frame + _WINDOW + _LEFT - self._origin) * _HOP
        held, arrived = len(self._samples), [self._samples]
        while held < wanted and not self._ended:
            piece = next(self._pieces, None)
            self._ended = piece is None
            if piece is not None:
                self.timeline.add(piece)
                arrived.append(piece.samples)
                held += len(piece.samples)
        drop = min(max(0, frame - _LEFT - self._origin), held // _HOP)
        self._samples, self._origin = np.concatenate(arrived)[drop * _HOP :], self._origin + drop
        return max(0, min(_WINDOW, self._origin + len(self._samples) // _HOP - frame))

    def audio(self, frame: int, size: int) -> tuple[Mono, int]:
        """Samples of ``size`` frames from ``frame`` on and of the frames around them, and how many frames come before."""
        left = min(_LEFT, frame - self._origin)
        first = (frame - left - self._origin) * _HOP
        last = (frame + size + _LEFT - self._origin) * _HOP
        samples = self._samples[first:last]
        return np.pad(samples, (0, max(0, _HOP - (len(samples) - (left + size) * _HOP)))), left


@dataclass(slots=True)
class _Hypothesis:
    """One decoding of a window, with what its checks look at."""

    tokens: list[int]
    text: str
    avg_logprob: float
    no_speech_prob: float
    temperature: float
    duration: float  # of the audio in the window. Seconds
    translated: bool  # from another language into English
    compression_ratio: float = field(init=False)

    def __post_init__(self) -> None:
        data = self.text.encode()
        self.compression_ratio = len(data) / len(zlib.compress(data)) if data else 0.0

    @property
    def repeats(self) -> bool:
        return self.compression_ratio > _MAX_COMPRESSION_RATIO or loops(self.text)

    @property
    def hurried(self) -> bool:
        return len(self.text) > _MOST_CHARACTERS[0] + _MOST_CHARACTERS[1] * self.duration

    @property
    def foreign(self) -> bool:
        return self.translated and not reads_as_english(self.text)

    @property
    def silent(self) -> bool:
        return self.no_speech_prob > _MAX_NO_SPEECH_PROB and self.avg_logprob < _MIN_AVG_LOGPROB

    @property
    def good(self) -> bool:
        return self.silent or not (self.repeats or self.hurried or self.foreign or self.avg_logprob < _MIN_AVG_LOGPROB)


def loops(text: str) -> bool:
    """Whether a phrase comes six times in a row, or four times when it has four words or more.

    A window can hold a loop without compressing well, when the loop is only part of it.
    """
    words = text.lower().split()
    spaced = len(text) <= 15 * len(words)
    units = words if spaced else list("".join(words))  # Chinese, Japanese and Thai have no spaces: characters, two or so a word
    for length in range(1, 1 + len(units) // 4):
        times = 4 if length >= (4 if spaced else 8) else 6
        run = 0
        for left, right in zip(units, units[length:], strict=False):
            run = run + 1 if left == right else 0
            if run >= length * (times - 1):
                return True
    return False


def reads_as_english(text: str) -> bool:
    """Whether ``text`` can be English: it has one of its commonest words that French, German and Spanish lack, or is short and plain."""
    words = re.findall(r"\w+", text.lower())
    return not _ENGLISH.isdisjoint(words) or (len(words) < 4 and text.isascii())


class _Decoding:
    """One recording's state: the place, the context, the language."""

    def __init__(self, engine: WhisperModel, options: TranscribeOptions, language: Language) -> None:
        self._engine, self._options, self._language = engine, options, language
        self._tokenizers: dict[str, Tokenizer] = {}
        self._context: list[int] = self._tokenizer(language.code).encode(" " + options.prompt.strip()) if options.prompt else []
        self._fixed_language = options.language is not None or not engine.model.is_multilingual
        self._until = -1  # feature frame up to which the language is known; -1 before the first window
        self._count = 0
        self._last_speech = 0.0  # end of the last word in the joined speech. Seconds
        self._loudest = -math.inf  # the largest feature so far
        self._latest = 0.0  # end of the last segment in the recording. Seconds

    def run(self, buffer: _SpeechBuffer) -> Iterator[Segment]:
        frame = 0
        while available := buffer.fill(frame):
            encoded, size = self._encode(buffer, frame, available)
            best = self._decode(encoded, size)
            if best.silent or best.hurried:
                frame += size
                continue
            stretches, advance = _divide(best.tokens, self._tokenizer(self._language.code).timestamp_begin, frame, size)
            if self._options.word_timestamps:
                advance = self._align(stretches, encoded, size, advance, frame)
            if self._options.logprobs:
                self._score(stretches, encoded, size)
            yield from self._segments(stretches, best, buffer.timeline)
            if not self._options.condition_on_previous_text or best.temperature > _PROMPT_RESET:
                self._context = []
            frame += advance

    def _encode(self, buffer: _SpeechBuffer, frame: int, available: int) -> tuple[Any, int]:
        """Encode the window, cut where the language changes; gives how many frames it has."""
        features = self._features(buffer, frame, available)
        if self._fixed_language:
            return self._engine.encode(features), available
        if frame < self._until:
            size = min(available, self._until - frame)
            return self._engine.encode(_only(features, size)), size
        return self._follow_language(features, frame, available)

    def _follow_language(self, features: Any, frame: int, available: int) -> tuple[Any, int]:
        """Detect the language at the start of a window and encode the window as far as it lasts."""
        first, encoded, size = self._until < 0, self._engine.encode(features), available
        run = first_run(self._engine.model, encoded, available * _HOP / _RATE, None if first else self._language.code)
        if run.code != self._language.code and not first:  # the prompt may be in another language, what was recognised not
            self._context = []
        self._language.code, self._language.probability = run.code, run.probability
        self._until = frame
        if run.change is not None:
            size = min(available, _pause(features, *run.change))
            encoded, self._until = self._engine.encode(_only(features, size)), frame + size
        return encoded, size

    def _features(self, buffer: _SpeechBuffer, frame: int, size: int) -> Any:
        """Log-mel features, shape (mels, 3000): those of the window, then zeros.

        Their floor lies 80 dB below the loudest moment, which is 2 in their unit; here that of the recording so far.
        """
        samples, left = buffer.audio(frame, size)
        features = self._engine.feature_extractor(samples, padding=0)[:, left : left + size]
        self._loudest = max(self._loudest, float(features.max()))
        features = np.maximum(features, self._loudest - 2)
        return np.pad(features, ((0, 0), (0, _WINDOW - features.shape[1])))

    def _tokenizer(self, language: str) -> Tokenizer:
        if language not in self._tokenizers:
            from faster_whisper.tokenizer import Tokenizer

            self._tokenizers[language] = Tokenizer(
                self._engine.hf_tokenizer, self._engine.model.is_multilingual, task=self._options.task, language=language
            )
        return self._tokenizers[language]

    def _decode(self, encoded: Any, size: int) -> _Hypothesis:
        """The first hypothesis of the ladder that passes the checks, else the likeliest of those that do not repeat themselves.

        A loop or an invention often comes from the context, so before it gets warmer such a window is decoded without it.
        """
        tried: list[_Hypothesis] = []
        for temperature in self._options.temperatures:
            tried.append(self._generate(encoded, size, temperature))
            if self._context and (tried[-1].repeats or tried[-1].hurried):
                self._context = []
                tried.append(self._generate(encoded, size, temperature))
            if tried[-1].good:
                return tried[-1]
        best = max(
            tried, key=lambda hypothesis: (not hypothesis.hurried, not hypothesis.repeats, not hypothesis.foreign, hypothesis.avg_logprob)
        )
        best.temperature = self._options.temperatures[-1]  # the ladder was exhausted: no context for the next window
        return best

    def _generate(self, encoded: Any, size: int, temperature: float) -> _Hypothesis:
        from faster_whisper.transcribe import get_suppressed_tokens

        tokenizer = self._tokenizer(self._language.code)
        search: dict[str, Any] = {"beam_size": self._options.beam_size, "patience": 1}
        if temperature > 0:
            search = {"beam_size": 1, "num_hypotheses": 5, "sampling_topk": 0, "sampling_temperature": temperature}
        result = self._engine.model.generate(
            encoded,
            [self._engine.get_prompt(tokenizer, self._context, hotwords=self._options.hotwords)],
            max_length=self._engine.max_length,
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            max_initial_timestamp_index=round(1.0 / _TOKEN_S),
            **search,
        )[0]
        tokens = result.sequences_ids[0]
        # The score is the mean over the tokens; the end-of-text token, which it leaves out, counts as one more.
        avg_logprob = result.scores[0] * len(tokens) / (len(tokens) + 1)
        return _Hypothesis(
            tokens,
            tokenizer.decode(tokens).strip(),
            avg_logprob,
            result.no_speech_prob,
            temperature,
            size * _HOP / _RATE,
            self._options.task == "translate" and self._language.code != "en",
        )

    def _align(self, stretches: list[dict[str, Any]], encoded: Any, size: int, advance: int, frame: int) -> int:
        """Give each stretch its words; the next window begins after the last one."""
        tokenizer = self._tokenizer(self._language.code)
        self._engine.add_word_timestamps([stretches], tokenizer, encoded, size, _PREPEND, _APPEND, last_speech_timestamp=self._last_speech)
        ends = [word["end"] for stretch in stretches for word in stretch["words"]]
        if not ends:
            return advance
        self._last_speech = ends[-1]
        after = round(ends[-1] * _RATE / _HOP) - frame
        return after if after > 0 and advance < size else advance

    def _score(self, stretches: list[dict[str, Any]], encoded: Any, size: int) -> None:
        """Give each stretch its pieces of text with the probabilities that the alignment's forced decoding finds."""
        tokenizer = self._tokenizer(self._language.code)
        texts = [[token for token in stretch["tokens"] if token < tokenizer.eot] for stretch in stretches]
        whole = list(itertools.chain.from_iterable(texts))
        if not whole:
            return
        found = self._engine.model.align(encoded, tokenizer.sot_sequence, [whole], size)[0].text_token_probs
        probabilities = iter(found)
        for stretch, text in zip(stretches, texts, strict=True):
            stretch["logprobs"] = tuple(
                Token(_token_bytes(tokenizer.tokenizer.id_to_token(token)), math.log(max(probability, _LEAST_PROBABILITY)))
                for token, probability in zip(text, probabilities, strict=False)
            )

    def _segments(self, stretches: list[dict[str, Any]], best: _Hypothesis, timeline: SpeechTimeline) -> Iterator[Segment]:
        tokenizer = self._tokenizer(self._language.code)
        for stretch in stretches:
            text = tokenizer.decode(stretch["tokens"]).strip()
            if not text or stretch["end"] <= stretch["start"]:
                continue
            self._context += stretch["tokens"]
            words = self._words(stretch.get("words", ()), timeline)
            start, end = (words[0].start, words[-1].end) if words else self._in_order(*timeline.across(stretch["start"], stretch["end"]))
            self._latest = end
            yield Segment(
                id=self._count,
                start=start,
                end=end,
                text=text,
                language=self._language.code,
                confidence=of_segment(best.avg_logprob, words),
                words=words,
                avg_logprob=best.avg_logprob,
                no_speech_prob=best.no_speech_prob,
                compression_ratio=best.compression_ratio,
                temperature=best.temperature,
                tokens=tuple(stretch["tokens"]),
                logprobs=stretch.get("logprobs", ()),
            )
            self._count += 1

    def _words(self, aligned: Iterable[dict[str, Any]], timeline: SpeechTimeline) -> tuple[Word, ...]:
        words: list[Word] = []
        for word in aligned:
            start, end = self._in_order(*timeline.in_recording(word["start"], word["end"]))
            self._latest = end
            words.append(Word(word["word"].strip(), start, end, of_word(float(word["probability"]))))
        return tuple(words)

    def _in_order(self, start: float, end: float) -> tuple[float, float]:
        """To 10 ms, which is the model's resolution, and never before the end of what came before."""
        start = max(round(float(start), 2), self._latest)
        return start, max(round(float(end), 2), start)


@functools.cache
def _byte_of_char() -> dict[str, int]:
    """The bytes behind the printable characters that byte-level BPE writes for them (Radford et al. 2019, section 2.2).

    Printable Latin-1 stands for itself; the other bytes, in order, for the characters from 256 on.
    """
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + place): byte for place, byte in enumerate(others)}


def _token_bytes(token: str) -> bytes:
    table = _byte_of_char()
    return bytes(table[char] for char in token)


def _only(features: Any, size: int) -> Any:
    """The first ``size`` feature frames, then the zeros of an unfilled window."""
    return np.where(np.arange(features.shape[1]) < size, features, np.float32(0))


def _pause(features: Any, earliest: float, latest: float) -> int:
    """The feature frame in the middle of the quietest moment between two times (seconds)."""
    first, last = round(earliest * _RATE / _HOP), round(latest * _RATE / _HOP)
    loudness = np.convolve(features[:, first:last].mean(axis=0), np.ones(_QUIET), mode="valid")
    return first + int(loudness.argmin()) + _QUIET // 2


def _divide(tokens: list[int], timestamp_begin: int, frame: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """Cut a window's tokens at its pairs of time stamps; gives the stretches and by how many frames to move on.

    A single time stamp at the end means that nothing was said after it, so the whole window is done; otherwise what follows
    the last pair is unfinished and belongs to the next window.
    """
    is_time = [token >= timestamp_begin for token in tokens]
    cuts = [index for index in range(1, len(tokens)) if is_time[index - 1] and is_time[index]]
    done = len(tokens) >= 2 and is_time[-1] and not is_time[-2]
    if not cuts:
        stamped = [token for token, time in zip(tokens, is_time, strict=True) if time and token > timestamp_begin]
        length = min(size, (stamped[-1] - timestamp_begin) * 2) if stamped else size
        return [_stretch(tokens, frame, frame, frame + length)], size
    bounds = [0, *cuts, *([len(tokens)] if done else [])]
    stretches = []
    for first, last in itertools.pairwise(bounds):
        part = tokens[first:last]
        start, end = (max(0, token - timestamp_begin) * 2 for token in (part[0], part[-1]))
        latest = max(0, size - 2) if start < end else size  # what was said keeps a place, though its stamps lie beyond the audio
        stretches.append(_stretch(part, frame, frame + min(start, latest), frame + min(end, size)))
    return stretches, size if done else min(size, (tokens[cuts[-1] - 1] - timestamp_begin) * 2) or size


def _stretch(tokens: list[int], window: int, start: int, end: int) -> dict[str, Any]:
    """A segment in the making, in the form that faster-whisper's word alignment completes. Times in the joined speech, seconds."""
    return {"seek": window, "start": start * _HOP / _RATE, "end": end * _HOP / _RATE, "tokens": tokens}
