"""Promises of auricle.music.tags.genre: ten probabilities, and a genre only where there is reason for one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from auricle.music.results import GENRES, UNCERTAIN
from auricle.music.tags.genre import genre_of, genres_of
from auricle.music.tags.musicnn import MAGNATAGATUNE, MILLION_SONGS

FREQUENT = np.array([*np.geomspace(0.19, 0.023, 50), *np.geomspace(0.42, 0.033, 50)])  # as often as the words are in the data, nearly


def scores(magnatagatune: dict[str, float], million_songs: dict[str, float]) -> npt.NDArray[np.float64]:
    """These, and every other word at a quarter of its odds: who is sure of some words has others in mind less."""
    made: npt.NDArray[np.float64] = FREQUENT / (FREQUENT + 4 * (1 - FREQUENT))
    for word, score in magnatagatune.items():
        made[MAGNATAGATUNE.index(word)] = score
    for word, score in million_songs.items():
        made[50 + MILLION_SONGS.index(word)] = score
    return made


CLEAR = {
    "blues": scores({"guitar": 0.6, "country": 0.1, "classical": 0.02}, {"blues": 0.6, "electronic": 0.03, "metal": 0.01, "dance": 0.02}),
    "classical": scores({"classical": 0.8, "strings": 0.6, "violin": 0.5, "drums": 0.01}, {"instrumental": 0.4, "rock": 0.05, "pop": 0.05}),
    "country": scores({"country": 0.3, "guitar": 0.5, "classical": 0.02}, {"country": 0.6, "electronic": 0.02, "metal": 0.01, "folk": 0.2}),
    "disco": scores(
        {"beat": 0.2, "pop": 0.1, "classical": 0.01}, {"dance": 0.5, "80s": 0.4, "70s": 0.3, "funk": 0.3, "soul": 0.3, "party": 0.2}
    ),
    "hiphop": scores({"beat": 0.4, "drums": 0.2, "classical": 0.01, "guitar": 0.04}, {"Hip-Hop": 0.8, "rock": 0.05, "folk": 0.01}),
    "jazz": scores({"piano": 0.2, "rock": 0.01}, {"jazz": 0.9, "instrumental": 0.2, "rock": 0.03, "easy listening": 0.2, "pop": 0.04}),
    "metal": scores(
        {"metal": 0.5, "loud": 0.4, "rock": 0.7}, {"metal": 0.8, "heavy metal": 0.4, "hard rock": 0.2, "soul": 0.01, "jazz": 0.01}
    ),
    "pop": scores(
        {"pop": 0.3, "female": 0.4, "drums": 0.2}, {"pop": 0.6, "female vocalists": 0.5, "rnb": 0.2, "jazz": 0.03, "metal": 0.01}
    ),
    "rock": scores(
        {"rock": 0.6, "guitar": 0.4}, {"rock": 0.7, "classic rock": 0.5, "hard rock": 0.3, "electronic": 0.03, "soul": 0.02, "jazz": 0.02}
    ),
}


@pytest.mark.parametrize("genre", CLEAR)
def test_clear_words_are_a_clear_genre(genre: str) -> None:
    """What both taggers call by a genre's name, and by what it is known for, is that genre."""
    genres = genres_of(CLEAR[genre])
    assert genre_of(genres, CLEAR[genre]) == genres[0].name == genre


def test_reggae_has_no_word_of_its_own() -> None:
    """It is told by chilled, happy, danceable soul and hip-hop of the seventies that is no rock; among the two likeliest."""
    heard = scores(
        {"drums": 0.2, "beat": 0.15, "guitar": 0.2, "classical": 0.01, "strings": 0.01, "rock": 0.04},
        {"soul": 0.2, "Hip-Hop": 0.12, "chillout": 0.2, "70s": 0.1, "60s": 0.07, "happy": 0.1, "oldies": 0.1, "funk": 0.1, "rock": 0.1}
        | {"female vocalists": 0.06, "metal": 0.01, "country": 0.01, "electronic": 0.08, "jazz": 0.06, "classic rock": 0.03, "folk": 0.03},
    )
    assert "reggae" in [tag.name for tag in genres_of(heard)[:2]]


@given(st.lists(st.floats(0, 1), min_size=100, max_size=100))
def test_probabilities_add_up(values: list[float]) -> None:
    """Whatever the scores, 0 and 1 included: the ten genres, the likeliest first, together 1."""
    made = np.array(values)
    genres = genres_of(made)
    assert {tag.name for tag in genres} == set(GENRES)
    assert sum(tag.score for tag in genres) == pytest.approx(1)
    assert [tag.score for tag in genres] == sorted((tag.score for tag in genres), reverse=True)
    assert genre_of(genres, made) in {UNCERTAIN, genres[0].name}


def test_nothing_heard_is_no_genre() -> None:
    """Silence: all are as likely, and none is named."""
    genres = genres_of(None)
    assert [tag.score for tag in genres] == [pytest.approx(0.1)] * 10
    assert genre_of(genres, None) == UNCERTAIN


def test_what_is_like_any_music_is_uncertain() -> None:
    """Words as frequent as they are in all music say nothing."""
    assert genre_of(genres_of(FREQUENT), FREQUENT) == UNCERTAIN


def test_lack_of_all_other_words_is_not_a_genre() -> None:
    """Noise is drums to a tagger and nothing else; nobody calls it by a genre's name."""
    heard = np.full(100, 0.005)
    heard[MAGNATAGATUNE.index("drums")] = 0.6
    assert genre_of(genres_of(heard), heard) == UNCERTAIN


def test_voices_without_music_are_uncertain() -> None:
    """Speech makes a tagger say hip-hop; where nothing plays, it is none, and none is likely."""
    heard = np.full(100, 0.02)
    heard[50 + MILLION_SONGS.index("Hip-Hop")] = 0.5
    for word in ("voice", "vocal", "man"):
        heard[MAGNATAGATUNE.index(word)] = 0.3
    genres = genres_of(heard)
    assert genres[0].score < 0.3
    assert genre_of(genres, heard) == UNCERTAIN
