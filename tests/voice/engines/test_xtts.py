"""XTTS's voices: what is asked of coqui-tts, what consent is, and how long a cloned voice is known.

The real thing, with a model that the test makes, is in tests/extras.
"""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import numpy as np
import pytest

from auricle import weights
from auricle.audio import Audio
from auricle.codec import encode, open_audio
from auricle.errors import MissingDependency, ModelUnavailable, OptionError, UnreadableInput
from auricle.voice import clone_voice, forget_voice, synthesize
from auricle.voice.engine import Phrase, Token
from auricle.voice.engines.xtts import XttsEngine, clone, load, voices
from auricle.voice.engines.xtts import voice as find_voice
from tests.voice.engines import tiny_xtts
from tests.voice.engines.test_xtts_files import Tensor, write_speakers
from tests.voice.engines.tiny_xtts import PER_CHARACTER, RATE, write_model


@pytest.fixture(autouse=True)
def _forgotten() -> Iterator[None]:
    """No engine is left for other tests."""
    yield
    weights.unload_all()


@pytest.fixture
def coqui(models: Path, install: Callable[[str, str], None], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for coqui-tts, as if it were installed, and a model's folder."""
    install("coqui-tts", "0.28.0")
    tiny_xtts.install(monkeypatch)
    return write_model(models / "xtts")


def recording(seconds: float = 6.0, rate: int = 44_100, channels: int = 2, level: float = 0.5) -> Audio:
    """Somebody who hums."""
    hum = level * np.sin(2 * np.pi * 200 * np.arange(round(seconds * rate)) / rate)
    return Audio(np.tile(hum, (channels, 1)), rate)


def phrase(text: str, language: str = "en") -> Phrase:
    """A phrase of these words."""
    return Phrase(tuple(Token(word, (0, 1)) for word in text.split()), language)


def asked(engine: XttsEngine) -> list[tuple[str, str, object, object]]:
    """What the model was asked to say."""
    given: list[tuple[str, str, object, object]] = engine._model.asked
    return given


def test_without_the_extra_there_is_nothing(models: Path) -> None:
    """No voice is listed or found; whoever insists is told what to install."""
    write_model(models / "xtts")
    assert voices() == ()
    assert find_voice("xtts") is None
    assert find_voice("xtts#clone-1") is None
    with pytest.raises(MissingDependency, match=r'pip install "auricle\[xtts\]"'):
        load()


def test_without_the_model_there_is_no_voice(coqui: Path) -> None:
    """Whoever insists is told what is missing."""
    (coqui / "vocab.json").unlink()
    assert voices() == ()
    with pytest.raises(ModelUnavailable, match=r"it has no vocab\.json"):
        load()


def test_voices_declare_what_they_can(coqui: Path) -> None:
    """One imitates, the model's own do not; the licence forbids commercial use, and the description says so."""
    write_speakers(coqui, {"Ana Florence": {"gpt_cond_latent": Tensor(), "speaker_embedding": Tensor()}})
    first, second = voices()
    assert (first.name, first.cloning, second.name, second.cloning) == ("xtts", True, "xtts#Ana Florence", False)
    assert first.languages == second.languages == ("en", "zh-CN")
    assert all("Coqui-Public-Model-License" in voice.licence and "not for commercial use" in voice.description for voice in voices())
    assert find_voice("xtts#Ana Florence") == second


@pytest.mark.usefixtures("coqui")
def test_nobody_is_imitated_without_consent() -> None:
    """The error says what consent means; before it is given the recording is not looked at, and no model is loaded."""
    for refusal in (False, None, 0, "yes", 1):
        with pytest.raises(OptionError, match="the person in the recording agrees to it, or is you") as error:
            clone(recording(0.1), consent=refusal)  # type: ignore[arg-type] # what a careless caller may give
        assert error.value.field == "consent"
    with pytest.raises(OptionError, match="consent"):
        load().clone(recording(), consent=False)


@pytest.mark.usefixtures("coqui")
def test_a_cloned_voice_speaks_like_the_recording() -> None:
    """What the model made of the recording is what it speaks with; each recording is a voice of its own."""
    first, second = clone(recording(), consent=True), clone(recording(), consent=True)
    assert first.name != second.name
    assert first.cloning
    engine = load()
    engine.say(phrase("Hello there."), second, 1.0, "neutral")
    engine.say(phrase("Hello there."), first, 1.0, "neutral")
    assert [how for _, _, how, _ in asked(engine)] == ["how 2", "how 1"]
    assert [sound for _, _, _, sound in asked(engine)] == ["sound 2 at 22050 of 1", "sound 1 at 22050 of 1"]


@pytest.mark.usefixtures("coqui")
def test_the_model_hears_half_a_minute_of_one_channel() -> None:
    """At 22,050 Hz, whatever the recording is, as the model's own loader gives it; with the lengths of its configuration."""
    clone(recording(seconds=31.0), consent=True)
    ((samples, rate, length, chunk),) = load()._model.heard
    assert (samples.shape, rate, length, chunk) == ((1, 30 * 22_050), 22_050, 12, 4)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=0.01)


