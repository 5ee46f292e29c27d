"""Sentences on films: the file of wordings, the ratio of dwell by hand, which sentences pair, what meets a bar."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from ml.cli import main, parser
from ml.demo import bars, real_films, survey_check, wording_check
from ml.demo.wording_check import AFFIRMED, DENIED, PAIRED, Wording
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.intervals import Estimate
from tests.ml.kit import autoregressive_config, film, save_model

HEAD = "form,regions,sentence\n"


def affirmed(*regions: str) -> Wording:
    return Wording(True, regions, f"Opacity, {' and '.join(regions)}.")


def pairs_of(*wordings: Wording, **chosen: int) -> list[tuple[str, str]]:
    return [
        ("+".join(one.regions), "+".join(other.regions))
        for one, other in wording_check.choose_pairs(wordings, **chosen)
    ]


# --- the file


def test_a_row_says_what_a_sentence_does_to_which_regions(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text(
        HEAD + 'affirmed,left base+left angle,"Effusion, left."\ndenied,heart,Heart size is normal.\n'
    )
    assert wording_check.read_wordings(tmp_path / "w.csv") == [
        Wording(True, ("left base", "left angle"), "Effusion, left."),
        Wording(False, ("heart",), "Heart size is normal."),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("form,region,sentence\n", "w.csv, line 1: the columns must be form,regions,sentence"),
        (HEAD + "affirmed,heart,Large heart.\nasserted,heart,Large heart.\n", "w.csv, line 3: form 'asserted' is none"),
        (HEAD + "affirmed,heart+left lobe,Large.\n", "w.csv, line 2: no region 'left lobe'; there are right upper,"),
        (HEAD + "denied,heart, \n", "w.csv, line 2: the sentence is empty"),
        (HEAD + "denied,heart,No mass, heart normal.\n", "w.csv, line 2: not 3 fields"),
        (HEAD + "denied,heart\n", "w.csv, line 2: not 3 fields"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "w.csv").write_text(text)
    with pytest.raises(wording_check.WordingsFault) as caught:
        wording_check.read_wordings(tmp_path / "w.csv")
    assert str(caught.value).startswith(said)


def test_the_repositorys_sentences_can_be_read_and_make_enough_pairs() -> None:
    wordings = wording_check.read_wordings(wording_check.WORDINGS)
    assert len(wordings) == 40 and len({wording.sentence for wording in wordings}) == 40
    assert len(wording_check.choose_pairs(wordings)) == wording_check.PAIRS == 40


# --- places and dwell


ZONES = (
    (0.1, 0.2, 0.4, 0.4), (0.1, 0.4, 0.4, 0.6), (0.1, 0.6, 0.4, 0.8),
    (0.6, 0.1, 0.9, 0.4), (0.6, 0.4, 0.9, 0.7), (0.6, 0.7, 0.9, 1.0),
)  # fmt: skip


def test_regions_follow_from_the_lungs_and_the_heart_drawn_on_the_film() -> None:
    """The right lung is .3 wide and .6 high; the heart goes from half to .95 of the lungs' .9 height, from .1 down."""
    drawn = real_films.RealFilm("a.png", film(), ZONES, (0.38, 0.5, 0.77, 0.9))
    boxes = wording_check.places(wording_check.chest_of(drawn))
    assert boxes["right mid"] == pytest.approx((0.1, 0.4, 0.4, 0.6))
    assert boxes["left lower"] == pytest.approx((0.6, 0.7, 0.9, 0.995))
    assert boxes["right lung"] == pytest.approx((0.115, 0.23, 0.385, 0.77))
    assert boxes["heart"] == pytest.approx((0.38, 0.55, 0.77, 0.955))


def test_a_heart_that_was_not_drawn_lies_about_the_middle_between_the_lungs() -> None:
    """Of the .8 from one lung's outer edge to the other's, .12 to the right of the middle .5 and .25 to its left."""
    drawn = real_films.RealFilm("a.png", film(), ZONES)
    boxes = wording_check.places(wording_check.chest_of(drawn))
    assert boxes["heart"][::2] == pytest.approx((0.404, 0.7))


def test_dwell_in_overlapping_boxes_counts_a_fixation_once_and_what_is_masked_never() -> None:
    """.3 s in both boxes, .5 s in the second, .7 s in none, .9 s in both but beyond the reading's end."""
    path = np.array([[[0.25, 0.25, 0.3], [0.35, 0.35, 0.5], [0.6, 0.25, 0.7], [0.25, 0.25, 0.9]]])
    boxes = [(0.1, 0.1, 0.3, 0.3), (0.2, 0.2, 0.4, 0.4)]
    assert wording_check.dwell_in(path, np.array([[1.0, 1.0, 1.0, 0.0]]), boxes) == pytest.approx([0.8])


def test_the_ratio_is_one_of_sums_over_films_and_so_is_each_resampled_one() -> None:
    """(2 + 3) / (1 + 3) = 1.25, where the films' own ratios 2 and 1 have the mean 1.5."""
    value, drawn = wording_check.ratios(np.array([[2.0], [3.0]]), np.array([[1.0], [3.0]]))
    assert value == pytest.approx([1.25])
    assert np.unique(drawn) == pytest.approx([1.0, 1.25, 2.0])


