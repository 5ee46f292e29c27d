"""Marks in report text: in order, apart, on the letters they mean, replaced, in time; and findings left alone."""

from __future__ import annotations

import time
import unicodedata

import pytest

from gazeapp.cases import phi
from gazeapp.cases.phi import folding
from gazeapp.cases.sandbox.readings import readings

HEADER = [
    ("name", "Muster"),
    ("name", "Li"),
    ("number", "9RG1"),
    ("date", "19400305"),
    ("place", "Klinikum  Hamburg Nord"),
]


def found(text: str, identifiers: list[tuple[str, str]] | None = None) -> list[str]:
    return [text[mark.start : mark.end] for mark in phi.find_phi(text, identifiers or [])]


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("MRN: A-12345", ["A-12345"]),
        ("Accession number 4711x9", ["4711x9"]),
        ("See 20119988 above", ["20119988"]),
        ("Call 555 123 4567", ["555 123 4567"]),
        ("Call 555‑123‑4567", ["555‑123‑4567"]),
        ("Call 555–123–4567", ["555–123–4567"]),
        ("MRN 47‑11‑22", ["47‑11‑22"]),
        ("SSN: 078–05–1120", ["078–05–1120"]),
        ("pager 12345", ["12345"]),
        ("Tel.: 0049 40 1234567", ["0049 40 1234567"]),
        ("mail a.b@clinic.example", ["a.b@clinic.example"]),
        ("lives at 12 Baker Street", ["12 Baker Street"]),
    ],
)
def test_numbers_and_addresses_are_found(text: str, marked: list[str]) -> None:
    assert found(text) == marked


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
    assert found(text) == []


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Patient 9rg1 again", ["9rg1"]),
        ("No 9 RG-1 again", ["9 RG-1"]),
        ("at Klinikum Hamburg\nNord", ["Klinikum Hamburg\nNord"]),
        ("at KLINIKUM Hamburg-Nord", ["KLINIKUM Hamburg-Nord"]),
        (
            "the hospital of the sisters of St. Anne in the Hills was",
            ["hospital of the sisters of St. Anne in the Hills"],
        ),
    ],
)
def test_numbers_and_places_of_the_header_are_found(text: str, marked: list[str]) -> None:
    assert found(text, [*HEADER, ("place", "Hospital of the Sisters of St Anne in the Hills")]) == marked


def test_a_number_is_found_without_its_leading_zeros() -> None:
    assert found("No 4711A3 of the ward", [("number", "0004711A3")]) == ["4711A3"]


def test_surrogates_stand_where_the_identities_stood() -> None:
    text = "Mrs Muster, born 5 March 1940, MRN 4711-22: clear lungs. Dr. Karl Weiss"
    marks = phi.find_phi(text, HEADER)
    assert phi.with_surrogates(text, marks) == "Mrs [name], born [date], MRN [number]: clear lungs. Dr. [name]"


def test_surrogates_are_not_marked_again() -> None:
    text = "Mrs [name], born [date], MRN [number], [place], [phone], [e-mail], [age]"
    assert found(text) == []


def test_marks_are_in_order_and_never_overlap() -> None:
    text = "Dr. John Muster 12/03/2019 12/03/2019 Muster MRN 9RG1 john@muster.example" * 5
    marks = phi.find_phi(text, HEADER)
    assert len(marks) > 20
    assert all(one.end <= two.start for one, two in zip(marks, marks[1:], strict=False))


def test_of_marks_that_overlap_nothing_stays_unmarked() -> None:
    text = "Dr. Anna Smith-Muster today"  # the title's mark, and the header's
    assert found(text, [("name", "Muster Berg"), ("name", "Smith-Muster")]) == ["Anna Smith-Muster"]
    assert found("ID 4711 Muster 5", [("place", "4711 Muster 5")]) == ["4711 Muster 5"]


def test_a_mark_that_ends_within_a_longer_one_does_not_cut_it_short() -> None:
    assert found("at Muster Klinik Nord today", [("place", "Muster Klinik Nord"), ("name", "Klinik")]) == [
        "Muster Klinik Nord"
    ]


def test_a_mark_is_of_the_kind_of_the_longest_in_it() -> None:
    header = [("name", "Muster"), ("place", "Muster Klinik Nord")]
    assert [mark.kind for mark in phi.find_phi("in Muster Klinik Nord; Muster", header)] == ["place", "name"]


