"""Music analysis: the guide's API, and our own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fastapi import APIRouter, Request, Response

from auricle import wire
from auricle.music.results import MusicAnalysis
from auricle.server import analysis, bodies, documentation, examples
from auricle.server.analysis import as_json
from auricle.server.analysis_fields import AnalysisFormat, GuideAnalysisFields, NativeAnalysisFields
from auricle.server.fields import in_words
from auricle.server.negotiation import preferred

__all__ = ["router"]

router = APIRouter(tags=["Music analysis"])

_TEXT = "text/plain"
_ACCEPTED: Mapping[str | None, AnalysisFormat] = {_TEXT: "beats"}


def _beats(found: MusicAnalysis) -> Iterable[str]:
    """As beat trackers write them."""
    return (f"{beat.time:.3f}\t{beat.position}\n" for beat in (found.rhythm.beats if found.rhythm else ()))


def _chords(found: MusicAnalysis) -> Iterable[str]:
    """As annotations of chords are written, in Harte's syntax."""
    return (f"{chord.start:.3f}\t{chord.end:.3f}\t{chord.label}\n" for chord in (found.harmony.chords if found.harmony else ()))


_WRITTEN: Mapping[AnalysisFormat, tuple[str, Callable[[MusicAnalysis], Iterable[str]]]] = {
    "json": ("application/json", lambda found: as_json(wire.analysis(found))),
    "beats": (_TEXT, _beats),
    "chords": (_TEXT, _chords),
}

_GUIDE = documentation.text_body(
    GuideAnalysisFields,
    recording={"audio_base64": examples.RECORDING},
    options={"audio_base64": examples.RECORDING, "options": {"include": ["tags"], "frames": False}},
)
_GUIDE_SHOWN = {
    "recording": wire.guide_analysis(examples.analysed()),
    "options": wire.guide_analysis(examples.analysed(("rhythm", "harmony", "spectrum", "tags"))),
}
_NATIVE = {
    **documentation.form_body(NativeAnalysisFields, defaults={}, beats={"include": ["rhythm"], "format": "beats"}),
    **documentation.raw_body("curl --data-binary @song.mp3 'http://127.0.0.1:8000/analyze?include=rhythm,harmony'"),
}
_SHOWN: dict[str, dict[str, object]] = {
    "application/json": {
        "defaults": wire.analysis(examples.analysed()),
        "include=rhythm,harmony": wire.analysis(examples.analysed(("rhythm", "harmony"))),
    },
    _TEXT: {f"format={name}": "".join(written(examples.ANALYSIS)) for name, (media, written) in _WRITTEN.items() if media == _TEXT},
}


@router.post(
    "/analyze_music",
    summary="Analyse music in JSON",
    response_model=wire.WireGuideAnalysis,
    responses={**documentation.problems(), **documentation.answer("All that was found.", {"application/json": _GUIDE_SHOWN})},
    openapi_extra={"requestBody": {"required": True, "content": _GUIDE}},
)
async def analyze_music(request: Request) -> Response:
    """Finds beats, tempo, key, spectral features and more in the recording that `audio_base64` holds, in any common format.

    What is not there, such as the tempo of speech, is null, and `notes` say so.
    """
    upload, given = await bodies.json_object(request)
    with upload:
        fields = GuideAnalysisFields.from_json(given)
        with in_words(fields.names):
            found = await analysis.analysed(request, upload, fields.wanted())
    return await analysis.answered(found, lambda found: as_json(wire.guide_analysis(found)), "application/json")


@router.post(
    "/analyze",
    summary="Analyse music",
    response_model=wire.WireAnalysis,
    responses={
        **documentation.problems(),
        **documentation.answer("What was found, as `format` or the `Accept` header asks.", _SHOWN),
    },
    openapi_extra={"parameters": documentation.query(NativeAnalysisFields), "requestBody": {"required": True, "content": _NATIVE}},
)
async def analyze(request: Request) -> Response:
    """Finds beats and bars, key and chords, spectral features, loudness, tags and sections in a recording, in any common format.

    The recording is the whole body (`curl --data-binary @song.mp3 URL`) or the part `file` of a form (`curl -F file=@song.mp3 URL`).
    Options are in the query or in the form.
    """
    query = {name: request.query_params.getlist(name) for name in request.query_params}
    NativeAnalysisFields.from_form(query)  # what is wrong with it is said before the recording comes
    upload, form = await bodies.form_or_raw(request, in_json="/analyze_music")
    with upload:
        fields = NativeAnalysisFields.from_form({name: [*query.get(name, ()), *form.get(name, ())] for name in (*query, *form)})
        accepted = preferred(", ".join(request.headers.getlist("accept")), ("application/json", _TEXT))
        format_: AnalysisFormat = fields.format or _ACCEPTED.get(accepted, "json")
        found = await analysis.analysed(request, upload, fields.wanted(format_))
    media_type, written = _WRITTEN[format_]
    return await analysis.answered(found, written, media_type)
