"""What clients say on `/ws`: understood, or refused with the field to blame."""

from __future__ import annotations

import asyncio
import base64
import json

import pytest

from auricle.codec.raw import RawFormat
from auricle.enhancement.options import EnhanceOptions
from auricle.errors import MalformedRequest, OptionError
from auricle.server.analysing import LiveAnalysing
from auricle.server.engine import Listening
from auricle.server.enhancing import LiveEnhancing
from auricle.server.socket_messages import Chunk, Commit, Configure, Finish, decoded, parsed


def test_what_is_understood() -> None:
    """The four messages, with what they leave out."""
    assert parsed('{"type": "audio_chunk", "audio_base64": ""}') == Chunk(type="audio_chunk", audio_base64="")
    assert parsed('{"type": "configure"}') == Configure()
    assert parsed('{"type": "commit"}') == Commit(type="commit")
    assert parsed('{"type": "finish"}') == Finish(type="finish")


def test_settings_build_on_each_other() -> None:
    """What a later message does not state stays; what is wanted to be enhanced is stated as a whole."""
    first = parsed('{"type": "configure", "sample_rate": 8000, "enhance": {"denoise": null, "level": true}}')
    second = parsed('{"type": "configure", "channels": 2, "enhance": {"deess": 3}}')
    assert isinstance(first, Configure)
    assert isinstance(second, Configure)
    both = Configure().changed_by(first).changed_by(second)
    assert both.wanted() == Listening(format=RawFormat("f32le", 8000, 2))
    assert both.wanted_enhanced() == LiveEnhancing(EnhanceOptions(denoise="deepfilter", deess=3, true_peak=-1), RawFormat("f32le", 8000, 2))


def test_what_is_to_be_analysed() -> None:
    """It is sent in any way that there is."""
    said = parsed('{"type": "configure", "process_type": "analyze", "encoding": "opus", "sample_rate": 48000, "channels": 2}')
    assert isinstance(said, Configure)
    assert said.wanted_analysed() == LiveAnalysing(RawFormat("opus", 48_000, 2))


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"denoise": "magic"}, "enhance.denoise"),
        ({"level": 1}, "enhance.level"),
        ({"reverb": 1}, "enhance.reverb"),
        ("denoise", "enhance"),
    ],
)
def test_options_of_enhancement(options: object, field: str) -> None:
    """Errors say where they are."""
    with pytest.raises(OptionError) as caught:
        parsed(json.dumps({"type": "configure", "enhance": options}))
    assert caught.value.field == field


@pytest.mark.parametrize("size", [0, 1, 1000, 300_000])
def test_base64(size: int) -> None:
    """Of any length."""
    data = bytes(range(256)) * (size // 256 + 1)
    assert asyncio.run(decoded(base64.b64encode(data[:size]).decode())) == data[:size]
    with pytest.raises(MalformedRequest):
        asyncio.run(decoded("?"))
