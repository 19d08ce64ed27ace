"""Promises of auricle.identification.importing: all that can be added is, the rest is named, and progress is what is safe."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.errors import OptionError, RecordingExists, UnreadableInput, UnsupportedFormat
from auricle.identification.catalogue import Catalogue
from auricle.identification.importing import Import, Outcome


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty one."""
    with Catalogue.open(tmp_path / "catalogue") as opened:
        yield opened


def tone(hertz: float) -> Audio:
    """A second of it."""
    return Audio(np.sin(np.arange(8000, dtype=np.float32) * np.float32(2 * np.pi * hertz / 8000)), 8000)


@pytest.mark.parametrize("workers", [1, 3, None])
def test_failures_keep_nothing_from_being_added(catalogue: Catalogue, tmp_path: Path, workers: int | None) -> None:
    """Twelve recordings and four that cannot be used: all twelve are there, each failure is named with its reason."""
    for place in range(12):
        tone(300 + 100 * place).write(tmp_path / f"{place}.wav")
    (tmp_path / "text.wav").write_bytes(b"this is text, not sound" * 50)
    paths: list[str | Path | Import] = [
        tmp_path / "nowhere.wav",
        *(tmp_path / f"{place}.wav" for place in range(12)),
        tmp_path / "text.wav",
    ]
    paths += [Import(tone(440), "", None), Import(tone(440), str(tmp_path / "3.wav"))]
    told: list[Outcome] = []
    safe: list[bool] = []

    def progress(outcome: Outcome) -> None:
        told.append(outcome)
        safe.append(outcome.entry is None or outcome.id in catalogue)

    outcomes = catalogue.add_many(paths, workers=workers, progress=progress)
    assert list(outcomes) == told
    assert all(safe)
    failed = {outcome.id: type(outcome.error) for outcome in outcomes if outcome.error}
    assert failed == {
        str(tmp_path / "nowhere.wav"): UnreadableInput, str(tmp_path / "text.wav"): UnsupportedFormat, "": OptionError,
        str(tmp_path / "3.wav"): RecordingExists,
    }  # fmt: skip
    assert {entry.id for entry in catalogue} == {str(tmp_path / f"{place}.wav") for place in range(12)}
    assert catalogue.verify().sound


def test_a_file_whose_name_is_no_text(catalogue: Catalogue, tmp_path: Path) -> None:
    """It fails by name, the others are added, and under another id it can be, too."""
    names = [tmp_path / "bad\udcff.wav", tmp_path / "good.wav"]
    try:
        for name in names:
            tone(440).write(name)
    except OSError:
        pytest.skip("this file system wants UTF-8")
    failed = {outcome.id: str(outcome.error) for outcome in catalogue.add_many(names) if outcome.error}
    assert [*failed] == [str(names[0])]
    assert "is not Unicode text" in failed[str(names[0])]
    assert catalogue.add_many([Import(names[0], "bad.wav")])[0].entry in catalogue.list()
    assert [entry.id for entry in catalogue] == [str(names[1]), "bad.wav"]


def test_what_came_from_elsewhere_meanwhile(catalogue: Catalogue, tmp_path: Path) -> None:
    """Two imports of the same recordings at once: each is added by one of them, and `RecordingExists` to the other."""
    wanted = [Import(tone(300 + 50 * place), f"{place}") for place in range(6)]
    with Catalogue.open(tmp_path / "catalogue") as other:

        def progress(outcome: Outcome) -> None:
            if len(catalogue) < 6:
                other.add_many(wanted)

        outcomes = catalogue.add_many(wanted, workers=3, progress=progress)
    assert {type(outcome.error) for outcome in outcomes if outcome.entry is None} <= {RecordingExists}
    assert sorted(entry.id for entry in catalogue) == sorted(outcome.id for outcome in outcomes) == [*"012345"]


def test_import_again(catalogue: Catalogue) -> None:
    """What is there is not added twice, unless it is to be replaced."""
    new = [Import(tone(440), "a", {"title": "new"})]
    catalogue.add(tone(300), "a", {"title": "old"})
    assert isinstance(catalogue.add_many(new)[0].error, RecordingExists)
    assert catalogue.entry("a").metadata == {"title": "old"}
    catalogue.add_many(new, replace=True)
    assert [dict(entry.metadata) for entry in catalogue] == [{"title": "new"}]


def test_only_so_many_are_taken_ahead(catalogue: Catalogue) -> None:
    """An endless supply is read as it is needed, and can be left: what progress was told of is there."""

    def endless() -> Iterator[Import]:
        for place in range(10**9):
            yield Import(tone(300 + place), f"{place}")

    class Enough(Exception):  # noqa: N818 no error
        pass

    def progress(outcome: Outcome) -> None:
        if len(catalogue) >= 10:
            raise Enough

    with pytest.raises(Enough):
        catalogue.add_many(endless(), workers=2, progress=progress)
    assert 10 <= len(catalogue) <= 40
    assert catalogue.verify().sound


def test_nothing_to_import(catalogue: Catalogue) -> None:
    """No recordings are no error, no workers are."""
    assert catalogue.add_many([]) == ()
    with pytest.raises(OptionError, match="workers is 0"):
        catalogue.add_many([], workers=0)
