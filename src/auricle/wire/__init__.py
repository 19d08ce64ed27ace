"""Results as JSON objects: the only place that knows what their fields are called outside of Python.

Times are seconds to the millisecond, probabilities and other scores have four decimals; a field with another unit has it in its name.
"""

from auricle.wire.results import (
    FORMATS,
    WireInfo,
    WireModel,
    WireProgress,
    WireSegment,
    WireToken,
    WireTranscript,
    WireWord,
    info,
    model,
    progress,
    render,
    segment,
    transcript,
)

__all__ = [
    "FORMATS",
    "WireInfo",
    "WireModel",
    "WireProgress",
    "WireSegment",
    "WireToken",
    "WireTranscript",
    "WireWord",
    "info",
    "model",
    "progress",
    "render",
    "segment",
    "transcript",
]