# --- pairs


def test_regions_that_overlap_make_no_pair_and_denials_are_left_out() -> None:
    """The right angle lies with .64 of its area in the right lower zone, the hilum with .68 in the lung, of which that
    is .09; the periphery shares .02 of the dome's."""
    denial = Wording(False, ("trachea",), "The trachea is central.")
    assert pairs_of(affirmed("right lower"), affirmed("right angle"), denial) == []
    assert pairs_of(affirmed("right hilum"), affirmed("right lung")) == []
    assert pairs_of(affirmed("right dome"), affirmed("left dome", "right dome")) == []
    assert pairs_of(affirmed("right periphery"), affirmed("right dome")) == [("right periphery", "right dome")]


def test_every_second_pair_is_the_other_way_round() -> None:
    chosen = pairs_of(affirmed("right upper"), affirmed("right mid"), affirmed("right lower"), affirmed("left mid"))
    order = ["right upper", "right mid", "right lower", "left mid"]
    assert len(chosen) == 6
    assert [order.index(one) < order.index(other) for one, other in chosen] == [True, False] * 3


def test_pairs_are_a_choice_by_the_seed() -> None:
    upper = [affirmed(f"{side} {level}") for side in ("right", "left") for level in ("upper", "mid", "lower")]
    chosen = pairs_of(*upper, count=4)
    assert len(chosen) == 4 and len({frozenset(pair) for pair in chosen}) == 4
    assert pairs_of(*upper, count=4) == chosen != pairs_of(*upper, count=4, seed=1)


def test_a_pair_is_read_as_one_report() -> None:
    pair = (affirmed("heart"), affirmed("left apex"))
    assert wording_check.joined(pair) == "Opacity, heart. Opacity, left apex."


# --- the summary


SAID = [affirmed("right upper"), affirmed("left upper"), *(Wording(False, ("heart",), f"No {x}.") for x in "ab")]
TWO = [(SAID[0], SAID[1]), (SAID[1], SAID[0])]
RATIOS = np.array([2.0, 1.99, 1.2, 1.21, 1.5, 1.5, 1.49, 1.5])


def test_an_affirmed_sentence_asks_for_two_a_denied_one_for_little_and_a_pair_for_both() -> None:
    found = wording_check.summary(SAID, TWO, RATIOS, np.tile(RATIOS, (3, 1)))
    assert [row["met"] for row in found["sentences"]] == [True, False, True, False]
    assert [row["met"] for row in found["pairs"]] == [True, False]
    assert [found[name] for name in (AFFIRMED, DENIED, PAIRED)] == [Estimate(0.5, 0.5, 0.5)] * 3
    assert [row["form"] for row in found["sentences"]] == ["affirmed", "affirmed", "denied", "denied"]
    assert [ratio.value for ratio in found["pairs"][1]["ratios"]] == [1.49, 1.5]


def test_intervals_come_from_the_resampled_films() -> None:
    """Half the resamples meet everything, half nothing."""
    good, bad = [2.5, 2.5, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0], [1.0, 1.0, 1.5, 1.5, 1.0, 1.0, 1.0, 1.0]
    found = wording_check.summary(SAID, TWO, RATIOS, np.array([good, bad] * 100))
    assert [found[name] for name in (AFFIRMED, DENIED, PAIRED)] == [Estimate(0.5, 0.0, 1.0)] * 3
    assert found["sentences"][0]["ratio"] == Estimate(2.0, 1.0, 2.5)
    assert found["pairs"][1]["ratios"][0] == Estimate(1.49, 1.0, 2.0)


@pytest.mark.filterwarnings("error")
def test_of_no_pairs_there_is_no_share() -> None:
    found = wording_check.summary(SAID, [], RATIOS[:4], RATIOS[None, :4])
    assert np.isnan(found[PAIRED].value) and found[AFFIRMED].value == 0.5


def test_the_table_has_every_sentence_and_the_pairs_that_fail() -> None:
    lines = wording_check.table(wording_check.summary(SAID, TWO, RATIOS, np.tile(RATIOS, (3, 1)))).splitlines()
    first, second = (next(line for line in lines if line.endswith(f"  {w.sentence}")) for w in SAID[:2])
    assert first.startswith("met     2.000 [2.000, 2.000]") and "affirmed right upper" in first
    assert second.startswith("not met 1.990 ")
    failing = lines[lines.index("pairs that fail") + 1 : -3]
    assert failing == [
        "  left upper 1.490 [1.490, 1.490], right upper 1.500 [1.500, 1.500]: "
        "Opacity, left upper. Opacity, right upper."
    ]
    assert lines[-3].startswith(AFFIRMED) and lines[-3].endswith("0.500 [0.500, 0.500]")


