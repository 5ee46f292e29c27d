"""EGD-CXR: screen to film with bars, everything that is no fixation left out and counted, films and words joined."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from ml.data.egd_cxr import read_egd_cxr
from ml.data.types import DataError, GazeCase
from tests.ml.datakit import EGD_GAZE, FOLDER, EgdTree, write_csv, write_report


@pytest.fixture
def tree(tmp_path: Path) -> EgdTree:
    return EgdTree(tmp_path)


def only(root: Path, **how: object) -> GazeCase:
    (case,) = read_egd_cxr(root, **how)  # type: ignore[arg-type]
    return case


def places(case: GazeCase) -> list[tuple[float, float]]:
    return [(f.x, f.y) for f in case.readings[0].scanpath.fixations]


def test_screen_places_become_film_fractions_through_the_bars(tree: EgdTree) -> None:
    """Film px 100, 150 of 401 x 300: 100 / 401 and 150 / 300."""
    case = only(tree.write())
    assert places(case) == [pytest.approx((100 / 401, 0.5)), pytest.approx((300 / 401, 0.25))]
    assert [(f.onset_s, f.duration_s) for f in case.readings[0].scanpath.fixations] == [(1.0, 0.25), (1.5, 0.5)]
    assert (case.patient, case.site, case.labels) == ("10000032", "bidmc", {"CHF": 1.0, "edema__chx": -1.0})


def test_the_screen_mapping_by_hand(tree: EgdTree) -> None:
    """Half of the screen's width is px 960; (960 - 236) * 402 / 1448 = 201 px of 401; a quarter down is 75 of 300."""
    tree.gaze = [tree.fixation(201, 75, 1.0, 0.2, FPOGX=0.5, FPOGY=0.25)]
    assert places(only(tree.write())) == [pytest.approx((201 / 401, 0.25))]


def test_pad_columns_without_pad_in_their_name_are_understood(tree: EgdTree) -> None:
    tree.master_columns = [c.removesuffix("_pad") for c in tree.master_columns]
    tree.master[0] = {k.removesuffix("_pad"): v for k, v in tree.master[0].items()}
    assert places(only(tree.write()))[0] == pytest.approx((100 / 401, 0.5))


def test_quoted_newlines_do_not_make_records(tree: EgdTree) -> None:
    assert (tree.write() / "master_sheet.csv").read_text().count("\n") == 3  # the header, and one record on two lines
    assert only(tree.root).key == "film-a"


def test_negative_originals_are_off_the_film_and_counted(tree: EgdTree) -> None:
    tree.gaze += [tree.fixation(-40, 100, 3.0, 0.2), tree.fixation(100, 330, 3.5, 0.2)]
    reading = only(tree.write()).readings[0]
    assert len(reading.scanpath.fixations) == 2 and reading.provenance.dropped == {"off film": 2}


def test_off_film_is_told_without_the_originals_too(tree: EgdTree) -> None:
    tree.gaze += [tree.fixation(-40, 100, 3.0, 0.2)]
    columns = [c for c in EGD_GAZE if c not in ("X_ORIGINAL", "Y_ORIGINAL")]
    tree.gaze = [{k: v for k, v in row.items() if k in columns} for row in tree.gaze]
    assert only(tree.write(columns=columns)).readings[0].provenance.dropped == {"off film": 1}


@pytest.mark.parametrize(
    ("said", "why"),
    [*(({"FPOGX": at, "FPOGY": at}, "missing") for at in (0, -1, "", ".")), ({"FPOGV": 0}, "not valid")],
)
def test_a_lost_eye_is_no_fixation_in_the_corner_and_counted(tree: EgdTree, said: dict[str, object], why: str) -> None:
    tree.gaze.append(tree.fixation(10, 10, 3.0, 0.2, **said))
    reading = only(tree.write()).readings[0]
    assert len(reading.scanpath.fixations) == 2 and reading.provenance.dropped == {why: 1}


@pytest.mark.parametrize("said", ["FILM-A", "film-", "Film-A.dcm"])
def test_a_film_is_found_by_an_id_cut_short_or_in_other_letters(tree: EgdTree, said: str) -> None:
    for row in tree.gaze:
        row["DICOM_ID"] = said
    skipped: Counter[str] = Counter()
    assert len(places(only(tree.write(), skipped=skipped))) == 2 and not skipped


def test_an_id_cut_so_short_that_it_may_be_two_films_is_an_error(tree: EgdTree) -> None:
    tree.master.append({**tree.master[0], "dicom_id": "film-b"})
    tree.gaze[1]["DICOM_ID"] = "film-"
    with pytest.raises(DataError, match="row 3: id 'film-' is cut short and may be any of 2 films"):
        read_egd_cxr(tree.write())


@pytest.mark.parametrize(
    ("film", "what"),
    [("calibration", "a calibration image"),
     ("1A2b3c4d-00000000-11111111-22222222-3333", "a film that the master sheet lacks")],
)  # fmt: skip
def test_rows_of_no_film_are_left_out_and_told_apart(tree: EgdTree, film: str, what: str) -> None:
    tree.gaze.insert(0, tree.fixation(10, 10, 0.0, 0.2, DICOM_ID=film))
    skipped: Counter[str] = Counter()
    assert len(places(only(tree.write(), skipped=skipped))) == 2
    assert skipped == {f"row of {what}": 1}


def test_onsets_count_from_the_film_when_the_tracker_counts_from_its_start(tree: EgdTree) -> None:
    for row in tree.gaze:
        row["FPOGS"] += 812.5
    case = only(tree.write())
    assert [f.onset_s for f in case.readings[0].scanpath.fixations] == [pytest.approx(1.0), pytest.approx(1.5)]
    assert "onsets moved by -812.5 s" in case.readings[0].provenance.mapping


