"""Attributes of SSML: their values by the standards, with their limits."""

from __future__ import annotations

import pytest

from auricle.voice.text.ssml_elements import Style, alias, silence, styled


@pytest.mark.parametrize(
    ("attributes", "seconds"),
    [
        ({"time": "300ms"}, 0.3),
        ({"time": "1s"}, 1.0),
        ({"time": "+.25s"}, 0.25),
        ({"time": "10s"}, 10.0),
        ({"time": "0s", "strength": "strong"}, 0.0),
        ({"strength": "none"}, 0.0),
    ],
)
def test_times_of_breaks(attributes: dict[str, str], seconds: float) -> None:
    """Times are those of CSS 2, as SSML 1.1 (3.2.3) says; they count more than the strength."""
    assert silence(attributes) == seconds


def test_strengths_of_breaks_are_in_their_order() -> None:
    """The stronger the longer (SSML 1.1, 3.2.3); medium is what is left out."""
    times = [silence({"strength": strength}) for strength in ("none", "x-weak", "weak", "medium", "strong", "x-strong")]
    assert times == sorted(set(times))
    assert silence({}) == times[3]


@pytest.mark.parametrize(
    "attributes", [{"time": "1"}, {"time": "1 min"}, {"time": "-1s"}, {"time": "10.001s"}, {"time": "9e9s"}, {"strength": "huge"}]
)
def test_impossible_breaks_are_refused(attributes: dict[str, str]) -> None:
    """A time without a unit, before now or of more than ten seconds is no break."""
    with pytest.raises(ValueError, match=r"break|strength"):
        silence(attributes)


@pytest.mark.parametrize(
    ("rate", "pace"),
    [("medium", 1.0), ("80%", 0.8), ("0.8", 0.8), ("+20%", 1.2), ("-20%", 0.8), ("25%", 0.25), ("4", 4.0), (" fast ", 1.5)],
)
def test_rates(rate: str, pace: float) -> None:
    """A percentage is the pace itself, with a sign its change; a number is a factor."""
    assert styled(Style(), "prosody", {"rate": rate}).pace == pytest.approx(pace)


def test_named_rates_are_in_their_order() -> None:
    """The named rates grow (SSML 1.1, 3.2.4)."""
    paces = [styled(Style(), "prosody", {"rate": rate}).pace for rate in ("x-slow", "slow", "medium", "fast", "x-fast")]
    assert paces == sorted(set(paces))


@pytest.mark.parametrize("rate", ["", "quick", "0", "-1", "24%", "4.01", "1e1", "9" * 400, "nan", "-100%"])
def test_impossible_rates_are_refused(rate: str) -> None:
    """What is no rate, or beyond a quarter of and four times the pace, is refused."""
    with pytest.raises(ValueError, match="rate"):
        styled(Style(), "prosody", {"rate": rate})


def test_rates_within_rates_multiply_up_to_the_limits() -> None:
    """The limits hold for what comes out, not for each element."""
    fast = styled(Style(), "prosody", {"rate": "x-fast"})
    assert styled(fast, "prosody", {"rate": "200%"}).pace == 4.0
    with pytest.raises(ValueError, match=r"4\.2 times"):
        styled(fast, "prosody", {"rate": "2.1"})


@pytest.mark.parametrize(
    ("attributes", "say_as"),
    [
        ({"interpret-as": "date", "format": "dmy"}, "date:dmy"),
        ({"interpret-as": "date"}, "date"),
        ({"interpret-as": "time", "format": "hms12"}, "time"),
        ({"interpret-as": "spell-out"}, "characters"),
        ({"interpret-as": "number"}, "cardinal"),
        ({"interpret-as": "telephone"}, "telephone"),
    ],
)
def test_kinds_of_text(attributes: dict[str, str], say_as: str) -> None:
    """Kinds are those of the W3C's note on say-as; other processors' names for them mean the same."""
    assert styled(Style(), "say-as", attributes).say_as == say_as


@pytest.mark.parametrize(
    ("name", "attributes", "sentence", "allowed"),
    [
        ("say-as", {}, "needs the attribute interpret-as", ["characters", "cardinal"]),
        ("say-as", {"interpret-as": "song"}, '"song" of interpret-as is not understood', ["characters", "cardinal"]),
        ("say-as", {"interpret-as": "digits", "format": "x"}, "format is not understood", []),
        ("say-as", {"interpret-as": "date", "format": "dd"}, '"dd" of format is not understood', ["mdy", "dmy"]),
        ("phoneme", {}, "needs the attribute ph", []),
        ("phoneme", {"alphabet": "x-sampa", "ph": "a"}, '"x-sampa" of alphabet is not understood', ["ipa"]),
        ("lang", {}, "needs the attribute xml:lang", []),
        ("p", {"xml:lang": "no such"}, "is no language", []),
        ("emphasis", {"level": "wild"}, '"wild" of level is not understood', ["strong"]),
        ("speak", {"version": "2.0"}, '"2.0" of version is not understood', ["1.0", "1.1"]),
        ("prosody", {"volume": "loud"}, "volume of <prosody> is not understood", ["rate"]),
        ("prosody", {"rate": "quick"}, '"quick" is neither a factor like 0.8', ["x-slow", "slow"]),
    ],
)
def test_other_attributes_are_refused(name: str, attributes: dict[str, str], sentence: str, allowed: list[str]) -> None:
    """What an attribute says is done or refused, with the values that would have been right where they can be listed."""
    with pytest.raises(ValueError, match=sentence) as caught:
        styled(Style(), name, attributes)
    reason, *values = caught.value.args
    assert sentence in reason
    assert values[: len(allowed)] == allowed
    assert bool(values) is bool(allowed)


def test_strengths_are_listed() -> None:
    """Whoever gives a strength that is none is told which there are (SSML 1.1, 3.2.3)."""
    with pytest.raises(ValueError, match="strength") as caught:
        silence({"strength": "huge"})
    assert set(caught.value.args[1:]) == {"none", "x-weak", "weak", "medium", "strong", "x-strong"}


def test_an_alias_is_needed() -> None:
    """A <sub> without something to read has no meaning."""
    assert alias({"alias": " it "}) == "it"
    with pytest.raises(ValueError, match="alias"):
        alias({"alias": " "})


def test_what_means_nothing_for_the_ear_may_stand_anywhere() -> None:
    """Names of elements, namespaces and schemas are skipped."""
    assert styled(Style(), "s", {"xml:id": "a", "xmlns:x": "b", "xsi:schemaLocation": "c d"}) == Style()
