"""How alike two readings are, beside the chance level of the same fixations in a random order."""

from __future__ import annotations

import numpy as np
import pytest

from ml.metrics.catalogue import METRICS
from ml.metrics.likeness import likenesses

WAY = np.c_[np.linspace(0.1, 0.9, 12), np.linspace(0.2, 0.8, 12) ** 2, np.linspace(0.2, 0.5, 12)]


def test_a_reading_is_wholly_like_itself_and_its_shuffles_are_less_so() -> None:
    for likeness in likenesses(WAY, WAY):
        assert likeness.value == pytest.approx(1.0)
        assert likeness.chance is not None and likeness.chance_low is not None and likeness.chance_high is not None
        assert likeness.chance < 0.99
        assert likeness.chance_low < likeness.chance < likeness.chance_high <= 1.0
        assert likeness.shuffles == 99


def test_a_value_is_that_of_the_metric_alone() -> None:
    other = WAY[::-1] * [1, 1, 0.8]
    found = [likeness.value for likeness in likenesses(WAY, other)]
    names = ["ScanMatch", *(f"MultiMatch {name}" for name in ("vector", "direction", "length", "position")), "mD-MM"]
    assert found == pytest.approx([METRICS[name](WAY, other) for name in names])


def test_a_shuffle_keeps_each_fixation_with_its_duration() -> None:
    """Fixations of one place and unlike durations: in any order ScanMatch sees the same string."""
    still = np.c_[np.full((6, 2), 0.5), np.full(6, 0.3)]
    likeness = likenesses(still, still)[0]
    assert likeness.chance == pytest.approx(1.0)


def test_the_same_readings_give_the_same_chance() -> None:
    assert likenesses(WAY, WAY[::-1]) == likenesses(WAY, WAY[::-1])


def test_too_few_fixations_are_refused_in_words_and_by_whose_they_are() -> None:
    refused = {likeness.measure: likeness for likeness in likenesses(WAY[:2], WAY)}["MultiMatch vector"]
    assert refused.value is None and refused.chance is None
    assert refused.refused.startswith("Your reading: too few fixations")
    theirs = {likeness.measure: likeness for likeness in likenesses(WAY, WAY[:2])}["MultiMatch vector"]
    assert theirs.refused.startswith("The other reading: too few fixations")


def test_a_reading_without_fixations_is_refused_and_nothing_breaks() -> None:
    assert all(likeness.value is None for likeness in likenesses(np.zeros((0, 3)), WAY))
