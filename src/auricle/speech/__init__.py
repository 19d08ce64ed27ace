"""Text from audio: `transcribe` a whole recording, or `stream_transcript` segment by segment."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Self

from auricle import weights
from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig, Decoder, IsolatedDecoder, Limits, Recording, open_recording
from auricle.errors import MissingDependency
from auricle.resample import MonoResampler
from auricle.speech.transcript import Segment, Token, Transcript, Word
from auricle.speech.vad import SAMPLE_RATE, SpeechGate, VoiceDetector, speech_pieces
from auricle.speech.whisper import Language, Recognizer, Task, TranscribeOptions, place

__all__ = [
    "DEFAULT_MODEL",
    "Recording",
    "Segment",
    "Token",
    "Transcript",
    "TranscriptStream",
    "Word",
    "load_recognizer",
    "stream_transcript",
    "transcribe",
    "unload_recognizer",
]

DEFAULT_MODEL = "base"
_BLOCK_SECONDS = 10.0


def transcribe(
    recording: Recording,
    *,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    language: str | None = None,
    task: Task = "transcribe",
    temperature: float = 0.0,
    word_timestamps: bool = False,
    prompt: str | None = None,
    hotwords: str | None = None,
    vad: bool = True,
    beam_size: int = 5,
    rate: int | None = None,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    salvage: bool = False,
    device: str = "auto",
    compute_type: str | None = None,
) -> Transcript:
    """Write down what is said in a recording.

    Args:
        recording: path, bytes, binary file object, an opened `Decoder`, `Audio`, or a float array of shape (frames,) or
            (channels, frames) with ``rate``.
        model: a name that `auricle models list` shows, or the path of a CTranslate2 Whisper directory.
        language: ISO 639-1 code; None detects it, and follows it where it changes.
        task: "transcribe" writes the language that is spoken, "translate" writes English.
        temperature: where sampling starts; what fails a check is decoded again 0.2 warmer, up to 1.
        word_timestamps: find the time of each word.
        prompt: text that might have come before: its style and spelling are continued.
        hotwords: names and terms that are likely to be said.
        vad: pass over what is not speech (Silero VAD).
        beam_size: hypotheses kept at temperature 0.
        rate: sample rate of an array. Hertz.
        config: format of raw samples without a header.
        limits: how much an encoded recording may ask for.
        salvage: use what can be decoded of a damaged recording.
        device: "cpu", "cuda", or "auto".
        compute_type: CTranslate2's number format; None is int8 on a CPU, float16 on a GPU.

    Raises:
        InputError: the recording cannot be used; see the subclasses.
        OptionError: an option that this model cannot honour.
        ModelError: the model cannot be used; see the subclasses.
    """
    options = TranscribeOptions(language, task, temperature, word_timestamps, prompt, hotwords, beam_size)
    recognizer = load_recognizer(model, device=device, compute_type=compute_type)
    with TranscriptStream(recognizer, recording, options, vad=vad, rate=rate, config=config, limits=limits, salvage=salvage) as stream:
        return stream.transcript()


def stream_transcript(
    recording: Recording,
    options: TranscribeOptions | None = None,
    *,
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    vad: bool = True,
    rate: int | None = None,
    config: AudioProcessingConfig | None = None,
    limits: Limits | None = None,
    salvage: bool = False,
    device: str = "auto",
    compute_type: str | None = None,
) -> TranscriptStream:
    """The same, segment by segment while the recording is read in blocks: memory doesn't grow with its length.

    Arguments and errors as for `transcribe`; errors of the recording may come while iterating.
    """
    recognizer = load_recognizer(model, device=device, compute_type=compute_type)
    return TranscriptStream(recognizer, recording, options, vad=vad, rate=rate, config=config, limits=limits, salvage=salvage)


def load_recognizer(
    model: str | os.PathLike[str] = DEFAULT_MODEL,
    *,
    device: str = "auto",
    compute_type: str | None = None,
    threads: int = 0,
    workers: int = 1,
    progress: Callable[[str], None] | None = None,
) -> Recognizer:
    """The recogniser of that name, loaded once in this process and shared by all threads.

    Args:
        model: a name that `auricle models list` shows, or the path of a CTranslate2 Whisper directory.
        device: "cpu", "cuda" or "auto".
        compute_type: CTranslate2's number format; None is int8 on a CPU, float16 on a GPU.
        threads: CPU threads of one call; 0 is one per core, at most 8. As whoever loads it first says, as are ``workers``.
        workers: calls that run at once; others wait for them.
        progress: called with a line before each file that has to be downloaded.

    Raises:
        ModelError: see its subclasses.
    """
    if find_spec("faster_whisper") is None:  # said before a model is looked for, which would be in vain
        raise MissingDependency("speech recognition", "all")
    name = _official(model)
    device, compute_type = place(device, compute_type)

    def load() -> Recognizer:
        directory = weights.locate(name, progress=progress, task="transcribe")
        return Recognizer(directory, name, device=device, compute_type=compute_type, threads=threads, workers=workers)

    return weights.shared(_key(name, device, compute_type), load)


def unload_recognizer(model: str | os.PathLike[str], *, device: str = "auto", compute_type: str | None = None) -> bool:
    """Forget a recogniser; its memory is free once whoever still uses it is done. False if it was not loaded."""
    return weights.unload(_key(_official(model), *place(device, compute_type)))


def _official(model: str | os.PathLike[str]) -> str:
    name = os.fspath(model)
    return weights.ALIASES.get(name, name)


def _key(name: str, device: str, compute_type: str) -> tuple[str, str | Path, str, str]:
    return ("recognizer", name if name in weights.CATALOGUE else Path(name).resolve(), device, compute_type)


class TranscriptStream:
    """A recording being transcribed: iterate for segments, once; `transcript` collects what there is and the rest.

    A context manager: leaving it early stops the work and closes the recording.

    Attributes:
        duration: length of the recording by its header, None when that doesn't say. Seconds.
    """

    def __init__(
        self,
        recognizer: Recognizer,
        recording: Recording,
        options: TranscribeOptions | None = None,
        *,
        vad: bool = True,
        rate: int | None = None,
        config: AudioProcessingConfig | None = None,
        limits: Limits | None = None,
        salvage: bool = False,
    ) -> None:
        options = options or TranscribeOptions()
        recognizer.check(options)
        self._began = time.perf_counter()
        self._recognizer, self._named = recognizer, options.language
        self._language = Language(options.language or "en", 1.0)
        self._segments: list[Segment] = []
        self._spoken: Counter[str] = Counter()  # milliseconds of speech in each language
        self._sureness: dict[str, float] = {}
        self._read = 0.0
        opened = open_recording(recording, rate, config, limits, salvage=salvage)
        self._decoder = None if isinstance(opened, Audio) else opened
        self.duration = opened.duration if isinstance(opened, Audio) else opened.info.duration
        gate = SpeechGate(weights.shared("voice detector", VoiceDetector)) if vad else None
        self._found: Iterator[Segment] = recognizer.segments(speech_pieces(self._mono(opened), gate), options, self._language)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Stop, and close the recording: there are no more segments. For the thread that iterates."""
        self._found = iter(())
        if self._decoder is not None:
            self._decoder.close()

    def __iter__(self) -> Iterator[Segment]:
        return self

    def __next__(self) -> Segment:
        try:
            segment = next(self._found)
        except BaseException:  # the end too
            self.close()
            raise
        self._segments.append(segment)
        self._spoken[segment.language] += max(1, round(1000 * (segment.end - segment.start)))
        self._sureness[segment.language] = max(self._sureness.get(segment.language, 0.0), self._language.probability)
        return segment

    @property
    def position(self) -> float:
        """How far the recording has been read. Seconds."""
        return self._decoder.position if self._decoder else self._read

    @property
    def language(self) -> str:
        """The language that most of the speech so far is in; before any, the one that was named, or "und" (undetermined)."""
        return self._spoken.most_common(1)[0][0] if self._spoken else self._named or "und"

    def transcript(self) -> Transcript:
        """Everything, after recognising the rest."""
        for _ in self:
            pass
        return Transcript(
            text=" ".join(segment.text for segment in self._segments),
            language=self.language,
            language_probability=self._sureness.get(self.language, 1.0 if self._named else 0.0),
            duration=self.position,
            segments=tuple(self._segments),
            processing_time=time.perf_counter() - self._began,
            model=self._recognizer.name,
        )

    def _mono(self, recording: Audio | Decoder | IsolatedDecoder) -> Iterator[Mono]:
        """One channel at 16 kHz, counting what is read."""
        resampler = MonoResampler(SAMPLE_RATE)
        blocks = recording.blocks(round(_BLOCK_SECONDS * recording.rate)) if isinstance(recording, Audio) else recording
        for block in blocks:
            self._read += block.duration
            yield resampler.feed(block)
        yield resampler.finish()