def test_marks_stand_on_the_letters_of_the_original_text() -> None:
    text = "\ufb01lm \u2460 of Mu\u0308ller\u0301, Stra\u00dfe \ufb03 We\u0131\u00df \U0001d400 Wei\u00df. "
    text += "O\u2019Brie\u0301n\u0301!"
    header = [("name", name) for name in ("Müller", "Weiss", "OBRIEN")]
    marked = found(text, header)
    assert marked == ["Mu\u0308ller\u0301", "We\u0131\u00df \U0001d400 Wei\u00df", "O\u2019Brie\u0301n\u0301"]
    assert phi.with_surrogates("\ufb03 Mu\u0308ller \ufb03", phi.find_phi("\ufb03 Mu\u0308ller \ufb03", header)) == (
        "\ufb03 [name] \ufb03"
    )


def test_odd_header_strings_do_no_harm() -> None:
    odd = [
        ("name", "a.*(b"),
        ("number", "\\d+"),
        ("date", "00000000"),
        ("place", "[x"),
        ("name", "日本太郎"),
        ("name", ""),
    ]
    assert found("Seen by 日本太郎 today (a.*(c), 12 x", odd) == ["日本太郎"]


# Each piece is repeated to 20,000 characters; together they are aimed at every pattern and look-up.
HOSTILE = (
    *("A-", "id-", "A'", "a+", "A.", "a@", "a@a.", "1", "12/", "Dr. ", "Dr. van ", "A Aa ", "Aa, ", "Pt: ", "Li "),
    *(
        "signed by ",
        "12 March ",
        "93 ",
        "s m i t h ",
        "é ",
        "A" * 41 + " ",
        "mrn: #",
        "J. van der ",
        "Aa MD ",
        "\u0301",
        "&",
        "&amp;",
        "&amp;amp;uuml;",
        "&#",
        "９",
        "dj",
        "1.xi.",
        "Aa Aa, radiologist ",
        "Aa Aa,\n",
        "consultant ",
        "Consultant A. ",
        "M/9",
        "M.D., ",
        "Smith J MD ",
        "Drs Smith/",
        "Smith/",
        "RN Aa ",
        "BS. ",
        "12 – ",
        "12 marraskuu",
        "firmado por ",
        "age = ",
        "she is 9",
        "ÿþ",
        "‚ƒ",
        "Ã¼ÊÔ",
        "ﷺ",
        "㏂",
        "&uuml",
        "patient Aa\n",
        "Film of\nAa\n",
        "mxller ",
        "12\nmarch\n",
        "92 \n",
        "Temp 101",
        "4.12.",
    ),
)


MISDECLARED = (
    "Dvořák".encode("cp852"),
    "Петров".encode("mac_cyrillic"),
    "Παπάς".encode("cp737"),
    "김민준".encode("johab"),
)


@pytest.mark.parametrize("piece", HOSTILE)
def test_no_text_takes_long(piece: str) -> None:
    """Whoever sends such a report waits in the web process; everybody else behind him."""
    header = [
        ("name", name)
        for name in ("Smith", "John", "Smith John", "Müller", "O'Brien", "Li", "张志宏", "Иванов", "M?l?r")
    ]
    header += [("name", name) for raw in MISDECLARED for name in readings(raw)]
    header += [("number", "1111111"), ("number", "0009RG1"), ("date", "19400305"), ("place", "A. A. Memorial")]

    def seconds(characters: int) -> float:
        text = (piece * characters)[:characters]
        started = time.process_time()
        phi.find_phi(text, header)
        return time.process_time() - started

    growth = (seconds(20_000) / seconds(5_000) for _ in range(3))
    assert any(ratio < 8 for ratio in growth), "four times the text took more than eight times as long"


def test_no_sign_stands_for_many() -> None:
    """Else a short text becomes a long one, and takes as long."""
    signs = [sign for sign in map(chr, range(0x110000)) if unicodedata.decomposition(sign)]
    assert max(len(folding.fold(sign).text) for sign in signs) == 4
    assert [len(folding.fold(sign).text) for sign in "ﷺ㏂㍿ﬃ½"] == [1, 1, 4, 3, 3]


def test_twenty_thousand_marks_take_no_longer() -> None:
    text = "Li, " * 5_000 + "Li; " * 5_000
    started = time.process_time()
    marks = phi.find_phi(text, [("name", "Li")])
    phi.with_surrogates(text, marks)
    assert time.process_time() - started < 1
    assert len(marks) == 5_000


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("A nonagenarian man.", "nonagenarian"),
        ("A centenarian.", "centenarian"),
        ("Call +44 20 7946 0958.", "+44 20 7946 0958"),
        ("Lives at 12 Main St in town.", "12 Main St"),
        ("GP: Patel", "Patel"),
        ("Referrer: G. Stack", "G. Stack"),
    ],
)
def test_everyday_forms_are_marked_whole(text: str, marked: str) -> None:
    assert [text[mark.start : mark.end] for mark in phi.find_phi(text)] == [marked]