def test_two_sessions_of_a_film_are_two_readings(tree: EgdTree) -> None:
    tree.gaze.append(tree.fixation(50, 50, 0.5, 0.2, SESSION_ID=2))
    assert [len(r.scanpath.fixations) for r in only(tree.write()).readings] == [2, 1]


def test_samples_alone_give_the_same_fixations(tree: EgdTree) -> None:
    """Three samples of each fixation, whose duration grows; fixation numbers start again in another session."""
    whole = only(tree.write())
    samples = []
    for row in tree.gaze:
        for share in (0.3, 0.6, 1.0):
            grown = row["FPOGD"] * share
            samples.append({**row, "FPOGD": grown, "Time (in secs)": row["FPOGS"] + grown})
        samples.append({**row, "FPOGV": 0, "FPOGX": 0.9})
    (tree.root / "fixations.csv").unlink()
    tree.gaze = samples
    assert only(tree.write("eye_gaze.csv")).readings[0].scanpath == whole.readings[0].scanpath


def test_fixations_are_read_where_samples_are_there_too(tree: EgdTree) -> None:
    tree.write()
    fixations = tree.gaze
    tree.gaze = [{**row, "FPOGD": row["FPOGD"] * s} for row in fixations for s in (0.4, 0.7, 1.0)]
    root = tree.write("eye_gaze.csv")
    assert only(root).readings[0].provenance.source.startswith("fixations.csv")


def test_a_sentence_ends_at_a_phrase_with_a_full_stop(tree: EgdTree) -> None:
    case = only(tree.write())
    assert [(s.text, s.start_s, s.end_s) for s in case.report.sentences] == [
        ("Heart is large.", 2.0, 3.0),
        ("No effusion.", 3.5, 4.0),
    ]
    assert case.report.text == "Heart is large. No effusion." and case.readings[0].dictation_start_s == 2.0


def test_an_empty_list_of_phrases_leaves_the_text_untimed(tree: EgdTree) -> None:
    tree.transcript = {"full_text": "Clear.", "time_stamped_text": []}
    case = only(tree.write())
    assert (case.report.text, case.report.sentences, case.readings[0].dictation_start_s) == ("Clear.", (), None)


def test_without_a_transcript_the_report_of_mimic_is_joined(tree: EgdTree, tmp_path: Path) -> None:
    tree.transcript = None
    tree.write()
    skipped: Counter[str] = Counter()
    with pytest.raises(DataError, match="no report: 1"):
        read_egd_cxr(tree.root, skipped=skipped)
    write_report(tmp_path / "mimic")
    assert only(tree.root, mimic=[tmp_path / "mimic"]).report.text == "Clear lungs."


def test_films_are_found_in_the_mimic_folder(tree: EgdTree, tmp_path: Path) -> None:
    tree.write()
    (tree.root / "files").rename(tmp_path / "elsewhere")
    (tmp_path / "mimic").mkdir()
    with pytest.raises(DataError, match=r"no film file: 1.*--mimic"):
        read_egd_cxr(tree.root)
    (tmp_path / "elsewhere").rename(tmp_path / "mimic" / "files")
    assert only(tree.root, mimic=[tmp_path / "mimic"]).film.path.is_file()


def test_boxes_stand_in_the_order_x1_x2_y1_y2(tree: EgdTree) -> None:
    columns = ("dicom_id", "bbox_name", "x1", "x2", "y1", "y2")
    box = dict(zip(columns, ("film-a", "heart", 40.1, 200.5, 30, 150), strict=True))
    write_csv(tree.write() / "bounding_boxes.csv", columns, [box])
    assert only(tree.root).boxes["heart"] == pytest.approx((0.1, 0.1, 0.5, 0.5))


def test_pads_that_do_not_belong_to_the_gaze_are_refused(tree: EgdTree) -> None:
    tree.master[0]["image_left_pad"] = 100
    with pytest.raises(DataError, match=r"fixations\.csv, row 2: .* px from X_ORIGINAL.*same release"):
        read_egd_cxr(tree.write())


def test_a_path_of_another_patient_is_refused(tree: EgdTree) -> None:
    tree.master[0]["path"] = FOLDER.replace("10000032", "10000033") + "/film-a.dcm"
    with pytest.raises(DataError, match=r"master_sheet\.csv, row 2: path"):
        read_egd_cxr(tree.write())


def test_a_broken_transcript_is_refused_by_name(tree: EgdTree) -> None:
    tree.write()
    path = tree.root / "audio_segmentation_transcripts" / "film-a" / "transcript.json"
    path.write_text('{"time_stamped_text": [{"phrase": "x"}]}')
    with pytest.raises(DataError, match=r"transcript\.json: not a transcript"):
        read_egd_cxr(tree.root)


def test_durations_in_milliseconds_are_refused_and_never_guessed(tree: EgdTree) -> None:
    tree.gaze = [tree.fixation(100, 100, 1000 * k, 250) for k in range(6)]
    with pytest.raises(DataError, match=r"fixations\.csv, session 1, rows 2 to 7: the median fixation lasts 250 s"):
        read_egd_cxr(tree.write())


def test_a_film_whose_every_fixation_is_lost_is_left_out(tree: EgdTree) -> None:
    tree.gaze = [tree.fixation(10, 10, 3.0, 0.2, FPOGX="", FPOGY="")]
    with pytest.raises(DataError, match="no fixation on the film: 1"):
        read_egd_cxr(tree.write())
