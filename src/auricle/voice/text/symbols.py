"""Symbols → their English names."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["CLOSING", "OPENING", "OPERATORS", "sign", "symbol"]

OPENING = {
    "(": "(",
    "[": "(",
    "{": "(",
    "“": "“",
    "«": "“",
    "‹": "“",
    "„": "“",
    "¿": "",
    "¡": "",
    "「": "“",
    "『": "“",
    "《": "“",
    "（": "(",
}
"""What touches the word after it, and how it is given to an engine."""
CLOSING = {
    ")": ")", "]": ")", "}": ")", "”": "”", "»": "”", "›": "”", ".": ".", ",": ",", ";": ";", ":": ":", "!": "!", "?": "?", "…": "…",
    "—": "—", "–": "—", "|": ",", "‽": "?", "⁇": "?", "‼": "!", "⁉": "?", "。": ".", "、": ",", "」": "”", "』": "”", "》": "”", "‟": "”",
    "¦": ",", "؟": "?", "،": ",", "·": "", "•": "", "‣": "", "◦": "", "▪": "", "●": "", "■": "", "○": "", "_": "", "`": "", "´": "",
    "'": "",
    "¨": "", "¯": "", "¸": "", "˜": "", "″": "", "′": "", "‑": "", "\ufffd": "",
}  # fmt: skip
"""What touches the word before it; "" for what is only seen."""

_NAMES = {
    "&": "and", "+": "plus", "=": "equals", "%": "percent", "@": "at", "#": "hash", "<": "less than", ">": "greater than", "*": "asterisk",
    "/": "slash", "\\": "backslash", "^": "caret", "~": "tilde", "$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "¢": "cent",
    "₹": "rupee", "₩": "won", "₽": "ruble", "₿": "bitcoin", "→": "to", "⟶": "to", "➔": "to", "➜": "to", "←": "from", "↔": "to and from",
    "↑": "up", "↓": "down", "⇒": "implies", "⇐": "is implied by", "⇔": "if and only if", "×": "times", "÷": "divided by",
    "±": "plus or minus",
    "∓": "minus or plus", "−": "minus", "°": "degrees", "§": "section", "¶": "paragraph", "©": "copyright", "®": "registered",
    "™": "trademark", "℠": "service mark", "℗": "sound recording copyright", "†": "dagger", "‡": "double dagger", "№": "number",
    "‰": "per mille", "‱": "per ten thousand", "℃": "degrees Celsius", "℉": "degrees Fahrenheit", "√": "the square root of",
    "∛": "the cube root of", "∞": "infinity", "≤": "is at most", "≥": "is at least", "≠": "is not equal to", "≈": "is about",
    "≡": "is identical to", "≅": "is congruent to", "∼": "is similar to", "∝": "is proportional to", "∑": "the sum of",
    "∏": "the product of",
    "∫": "the integral of", "∂": "partial", "∇": "nabla", "∈": "in", "∉": "not in", "⊂": "is a subset of",
    "⊆": "is a subset of or equal to",
    "⊃": "is a superset of", "∪": "union", "∩": "intersection", "∅": "the empty set", "∀": "for all", "∃": "there is", "∄": "there is no",
    "¬": "not", "∧": "and", "∨": "or", "⊕": "exclusive or", "⊥": "is perpendicular to", "∥": "is parallel to", "∠": "angle",
    "∴": "therefore",
    "∵": "because", "⋅": "times", "∙": "times", "∗": "times", "⁄": "over", "∕": "over", "℮": "estimated", "ℓ": "liter", "ª": "a", "º": "o",
    "♯": "sharp", "♭": "flat", "♮": "natural", "✓": "check", "✗": "cross", "ℵ": "aleph",
    "℀": "account of", "℅": "care of", "ℏ": "h bar", "ⅆ": "d",
}  # fmt: skip
_MICRO = "µ"
_SPELLED = {
    ".": "dot", ",": "comma", ";": "semicolon", ":": "colon", "!": "exclamation mark", "?": "question mark", "-": "dash", "_": "underscore",
    "'": "apostrophe", '"': "quote", "(": "open parenthesis", ")": "close parenthesis", "[": "open bracket", "]": "close bracket",
    "{": "open brace", "}": "close brace", "|": "vertical bar", "`": "backtick", "–": "dash", "—": "dash", "…": "dot dot dot",
}  # fmt: skip
_NUMBERS_IN_NAMES = str.maketrans("0123456789-", " " * 11)


def sign(char: str) -> str:
    """What ``char`` is called where each character counts, as in addresses; "" for what has no name."""
    return _SPELLED.get(char) or symbol(char)


def symbol(char: str) -> str:
    """What is said for a symbol in running text; "" where nothing is."""
    known = _NAMES.get(char) or ("micro" if char == _MICRO else None)
    if known is not None or char.isascii():
        return known or ""
    name = unicodedata.name(char, "")
    greek = re.fullmatch(r"GREEK (?:SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)(?: WITH .*| SYMBOL)?|GREEK ([A-Z]+) SYMBOL", name)
    if greek:
        return {"LAMDA": "lambda"}.get(greek[1] or greek[2], (greek[1] or greek[2]).lower())
    drawn = "\u2500" <= char <= "\u25ff" or "\u2800" <= char <= "\u28ff" or not unicodedata.category(char).startswith("S")
    return "" if drawn else " ".join(name.lower().translate(_NUMBERS_IN_NAMES).split())


OPERATORS = {
    "->": "to", "=>": "to", "<-": "from", "<->": "to and from", "<=": "is at most", ">=": "is at least", "!=": "is not equal to",
    "==": "equals", "&&": "and", "||": "or", "+/-": "plus or minus", "--": "—", "***": "", "**": "", "__": "", "~~": "", "``": "",
    "::": "", "''": "", "//": "", "##": "", "<<": "", ">>": "",
}  # fmt: skip
"""Signs of several characters and their names; "" for what is only seen, "—" for a dash."""
