"""Whole readings: what of the lungs they cover, whether they end astray, and their figures over films, by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ml.demo import bars, survey_check, wording_check
from ml.demo.real_films import RealFilm, ScanpathSampler
from ml.demo.regions import Chest
from ml.demo.survey_check import ALL, COUNT, COVERED, DURATION, LEAST, OVER_BOTH, STRAY, Looked
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.metrics.dwell import thirds
from ml.metrics.intervals import Estimate
from tests.ml.kit import autoregressive_config, film

RIGHT, LEFT = (0.0, 0.0, 0.4, 0.4), (0.6, 0.0, 1.0, 0.4)
LUNGS = (RIGHT, LEFT)
DISC = np.pi * 0.1**2  # square film widths around a fixation


def path(*fixations: tuple[float, float, float]) -> NDArray[np.float64]:
    return np.array(fixations)


# --- one reading


def test_a_fixation_covers_what_lies_within_a_tenth_of_the_films_width() -> None:
    """A disc of .0314 in two boxes of .16 each; half of it at a box's edge; a second look at a place adds nothing."""
    middle, edge = (0.2, 0.2, 0.3), (0.4, 0.2, 0.3)
    assert survey_check.covered(path(middle), LUNGS, 1.0) == pytest.approx(DISC / 0.32, abs=0.002)
    assert survey_check.covered(path(edge), LUNGS, 1.0) == pytest.approx(DISC / 0.64, abs=0.002)
    assert survey_check.covered(path(middle, middle), LUNGS, 1.0) == pytest.approx(DISC / 0.32, abs=0.002)
    assert survey_check.covered(path(middle, (0.8, 0.2, 0.3)), LUNGS, 1.0) == pytest.approx(DISC / 0.16, abs=0.002)
    assert survey_check.covered(path((0.5, 0.2, 0.3)), LUNGS, 1.0) == 0.0


def test_on_a_film_twice_as_high_as_wide_the_same_boxes_are_twice_as_large() -> None:
    """Half of a disc lies in them where the fixation is on the lower edge."""
    assert survey_check.covered(path((0.2, 0.2, 0.3)), LUNGS, 2.0) == pytest.approx(DISC / 0.64, abs=0.002)
    assert survey_check.covered(path((0.2, 0.4, 0.3)), LUNGS, 2.0) == pytest.approx(DISC / 1.28, abs=0.002)


def test_a_last_jump_is_stray_where_no_other_fixation_lies_within_a_quarter_of_the_width() -> None:
    there = (0.2, 0.2, 0.3)
    assert survey_check.stray(path(there, (0.3, 0.2, 0.3), (0.56, 0.2, 0.3)), 1.0)
    assert not survey_check.stray(path(there, (0.3, 0.2, 0.3), (0.54, 0.2, 0.3)), 1.0)
    assert not survey_check.stray(path(there, (0.9, 0.9, 0.3), there), 1.0)
    assert not survey_check.stray(path(there), 1.0)


def test_a_jump_downward_is_measured_in_film_widths() -> None:
    """.14 of the height of a film twice as high as wide is .28 of its width."""
    down = path((0.2, 0.2, 0.3), (0.2, 0.34, 0.3))
    assert survey_check.stray(down, 2.0) and not survey_check.stray(down, 1.0)


def test_a_reading_is_over_both_lungs_where_each_has_a_quarter_of_their_time() -> None:
    right, left, between = (0.2, 0.2, 3.0), (0.8, 0.2, 1.0), (0.5, 0.2, 9.0)
    assert survey_check.over_both(path(right, left, between), LUNGS)
    assert not survey_check.over_both(path((0.2, 0.2, 3.1), left), LUNGS)
    assert not survey_check.over_both(path((0.2, 0.2, 1.0), (0.8, 0.2, 3.1)), LUNGS)
    assert not survey_check.over_both(path(between), LUNGS)


def test_a_reading_has_its_number_of_fixations_and_their_median_duration() -> None:
    reading = path((0.2, 0.2, 0.2), (0.8, 0.2, 0.3), (0.8, 0.2, 0.9))
    seen = survey_check.looked(reading, Chest(RIGHT, LEFT), 1.0)
    assert (seen.fixations, seen.duration_s) == (3, 0.3)
    assert seen.covered == pytest.approx(DISC / 0.16, abs=0.002)
    assert (seen.stray, seen.over_both) == (False, False)
    one_sided = survey_check.looked(path((0.05, 0.2, 0.3), (0.35, 0.2, 0.3)), Chest(RIGHT, LEFT), 1.0)
    assert (one_sided.stray, one_sided.over_both) == (True, False)
    calm = survey_check.looked(path((0.3, 0.2, 0.3), (0.7, 0.2, 0.3), (0.7, 0.2, 0.1)), Chest(RIGHT, LEFT), 1.0)
    assert (calm.stray, calm.over_both) == (False, True)


