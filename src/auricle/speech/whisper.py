"""The recogniser: a Whisper model by CTranslate2, and the decode loop over a stream of speech.

`Recognizer` is the shared model; `Recognizer.segments` runs the loop of Radford et al. 2022, "Robust Speech Recognition via
Large-Scale Weak Supervision" (https://arxiv.org/abs/2212.04356), section 4.5, over pieces of speech as they come: a window of
30 s is decoded, its time stamps divide it into segments, and the next window begins where the last whole segment ended. No
more than a window of audio is held. What is shorter than a window is not filled up to 30 s, unless decoding goes wrong
(`auricle.speech.window`). Tokenizer and word alignment are faster-whisper's.
"""

from __future__ import annotations

import functools
import itertools
import math
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from auricle.errors import MissingDependency, ModelUnavailable, OptionError
from auricle.speech.alignment import APPENDED, PREPENDED
from auricle.speech.confidence import of_segment, of_word
from auricle.speech.features import HOP, RANGE, RATE, Features, LogMel
from auricle.speech.hypothesis import Hypothesis
from auricle.speech.language import LanguageRun, first_run, likeliest
from auricle.speech.names import CODES
from auricle.speech.transcript import Segment, Token, Word
from auricle.speech.vad import SpeechPiece, SpeechTimeline
from auricle.speech.window import MAX_FRAMES, SpeechBuffer, Window

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.tokenizer import Tokenizer

__all__ = ["Language", "Recognizer", "TranscribeOptions", "place"]

Task = Literal["transcribe", "translate"]

