"""Tests of finding duplicates: copies of real recordings are found however they were made, and nothing else is."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

import immich_memories_music
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.errors import OptionError
from auricle.identification.chromaprint import WORD_S, Fingerprint, fingerprint, heard
from auricle.identification.duplicates import duplicate_groups, find_duplicates, similarity, sound_s
from auricle.resample import resample
from tests.conftest import RECORDINGS

RATE = 22050
TRACKS = sorted(Path(immich_memories_music.__file__).parent.rglob("*.opus"))
ORIGINALS = {path.stem: path for path in (RECORDINGS / "vibe_ace.ogg", RECORDINGS / "hungarian_dance.ogg", TRACKS[0])}
SECONDS = 40
COPIES = ("mp3", "opus", "quiet", "telephone", "clipped", "later", "trimmed", "both")


@functools.cache
def original(name: str) -> Audio:
    """The beginning of a real recording, in mono."""
    return resample(decode(ORIGINALS[name]).slice(0, SECONDS).remix(1), RATE)


def encoded(audio: Audio, output_format: str, bit_rate: int) -> Audio:
    """What comes out of a codec."""
    return decode(encode(audio, config=AudioProcessingConfig(output_format=output_format, bit_rate=bit_rate)))


def later(audio: Audio, seconds: float) -> Audio:
    """After so much silence."""
    return Audio(np.pad(audio.samples, ((0, 0), (round(seconds * audio.rate), 0))), audio.rate)


def copy_of(audio: Audio, kind: str) -> Audio:
    """The same recording, as it is met in a messy library."""
    match kind:
        case "mp3":
            return encoded(audio, "mp3", 64_000)
        case "opus":
            return encoded(audio, "opus", 32_000)
        case "quiet":
            return Audio(audio.samples * np.float32(0.1), audio.rate)
        case "telephone":
            return resample(audio, 8000)
        case "clipped":
            return Audio(np.clip(audio.samples * 4, -1, 1), audio.rate)
        case "later":
            return later(audio, 4.567)
        case "trimmed":
            return audio.slice(2.345, SECONDS - 3)
        case _:
            return encoded(later(audio.slice(1.7), 20), "mp3", 64_000)


@functools.cache
def known(name: str) -> Fingerprint:
    """Of an original."""
    return fingerprint(original(name), length=None)


@functools.cache
def library() -> Mapping[str, Fingerprint]:
    """All originals and their copies, as "name/kind"."""
    copies = {f"{name}/{kind}": fingerprint(copy_of(original(name), kind), length=None) for name in ORIGINALS for kind in COPIES}
    return {**{f"{name}/original": known(name) for name in ORIGINALS}, **copies}


def same(*audio: Audio) -> bool:
    """Whether recordings are duplicates of one another, all of them."""
    found = duplicate_groups({str(number): fingerprint(each, length=None) for number, each in enumerate(audio)})
    return [len(group.ids) for group in found] == [len(audio)]


def test_every_copy_and_nothing_else() -> None:
    """Among three recordings with eight copies each the groups are the recordings, whole."""
    found = duplicate_groups(library())
    assert {frozenset(group.ids) for group in found} == {
        frozenset(f"{name}/{kind}" for kind in ("original", *COPIES)) for name in ORIGINALS
    }


def test_groups() -> None:
    """In a group the longest is first, and its similarity is that of the two that are least alike."""
    for group in duplicate_groups(library()):
        durations = [library()[name].duration for name in group.ids]
        assert durations == sorted(durations, reverse=True)
        pairs = [similarity(library()[a], library()[b]).score for a in group.ids for b in group.ids]
        assert group.similarity == pytest.approx(min(pairs), abs=0.01)


@settings(max_examples=10)
@given(st.floats(0, 8), st.sampled_from(sorted(ORIGINALS)))
def test_offset(seconds: float, name: str) -> None:
    """After any silence the copy is found where it begins, to half a word, and from the other side with the other sign."""
    copy = fingerprint(later(original(name), seconds), length=None)
    there, back = similarity(copy, known(name)), similarity(known(name), copy)
    assert there.offset == pytest.approx(seconds, abs=0.55 * WORD_S)
    assert back.offset == pytest.approx(-seconds, abs=0.55 * WORD_S)
    assert min(there.score, back.score) > 0.8


@pytest.mark.parametrize("name", sorted(ORIGINALS))
def test_itself(name: str) -> None:
    """A recording is wholly like itself, and others are not."""
    assert similarity(known(name), known(name)) == (1.0, 0.0)
    assert all(similarity(known(name), known(other)).score < 0.5 for other in ORIGINALS if other != name)


def test_tracks_of_one_collection() -> None:
    """28 tracks, variations of the same moods among them, are 28 recordings."""
    assert duplicate_groups({track.name: fingerprint(track, length=15.0) for track in TRACKS}) == ()


@pytest.mark.parametrize("name", ["vibe_ace", "hungarian_dance"])
def test_edits(name: str) -> None:
    """Longer by a repeated part, with another middle, or only its first half: alike as far as it goes, but another recording."""
    audio = original(name)
    other = original(next(each for each in ORIGINALS if each != name))
    extended = Audio.join([audio.slice(0, 30), audio.slice(15)])
    remixed = Audio.join([audio.slice(0, 13), other.slice(13, 27), audio.slice(27)])
    for edit in (extended, remixed, audio.slice(0, 20)):
        assert similarity(known(name), fingerprint(edit, length=None)).score > 0.5
        assert not same(audio, edit)


def test_extended_after_what_was_heard() -> None:
    """Where only the first 20 s were heard, the durations tell an extended edit, and do not separate copies."""
    audio = original("vibe_ace")
    extended = Audio.join([audio, audio.slice(10)])
    heard = [fingerprint(each, length=20.0) for each in (audio, copy_of(audio, "mp3"), later(audio, 3), extended)]
    (group,) = duplicate_groups(dict(zip("abcd", heard, strict=True)))
    assert sorted(group.ids) == ["a", "b", "c"]


def test_another_performance() -> None:
    """The same piece, played three percent faster, is another recording."""
    audio = original("hungarian_dance")
    faster = Audio(resample(audio, round(RATE / 1.03)).samples, RATE)
    assert not same(audio, faster)


@pytest.mark.parametrize("kind", ["silence", "tone", "constant", "short", "sample", "nothing"])
def test_says_nothing(kind: str) -> None:
    """Silence, a steady tone, a constant and what is too short are no duplicates of anything, not even of themselves."""
    time = np.arange(20 * RATE) / RATE
    samples = {
        "silence": np.zeros(20 * RATE),
        "tone": 0.5 * np.sin(2 * np.pi * 440 * time),
        "constant": np.full(20 * RATE, 0.5),
        "short": original("vibe_ace").samples[0, : 3 * RATE],
        "sample": np.ones(1),
    }
    sound = heard(Audio(samples[kind], RATE)) if kind in samples else Fingerprint(0.0, np.zeros(0, np.uint32))
    assert similarity(sound, sound) == (0.0, 0.0)
    assert duplicate_groups({"a": sound, "b": sound, "c": known("vibe_ace")}) == ()


def test_silence_around() -> None:
    """Half a minute of silence before or after is not sound that a copy lacks, nor do two recordings share it."""
    first, second = original("vibe_ace").slice(0, 20), original("hungarian_dance").slice(0, 20)
    around = [Audio(np.pad(each.samples, ((0, 0), (30 * RATE, 30 * RATE))), RATE) for each in (first, second)]
    assert same(first, around[0])
    assert not same(*around)


def test_a_few_words_alike() -> None:
    """An end that is another sound's beginning is not enough, however alike it is."""
    first, second = original("vibe_ace"), original("hungarian_dance")
    shared = second.slice(20, 25)
    ends, begins = Audio.join([first.slice(0, 10), shared]), Audio.join([shared, first.slice(20, 30)])
    assert similarity(fingerprint(ends, length=None), fingerprint(begins, length=None)).score < 0.5
    assert not same(ends, begins)


