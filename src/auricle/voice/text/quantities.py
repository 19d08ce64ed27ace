"""Money and measures → English words."""

from __future__ import annotations

import re
from re import Match

from auricle.voice.text.numbers import amount, cardinal
from auricle.voice.text.rules import AMOUNT, END, rule

__all__ = ["CODED_MONEY", "QUANTITIES", "UNITS", "rate"]

_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"), "£": ("pound", "pounds", "penny", "pence"), "€": ("euro", "euros", "cent", "cents"),
    "¥": ("yen", "yen", "", ""), "₹": ("rupee", "rupees", "paisa", "paise"), "₩": ("won", "won", "", ""),
    "₽": ("ruble", "rubles", "kopek", "kopeks"), "₺": ("lira", "lira", "kurush", "kurush"), "₪": ("shekel", "shekels", "agora", "agorot"),
    "₫": ("dong", "dong", "", ""), "₿": ("bitcoin", "bitcoins", "", ""), "₴": ("hryvnia", "hryvnias", "kopeck", "kopecks"),
    "฿": ("baht", "baht", "satang", "satang"), "₱": ("peso", "pesos", "centavo", "centavos"), "₦": ("naira", "naira", "kobo", "kobo"),
}  # fmt: skip
_COUNTRIES = {
    "US": "U S ", "C": "Canadian ", "CA": "Canadian ", "A": "Australian ", "AU": "Australian ", "NZ": "New Zealand ", "HK": "Hong Kong ",
    "S": "Singapore ", "R": "Brazilian ",
}  # fmt: skip
_CODES = {
    "USD": ("U S dollar", "U S dollars"), "EUR": ("euro", "euros"), "GBP": ("pound", "pounds"), "JPY": ("yen", "yen"),
    "CHF": ("Swiss franc", "Swiss francs"), "CAD": ("Canadian dollar", "Canadian dollars"), "INR": ("rupee", "rupees"),
    "AUD": ("Australian dollar", "Australian dollars"), "CNY": ("yuan", "yuan"), "SEK": ("Swedish krona", "Swedish kronor"),
    "NOK": ("Norwegian krone", "Norwegian kroner"), "DKK": ("Danish krone", "Danish kroner"), "BTC": ("bitcoin",
    "bitcoins"), "Rs": ("rupee", "rupees"), "Rs.": ("rupee", "rupees"),
}  # fmt: skip
_GREAT = {
    "k": "thousand",
    "m": "million",
    "mn": "million",
    "mm": "million",
    "b": "billion",
    "bn": "billion",
    "t": "trillion",
    "tn": "trillion",
}
_SCALE = r"(?:\s?-?(thousand|million|billion|trillion|[kKmMbBT]|mn|bn|tn|Mn|Bn)(?![^\W_]))?"