# --- over films


def reading(fixations: int, duration_s: float = 0.3, covered: float = 0.5, stray: bool = False) -> Looked:
    return Looked(fixations, duration_s, covered, stray, over_both=True)


def test_figures_are_of_all_readings_and_of_each_kind_of_report() -> None:
    """One film: normals of 19, 20, 21 fixations, one finding 30, 31, 32, two findings 40, 41, 48."""
    counts = (19, 20, 21, 30, 31, 32, 40, 41, 48)
    found = survey_check.survey([[reading(n, n / 100, n / 50, stray=n == 48) for n in counts]])
    one, two = (survey_check.readings_of(kind) for kind in ("one finding", "two findings"))
    assert [found[name][COUNT].value for name in (ALL, one, two)] == [31, 31, 41]
    assert [found[name][DURATION].value for name in (ALL, two)] == [0.31, 0.41]
    assert [found[name][COVERED].value for name in (one, two)] == pytest.approx([0.62, 0.86])
    assert [found[name][STRAY].value for name in (ALL, one, two)] == pytest.approx([1 / 9, 0, 1 / 3])


def test_readings_of_normal_films_are_asked_for_twenty_fixations_over_both_lungs() -> None:
    """Of six, one has 19 fixations and one is over one lung."""
    short, one_sided = reading(19), Looked(30, 0.3, 0.5, stray=False, over_both=False)
    films = [[reading(20), short, reading(20)], [one_sided, reading(25), reading(26)]]
    others = [reading(5)] * 6
    normal = survey_check.survey([[*film, *others] for film in films])[survey_check.readings_of("no finding")]
    assert normal[LEAST] == Estimate(19, 19, 19)
    assert normal[OVER_BOTH].value == pytest.approx(4 / 6)


def test_films_are_resampled_and_not_readings() -> None:
    """Of two films one alone is drawn half of the time; of six readings all would rarely be of one kind."""
    assert survey_check.over_films([[1.0] * 3, [3.0] * 3], np.mean) == Estimate(2.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        (COUNT, [(26, 25, 50)], [(26, 24, 50), (49, 25, 51)]),
        (DURATION, [(0.3, 0.2, 0.35)], [(0.3, 0.19, 0.35), (0.3, 0.2, 0.36)]),
        (COVERED, [(0.6, 0.45, 0.75)], [(0.6, 0.44, 0.75), (0.6, 0.45, 0.76)]),
        (STRAY, [(0, 0, 0)], [(0.01, 0, 0.02)]),
        (OVER_BOTH, [(1, 1, 1)], [(0.99, 0.98, 1)]),
    ],
)
def test_the_bars_ask_for_what_a_readers_survey_is_like(
    name: str, good: list[tuple[float, float, float]], bad: list[tuple[float, float, float]]
) -> None:
    (bar,) = [bar for bar in bars.BARS if bar.name.endswith(f": {name}")]
    kind = survey_check.readings_of("no finding") if name == OVER_BOTH else ALL
    figure = {kind: {name: dict(zip(("value", "low", "high"), good[0], strict=True))}}
    assert bar.file == "wordings" and bar.met(bar.read(figure))
    assert not any(bar.met(bounds) for bounds in bad)


# --- with a small untrained model


class Noting(ScanpathSampler):
    """Keeps what it was asked and what it answered."""

    def sample(self, film: NDArray[Any], reports: Sequence[str]) -> Any:
        if not hasattr(self, "asked"):
            self.asked: list[tuple[Sequence[str], Any]] = []
        self.asked.append((reports, super().sample(film, reports)))
        return self.asked[-1][1]


def test_each_film_is_read_with_normal_reports_and_with_one_and_two_findings_of_its_own() -> None:
    config = autoregressive_config()
    sampler = Noting(MedGazeModel.build(config), MedGazeProcessor.from_config(config), samples=3, served=True)
    films = [RealFilm(str(n), film(seed=n), (*thirds(RIGHT), *thirds(LEFT))) for n in range(8)]
    wordings = wording_check.read_wordings(wording_check.WORDINGS)
    found = survey_check.survey_check(sampler, films, wordings)
    pairs = {wording_check.joined(pair) for pair in wording_check.choose_pairs(wordings)}
    affirmed = {wording.sentence for wording in wordings if wording.affirmed}
    for reports, _ in sampler.asked:
        assert tuple(reports[:3]) == survey_check.NORMAL
        assert set(reports[3:6]) < affirmed and set(reports[6:]) < pairs and len(set(reports)) == 9
    assert len({tuple(reports) for reports, _ in sampler.asked}) == 8
    aspect = 40 / 60
    by_hand = [
        [survey_check.looked(p[0][m[0] > 0], Chest(RIGHT, LEFT), aspect) for p, m in zip(*answer, strict=True)]
        for _, answer in sampler.asked
    ]
    assert found == survey_check.survey(by_hand)
