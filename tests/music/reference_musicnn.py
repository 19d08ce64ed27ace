"""musicnn computed a second time, plainly and in float64, as the papers describe it; nothing of auricle's is used.

As a script it reads the weights from the package that the authors published, and compares:

    python tests/music/reference_musicnn.py musicnn-0.1.0-py3-none-any.whl RECORDING
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Weights = dict[str, Floats]

RATE, WINDOW, HOP, MELS, FRAMES = 16_000, 512, 256, 96, 187
ROOT = Path(__file__).parents[2]
MODEL = ROOT / "src/auricle/music/weights/musicnn.onnx"


def mel_filters() -> Floats:
    """Slaney's triangles of area 1, drawn bin by bin: shape (96, 257)."""
    step = np.log(6.4) / 27
    top = 15 + np.log(8000 / 1000) / step
    hertz = [mel * 200 / 3 if mel < 15 else 1000 * np.exp((mel - 15) * step) for mel in np.linspace(0, top, MELS + 2)]
    bank = np.zeros((MELS, WINDOW // 2 + 1))
    for band in range(MELS):
        low, peak, high = hertz[band : band + 3]
        for n in range(WINDOW // 2 + 1):
            frequency = n * RATE / WINDOW
            if low < frequency <= peak:
                bank[band, n] = (frequency - low) / (peak - low) * 2 / (high - low)
            elif peak < frequency < high:
                bank[band, n] = (high - frequency) / (high - peak) * 2 / (high - low)
    return bank


def spectrogram(sound: npt.NDArray[Any]) -> Floats:
    """Frame i is centred on sample 256 i; zeros around the sound. Shape (1 + samples // 256, 96)."""
    padded = np.pad(np.asarray(sound, np.float64), WINDOW // 2)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    turns = np.exp(-2j * np.pi * np.outer(np.arange(WINDOW // 2 + 1), np.arange(WINDOW)) / WINDOW)
    frames = np.stack([padded[at : at + WINDOW] * window for at in range(0, len(sound) + 1, HOP)])
    power = np.abs(frames @ turns.T) ** 2
    return np.asarray(np.log10(10_000 * power @ mel_filters().T + 1))


def shipped_weights() -> dict[str, Weights]:
    """Both taggers' tensors in the file that auricle runs, with the axes of the paper's network: (frames, bands, in, out)."""
    import onnx

    taggers: dict[str, Weights] = {"mtt": {}, "msd": {}}
    for tensor in onnx.load(str(MODEL)).graph.initializer:
        short, _, name = tensor.name.partition("/")
        taggers[short][name] = onnx.numpy_helper.to_array(tensor).astype(np.float64)
    return {short: _unturned(tensors) for short, tensors in taggers.items()}


def _unturned(tensors: Weights) -> Weights:
    """The signs as they were learnt, the axes as TensorFlow had them."""
    for name in [name for name in tensors if name.startswith("conv2d") and name.endswith("kernel")]:
        layer, kernel = name.removesuffix("/kernel"), tensors[name]
        sign = tensors.pop(f"{layer}/sign", np.ones(1)).reshape(-1)
        middle = kernel.shape[1] > 1  # its features are channels there
        tensors[name] = kernel.transpose(2, 1, 3, 0) if middle else kernel.transpose(2, 3, 1, 0) * sign
        tensors[f"{layer}/bias"] = tensors[f"{layer}/bias"] * sign
    return tensors


def published_weights(wheel: str) -> dict[str, Weights]:
    """Both taggers' tensors in the authors' checkpoints."""
    path = ROOT / "tools/convert_musicnn.py"
    spec = importlib.util.spec_from_file_location("convert_musicnn", path)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    taggers = module.from_wheel(wheel)
    return {short: {name: tensor.astype(np.float64) for name, tensor in tensors.items()} for short, tensors in taggers.items()}


def scores(patch: npt.NDArray[Any], weights: Weights) -> Floats:
    """One tagger's scores of a patch of shape (187, 96): shape (50,)."""
    x = _normalized(np.asarray(patch, np.float64)[:, :, None], weights, 0)
    front = [_best_of_bands(x, weights, n) for n in range(5)]
    layers = [np.concatenate(front, axis=1)]
    for n in (5, 6, 7):
        kernel = weights[f"conv2d_{n}/kernel"]
        made = _normalized(_relu(_convolved(layers[-1][:, :, None], kernel, weights[f"conv2d_{n}/bias"], 3, 3)[:, 0]), weights, n + 1)
        layers.append(made if n == 5 else made + layers[-1])
    features = np.concatenate(layers, axis=1)
    pooled = np.stack([features.max(axis=0), features.mean(axis=0)], axis=1).reshape(-1)
    hidden = _relu(_normalized(pooled, weights, 9) @ weights["dense/kernel"] + weights["dense/bias"])
    logits = _normalized(hidden, weights, 10) @ weights["dense_1/kernel"] + weights["dense_1/bias"]
    return np.asarray(1 / (1 + np.exp(-logits)))


def _best_of_bands(x: Floats, weights: Weights, number: int) -> Floats:
    """One branch of the front end, shape (187, 96, 1) → (187, filters): each step of the paper in its order."""
    layer = f"conv2d_{number}" if number else "conv2d"
    kernel = weights[f"{layer}/kernel"]
    before = (len(kernel) - 1) // 2
    convolved = _convolved(x, kernel, weights[f"{layer}/bias"], before, len(kernel) - 1 - before)
    return np.asarray(_normalized(_relu(convolved), weights, number + 1).max(axis=1))


def _convolved(x: Floats, kernel: Floats, bias: Floats, before: int, after: int) -> Floats:
    """Convolution as networks mean it, zeros before and after in time: (frames, bands, in) and (length, width, in, out)."""
    frames, width = len(x), x.shape[1] - kernel.shape[1] + 1
    padded = np.pad(x, ((before, after), (0, 0), (0, 0)))
    made = np.tile(bias, (frames, width, 1))
    for row in range(kernel.shape[0]):
        windows = np.lib.stride_tricks.sliding_window_view(padded[row : row + frames], kernel.shape[1], axis=1)
        made += np.einsum("fbiw,wio->fbo", windows, kernel[row], optimize=True)
    return np.asarray(made)


def _relu(x: Floats) -> Floats:
    return np.maximum(x, 0)


def _normalized(x: Floats, weights: Weights, number: int) -> Floats:
    name = f"batch_normalization_{number}" if number else "batch_normalization"
    gamma, beta, mean, variance = (weights[f"{name}/{part}"] for part in ("gamma", "beta", "moving_mean", "moving_variance"))
    return np.asarray((x - mean) / np.sqrt(variance + 1e-3) * gamma + beta)


def main(wheel: str, recording: str) -> None:
    """Prints how far auricle is from the authors' weights and the paper's arithmetic, on the first 12 s of a recording."""
    from auricle import Audio
    from auricle.music.tags.melspectrogram import log_mel
    from auricle.music.tags.musicnn import Taggers
    from auricle.resample import MonoResampler

    resampler = MonoResampler(RATE)
    sound = np.concatenate([resampler.feed(Audio.read(recording)), resampler.finish()])[: 12 * RATE]
    theirs, ours = spectrogram(sound), log_mel(np.pad(sound, WINDOW // 2))
    sys.stdout.write(f"log mel: {np.abs(theirs - ours).max():.1e} of {theirs.max():.2f}\n")
    published, taggers = published_weights(wheel), Taggers()
    worst = 0.0
    for at in range(0, len(ours) - FRAMES + 1, FRAMES):
        expected = np.concatenate([scores(theirs[at : at + FRAMES], published[short]) for short in ("mtt", "msd")])
        worst = max(worst, float(np.abs(taggers(ours[at : at + FRAMES]) - expected).max()))
    sys.stdout.write(f"scores: {worst:.1e}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
