"""BeatNet once more, by its description and as plainly as can be: one frame after the other, in float64, with numpy alone.

Tests compare auricle with it. As a script it compares auricle with the weights that BeatNet's authors publish:

    python tests/music/reference_beatnet.py BeatNet-1.1.3-py3-none-any.whl RECORDING

prints the largest differences of features and activations.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Tensors = Mapping[str, Array]

RATE, WINDOW, HOP = 22050, 1411, 441


def from_onnx(path: Path) -> Tensors:
    """The weights in an ONNX file of ours by PyTorch's names, the LSTM's gates in PyTorch's order."""
    import onnx

    tensors = {each.name: onnx.numpy_helper.to_array(each).astype(np.float64) for each in onnx.load(path).graph.initializer}
    for layer in (0, 1):
        ih, hh = np.split(tensors[f"B{layer}"][0], 2)
        for name, gates in (
            ("weight_ih", tensors[f"W{layer}"][0]),
            ("weight_hh", tensors[f"R{layer}"][0]),
            ("bias_ih", ih),
            ("bias_hh", hh),
        ):
            i, o, f, c = np.split(gates, 4)  # as ONNX's LSTM has them
            tensors[f"lstm.{name}_l{layer}"] = np.concatenate([i, f, c, o])
    return tensors


def corners() -> list[int]:
    """The bins at which the triangles begin, have their peaks and end."""
    nearest = set()
    for quarter_tone in range(-24 * 5, 24 * 7):
        frequency = 440 * 2 ** (quarter_tone / 24)
        if 30 <= frequency <= 17000:
            distances = [abs(k * RATE / 1410 - frequency) for k in range(705)]
            nearest.add(distances.index(min(distances)))
    return sorted(nearest)


def triangle(start: int, centre: int, stop: int) -> Array:
    """Rises from 0 at the start to the centre, falls to 0 at the stop; all of it adds up to 1."""
    weights = np.zeros(705)
    for k in range(start, centre):
        weights[k] = (k - start) / (centre - start)
    for k in range(centre, stop):
        weights[k] = (stop - k) / (stop - centre)
    return np.asarray(weights / weights.sum())


def features(samples: npt.NDArray[np.float32]) -> Array:
    """The 136 bands of each frame and their rise, shape (frames, 272)."""
    bins = corners()
    bank = [triangle(*bins[n : n + 3]) for n in range(len(bins) - 2)]
    window = np.array([0.5 - 0.5 * math.cos(2 * math.pi * n / (WINDOW - 1)) for n in range(WINDOW)])
    rows: list[Array] = []
    before = None
    for frame in range(math.ceil(len(samples) / HOP)):
        segment = np.zeros(WINDOW)
        for n in range(WINDOW):
            place = frame * HOP + n - WINDOW // 2
            segment[n] = samples[place] if 0 <= place < len(samples) else 0
        magnitudes = np.abs(np.fft.fft(segment * window))[:705]
        bands = np.array([math.log10(1 + float(weights @ magnitudes)) for weights in bank])
        rise = np.zeros(136) if before is None else np.maximum(bands - before, 0)
        rows.append(np.concatenate([bands, rise]))
        before = bands
    return np.array(rows).reshape(-1, 272)


def _sigmoid(x: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-x)))


def activations(tensors: Tensors, rows: Array) -> Array:
    """Probabilities of (beat, downbeat, neither) of each frame, shape (frames, 3)."""
    hidden, cell = [np.zeros(150), np.zeros(150)], [np.zeros(150), np.zeros(150)]
    found = []
    for row in rows:
        maps = [
            [float(row[n : n + 10] @ tensors["conv1.weight"][channel, 0]) + tensors["conv1.bias"][channel] for n in range(263)]
            for channel in (0, 1)
        ]
        pooled = [max(values[2 * n], values[2 * n + 1], 0.0) for values in maps for n in range(131)]
        x = tensors["linear0.weight"] @ np.array(pooled) + tensors["linear0.bias"]
        for layer in (0, 1):
            gates = tensors[f"lstm.weight_ih_l{layer}"] @ x + tensors[f"lstm.bias_ih_l{layer}"]
            gates += tensors[f"lstm.weight_hh_l{layer}"] @ hidden[layer] + tensors[f"lstm.bias_hh_l{layer}"]
            taken, kept, new, shown = gates[:150], gates[150:300], gates[300:450], gates[450:]
            cell[layer] = _sigmoid(kept) * cell[layer] + _sigmoid(taken) * np.tanh(new)
            hidden[layer] = x = _sigmoid(shown) * np.tanh(cell[layer])
        scores = np.exp(tensors["linear.weight"] @ x + tensors["linear.bias"])
        found.append(scores / scores.sum())
    return np.array(found).reshape(-1, 3)


def main(source: str, recording: str) -> None:
    """Prints how far auricle is from the published weights on a recording."""
    sys.path.insert(0, str(Path(__file__).parents[2]))
    from auricle import Audio
    from auricle.music.rhythm.beatnet import Activations, BeatFeatures, BeatNet
    from auricle.resample import resample
    from tools.convert_beatnet import checkpoint

    samples = np.ascontiguousarray(resample(Audio.read(recording), RATE).samples.mean(0))
    eyes, network = BeatFeatures(), Activations(BeatNet.load())
    ours = np.concatenate([eyes.feed(samples), eyes.finish()])
    heard = np.concatenate([network.feed(ours), network.finish()])
    theirs = features(samples)
    print(f"{len(theirs)} frames of {recording}")  # noqa: T201 -- a script
    print(f"features differ by at most {np.abs(ours - theirs).max():.1e}")  # noqa: T201
    tensors = {name: tensor.astype(np.float64) for name, tensor in checkpoint(Path(source)).items()}
    print(f"activations differ by at most {np.abs(heard - activations(tensors, theirs)).max():.1e}")  # noqa: T201


if __name__ == "__main__":
    main(*sys.argv[1:])
