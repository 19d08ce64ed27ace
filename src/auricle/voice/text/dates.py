"""Dates, times and years → English words."""

from __future__ import annotations

import re
from re import Match

from auricle.voice.text.numbers import amount, cardinal, digits, ordinal, plural, year
from auricle.voice.text.rules import END, ends_sentence, rule

__all__ = ["BY_MONTH", "DATES", "DECADES", "MONTHS", "clock", "dated"]

MONTHS = {
    "Jan": "January", "Feb": "February", "Mar": "March", "Apr": "April", "May": "May", "Jun": "June", "Jul": "July", "Aug": "August",
    "Sep": "September", "Oct": "October", "Nov": "November", "Dec": "December",
}  # fmt: skip
_MONTH = rf"({'|'.join(MONTHS.values())}|Sept|{'|'.join(MONTHS)})\b\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s(\d{4})(?![\d:%/]|[.,]\d))?"
_HALF = r"(?:\s?([AaPp])\.?\s?[Mm](?![^\W_])\.?)"

_NAMES_YEAR = re.compile(
    r"\b(?:in|since|by|until|till|from|of|year|years|circa|during|before|after|late|early|mid|around|to|and|between|©|"
    r"January|February|March|April|May|June|July|August|September|October|November|December|spring|summer|autumn|fall|winter|"
    r"Spring|Summer|Autumn|Fall|Winter|In|Since|By|From|During|After|Before|Q[1-4]|election|census)[\s,(-]{1,2}\Z"
)
_COUNTS = re.compile(
    r"\s(?!(?:was|is|has|does|this|its|us|as|his|plus|minus|versus|across|perhaps|always|sees|thus|less|unless)\b)"
    r"(?:[a-z]{2,20}(?<![su])s|people|men|women|children|feet|more|square|cubic|other|different|new|million)\b"
)


@rule(r"(\d{4})([-/])(\d\d)\2(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(Z|\s?[+-]\d\d(?::?\d\d)?)?)?(?![\d:]|[-/]\d)" + END)
def _iso(found: Match[str], british: bool) -> str | None:
    date = _date(int(found[1]), int(found[3]), int(found[4]), british)
    if date is None or found[5] is None:
        return date
    time = clock(int(found[5]), int(found[6]), found[7], found[8], british)
    return time and f"{date}, {time}{_zone(found[9])}"


@rule(r"(\d{4})-(0[1-9])(?![\d-])" + END)
def _iso_month(found: Match[str], british: bool) -> str | None:
    number, month = int(found[1]), int(found[2])
    season = month == number % 100 + 1  # 2005-06 is two years
    return f"{list(MONTHS.values())[month - 1]} {year(number, british)}" if 1000 < number < 2200 and not season else None


@rule(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d\d)(?![\d/:]|[.,-]\d)" + END)
def _numeric(found: Match[str], british: bool) -> str | None:
    first, second, short = int(found[1]), int(found[3]), len(found[4]) == 2
    if short and found[2] != "/":
        return None  # 1.2.10 is a version, 10-12-14 anything
    month_first = (not british or second > 12) and first <= 12 and found[2] != "."
    month, day = (first, second) if month_first else (second, first)
    century = (1900 if int(found[4]) > 50 else 2000) if short else 0
    return _date(century + int(found[4]), month, day, british)


@rule(r"(\d{1,2}):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?" + f"{_HALF}?" + r"(?!\d|:\d)")
def _time(found: Match[str], british: bool) -> str | None:
    hour, half = int(found[1]), found[5]
    if hour > 24 or (half and not 1 <= hour <= 12):
        return None
    if half:
        minute = int(found[2])
        words = cardinal(hour) + (f" {_minutes(minute)}" if minute else "")
        return f"{words}{_seconds(found[3], found[4])} {_half(found, half)}"
    return clock(hour, int(found[2]), found[3], found[4], british)


@rule(rf"(\d{{1,2}}){_HALF}" + r"(?!\d)")
def _hour(found: Match[str], british: bool) -> str | None:
    return f"{cardinal(int(found[1]))} {_half(found, found[2])}" if 1 <= int(found[1]) <= 12 else None


@rule(rf"{_DAY}(?:\s?[-–]\s?{_DAY})?\s(of\s)?{_MONTH}{_YEAR}")
def _day_month(found: Match[str], british: bool) -> str | None:
    day, last = int(found[1]), int(found[2] or 1)
    if not (1 <= day <= 31 and 1 <= last <= 31) or (found[4] == "May" and found[0][-1] == "."):
        return None
    article = "" if re.search(r"\b[Tt]he\s\Z", found.string[max(0, found.start() - 5) : found.start()]) else "the "
    until = f" to {article}{ordinal(last)}" if found[2] else ""
    return f"{article}{ordinal(day)}{until} of {_month(found[4])}{_after(found[5], british)}"


@rule(rf"{_MONTH}\s{_DAY}(?:[-–]{_DAY})?(?![\d:%]|[.,]\d|,\d){_YEAR}" + END)
def _month_day(found: Match[str], british: bool) -> str | None:
    day, last = int(found[2]), int(found[3] or 1)
    if not (1 <= day <= 31 and 1 <= last <= 31):
        return None
    the = "the " if british else ""
    until = f" to {the}{ordinal(last)}" if found[3] else ""
    return f"{_month(found[1])} {the}{ordinal(day)}{until}{_after(found[4], british)}"


