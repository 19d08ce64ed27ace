"""English words → phonemes in Kokoro's alphabet, which is also hibari's: hibari's grapheme-to-phoneme rules, per token.

Its own normaliser is left out: tokens hold words only (`auricle.voice.text.normalize`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from auricle import weights
from auricle.errors import MissingDependency
from auricle.voice.engine import Token

if TYPE_CHECKING:
    from hibari.g2p import G2P

__all__ = ["phonemes"]

_WORD = re.compile(r"\w(?:.*\w)?", re.DOTALL)


def phonemes(tokens: Sequence[Token], british: bool) -> tuple[str, ...]:
    """What each token sounds like, with the punctuation that touches it; joined by spaces it is what the whole sounds like.

    A token's own phonemes are taken as they are. Context counts: the same letters may sound different ("a lead pipe", "we lead").

    Raises:
        MissingDependency: the extra `voice` is not installed.
    """
    g2p = weights.shared(("english", british), lambda: _load(british))
    heard = [""]
    for part in g2p.phonemize_tokens(g2p.tokenize(" ".join(_plain(token.text) for token in tokens))):
        heard[-1] += part.phonemes or ""
        if part.whitespace:
            heard.append("")
    return tuple(one if token.phonemes is None else _marked(token) for token, one in zip(tokens, heard, strict=True))


def _plain(text: str) -> str:
    """Without what hibari takes for markup of its own, "[word](/phonemes/)"."""
    return text.replace("[", "(").replace("]", ")")


def _marked(token: Token) -> str:
    """A token's own phonemes between the punctuation that its text has."""
    return _WORD.sub(lambda _: token.phonemes or "", token.text, count=1)


def _load(british: bool) -> G2P:
    try:
        from hibari.g2p import G2P
    except ImportError as error:
        raise MissingDependency("speaking", "voice") from error
    return G2P(british=british)
