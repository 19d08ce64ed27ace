"""Where somebody speaks: the gate against Silero's own offline rule, for any chunking."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from faster_whisper.vad import get_speech_timestamps, get_vad_model
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio, Mono
from auricle.codec import AudioProcessingConfig, decode
from auricle.speech.vad import (
    SAMPLE_RATE,
    WINDOW,
    GateOptions,
    SpeechGate,
    SpeechPiece,
    SpeechTimeline,
    VoiceDetector,
    VoiceStream,
    speech_pieces,
)


@pytest.fixture(scope="module")
def detector() -> VoiceDetector:
    """The real network."""
    return VoiceDetector()


def mono(path: Path) -> Mono:
    """A recording as the network hears it."""
    return np.asarray(decode(path, AudioProcessingConfig(sample_rate=SAMPLE_RATE, channels=1)).samples[0])


def runs(pieces: list[SpeechPiece]) -> list[tuple[int, int]]:
    """Where speech begins and ends, adjoining pieces as one."""
    spans: list[tuple[int, int]] = []
    for piece in pieces:
        end = piece.start + len(piece.samples)
        if spans and spans[-1][1] == piece.start:
            spans[-1] = (spans[-1][0], end)
        else:
            spans.append((piece.start, end))
    return spans


class LoudIsSpeech(VoiceDetector):
    """A detector whose answer anybody can compute: a window is speech when its mean level is above a tenth."""

    def __init__(self) -> None:
        pass

    def probabilities(self, windows: Mono, state: tuple[Any, Any]) -> tuple[Mono, tuple[Any, Any]]:
        """1 for loud, 0 for quiet."""
        return (np.abs(windows[:, -WINDOW:]).mean(axis=1) > 0.1).astype(np.float32), state


@pytest.mark.parametrize(
    "name", ["jfk.flac", "two_cities.flac", "LJ001-0001.wav", "austen-0930.wav", "wy-light-de.wav", "solo_trumpet.ogg"]
)
def test_the_gate_opens_where_the_reference_does(detector: VoiceDetector, recordings: Path, name: str) -> None:
    """Its spans are to the sample those of faster-whisper's `get_speech_timestamps` with the same options."""
    audio = mono(recordings / name)
    expected = [(span["start"], span["end"]) for span in get_speech_timestamps(audio.copy())]
    assert runs(list(speech_pieces([audio], SpeechGate(detector)))) == expected


