"""``python -m ml evaluate``: real small models on small cases, and refusals that say what to do."""

from __future__ import annotations

import argparse
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from ml.cli import Refusal, evaluate, parser
from ml.evaluation.modelcard import CardRefused
from ml.evaluation.predicting import predict_cases, run_model
from ml.medgaze.convert.hf import to_hf
from ml.medgaze.model_info import read_model_info
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import PlainCase, as_path
from tests.ml.golden import random_path


def small_cases(count: int, seed: int) -> list[PlainCase]:
    rng = np.random.default_rng(seed)
    films = rng.integers(0, 255, (count, 48, 40)).astype(np.uint8)
    return [
        PlainCase(f"{seed}-{i}", film, f"Opacity number {i}.", tuple((r, random_path(rng, 6)) for r in "ab"))
        for i, film in enumerate(films)
    ]


def arguments(tmp_path: Path, *models: Path, **extra: str) -> argparse.Namespace:
    words = ["evaluate", "--data", str(tmp_path / "set"), "--out", str(tmp_path / "out"), "--samples", "3"]
    words += [word for model in models for word in ("--model", str(model))]
    words += [word for name, value in extra.items() for word in (f"--{name}", value)]
    return parser().parse_args([*words, "--device", "cpu", "--metric", "ScanMatch", "--metric", "mIoU"])


def test_two_models_are_run_scored_and_written(
    tmp_path: Path, tiny_folder: Path, mixture_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases, train = small_cases(5, 1), small_cases(4, 2)
    asked = arguments(tmp_path, tiny_folder, mixture_folder)
    runs = evaluate.run_models(asked, cases)
    first, second = evaluate.names([tiny_folder, mixture_folder])
    assert [run.name for run in runs if run.ablation_of is None] == [first, second]
    assert f"{first}, another case's report" in {run.name for run in runs if run.ablation_of == first}
    evaluate.write_results(cases, runs, train, asked, {"note": ""})
    said = capsys.readouterr()
    assert "s left" in said.err and said.out.startswith("5 cases of 5 films, 10 readings")
    written = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert written["models"] == [first, second] and set(written["scores"]) == {"ScanMatch", "mIoU"}
    assert written["about"][second]["decoding"] == "medoid" and written["about"][second]["samples"] == 3
    assert (tmp_path / "out" / "evaluation.html").read_text().startswith("<!doctype html>")
    assert (tmp_path / "out" / "evaluation.txt").read_text() in said.out


def test_each_model_gets_a_card_with_its_own_rows_beside_the_baselines(
    tmp_path: Path, tiny_folder: Path, mixture_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cases, train = small_cases(5, 1), small_cases(4, 2)
    asked = arguments(tmp_path, tiny_folder, mixture_folder)
    about = {"split": "test", "data": {"test": "abcdef0123456789"}, "note": "3 patients are in both parts."}
    found = evaluate.write_results(cases, evaluate.run_models(asked, cases), train, asked, about)
    evaluate.write_cards(found, asked, about)
    first, second = evaluate.names([tiny_folder, mixture_folder])
    card = (tmp_path / "out" / f"card-{second.replace('/', '-')}.md").read_text()
    assert f"# {second}" in card and "5 cases of 5 films, 10 readings, split test (test `abcdef012345`)" in card
    assert "3 patients are in both parts." in card and "not for diagnosis" in card
    assert f"| {second} | {found.scores['ScanMatch'][second].estimate} |" in card
    for row in (f"{second}, another case's report", "best constant path", "inter-reader"):
        assert f"| {row} |" in card
    assert f"| {first}" not in card and f"by {first}" not in card
    assert f"difficulty by {second}, total fixation duration" in card and "difficulty by report length" in card


def test_a_recorded_card_goes_with_the_model_and_never_over_a_card_of_somebodys_own(
    tmp_path: Path, tiny_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = tmp_path / "model"
    shutil.copytree(tiny_folder, model)
    (model / "README.md").unlink(missing_ok=True)
    cases, train = small_cases(5, 1), small_cases(4, 2)
    asked = arguments(tmp_path, model)
    asked.record = True
    about = {"note": ""}
    found = evaluate.write_results(cases, evaluate.run_models(asked, cases), train, asked, about)
    for _ in range(2):  # its own card may be written again
        evaluate.write_cards(found, asked, about)
    assert (model / "README.md").read_text() == (tmp_path / "out" / "card.md").read_text()
    info = read_model_info(model)
    assert info.scores["ScanMatch"]["value"] == found.scores["ScanMatch"]["model"].estimate.value
    assert "best constant path" in info.baselines and "model" not in info.baselines
    converted = to_hf(model, tmp_path / "hf")
    assert converted.scores == info.scores and "## Scores" in (tmp_path / "hf" / "README.md").read_text()
    (model / "README.md").write_text("# My own words")
    with pytest.raises(CardRefused, match="was not written by evaluate and is kept"):
        evaluate.write_cards(found, asked, about)
    assert (model / "README.md").read_text() == "# My own words"
    with pytest.raises(Refusal, match="move it away"):  # before it even asks for the data, of which there is none
        evaluate.run(asked)


def test_a_run_serves_what_the_predictor_serves_each_case_by_its_own_seed(mixture_folder: Path) -> None:
    predictor = MedGazePredictor.load(mixture_folder, device="cpu")
    cases = small_cases(3, 3)
    run = run_model(predictor, "m", cases, samples=4, seed=7, ablations=False)[0]
    for number, (case, prediction) in enumerate(zip(cases, run.predictions, strict=True)):
        reading = predictor.predict(case.film, case.report, samples=4, seed=7 + number)
        served = as_path(reading.samples[0])
        np.testing.assert_allclose(prediction.served, served, rtol=1e-4)
        assert len(prediction.samples) == 4
        assert prediction.spread is not None and prediction.spread.shape == (len(served), 3)
        assert prediction.duration_interval is not None and (np.diff(prediction.duration_interval) > 0).all()


def test_the_same_film_and_report_are_not_given_the_same_noise_twice(mixture_folder: Path) -> None:
    case = small_cases(1, 4)[0]
    predictor = MedGazePredictor.load(mixture_folder, device="cpu")
    one, two = predict_cases(predictor, [case.film] * 2, [case.report] * 2, samples=1)
    assert one.served.shape != two.served.shape or np.abs(one.served - two.served).max() > 1e-3


def test_ablations_read_another_case_s_report_and_see_another_case_s_film(mixture_folder: Path) -> None:
    predictor = MedGazePredictor.load(mixture_folder, device="cpu")
    cases = small_cases(3, 5)
    _, report, film = run_model(predictor, "m", cases, samples=1)
    for run, seen, read in ((report, 0, 1), (film, 1, 0)):
        wanted = predictor.predict(cases[seen].film, cases[read].report, seed=0).samples[0]
        got = run.predictions[0].served
        np.testing.assert_allclose(got, as_path(wanted), rtol=1e-4)


def test_a_folder_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="no saved model"):
        evaluate.run_models(arguments(tmp_path, tmp_path), small_cases(2, 6))


def test_an_unknown_metric_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="BLEU.*ScanMatch"):
        evaluate.run(arguments(tmp_path, tmp_path, metric="BLEU"))


def test_two_models_of_one_folder_name_are_told_apart() -> None:
    assert evaluate.names([Path("/runs/a/best"), Path("/runs/b/best"), Path("/c")]) == ["a/best", "b/best", "c"]
