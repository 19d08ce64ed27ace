"""A recording's work is told to stop, whenever that is."""

from __future__ import annotations

import tempfile

import numpy as np
import pytest

from auricle.audio import Audio
from auricle.codec import IsolatedDecoder, encode
from auricle.errors import UnreadableInput
from auricle.server.task import Task


@pytest.mark.parametrize("early", [True, False])
def test_cancelling(early: bool) -> None:
    """Before it decodes or meanwhile: the task knows, and the decoder gives no more."""
    task = Task()
    assert not task.cancelled()
    with tempfile.TemporaryFile() as file:
        file.write(encode(Audio(np.zeros((1, 16_000), np.float32), 16_000)))
        if early:
            task.cancel()
        with IsolatedDecoder(file) as decoder:
            task.decodes_with(decoder)
            if not early:
                assert decoder.info.sample_rate == 16_000
                task.cancel()
            with pytest.raises(UnreadableInput, match="cancelled"):
                list(decoder)
    assert task.cancelled()


def test_cancelling_twice() -> None:
    """It is the same as once."""
    task = Task()
    task.cancel()
    task.cancel()
    assert task.cancelled()
