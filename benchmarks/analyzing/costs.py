"""What analysing costs on one core, in a process that does nothing else: prints JSON.

python -m benchmarks.analyzing.costs pace SECONDS
python -m benchmarks.analyzing.costs memory FILE
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import cycle

from auricle.audio import Audio
from auricle.codec import decode
from auricle.music import PARTS, analyze
from auricle.resample import resample
from benchmarks.analyzing.listeners import essentia_hears, krumhansl_key, mono
from benchmarks.enhancing.whole_chain import peak_mb
from benchmarks.references import RECORDINGS

_MUSIC = ("vibe_ace.ogg", "hungarian_dance.ogg")
_WARM_S = 12.0  # of music that everybody hears first: loading libraries and models is not counted


def looped(seconds: float, rate: int = 44_100) -> Iterator[Audio]:
    """Stereo music of the repository, over and over, in blocks."""
    tracks = [resample(decode(RECORDINGS / name), rate).remix(2) for name in _MUSIC]
    left = seconds
    for track in cycle(tracks):
        if left <= 0:
            return
        yield track.slice(0, left)
        left -= track.duration


def _ours(include: tuple[str, ...]) -> Callable[[Audio], object]:
    return lambda audio: analyze(audio, include=include)


def _librosa_beats(audio: Audio) -> object:
    import librosa

    return librosa.beat.beat_track(y=mono(audio, 22_050), sr=22_050)


def _librosa_key(audio: Audio) -> object:
    import librosa

    return krumhansl_key(librosa.feature.chroma_stft(y=mono(audio, 22_050), sr=22_050).mean(axis=1))


def _librosa_spectrum(audio: Audio) -> object:
    from librosa import feature, onset

    sound = mono(audio, 22_050)
    asked = (feature.spectral_centroid, feature.spectral_rolloff, feature.spectral_bandwidth, feature.spectral_contrast)
    features = [ask(y=sound, sr=22_050) for ask in asked]
    others = (feature.mfcc(y=sound, sr=22_050, n_mfcc=13), feature.spectral_flatness(y=sound), feature.zero_crossing_rate(y=sound))
    return features, others, onset.onset_detect(y=sound, sr=22_050)


def _jobs() -> Iterator[tuple[str, Callable[[Audio], object]]]:
    """Named jobs; everybody is given the same stereo music at 44.1 kHz."""
    yield "auricle: everything", _ours(PARTS)
    yield "auricle: everything without tags", _ours(tuple(part for part in PARTS if part != "tags"))
    for part in PARTS:
        yield f"auricle: {part}", _ours((part,))
    if importlib.util.find_spec("librosa"):
        yield "librosa: beat_track", _librosa_beats
        yield "librosa: chroma_stft and a key profile", _librosa_key
        yield "librosa: the spectral features and onsets", _librosa_spectrum
    if importlib.util.find_spec("essentia"):
        yield "essentia: RhythmExtractor2013 and KeyExtractor", essentia_hears


def pace(seconds: float) -> dict[str, float]:
    """Times realtime in CPU time, per job."""
    music = Audio.join(looped(seconds))
    paces = {}
    for name, job in _jobs():
        job(music.slice(0, _WARM_S))
        began = time.process_time()
        job(music)
        paces[name] = music.duration / (time.process_time() - began)
    return paces


def memory(file: str) -> dict[str, float]:
    """Of everything, of a file. MB before and at most, and the pace."""
    before, began = peak_mb(), time.process_time()
    found = analyze(file)
    return {"before_mb": before, "peak_mb": peak_mb(), "seconds": found.duration, "pace": found.duration / (time.process_time() - began)}


if __name__ == "__main__":
    print(json.dumps(pace(float(sys.argv[2])) if sys.argv[1] == "pace" else memory(sys.argv[2])))
