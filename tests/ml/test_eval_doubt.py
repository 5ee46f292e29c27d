"""Difficulty and calibration, against SciPy's own correlations and against models whose doubt is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kendalltau, spearmanr

from ml.evaluation.calibration import calibration
from ml.evaluation.difficulty import advantage, difficulty, ranking
from ml.metrics.cases import ModelRun, PlainCase, Prediction
from ml.metrics.intervals import resamples

FILM = np.zeros((40, 32), np.uint8)


def case(key: str, path: np.ndarray, words: int = 3, findings: int | None = None) -> PlainCase:
    return PlainCase(key, FILM, "word " * words, (("r", path),), findings)


def test_rank_correlations_are_scipy_s_with_ties() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 6, 40).astype(float), rng.normal(size=40)
    y += x
    rank = ranking("x", x, y)
    assert rank.spearman.value == pytest.approx(spearmanr(x, y).statistic)
    assert rank.kendall.value == pytest.approx(kendalltau(x, y).statistic)
    assert rank.spearman.low < rank.spearman.value < rank.spearman.high


def test_the_intervals_come_from_correlations_of_resampled_cases() -> None:
    """The same resamples, written out and given to SciPy one after the other."""
    rng = np.random.default_rng(1)
    x, y = rng.integers(0, 9, 25).astype(float), rng.normal(size=25)
    drawn = [np.repeat(np.arange(25), counts.astype(int)) for counts in resamples(25, draws=1000)]
    for name, statistic in (("spearman", spearmanr), ("kendall", kendalltau)):
        low, high = np.percentile([statistic(x[i], y[i]).statistic for i in drawn], [2.5, 97.5])
        estimate = getattr(ranking("x", x, y), name)
        assert [estimate.low, estimate.high] == pytest.approx([low, high])


def test_an_advantage_is_over_the_best_of_the_others_in_each_resample() -> None:
    """The same resamples, written out and given to SciPy; two others that take turns at being the better one."""
    rng = np.random.default_rng(2)
    truth = rng.normal(size=30)
    one, two = truth + rng.normal(size=30), truth + rng.normal(size=30)
    model = truth + 0.3 * rng.normal(size=30)
    drawn = [np.repeat(np.arange(30), counts.astype(int)) for counts in resamples(30, draws=1000)]

    def gain(i: np.ndarray) -> float:
        rho = [spearmanr(x[i], truth[i]).statistic for x in (model, one, two)]
        return float(rho[0] - max(rho[1:]))

    found = advantage(model, [one, two], truth)
    assert found.value == pytest.approx(gain(np.arange(30)))
    assert [found.low, found.high] == pytest.approx(np.percentile([gain(i) for i in drawn], [2.5, 97.5]))


def test_difficulty_is_the_mean_total_over_samples_beside_counts() -> None:
    """Readers look 1, 2, 3 ... s; the model's samples are off by plus and minus the same, so their mean ranks fully."""
    seconds = np.arange(1.0, 9.0)
    paths = [np.array([[0.5, 0.5, s / 2], [0.4, 0.4, s / 2]]) for s in seconds]
    cases = [case(str(i), p, words=i % 3 + 1, findings=i // 4) for i, p in enumerate(paths)]
    off = [np.array([[0.5, 0.5, d]]) for d in (-0.9, 0.9)]
    drawn = [tuple(np.concatenate([p[:1] * [1, 1, 2] + o * [0, 0, 1]]) for o in off) for p in paths]
    model = ModelRun("m", [Prediction(d[0], d) for d in drawn])
    found = difficulty(cases, [model])
    np.testing.assert_allclose(found.predicted_s["m"], seconds)
    by_name = {rank.predictor: rank for rank in found.rankings}
    assert by_name["m, total fixation duration"].spearman.value == pytest.approx(1.0)
    assert {"report length (words)", "number of findings", "m, number of fixations"} < set(by_name)
    assert np.isnan(by_name["m, number of fixations"].kendall.value)  # always one


def test_findings_are_only_counted_where_every_case_says_how_many() -> None:
    paths = [np.array([[0.5, 0.5, s]]) for s in (0.2, 0.3, 0.4, 0.5)]
    cases = [case(str(i), p, findings=None if i == 0 else i) for i, p in enumerate(paths)]
    assert [rank.predictor for rank in difficulty(cases, []).rankings] == ["report length (words)"]


def gaussian_model(scale: float) -> tuple[list[PlainCase], ModelRun]:
    """Truth drawn from a correlated Gaussian of sd .05 and .03 about each served place; the model says ``scale`` of
    it. Log-normal durations with the true 5 % and 95 % quantiles, scaled about the median likewise."""
    rng = np.random.default_rng(0)
    cases, predictions = [], []
    for number in range(60):
        served = np.column_stack([rng.uniform(0.3, 0.7, (20, 2)), np.full(20, 0.25)])
        noise = rng.multivariate_normal([0, 0], [[0.0025, 0.0006], [0.0006, 0.0009]], 20)
        duration = 0.25 * np.exp(rng.normal(0, 0.4, (20, 1)))
        cases.append(case(str(number), np.concatenate([served[:, :2] + noise, duration], axis=1)))
        spread = np.tile([0.05 * scale, 0.03 * scale, 0.4], (20, 1))
        bounds = 0.25 * np.exp(np.tile([-1.644854, 1.644854], (20, 1)) * 0.4 * scale)
        predictions.append(Prediction(served, (served,), spread, bounds))
    return cases, ModelRun("m", predictions)


def test_a_model_that_knows_its_doubt_has_the_promised_share_inside() -> None:
    found = calibration(*gaussian_model(1.0))
    for level in (0.5, 0.9):
        assert found.in_order[level].value == pytest.approx(level, abs=0.03)
    assert found.duration is not None and found.duration.value == pytest.approx(0.9, abs=0.02)
    assert found.judged == 1.0 and not found.by_place  # one sample has no region


@pytest.mark.parametrize(("scale", "sign"), [(0.5, -1), (2.0, 1)])
def test_too_sure_lies_under_and_too_timid_over_the_promise(scale: float, sign: int) -> None:
    found = calibration(*gaussian_model(scale))
    assert found.duration is not None
    for inside, promise in ((found.in_order[0.5].value, 0.5), (found.duration.value, 0.9)):
        assert sign * (inside - promise) > 0.05


def test_by_place_draws_from_the_readers_own_law_hold_what_they_promise_whatever_the_order() -> None:
    rng = np.random.default_rng(2)

    def reading() -> np.ndarray:
        place = np.where(rng.random((15, 1)) < 0.5, [0.3, 0.3], [0.7, 0.6])
        return np.column_stack([(place + rng.normal(0, 0.08, (15, 2))).clip(0, 1), np.full(15, 0.2)])

    cases = [case(str(i), reading()) for i in range(40)]
    runs = [Prediction(reading(), tuple(reading() for _ in range(20))) for _ in cases]
    found = calibration(cases, ModelRun("m", runs))
    assert found.by_place[0.5].value == pytest.approx(0.5, abs=0.12)
    assert found.by_place[0.9].value == pytest.approx(0.9, abs=0.06)
    assert not found.in_order and found.duration is None


def test_fixations_without_an_ellipse_are_not_judged() -> None:
    """A forced start has none; the other one lies 1.18 deviations off, just outside the 50 % ellipse (1.177)."""
    served = np.array([[0.5, 0.5, 0.2], [0.5, 0.5, 0.2]])
    truth = served + [[0.3, 0, 0], [0.118, 0, 0]]
    spread = np.array([[np.nan] * 3, [0.1, 0.1, 0.0]])
    found = calibration([case("a", truth)], ModelRun("m", [Prediction(served, (), spread)]))
    assert found.in_order[0.5].value == 0.0 and found.in_order[0.6].value == 1.0