@rule(rf"{_MONTH},?\s(\d{{4}})(?![\d:%]|[.,]\d)" + END)
def _month_year(found: Match[str], british: bool) -> str | None:
    return f"{_month(found[1])} {year(int(found[2]), british)}"


@rule(r"(\d{3}0|[1-9]0)(?:'?s)" + END)
def _decade(found: Match[str], british: bool) -> str | None:
    return plural(year(int(found[1]), british))


@rule(r"'(\d0)s" + END)
def _short_decade(found: Match[str], british: bool) -> str | None:
    return plural(cardinal(int(found[1]))) if found[1] != "00" else "two thousands"


@rule(r"'(\d\d)(?![\d'])" + END)
def _short_year(found: Match[str], british: bool) -> str | None:
    return f"oh {cardinal(int(found[1]))}" if found[1][0] == "0" and found[1] != "00" else cardinal(int(found[1]))


@rule(r"(1[1-9]\d\d|20\d\d)[-–](\d\d)(?![\d:-]|[.,]\d)" + END)
def _years(found: Match[str], british: bool) -> str | None:
    last = cardinal(int(found[2]))
    return f"{year(int(found[1]), british)} to {'oh ' * found[2].startswith('0')}{last}" if int(found[2]) > int(found[1]) % 100 else None


@rule(r"(1\d{3}|20\d\d)(?!\d|[.,:/]\d|\s?[%°])" + END)
def _year(found: Match[str], british: bool) -> str | None:
    before = found.string[max(0, found.start() - 14) : found.start()]
    named = _NAMES_YEAR.search(before) is not None
    if _COUNTS.match(found.string, found.end()) and not named:
        return None
    return year(int(found[1]), british) if named or int(found[1]) >= 1100 else None


def clock(hour: int, minute: int, second: str | None, part: str | None, british: bool) -> str | None:
    """A time of the day: "fourteen oh five"."""
    if hour > 24 or minute > 59 or int(second or 0) > 59:
        return None
    if minute or int(second or 0):
        return f"{cardinal(hour)} {_minutes(minute)}{_seconds(second, part)}"
    return "midnight" if hour in {0, 24} else f"{cardinal(hour)} o'clock" if hour <= 12 else f"{cardinal(hour)} hundred"


def dated(text: str, order: str, british: bool) -> str | None:
    """A date whose parts stand in a given order, such as "dmy"; None when ``text`` is none."""
    parts = re.split(r"[\s/.,-]+", text)
    if len(parts) != len(order):
        return None
    found = dict(zip(order, parts, strict=True))
    day, month, number = _figure(found.get("d", "1"), 31), _month_of(found.get("m", "1")), _figure(found.get("y", "1"), 9999)
    if not (day and month and number):
        return None
    if len(found.get("y", "")) == 2:
        number += 1900 if number > 50 else 2000
    words = {"d": ordinal(day), "m": month, "md": f"the {ordinal(day)} of {month}" if british else f"{month} {ordinal(day)}", "": ""}
    said = words["".join(part for part in "md" if part in found)]
    return said if "y" not in found else f"{said}{', ' if 'd' in found else ' '}{year(number, british)}".strip()


def _figure(text: str, most: int) -> int | None:
    """The number from 1 that is written, None if it is none."""
    return int(text) if re.fullmatch(r"0{0,3}[1-9]\d{0,3}", text) and int(text) <= most else None


def _month_of(text: str) -> str | None:
    """The name of a month that is written as a number or a name."""
    number = _figure(text, 12)
    return list(MONTHS.values())[number - 1] if number else MONTHS.get(text[:3].title())


def _minutes(minute: int) -> str:
    return f"oh {cardinal(minute)}" if 0 < minute < 10 else "hundred" if not minute else cardinal(minute)


def _seconds(second: str | None, part: str | None) -> str:
    if not int(second or 0) and not int(part or 0):
        return ""
    words = amount(f"{int(second or 0)}.{part}" if part else str(int(second or 0)))
    return f" and {words} second{'s' * (words != 'one')}"


def _half(found: Match[str], half: str) -> str:
    """As in "two P M", with a full stop where one ends the sentence."""
    stop = "." if found[0].endswith(".") and ends_sentence(found.string, found.end()) else ""
    return f"{half.upper()} M{stop}"


def _zone(zone: str | None) -> str:
    if not zone:
        return ""
    hours, minutes = int(zone.strip()[1:3] or 0) if zone != "Z" else 0, int(zone.strip()[3:].lstrip(":") or 0) if zone != "Z" else 0
    shift = (
        f" {'minus' if '-' in zone else 'plus'} {cardinal(hours)}{f' {cardinal(minutes)}' if minutes else ''}" if hours or minutes else ""
    )
    return f" U T C{shift}"


def _date(number: int, month: int, day: int, british: bool) -> str | None:
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    name = list(MONTHS.values())[month - 1]
    spoken = f"the {ordinal(day)} of {name}" if british else f"{name} {ordinal(day)}"
    return f"{spoken}, {year(number, british)}"


def _month(written: str) -> str:
    return MONTHS[written[:3]]


def _after(written: str | None, british: bool) -> str:
    if not written:
        return ""
    return f", {year(int(written), british)}" if not written.startswith("0") else f", {digits(written)}"


DECADES = (_short_decade, _short_year, _decade)
DATES = (_iso, _iso_month, _numeric, _time, _hour, _day_month, _years, _year)
BY_MONTH = (_month_day, _month_year)
