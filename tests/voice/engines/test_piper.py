"""Piper's voices: what they are called, what they declare, and what they say, on a network that anybody can compute."""

from __future__ import annotations

import importlib.metadata
import math
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from auricle import weights
from auricle.errors import MissingDependency, ModelUnavailable, OptionError
from auricle.voice.engine import Phrase, Token, Voice
from auricle.voice.engines.piper import PiperEngine, load, voices
from auricle.voice.engines.piper import voice as find_voice
from tests.voice.engines.test_piper_files import THORSTEN, by_number
from tests.voice.engines.tiny_piper import FRAMES_PER_ID, HOP, IDS, RATE, PiperVoice, network, write_voice

SAMPLE = 1.5 / RATE  # times are of whole samples


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """No engine is left for other tests."""
    yield
    weights.unload_all()


def phrase(text: str) -> Phrase:
    """A phrase of these words."""
    return Phrase(tuple(Token(word, (0, 1)) for word in text.split()), "en-US")


def frames(heard: str, speed: float = 1.0) -> list[int]:
    """By the network's rule: how long each number is."""
    ids = [IDS["^"][0], 0, *(number for one in heard for number in (IDS[one][0], 0)), IDS["$"][0]]
    return [math.ceil(np.float32(number) * np.float32(FRAMES_PER_ID) * np.float32(1 / speed)) for number in ids]


def speaking(path: Path) -> tuple[PiperEngine, Voice]:
    """The engine and the first voice of a file."""
    voice = find_voice(str(path), paths=True)
    assert voice
    return load(path), voice


def test_without_the_extra_there_is_nothing(models: Path) -> None:
    """No voice is listed or found; whoever insists is told what to install."""
    path = write_voice(models / "piper")
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version("piper-tts")
    assert voices() == ()
    assert find_voice("tiny") is None
    with pytest.raises(MissingDependency, match=r'pip install "auricle\[piper\]"'):
        load(path)


