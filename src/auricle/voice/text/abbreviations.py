"""Abbreviations and roman numerals → English words."""

from __future__ import annotations

import re
from re import Match

from auricle.voice.text.dates import MONTHS
from auricle.voice.text.numbers import amount, cardinal, ordinal, roman, year
from auricle.voice.text.rules import END, Rule, ends_sentence, rule

__all__ = ["ABBREVIATIONS"]

_TITLES = {
    "Dr": "Doctor", "Mr": "Mister", "Mrs": "Missus", "Ms": "Ms", "Messrs": "Messrs", "Prof": "Professor", "Rev": "Reverend",
    "Gen": "General", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative", "Capt": "Captain", "Lt": "Lieutenant",
    "Col": "Colonel", "Sgt": "Sergeant", "Cpl": "Corporal", "Maj": "Major", "Cmdr": "Commander", "Adm": "Admiral", "Hon": "Honorable",
    "Pres": "President", "Fr": "Father", "St": "Saint", "Ste": "Sainte", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
_BARE_TITLES = "Dr|Mr|Mrs|Ms|Messrs|Prof|St|Mt|Ft|Lt|Sgt|Capt|Gen"  # without a full stop: the British way
_STREETS = {
    "St": "Street", "Dr": "Drive", "Ave": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Ln": "Lane", "Pl": "Place", "Ct": "Court",
    "Sq": "Square", "Hwy": "Highway", "Pkwy": "Parkway", "Ter": "Terrace", "Mt": "Mount", "Ft": "Fort",
}  # fmt: skip
_DOTTED = {
    "etc": "et cetera", "vs": "versus", "v": "versus", "approx": "approximately", "Inc": "Incorporated", "Ltd": "Limited",
    "Corp": "Corporation", "Co": "Company", "Bros": "Brothers", "Jr": "Junior", "Sr": "Senior", "Esq": "Esquire", "dept": "department",
    "Dept": "Department", "Univ": "University", "univ": "university", "Assn": "Association", "Govt": "Government", "govt": "government",
    "est": "established", "Est": "Established", "cf": "compare", "ca": "circa", "incl": "including", "excl": "excluding",
    "esp": "especially",
    "misc": "miscellaneous", "temp": "temperature", "tel": "telephone", "Tel": "Telephone", "min": "minimum", "max": "maximum",
    "avg": "average", "apt": "apartment", "Apt": "Apartment", "ext": "extension", "Ext": "Extension", "mfg": "manufacturing",
    "hr": "hour", "hrs": "hours", "mins": "minutes", "secs": "seconds", "yr": "year", "yrs": "years", "wk": "week", "wks": "weeks",
    "lb": "pound", "lbs": "pounds", "oz": "ounces", "tbsp": "tablespoon", "tsp": "teaspoon", "pkg": "package", "qty": "quantity",
    "Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Thur": "Thursday", "Thurs": "Thursday",
    "Fri": "Friday", "intl": "international", "Intl": "International", "natl": "national", "resp": "respectively", "viz": "namely",
}  # fmt: skip
_DOTTED |= {"Approx": "Approximately"} | {short: name for short, name in MONTHS.items() if short != "May"} | {"Sept": "September"}
_WEEKDAYS = {"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday"}
_WEEKDAY = "(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)"
_NEVER_LAST = {"vs", "v", "approx", "Approx", "cf", "ca", "incl", "excl", "esp", "viz"}
_NUMBERED = {
    "No": "number", "no": "number", "Nos": "numbers", "nos": "numbers", "Nr": "number", "p": "page", "pp": "pages", "pg": "page",
    "vol": "volume", "Vol": "volume", "vols": "volumes", "ch": "chapter", "Ch": "chapter", "chap": "chapter", "Chap": "chapter",
    "fig": "figure", "Fig": "figure", "figs": "figures", "Figs": "figures", "sec": "section", "Sec": "section", "eq": "equation",
    "Eq": "equation", "ed": "edition", "art": "article", "Art": "article", "c": "circa", "l": "line", "ll": "lines", "v": "version",
    "ver": "version", "pt": "part", "Pt": "part", "para": "paragraph", "app": "appendix", "App": "appendix", "tab": "table", "Tab": "table",
}  # fmt: skip
_PERIODS = {"Y": "year", "Q": "quarter", "M": "month"}  # that figures are compared with: YoY
_WRITTEN_OUT = {
    "e.g.": "for example", "i.e.": "that is", "et al.": "and others", "a.k.a.": "also known as", "w/o": "without", "w/": "with",
    "b/c": "because", "c/o": "care of", "n/a": "not applicable", "N/A": "not applicable", "and/or": "and or", "Ph.D.": "P H D",
    "PhD": "P H D", "aka": "also known as", "vs": "versus", "eg.": "for example", "ie.": "that is",
}  # fmt: skip
_WRITTEN_OUT |= {  # in small letters and capitals, and yet no initials: units without a figure, and words that look like initials
    "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "THz": "terahertz", "kW": "kilowatts",
    "kWh": "kilowatt hours", "MWh": "megawatt hours", "GWh": "gigawatt hours", "mAh": "milliamp hours", "dB": "decibels",
    "VoIP": "voip", "PaaS": "pass", "SaaS": "sass", "NaN": "nan", "NoSQL": "No S Q L", "LoRA": "lora", "MoMA": "moma", "DDoS": "D doss",
    "eSIM": "E SIM", "LaTeX": "lay tech", "TeX": "tech",
}  # fmt: skip

_BOOKISH = (
    r"Chapter|Part|Act|Scene|Section|Volume|Vol|Book|Phase|Article|Appendix|Type|Level|Stage|Class|Grade|Title|Episode|Round|Mark|Table|Figure"
    r"|War|Bowl|Fantasy|Apollo|Gemini|Rocky|Canto|Category|Group|Tier|Unit|Schedule|Season|Page|Factor|Quest|Olympiad"
)
_CROWNED = re.compile(
    r"(?:\b(?:[Kk]ing|[Qq]ueen|Pope|Emperor|Empress|Prince|Princess|Tsar|Czar|Kaiser|Sultan|Duke|Saint|Patriarch)\s[A-Z][^\W\d]{1,20}"
    r"(?:\s[A-Z][^\W\d]{1,20})?|\b(King|Queen|Pope))\s\Z"
)
_REGNAL = re.compile(
    r"\b(?:Henry|Louis|Edward|George|William|Charles|James|Richard|Elizabeth|Mary|Napoleon|Pius|Benedict|Leo|John Paul|Gregory"
    r"|Clement|Innocent"
    r"|Ramses|Ramesses|Rameses|Frederick|Philip|Felipe|Alexander|Nicholas|Peter|Catherine|Ivan|Umberto|Emmanuel|Gustav|Adolf|Christian|Ferdinand"
    r"|Alfonso|Carlos|Wilhelm|Otto|Juan Carlos|Margrethe|Haakon|Harald|Robert|Darius|Xerxes|Ptolemy|Cleopatra|Maximilian|Leopold"
    r"|Baldwin|Urban|Boniface|Sixtus|Paul|John|Francis|Abdul Hamid|Murad|Mehmed|Selim|Justinian|Constantine|Theodosius|Joseph|Rudolf)\s\Z"
)
_NUMBERED_THING = re.compile(rf"\b(?:{_BOOKISH}|{_BOOKISH.lower()}|{_BOOKISH.upper()})\.?\s\Z")
_LETTERED = re.compile(  # things that have letters for names: "Plan B."
    r"\b(?:Plan|Vitamin|Type|Group|Class|Grade|Option|Part|Team|Hepatitis|Exhibit|Section|Appendix|Figure|Table|Gate|Block|Row|Unit|Answer)\s\Z"
)
_NAMED = re.compile(r"\b[A-Z][^\W\d]{1,20}\s\Z")


def _alternatives(*words: str) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


@rule(rf"(?<!/)({_alternatives(*_WRITTEN_OUT)})(?![^\W_]|/\w)")
def _written_out(found: Match[str], british: bool) -> str | None:
    if found[1] == "vs" and found.string.startswith(".", found.end()):
        return None
    return _WRITTEN_OUT[found[1]] + _stop(found, surely=True)


@rule(r"([YQM])o\1" + END)
def _compared(found: Match[str], british: bool) -> str | None:
    period = _PERIODS[found[1]]
    return f"{period} {'on' if british else 'over'} {period}"


@rule(rf"({_alternatives(*_TITLES)})\.\s?(?=[A-Z])|({_BARE_TITLES})\s(?=[A-Z])")
def _title(found: Match[str], british: bool) -> str | None:
    short = found[1] or found[2]
    before = found.string[max(0, found.start() - 24) : found.start()]
    if short in _STREETS and re.search(r"\b(?:[A-Z][a-z]{2,20}|\d{1,4}(?:st|nd|rd|th))\s\Z", before) and not _name_follows(found, before):
        return None
    return _TITLES[short]


def _name_follows(found: Match[str], before: str) -> bool:
    """Whether it is a title after all: what precedes begins a sentence or is no street's name."""
    opens = re.search(r"(?:\A|[.!?]\s)[A-Z][a-z]{1,20}\s\Z", before)
    return (
        bool(opens)
        and len(before) < 24
        and not ends_sentence(found.string, len(found[0].rstrip()) + found.start(), surely=True)
        and not re.search(r"\d\s?\Z", before)
    )


@rule(rf"({_alternatives(*_STREETS)})\.?(?![^\W_])")
def _street(found: Match[str], british: bool) -> str | None:
    before = found.string[max(0, found.start() - 24) : found.start()]
    if not re.search(r"(?:\b[A-Z][a-z']{1,20}|\d(?:st|nd|rd|th)|\b[NSEW]\.?)\s\Z", before):
        return None
    return _STREETS[found[1]] + _stop(found, surely=True)


@rule(rf"({_alternatives(*_NUMBERED)})\.\s?(?=[\d#]|[IVXL]{{1,6}}\b)")
def _numbered(found: Match[str], british: bool) -> str | None:
    return _NUMBERED[found[1]]


@rule(rf"({_alternatives(*_DOTTED)})\.(?![^\W_])")
def _dotted(found: Match[str], british: bool) -> str | None:
    if found[1] == "v" and not re.match(r"\s[A-Z]", found.string[found.end() : found.end() + 2]):
        return None
    if found[1] in {"est", "temp", "max", "min", "Est", "art", "Co", "Fri", "Sat"} and found.end() >= len(found.string.rstrip()):
        return None if found[1] not in {"Co", "Fri"} else _DOTTED[found[1]] + "."
    return _DOTTED[found[1]] + ("" if found[1] in _NEVER_LAST else _stop(found, surely=found[1] != "etc"))


@rule(rf"{_WEEKDAY}(?:\s?[-–]\s?{_WEEKDAY}(?![^\W_])|,?\s(?=\d|{'|'.join(MONTHS)}))")
def _weekday(found: Match[str], british: bool) -> str | None:
    until = f" to {_WEEKDAYS[found[2][:3]]}" if found[2] else ""
    return _WEEKDAYS[found[1][:3]] + until + "," * ("," in found[0])


@rule(r"((?:[A-Za-z]\.){2,10})(?![^\W_])")
def _initials(found: Match[str], british: bool) -> str | None:
    """U.S., J.R.R.: letter by letter."""
    return " ".join(found[1].replace(".", " ").upper().split()) + _stop(found, surely=True)


@rule(r"([NSEW])\.(?=\s[A-Z][a-z])")
def _compass(found: Match[str], british: bool) -> str | None:
    """123 N. Main St."""
    numbered = re.search(r"\d[A-Z]?\s\Z", found.string[max(0, found.start() - 3) : found.start()])
    return {"N": "North", "S": "South", "E": "East", "W": "West"}[found[1]] if numbered else None


@rule(r"([A-Z])\.(?=\s[A-Z](?:[a-z]|\.))")
def _initial(found: Match[str], british: bool) -> str | None:
    """J. Smith: the full stop ends nothing."""
    before = found.string[max(0, found.start() - 24) : found.start()]
    if _LETTERED.search(before):
        return None
    return found[1] if re.search(r"(?:\A|[A-Z][a-z]{1,20}\s|[A-Z]\.\s|[.!?,;]\s)\Z", before) and found[1] != "I" else None


@rule(r"([IVXLCDM]{1,15})(?![^\W_]|['.]\w)")
def _roman(found: Match[str], british: bool) -> str | None:
    value = roman(found[1])
    before = found.string[max(0, found.start() - 50) : found.start()]
    if value is None:
        return None
    if _CROWNED.search(before) or (found[1] != "I" and value < 40 and _REGNAL.search(before)):
        return f"the {ordinal(value, british)}"
    if _NUMBERED_THING.search(before):
        return cardinal(value, british)
    if len(found[1]) >= 5 and 1500 <= value <= 2100:
        return year(value, british)
    return cardinal(value, british) if len(found[1]) > 1 and value < 40 and _NAMED.search(before) and found[1] != "IV" else None


@rule(r"(?:v|ver|version)\.?\s?(\d{1,8}(?:\.\d{1,8}){0,6})(?!\.?\d)" + END)
def _version(found: Match[str], british: bool) -> str | None:
    return "version " + " point ".join(amount(part, british) for part in found[1].split("."))


def _stop(found: Match[str], surely: bool = False) -> str:
    return "." if found[0].endswith(".") and ends_sentence(found.string, found.end(), surely) else ""


ABBREVIATIONS: tuple[Rule, ...] = (
    *(_written_out, _compared, _numbered, _title, _street, _version, _weekday, _initials, _dotted, _compass, _initial, _roman),
)
