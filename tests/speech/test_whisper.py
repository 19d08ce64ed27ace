"""The decode loop: its rules on made-up tokens, and the model against faster-whisper."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import numpy as np
import pytest

from auricle import weights
from auricle.audio import Mono
from auricle.codec import AudioProcessingConfig, decode
from auricle.errors import ModelUnavailable, OptionError
from auricle.speech import load_recognizer
from auricle.speech.confidence import of_word
from auricle.speech.transcript import Segment
from auricle.speech.vad import SAMPLE_RATE, SpeechPiece
from auricle.speech.whisper import (
    Language,
    Recognizer,
    TranscribeOptions,
    _divide,
)

T = 1000  # the first time-stamp token in the made-up tokens; T + 50 is one second


@pytest.fixture(scope="module")
def tiny() -> Recognizer:
    """The English model."""
    return load_recognizer("tiny.en")


def speech(path: Path) -> Mono:
    """A recording as the model hears it."""
    return np.asarray(decode(path, AudioProcessingConfig(sample_rate=SAMPLE_RATE, channels=1)).samples[0])


def recognised(recognizer: Recognizer, audio: Mono, chunk: int, options: TranscribeOptions | None = None) -> list[Segment]:
    """All segments of ``audio``, given in chunks."""
    pieces = (SpeechPiece(first, audio[first : first + chunk]) for first in range(0, len(audio), chunk))
    return list(recognizer.segments(pieces, options or TranscribeOptions(language="en"), Language("en", 1.0)))


def times(tokens: list[int], size: int = 3000) -> tuple[list[tuple[float, float]], int]:
    """Start and end of each stretch of a window at frame 0, and where the next window begins."""
    stretches, advance = _divide(tokens, T, 0, size)
    return [(stretch["start"], stretch["end"]) for stretch in stretches], advance


def test_pairs_of_time_stamps_divide_a_window() -> None:
    """Two segments and an unfinished third: the next window begins where the second ended."""
    assert times([T, 1, 2, T + 100, T + 110, 3, T + 300, T + 300, 4, 5]) == ([(0.0, 2.0), (2.2, 6.0)], 600)


def test_a_single_time_stamp_at_the_end_finishes_the_window() -> None:
    """Nothing was said after it, so the whole window is done."""
    assert times([T, 1, T + 100, T + 100, 2, T + 300]) == ([(0.0, 2.0), (2.0, 6.0)], 3000)


def test_without_pairs_the_window_is_one_segment() -> None:
    """It ends at its only time stamp, or with the audio."""
    assert times([T, 1, 2, T + 200]) == ([(0.0, 4.0)], 3000)
    assert times([1, 2, 3], size=500) == ([(0.0, 5.0)], 500)


def test_times_stay_within_the_audio() -> None:
    """Time stamps beyond a short window's audio are brought back to its end."""
    assert times([T, 1, T + 300], size=200) == ([(0.0, 2.0)], 200)
    assert times([T, 1, T + 90, T + 120, 2, T + 140], size=200) == ([(0.0, 1.8), (1.98, 2.0)], 200)


def test_the_next_window_does_not_skip_speech() -> None:
    """A pair of time stamps beyond a window's audio moves on no further than the audio."""
    assert times([T, 1, 2, T + 1200, T + 1200, 3], size=1200)[1] == 1200


def test_a_window_always_moves_on() -> None:
    """A pair at zero would ask for the same window for ever."""
    assert times([T, T, 1])[1] == 3000