def test_another_package_of_that_module_name_is_not_taken_for_it(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is a toolkit for pipelines whose module is called piper, too."""
    monkeypatch.setitem(sys.modules, "piper", type(sys)("piper"))
    assert voices() == ()
    with pytest.raises(MissingDependency):
        load(write_voice(models / "piper"))


@pytest.mark.usefixtures("piper")
def test_a_voice_declares_what_its_files_say(models: Path) -> None:
    """Language, licence, word times; and whose code speaks it."""
    path = write_voice(models / "piper", "en_GB-alba-medium", language={"code": "en_GB"}, dataset="alba")
    path.with_name("MODEL_CARD").write_text("* License: CC-BY-4.0")
    (voice,) = voices()
    assert (voice.name, voice.engine, voice.languages, voice.licence) == ("en_GB-alba-medium", "piper", ("en-GB",), "CC-BY-4.0")
    assert voice.word_times
    assert voice.emotions == ("neutral",)
    assert "GPL-3.0-or-later" in voice.description


@pytest.mark.usefixtures("piper")
def test_listing_loads_nothing(models: Path) -> None:
    """Neither the network nor the package is touched: a listing is cheap."""
    write_voice(models / "piper", model=b"no network at all")
    assert len(voices()) == 1


@pytest.mark.usefixtures("piper")
def test_every_speaker_is_a_voice(models: Path) -> None:
    """By name and by number, by the file's name and by that of the data set; without either it is the file's default."""
    write_voice(models / "piper", "en_GB-vctk-medium", dataset="vctk", num_speakers=2, speaker_id_map={"p239": 0, "p225": 1})
    assert [voice.name for voice in voices()] == ["en_GB-vctk-medium#p239", "en_GB-vctk-medium#p225"]
    second = voices()[1]
    assert find_voice("en_GB-vctk-medium#p225") == find_voice("vctk#p225") == find_voice("vctk#1") == second
    assert find_voice("vctk") == find_voice("en_GB-vctk-medium") == voices()[0]
    assert find_voice("p225") is None


@pytest.mark.usefixtures("piper")
def test_the_default_speaker_is_the_files(models: Path) -> None:
    """Where it names one."""
    write_voice(models / "piper", "a", num_speakers=2, speaker_id_map={"x": 0, "y": 1}, default_speaker_id=1)
    found = find_voice("a")
    assert found
    assert found.name == "a#y"


@pytest.mark.usefixtures("piper")
def test_an_unknown_speaker_is_refused(models: Path) -> None:
    """With those that there are, or how many."""
    write_voice(models / "piper", "few", num_speakers=2, speaker_id_map={"x": 0, "y": 1})
    write_voice(models / "piper", "many", num_speakers=904, speaker_id_map=None)
    write_voice(models / "piper", "one")
    with pytest.raises(OptionError, match="no speaker 'z'; use one of: x, y") as error:
        find_voice("few#z")
    assert (error.value.field, error.value.allowed) == ("voice", ("x", "y"))
    with pytest.raises(OptionError, match="no speaker '904'; it has 904, from #0 on"):
        find_voice("many#904")
    with pytest.raises(OptionError, match="it has but one"):
        find_voice("one#0")


@pytest.mark.usefixtures("piper")
def test_a_short_name_that_is_not_unique_finds_nothing(models: Path) -> None:
    """A data set is often there in several qualities; which one would be a guess."""
    for quality in ("low", "high"):
        write_voice(models / "piper", f"en_US-lessac-{quality}", dataset="lessac")
    assert find_voice("lessac") is None
    assert find_voice("en_US-lessac-low")


@pytest.mark.usefixtures("piper")
def test_a_path_is_a_name_only_for_those_who_may(tmp_path: Path, models: Path) -> None:
    """Whoever asks over the network must not be able to try out files."""
    path = write_voice(tmp_path / "mine", num_speakers=2, speaker_id_map={"x": 0, "y": 1})
    assert find_voice(str(path)) is None
    voice = find_voice(f"{path}#y", paths=True)
    assert voice
    assert voice.name == f"{path}#y"
    spoken = load(voice).say(phrase("hello"), voice, 1.0, "neutral")
    assert spoken.samples[0] == pytest.approx(0.2)


@pytest.mark.usefixtures("piper")
def test_moods_are_emotions_of_one_voice(models: Path) -> None:
    """As in Thorsten's emotional voice; neutral is the first, and each is another number for the network."""
    write_voice(models / "piper", "de", num_speakers=8, speaker_id_map=by_number(THORSTEN))
    (voice,) = voices()
    assert voice.emotions == ("neutral", "amused", "angry", "disgusted", "drunk", "sleepy", "surprised", "whisper")
    for number, emotion in enumerate(THORSTEN):
        assert load(voice).say(phrase("hallo"), voice, 1.0, emotion).samples[0] == pytest.approx((number + 1) / 10, abs=1e-6)


@pytest.mark.usefixtures("piper")
def test_a_speaker_is_a_number_for_the_network(models: Path) -> None:
    """Each voice of a file is heard as itself."""
    write_voice(models / "piper", num_speakers=3, speaker_id_map={"x": 2, "y": 0, "z": 1})
    levels = {voice.name[-1]: load(voice).say(phrase("hello"), voice, 1.0, "neutral").samples[0] for voice in voices()}
    assert levels == pytest.approx({"x": 0.3, "y": 0.1, "z": 0.2})


@pytest.mark.usefixtures("piper")
@pytest.mark.parametrize("speed", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_length_and_natural_length_are_the_networks(models: Path, speed: float) -> None:
    """The samples are what was asked for, as far as whole frames allow; the natural length is that at speed 1, exactly."""
    said, voice = speaking(write_voice(models / "piper"))
    spoken = said.say(phrase("a zoo of birds"), voice, speed, "neutral")
    heard = "ˈa ˈzoo ˈof ˈbirds"
    assert said.rate == RATE
    assert len(spoken.samples) == sum(frames(heard, speed)) * HOP
    assert spoken.natural == pytest.approx(sum(frames(heard)) * HOP / RATE, rel=0.01)


@pytest.mark.usefixtures("piper")
@pytest.mark.parametrize(("asked", "spoken_at"), [(0.25, 0.5), (4.0, 2.0)])
def test_beyond_what_it_was_trained_for_the_rest_is_left(models: Path, asked: float, spoken_at: float) -> None:
    """It speaks at half or double pace, and the natural length says so."""
    said, voice = speaking(write_voice(models / "piper"))
    one, other = (said.say(phrase("hello"), voice, speed, "neutral") for speed in (asked, spoken_at))
    assert len(one.samples) == len(other.samples)
    assert one.natural == other.natural


@pytest.mark.usefixtures("piper")
def test_the_files_own_pace_is_natural(models: Path) -> None:
    """A description may ask for another length scale than 1: that is speed 1."""
    said, voice = speaking(write_voice(models / "piper", inference={"length_scale": 1.5}))
    spoken = said.say(phrase("hello"), voice, 1.0, "neutral")
    assert len(spoken.samples) == sum(frames("ˈhello", 1 / 1.5)) * HOP
    assert spoken.natural == pytest.approx(len(spoken.samples) / RATE)


@pytest.mark.usefixtures("piper")
def test_words_are_said_when_the_network_says_them(models: Path) -> None:
    """A word lasts from its first phoneme to its last: spaces and stops, which are where pauses are, belong to none."""
    said, voice = speaking(write_voice(models / "piper"))
    times = said.say(phrase("go home, ann!"), voice, 1.0, "neutral").times
    ends = np.cumsum(frames("ˈgo ˈhome, ˈann!")) * HOP / RATE
    expected = [(ends[1], ends[1 + 2 * 3]), (ends[1 + 2 * 4], ends[1 + 2 * 9]), (ends[1 + 2 * 11], ends[1 + 2 * 15])]
    assert np.array(times) == pytest.approx(np.array(expected), abs=SAMPLE)


@pytest.mark.usefixtures("piper")
def test_words_that_run_together_keep_their_times(models: Path) -> None:
    """Where espeak says "of the" as one word, each still has its share, and the words around them are not moved."""
    said, voice = speaking(write_voice(models / "piper"))
    times = said.say(phrase("king of the hill"), voice, 1.0, "neutral").times
    ends = np.cumsum(frames("ˈking ˈofthe ˈhill")) * HOP / RATE
    assert times[0] == pytest.approx((ends[1], ends[1 + 2 * 5]), abs=SAMPLE)
    assert times[1] == pytest.approx((ends[1 + 2 * 6], ends[1 + 2 * 9]), abs=SAMPLE)
    assert times[2][1] == pytest.approx(ends[1 + 2 * 12], abs=SAMPLE)
    assert times[3] == pytest.approx((ends[1 + 2 * 13], ends[1 + 2 * 18]), abs=SAMPLE)
    assert all(start <= end for start, end in times)


@pytest.mark.usefixtures("piper")
def test_own_phonemes_are_spoken_as_they_are(models: Path) -> None:
    """With the token's punctuation; brackets in the text open no way to phonemes."""
    said, voice = speaking(write_voice(models / "piper"))
    tokens = (Token("Tom,", (0, 4), phonemes="təm"), Token("[[ab]]", (5, 11)))
    spoken = said.say(Phrase(tokens, "en-US"), voice, 1.0, "neutral")
    assert len(spoken.samples) == sum(frames("təm, ˈab")) * HOP


@pytest.mark.usefixtures("piper")
def test_a_voice_that_is_trained_on_letters_gets_letters(models: Path) -> None:
    """Phonemes would mean nothing to it, and it has no words' times."""
    said, voice = speaking(write_voice(models / "piper", phoneme_type="text"))
    assert not voice.word_times
    spoken = said.say(Phrase((Token("tom", (0, 3), phonemes="tttttt"),), "en-US"), voice, 1.0, "neutral")
    assert len(spoken.samples) == sum(frames("ˈtom")) * HOP
    assert spoken.times == ()


@pytest.mark.usefixtures("piper")
def test_a_network_that_keeps_its_durations_speaks_at_natural_pace(models: Path) -> None:
    """Then nothing is known of words and of the natural length, and the voice says so before."""
    said, voice = speaking(write_voice(models / "piper", model=network(rounds=False)))
    assert not voice.word_times
    spoken = [said.say(phrase("hello"), voice, speed, "neutral") for speed in (0.5, 2.0)]
    assert len(spoken[0].samples) == len(spoken[1].samples)
    assert [one.natural for one in spoken] == [None, None]


@pytest.mark.usefixtures("piper")
def test_sentences_in_a_phrase_are_said_in_one_go(models: Path) -> None:
    """An abbreviation may end a sentence for espeak: nothing is lost or said twice."""
    said, voice = speaking(write_voice(models / "piper"))
    spoken = said.say(phrase("ask dr. no"), voice, 1.0, "neutral")
    assert len(spoken.samples) == sum(frames("ˈask ˈdr. ˈno")) * HOP


@pytest.mark.usefixtures("piper")
def test_what_it_cannot_say_is_refused(models: Path) -> None:
    """Rather than silence."""
    said, voice = speaking(write_voice(models / "piper"))
    with pytest.raises(OptionError, match="has nothing to say") as error:
        said.say(phrase("... !"), voice, 1.0, "neutral")
    assert error.value.field == "text"


@pytest.mark.usefixtures("piper")
@pytest.mark.parametrize("length", [0, 1, 500, -1])
def test_a_damaged_network_is_refused(models: Path, length: int) -> None:
    """One sentence, and the next use tries again."""
    with pytest.raises(ModelUnavailable, match="damaged"):
        load(write_voice(models / "piper", model=network()[:length]))
    assert load(write_voice(models / "piper"))


@pytest.mark.usefixtures("piper")
def test_a_network_for_something_else_is_refused(models: Path) -> None:
    """By what it takes."""
    with pytest.raises(ModelUnavailable, match="its network must take input, input_lengths, scales"):
        load(write_voice(models / "piper", model=network(speakers=2)))


@pytest.mark.usefixtures("piper")
def test_a_network_that_fails_while_it_speaks_is_named(models: Path) -> None:
    """The error is ours, not the runtime's."""
    said, voice = speaking(write_voice(models / "piper", model=network(scale=9)))
    with pytest.raises(ModelUnavailable, match="cannot be used"):
        said.say(phrase("hello"), voice, 1.0, "neutral")


def test_a_language_that_needs_another_package_says_so(models: Path, piper: type[PiperVoice], monkeypatch: pytest.MonkeyPatch) -> None:
    """Piper reads Japanese, Thai and Chinese with packages of their own."""
    said, voice = speaking(write_voice(models / "piper"))
    monkeypatch.setattr(piper, "fails", ImportError("pip install piper-tts[ja]."))
    with pytest.raises(ModelUnavailable, match=r"needs more to read its language: pip install piper-tts\[ja\]\.$"):
        said.say(phrase("hello"), voice, 1.0, "neutral")


@pytest.mark.usefixtures("piper")
def test_a_voice_that_went_away_is_named(models: Path) -> None:
    """Between the listing and its first use its file may be removed."""
    path = write_voice(models / "piper")
    (voice,) = voices()
    path.unlink()
    with pytest.raises(ModelUnavailable, match="not on this machine any more"):
        load(voice)


@pytest.mark.usefixtures("piper")
def test_one_file_is_one_engine_for_any_number_of_threads(models: Path) -> None:
    """It is loaded once, and what it says does not depend on who else speaks."""
    path = write_voice(models / "piper")
    said, voice = speaking(path)
    assert load(path) is said
    lengths: list[int] = []
    threads = [
        Thread(target=lambda: lengths.append(len(load(path).say(phrase("hello you"), voice, 1.0, "neutral").samples))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lengths == [sum(frames("ˈhello ˈyou")) * HOP] * 8


def test_importing_it_imports_no_piper() -> None:
    """The GPL code is loaded by whoever uses one of its voices, and by nobody else."""
    code = "import sys, auricle.voice.engines.piper as us; us.voices(); print({'piper', 'onnxruntime'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "set()"
