"""Where a report speaks of its film. What MIMIC-CXR's reader makes of it: test_data_mimic_cxr."""

from __future__ import annotations

import time

import pytest

from ml.medgaze.sections import spoken_part, spoken_spans


def spoken(report: str) -> list[str]:
    return [report[start:end] for start, end in spoken_spans(report)]


def test_the_spans_of_a_report_are_its_findings_and_impression_without_headings() -> None:
    report = "INDICATION: Cough.\n\nFINDINGS: \n Opacity.\n Clear.\n\nIMPRESSION: Pneumonia.\n"
    assert spoken_spans(report) == ((32, 48), (62, 72))
    assert spoken(report) == ["Opacity.\n Clear.", "Pneumonia."]


def test_a_report_without_headings_is_one_span_behind_its_banner() -> None:
    assert spoken_spans("  FINAL REPORT\n Clear: normal. \n") == ((16, 30),)
    assert spoken_spans(" \n") == ()


def test_headings_of_nothing_said_of_the_film_leave_no_span() -> None:
    assert spoken_spans("HISTORY: Fever. Rule out pneumonia.") == ()


def test_findings_without_a_heading_are_the_last_paragraph() -> None:
    assert spoken("COMPARISON: None.\n\nClear.\n\nNormal.\n\nIMPRESSION: Well.") == ["Clear.\n\nNormal.", "Well."]


def test_what_stands_before_an_impression_without_any_heading_is_said_of_the_film() -> None:
    assert spoken("FINAL REPORT\nRight opacity.\n\nIMPRESSION: Pneumonia.") == ["Right opacity.", "Pneumonia."]


def test_in_a_report_of_one_line_headings_stand_behind_sentences() -> None:
    report = "INDICATION: Fever. Cough. FINDINGS: OPACITY. LUNG: SMALL. IMPRESSION: Pneumonia. COMPARISON: None."
    assert spoken(report) == ["OPACITY. LUNG: SMALL.", "Pneumonia."]
    assert spoken("History: cough. Findings: Clear.") == ["Clear."]
    assert spoken("Right opacity (FINDINGS: two).") == ["Right opacity (FINDINGS: two)."]


def test_lines_may_end_as_on_windows() -> None:
    assert spoken("COMPARISON: None.\r\n\r\nClear.\r\n\r\nIMPRESSION:\r\nNormal.\r\n") == ["Clear.", "Normal."]


def test_the_spoken_part_is_its_spans_in_one_line() -> None:
    assert spoken_part("HISTORY: x\nFINDINGS: A \n  b.\nIMPRESSION:\n\n C.\n") == "A b. C."


@pytest.mark.parametrize(
    "hostile", ["FINDINGS:\n" * 2000, "EXAM:\n\n" * 2850, "A" + " " * 20_000, "\n \t" * 6666, "FINXXNGS:\n" * 2000]
)
def test_no_text_takes_long(hostile: str) -> None:
    """.2 s for 20,000 characters, and no more for each further 20,000."""
    before = time.process_time()
    spoken_spans(5 * hostile)
    assert time.process_time() - before < 1