_MARGINS = {"tiny.en": 600, "base": 400}  # silence that the encoder needs to see after the speech; `benchmarks/short.py`. Feature frames
_MARGIN = 800  # of a model that we have not measured
_TOKEN_S = 0.02  # a time-stamp token's resolution. Seconds
_MOST_TOKENS = (20, 15)  # in a window with a margin, and a second: more are a loop, which is left early
_TEMPERATURE_STEP = 0.2
_PROMPT_RESET = 0.5  # text decoded at a higher temperature is no context to build on
_LEAST_PROBABILITY = 1e-9  # half precision underflows to 0, which has no logarithm


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

    Attributes:
        engine: faster-whisper's model, with the tokenizer and CTranslate2's model in it.
        features: what the model hears of audio.
        margin: silence that its encoder needs to see after speech. Feature frames.

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
            self.engine: WhisperModel = WhisperModel(
                str(directory),
                device=device,
                compute_type=compute_type,
                cpu_threads=threads or min(cores, 8),
                num_workers=workers,
            )
        except (RuntimeError, ValueError) as error:
            raise ModelUnavailable(f"the model in {directory} cannot be loaded on {device}: {error}.") from error
        self._tokenizers: dict[tuple[Task, str], Tokenizer] = {}
        self.features = LogMel(self.engine.model.n_mels)
        self.margin = _MARGINS.get(name, _MARGIN)
        self.name = name
        self.device = device

    @property
    def multilingual(self) -> bool:
        """Whether it knows other languages than English."""
        return bool(self.engine.model.is_multilingual)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages that it knows."""
        tokens = self.engine.hf_tokenizer
        return tuple(code for code in self.engine.supported_languages if not self.multilingual or tokens.token_to_id(f"<|{code}|>"))

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

    def tokenizer(self, language: str, task: Task = "transcribe") -> Tokenizer:
        """The tokenizer for a language that this model knows."""
        from faster_whisper.tokenizer import Tokenizer

        if (task, language) not in self._tokenizers:
            multilingual = self.engine.model.is_multilingual
            self._tokenizers[task, language] = Tokenizer(self.engine.hf_tokenizer, multilingual, task=task, language=language)
        return self._tokenizers[task, language]

    def generate(
        self, window: Window, prompt: list[int], tokenizer: Tokenizer, *, beam_size: int = 1, temperature: float = 0.0
    ) -> Hypothesis:
        """Decode a window once.

        Args:
            window: what the model hears.
            prompt: the tokens before its own, with those that it is forced to begin with, which the hypothesis has, too.
            tokenizer: the one of the prompt's language.
            beam_size: hypotheses kept at temperature 0.
            temperature: 0 searches the likeliest, above the likeliest of five samples is taken.
        """
        from faster_whisper.transcribe import get_suppressed_tokens

        duration = window.size * HOP / RATE
        most = self.engine.max_length // 2
        if not window.whole:
            most = min(most, _MOST_TOKENS[0] + round(_MOST_TOKENS[1] * duration))
        search: dict[str, Any] = {"beam_size": beam_size, "patience": 1}
        if temperature > 0:
            search = {"beam_size": 1, "num_hypotheses": 5, "sampling_topk": 0, "sampling_temperature": temperature}
        result = self.engine.model.generate(
            window.encoded,
            [prompt],
            max_length=max(2 * most, most + len(prompt)),  # CTranslate2 generates no more than half of it, nor than the prompt leaves
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
        text = tokenizer.decode(tokens).strip()
        return Hypothesis(tokens, text, avg_logprob, result.no_speech_prob, temperature, duration, ended=len(tokens) < most)

    def window(self, features: Features, margin: int, silence: float = 0.0) -> Window:
        """The window of these features; see `Window`."""
        return Window(self.engine.model, features, margin, silence)

    def likeliest_language(self, window: Window, start: int = 0) -> LanguageRun:
        """The language of a window from its feature frame ``start`` on."""
        return likeliest(self.engine.model, window.encoded, start // 2)

    def align(self, window: Window, text: list[int], tokenizer: Tokenizer) -> tuple[list[float], list[float]]:
        """When each token of a text begins in a window (seconds), and after the last when that ends; and the tokens' probabilities.

        Dynamic time warping over the cross-attention, as in OpenAI's `whisper/timing.py`.
        """
        result = self.engine.model.align(window.encoded, list(tokenizer.sot_sequence), [text], window.size)[0]
        begins = {token: frame * _TOKEN_S for token, frame in reversed(result.alignments)}
        end = window.size * HOP / RATE
        return [begins.get(token, end) for token in range(len(text) + 1)], list(result.text_token_probs)

    def segments(self, pieces: Iterable[SpeechPiece], options: TranscribeOptions, language: Language) -> Iterator[Segment]:
        """Recognise speech as it comes; a segment is given as soon as its window is decoded.

        Args:
            pieces: speech at 16 kHz with its place in the recording, such as `auricle.speech.vad.speech_pieces` gives.
            options: checked by `check`.
            language: kept up to date.
        """
        return _Decoding(self, options, language).run(SpeechBuffer(pieces))


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


class _Decoding:
    """One recording's state: the place, the context, the language."""

    def __init__(self, recognizer: Recognizer, options: TranscribeOptions, language: Language) -> None:
        self._recognizer, self._engine, self._options, self._language = recognizer, recognizer.engine, options, language
        self._context: list[int] = self._tokenizer.encode(" " + options.prompt.strip()) if options.prompt else []
        self._fixed_language = options.language is not None or not recognizer.multilingual
        self._until = -1  # feature frame up to which the language is known; -1 before the first window
        self._count = 0
        self._last_speech = 0.0  # end of the last word in the joined speech. Seconds
        self._loudest = -math.inf  # the largest feature so far
        self._latest = 0.0  # end of the last segment in the recording. Seconds

    def run(self, buffer: SpeechBuffer) -> Iterator[Segment]:
        frame = 0
        while available := buffer.fill(frame):
            window = self._window(buffer, frame, available)
            best = self._decode(window)
            if best.silent or best.hurried:
                frame += window.size
                continue
            stretches, advance = _divide(best.tokens, self._tokenizer.timestamp_begin, frame, window.size)
            if self._options.word_timestamps:
                advance = self._align(stretches, window, advance, frame)
            if self._options.logprobs:
                self._score(stretches, window)
            yield from self._segments(stretches, best, buffer.timeline)
            if not self._options.condition_on_previous_text or best.temperature > _PROMPT_RESET:
                self._context = []
            frame += advance

    def _window(self, buffer: SpeechBuffer, frame: int, available: int) -> Window:
        """The window at a frame, cut where the language changes."""
        size = available if self._fixed_language or frame >= self._until else min(available, self._until - frame)
        margin = self._recognizer.margin if self._options.task == "transcribe" else MAX_FRAMES  # translation needs all the help it can get
        window = self._recognizer.window(self._features(buffer, frame, available)[:, :size], margin)
        if self._fixed_language or frame < self._until:
            return window
        return self._follow_language(window, frame)

    def _follow_language(self, window: Window, frame: int) -> Window:
        """Detect the language at the start of a window; gives the window as far as it lasts."""
        first = self._until < 0
        run = first_run(self._engine.model, window.encoded, window.size * HOP / RATE, None if first else self._language.code)
        if run.code != self._language.code and not first:  # the prompt may be in another language, what was recognised not
            self._context = []
        self._language.code, self._language.probability = run.code, run.probability
        self._until = frame
        if run.change is not None:
            earliest, latest = (round(time * RATE / HOP) for time in run.change)
            window = window.only(min(window.size, window.quietest(earliest, latest)))
            self._until = frame + window.size
        return window

    def _features(self, buffer: SpeechBuffer, frame: int, size: int) -> Features:
        """Features of the frames from ``frame`` on, shape (mels, size); none far below the loudest of the recording so far."""
        samples, left = buffer.audio(frame, size)
        features = self._recognizer.features(samples)[:, left : left + size]
        self._loudest = max(self._loudest, float(features.max()))
        return features.clip(self._loudest - RANGE)

    @property
    def _tokenizer(self) -> Tokenizer:
        return self._recognizer.tokenizer(self._language.code, self._options.task)

    def _decode(self, window: Window) -> Hypothesis:
        """The first hypothesis of the ladder that passes the checks, else the likeliest of those that do not repeat themselves.

        A loop or an invention often comes from the context, so before it gets warmer such a window is decoded without it.
        """
        if not window.whole:
            quick = self._generate(window, self._options.temperatures[0])
            if quick.sure and not quick.sparse:
                return quick
            window.widen()
        tried: list[Hypothesis] = []
        for temperature in self._options.temperatures:
            tried.append(self._generate(window, temperature))
            if self._context and (tried[-1].repeats or tried[-1].hurried):
                self._context = []
                tried.append(self._generate(window, temperature))
            if tried[-1].good:
                return tried[-1]
        best = max(
            tried, key=lambda hypothesis: (not hypothesis.hurried, not hypothesis.repeats, not hypothesis.foreign, hypothesis.avg_logprob)
        )
        best.temperature = self._options.temperatures[-1]  # the ladder was exhausted: no context for the next window
        return best

    def _generate(self, window: Window, temperature: float) -> Hypothesis:
        prompt = self._engine.get_prompt(self._tokenizer, self._context, hotwords=self._options.hotwords)
        hypothesis = self._recognizer.generate(window, prompt, self._tokenizer, beam_size=self._options.beam_size, temperature=temperature)
        hypothesis.translated = self._options.task == "translate" and self._language.code != "en"
        return hypothesis

    def _align(self, stretches: list[dict[str, Any]], window: Window, advance: int, frame: int) -> int:
        """Give each stretch its words; the next window begins after the last one."""
        tokenizer = self._tokenizer
        self._engine.add_word_timestamps(
            [stretches], tokenizer, window.encoded, window.size, PREPENDED, APPENDED, last_speech_timestamp=self._last_speech
        )
        ends = [word["end"] for stretch in stretches for word in stretch["words"]]
        if not ends:
            return advance
        self._last_speech = ends[-1]
        after = round(ends[-1] * RATE / HOP) - frame
        return after if after > 0 and advance < window.size else advance

    def _score(self, stretches: list[dict[str, Any]], window: Window) -> None:
        """Give each stretch its pieces of text with the probabilities that the alignment's forced decoding finds."""
        tokenizer = self._tokenizer
        texts = [[token for token in stretch["tokens"] if token < tokenizer.eot] for stretch in stretches]
        whole = list(itertools.chain.from_iterable(texts))
        if not whole:
            return
        found = self._engine.model.align(window.encoded, tokenizer.sot_sequence, [whole], window.size)[0].text_token_probs
        probabilities = iter(found)
        for stretch, text in zip(stretches, texts, strict=True):
            stretch["logprobs"] = tuple(
                Token(_token_bytes(tokenizer.tokenizer.id_to_token(token)), math.log(max(probability, _LEAST_PROBABILITY)))
                for token, probability in zip(text, probabilities, strict=False)
            )

    def _segments(self, stretches: list[dict[str, Any]], best: Hypothesis, timeline: SpeechTimeline) -> Iterator[Segment]:
        tokenizer = self._tokenizer
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
    return {"seek": window, "start": start * HOP / RATE, "end": end * HOP / RATE, "tokens": tokens}
