"""Recordings made by somebody else's encoder: libav with its own defaults, not through auricle."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import av
import numpy as np
import numpy.typing as npt
import pytest

Samples = npt.NDArray[np.float32]
_LAYOUTS = {1: "mono", 2: "stereo", 4: "quad", 6: "5.1", 8: "7.1"}


class Libav(Protocol):
    """Encode samples of shape (channels, frames) into the bytes of a container."""

    def __call__(
        self, container: str, codec: str, samples: Samples, rate: int, *, bit_rate: int = 0, options: Mapping[str, str] | None = None,
        codec_options: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None, picture: bool = False,
    ) -> bytes:  # fmt: skip
        """The encoded bytes."""
        ...


def _libav(
    container: str, codec: str, samples: Samples, rate: int, *, bit_rate: int = 0, options: Mapping[str, str] | None = None,
    codec_options: Mapping[str, str] | None = None, tags: Mapping[str, str] | None = None, picture: bool = False,
) -> bytes:  # fmt: skip
    layout = _LAYOUTS[len(samples)]
    file = tempfile.NamedTemporaryFile(delete=False)  # noqa: SIM115 libav opens it by its name, some muxers twice
    file.close()
    with av.open(file.name, "w", format=container, options=dict(options or {})) as output:
        output.metadata.update(tags or {})
        if picture:
            film = output.add_stream("mpeg4", rate=25)
            film.width = film.height = 32
        track: Any = output.add_stream(codec, rate=rate, layout=layout)
        track.options = dict(codec_options or {})
        if bit_rate:
            track.bit_rate = bit_rate
        if picture:
            for tick in range(5):
                still = av.VideoFrame.from_ndarray(np.full((32, 32, 3), 50 * tick, np.uint8), format="rgb24")
                still.pts = tick
                output.mux(film.encode(still))
            output.mux(film.encode(None))
        to_codec = av.AudioResampler(format=track.codec_context.format, layout=layout, rate=rate)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.T.reshape(1, -1)), format="flt", layout=layout)
        frame.sample_rate, frame.pts = rate, 0
        for ready in [*to_codec.resample(frame), *to_codec.resample(None)]:
            output.mux(track.encode(ready))
        output.mux(track.encode(None))
    content = Path(file.name).read_bytes()
    Path(file.name).unlink()
    return content


@pytest.fixture(scope="session")
def libav() -> Libav:
    """The encoder."""
    return _libav
