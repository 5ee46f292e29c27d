"""Identities in report text: found, marked, replaced; and findings left alone."""

from __future__ import annotations

import pytest

from gazeapp.cases import reports

HEADER = [
    ("name", "Muster"),
    ("name", "Li"),
    ("number", "9RG1"),
    ("date", "19400305"),
    ("place", "Klinikum  Hamburg Nord"),
]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Compared with 12/03/2019 there is", ["12/03/2019"]),
        ("Compared with 2019-03-12.", ["2019-03-12"]),
        ("Film of 12.03.19, erect.", ["12.03.19"]),
        ("Seen on March 3, 2019 and 4 April 2020", ["March 3, 2019", "4 April 2020"]),
        ("Seen in May 2021.", ["May 2021"]),
        ("MRN: A-12345", ["A-12345"]),
        ("Accession number 4711x9", ["4711x9"]),
        ("See 20119988 above", ["20119988"]),
        ("Discussed with Dr. Anna Smith at noon", ["Anna Smith"]),
        ("Mrs Weber tolerated", ["Weber"]),
        ("Patient: John Doe", ["John Doe"]),
        ("Signed by Maria Garcia", ["Maria Garcia"]),
        ("Jane Roe, MD", ["Jane Roe"]),
        ("Call 555 123 4567", ["555 123 4567"]),
        ("pager 12345", ["12345"]),
        ("mail a.b@clinic.example", ["a.b@clinic.example"]),
        ("A 93-year-old woman", ["93-year-old"]),
        ("lives at 12 Baker Street", ["12 Baker Street"]),
    ],
)
def test_patterns_find_what_looks_like_an_identity(text: str, found: list[str]) -> None:
    assert [text[mark.start : mark.end] for mark in reports.find_marks(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "The heart is of normal size. No pleural effusion, no pneumothorax.",
        "A 2.3 cm nodule in the right upper lobe, previously 1.9 cm. Cobb angle 12 degrees.",
        "Rib fractures 3/4 and 5-7 on the left. T12 wedge deformity. Tip of the tube 4.5 cm above the carina.",
        "PA and lateral views. Cardiothoracic ratio 0.55. ETT, NGT and PICC line in place; may represent edema.",
        "Findings: Clear lungs. Impression: 1. No acute process. 2. Degenerative change.",
        "A 67-year-old man with cough. SpO2 93 percent.",
        "Right Lower Lobe consolidation. Swan Ganz catheter. Kerley B lines.",
    ],
)
def test_findings_are_left_alone(text: str) -> None:
    assert reports.find_marks(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("muster, known nodule", ["muster"]),
        ("MUSTER and muster", ["MUSTER", "muster"]),
        ("Ms Li was", ["Li"]),
        ("lines and Lipoma", []),
        ("Patient 9rg1 again", ["9rg1"]),
        ("born 5 March 1940", ["5 March 1940"]),
        ("born 05.03.1940", ["05.03.1940"]),
        ("born 3/5/40", ["3/5/40"]),
        ("born on March 5", ["March 5"]),
        ("at Klinikum Hamburg\nNord", ["Klinikum Hamburg\nNord"]),
    ],
)
def test_what_the_header_names_is_found_in_the_text(text: str, found: list[str]) -> None:
    assert [text[mark.start : mark.end] for mark in reports.find_marks(text, HEADER)] == found


def test_surrogates_stand_where_the_identities_stood() -> None:
    text = "Mrs Muster, born 5 March 1940, MRN 4711-22: clear lungs. Dr. Karl Weiss"
    marks = reports.find_marks(text, HEADER)
    assert reports.with_surrogates(text, marks) == "Mrs [name], born [date], MRN [number]: clear lungs. Dr. [name]"


def test_surrogates_are_not_marked_again() -> None:
    text = "Mrs [name], born [date], MRN [number], [place], [phone], [e-mail], [age]"
    assert reports.find_marks(text) == []


def test_marks_are_in_order_and_never_overlap() -> None:
    text = "Dr. John Muster 12/03/2019 12/03/2019 Muster MRN 9RG1 john@muster.example" * 5
    marks = reports.find_marks(text, HEADER)
    assert marks == sorted(marks, key=lambda mark: mark.start)
    assert all(one.end <= two.start for one, two in zip(marks, marks[1:], strict=False))


def test_odd_header_strings_do_no_harm() -> None:
    odd = [("name", "a.*(b"), ("number", "\\d+"), ("date", "00000000"), ("place", "[x"), ("name", "日本太郎")]
    assert [m.start for m in reports.find_marks("Seen by 日本太郎 today (a.*(b)", odd)] == [8, 20]


def test_control_characters_and_odd_line_ends_are_cleaned() -> None:
    assert reports.clean("\ufeffLungs\x00 clear.  \r\nHeart\rnormal.\n\n") == "Lungs clear.\nHeart\nnormal."


@pytest.mark.parametrize(
    "text", ["1" * 20_000, "Dr. " * 5_000, "A" * 20_000, "a@" * 10_000, " " * 20_000, "12/" * 6_000]
)
def test_long_odd_texts_take_no_time(text: str) -> None:
    import time

    started = time.process_time()
    reports.find_marks(text, HEADER)
    assert time.process_time() - started < 2