@pytest.mark.parametrize("chunk", [SAMPLE_RATE // 10, 77_777])
def test_any_chunking_gives_the_same_segments(tiny: Recognizer, recordings: Path, chunk: int) -> None:
    """Text, times and scores do not depend on the pieces that the speech came in."""
    audio = speech(recordings / "two_cities.flac")
    options = TranscribeOptions(language="en", word_timestamps=True, beam_size=1)
    assert recognised(tiny, audio, chunk, options) == recognised(tiny, audio, len(audio), options)


def test_threads_share_a_model(tiny: Recognizer, recordings: Path) -> None:
    """Four threads at once get what one gets alone."""
    files = ["jfk.flac", "austen-0930.wav", "LJ001-0001.wav", "goforward.wav"]
    alone = [recognised(tiny, speech(recordings / name), 160_000) for name in files]
    together: dict[str, list[Segment]] = {}
    threads = [
        threading.Thread(target=lambda name=name: together.update({name: recognised(tiny, speech(recordings / name), 160_000)}))
        for name in files
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [together[name] for name in files] == alone


def test_an_english_model_says_what_it_cannot() -> None:
    """Another language and translation are refused with what would be right."""
    recognizer = load_recognizer("tiny.en")
    with pytest.raises(OptionError, match="knows only English") as caught:
        recognizer.check(TranscribeOptions(language="de"))
    assert caught.value.field == "language"
    with pytest.raises(OptionError, match="cannot translate"):
        recognizer.check(TranscribeOptions(task="translate"))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"task": "sing"}, "task"),
        ({"temperature": 1.5}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"beam_size": 0}, "beam_size"),
    ],
)
def test_options_are_checked_at_birth(options: dict[str, object], field: str) -> None:
    """A value that cannot be honoured names its field."""
    with pytest.raises(OptionError) as caught:
        TranscribeOptions(**options)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_the_ladder_starts_at_the_temperature() -> None:
    """Steps of 0.2 up to 1, as the Whisper paper has them."""
    assert TranscribeOptions().temperatures == (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    assert TranscribeOptions(temperature=0.5).temperatures == (0.5, 0.7, 0.9)
    assert TranscribeOptions(temperature=1.0).temperatures == (1.0,)


def test_a_directory_that_is_no_model(tmp_path: Path) -> None:
    """Weights that CTranslate2 cannot read are named in one sentence."""
    for name in ("model.bin", "config.json"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(ModelUnavailable, match="cannot be loaded"):
        Recognizer(tmp_path, "broken")


def test_a_local_directory_is_a_model(recordings: Path) -> None:
    """Any CTranslate2 Whisper directory can be named by its path."""
    recognizer = load_recognizer(str(weights.locate("tiny.en")))
    assert "country" in recognised(recognizer, speech(recordings / "jfk.flac"), 160_000)[-1].text


def test_a_model_is_loaded_once_by_whatever_name(recordings: Path) -> None:
    """What the defaults mean, said out loud, is the same recogniser; a path object names a model too."""
    assert load_recognizer("tiny.en") is load_recognizer("tiny.en", device="cpu", compute_type="int8")
    folder = weights.locate("tiny.en")
    assert load_recognizer(folder) is load_recognizer(str(folder))


@pytest.mark.parametrize(("choice", "field"), [({"device": "gpu"}, "device"), ({"compute_type": "int3"}, "compute_type")])
def test_a_device_that_is_not_here(choice: dict[str, str], field: str) -> None:
    """A device or number format that cannot be had is the option's fault, and the model is not blamed."""
    with pytest.raises(OptionError) as caught:
        load_recognizer("tiny.en", **choice)  # type: ignore[arg-type]
    assert caught.value.field == field


def test_languages_are_written_in_many_ways() -> None:
    """Case and region do not matter."""
    assert TranscribeOptions(language="EN").language == TranscribeOptions(language="en-GB").language == "en"


@pytest.mark.parametrize(("file", "language"), [("LJ001-0001.wav", "en"), ("wy-light-ja.wav", "ja"), ("wy-light-de.wav", "de")])
def test_log_probabilities_are_of_the_tokens_that_were_written(recordings: Path, file: str, language: str) -> None:
    """The tokens' bytes are the text, and a word's probability is the mean of its tokens', as faster-whisper's alignment finds it."""
    options = TranscribeOptions(language=language, word_timestamps=True, logprobs=True)
    segments = recognised(load_recognizer("base"), speech(recordings / file), 16_000, options)
    assert segments
    for segment in segments:
        assert b"".join(token.data for token in segment.logprobs).decode().strip() == segment.text
        assert all(token.logprob <= 1e-6 for token in segment.logprobs)
        tokens = list(segment.logprobs)
        for word in segment.words:
            taken = [tokens.pop(0)]
            while b"".join(token.data for token in taken).decode(errors="replace").strip() != word.text:
                taken.append(tokens.pop(0))
            # Whose punctuation counts to no word's probability.
            sure = [math.exp(token.logprob) for token in taken if token.data.decode(errors="replace").strip(" .,?!、。-")]
            assert of_word(float(np.mean(sure))) == pytest.approx(word.confidence, abs=0.02)


def test_no_log_probabilities_unless_asked_for(tiny: Recognizer, recordings: Path) -> None:
    """They cost another pass, so they are not found by the way."""
    assert not recognised(tiny, speech(recordings / "austen-0880.wav"), 16_000)[0].logprobs


def test_workers_share_a_model(recordings: Path) -> None:
    """Two threads of a model with two workers hear the same as one alone."""
    recognizer = Recognizer(weights.locate("tiny.en"), "tiny.en", device="cpu", threads=1, workers=2)
    audio = speech(recordings / "austen-0880.wav")
    alone = recognised(recognizer, audio, 16_000)
    heard: list[list[Segment]] = []
    threads = [threading.Thread(target=lambda: heard.append(recognised(recognizer, audio, 16_000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert heard == [alone] * 4


@pytest.mark.parametrize("named", ["de", "DE", "de-DE", "de_AT", "German", "german"])
def test_a_language_by_any_of_its_names(named: str) -> None:
    """A code, a locale or the English name."""
    assert TranscribeOptions(language=named).language == "de"


@pytest.mark.parametrize(("model", "name", "language"), [("tiny.en", "jfk.flac", "en"), ("base", "wy-light-de.wav", "de")])
def test_tokens_are_placed_where_the_reference_places_them(recordings: Path, model: str, name: str, language: str) -> None:
    """In the same window each word begins and ends within 20 ms of where faster-whisper's `find_alignment` has it, as probable."""
    recognizer = load_recognizer(model)
    tokenizer = recognizer.tokenizer(language)
    window = recognizer.window(recognizer.features(speech(recordings / name)), 500)
    found = recognizer.generate(window, [*tokenizer.sot_sequence, tokenizer.timestamp_begin], tokenizer)
    text = [token for token in found.tokens if token < tokenizer.eot]
    begins, probabilities = recognizer.align(window, text, tokenizer)
    reference = recognizer.engine.find_alignment(tokenizer, [text], window.encoded, window.size)[0]
    assert len(begins) == len(text) + 1 == len(probabilities) + 1
    assert len(reference) >= 5
    assert begins == sorted(begins)
    place = 0
    for word in reference:
        after = place + len(word["tokens"])
        if place == after:
            continue
        assert begins[place] == pytest.approx(word["start"], abs=0.021)
        assert begins[after] == pytest.approx(word["end"], abs=0.021)
        assert np.mean(probabilities[place:after]) == pytest.approx(word["probability"], abs=1e-6)
        place = after
    assert place >= len(text) - 1


def test_nobody_has_a_language_that_the_model_does_not_know() -> None:
    """`base` has no token for Cantonese, which the tokenizer's list has; an English model knows English."""
    assert "yue" not in load_recognizer("base").languages
    assert {"en", "de", "zh", "ja"} <= set(load_recognizer("base").languages)
    assert load_recognizer("tiny.en").languages == ("en",)


def test_a_hypothesis_begins_as_it_is_forced_to(tiny: Recognizer, recordings: Path) -> None:
    """What is final comes first, and what the model hears continues it."""
    window = tiny.window(tiny.features(speech(recordings / "jfk.flac")), 500)
    tokenizer = tiny.tokenizer("en")
    forced = tokenizer.encode(" And so, my fellow")
    found = tiny.generate(window, [*tokenizer.sot_sequence, tokenizer.timestamp_begin, *forced], tokenizer)
    text = [token for token in found.tokens if token < tokenizer.eot]
    assert text[: len(forced)] == forced
    assert tokenizer.decode(text[len(forced) :]).startswith(" Americans")
