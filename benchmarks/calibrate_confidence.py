"""Fit the confidence of `auricle.speech.confidence` and say how far it can be trusted.

Recordings with a reference text are recognised as they are and in ways that make them harder: noise at several levels, telephone
band, reverberation, quick speech. Every recognised word is right or wrong by alignment with the reference. A logistic curve over
the model's own score (Platt 1999, "Probabilistic Outputs for Support Vector Machines") is fitted to all of them; its expected
calibration error (Naeini et al. 2015, 10 bins) is measured on recordings that were left out of the fit.

    python benchmarks/calibrate_confidence.py tests/recordings/manifest.tsv
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from whisper_normalizer.basic import BasicTextNormalizer
from whisper_normalizer.english import EnglishTextNormalizer

from auricle import Audio, AudioProcessingConfig
from auricle.speech import TranscriptStream, confidence, load_recognizer
from auricle.speech.whisper import TranscribeOptions

RATE = 16_000
Vector = npt.NDArray[np.float64]


class Observation(NamedTuple):
    """One recognised word: the scores it came with, and whether it was right."""

    recording: str
    model: str
    word_score: float
    segment_score: float
    right: bool


def conditions(audio: Audio, seed: int) -> Iterator[tuple[str, Audio]]:
    """The recording, and what rooms, lines and hurried speakers do to it."""
    random = np.random.default_rng(seed)
    clean = audio.samples[0].astype(np.float64)
    level = math.sqrt(float(np.mean(clean**2)))
    white = random.standard_normal(len(clean))
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1), len(clean))
    yield "clean", audio
    for name, noise in (("white", white), ("pink", pink / np.std(pink))):
        for snr in (15, 8, 3, 0):
            yield f"{name} {snr} dB", _audio(clean + noise * level * 10 ** (-snr / 20))
    spectrum = np.fft.rfft(clean)
    hertz = np.fft.rfftfreq(len(clean), 1 / RATE)
    yield "telephone", _audio(np.fft.irfft(spectrum * ((hertz > 300) & (hertz < 2500)), len(clean)))
    tail = np.exp(-np.arange(RATE // 2) / (0.12 * RATE)) * random.standard_normal(RATE // 2)
    yield "reverberation", _audio(np.convolve(clean, tail / np.sqrt(np.sum(tail**2)))[: len(clean)])
    for speed in (1.4, 1.7):
        yield f"{speed} times as fast", _audio(np.interp(np.arange(0, len(clean), speed), np.arange(len(clean)), clean))


def _audio(samples: Vector) -> Audio:
    return Audio((samples / max(1.0, float(np.abs(samples).max()))).astype(np.float32), RATE)


def observe(model: str, manifest: Path) -> Iterator[Observation]:
    """Every word that ``model`` recognises in the manifest's recordings, under every condition."""
    recognizer = load_recognizer(model)
    for index, row in enumerate(csv.DictReader(manifest.open(), delimiter="\t")):
        if (
            not row["reference"]
            or row["language"] not in recognizer.languages
            or "diarization" in row["file"]
            or "multilingual" in row["file"]
        ):
            continue
        normalize = EnglishTextNormalizer() if row["language"] == "en" else BasicTextNormalizer()
        audio = Audio.read(manifest.parent / row["file"], AudioProcessingConfig(sample_rate=RATE, channels=1))
        for _, harder in conditions(audio, index):
            options = TranscribeOptions(language=row["language"], word_timestamps=True)
            segments = list(TranscriptStream(recognizer, harder, options))
            words = [
                (token, word.confidence, segment.avg_logprob)
                for segment in segments
                for word in segment.words
                for token in normalize(word.text).split()
            ]
            rights = matches([token for token, *_ in words], normalize(row["reference"]).split())
            for (_, score, logprob), right in zip(words, rights, strict=True):
                yield Observation(row["file"], model, score, math.exp(logprob), right)