_LENGTHS = {
    "km": "kilometer", "cm": "centimeter", "mm": "millimeter", "nm": "nanometer", "µm": "micrometer", "m": "meter", "mi": "mile",
    "yd": "yard", "yds": "yard", "au": "astronomical unit", "ly": "light year",
}  # fmt: skip
_BYTES = {
    f"{short}{unit}": f"{long}{name}"
    for unit, name in (("B", "byte"), ("bit", "bit"), ("iB", "bibyte"))
    for short, long in {"K": "kilo", "k": "kilo", "M": "mega", "G": "giga", "T": "tera", "P": "peta"}.items()
} | {"KiB": "kibibyte", "MiB": "mebibyte", "GiB": "gibibyte", "TiB": "tebibyte", "PiB": "pebibyte"}  # fmt: skip
_REGULAR = _LENGTHS | _BYTES | {
    "kg": "kilogram", "g": "gram", "mg": "milligram", "µg": "microgram", "mcg": "microgram", "lb": "pound", "lbs": "pound", "oz": "ounce",
    "L": "liter", "l": "liter", "ml": "milliliter", "mL": "milliliter", "cl": "centiliter", "dl": "deciliter", "gal": "gallon",
    "fl oz": "fluid ounce", "tbsp": "tablespoon", "tsp": "teaspoon", "qt": "quart", "ha": "hectare",
    "kW": "kilowatt", "MW": "megawatt", "GW": "gigawatt", "W": "watt", "kWh": "kilowatt hour", "MWh": "megawatt hour", "Wh": "watt hour",
    "V": "volt", "kV": "kilovolt", "mV": "millivolt", "mA": "milliamp", "mAh": "milliamp hour", "Ah": "amp hour",
    "Ω": "ohm", "kΩ": "kiloohm", "MΩ": "megaohm", "Pa": "pascal", "kPa": "kilopascal", "hPa": "hectopascal", "MPa": "megapascal",
    "dB": "decibel", "cal": "calorie", "kcal": "kilocalorie", "kJ": "kilojoule", "MJ": "megajoule", "eV": "electron volt",
    "keV": "kilo electron volt", "MeV": "mega electron volt", "GeV": "giga electron volt", "mol": "mole",
    "h": "hour", "hr": "hour", "hrs": "hour", "min": "minute", "mins": "minute", "s": "second", "sec": "second", "secs": "second",
    "ms": "millisecond", "µs": "microsecond", "ns": "nanosecond", "yr": "year", "yrs": "year", "wk": "week", "wks": "week",
    "px": "pixel", "mpg": "mile per gallon", "mph": "mile per hour", "kph": "kilometer per hour", "fps": "frame per second",
    "bps": "bit per second", "kbps": "kilobit per second", "Kbps": "kilobit per second", "Mbps": "megabit per second",
    "Gbps": "gigabit per second", "dpi": "dot per inch", "ppm": "part per million", "ppb": "part per billion",
}  # fmt: skip
_IRREGULAR = {
    "ft": ("foot", "feet"), "sq ft": ("square foot", "square feet"), "Hz": ("hertz", "hertz"), "kHz": ("kilohertz", "kilohertz"),
    "MHz": ("megahertz", "megahertz"), "GHz": ("gigahertz", "gigahertz"), "THz": ("terahertz", "terahertz"), "%": ("percent", "percent"),
    "‰": ("per mille", "per mille"), "°": ("degree", "degrees"), "°C": ("degree Celsius", "degrees Celsius"),
    "°F": ("degree Fahrenheit", "degrees Fahrenheit"), "° C": ("degree Celsius", "degrees Celsius"), "°N": ("degree north",
    "degrees north"),
    "° F": ("degree Fahrenheit", "degrees Fahrenheit"), "°S": ("degree south", "degrees south"), "°E": ("degree east", "degrees east"),
    "°W": ("degree west", "degrees west"), "℃": ("degree Celsius", "degrees Celsius"), "℉": ("degree Fahrenheit", "degrees Fahrenheit"),
    "psi": ("P S I", "P S I"), "rpm": ("R P M", "R P M"), "″": ("inch", "inches"), "′": ("foot", "feet"), "in": ("inch", "inches"),
    "pp": ("percentage point", "percentage points"), "bpm": ("beat per minute", "beats per minute"),
}  # fmt: skip


def _plural(unit: str) -> str:
    head, per, tail = unit.partition(" per ")
    return f"{head}{'es' if head.endswith(('s', 'ch')) else 's'}{per}{tail}"


UNITS = {short: (name, _plural(name)) for short, name in _REGULAR.items()} | _IRREGULAR
"""Symbol → singular and plural."""
UNITS |= {f"sq {short}": (f"square {name}", f"square {name}s") for short, name in _LENGTHS.items()}
UNITS |= {
    f"{short}{mark}": (f"{power} {name}", f"{power} {name}s")
    for short, name in _LENGTHS.items()
    for mark, power in {"²": "square", "2": "square", "^2": "square", "³": "cubic", "3": "cubic", "^3": "cubic"}.items()
}
UNITS |= {unit.replace("µ", "μ"): names for unit, names in UNITS.items() if "µ" in unit}  # the micro sign, and the Greek letter
_ANY = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
_UNIT = rf"({_ANY})(?![^\W_]|[²³])"
_RATES = UNITS | {
    "mo": ("month", "months"),
    "d": ("day", "days"),
    "y": ("year", "years"),
    "person": ("person", "people"),
    "s²": ("second squared",) * 2,
}
_RATE = re.compile(
    rf"/\s?(?:({'|'.join(re.escape(unit) for unit in sorted(_RATES, key=len, reverse=True))})(?![^\W_]|[²³])|(?=[a-z]{{2}}))"
)


@rule(
    rf"([-−+])?(US|CA|AU|NZ|HK|C|A|S|R)?([{''.join(_CURRENCIES)}])\s?([-−])?({AMOUNT}|\.\d{{1,6}})(?:\s?[-–]\s?\3?({AMOUNT}))?{_SCALE}(?!\d)"
)
def _money(found: Match[str], british: bool) -> str | None:
    sign = {"-": "minus ", "−": "minus ", "+": "plus "}.get(found[1] or found[4] or "", "")
    names = _CURRENCIES[found[3]]
    country = _COUNTRIES.get(found[2] or "", "")
    great = _great(found[7])
    single = _one_thing(found) or (found[5] == "1" and not great and not found[6])
    if found[6] or great or not re.fullmatch(r"[\d,]*(?:\.\d\d)?", found[5]) or not names[2]:
        until = f" to {amount(found[6], british)}" if found[6] else ""
        return f"{sign}{amount(found[5], british)}{until}{great} {country}{names[0 if single else 1]}"
    return sign + _coins(found[5], country, names, single, british)


