"""Recordings damaged in known ways: with noise, clicks, clipped peaks and hum. Chance is seeded: the same every time."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from auricle.audio import Audio, Samples
from auricle.resample import resample
from benchmarks.references import words_of

SOUNDS = {".wav", ".flac", ".ogg", ".mp3"}
SNRS = (-5.0, 0.0, 5.0, 10.0, 15.0)  # dB
MUSIC = ("hungarian_dance", "solo_trumpet", "vibe_ace")
NOISY = ("jfk",)  # has noise of its own, which would count as speech
LONGEST_CLICK = 40  # samples

Signal = npt.NDArray[np.float64]  # shape (frames,)
Noise = Callable[[int, int], Signal]  # of so many frames at a rate


@dataclass(frozen=True, slots=True, eq=False)
class Clean:
    """A recording before it is damaged.

    Attributes:
        name: of its file.
        audio: what is heard.
        words: what is said in it, as `benchmarks.references.words_of` gives it; empty where nobody wrote it down.
    """

    name: str
    audio: Audio
    words: tuple[str, ...] = ()

    @property
    def speaker(self) -> str:
        """Files of one speaker begin with the same word."""
        return Path(self.name).stem.replace("_", "-").partition("-")[0]

    @property
    def fit(self) -> bool:
        """One person, and no noise: what is lost of it is speech."""
        return self.speaker not in NOISY and "diarization" not in self.name


@dataclass(frozen=True, slots=True, eq=False)
class Damaged:
    """A recording before and after.

    Attributes:
        name: what it is and what became of it.
        clean: before.
        audio: after.
        spans: first and last frame, exclusive, of each place that was damaged, by channel.
    """

    name: str
    clean: Audio
    audio: Audio
    spans: tuple[tuple[tuple[int, int], ...], ...] = ()


def chance(name: str) -> np.random.Generator:
    """Numbers that are the same for the same name."""
    return np.random.default_rng(zlib.crc32(name.encode()))


# What there is


def speech(folder: Path) -> list[Clean]:
    """Everything in which somebody speaks: what the folder's manifest names, or all of it where it has none."""
    manifest = folder / "manifest.tsv"
    if not manifest.exists():
        return [Clean(file.name, Audio.read(file)) for file in sounds(folder)]
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [
        Clean(row["file"], Audio.read(folder / row["file"]), tuple(words_of(row["reference"])) if row["language"] == "en" else ())
        for row in rows
    ]


def voices(folder: Path) -> list[Clean]:
    """One recording of each speaker, up to 10 s of one channel, for mixing."""
    found: dict[str, Clean] = {}
    for one in speech(folder):
        if one.fit and (one.words or not (folder / "manifest.tsv").exists()):
            found.setdefault(one.speaker, Clean(one.name, one.audio.slice(0, 10).remix(1), one.words))
    return list(found.values())


def music(folder: Path) -> list[Clean]:
    """Music: of the repository's recordings those that are, of another folder all."""
    return [Clean(file.name, Audio.read(file)) for file in sounds(folder) if not (folder / "manifest.tsv").exists() or file.stem in MUSIC]


def sounds(folder: Path) -> list[Path]:
    """The recordings of a folder."""
    return sorted(file for file in folder.iterdir() if file.suffix in SOUNDS)


# Noise


def noises(folder: Path | None, others: Sequence[Clean]) -> dict[str, Noise]:
    """Noise by its name: the recordings of a folder, or without one made here, where ``others`` chatter in the background."""
    if folder is not None:
        return {file.stem: _recorded(Audio.read(file)) for file in sounds(folder)}
    return {
        "white": lambda frames, rate: coloured(frames, rate, 0),
        "pink": lambda frames, rate: coloured(frames, rate, 1),
        "brown": lambda frames, rate: coloured(frames, rate, 2),
        "babble": lambda frames, rate: babble(others, frames, rate),
        "hum and fan": hum_and_fan,
        "keyboard": keyboard,
        "café": lambda frames, rate: cafe(others, frames, rate),
    }


def _recorded(audio: Audio) -> Noise:
    return lambda frames, rate: np.resize(resample(audio.remix(1), rate).samples[0], frames).astype(np.float64)


def coloured(frames: int, rate: int, exponent: float) -> Signal:
    """Gaussian noise whose power falls with the frequency's power ``exponent``, from 20 Hz on."""
    spectrum = np.fft.rfft(chance(f"colour {exponent}").standard_normal(frames))
    hertz = np.fft.rfftfreq(frames, 1 / rate)
    noise = np.fft.irfft(spectrum * np.maximum(hertz, 20) ** (-exponent / 2), frames)
    return np.asarray(noise / noise.std())


def babble(others: Sequence[Clean], frames: int, rate: int) -> Signal:
    """Many people at once, none louder than the others: each recording, from somewhere in its middle and round."""
    total, rng = np.zeros(frames), chance("babble")
    for one in others:
        voice = resample(one.audio.remix(1), rate).samples[0].astype(np.float64)
        total += np.resize(np.roll(voice, rng.integers(len(voice))), frames) / voice.std()
    return np.asarray(total / total.std())


def hum_and_fan(frames: int, rate: int) -> Signal:
    """Mains hum, and air that comes in slow waves."""
    time = np.arange(frames) / rate
    air = coloured(frames, rate, 1.5) * (1 + 0.3 * np.sin(2 * np.pi * 0.7 * time))
    return hum(frames, rate, 50.0) + air