@pytest.mark.usefixtures("coqui")
@pytest.mark.parametrize(
    ("given", "words"),
    [(recording(2.9), "2.9 s long; give at least 3 s"), (recording(level=0.0), "is silent"), (recording(level=5e-4), "is silent")],
)
def test_a_recording_that_is_no_voice_is_refused(given: Audio, words: str) -> None:
    """Too short or silent: the field and what would be right."""
    with pytest.raises(OptionError, match=words) as error:
        clone(given, consent=True)
    assert error.value.field == "speaker_wav"


@pytest.mark.usefixtures("coqui")
def test_a_cloned_voice_is_found_by_its_name_alone() -> None:
    """It is in no list, and its name cannot be guessed: only whoever made it, or was told, can use it."""
    voice = clone(recording(), consent=True)
    assert voice not in voices()
    assert find_voice(voice.name) == voice
    assert find_voice("xtts#clone-0") is None
    assert len(voice.name.removeprefix("xtts#clone-")) == 32


@pytest.mark.usefixtures("coqui")
def test_cloned_voices_are_forgotten_in_the_end() -> None:
    """64 are kept, those that speak rather than those that do not; a forgotten one says so."""
    engine = load()
    made = [clone(recording(3.0, 8_000, 1), consent=True) for _ in range(64)]
    engine.say(phrase("Hello"), made[0], 1.0, "neutral")
    clone(recording(3.0, 8_000, 1), consent=True)
    assert find_voice(made[0].name)
    assert find_voice(made[1].name) is None
    with pytest.raises(OptionError, match="clone it again") as error:
        engine.say(phrase("Hello"), made[1], 1.0, "neutral")
    assert error.value.field == "voice"


@pytest.mark.usefixtures("coqui")
def test_a_cloned_voice_can_be_forgotten_at_once() -> None:
    """As the person in the recording may ask."""
    voice = clone(recording(), consent=True)
    assert load().forget(voice)
    assert not load().forget(voice)
    assert find_voice(voice.name) is None


@pytest.mark.usefixtures("coqui")
def test_the_imitating_voice_needs_a_recording() -> None:
    """By itself it has no voice."""
    with pytest.raises(OptionError, match="give one, or name another voice") as error:
        load().say(phrase("Hello"), voices()[0], 1.0, "neutral")
    assert error.value.field == "speaker_wav"


@pytest.mark.usefixtures("coqui")
def test_the_models_own_speakers_speak(monkeypatch: pytest.MonkeyPatch, coqui: Path) -> None:
    """With what the model's file holds of them."""
    known = {"Ana Florence": {"gpt_cond_latent": "how", "speaker_embedding": "sound"}}
    monkeypatch.setattr(tiny_xtts.Xtts, "own", known)
    write_speakers(coqui, {"Ana Florence": {"gpt_cond_latent": Tensor(), "speaker_embedding": Tensor()}})
    engine = load()
    engine.say(phrase("Hello there."), voices()[1], 1.0, "neutral")
    assert asked(engine) == [("Hello there.", "en", "how", "sound")]


@pytest.mark.usefixtures("coqui")
def test_it_speaks_at_natural_pace_and_says_so() -> None:
    """Whatever was asked: the natural length is left unknown, as the interface has it; there are no words' times."""
    engine, voice = load(), clone(recording(), consent=True)
    spoken = [engine.say(phrase("Hello there."), voice, speed, "neutral") for speed in (0.5, 1.0, 2.0)]
    assert [len(one.samples) for one in spoken] == [12 * PER_CHARACTER] * 3
    assert {(one.natural, one.times) for one in spoken} == {(None, ())}
    assert engine.rate == RATE