def matches(hypothesis: list[str], reference: list[str]) -> list[bool]:
    """Which words of ``hypothesis`` are the same as their partner in a minimum edit alignment with ``reference``."""
    cost = np.zeros((len(hypothesis) + 1, len(reference) + 1), np.int64)
    cost[:, 0], cost[0] = np.arange(len(hypothesis) + 1), np.arange(len(reference) + 1)
    for i, word in enumerate(hypothesis, 1):
        for j, other in enumerate(reference, 1):
            cost[i, j] = min(cost[i - 1, j] + 1, cost[i, j - 1] + 1, cost[i - 1, j - 1] + (word != other))
    right = [False] * len(hypothesis)
    i, j = len(hypothesis), len(reference)
    while i and j:
        same = hypothesis[i - 1] == reference[j - 1]
        if cost[i, j] == cost[i - 1, j - 1] + (not same):
            i, j = i - 1, j - 1
            right[i] = same
        elif cost[i, j] == cost[i - 1, j] + 1:
            i -= 1
        else:
            j -= 1
    return right


def logit(score: Vector) -> Vector:
    """The score's log odds, kept finite."""
    score = np.clip(score, 0.001, 0.999)
    return np.log(score / (1 - score))


def fit(score: Vector, right: Vector) -> tuple[float, float]:
    """Slope and offset of the logistic curve over `logit`, by Newton's method, with Platt's softened targets."""
    x = np.stack([logit(score), np.ones(len(score))], axis=1)
    positive, negative = right.sum(), len(right) - right.sum()
    target = np.where(right > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    beta = np.array([1.0, 0.0])
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        beta += np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]) + 1e-9 * np.eye(2), x.T @ (target - p))
    return float(beta[0]), float(beta[1])


def calibrated(score: Vector, curve: tuple[float, float]) -> Vector:
    """Probabilities by that curve."""
    return np.asarray(1 / (1 + np.exp(-(curve[0] * logit(score) + curve[1]))))


def calibration_error(probability: Vector, right: Vector) -> float:
    """Expected calibration error over ten equal bins."""
    bins = np.minimum((probability * 10).astype(int), 9)
    parts = [bins == index for index in range(10)]
    return float(sum(part.sum() * abs(probability[part].mean() - right[part].mean()) for part in parts if part.any()) / len(right))


def held_out(score: Vector, right: Vector, groups: npt.NDArray[np.str_]) -> Vector:
    """Each word's probability by a curve that has not seen its recording."""
    result = np.zeros(len(score))
    for group in np.unique(groups):
        out = groups == group
        result[out] = calibrated(score[out], fit(score[~out], right[~out]))
    return result


def change(before: Vector, after: Vector, right: Vector) -> str:
    """The calibration errors of two probabilities, in words."""
    return f"calibration error {calibration_error(before, right):.3f} before, {calibration_error(after, right):.3f} after"


def main() -> None:
    """Print the curves and their errors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path, nargs="+")
    parser.add_argument("--models", nargs="+", default=["tiny.en", "base"])
    arguments = parser.parse_args()
    confidence.WORD_CURVE = confidence.SEGMENT_CURVE = (1.0, 0.0)  # the model's own scores: no calibration on a calibration
    seen = [one for model in arguments.models for manifest in arguments.manifest for one in observe(model, manifest)]
    right = np.array([one.right for one in seen], np.float64)
    groups = np.array([one.recording for one in seen])
    models = np.array([one.model for one in seen])
    lines = [f"{len(seen)} words, {100 * right.mean():.1f} % right"]
    for name, score in (
        ("word", np.array([one.word_score for one in seen])),
        ("segment", np.array([one.segment_score for one in seen])),
    ):
        guess = held_out(score, right, groups)
        slope, offset = fit(score, right)
        lines.append(f"{name}: slope {slope:.3f}, offset {offset:.3f}; {change(score, guess, right)}")
        for model in arguments.models:
            part = models == model
            lines.append(f"  {model}: {change(score[part], guess[part], right[part])}")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