def hum(frames: int, rate: int, hertz: float) -> Signal:
    """A mains frequency that drifts by a tenth of a hertz in some ten seconds, with harmonics up to the eleventh. RMS 1."""
    time, rng = np.arange(frames) / rate, chance("hum")
    phase = 2 * np.pi * (hertz * time + 0.15 * np.sin(2 * np.pi * time / 12))
    total = np.zeros(frames)
    for harmonic in range(1, 12):
        if harmonic * hertz < 0.45 * rate:
            total += rng.uniform(0.3, 1.0) / harmonic * np.sin(harmonic * phase + rng.uniform(0, 2 * np.pi))
    return np.asarray(total / total.std())


def keyboard(frames: int, rate: int) -> Signal:
    """Somebody who types six keys in a second, in a quiet room."""
    total, rng = 0.02 * coloured(frames, rate, 1), chance("keyboard")
    for at in rng.uniform(0, max(1, frames - rate // 20), max(1, 6 * frames // rate)).astype(int):
        length = min(int(rng.uniform(0.01, 0.05) * rate), frames - at)
        total[at : at + length] += rng.uniform(0.3, 1) * rng.standard_normal(length) * np.exp(-np.linspace(0, 6, length))
    return total


def cafe(others: Sequence[Clean], frames: int, rate: int) -> Signal:
    """People, the rumble of a room that swells and ebbs, and now and then a cup."""
    rng, time = chance("café"), np.arange(frames) / rate
    halves = np.arange(0, frames / rate + 1, 0.5)
    swell = np.interp(time, halves, rng.uniform(0.2, 1.5, len(halves)))
    total = 0.7 * babble(others, frames, rate) + swell * coloured(frames, rate, 1)
    for at in rng.uniform(0, frames, max(1, frames // rate)).astype(int):
        ring = time[: frames - at]
        total[at:] += 3 * np.exp(-ring * 25) * np.sin(2 * np.pi * rng.uniform(0.1, 0.3) * rate * ring)
    return np.asarray(total)


def mixed(clean: Audio, noise: Signal, snr: float) -> Audio:
    """Speech with noise, which is so many dB softer over the whole, the same in all channels."""
    wanted = np.sqrt(np.mean(np.square(clean.samples, dtype=np.float64)) / 10 ** (snr / 10))
    return Audio(clean.samples + (noise * wanted / np.sqrt(np.mean(noise**2))).astype(np.float32), clean.rate)


def mixes(spoken: Sequence[Clean], kinds: dict[str, Noise]) -> Iterator[Damaged]:
    """Everybody in every noise, at levels that take turns."""
    for turn, one in enumerate(spoken):
        for number, (kind, noise) in enumerate(kinds.items()):
            snr = SNRS[(2 * turn + number) % len(SNRS)]
            made = noise(one.audio.frames, one.audio.rate)
            yield Damaged(f"{one.name}, {kind}, {snr:g} dB", one.audio, mixed(one.audio, made, snr))


# Clicks, clipping, hum


def clicked(one: Clean, snr: float, per_second: float = 4.0) -> Damaged:
    """Clicks of 1 to 40 samples in every channel, of several shapes and amplitudes, all of them ``snr`` dB softer than the recording.

    They stand at random with twice the longest between them. Amplitudes lie within 14 dB. A third of them are impulses of one sign, a
    third bursts of noise, a third ring: what dust, dropouts and scratches do.
    """
    rng = chance(f"clicks {one.name} {snr}")
    damage, spans = np.zeros(one.audio.samples.shape), []
    for channel in damage:
        places = _places(rng, len(channel), round(per_second * one.audio.duration))
        for start, end in places:
            channel[start:end] = rng.choice([-1.0, 1.0]) * 10 ** (rng.uniform(-14, 0) / 20) * _click(rng, end - start)
        spans.append(places)
    power = np.mean(np.square(one.audio.samples, dtype=np.float64)) / 10 ** (snr / 10)
    damage *= np.sqrt(power / (np.mean(damage**2) + 1e-30))
    samples: Samples = (one.audio.samples + damage).astype(np.float32)
    return Damaged(f"{one.name}, clicks at {snr:g} dB", one.audio, Audio(samples, one.audio.rate), tuple(spans))


def _places(rng: np.random.Generator, frames: int, count: int) -> tuple[tuple[int, int], ...]:
    found: list[tuple[int, int]] = []
    for start in sorted(rng.integers(2000, max(2001, frames - 2000), count).tolist()):
        if not found or start > found[-1][1] + 2 * LONGEST_CLICK:
            found.append((start, start + int(rng.integers(1, LONGEST_CLICK + 1))))
    return tuple(found)


def _click(rng: np.random.Generator, length: int) -> Signal:
    fading = np.exp(-np.linspace(0, 2, length)) if length > 1 else np.ones(1)
    match rng.integers(3):
        case 0:
            return np.asarray(fading)
        case 1:
            return np.asarray(fading * rng.choice([-1.0, 1.0], length) * rng.uniform(0.5, 1, length))
        case _:
            return np.asarray(fading * np.cos(np.arange(length) * rng.uniform(0.2, 2.5)))


def clipped(one: Clean, share: float) -> Damaged:
    """A recording whose peaks are cut off at ``share`` of the highest."""
    level = np.float32(share * one.audio.peak)
    return Damaged(f"{one.name}, clipped at {share:g}", one.audio, Audio(np.clip(one.audio.samples, -level, level), one.audio.rate))


def hummed(one: Clean, hertz: float, snr: float) -> Damaged:
    """A recording with mains hum, so many dB softer."""
    made = hum(one.audio.frames, one.audio.rate, hertz)
    return Damaged(f"{one.name}, hum of {hertz:g} Hz at {snr:g} dB", one.audio, mixed(one.audio, made, snr))
