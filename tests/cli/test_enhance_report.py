"""The report of enhancement as people read it."""

from __future__ import annotations

import math

from auricle.cli.enhance_report import aligned, report_text
from auricle.enhancement import Band, Report, Sound, StepReport
from auricle.loudness import Loudness

BEFORE = Sound(Loudness(-31.24, -28.0, -25.0, 7.0, -12.5), -52.04, 61.25)
SILENT = Sound(Loudness(-math.inf, -math.inf, -math.inf, 0.0, -math.inf), -math.inf, 0.5)
STEPS = (StepReport("declick", {"clicks": 12.0, "repaired_samples": 1234567.0}), StepReport("normalize", {"gain_db": 15.24}))


def test_figures_stand_below_each_other() -> None:
    """Before and after in columns that end at the same place, with the unit behind."""
    lines = report_text(Report(BEFORE, SILENT, (), ())).splitlines()
    assert lines[1].split() == ["integrated", "-31.2", "-inf", "LUFS"]
    assert lines[7].split() == ["duration", "61.25", "0.50", "s"]
    assert (
        len(
            {
                line.index(unit)
                for line, unit in zip(lines[1:8], ["LUFS", "LUFS", "LUFS", "LU", "dBTP", "dBFS", "s "], strict=False)
                if unit != "s "
            }
        )
        == 1
    )


def test_steps_say_what_they_did() -> None:
    """A fact's unit stands behind its figure, counts have none, and a step without facts is done."""
    text = report_text(Report(BEFORE, BEFORE, (*STEPS, StepReport("equalize", {})), ()))
    assert "declick    clicks 12, repaired samples 1234567\n" in text
    assert "normalize  gain 15.2 dB\n" in text
    assert text.endswith("equalize   done\n")


def test_the_equaliser_says_its_bands() -> None:
    """Kind, frequency, gain where it has one, and quality."""
    bands = (Band(100.0, -3.0, 1.4), Band(80.0, kind="high_pass"))
    text = report_text(Report(BEFORE, BEFORE, (StepReport("equalize", {}),), ()), bands)
    assert text.endswith("equalize  peak 100 Hz -3 dB Q 1.4, high pass 80 Hz Q 1\n")


def test_what_is_of_no_use_to_a_listener_is_left_out() -> None:
    """No hum is no frequency of 0 Hz, and how often a recording was played is not told."""
    none = StepReport("dehum", {"hum_hz": 0.0, "harmonics": 0.0, "removed_db": 0.0})
    steps = (none, StepReport("denoise", {"noise_lowered_db": 12.34}), StepReport("normalize", {"gain_db": 3.0, "passes": 4.0}))
    assert report_text(Report(BEFORE, BEFORE, steps, ())).endswith(
        "dehum      none found\ndenoise    noise lowered 12.3 dB\nnormalize  gain 3.0 dB\n"
    )


def test_notes_are_last_and_harmless() -> None:
    """What the user should know, one a line, without what a terminal would obey."""
    assert report_text(Report(BEFORE, BEFORE, STEPS, ("One.", "T\x1bwo."))).endswith("\n\n- One.\n- T\N{REPLACEMENT CHARACTER}wo.\n")


def test_aligned() -> None:
    """Cells are as wide as their column, to the left or the right; lines end with their last letter."""
    assert aligned([("a", "b", ""), ("cc", "ddd", "")], right=(1,)) == "a     b\ncc  ddd\n"
