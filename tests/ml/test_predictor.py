"""The object an application holds."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.cli.places import DEMO
from ml.gaze.scanpath import Fixation, Reading
from ml.medgaze.guard import PredictionNotFinite, guard
from ml.medgaze.model_info import read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.stages import STAGES, Stage
from tests.ml.kit import film, likelihood_config, save_model, tiny_config

REPORT = "Opacity in the left lower zone."


@pytest.fixture(scope="module")
def predictor(mixture_folder: Path) -> MedGazePredictor:
    return MedGazePredictor.load(mixture_folder, device="cpu")


@pytest.fixture(scope="module")
def published(tiny_folder: Path) -> MedGazePredictor:
    return MedGazePredictor.load(tiny_folder, device="cpu")


@pytest.mark.parametrize("name", ["predictor", "published"])
def test_one_seed_gives_one_reading(name: str, request: pytest.FixtureRequest) -> None:
    loaded: MedGazePredictor = request.getfixturevalue(name)
    torch.manual_seed(1)
    first = loaded.predict(film(), REPORT, samples=4)
    torch.manual_seed(2)
    assert loaded.predict(film(), REPORT, samples=4) == first


def test_another_seed_gives_another_reading(predictor: MedGazePredictor) -> None:
    assert predictor.predict(film(), REPORT, seed=1).samples != predictor.predict(film(), REPORT, seed=2).samples


def test_the_mean_rule_needs_no_seed(tmp_path: Path) -> None:
    loaded = MedGazePredictor.load(save_model(tmp_path, likelihood_config(decode="mean")), device="cpu")
    assert loaded.predict(film(), REPORT, seed=1).samples == loaded.predict(film(), REPORT, seed=2).samples
    assert len(loaded.predict(film(), REPORT, samples=3).samples) == 3


@pytest.mark.parametrize("samples", [1, 3, 8, 20])
def test_asking_for_more_samples_never_changes_the_reading_shown(predictor: MedGazePredictor, samples: int) -> None:
    reading = predictor.predict(film(), REPORT, samples=samples)
    assert len(reading.samples) == samples
    assert reading.samples[0] == predictor.predict(film(), REPORT).samples[0]


def test_a_stream_enters_each_stage_then_shows_the_fixations_then_the_reading(predictor: MedGazePredictor) -> None:
    events = list(predictor.stream(film(), REPORT, samples=2))
    reading = events[-1]
    assert isinstance(reading, Reading)
    assert [e.name for e in events if isinstance(e, Stage)] == list(STAGES)
    assert [type(e) for e in events[:4]] == [Stage] * 4
    assert tuple(e for e in events if isinstance(e, Fixation)) == reading.samples[0].fixations
    assert reading == predictor.predict(film(), REPORT, samples=2)


def done_by_stage(predictor: MedGazePredictor, monkeypatch: pytest.MonkeyPatch, reads: str) -> dict[str, set[str]]:
    """What was done when each stage was entered. ``reads``: the part that reads the report."""
    predictor.cache.clear()
    done: list[str] = []
    for part, stage in (("film_tokens", "film"), (reads, "report"), ("decode", "gaze")):
        original = getattr(predictor.model, part)
        monkeypatch.setattr(
            predictor.model, part, lambda *a, _o=original, _s=stage, **k: (done.append(_s), _o(*a, **k))[1]
        )
    return {e.name: set(done) for e in predictor.stream(film(), REPORT) if isinstance(e, Stage)}


def test_each_stage_is_said_before_its_work_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tiny_config(text_first=True, max_text_tokens=48, grid_memory=True, memory_positions="learned")
    loaded = MedGazePredictor.load(save_model(tmp_path, config), device="cpu")
    done = done_by_stage(loaded, monkeypatch, "prefill_report")
    assert done == {"film": set(), "report": {"film"}, "gaze": {"film", "report"}, "decode": {"film", "report", "gaze"}}


def test_a_report_read_apart_is_read_beside_the_film(
    predictor: MedGazePredictor, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = done_by_stage(predictor, monkeypatch, "report_features")
    both = {"film", "report"}
    assert done == {"film": set(), "report": both, "gaze": both, "decode": both | {"gaze"}}


def test_a_batch_answers_what_each_case_alone_would_get(predictor: MedGazePredictor) -> None:
    films, reports = [film(60, 40), film(30, 70, seed=1)], [REPORT, "Normal."]
    for reading, f, r in zip(predictor.predict_batch(films, reports, samples=2), films, reports, strict=True):
        alone = predictor.predict(f, r, samples=2)
        assert [len(s.fixations) for s in reading.samples] == [len(s.fixations) for s in alone.samples]
        np.testing.assert_allclose(
            [(p.x, p.y, p.duration_s) for s in reading.samples for p in s.fixations],
            [(p.x, p.y, p.duration_s) for s in alone.samples for p in s.fixations],
            rtol=1e-3,
            atol=1e-4,
        )


@pytest.mark.parametrize("name", ["predictor", "published"])
@pytest.mark.parametrize("size", [(60, 40), (20, 300), (1, 1)])
def test_every_fixation_is_inside_the_film_and_takes_time(
    name: str, size: tuple[int, int], request: pytest.FixtureRequest
) -> None:
    loaded: MedGazePredictor = request.getfixturevalue(name)
    reading = loaded.predict(film(*size) if size != (1, 1) else np.ones((1, 1)), REPORT, samples=20)
    for scanpath in reading.samples:
        for fixation in scanpath.fixations:
            assert 0 < fixation.x < 1
            assert 0 < fixation.y < 1
            assert fixation.duration_s >= 0.05


def test_what_the_guard_changes_is_counted() -> None:
    transform = MedGazeProcessor.from_config(tiny_config()).transform(100, 50)
    counts: Counter[str] = Counter()
    path = np.array([[134.9 / 128, 0.5, 0.2], [0.5, -0.1, 0.0], [0.5, 0.5, 0.3], [1.0, 0.0, 0.05]])
    kept = guard(path, transform, 0.05, counts)
    np.testing.assert_allclose(kept, [[0.995, 0.5, 0.2], [0.5, 0.01, 0.05], [0.5, 0.5, 0.3], [0.995, 0.01, 0.05]])
    assert counts == {"clamped": 2, "lengthened": 1}


def test_a_broken_model_is_an_error_and_no_reading() -> None:
    transform = MedGazeProcessor.from_config(tiny_config()).transform(100, 50)
    with pytest.raises(PredictionNotFinite):
        guard(np.array([[float("nan"), 0.5, 0.2]]), transform, 0.05, Counter())


def test_a_scanpath_that_hits_the_length_cap_says_so(tmp_path: Path) -> None:
    for stop, capped in ((-1e4, True), (1e4, False)):
        folder = tmp_path / str(capped)
        model = MedGazeModel.build(likelihood_config())
        model.heads.stop.weight.data.zero_()  # type: ignore[union-attr]
        model.heads.stop.bias.data = torch.tensor([0.0, stop])  # type: ignore[union-attr]
        model.save_pretrained(folder)
        MedGazeProcessor.from_config(model.config).save_pretrained(folder)
        scanpath = MedGazePredictor.load(folder, device="cpu").predict(film(), REPORT).samples[0]
        assert scanpath.capped is capped
        assert len(scanpath.fixations) == (6 if capped else 1)


def test_onsets_are_the_sum_of_the_durations_before(predictor: MedGazePredictor) -> None:
    for scanpath in predictor.predict(film(), REPORT, samples=8).samples:
        onset = 0.0
        for fixation in scanpath.fixations:
            assert fixation.onset_s == pytest.approx(onset)
            onset += fixation.duration_s


def test_each_fixation_carries_its_uncertainty(predictor: MedGazePredictor) -> None:
    for fixation in predictor.predict(film(), REPORT).samples[0].fixations:
        assert fixation.ellipse is not None
        assert fixation.ellipse.sd_x > 0
        assert -1 < fixation.ellipse.rho < 1
        assert fixation.duration_low_s is not None
        assert fixation.duration_high_s is not None
        assert 0 < fixation.duration_low_s < fixation.duration_high_s


def test_uncertainty_is_in_film_fractions(predictor: MedGazePredictor) -> None:
    """A film half as high as the square has spreads twice as large in its own height."""
    wide = predictor.predict(film(64, 32), REPORT)
    drawn = wide.samples[0].fixations[0].ellipse
    assert drawn is not None
    with torch.inference_mode():
        pixels, transform = predictor.processor.film(film(64, 32))
        assert transform.scale == (1.0, 0.5)
        tokens = predictor.processor.report(REPORT)
        paths = predictor.model(pixels[None], tokens.input_ids[None], tokens.attention_mask[None]).paths
    candidates = (0.5 * paths.place_logvar[0, :, 0]).exp() / torch.tensor([1.0, 0.5])
    assert (candidates - torch.tensor([drawn.sd_x, drawn.sd_y])).abs().sum(1).min() < 1e-4


def test_a_forced_first_fixation_stands_at_the_films_centre_without_an_ellipse(published: MedGazePredictor) -> None:
    first = published.predict(film(), REPORT).samples[0].fixations[0]
    assert (first.x, first.y, first.ellipse) == (0.5, 0.5, None)


def test_the_reading_says_how_much_of_the_report_was_read(predictor: MedGazePredictor) -> None:
    whole = predictor.predict(film(), REPORT)
    assert (whole.report_read_chars, whole.report_dropped_tokens) == (len(REPORT), 0)
    cut = predictor.predict(film(), "z" * 100)
    assert (cut.report_read, cut.report_read_chars, cut.report_dropped_tokens) == (((0, 47),), 47, 53)
    assert cut.to_dict()["report_read_chars"] == 47


def test_the_reading_says_which_parts_of_the_report_were_read(tmp_path: Path) -> None:
    config = likelihood_config(report_parts="spoken", report_suffix="", max_text_tokens=18)
    loaded = MedGazePredictor.load(save_model(tmp_path, config), device="cpu")
    reading = loaded.predict(film(), "HISTORY: Ill.\nFINDINGS: No edema. Left nodule.")
    assert (reading.report_read, reading.report_skipped) == (((24, 28), (34, 46)), ((0, 23),))
    assert (reading.report_read_chars, reading.report_dropped_tokens) == (16, 5)


def test_a_model_without_grounding_does_not_know_whether_the_report_names_a_place(predictor: MedGazePredictor) -> None:
    assert predictor.predict(film(), REPORT).report_names_place is None


@pytest.fixture(scope="module")
def bundled() -> MedGazePredictor:
    return MedGazePredictor.load(DEMO, device="cpu", optimize=True)


@pytest.mark.parametrize(
    ("report", "names"),
    [("Right lower lobe pneumonia.", True), ("No pneumonia in the right lower lobe.", False), ("asdf qwer zxcv", False),
     ("", False)],
)  # fmt: skip
def test_the_bundled_model_knows_whether_a_report_affirms_something_of_a_place(
    bundled: MedGazePredictor, report: str, names: bool
) -> None:
    assert bundled.predict(film(), report).report_names_place is names


def test_in_a_batch_each_report_is_asked_for_its_own_places(bundled: MedGazePredictor) -> None:
    reports = ["asdf qwer zxcv", "Right lower lobe pneumonia."]
    assert [r.report_names_place for r in bundled.predict_batch([film(), film()], reports)] == [False, True]


def test_another_report_gives_another_reading(predictor: MedGazePredictor) -> None:
    assert predictor.predict(film(), REPORT).samples != predictor.predict(film(), "Normal heart.").samples


def test_the_reading_names_its_model_by_its_version(predictor: MedGazePredictor, mixture_folder: Path) -> None:
    assert predictor.predict(film(), REPORT).model_sha256 == read_model_info(mixture_folder).sha256
    assert predictor.info().model.sha256 == read_model_info(mixture_folder).sha256


def test_info_counts_what_is_loaded(predictor: MedGazePredictor) -> None:
    info = predictor.info()
    assert (info.device, info.dtype, info.language_dtype) == ("cpu", "float32", "float32")
    assert info.weights_bytes == 4 * (info.trained_parameters + info.frozen_parameters)
    assert info.frozen_parameters > 0


def test_a_model_can_run_in_bfloat16(mixture_folder: Path) -> None:
    loaded = MedGazePredictor.load(mixture_folder, device="cpu", dtype=torch.bfloat16)
    assert loaded.info().dtype == "bfloat16"
    assert loaded.predict(film(), REPORT).samples[0].fixations


def test_no_sample_is_no_question(predictor: MedGazePredictor) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        predictor.predict(film(), REPORT, samples=0)


def test_predicting_prints_nothing(predictor: MedGazePredictor, capfd: pytest.CaptureFixture[str]) -> None:
    predictor.predict(film(), REPORT)
    captured = capfd.readouterr()
    assert captured.out == captured.err == ""