@pytest.mark.parametrize(("name", "least"), [(AFFIRMED, 0.90), (DENIED, 1.0), (PAIRED, 0.85)])
def test_the_bars_ask_for_the_share_itself(name: str, least: float) -> None:
    (bar,) = [bar for bar in bars.BARS if bar.name.endswith(name)]
    figure = {"wordings": {name: {"value": least, "low": 0.1, "high": 1.0}}}
    assert bar.file == "wordings" and bar.met(bar.read(figure))
    assert not bar.met((least - 0.01, 0.1, 1.0)) and not bar.met((float("nan"),) * 3)


# --- the command, with a small untrained model


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("model"), autoregressive_config())


@pytest.fixture
def films(tmp_path: Path) -> Path:
    lungs = [f"{side}_{edge}" for side in ("right", "left") for edge in ("x0", "y0", "x1", "y1")]
    with (tmp_path / "lungs.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["file", *lungs, "heart_x0", "heart_y0", "heart_x1", "heart_y1"])
        for number, heart in enumerate(((0.35, 0.4, 0.7, 0.8), ("",) * 4)):
            Image.fromarray((film(seed=number) >> 4).astype(np.uint8)).save(tmp_path / f"{number}.png")
            rows.writerow([f"{number}.png", 0.1, 0.1, 0.45, 0.9, 0.55, 0.1, 0.9, 0.9, *heart])
    return tmp_path


WORDS = HEAD + "affirmed,right upper+right mid,Mass.\ndenied,left lung,No mass.\naffirmed,left lower,Nodule.\n"


def seconds(paths: Any, mask: Any, boxes: list[tuple[float, ...]]) -> float:
    """Mean over draws of the time in boxes that do not overlap."""
    return sum(
        t for path, there in zip(paths, mask, strict=True) for (x, y, t), used in zip(path, there, strict=True)
        if used and any(x0 <= x < x1 and y0 <= y < y1 for x0, y0, x1, y1 in boxes)
    ) / len(paths)  # fmt: skip


def test_a_heart_is_read_where_it_was_drawn(films: Path) -> None:
    assert [one.heart for one in real_films.load_films(films)] == [(0.35, 0.4, 0.7, 0.8), None]


def test_the_command_prints_and_writes_the_ratio_of_dwell_over_that_under_neutral_reports(
    model: Path, films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (films / "w.csv").write_text(WORDS)
    words = ["--films", str(films), "--model", str(model), "--wordings", str(films / "w.csv")]
    main(["check-films", *words, "--json", str(films / "out.json")])
    said, written = capsys.readouterr().out, json.loads((films / "out.json").read_text())
    predictor = MedGazePredictor.load(model, device="cpu")
    sampler = real_films.ScanpathSampler(predictor.model, predictor.processor)
    reports = ["Mass.", "No mass.", "Nodule.", "Mass. Nodule.", *real_films.NEUTRAL]
    expected = []
    targets = {0: ["right upper", "right mid"], 1: ["left lung"], 2: ["left lower"]}
    for report, names in (*targets.items(), (3, targets[0]), (3, targets[2])):
        named = neutral = 0.0
        for one in real_films.load_films(films):
            paths, mask = sampler.sample(one.pixels, reports)
            boxes = wording_check.places(wording_check.chest_of(one))
            at = [boxes[name] for name in names]
            named += seconds(paths[report], mask[report], at)
            neutral += sum(seconds(paths[k], mask[k], at) for k in (4, 5, 6)) / 3
        expected.append(named / neutral)
    found = written["wordings"]
    got = [row["ratio"]["value"] for row in found["sentences"]] + [r["value"] for r in found["pairs"][0]["ratios"]]
    assert got == pytest.approx(expected)
    assert f"{got[0]:.3f} [" in said and "real films, wordings: " + AFFIRMED in said
    assert written["films"] == 2 and "mirrored film" not in written
    served = real_films.ScanpathSampler(predictor.model, predictor.processor, samples=8, served=True)
    own = wording_check.read_wordings(wording_check.WORDINGS)
    readings = survey_check.survey_check(served, real_films.load_films(films), own)
    assert {name: written[name] for name in readings} == json.loads(json.dumps(readings, default=asdict))


def test_the_command_without_wordings_does_the_other_checks_and_looks_at_whole_readings(
    model: Path, films: Path
) -> None:
    main(["check-films", "--films", str(films), "--model", str(model), "--json", str(films / "out.json")])
    written = json.loads((films / "out.json").read_text())
    assert "mirrored film" in written and survey_check.ALL in written and "wordings" not in written


def test_the_repositorys_sentences_are_taken_where_no_file_is_named() -> None:
    words = ["check-films", "--films", "films"]
    assert parser().parse_args([*words, "--wordings"]).wordings == wording_check.WORDINGS
    assert parser().parse_args(words).wordings is None


def test_the_command_refuses_a_file_it_cannot_use(films: Path, refused: Callable[..., str]) -> None:
    (films / "w.csv").write_text(HEAD + "affirmed,chest,Large.\n")
    words = ("check-films", "--films", str(films), "--wordings")
    assert "w.csv, line 2: no region 'chest'" in refused(*words, str(films / "w.csv"))
    assert "none.csv" in refused(*words, str(films / "none.csv"))
