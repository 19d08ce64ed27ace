"""Words whose full stop does not end a sentence, and words that show that one did, by language.

A stop that is missed costs nothing, for the voice still sees it; a sentence that is cut in two is heard. The lists hold what is
common.
"""

from __future__ import annotations

__all__ = ["BEFORE_A_NAME", "BEFORE_A_NUMBER", "ORDINALS", "SHORTENED", "STARTERS", "Words", "is_listed", "listed"]

Words = dict[str, frozenset[str]]  # by primary language; "*": of all languages


def listed(words: dict[str, str]) -> Words:
    """Lists of words from what is written with spaces between them."""
    return {language: frozenset(written.split()) for language, written in words.items()}


def is_listed(word: str, words: Words, language: str) -> bool:
    """Whether a word is in the list of its language, or in that of all.

    Args:
        word: in small letters.
        words: one of the lists below.
        language: BCP 47 tag.
    """
    return any(word in words.get(name, ()) for name in ("*", language.partition("-")[0].lower()))


# What always goes on: titles, and what introduces something.
BEFORE_A_NAME = listed(
    {
        "*": "mr mrs ms dr prof mme mlle sr sra vs cf e.g i.e viz approx al",
        "en": "messrs rev hon gen col capt cmdr lt sgt cpl sen rep gov pres supt mt v esp incl",
        "de": "hr fr hrn z.b d.h u.a bzw ca evtl ggf inkl st vgl",
        "fr": "m mm st ste c.-à-d",
        "es": "srta dña ud uds p.ej",
        "it": "sig sig.ra dott avv ing",
        "pt": "srta dra exmo",
    }
)

# What goes on when a number follows: "No. 5", but "He said no."
BEFORE_A_NUMBER = listed(
    {
        "*": "no nos fig figs eq p pp vol art op c ca jan feb mar apr jun jul aug sep sept oct nov dec",
        "en": "ch sec pt ver sat sun",
        "de": "nr abb kap s bd",
        "fr": "n janv févr avr juil",
        "es": "núm pág ene abr ago dic",
    }
)

# What may end a sentence: then the next word shows it. Initials and what has stops inside ("U.S.", "a.m.") are the same.
SHORTENED = listed(
    {
        "*": "etc jr sr inc ltd co corp dept tel",
        "en": "st ave blvd rd sq bros assn univ est mon tue tues wed thu thur thurs fri ed eds oz lb lbs ft yd hr hrs min mins esq",
        "de": "usw str mio mrd jh",
        "fr": "env av bd",
        "es": "avda cía",
        "it": "ecc",
    }
)

# What begins a sentence with a capital that it would not have inside one.
STARTERS = listed(
    {
        "en": """a an the this that these those there here it he she we they i you his her its our their my your in on at by for from with
        as after before when while where who what why how if but and or so yet then thus however meanwhile also no not yes some many most
        all both each one now today yesterday once since although because is are was were do does did can could will would have has please
        let""",
        "de": """der die das ein eine er sie es wir ich ihr man in im am auf bei mit nach vor und aber doch dann da wenn als so wer was wie
        warum""",
        "fr": """le la les un une il elle on nous vous ils elles je ce cette ces dans en à au mais et ou donc puis alors quand si qui que
        comment""",
        "es": "el la los las un una él ella nosotros ellos yo este esta en a con pero y o entonces cuando si quién qué cómo por",
        "it": "il lo la i gli le un una egli lei noi loro io questo questa in a con ma e o poi quando se chi che come",
        "pt": "o a os as um uma ele ela nós eles eu este esta em com mas e ou então quando se quem que como",
    }
)

# Where "3." is how "third" is written.
ORDINALS = ("de", "da", "nb", "nn", "no", "fi", "et", "lv", "cs", "sk", "pl", "hu", "hr", "sl", "sr", "tr", "is")
