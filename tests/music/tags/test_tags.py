"""Promises of auricle.music.tags: all words of the whole, the best of each moment, for any recording and any chunking."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auricle import Audio
from auricle.audio import Mono
from auricle.music.results import UNCERTAIN, Tags
from auricle.music.tags import RATE, TagsPart
from auricle.music.tags.melspectrogram import WINDOW, log_mel
from auricle.music.tags.musicnn import FRAMES, MAGNATAGATUNE, MILLION_SONGS, Taggers
from auricle.resample import MonoResampler

RECORDINGS = Path(__file__).parents[2] / "recordings"
PATCH = FRAMES * 256 / RATE


def music(name: str, start: float, seconds: float) -> Mono:
    """Some of a recording at 16 kHz."""
    resampler = MonoResampler(RATE)
    return np.concatenate([resampler.feed(Audio.read(RECORDINGS / name).slice(start, start + seconds)), resampler.finish()])


def tags_of(sound: Mono, sizes: Sequence[int] = ()) -> Tags:
    """What is found in a sound that is fed in pieces of these sizes, and then the rest."""
    part = TagsPart()
    for piece in np.split(sound, np.cumsum(sizes, dtype=int)):
        part.feed(piece)
    return part.finish()


def score(found: Tags, word: str) -> float:
    """Of one word."""
    return next(tag.score for tag in found.tags if tag.name == word)


MUSIC = music("vibe_ace.ogg", 5, 8)


@given(st.lists(st.integers(0, 20_000), max_size=6))
@example([1] * 600)
@example([47_871, 1, 255])
@settings(max_examples=8, deadline=None)
def test_any_chunking_is_the_same(sizes: list[int]) -> None:
    """However the recording is cut, everything is the same, bit for bit."""
    assert tags_of(MUSIC, sizes) == tags_of(MUSIC)


def test_every_word_once() -> None:
    """All words of both taggers, each once, the best first; the genres add up to 1."""
    found = tags_of(MUSIC)
    assert {tag.name for tag in found.tags} == {*MAGNATAGATUNE, *MILLION_SONGS}
    assert len(found.tags) == len({tag.name for tag in found.tags}) == 92
    assert [tag.score for tag in found.tags] == sorted((tag.score for tag in found.tags), reverse=True)
    assert sum(tag.score for tag in found.genres) == pytest.approx(1)


def test_whole_patches_are_averaged() -> None:
    """Six seconds are two patches: a word has the mean of its scores in both, one that both taggers know of four."""
    sound = music("vibe_ace.ogg", 5, 7)[: 2 * FRAMES * 256 - 256]
    frames = log_mel(np.pad(sound, WINDOW // 2))
    assert len(frames) == 2 * FRAMES
    first, second = (Taggers()(frames[at : at + FRAMES]) for at in (0, FRAMES))
    found, rock, piano = tags_of(sound), MAGNATAGATUNE.index("rock"), MAGNATAGATUNE.index("piano")
    assert score(found, "piano") == pytest.approx((first[piano] + second[piano]) / 2)
    both = [patch[n] for patch in (first, second) for n in (rock, 50 + MILLION_SONGS.index("rock"))]
    assert score(found, "rock") == pytest.approx(np.mean(both))


def test_moments_have_no_gaps() -> None:
    """From the beginning to the end of the recording, about every three seconds, the best few words of each."""
    found = tags_of(MUSIC)
    assert found.over_time[0].start == 0
    assert found.over_time[-1].end == pytest.approx(len(MUSIC) / RATE)
    assert all(one.end == two.start for one, two in pairwise(found.over_time))
    assert [moment.end - moment.start for moment in found.over_time[:-1]] == pytest.approx([PATCH] * (len(found.over_time) - 1))
    for moment in found.over_time:
        assert len(moment.tags) == 5
        assert moment.tags[0].score == max(tag.score for tag in moment.tags)


def test_the_end_is_heard() -> None:
    """Music in the last half second, after silence, is heard although it is no patch of its own."""
    end = music("hungarian_dance.ogg", 5, 0.5)
    found = tags_of(np.concatenate([np.zeros(round(2 * PATCH * RATE), np.float32), end]))
    assert [bool(moment.tags) for moment in found.over_time] == [False, False, True]
    assert score(found, "classical") > 0.2


def test_a_short_recording_is_repeated() -> None:
    """A second of music gives what the network says of that second over and over."""
    sound = music("hungarian_dance.ogg", 5, 1)
    frames = log_mel(np.pad(sound, WINDOW // 2))
    heard = Taggers()(np.concatenate([frames] * 3)[:FRAMES])
    assert score(tags_of(sound), "violin") == pytest.approx(heard[MAGNATAGATUNE.index("violin")])


def test_silence_does_not_count() -> None:
    """A minute of silence after the music changes next to nothing about the words of the whole."""
    sound = MUSIC[: 2 * FRAMES * 256]
    padded = np.concatenate([sound, np.zeros(60 * RATE, np.float32)])
    alone, among = tags_of(sound), tags_of(padded)
    for tag in alone.tags:
        assert score(among, tag.name) == pytest.approx(tag.score, abs=0.01)
    assert among.over_time[-1].tags == ()


@pytest.mark.parametrize("samples", [0, 1, 100, 256, 5 * RATE])
def test_silence_has_no_words_and_no_genre(samples: int) -> None:
    """Nothing, one sample, a little and seconds of silence: no words, and each genre is as likely as any."""
    found = tags_of(np.zeros(samples, np.float32))
    assert found.tags == ()
    assert found.genre == UNCERTAIN
    assert [tag.score for tag in found.genres] == pytest.approx([0.1] * 10)
    assert not any(moment.tags for moment in found.over_time)
    assert len(found.over_time) == (0 if samples == 0 else -(-(1 + samples // 256) // FRAMES))


@pytest.mark.parametrize("samples", [1, 255, 256, 257, 511, 512, FRAMES * 256 - 257, FRAMES * 256 - 256, FRAMES * 256])
def test_any_length_has_words(samples: int) -> None:
    """From one sample up: words with scores in their range, and moments up to the end."""
    found = tags_of(np.resize(MUSIC, samples) + np.float32(0.5))
    assert all(0 <= tag.score <= 1 for tag in found.tags)
    assert found.tags[0].score > 0
    assert found.over_time[-1].end == pytest.approx(samples / RATE)


@pytest.mark.parametrize("kind", ["DC", "noise", "clipped"])
def test_what_is_hardly_music_is_no_failure(kind: str) -> None:
    """DC, noise and clipped music give words and probabilities; DC and noise give no genre."""
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * RATE).astype(np.float32)
    sound = {"DC": np.full(4 * RATE, 0.5, np.float32), "noise": noise, "clipped": np.clip(30 * MUSIC, -1, 1)}[kind]
    found = tags_of(sound)
    assert all(0 <= tag.score <= 1 for tag in found.tags)
    assert sum(tag.score for tag in found.genres) == pytest.approx(1)
    assert kind == "clipped" or found.genre == UNCERTAIN


def test_known_recordings() -> None:
    """A Hungarian dance for strings is classical music; a solo trumpet and a vibraphone play jazz."""
    dance, trumpet, vibes = (tags_of(music(name, 0, 12)) for name in ("hungarian_dance.ogg", "solo_trumpet.ogg", "vibe_ace.ogg"))
    assert (dance.genre, trumpet.genre, vibes.genre) == ("classical", "jazz", "jazz")
    assert {"classical", "violin", "strings"} == {tag.name for tag in dance.tags[:3]}
