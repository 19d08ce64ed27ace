"""What Prometheus reads at `/metrics`."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, PlatformCollector, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from auricle.server.engine import Engine

__all__ = ["Metrics"]

_LATENCY_S = (0.005, 0.02, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600)
_FACTORS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2)


class Metrics:
    """The counters of one application.

    Attributes:
        requests: answers by route, method and status.
        seconds: time from a request's first byte to its answer's last.
        audio: seconds of audio that were recognised, by model.
        problems: requests that were not answered as they should, by code.
        wait: time from a request's whole body to the beginning of its work.
        factor: time of recognition over length of the recording, by model.
        open_streams: live streams that are open.
        streams: live streams that have ended, by how: finished, dropped by the client, failed, refused by the engine.
        live_audio: seconds of audio that live streams were sent.
        speeches: texts that are being spoken, or wait for it.
        first_sound: time from a text's arrival to the first of its sound.
        spoken: seconds of audio that were spoken, by the engine of the voice.
        characters: characters of the texts that were spoken, likewise.
        enhanced: seconds of audio of the recordings that were enhanced.
        analysed: seconds of audio of the recordings that were analysed.
        fingerprinted: seconds of audio of the recordings whose Chromaprints were made.
        identified: seconds of audio of the recordings that were to be recognised, by whether they were.
        added: seconds of audio of the recordings that were added to the catalogue.
    """

    def __init__(self, engine: Engine) -> None:
        registry = self._registry = CollectorRegistry()
        self.requests = Counter("auricle_requests", "Requests answered.", ("route", "method", "status"), registry=registry)
        self.seconds = Histogram(
            "auricle_request_seconds",
            "From a request's first byte to its answer's last.",
            ("route",),
            buckets=_LATENCY_S,
            registry=registry,
        )
        self.problems = Counter("auricle_problems", "Requests that ended with a problem.", ("code",), registry=registry)
        self.wait = Histogram(
            "auricle_wait_seconds", "From a request's whole body to the beginning of its work.", buckets=_LATENCY_S, registry=registry
        )
        self.audio = Counter("auricle_audio_seconds", "Audio that was recognised.", ("model",), registry=registry)
        self.factor = Histogram(
            "auricle_real_time_factor", "Time of recognition over length of the recording.", ("model",), buckets=_FACTORS, registry=registry
        )
        self.open_streams = Gauge("auricle_open_streams", "Live streams that are open.", registry=registry)
        self.streams = Counter("auricle_streams", "Live streams that have ended, by how.", ("outcome",), registry=registry)
        self.live_audio = Counter("auricle_live_audio_seconds", "Audio that live streams were sent.", registry=registry)
        self.speeches = Gauge("auricle_speeches", "Texts that are being spoken, or wait for it.", registry=registry)
        self.first_sound = Histogram(
            "auricle_first_sound_seconds", "From a text's arrival to the first of its sound.", buckets=_LATENCY_S, registry=registry
        )
        self.spoken = Counter("auricle_spoken_seconds", "Audio that was spoken.", ("model",), registry=registry)
        self.characters = Counter("auricle_spoken_characters", "Characters of texts that were spoken.", ("model",), registry=registry)
        self.enhanced = Counter("auricle_enhanced_seconds", "Audio of recordings that were enhanced.", registry=registry)
        self.analysed = Counter("auricle_analysed_seconds", "Audio of recordings that were analysed.", registry=registry)
        self.fingerprinted = Counter("auricle_fingerprinted_seconds", "Audio whose Chromaprint was made.", registry=registry)
        self.identified = Counter(
            "auricle_identified_seconds", "Audio that was to be recognised, by whether it was.", ("outcome",), registry=registry
        )
        self.added = Counter("auricle_added_seconds", "Audio of recordings added to the catalogue.", registry=registry)
        registry.register(_EngineCollector(engine))
        ProcessCollector(registry=registry)
        PlatformCollector(registry=registry)

    def text(self) -> bytes:
        """All of it, in Prometheus's text format."""
        return generate_latest(self._registry)


class _EngineCollector(Collector):
    """What the engine says of itself when it is asked."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def collect(self) -> Iterator[Metric]:
        load, models = self._engine.load(), self._engine.models()
        yield GaugeMetricFamily("auricle_running", "Recordings at work.", load.running)
        yield GaugeMetricFamily("auricle_waiting", "Requests that wait for a place.", load.waiting)
        yield GaugeMetricFamily("auricle_ready", "Whether requests are served.", self._engine.ready())
        memory = GaugeMetricFamily("auricle_model_memory_bytes", "What loading a model took; 0 when it is not loaded.", labels=["model"])
        for model in models:
            memory.add_metric([model.id], model.memory)
        yield memory
