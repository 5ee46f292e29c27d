"""Findings counted from the labels of each set: what is there, once, and nothing that is not a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from ml.data.findings import count_findings
from ml.data.prepare import prepare
from ml.data.prepared import load_prepared
from ml.evaluation.difficulty import difficulty
from tests.ml.gaze import gaze_cases, read_png
from tests.ml.kit import tiny_config


@pytest.mark.parametrize(
    ("dataset", "labels", "findings"),
    [
        ("mimic-cxr", {"Edema": 1.0, "Pneumonia": -1.0, "Fracture": 0.0, "Support Devices": 1.0}, 1),
        ("mimic-cxr", {"No Finding": 1.0}, 0),
        ("egd-cxr", {"Normal": 0.0, "consolidation": 1.0, "consolidation__chx": 1.0, "edema__chx": 1.0}, 2),
        ("egd-cxr", {"Normal": 1.0, "normal_anatomically": 1.0, "no_finding__chx": 1.0}, 0),
        ("reflacx", {"Nodule": 5.0, "Mass": 3.0, "Pneumothorax": 2.0, "Support devices": 1.0}, 2),
        ("reflacx", {}, None),
    ],
)
def test_what_the_labels_assert_is_counted_once(dataset: str, labels: dict[str, float], findings: int | None) -> None:
    assert count_findings(labels, dataset) == findings


def test_a_prepared_set_ranks_its_cases_by_their_findings_too(tmp_path: Path) -> None:
    """Every case of the noise films has one label, so the count is there and, being constant, ranks nothing."""
    prepare(gaze_cases(tmp_path / "films", 4), tmp_path / "out", tiny_config(), read_film=read_png, show=False)
    prepared = load_prepared(tmp_path / "out")
    cases = [prepared.evaluation(number) for number in range(len(prepared))]
    assert [case.findings for case in cases] == [1] * 4
    assert "number of findings" in {ranking.predictor for ranking in difficulty(cases, []).rankings}
