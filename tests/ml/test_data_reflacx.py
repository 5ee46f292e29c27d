"""REFLACX: columns by name, image px to fractions, zoomed views, discarded readings, a report a reading."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ml.data.reflacx import read_reflacx
from ml.data.types import DataError
from tests.ml.datakit import FOLDER, REFLACX_FIXATIONS, SUBJECT, ReflacxTree, write_report

AT = ReflacxTree.fixation


@pytest.fixture
def tree(tmp_path: Path) -> ReflacxTree:
    return ReflacxTree(tmp_path)


def test_film_pixels_become_fractions_and_ends_minus_starts_durations(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(100, 150, 0.5, 0.75), AT(300, 75, 1.0, 1.4)])
    (case,) = read_reflacx(tree.write())
    first, second = case.readings[0].scanpath.fixations
    assert (first.x, first.y, first.onset_s, first.duration_s) == (0.25, 0.5, 0.5, 0.25)
    assert (second.x, second.y, second.duration_s) == (0.75, 0.25, pytest.approx(0.4))
    assert (case.key, case.patient, case.official_split) == ("film-a", SUBJECT, "train")


def test_columns_in_another_order_read_the_same(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(100, 150, 0.5, 0.75)])
    before = read_reflacx(tree.write())
    tree.fixation_columns = REFLACX_FIXATIONS[::-1]
    assert read_reflacx(tree.write()) == before


def test_the_size_in_the_table_maps_the_gaze_where_the_film_file_is_smaller(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(1000, 150, 0, 1, (0, 0, 4000, 300))], image_size_x=4000)
    (case,) = read_reflacx(tree.write())
    assert case.readings[0].scanpath.fixations[0].x == 0.25 and case.film.width_px == 400


def test_off_film_and_lost_eyes_are_left_out_and_counted(tree: ReflacxTree) -> None:
    bad = [AT(-3, 100, 1, 2), AT(100, 301, 2, 3), AT("", "", 3, 4), AT("nan", "nan", 4, 5)]
    tree.reading("P102R000001", [AT(10, 10, 0, 1), *bad])
    reading = read_reflacx(tree.write())[0].readings[0]
    assert len(reading.scanpath.fixations) == 1
    assert reading.provenance.dropped == {"off film": 2, "missing": 2}


def test_a_fixation_on_the_screens_button_is_told_by_its_own_view(tree: ReflacxTree) -> None:
    """The film zoomed to the whole screen: px 30, 140 is seen at 288, 1008, on the button (10..650 x 933..1122). The
    same px of the whole film is seen at 968, 1024, beside it."""
    zoomed = AT(30, 140, 1, 2, (0, 0, 400, 300), (0, 0, 3840, 2160))
    tree.reading("P102R000001", [AT(30, 140, 0, 1), zoomed])
    reading = read_reflacx(tree.write())[0].readings[0]
    assert len(reading.scanpath.fixations) == 1 and reading.provenance.dropped == {"on button": 1}


def test_gaze_beside_the_part_that_was_shown_did_not_look_at_the_film(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(300, 200, 0, 1, (200, 150, 400, 300)), AT(10, 10, 1, 2, (200, 150, 400, 300))])
    reading = read_reflacx(tree.write())[0].readings[0]
    assert len(reading.scanpath.fixations) == 1 and reading.provenance.dropped == {"beside the shown part": 1}


def test_discarded_readings_are_skipped_without_looking_for_their_folder(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1)])
    tree.phases[1].append({**tree.phases[1][0], "id": "P105R000009", "eye_tracking_data_discarded": True})
    skipped: Counter[str] = Counter()
    (case,) = read_reflacx(tree.write(), skipped=skipped)
    assert len(case.readings) == 1 and skipped == {"eye tracking discarded": 1}


def test_readings_of_one_film_are_one_case_with_a_reader_and_report_each(tree: ReflacxTree) -> None:
    tree.reading("P201R000001", [AT(10, 10, 0, 1)])
    tree.reading("P205R000002", [AT(20, 20, 0, 1)])
    root = tree.write()
    (root / "main_data" / "P205R000002" / "transcription.txt").write_text("Large heart.")
    (case,) = read_reflacx(root)
    assert [r.reader for r in case.readings] == ["reflacx-01", "reflacx-05"]
    assert [(r.report or case.report).text for r in case.readings] == ["Clear.", "Large heart."]


def test_phases_with_other_labels_are_read_together(tree: ReflacxTree) -> None:
    tree.reading("P101R000001", [AT(10, 10, 0, 1)], "film-a", **{"Mass": 4, "Nodule": 0, "Support devices": True})
    tree.reading("P301R000002", [AT(10, 10, 0, 1)], "film-b", **{"Lung nodule or mass": 3})
    cases = {case.key: case.labels for case in read_reflacx(tree.write())}
    assert cases == {
        "film-a": {"Mass": 4.0, "Nodule": 0.0, "Support devices": 1.0},
        "film-b": {"Lung nodule or mass": 3.0, "Support devices": 0.0},
    }


def test_punctuation_ends_sentences_and_the_first_word_the_silent_phase(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1), AT(10, 10, 2, 3)])
    words = [("No", 1.5, 1.7), ("effusion", 1.8, 2.2), (",", 2.2, 2.2), ("clear", 2.3, 2.6), (".", 2.6, 2.6)]
    (case,) = read_reflacx(tree.write([*words, ("Normal", 3.0, 3.4)]))
    assert [(s.text, s.start_s, s.end_s) for s in case.report.sentences] == [
        ("No effusion, clear.", 1.5, 2.6),
        ("Normal", 3.0, 3.4),
    ]
    reading = case.readings[0]
    silent = [f for f in reading.scanpath.fixations if f.onset_s < (reading.dictation_start_s or 0)]
    assert len(silent) == 1


def test_the_plural_name_of_the_words_file_is_found_too(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1)])
    folder = tree.write() / "main_data" / "P102R000001"
    (folder / "timestamps_transcription.csv").rename(folder / "timestamps_transcriptions.csv")
    assert read_reflacx(tree.root)[0].report.text == "Clear."


def test_without_words_the_report_of_mimic_is_joined(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1)])
    (tree.write(words=()) / "main_data" / "P102R000001" / "timestamps_transcription.csv").unlink()
    write_report(tree.root, folder=FOLDER)
    assert read_reflacx(tree.root)[0].report.text == "Clear lungs."


def test_fixations_in_another_order_are_put_right_and_counted(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 5, 6), AT(20, 20, 1, 2)])
    reading = read_reflacx(tree.write())[0].readings[0]
    assert [f.onset_s for f in reading.scanpath.fixations] == [1.0, 5.0]
    assert reading.provenance.dropped == {"out of order, put right": 1}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"id": "R000001"}, "row 2: id 'R000001' is not like"),
        ({"split": "dev"}, "row 2: split is 'dev'"),
        ({"eye_tracking_data_discarded": "perhaps"}, "row 2: eye_tracking_data_discarded is 'perhaps'"),
        ({"image": "a.jpg"}, "row 2: image 'a.jpg' does not name a study"),
        ({"image_size_x": ""}, "row 2: image_size_x is blank"),
    ],
)
def test_a_wrong_row_is_named(tree: ReflacxTree, change: dict[str, object], message: str) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1)])
    if "id" in change:
        tree.readings[str(change["id"])] = tree.readings["P102R000001"]
    tree.phases[1][0].update(change)
    with pytest.raises(DataError, match=f"metadata_phase_1.csv, {message}"):
        read_reflacx(tree.write())


def test_a_fixation_that_ends_before_it_starts_is_named(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1), AT(10, 10, 2, 1.5)])
    with pytest.raises(DataError, match=r"fixations\.csv, row 3: the fixation ends before it starts"):
        read_reflacx(tree.write())


def test_a_film_in_two_official_parts_is_refused(tree: ReflacxTree) -> None:
    tree.reading("P101R000001", [AT(10, 10, 0, 1)])
    tree.reading("P102R000002", [AT(10, 10, 0, 1)], split="test")
    with pytest.raises(DataError, match="another patient or split"):
        read_reflacx(tree.write())


@pytest.mark.parametrize(
    ("places", "seconds", "message"),
    [
        ([(0.1 * k, 0.5) for k in range(6)], 1.0, "in the film's corner; places are expected in px"),
        ([(4000 + k, 10) for k in range(6)], 1.0, "all 6 fixations are off the film"),
        ([(10 * k, 10) for k in range(6)], 250.0, "the median fixation lasts 250 s"),
    ],
)
def test_a_whole_reading_in_other_units_is_refused_and_never_guessed(
    tree: ReflacxTree, places: list[tuple[float, float]], seconds: float, message: str
) -> None:
    tree.reading("P102R000001", [AT(x, y, 300 * k, 300 * k + seconds) for k, (x, y) in enumerate(places)])
    with pytest.raises(DataError, match=rf"P102R000001/fixations\.csv: .*{message}"):
        read_reflacx(tree.write())


def test_a_reading_that_never_met_the_film_is_no_reading(tree: ReflacxTree) -> None:
    tree.reading("P102R000001", [AT(10, 10, 0, 1)])
    tree.reading("P103R000002", [AT(-10, 10, 0, 1)], film="film-b")
    skipped: Counter[str] = Counter()
    assert [case.key for case in read_reflacx(tree.write(), skipped=skipped)] == ["film-a"]
    assert skipped == {"no fixation on the film": 1}
