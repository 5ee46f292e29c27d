"""``python -m ml ablate``: what is left of a score when the report changes."""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from ml.cli import Refusal, ablate, evaluate, parser
from ml.evaluation.reading import BLANK, CHANGES, changed_reports, mask, shuffle
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import as_path
from tests.ml.kit import save_model, tiny_config
from tests.ml.test_eval_command import small_cases

REPORT = "There is a small opacity in the left lower zone"  # ten words


def arguments(tmp_path: Path, model: Path) -> argparse.Namespace:
    words = ["ablate", "--data", str(tmp_path / "set"), "--out", str(tmp_path / "out"), "--samples", "3"]
    return parser().parse_args([*words, "--model", str(model), "--device", "cpu", "--metric", "ScanMatch"])


def test_shuffled_words_are_the_same_words_in_another_order() -> None:
    changed = shuffle(REPORT, np.random.default_rng(0))
    assert changed != REPORT and Counter(changed.split()) == Counter(REPORT.split())


@pytest.mark.parametrize(("share", "gone"), [(0.25, 2), (0.5, 5), (0.75, 8), (0.01, 1)])
def test_the_share_of_masked_words_is_the_one_asked_for_and_the_rest_stays_in_place(share: float, gone: int) -> None:
    """Of ten words: 2.5 rounds to 2 (to the even number), 7.5 to 8."""
    changed = mask(share)(REPORT, np.random.default_rng(1)).split()
    assert changed.count(BLANK) == gone
    assert all(new in (BLANK, old) for new, old in zip(changed, REPORT.split(), strict=True))


@pytest.mark.parametrize("report", ["", "Clear."])
@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_reports_of_no_word_and_of_one_can_be_changed(report: str, change: object) -> None:
    assert callable(change)
    assert change(report, np.random.default_rng(0)) in {"", report, BLANK}


def test_the_same_seed_takes_the_same_words_whichever_model_reads() -> None:
    cases = small_cases(4, 1)
    assert changed_reports(cases, 3) == changed_reports(cases, 3)
    names = list(changed_reports(cases, 3))
    assert names == [
        "another case's report", "words shuffled", "25% of the words masked", "50% of the words masked",
        "75% of the words masked", "no report",
    ]  # fmt: skip


def test_every_changed_report_is_read_scored_and_compared(tmp_path: Path, mixture_folder: Path) -> None:
    cases, asked = small_cases(4, 1), arguments(tmp_path, mixture_folder)
    runs = ablate.run_models(asked, cases)
    own = [run.name for run in runs if run.ablation_of is None]
    assert len(own) == 1 and len(runs) == 7
    silent = next(run for run in runs if run.name.endswith("no report"))
    wanted = MedGazePredictor.load(mixture_folder, device="cpu").predict(cases[2].film, "", seed=2).samples[0]
    np.testing.assert_allclose(silent.predictions[2].served, as_path(wanted), rtol=1e-4)
    evaluate.write_results(cases, runs, small_cases(3, 2), asked, {"note": ""})
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert len(written["ablations"]) == 6 and len(written["differences"]) == 6


def test_a_model_without_a_report_and_a_single_case_are_refused(tmp_path: Path, mixture_folder: Path) -> None:
    blind = save_model(tmp_path / "blind", tiny_config(fusion="vision", memory_positions="learned"))
    with pytest.raises(Refusal, match="reads no report"):
        ablate.run_models(arguments(tmp_path, blind), small_cases(2, 1))
    with pytest.raises(Refusal, match="two or more"):
        ablate.run_models(arguments(tmp_path, mixture_folder), small_cases(1, 1))
