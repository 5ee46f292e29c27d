"""MIMIC-CXR: frontal films, reports beside their study's folder, official parts and labels, plain or packed."""

from __future__ import annotations

import gzip
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ml.data.mimic_cxr import read_mimic_cxr
from ml.data.types import DataError
from ml.medgaze.sections import spoken_part
from tests.ml.datakit import FOLDER, STUDY, SUBJECT, write_csv, write_film, write_report

META = ("dicom_id", "subject_id", "study_id", "ViewPosition", "Rows", "Columns")
ROW: dict[str, Any] = {"dicom_id": "film-a", "subject_id": SUBJECT, "study_id": STUDY, "ViewPosition": "PA"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_csv(tmp_path / "mimic-cxr-2.0.0-metadata.csv", META, [ROW])
    write_film(tmp_path, "film-a", 40, 30)
    write_report(tmp_path)
    return tmp_path


def test_a_film_comes_with_the_report_beside_its_studys_folder(root: Path) -> None:
    (case,) = read_mimic_cxr(root)
    assert (case.key, case.patient, case.report.text, case.readings) == ("film-a", SUBJECT, "Clear lungs.", ())
    assert (case.film.width_px, case.film.height_px, case.site) == (40, 30, "bidmc")


def test_laterals_and_films_without_file_or_report_are_counted(root: Path) -> None:
    more = [
        {**ROW, "dicom_id": "b", "ViewPosition": "LATERAL"},
        {**ROW, "dicom_id": "c", "ViewPosition": ""},
        {**ROW, "dicom_id": "gone"},
        {**ROW, "dicom_id": "d", "study_id": "50000001"},
    ]
    write_csv(root / "mimic-cxr-2.0.0-metadata.csv", META, [ROW, *more])
    write_film(root, "d", 40, 30, FOLDER.replace(STUDY, "50000001"))
    skipped: Counter[str] = Counter()
    assert len(read_mimic_cxr(root, skipped=skipped)) == 1
    assert skipped == {"not frontal": 2, "no film file": 1, "no report": 1}


def test_official_parts_and_labels_are_joined_from_packed_tables(root: Path) -> None:
    split = f"dicom_id,study_id,subject_id,split\nfilm-a,{STUDY},{SUBJECT},validate\n"
    labels = f"subject_id,study_id,Edema,No Finding,Pneumonia\n{SUBJECT},{STUDY},-1.0,,1.0\n"
    (root / "mimic-cxr-2.0.0-split.csv.gz").write_bytes(gzip.compress(split.encode()))
    (root / "mimic-cxr-2.0.0-chexpert.csv.gz").write_bytes(gzip.compress(labels.encode()))
    (case,) = read_mimic_cxr(root)
    assert case.official_split == "validate" and case.labels == {"Edema": -1.0, "Pneumonia": 1.0}


def test_films_and_reports_may_lie_in_two_releases(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "reports-only"
    write_report(other, "IMPRESSION: Elsewhere.")
    (root / FOLDER).with_suffix(".txt").unlink()
    assert read_mimic_cxr(root, mimic=[other])[0].report.text == "Elsewhere."


def test_nothing_left_says_where_files_are_looked_up(root: Path) -> None:
    (root / FOLDER).with_suffix(".txt").unlink()
    with pytest.raises(DataError, match=r"no report: 1\).*--mimic"):
        read_mimic_cxr(root)


def test_an_unknown_part_is_named(root: Path) -> None:
    (root / "split.csv").write_text(f"dicom_id,study_id,subject_id,split\nfilm-a,{STUDY},{SUBJECT},dev\n")
    with pytest.raises(DataError, match=r"split\.csv, row 2: split is 'dev'"):
        read_mimic_cxr(root)


@pytest.mark.parametrize(("columns", "width"), [(40, 999), (4000, 50)])
def test_sizes_are_the_tables_where_the_first_film_has_its_own_and_else_the_files(
    root: Path, columns: int, width: int
) -> None:
    """Opening every header takes minutes; copies of a smaller size must not be taken for the originals."""
    second = {**ROW, "dicom_id": "b", "Rows": 30, "Columns": 999}
    write_csv(root / "mimic-cxr-2.0.0-metadata.csv", META, [{**ROW, "Rows": 30, "Columns": columns}, second])
    write_film(root, "b", 50, 30)
    assert [case.film.width_px for case in read_mimic_cxr(root)] == [40, width]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ("FINAL REPORT\n INDICATION:  Cough.\n\n FINDINGS: \n \n No edema.\n Clear.\n \n IMPRESSION:  Normal.\n",
         "No edema. Clear. Normal."),
        ("   FINAL REPORT\n Portable film. No change: stable.\n", "Portable film. No change: stable."),
        ("IMPRESSION: One.\n\n RECOMMENDATION(S): Two.\n", "One."),
        (" FINDINGS: \n\n TUBES: None.\n CHEST: Clear.\n\n COMPARISON: None.", "TUBES: None. CHEST: Clear."),
        (" FINDINGS: \n\n IMPRESSION: \n", ""),
        (" HISTORY: Cough?\n\n CHEST, TWO VIEWS:  Heart normal.\n\n IMPRESSION: Normal.", "Heart normal. Normal."),
        (" INDICATION: Fever.\n\n PA AND LATERAL VIEWS OF THE CHEST: Clear.\n", "Clear."),
        (" INDICATION: Fever.\n\n FINDING: Clear lungs.\n", "Clear lungs."),
        (" INDICATION: Fever.\n\n FINDINGS/IMPRESSION: Clear lungs.\n", "Clear lungs."),
        (" Indication: Fever.\n\n Findings: Clear.\n Impression: Normal.\n", "Clear. Normal."),
        (" INDICATION: Fever.\n\n FINIDNGS: Clear lungs.\n\n IMPRESION: Normal.", "Clear lungs. Normal."),
        (" INDICATON: Fever.\n\n COMPARISION: None.\n\n Clear lungs.\n No effusion.\n", "Clear lungs. No effusion."),
        (" COMPARISON: None.\n\n Clear lungs.\n\n IMPRESSION: Normal.\n", "Clear lungs. Normal."),
        (" INDICATION: Cough.\n\n The heart is normal.\n", "The heart is normal."),
        (" HISTORY: Fever. Rule out pneumonia.\n", ""),
        (" INDICATION: Fever.\n\n Since Monday.\n\n IMPRESSION: Normal.\n", "Normal."),
        (" EXAMINATION:  CHEST (PA AND LAT)\n\n TECHNIQUE: PA\n\n FINDINGS: \n\n Clear.\n", "Clear."),
    ],
)  # fmt: skip
def test_findings_and_impression_are_what_a_report_says_of_the_film(raw: str, said: str) -> None:
    assert spoken_part(raw) == said


@pytest.mark.parametrize(
    ("meaning", "taken"),
    [("postero-anterior", 1), ("antero-posterior", 1), ("lateral", 0), ("left lateral", 0), ("", 0)],
)
def test_a_blank_view_is_looked_up_in_the_view_code(root: Path, meaning: str, taken: int) -> None:
    row = {**ROW, "ViewPosition": "", "ViewCodeSequence_CodeMeaning": meaning}
    other = {**ROW, "dicom_id": "film-b"}
    write_csv(root / "mimic-cxr-2.0.0-metadata.csv", (*META, "ViewCodeSequence_CodeMeaning"), [row, other])
    write_film(root, "film-b", 40, 30)
    assert [case.key for case in read_mimic_cxr(root)] == ["film-a"] * taken + ["film-b"]


def test_a_report_in_windows_1252_is_read_as_it_was_written(root: Path) -> None:
    (root / FOLDER).with_suffix(".txt").write_bytes("FINDINGS: 4 \u00b1 1 cm \u2013 stable.".encode("cp1252"))
    assert read_mimic_cxr(root)[0].report.text == "4 \u00b1 1 cm \u2013 stable."