@pytest.mark.usefixtures("coqui")
def test_what_is_too_long_for_a_language_is_said_in_parts() -> None:
    """Cut between words, or anywhere where there are none; nothing is lost or said twice."""
    engine, voice = load(), clone(recording(), consent=True)
    text = "This sentence has far more than forty characters, so it is said in parts."
    engine.say(phrase(text), voice, 1.0, "neutral")
    engine.say(phrase("你好世界你好世界你好世界你好", "zh-CN"), voice, 1.0, "neutral")
    english = [said for said, language, *_ in asked(engine) if language == "en"]
    chinese = [said for said, language, *_ in asked(engine) if language == "zh-cn"]
    assert " ".join(english) == text
    assert all(len(part) <= 40 for part in english)
    assert chinese == ["你好世界你好世界你好", "世界你好"]


@pytest.mark.usefixtures("coqui")
def test_text_without_words_is_refused() -> None:
    """Rather than noise."""
    with pytest.raises(OptionError, match="nothing to say") as error:
        load().say(phrase("?! ..."), clone(recording(), consent=True), 1.0, "neutral")
    assert error.value.field == "text"


@pytest.mark.usefixtures("coqui")
def test_a_language_that_needs_another_package_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coqui reads Chinese and Japanese with packages of their own."""
    engine, voice = load(), clone(recording(), consent=True)
    monkeypatch.setattr(tiny_xtts.Xtts, "fails", ImportError("pypinyin"))
    with pytest.raises(ModelUnavailable, match=r"pip install coqui-tts\[zh\]"):
        engine.say(phrase("你好", "zh-CN"), voice, 1.0, "neutral")


def test_damaged_weights_are_refused(coqui: Path) -> None:
    """One sentence, and the next use tries again."""
    (coqui / "model.pth").write_bytes(b"other")
    with pytest.raises(ModelUnavailable, match="a file of it is damaged"):
        load()
    write_model(coqui)
    assert load()


@pytest.mark.usefixtures("coqui")
def test_packages_that_do_not_fit_together_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyTorch without CUDA and torchaudio with it: the import of Coqui ends in an OSError."""
    (tmp_path / "broken" / "TTS").mkdir(parents=True)
    (tmp_path / "broken" / "TTS" / "__init__.py").write_text("raise OSError('Could not load this library: _torchaudio.abi3.so')")
    for name in [name for name in sys.modules if name.partition(".")[0] == "TTS"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(str(tmp_path / "broken"))
    with pytest.raises(ModelUnavailable, match="torchaudio is built for another PyTorch"):
        load()


@pytest.mark.usefixtures("coqui")
def test_one_model_speaks_for_any_number_of_threads() -> None:
    """It is loaded once, and threads wait for one another: a phrase leaves marks in it (the stand-in looks)."""
    engine, voice = load(), clone(recording(), consent=True)
    assert load() is engine
    threads = [Thread(target=lambda: engine.say(phrase("Hello there."), voice, 1.0, "neutral")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked(engine)) == 8


def test_importing_it_imports_no_pytorch() -> None:
    """It takes seconds and hundreds of megabytes: only whoever uses the voice pays for it."""
    code = "import sys, auricle.voice.engines.xtts as us; us.voices(); print({'torch', 'TTS'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.strip() == "set()"


@pytest.mark.usefixtures("coqui")
def test_the_verb_reads_what_is_listened_to() -> None:
    """Half a minute of a long recording, and no more than is needed for that; the voice speaks, until it is forgotten."""
    file = io.BytesIO(encode(recording(seconds=60.0, rate=16_000, channels=1)))
    voice = clone_voice(open_audio(file), consent=True)
    assert file.tell() < 45 * 16_000 * 2
    ((samples, _, _, _),) = load()._model.heard
    assert samples.shape == (1, 30 * 22_050)
    assert synthesize("Hello there.", voice=voice.name).duration > 0
    assert forget_voice(voice)
    assert not forget_voice(voice)
    with pytest.raises(OptionError, match="there is no voice"):
        synthesize("Hello there.", voice=voice.name)


@pytest.mark.usefixtures("coqui")
def test_the_verb_does_not_look_at_a_recording_without_consent(tmp_path: Path) -> None:
    """Not even whether it is there."""
    with pytest.raises(OptionError, match="the person in the recording agrees to it"):
        clone_voice(tmp_path / "missing.wav")
    with pytest.raises(UnreadableInput):
        clone_voice(tmp_path / "missing.wav", consent=True)
