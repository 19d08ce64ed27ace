"""The genre, read from the words: no labelled recordings were used, only what is known about the music.

For each of the ten genres a portrait says which words listeners give to such music more often than to music at large, and which less
often. Some genres have no word of their own among the hundred: reggae and disco show by several (and by what they are not). A recording is
compared with the portraits as words and images are in zero-shot classification (Radford et al., "Learning Transferable Visual Models
From Natural Language Supervision", ICML 2021, section 3.1): by direction, then softmax.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from auricle.music.results import GENRES, UNCERTAIN, Tag
from auricle.music.tags.musicnn import MAGNATAGATUNE, MILLION_SONGS

__all__ = ["genre_of", "genres_of"]

Row = tuple[float, tuple[int, ...]]

# Each word's share of the training data, then what to expect of its log odds against that share (natural logarithm: 3 is twenty times the
# odds) in blues, classical, country, disco, hip-hop, jazz, metal, pop, reggae and rock: the order of `GENRES`. The shares are the words'
# counts in the Million Song Dataset's Last.fm tags (of 241,904 tracks with one of the fifty) and in MagnaTagATune (of 25,863 clips).
_MILLION_SONGS: Mapping[str, Row] = MappingProxyType(
    {  #                      blu cla cou dis hip jaz met pop reg roc
        "rock": (0.42, (-1, -3, -1, -2, -2, -3, 0, -2, -2, 1)),
        "pop": (0.29, (-2, -3, 0, 1, -2, -2, -3, 2, -1, 0)),
        "alternative rock": (0.13, (-2, -3, -2, -3, -3, -3, 0, -2, -3, 1)),
        "punk": (0.07, (-2, -3, -2, -2, -2, -3, 2, -2, -2, 1)),
        "metal": (0.11, (-3, -3, -3, -3, -2, -3, 3, -3, -3, 0)),
        "heavy metal": (0.04, (-3, -3, -3, -3, -3, -3, 3, -3, -3, 0)),
        "hard rock": (0.06, (-1, -3, -2, -2, -3, -3, 2, -3, -3, 1)),
        "classic rock": (0.10, (1, -3, 0, 0, -3, -2, 0, -2, -1, 2)),
        "Progressive rock": (0.04, (-2, -1, -2, -2, -3, -2, 1, -2, -2, 1)),
        "jazz": (0.12, (0, 0, -1, -2, -1, 3, -3, -1, -1, -2)),
        "blues": (0.07, (3, -2, 0, -2, -2, 0, -2, -2, -1, 0)),
        "country": (0.05, (0, -3, 3, -2, -3, -1, -3, -1, -2, -1)),
        "folk": (0.08, (1, 0, 1, -3, -3, -1, -3, -1, -2, -1)),
        "acoustic": (0.06, (1, 0, 1, -3, -3, -1, -3, 0, -2, -1)),
        "Hip-Hop": (0.05, (-2, -3, -3, -1, 3, -2, -2, 0, 1, -2)),
        "rnb": (0.04, (-1, -3, -1, 1, 1, -1, -3, 2, 1, -2)),
        "soul": (0.10, (0, -3, -1, 2, 0, 0, -3, 1, 1, -1)),
        "funk": (0.04, (0, -3, -2, 2, 1, 0, -2, 0, 1, 0)),
        "dance": (0.14, (-3, -3, -2, 2, 0, -3, -3, 1, 0, -2)),
        "electronic": (0.19, (-3, -2, -3, 0, 0, -2, -2, 0, -1, -2)),
        "House": (0.03, (-3, -3, -3, 1, 0, -2, -3, 0, 0, -3)),
        "party": (0.05, (-1, -3, -1, 2, 1, -2, -1, 1, 1, -1)),
        "catchy": (0.04, (-1, -3, 0, 1, 0, -2, -2, 1, 0, 0)),
        "sexy": (0.04, (-1, -2, -2, 1, 1, 0, -2, 1, 0, -1)),
        "happy": (0.03, (0, -2, 0, 1, -1, -1, -3, 1, 1, -1)),
        "80s": (0.08, (-1, -3, 0, 2, -2, -2, 0, 0, 0, 1)),
        "70s": (0.05, (0, -3, 0, 2, -2, -1, -1, -1, 1, 1)),
        "60s": (0.04, (1, -2, 1, 0, -3, 1, -2, -2, 1, 1)),
        "oldies": (0.07, (1, -1, 1, 1, -3, 1, -3, -1, 1, 0)),
        "instrumental": (0.07, (0, 2, -2, -2, -2, 1, -1, -3, -1, -1)),
        "ambient": (0.06, (-2, 2, -3, -3, -3, -1, -2, -2, -2, -2)),
        "chillout": (0.11, (-2, 0, -3, -1, -1, 0, -3, -1, 1, -2)),
        "easy listening": (0.05, (0, 1, 1, 0, -3, 2, -3, 0, 0, -1)),
        "female vocalists": (0.18, (-2, -2, -1, 1, -2, -1, -3, 2, -1, -2)),
        "male vocalists": (0.10, (0, -3, 0, -1, -1, -2, -1, -1, 0, 0)),
    }
)
_MAGNATAGATUNE: Mapping[str, Row] = MappingProxyType(
    {  #               blu cla cou dis hip jaz met pop reg roc
        "classical": (0.165, (-2, 2, -2, -3, -3, -1, -3, -2, -3, -3)),
        "strings": (0.106, (-1, 2, -1, -2, -3, -1, -3, -1, -3, -2)),
        "violin": (0.071, (-2, 2, -1, -2, -3, -1, -3, -2, -3, -3)),
        "opera": (0.050, (-3, 1, -3, -3, -3, -2, -3, -2, -3, -3)),
        "piano": (0.079, (-1, 1, -1, -2, -2, 1, -3, 0, -2, -2)),
        "guitar": (0.188, (2, -1, 2, -1, -2, 0, 0, -1, 0, 1)),
        "country": (0.024, (1, -3, 3, -1, -2, 0, -3, -1, 0, 0)),
        "rock": (0.092, (0, -3, 0, 0, -2, -2, 2, -1, -1, 3)),
        "metal": (0.024, (-3, -3, -3, -2, -2, -3, 3, -3, -3, 1)),
        "loud": (0.042, (-2, -3, -2, 0, 0, -2, 3, -1, -1, 1)),
        "techno": (0.114, (-3, -3, -3, 0, 0, -2, -1, -1, -1, -2)),
        "beat": (0.074, (-1, -3, -2, 1, 2, -1, -1, 1, 1, 0)),
        "drums": (0.100, (-1, -3, -1, 1, 1, 0, 0, 0, 1, 0)),
        "pop": (0.038, (-1, -3, 1, 1, 0, -2, -1, 2, 1, 1)),
        "female": (0.057, (-2, -1, -1, 0, -1, -2, -3, 2, -1, -2)),
        "slow": (0.137, (0, 1, 0, -2, -2, 0, -3, 0, -1, -1)),
    }
)
_WORDS = np.array([*(MAGNATAGATUNE.index(word) for word in _MAGNATAGATUNE), *(50 + MILLION_SONGS.index(word) for word in _MILLION_SONGS)])
_SHARES = np.array([share for share, _ in (*_MAGNATAGATUNE.values(), *_MILLION_SONGS.values())])
_EXPECTED = np.array([odds for _, odds in (*_MAGNATAGATUNE.values(), *_MILLION_SONGS.values())], np.float64)

_LOWEST, _HIGHEST = -3.0, 4.5  # log odds beyond them say no more
# A word that is the name of a genre counts for more than a hint: twice.
_NAMES = frozenset(("blues", "classical", "country", "Hip-Hop", "jazz", "metal", "heavy metal", "pop", "rock"))
_WEIGHTS = np.array([2.0 if word in _NAMES else 1.0 for word in (*_MAGNATAGATUNE, *_MILLION_SONGS)])
# Words repeat each other (an error is shared by about five), and a portrait is wrong by about a step of log odds in each word: two
# projections differ by some 3 to 4 of error, and a genre stands 6 to 10 out. Softmax of half of it is about as sure as that allows.
_TEMPERATURE = 1.8
_WITHOUT_MUSIC = 10.0  # the same, where nothing seems to play
_LIKELY, _MARGIN = 0.35, 0.1  # a genre is named that is this likely, and by so much more than the next
_NAMELESS = frozenset(("disco", "reggae"))  # genres whose name is not among the words

# What plays, and its words' shares in MagnaTagATune. Where none of them stands out there is speech or noise, and no music.
_SOUNDS: Mapping[str, float] = MappingProxyType(
    {
        word: share
        for words, share in (
            (("guitar",), 0.188),
            (("techno", "strings", "drums", "electronic"), 0.105),
            (("rock", "piano", "beat", "violin", "synth"), 0.077),
            (("indian", "harpsichord", "flute", "sitar"), 0.042),
            (("choir", "harp", "cello", "metal", "choral"), 0.026),
        )
        for word in words
    }
)
_PLAYS = np.log(2)  # stands out: has twice the odds


def genres_of(scores: npt.NDArray[np.float64] | None) -> tuple[Tag, ...]:
    """The ten genres with their probabilities, the likeliest first; nearly the same where no music was heard.

    Args:
        scores: of all words: those of `MAGNATAGATUNE`, then those of `MILLION_SONGS`; shape (100,), 0 to 1; None for silence.
    """
    likeness = np.zeros(len(GENRES)) if scores is None else _likeness(scores)
    temperature = _TEMPERATURE if scores is None or _plays(scores) else _WITHOUT_MUSIC
    powers = np.exp((likeness - likeness.max()) / temperature)
    shares = powers / powers.sum()
    return tuple(Tag(GENRES[n], float(shares[n])) for n in np.argsort(-shares, kind="stable"))


def genre_of(genres: tuple[Tag, ...], scores: npt.NDArray[np.float64] | None) -> str:
    """The likeliest, or "uncertain".

    It is uncertain where the likeliest is not likely enough or another is nearly as likely, and where none of its own words
    fits, so that only the lack of others speaks for it.

    Args:
        genres: what `genres_of` found.
        scores: what it found it in.
    """
    first, second = genres[:2]
    clear = first.score >= _LIKELY and first.score - second.score >= _MARGIN
    return first.name if clear and scores is not None and _named(scores, first.name) else UNCERTAIN


def _plays(scores: npt.NDArray[np.float64]) -> bool:
    words = [MAGNATAGATUNE.index(word) for word in _SOUNDS]
    return bool(np.any(_log_odds(scores[words]) - _log_odds(np.array([*_SOUNDS.values()])) > _PLAYS))


def _named(scores: npt.NDArray[np.float64], genre: str) -> bool:
    """Whether a word that is its name, or for want of one a word that is expected, fits better than it fits music at large."""
    expected = _EXPECTED[:, GENRES.index(genre)]
    own = expected >= 1 if genre in _NAMELESS else (_WEIGHTS > 1) & (expected == _EXPECTED.max(axis=1))
    return bool(np.any(scores[_WORDS[own]] > _SHARES[own]))


def _likeness(scores: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """How far the recording lies from the average of the genres in the direction of each, shape (10,). Log odds.

    Direction and not distance, because how sure the taggers are differs from recording to recording (and with the quality of the
    sound), and is not what the portraits are about. What all words have in common says nothing, for the same reason.
    """
    evidence = _evidence(_log_odds(scores[_WORDS]) - _log_odds(_SHARES))
    expected = _evidence(_EXPECTED)
    average = expected.mean(axis=1)
    portraits = expected - average[:, None]
    portraits = (portraits - portraits.mean(axis=0)) * _WEIGHTS[:, None]
    towards = portraits / np.sqrt(np.square(portraits).sum(axis=0))
    distance = evidence - average
    return np.asarray(np.einsum("w,wg->g", (distance - distance.mean()) * _WEIGHTS, towards))


def _evidence(odds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """What log odds are worth: a word that does not come says half as much as one that does, for listeners leave out much that is true."""
    limited = np.clip(odds, _LOWEST, _HIGHEST)
    return np.where(limited < 0, limited / 2, limited)


def _log_odds(probability: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    certain = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: npt.NDArray[np.float64] = np.log(certain / (1 - certain))
    return odds