@pytest.mark.parametrize("name", sorted(ORIGINALS))
def test_silence_is_not_counted(name: str) -> None:
    """Before a recording or after it, where it is longer than what a word is of; silence alone is no sound at all."""
    audio = original(name)
    silence = np.zeros((1, 10 * RATE), np.float32)
    around = Audio(np.concatenate([silence, audio.samples, silence], axis=1), RATE)
    assert sound_s(fingerprint(around)) == pytest.approx(sound_s(fingerprint(audio)), abs=1.0)
    assert sound_s(fingerprint(Audio(silence, RATE))) == 0.0


def test_no_recordings() -> None:
    """Nothing among nothing, nor among one."""
    assert duplicate_groups({}) == ()
    assert duplicate_groups({"one": known("vibe_ace")}) == ()


def test_folders(tmp_path: Path) -> None:
    """Files are heard in folders however deep, what is no audio there is passed over, and a link is not a duplicate."""
    deep = tmp_path / "deep" / "er"
    deep.mkdir(parents=True)
    original("vibe_ace").write(tmp_path / "one.wav")
    copy_of(original("vibe_ace"), "quiet").write(deep / "two.flac")
    original("hungarian_dance").write(deep / "other.wav")
    (deep / "cover.txt").write_text("not audio")
    (tmp_path / "link.wav").symlink_to(deep / "other.wav")
    told: list[tuple[int, int]] = []
    found = find_duplicates([tmp_path], lambda done, files: told.append((done, files)), workers=2)
    (group,) = found.groups
    assert sorted(group.ids) == [str(deep / "two.flac"), str(tmp_path / "one.wav")]
    assert (dict(found.unreadable), told) == ({}, [(done, 4) for done in range(1, 5)])


def test_unreadable(tmp_path: Path) -> None:
    """What cannot be heard is named with its reason, and the rest is heard all the same."""
    original("vibe_ace").write(tmp_path / "one.wav")
    original("vibe_ace").write(tmp_path / "two.wav")
    (tmp_path / "cut.wav").write_bytes((tmp_path / "one.wav").read_bytes()[:5000])
    (tmp_path / "note.txt").write_text("not audio")
    found = find_duplicates([tmp_path, tmp_path / "note.txt", str(tmp_path / "missing.ogg")])
    assert sorted(Path(path).name for path in found.unreadable) == ["cut.wav", "missing.ogg", "note.txt"]
    assert [len(group.ids) for group in found.groups] == [2]


def test_no_workers() -> None:
    """Nobody to do the work is refused by name."""
    with pytest.raises(OptionError, match="at least 1") as refusal:
        find_duplicates([], workers=0)
    assert refusal.value.field == "workers"