def test_long_pauses_are_left_out(detector: VoiceDetector, recordings: Path) -> None:
    """Of two utterances with five seconds of silence between them, the silence is dropped but for its padding."""
    speech = mono(recordings / "austen-0930.wav")
    audio = np.concatenate([speech, np.zeros(5 * SAMPLE_RATE, np.float32), speech])
    spans = runs(list(speech_pieces([audio], SpeechGate(detector))))
    assert spans == [(span["start"], span["end"]) for span in get_speech_timestamps(audio.copy())]
    assert len(spans) == 2
    assert spans[1][0] - spans[0][1] > 3 * SAMPLE_RATE


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, 11 * SAMPLE_RATE), max_size=40))
def test_any_chunking_gives_the_same_speech(cuts: list[int]) -> None:
    """The pieces, joined, do not depend on where the recording was cut, down to empty and one-sample chunks."""
    random = np.random.default_rng(0)
    level = np.repeat(random.choice([0.0, 0.9], 22, p=[0.6, 0.4]), SAMPLE_RATE // 2)
    audio = (level * random.uniform(-1, 1, len(level))).astype(np.float32)
    whole = list(speech_pieces([audio], SpeechGate(LoudIsSpeech())))
    parts = list(speech_pieces(np.split(audio, sorted(cuts)), SpeechGate(LoudIsSpeech())))
    assert runs(parts) == runs(whole)
    np.testing.assert_array_equal(np.concatenate([p.samples for p in parts]), np.concatenate([p.samples for p in whole]))


def test_any_chunking_gives_the_same_speech_with_the_real_network(detector: VoiceDetector, recordings: Path) -> None:
    """The same with the recurrent network, whose state goes from chunk to chunk."""
    audio = mono(recordings / "jfk.flac")
    chunks = np.split(audio, [1, 2, 700, 16_384, 16_390, 90_000])
    assert runs(list(speech_pieces(chunks, SpeechGate(detector)))) == runs(list(speech_pieces([audio], SpeechGate(detector))))


def test_silence_is_forgotten() -> None:
    """An hour without speech passes nothing and keeps less than two seconds of it."""
    gate = SpeechGate(LoudIsSpeech())
    for _ in range(360):
        assert gate.feed(np.zeros(10 * SAMPLE_RATE, np.float32)) == []
    assert len(gate._held) < 2 * SAMPLE_RATE


def test_speech_without_end_is_given_as_it_comes() -> None:
    """While somebody speaks on and on, what is certain is passed at once and not kept."""
    gate = SpeechGate(LoudIsSpeech())
    given = sum(len(piece.samples) for _ in range(30) for piece in gate.feed(np.full(SAMPLE_RATE, 0.5, np.float32)))
    assert given >= 29 * SAMPLE_RATE
    assert len(gate._held) < SAMPLE_RATE


def test_options_move_the_gate() -> None:
    """`min_silence` and `pad` are honoured to the window."""
    audio = np.zeros(4 * SAMPLE_RATE, np.float32)
    audio[SAMPLE_RATE : SAMPLE_RATE + 10 * WINDOW] = 0.5
    audio[2 * SAMPLE_RATE : 2 * SAMPLE_RATE + 10 * WINDOW] = 0.5
    two = runs(list(speech_pieces([audio], SpeechGate(LoudIsSpeech(), GateOptions(min_silence=0.3, pad=0.1)))))
    one = runs(list(speech_pieces([audio], SpeechGate(LoudIsSpeech(), GateOptions(min_silence=1.5, pad=0.1)))))
    assert len(two) == 2
    assert len(one) == 1
    assert abs(two[0][0] - 0.9 * SAMPLE_RATE) <= WINDOW


def test_without_a_gate_everything_passes() -> None:
    """No VAD: the pieces are the blocks, each with its place."""
    blocks = [np.ones(3, np.float32), np.ones(5, np.float32)]
    assert [(piece.start, len(piece.samples)) for piece in speech_pieces(blocks, None)] == [(0, 3), (3, 5)]


def test_times_are_mapped_back() -> None:
    """A time in the joined speech is found again in the recording; a word belongs to one run."""
    timeline = SpeechTimeline()
    for start in (2, 10):
        timeline.add(SpeechPiece(start * SAMPLE_RATE, np.zeros(SAMPLE_RATE, np.float32)))
    assert timeline.in_recording(0.5, 0.9) == (2.5, 2.9)
    assert timeline.in_recording(1.25, 1.5) == (10.25, 10.5)
    assert timeline.in_recording(0.9, 1.3) == (10.0, 10.3)  # its middle is in the second run, so all of it is
    assert timeline.across(0.5, 1.5) == (2.5, 10.5)
    assert timeline.across(0.5, 1.0) == (2.5, 3.0)


def test_a_recording_is_not_changed(detector: VoiceDetector, recordings: Path) -> None:
    """The gate works on read-only audio."""
    audio = Audio.read(recordings / "goforward.wav").samples[0]
    assert not audio.flags.writeable
    assert list(speech_pieces([audio], SpeechGate(detector)))


def test_nothing_is_told_to_anybody(tmp_path: Path, recordings: Path) -> None:
    """Recognition leaves nothing in the user's home, such as what a library notes down to tell its makers."""
    home = {name: str(tmp_path) for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME")}
    command = [sys.executable, "-m", "auricle", "transcribe", "--model", "tiny.en", str(recordings / "austen-0880.wav")]
    done = subprocess.run(command, env=os.environ | home, capture_output=True, timeout=60, check=True)
    assert done.stdout
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_stream_is_judged_as_the_reference_judges_it(detector: VoiceDetector, recordings: Path) -> None:
    """Window by window or many at once: the probabilities are those of faster-whisper's own model for the whole recording."""
    audio = mono(recordings / "austen-0930.wav")
    audio = audio[: len(audio) // WINDOW * WINDOW]
    reference = get_vad_model()(np.pad(audio, (0, WINDOW))).reshape(-1)[:-1]  # it overwrites the end of its last window
    stream, mixed = VoiceStream(detector), VoiceStream(detector)
    singly = np.concatenate([stream.judge(window) for window in audio.reshape(-1, WINDOW)])
    parts = np.concatenate([mixed.judge(part) for part in np.split(audio, [WINDOW, 5 * WINDOW, 40 * WINDOW])])
    np.testing.assert_allclose(singly, reference, atol=1e-4)
    np.testing.assert_allclose(parts, reference, atol=1e-4)


def test_streams_do_not_hear_each_other(detector: VoiceDetector, recordings: Path) -> None:
    """Two that share a network, in turn, judge as each does alone."""
    first, second = (mono(recordings / name)[: 60 * WINDOW].reshape(-1, WINDOW) for name in ("jfk.flac", "goforward.wav"))
    one, other = VoiceStream(detector), VoiceStream(detector)
    both = [(float(one.judge(left)[0]), float(other.judge(right)[0])) for left, right in zip(first, second, strict=True)]
    alone = zip(VoiceStream(detector).judge(first), VoiceStream(detector).judge(second), strict=True)
    np.testing.assert_allclose(both, list(alone), atol=1e-4)
