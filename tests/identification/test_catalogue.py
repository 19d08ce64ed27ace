"""Promises of auricle.identification.catalogue: what was added is recognised, by whoever asks, until it is removed."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.codec import AudioProcessingConfig, decode, encode
from auricle.errors import CatalogueError, CorruptCatalogue, EmptyAudio, OptionError, RecordingExists, UnknownRecording, UnsupportedFormat
from auricle.identification import catalogue as module
from auricle.identification.catalogue import Catalogue

RECORDINGS = Path(__file__).parents[1] / "recordings"
DANCE, VIBE, TRUMPET = (RECORDINGS / f"{name}.ogg" for name in ("hungarian_dance", "vibe_ace", "solo_trumpet"))

ADD_DANCE = """
import sys
from auricle.identification.catalogue import Catalogue
Catalogue.open(sys.argv[1]).add(sys.argv[2], "dance")
"""


@pytest.fixture(scope="module")
def dance() -> Audio:
    """A recording of three quarters of a minute."""
    return decode(DANCE)


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    """An empty one."""
    with Catalogue.open(tmp_path / "catalogue") as opened:
        yield opened


def cut(audio: Audio, start: float, end: float) -> Audio:
    """A stretch. Seconds."""
    return Audio(audio.samples[:, round(start * audio.rate) : round(end * audio.rate)], audio.rate)


def test_what_was_added_is_recognised(catalogue: Catalogue, dance: Audio) -> None:
    """Recording and place, from samples that were cut out; with another recording there, and after it has been opened again."""
    added = catalogue.add(DANCE, "dance", {"title": "Hungarian Dance"})
    catalogue.add(TRUMPET, "trumpet")
    found = catalogue.identify(cut(dance, 12.0, 18.0)).match
    assert found is not None
    assert found.entry == added
    assert found.offset - found.start == pytest.approx(12.0, abs=0.05)
    catalogue.remove("dance")
    assert catalogue.identify(cut(dance, 12.0, 18.0)).match is None
    assert found.entry.metadata == {"title": "Hungarian Dance"}


def test_a_reader_sees_what_another_process_adds(catalogue: Catalogue, dance: Audio, tmp_path: Path) -> None:
    """Each question is answered with all that was acknowledged before it."""
    directory = tmp_path / "catalogue"
    with Catalogue.open(directory, create=False, readonly=True) as reader:
        query = cut(dance, 5.0, 11.0)
        assert reader.identify(query).match is None
        program = (
            "import sys; from auricle.identification.catalogue import Catalogue; Catalogue.open(sys.argv[1]).add(sys.argv[2], 'dance')"
        )
        subprocess.run([sys.executable, "-c", program, str(directory), str(DANCE)], check=True)
        found = reader.identify(query).match
        assert found is not None
        assert [entry.id for entry in reader] == [found.entry.id] == ["dance"]
        catalogue.compact()
        assert reader.identify(query).match == found


def test_a_timeline(catalogue: Catalogue, dance: Audio) -> None:
    """Of a mix: what is where; a long query's match is the most of it."""
    catalogue.add(DANCE, "dance")
    catalogue.add(VIBE, "vibe")
    parts = [cut(dance, 10.0, 34.0), cut(decode(VIBE), 20.0, 32.0)]
    samples = [encode(part, AudioProcessingConfig("wav", "wav", 22050, 1, "float")) for part in parts]
    mix = Audio.join([decode(part) for part in samples])
    found = catalogue.identify(mix, timeline=True)
    assert [match.entry.id for match in found.timeline] == ["dance", "vibe"]
    assert found.timeline[0].end == pytest.approx(24.0, abs=2.5)
    assert found.match == found.timeline[0]
    assert found.duration == pytest.approx(36.0, abs=0.1)
    assert catalogue.identify(mix).timeline == ()


@pytest.mark.parametrize("copies", [2, 5])
def test_a_recording_that_is_there_more_than_once(catalogue: Catalogue, copies: int) -> None:
    """It is recognised as one of them: copies are no rivals."""
    for number in range(copies):
        catalogue.add(VIBE, f"copy {number}")
    found = catalogue.identify(cut(decode(VIBE), 20.0, 26.0))
    assert found.match is not None
    assert found.match.score > 0.9
    assert found.match.offset == pytest.approx(20.0, abs=0.1)


def test_entries(catalogue: Catalogue) -> None:
    """They can be listed in the order of their adding, counted, looked up; an unknown one is an error that names it."""
    tone = Audio(np.sin(np.arange(16000, dtype=np.float32)), 8000)
    for name in ("b", "a"):
        catalogue.add(tone, name)
    assert [entry.id for entry in catalogue.list()] == ["b", "a"]
    assert [entry.id for entry in catalogue.list(offset=1)] == ["a"]
    assert [entry.id for entry in catalogue.list(limit=1)] == ["b"]
    assert catalogue.list(offset=2, limit=5) == ()
    assert (len(catalogue), "a" in catalogue, "c" in catalogue) == (2, True, False)
    assert catalogue.entry("a").duration == pytest.approx(2.0)
    for verb in (catalogue.entry, catalogue.remove):
        with pytest.raises(UnknownRecording, match="'c'"):
            verb("c")


