"""Names that mix letters and figures: expectations by hand."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("MP3", "M P three"),
    ("MP3s", "M P threes"),
    ("H2O", "H two O"),
    ("4K", "four K"),
    ("B2B", "B two B"),
    ("COVID-19", "COVID nineteen"),
    ("F-16", "F sixteen"),
    ("R2D2", "R two D two"),
    ("x86", "X eighty-six"),
    ("3D", "three D"),
    ("5G", "five G"),
    ("A4", "A four"),
    ("RTX4090", "R T X forty ninety"),
    ("1080p", "ten eighty P"),
    ("NASA", "NASA"),
    ("FBI", "FBI"),
    ("Windows11", "Windows eleven"),
    ("20-year-old", "twenty year-old"),
    ("IoT", "I O T"),
    ("IoT-based", "I O T based"),
    ("the DoD's", "the D O D's"),
    ("PwC, KfW", "P W C, K F W"),
    ("two PhDs", "two P H Ds"),
    ("iPhone, GitHub, LoRa, WiFi, MySQL, ReLU", "iPhone, GitHub, LoRa, WiFi, MySQL, ReLU"),
    ("McDonald", "McDonald"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_spelling_are_read_as_a_person_does(text: str, said: str) -> None:
    """Letters and figures are told apart; words in capitals are left to whoever knows them."""
    assert spoken(text) == said
