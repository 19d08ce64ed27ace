"""Money and measures: expectations by hand, after the BIPM's names of units and what cashiers say."""

from __future__ import annotations

import pytest

from tests.voice.text.spoken import spoken

AMERICAN = [
    ("$1,249.50", "one thousand two hundred forty-nine dollars and fifty cents"),
    ("$1", "one dollar"),
    ("$1.01", "one dollar and one cent"),
    ("$0.99", "ninety-nine cents"),
    ("£5m", "five million pounds"),
    ("€3.20", "three euros and twenty cents"),
    ("¥500", "five hundred yen"),
    ("$2.5 billion", "two point five billion dollars"),
    ("99¢", "ninety-nine cents"),
    ("-$5", "minus five dollars"),
    ("a $5 bill", "a five dollar bill"),
    ("$10-20", "ten to twenty dollars"),
    ("$10–$20", "ten to twenty dollars"),
    ("$5/month", "five dollars per month"),
    ("US$20", "twenty U S dollars"),
    ("20 USD", "twenty U S dollars"),
    ("EUR 5 million", "five million euros"),
    ("5 €", "five euros"),
    ("£1.50.", "one pound and fifty pence."),
    ("5 km", "five kilometers"),
    ("1 km", "one kilometer"),
    ("20°C", "twenty degrees Celsius"),
    ("-5°C", "minus five degrees Celsius"),
    ("72 °F", "seventy-two degrees Fahrenheit"),
    ("60 mph", "sixty miles per hour"),
    ("3.5GB", "three point five gigabytes"),
    ("10%", "ten percent"),
    ("0.5%", "zero point five percent"),
    ("100 km/h", "one hundred kilometers per hour"),
    ("10-12 km", "ten to twelve kilometers"),
    ("a 5-km run", "a five kilometer run"),
    ("5 m²", "five square meters"),
    ("9.81 m/s²", "nine point eight one meters per second squared"),
    ("6'2\"", "six foot two"),
    ("5 µs", "five microseconds"),
    ("10 kΩ", "ten kiloohms"),
    ("500 mAh", "five hundred milliamp hours"),
    ("2.4 GHz", "two point four gigahertz"),
    ("5 sq ft", "five square feet"),
    ("5M users", "five million users"),
    ("2 tbsp. of oil", "two tablespoons of oil"),
    ("5 in the morning", "five in the morning"),
    ("8 lbs", "eight pounds"),
    ("1 ft", "one foot"),
    ("5 ft. 3 in. tall", "five feet three inches tall"),
    ("2 lb. 4 oz.", "two pounds four ounces."),
    ("5 in the morning", "five in the morning"),
    ("±2 mm", "plus or minus two millimeters"),
]

BRITISH = [
    ("50p", "fifty pence"),
    ("£101.50", "one hundred and one pounds and fifty pence"),
]


@pytest.mark.parametrize(("text", "said"), AMERICAN)
def test_quantities_are_read_as_a_person_does(text: str, said: str) -> None:
    """Money, units and percentages become words."""
    assert spoken(text) == said


@pytest.mark.parametrize(("text", "said"), BRITISH)
def test_quantities_are_british_in_british_english(text: str, said: str) -> None:
    """Where British readers differ, British voices do."""
    assert spoken(text, "en-GB") == said
