"""What the API's documentation shows: a short recording, what the model `base` makes of it, and what can go wrong."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Collection
from dataclasses import replace

from auricle import errors
from auricle.enhancement.report import Report, Sound, StepReport
from auricle.errors import AdminKeyNeeded, AuricleError, NoCatalogue
from auricle.identification.chromaprint import Fingerprint, decode
from auricle.identification.results import DuplicateGroup, Entry, Identification, Match
from auricle.loudness.figures import Loudness
from auricle.music.analysis import PARTS
from auricle.music.results import (
    GENRES,
    Beat,
    Chord,
    Dynamics,
    Feature,
    Harmony,
    Key,
    KeySpan,
    MusicAnalysis,
    Rhythm,
    Section,
    Spectrum,
    Tag,
    TagMoment,
    Tags,
    TempoCandidate,
    TempoPoint,
)
from auricle.server.engine import Event, ModelState, Progress
from auricle.server.enhancing import EnhancedRecording
from auricle.server.speaking import Closing, Opening, Spoken
from auricle.speech.transcript import Segment, Token, Transcript, Word
from auricle.voice import SpokenTurn, SpokenWord, Voice

__all__ = [
    "ANALYSIS",
    "AUDIO",
    "DETAILED",
    "DUPLICATES",
    "ENHANCED",
    "ENTRY",
    "ERRORS",
    "EVENTS",
    "FINGERPRINT",
    "IDENTIFICATION",
    "MODEL",
    "NOT_CHANGED",
    "NO_ADMIN",
    "NO_CATALOGUE",
    "NO_RECORDING",
    "RECORDING",
    "REQUEST_ID",
    "SENTENCE",
    "SPOKEN",
    "TRANSCRIPT",
    "VOICE",
    "analysed",
]

# "Turn on the living room light.", from the Wyoming project (MIT), as Ogg Opus in base64: whoever tries it out gets these words.
RECORDING = (
    "T2dnUwACAAAAAAAAAAAAAAAAAAAAAEkq9qABE09wdXNIZWFkAQE4AYA+AAAAAABPZ2dTAAAAAAAAAAAAAAAAAAABAAAA88vQ2wEWT3B1c1RhZ3MGAAAAZmZtcGVnAAAA"
    "AE9nZ1MAAIC7AAAAAAAAAAAAAAIAAAC/UL52MgcGBgYGCggKCg8KCxASDA8TExIODRENEw4OEA4PDxALFBEPDhAODg8OEBINDwwOEBAQCAvmOyOrYAgIrLMOxggIrLMO"
    "xggIrLMOxggIrLMOxggMoHr/3BqUmZEIDt0F1KSp8ggPC3YFEJc9qlgID56CXETHCSomCIBWWn8CGUOCInAJubKACIWywgDXJlVxpAiFfLWVt/+m+AXgCJbjSB1AhCsI"
    "EXGoPluRywi7q2oL7O/Ux3fEaD+E2CyXdAi6hwDxh5JtNB3jHAi6hwBHDOmTEU6t4X2/QAi79l62wfTdXLXAErgiyEdl9HAItdehfFAXYDCJWdk6uwo974hACLVGnGX/"
    "FIaU1Ge+Ep6wb46qCLwywhl/MeinP7TXCIYIvHnjqU+il3GoXRSgCLxAYbzSSuQnXzLzoKf+eegIuz3bfnTGayD9Ko/7CLdv9v0E5893aWcHvqFzP7JtKAi1G5Nx83gD"
    "7uFIgUxBCLT/k/qkdKvo+DJ9j4AIuC1Wx/L4TDTaKuJAvWJCCLvuyE8q3LHIcRlm+sgIux1tk0XEsNBIb8EtsWAIuFZlEOzs4+LspNIwSHgIsYx/mhnUdIzwloRHVAiM"
    "CK/WV53tN4L3S4cIsO+mublJf1jo85l5bkuVqUfReAi8LCk046juJKwYa8jfY9dJCLxxSnoIXeeg7hFqotoECLxAS/ezOa2lKY75H8AIt2TDTk2gfYO3e3junyh4CJCD"
    "5cN5HAT3ma3QnqgIhVrIQHP+Gy9skglsIAi8k/E2qrVV+kym/xHIIAi79v87RCrtnhjYkN0YCLlJxszK56UuyFLL9y02pwi1AA3/FrvH/+t6KQMbW2oZgAizu9Ks0LbX"
    "cLdZI8AIszWVuVeDEOWd2hC9MoAIsYknEKUibElGfyAIsJnmvfEjZHTnnXgnfwiysaOXDFnevIFTJReSKSgItkjA8PXzsx2TSbW/tkigCLi+2nrxAlgGAQLpfQKNQE9n"
    "Z1MABHgaAQAAAAAAAAAAAAMAAAApDjTfGhAOEA4ODg4QDg8PDg8SEA8VDwwPCAgNDgkKCLi4THRhMk1L4f1swGFTiAi4j9u90M0KN8Zq6trACLaL9TdaVKEISog3Xyo4"
    "yAi00pjC/6NBimMumszACLHHsA7P1iNjzmy5heAIsG7rD8a9bv2NeMXinAiwX/glXToU0MBQEHzUCLKyoXAUOZhjNh1XQLu8gAi5rhBmdqRASBPGetKACLuOzMtU/crc"
    "mpo3tviACLv7QnElZCU4vfXrTU+GCLwCZ7uo+A8iekzz8v0IvF3QRZj99oOB8IjuIAQIvEebkSm/PPOG9PZMAblfXKAIvBTVg9lcWEukLnFojOsgCLlvq+pKegkuimmf"
    "tvVMCLdq6n7bxQ0bNRUgsFUa7chbpOqACLTkLkvkaTulA3MEzPeACAZNWNaBlzvP5T2ACDowgnmf2oAhznV1PfVsCAT1UH8FwjQIBDPKDPEXCAiEJ96lbkB0kYchRRYI"
    "kgmv3FapkjRWqdQ48AiD3MHgoHWHNggGKEAGIM6pQ+A="
)

# With `word_timestamps` and `logprobs`.
DETAILED = Transcript(
    text="Turn on the living room light.",
    language="en",
    language_probability=0.98626,
    duration=1.5,
    segments=(
        Segment(
            id=0,
            start=0.0,
            end=1.32,
            text="Turn on the living room light.",
            language="en",
            confidence=0.88695,
            words=(
                Word("Turn", 0.0, 0.32, 0.78615),
                Word("on", 0.32, 0.46, 0.98654),
                Word("the", 0.46, 0.58, 0.97334),
                Word("living", 0.58, 0.8, 0.69586),
                Word("room", 0.8, 1.04, 0.9276),
                Word("light.", 1.04, 1.32, 0.95224),
            ),
            avg_logprob=-0.32936,
            no_speech_prob=0.02018,
            compression_ratio=0.83333,
            tokens=(50364, 7956, 322, 264, 2647, 1808, 1442, 13, 50464),
            logprobs=(
                Token(b" Turn", -0.25741),
                Token(b" on", -0.00441),
                Token(b" the", -0.01167),
                Token(b" living", -0.45166),
                Token(b" room", -0.0497),
                Token(b" light", -0.02704),
                Token(b".", -0.049),
            ),
        ),
    ),
    processing_time=1.02577,
    model="base",
)
# Without them.
TRANSCRIPT = replace(
    DETAILED,
    segments=(replace(DETAILED.segments[0], end=1.5, confidence=0.8996, words=(), logprobs=()),),
    processing_time=0.96887,
)
EVENTS: tuple[Event, ...] = (Progress(0.0, 1.5), *TRANSCRIPT.segments, Progress(1.5, 1.5), TRANSCRIPT)
MODEL = ModelState("base", created=1_763_856_000, loaded=True, memory=105_000_000)
# The same words, as if the recording were what was spoken.
SENTENCE = DETAILED.text
VOICE = Voice("heart", "hibari", ("en-US",), "Apache-2.0", gender="female", word_times=True, description="A warm voice.")
SPOKEN = Spoken(
    Opening(VOICE.name, VOICE.engine, "en-US", rate=24_000, channels=1),
    b64decode(RECORDING),
    Closing(
        duration=1.5,
        words=tuple(
            SpokenWord(word.text, word.start, word.end, (place, place + len(word.text)))
            for word in DETAILED.segments[0].words
            for place in [SENTENCE.index(word.text)]
        ),
        turns=(SpokenTurn(VOICE.name, SENTENCE, 0.0, 1.5),),
        processing_time=0.03512,
    ),
)
# The recording, once more, as what became of it.
AUDIO = b64decode(RECORDING)
ENHANCED = EnhancedRecording(
    Report(
        before=Sound(Loudness(-27.31, -26.4, -22.75, 0.0, -8.42), noise_floor=-58.2, duration=1.5),
        after=Sound(Loudness(-20.0, -19.1, -15.43, 0.0, -1.12), noise_floor=-74.9, duration=1.5),
        steps=(StepReport("denoise", {"reduction_db": 16.7}), StepReport("normalize", {"gain_db": 7.31})),
        notes=(),
    ),
    rate=48_000,
    channels=1,
)
_KEYS = (Key("A", "minor", 0.71), Key("C", "major", 0.52), Key("E", "minor", 0.33))
_TAGS = (Tag("electronic", 0.62), Tag("fast", 0.41), Tag("beat", 0.38))
# And as if it were a song.
ANALYSIS = MusicAnalysis(
    duration=3.0,
    rate=48_000,
    channels=1,
    rhythm=Rhythm(
        tempo=128.0,
        confidence=0.93,
        beats=(Beat(0.12, 1), Beat(0.589, 2), Beat(1.058, 3)),
        beats_per_bar=4,
        meter="4/4",
        candidates=(TempoCandidate(128.0, 0.86), TempoCandidate(64.0, 0.11)),
        curve=(TempoPoint(0.12, 128.0),),
    ),
    harmony=Harmony(
        key=_KEYS[0],
        candidates=_KEYS,
        tuning=-3.2,
        keys=(KeySpan(0.0, 3.0, _KEYS[0]),),
        chords=(Chord(0.0, 0.12, None, None), Chord(0.12, 3.0, "A", "min")),
        chroma=(0.2, 0.02, 0.06, 0.02, 0.2, 0.05, 0.02, 0.05, 0.02, 0.28, 0.02, 0.06),
    ),
    spectrum=Spectrum(
        centroid=Feature(1834.2, 612.7),
        rolloff=Feature(3721.5, 1204.8),
        bandwidth=Feature(1912.4, 301.9),
        flatness=Feature(0.0132, 0.0091),
        zero_crossing_rate=Feature(0.0821, 0.0334),
        contrast=tuple(Feature(mean, 4.5) for mean in (18.2, 14.6, 16.9, 17.4, 18.8, 20.1, 37.5)),
        mfcc=tuple(Feature(mean, 12.5) for mean in (-182.4, 112.7, -14.3, 31.6, -6.2, 12.9, -8.1, 4.4, -5.7, 2.3, -3.8, 1.9, -2.6)),
        onset_rate=4.67,
    ),
    dynamics=Dynamics(Loudness(-9.4, -8.8, -7.2, 3.1, -0.3), 9.1),
    tags=Tags(
        tags=_TAGS,
        genre="pop",
        genres=tuple(Tag(name, 0.64 if name == "pop" else 0.04) for name in sorted(GENRES, key=lambda name: name != "pop")),
        over_time=(TagMoment(0.0, 3.0, _TAGS),),
    ),
    sections=(Section(0.0, 3.0, "A"),),
)


def analysed(include: Collection[str] = PARTS) -> MusicAnalysis:
    """As much of it as is asked for."""
    others = {"sections" if name == "structure" else name: None for name in PARTS if name not in include}
    return replace(ANALYSIS, **others)  # type: ignore[arg-type]


# Five seconds of a song, and a catalogue with that song in it.
FINGERPRINT = Fingerprint(5.0, decode("AQAAE0mSbEmULIqU4PgivIfzDCaOp_jx45fg12DWMjiHH35ufITKBwcHBAOIQcIMAJACiYRTHg"))
ENTRY = Entry("albums/Vibe Ace.ogg", 61.459, {"title": "Vibe Ace", "artist": "Kevin MacLeod"}, added=1_763_856_000.0)
_MATCH = Match(ENTRY, start=0.0, end=5.0, offset=31.24, score=0.97, votes=214)
IDENTIFICATION = Identification(5.0, _MATCH, (_MATCH,))
DUPLICATES = (DuplicateGroup((ENTRY.id, "downloads/vibe-ace.mp3"), 0.9731),)

REQUEST_ID = "0b8f6a4e2d5c47a19a3de3bb6a1fd1c2"

ERRORS: tuple[AuricleError, ...] = (
    errors.MalformedRequest("the form is cut off: it lacks its closing boundary; send all of it."),
    errors.NotAuthorized("an API key is needed; send it as `Authorization: Bearer KEY`."),
    errors.NotAllowed("pages from 'https://example.com' may not use this server; its operator can add that to cors_origins."),
    errors.UploadStalled("the upload has stalled: less than 20480 bytes came in 20 seconds; send the body without such pauses."),
    errors.TooManyBytes("the body has more than the 1073741824 bytes that are allowed; send a shorter or compressed recording."),
    errors.UnsupportedFormat("the body's content type is 'text/html'; send a form (multipart/form-data) with the recording as `file`."),
    errors.OptionError("task", "task is 'summarize'", ("transcribe", "translate")),
    errors.UnknownModel("there is no model 'huge' on this server; use one of: base, tiny.en."),
    errors.EmptyAudio("the recording is empty (0 bytes); send one."),
    errors.TooManyRequests("60 requests a minute are allowed; try again in 1 s.", 1.0),
    errors.Busy("the server is busy: all places are taken; try again in a moment.", 2.0),
    errors.Stopping(),
    errors.DeadlineExceeded("this took longer than the 3600 s that a request may take; send a shorter recording.", 60.0),
)
# What else can go wrong with the catalogue.
NO_CATALOGUE = (NoCatalogue(),)
NO_RECORDING = (errors.UnknownRecording("there is no recording 'song' in the catalogue."),)
NO_ADMIN = (AdminKeyNeeded(),)
NOT_CHANGED = (
    *NO_ADMIN,
    errors.RecordingExists("there is a recording 'song' in the catalogue; say replace=true, or choose another id."),
)
