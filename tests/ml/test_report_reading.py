"""Of a report is read what is affirmed of the film, then what is denied or normal."""

from __future__ import annotations

import time

import pytest

from ml.medgaze.report_reading import ReadingOrder, affirms, sentences, spans_to_read
from tests.ml.reports import LONG, LONG_AS_READ


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, 0, len(text))]


def in_order(report: str) -> list[str]:
    return [" ".join(report[start:end].split()) for start, end in spans_to_read(report)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Seen by Dr. Smith. It measures 4.5 cm. Done.", ["Seen by Dr. Smith.", "It measures 4.5 cm.", "Done."]),
        (
            "Tube No. 3 in place. R. lung clear, e.g. its base.",
            ["Tube No. 3 in place.", "R. lung clear, e.g. its base."],
        ),
        ("Is there any? No. Next.", ["Is there any?", "No.", "Next."]),
        ("Fracture of rib 5. No effusion...", ["Fracture of rib 5.", "No effusion..."]),
        ("Nodule (4 mm.) Clear.Normal heart", ["Nodule (4 mm.)", "Clear.", "Normal heart"]),
        ("1. Pneumonia.\n2. No effusion.\n3) Heart normal", ["1. Pneumonia.", "2. No effusion.", "3) Heart normal"]),
        ("- one\n* two\n\u2022 three", ["- one", "* two", "\u2022 three"]),
        ("Heart normal\r\nRight effusion\r\n\r\nthe end", ["Heart normal", "Right effusion", "the end"]),
        ("Opacity in the\nleft lower zone. No\neffusion", ["Opacity in the\nleft lower zone.", "No\neffusion"]),
        ("No evidence of\nTuberculosis, or\nCancer", ["No evidence of\nTuberculosis, or\nCancer"]),
        (" \n ", []),
    ],
)
def test_sentences_end_where_they_do(text: str, said: list[str]) -> None:
    assert cut(text) == said


@pytest.mark.parametrize(
    "sentence",
    [
        "No focal consolidation, pleural effusion, or pneumothorax.",
        "There is no pneumothorax or effusion, and the lungs are clear.",
        "The cardiac and mediastinal silhouettes are unremarkable.",
        "Heart size is normal, lungs are clear without edema.",
        "HEART: Within normal limits.",
        "The heart is not enlarged.",
        "A pneumothorax is not seen.",
        "The right effusion has resolved.",
        "Negative for pneumonia; ribs intact.",
        "Lungs free of consolidation.",
        "2. No acute cardiopulmonary process.",
    ],
)
def test_a_sentence_of_denials_and_normals_affirms_nothing(sentence: str) -> None:
    assert not affirms(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "Right lower lobe pneumonia.",
        "Moderate cardiomegaly without edema.",
        "Right basal opacity, heart normal.",
        "Right effusion no pneumothorax",
        "No pneumothorax, right effusion.",
        "No pneumothorax and a right nodule or scar.",
        "No effusion, edema, or pneumothorax, right rib fracture.",
        "Normal heart size but a nodule in the right apex.",
        "Clear except for a nodule.",
        "No pneumothorax with a small effusion.",
        "Lungs are clear and the heart is enlarged.",
        "The right effusion is no longer seen.",
        "Not significantly changed.",
        "No change in the right effusion.",
        "No evidence of improvement of the effusion.",
        "Pneumonia cannot be excluded.",
        "The effusion has not resolved.",
        "Partially resolved effusion.",
        "A nodule not seen on the prior film.",
        "The lungs are not clear.",
        "Abnormal heart.",
        "Sternotomy wires are intact.",
        "Unchanged.",
        "",
    ],
)
def test_a_sentence_that_may_affirm_something_counts_as_affirming(sentence: str) -> None:
    assert affirms(sentence)


def test_what_the_impression_affirms_comes_first_then_what_the_findings_do_then_denials_and_normals() -> None:
    report = "No effusion. Right opacity. Heart normal. Left nodule.\n\nIMPRESSION: Clear bones. Pneumonia."
    assert in_order(report) == [
        "Pneumonia.",
        "Right opacity.",
        "Left nodule.",
        "No effusion.",
        "Heart normal.",
        "Clear bones.",
    ]


def test_of_a_long_report_findings_and_impression_are_read_the_affirmed_first() -> None:
    assert len(LONG) == 1927
    assert in_order(LONG) == LONG_AS_READ


def test_what_is_read_is_one_line_and_knows_where_it_stood() -> None:
    order = ReadingOrder.spoken("HISTORY: x\nFINDINGS: No\n edema. Left  nodule.")
    assert order.text == "Left nodule. No edema."
    assert order.skipped == ((0, 20),)


def test_the_first_characters_of_what_is_read_are_spans_of_the_report() -> None:
    report = "No edema. Left  nodule."
    order = ReadingOrder.spoken(report)
    assert order.read(report, 0) == ()
    assert order.read(report, 8) == ((10, 19),)  # Left  nod
    assert order.read(report, 15) == ((0, 2), (10, 23))
    assert order.read(report, len(order.text)) == ((0, 23),)


@pytest.mark.parametrize(
    "hostile",
    ["1. " * 6666, "Ab.Cd" * 4000, "." + ")" * 20_000, "a\n" * 10_000, "no a, or " * 2222, "not seen " * 2222,
     "\n- " * 6666, "w" * 20_000, ("\n" + " " * 100 + "a") * 196, "a." * 10_000],
)  # fmt: skip
def test_no_text_takes_long(hostile: str) -> None:
    """.2 s for 20,000 characters, and no more for each further 20,000."""
    text = 5 * hostile
    before = time.process_time()
    ReadingOrder.spoken(text).read(text, 50_000)
    assert time.process_time() - before < 1