def _coins(written: str, country: str, names: tuple[str, str, str, str], single: bool, british: bool) -> str:
    """An amount with two decimals, or none, in dollars and cents."""
    whole, _, small = written.replace(",", "").partition(".")
    cents = int(small or 0)
    large = f"{amount(whole or '0', british)} {country}{names[0 if single or whole == '1' else 1]}"
    part = f"{cardinal(cents, british)} {names[2 if cents == 1 else 3]}"
    if not cents:
        return large
    return f"{large} and {part}" if int(whole or 0) else part


@rule(rf"({AMOUNT})\s?¢")
def _cents(found: Match[str], british: bool) -> str | None:
    return f"{amount(found[1], british)} cent{'s' * (found[1] != '1')}"


@rule(r"(\d{1,2})p" + END)
def _pence(found: Match[str], british: bool) -> str | None:
    return f"{cardinal(int(found[1]))} {'penny' if found[1] == '1' else 'pence'}" if british else None


@rule(rf"({AMOUNT}){_SCALE}\s?({'|'.join(map(re.escape, _CODES))}|[{''.join(_CURRENCIES)}])(?!\w)")
def _money_after(found: Match[str], british: bool) -> str | None:
    names = _CODES.get(found[3]) or _CURRENCIES[found[3]]
    return f"{amount(found[1], british)}{_great(found[2])} {names[0 if found[1] == '1' and not found[2] else 1]}"


@rule(rf"({'|'.join(map(re.escape, _CODES))})\s?({AMOUNT}){_SCALE}(?!\d)")
def _coded(found: Match[str], british: bool) -> str | None:
    names = _CODES[found[1]]
    return f"{amount(found[2], british)}{_great(found[3])} {names[0 if found[2] == '1' and not found[3] else 1]}"


@rule(rf"([-−+±~≈])?({AMOUNT}|\.\d{{1,9}})(\s?-|\s?){_UNIT}(?:\.(?=\s[a-z]|[,;]|\s\d{{1,2}}\s?(?:in|oz)\b))?")
def _measure(found: Match[str], british: bool) -> str | None:
    tall = re.search(r"\b(?:ft\.?|feet),?\s\Z", found.string[max(0, found.start() - 7) : found.start()])
    if found[4] == "in" and found[3] not in {"", "-"} and not tall and found[0][-1] != ".":
        return None  # 5 in the morning
    sign = {"-": "minus ", "−": "minus ", "+": "plus ", "±": "plus or minus ", "~": "about ", "≈": "about "}.get(found[1] or "", "")
    attributive = found[3].endswith("-")
    return f"{sign}{amount(found[2], british)} {UNITS[found[4]][0 if attributive or found[2] == '1' else 1]}"


@rule(r"(\d{1,2})['′]\s?(\d{1,2})(?:[\"″]|'')?(?![\d'])" + END)
def _height(found: Match[str], british: bool) -> str | None:
    return f"{cardinal(int(found[1]))} foot {cardinal(int(found[2]))}" if int(found[2]) < 12 else None


@rule(r"(\d{1,4}(?:\.\d{1,3})?)(M|B|bn|mn)(?![^\W_]|')")
def _great_count(found: Match[str], british: bool) -> str | None:
    return None if found[2] == "B" and "." not in found[1] else f"{amount(found[1], british)}{_great(found[2])}"


def rate(text: str, place: int) -> tuple[str, int] | None:
    """What follows a quantity after a slash at ``place``, "/h" or "/month", and its end; None when it is no rate."""
    found = _RATE.match(text, place)
    if not found:
        return None
    return (f"per {_RATES[found[1]][0]}" if found[1] else "per"), found.end()


def _great(written: str | None) -> str:
    return f" {_GREAT.get(written.lower(), written)}" if written else ""


def _one_thing(found: Match[str]) -> bool:
    """Whether it says what kind of thing: "a $5 bill"."""
    before = found.string[max(0, found.start() - 4) : found.start()].lower()
    return (
        re.search(r"(?:\A|\s)an?\s\Z", before) is not None and re.match(r"\s[a-z]", found.string[found.end() : found.end() + 2]) is not None
    )


QUANTITIES = (_money, _cents, _height, _measure, _pence, _money_after, _great_count)
CODED_MONEY = (_coded,)
