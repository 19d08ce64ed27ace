"""Results as JSON objects: the only place that knows what their fields are called outside of Python.

Times are seconds to the millisecond, probabilities and other scores have four decimals; a field with another unit has it in its name.
"""

from auricle.wire.live import (
    WireFinal,
    WireLiveEvent,
    WireLiveResult,
    WirePartial,
    WireSpeechEnded,
    WireSpeechStarted,
    WireUtterance,
    live_event,
    live_result,
)
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
    "WireFinal",
    "WireInfo",
    "WireLiveEvent",
    "WireLiveResult",
    "WireModel",
    "WirePartial",
    "WireProgress",
    "WireSegment",
    "WireSpeechEnded",
    "WireSpeechStarted",
    "WireToken",
    "WireTranscript",
    "WireUtterance",
    "WireWord",
    "info",
    "live_event",
    "live_result",
    "model",
    "progress",
    "render",
    "segment",
    "transcript",
]