def test_a_recording_may_be_many_things(catalogue: Catalogue) -> None:
    """A path, bytes, a file, an array; its tags are its metadata unless others are given."""
    tone = np.sin(np.arange(16000, dtype=np.float32))
    wav = encode(Audio(tone, 8000), AudioProcessingConfig(output_format="wav"))
    catalogue.add(wav, "bytes")
    catalogue.add(io.BytesIO(wav), "file")
    catalogue.add(tone, "array", rate=8000)
    tagged = catalogue.add(TRUMPET, "tagged")
    assert [entry.duration for entry in catalogue][:3] == pytest.approx([2.0, 2.0, 2.0])
    assert dict(tagged.metadata) == dict(catalogue.entry("tagged").metadata)
    assert dict(catalogue.add(TRUMPET, "tagged", {}, replace=True).metadata) == {}
    with pytest.raises(OptionError, match="sample rate"):
        catalogue.add(tone, "no rate")


@pytest.mark.parametrize("samples", [np.zeros(1), np.zeros(80000), np.full(80000, 0.5), np.ones(1)])
def test_sounds_without_landmarks(catalogue: Catalogue, samples: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    """One sample, silence, a constant: they can be added, and are never recognised."""
    added = catalogue.add(samples, "nothing", rate=8000)
    assert added.landmarks == 0
    assert catalogue.entry("nothing") == added
    assert catalogue.identify(samples, rate=8000, timeline=True).match is None
    assert catalogue.duplicates() == ()
    assert catalogue.verify().sound


def test_what_is_refused_changes_nothing(catalogue: Catalogue) -> None:
    """An id that is taken (before anything is decoded), a file that is no audio, an id that is none, no samples."""
    catalogue.add(TRUMPET, "trumpet")
    with pytest.raises(RecordingExists, match="'trumpet'"):
        catalogue.add(b"never looked at", "trumpet")
    with pytest.raises(UnsupportedFormat):
        catalogue.add(b"no audio at all" * 100, "text")
    with pytest.raises(OptionError):
        catalogue.add(TRUMPET, "a\n")
    with pytest.raises(EmptyAudio):
        catalogue.add(np.zeros(0), "empty", rate=8000)
    assert [entry.id for entry in catalogue] == ["trumpet"]


def test_an_id_that_cannot_be_one(catalogue: Catalogue) -> None:
    """There is no such recording, and there cannot be."""
    name = "bad\udcff.wav"
    assert name not in catalogue
    assert 5 not in catalogue
    for ask in (catalogue.entry, catalogue.remove):
        with pytest.raises(UnknownRecording, match="no recording"):
            ask(name)
    with pytest.raises(OptionError, match="not Unicode text"):
        catalogue.add(TRUMPET, name)


def test_a_closed_catalogue(catalogue: Catalogue) -> None:
    """Whatever is asked of it, it says that it is closed."""
    catalogue.snapshot()
    catalogue.close()
    for ask in (catalogue.list, catalogue.duplicates, catalogue.snapshot, catalogue.compact, lambda: catalogue.identify(TRUMPET)):
        with pytest.raises(CatalogueError, match="is closed; open it again"):
            ask()


def test_a_lost_file(catalogue: Catalogue, dance: Audio, tmp_path: Path) -> None:
    """Who asks is told what mends it, which then says what to add again; what is sound is recognised as before."""
    catalogue.add(TRUMPET, "trumpet")
    (path,) = (tmp_path / "catalogue").glob("*.postings")
    catalogue.add(DANCE, "dance")
    path.unlink()
    with Catalogue.open(tmp_path / "catalogue") as again:
        with pytest.raises(CorruptCatalogue, match=r"is missing .* compact the catalogue, which .* says which recordings to add again"):
            again.identify(TRUMPET)
        assert again.compact() == ("trumpet",)
        found = again.identify(cut(dance, 12.0, 18.0)).match
        assert found is not None
        assert found.entry == again.entry("dance")
        assert again.verify().sound


def test_duplicates(catalogue: Catalogue) -> None:
    """The same sound in another format and at another level is a duplicate; another sound isn't."""
    quiet = decode(TRUMPET)
    mp3 = encode(Audio(quiet.samples * np.float32(0.3), quiet.rate), AudioProcessingConfig(output_format="mp3", bit_rate=96000))
    for recording, name in ((TRUMPET, "ogg"), (mp3, "mp3"), (cut(decode(DANCE), 0, 20), "other")):
        catalogue.add(recording, name)
    (group,) = catalogue.duplicates()
    assert set(group.ids) == {"ogg", "mp3"}


def test_long_queries_are_looked_at_in_stretches(catalogue: Catalogue, dance: Audio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a query begins to be a long one changes nothing of what it is."""
    catalogue.add(DANCE, "dance")
    query = cut(dance, 8.0, 28.0)
    whole = catalogue.identify(query).match
    monkeypatch.setattr(module, "LONG_S", 10.0)
    parts = catalogue.identify(query).match
    assert whole is not None
    assert parts is not None
    assert (whole.entry, parts.entry) == (parts.entry, catalogue.entry("dance"))
    assert parts.offset - parts.start == pytest.approx(whole.offset - whole.start, abs=0.05)
