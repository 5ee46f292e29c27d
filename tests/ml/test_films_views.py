"""Frontal chest films are taken, whatever words say so; what says another view or part of the body is not."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from ml.films.faults import FilmFault
from ml.films.views import frontal_chest, view_of


def header(**elements: object) -> Dataset:
    dataset = Dataset()
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return dataset


def code(value: str, meaning: str = "") -> Dataset:
    return header(CodeValue=value, CodingSchemeDesignator="SRT", CodeMeaning=meaning)


def refusal(**elements: object) -> str:
    with pytest.raises(FilmFault) as caught:
        frontal_chest(header(**elements))
    return caught.value.kind


@pytest.mark.parametrize(
    "words",
    [
        "LATERAL", "lateral", "LAT", "Lat.", "LL", "RL", "XTABLE LATERAL", "X-TABLE LAT", "LEFT LATERAL",
        "L LAT", "LLAT", "CHEST_LATERAL", "LAO", "RPO", "LLO", "OBLIQUE", "postero-anterior oblique", "Thorax seitlich",
        "PROFIL", "DORSAL DECUBITUS", "latero-medial",
    ],
)  # fmt: skip
def test_a_side_view_is_known_by_its_words(words: str) -> None:
    assert refusal(ViewPosition=words) == "film-not-frontal"


@pytest.mark.parametrize(
    ("words", "view"),
    [
        ("PA", "PA"), ("AP", "AP"), (" pa ", "PA"), ("AP PORTABLE", "AP"), ("postero-anterior", "PA"), ("AP LLD", "AP"),
        ("Antero-posterior", "AP"), ("LLD", ""), ("LEFT LATERAL DECUBITUS", ""), ("", ""), ("ERECT", ""),
    ],
)  # fmt: skip
def test_a_frontal_view_is_known_by_its_words(words: str, view: str) -> None:
    assert frontal_chest(header(ViewPosition=words)) == view


def test_the_name_of_a_study_of_both_views_says_nothing() -> None:
    assert view_of("CHEST PA AND LATERAL") == view_of("CHEST, TWO VIEWS") == view_of("LATERALITY NOT SAID") == ""


@pytest.mark.parametrize(
    ("item", "view"),
    [
        (code("R-10206"), "AP"), (code("R-10214"), "PA"), (code("272479007"), "PA"),
        (code("local", "antero-posterior"), "AP"), (code("local", "erect"), ""),
    ],
)  # fmt: skip
def test_a_view_code_stands_in_for_a_view_position(item: Dataset, view: str) -> None:
    assert frontal_chest(header(ViewCodeSequence=[item])) == view


@pytest.mark.parametrize("item", [code("R-10236"), code("399198007"), code("R-102CD"), code("local", "left lateral")])
def test_a_side_view_is_known_by_its_code(item: Dataset) -> None:
    assert refusal(ViewCodeSequence=[item]) == "film-not-frontal"
    assert refusal(ViewCodeSequence=[item], ViewPosition="PA") == "film-view"


def test_a_series_description_counts_only_where_nothing_else_says_the_view() -> None:
    assert refusal(SeriesDescription="W Chest Lat.") == "film-not-frontal"
    assert frontal_chest(header(SeriesDescription="W Chest Lat.", ViewPosition="PA")) == "PA"
    assert frontal_chest(header(SeriesDescription="CHEST PA AND LATERAL")) == ""


@pytest.mark.parametrize(
    "part",
    ["CHEST", "THORAX", "THORAX PA", "TORAX", "T\u00d3RAX", "PECHO", "LUNG", "Brustkorb", "UNKNOWN", "OTHER", "", "RIB",
     "CHESTABDOMEN", "CHEST_TO_PELVIS"],
)  # fmt: skip
def test_the_chest_or_nothing_that_is_understood_is_taken(part: str) -> None:
    assert frontal_chest(header(BodyPartExamined=part)) == ""


@pytest.mark.parametrize(
    "part",
    ["EXTREMITY", "ABDOMEN", "KNEE", "HAND", "SKULL", "CSPINE", "TSPINE", "Brustwirbels\u00e4ule", "RODILLA", "FUSS"],
)
def test_another_part_of_the_body_is_refused(part: str) -> None:
    assert refusal(BodyPartExamined=part) == "film-not-chest"


def test_an_anatomic_region_counts_where_the_body_part_says_nothing() -> None:
    knee, chest = code("T-D9200", "Knee"), code("816094009", "Chest")
    assert refusal(AnatomicRegionSequence=[knee]) == refusal(AnatomicRegionSequence=[knee], BodyPartExamined="UNKNOWN")
    assert frontal_chest(header(AnatomicRegionSequence=[chest])) == ""
    assert frontal_chest(header(AnatomicRegionSequence=[knee], BodyPartExamined="CHEST")) == ""
