"""The autoregressive decoder: exact likelihoods, samples that follow them, no leak between cases, slots or paddings."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ml.evaluation.coverage import coverage, mass_above
from ml.medgaze.config import ConfigError, DecoderConfig
from ml.medgaze.config_layout import flat
from ml.medgaze.decoders import DECODERS
from ml.medgaze.decoders.anchors import FEATURES, RECENCY_WIDTH, Anchors
from ml.medgaze.decoders.autoregressive import HIDDEN
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths, Forced
from ml.medgaze.decoders.distribution import Drawn
from ml.medgaze.model_info import read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from tests.ml.kit import autoregressive_config, batch, film, save_model, without_fixations


@pytest.fixture(scope="module")
def model() -> MedGazeModel:
    built = MedGazeModel.build(autoregressive_config(), seed=0)
    built.train(False)
    return built


def paths_of(model: MedGazeModel, inputs: dict[str, Tensor]) -> AutoregressivePaths:
    with torch.inference_mode():
        paths = model(**without_fixations(inputs)).paths
    assert isinstance(paths, AutoregressivePaths)
    return paths


def by_hand(model: MedGazeModel, weights: list[float]) -> AutoregressivePaths:
    """One case with two anchors, at (.25, .5) and (.75, .5), sd .1, .2, and fixed parameters: weights whatever
    the state, log durations N(log .3, .5^2), a chance of .8 to continue."""
    decoder = MedGazeModel.build(autoregressive_config(), seed=0).autoregressive_decoder
    assert decoder is not None
    width = decoder.key.out_features
    with torch.no_grad():
        for parameter in decoder.parameters():
            parameter.zero_()
        decoder.query.bias[0] = 1.0
        decoder.duration_head[2].bias[:] = torch.tensor([math.log(0.3) + 1.2, math.log(0.5) + 1.0])
        decoder.stop_head[2].bias[:] = math.log(0.8 / 0.2) - 3.0
    keys = torch.zeros(1, 2, width)
    keys[0, :, 0] = torch.tensor(weights).log()
    centres = torch.tensor([[[0.25, 0.5], [0.75, 0.5]]])
    log_sd = torch.tensor([[[0.1, 0.1], [0.2, 0.2]]]).log()
    recency_keys, values = torch.zeros(1, FEATURES, 2, RECENCY_WIDTH), torch.zeros(1, 2, width)
    anchors = Anchors(centres, centres, log_sd, keys, recency_keys, values, torch.zeros(1, HIDDEN))
    decoder.train(False).requires_grad_(False)
    return AutoregressivePaths(decoder, anchors, 6)


def test_the_likelihood_of_a_reading_by_hand(model: MedGazeModel) -> None:
    """Two fixations, at the first anchor for .3 s and at the second for .6 s, then the end.

    Place: .4 N(0) / .1^2 and what the far anchor adds, N at .5 away: sd .2 is 2.5 sd, sd .1 is 5 sd.
    """
    paths = by_hand(model, [0.4, 0.6])
    fixations = torch.zeros(1, 1, 6, 3)
    fixations[0, 0, 0] = torch.tensor([0.25, 0.5, 0.3])
    fixations[0, 0, 1] = torch.tensor([0.75, 0.5, 0.6])
    mask = torch.tensor([[[1.0, 1, 0, 0, 0, 0]]])
    said = paths.log_likelihood(fixations, mask)
    first = 0.4 / (2 * math.pi * 0.01) + 0.6 * math.exp(-0.5 * 2.5**2) / (2 * math.pi * 0.04)
    second = 0.6 / (2 * math.pi * 0.04) + 0.4 * math.exp(-0.5 * 5**2) / (2 * math.pi * 0.01)
    assert float(said["place"]) == pytest.approx(math.log(first) + math.log(second), abs=1e-4)
    assert float(said["stop"]) == pytest.approx(math.log(0.8) + math.log(0.2), abs=1e-5)
    one = -0.5 * math.log(2 * math.pi) - math.log(0.5)
    two = one - 0.5 * (math.log(2) / 0.5) ** 2
    assert float(said["time"]) == pytest.approx(one - math.log(0.3) + two - math.log(0.6), abs=1e-5)


def test_draws_follow_the_mixture_the_durations_and_the_stop_law(model: MedGazeModel) -> None:
    paths = by_hand(model, [0.4, 0.6])
    drawn, lengths, *_ = paths.sample(4000, torch.Generator().manual_seed(3))
    first = drawn[0, :, 0]
    left = first[:, 0] < 0.45
    # the broad right anchor reaches left of .45 (1.5 sd) in .0668 of its draws, the left one past it in .0228
    assert float(left.float().mean()) == pytest.approx(0.4 * 0.9772 + 0.6 * 0.0668, abs=0.03)
    assert float(first[:, 1].std()) == pytest.approx(math.sqrt(0.4 * 0.01 + 0.6 * 0.04), abs=0.01)
    assert float(first[:, 2].log().mean()) == pytest.approx(math.log(0.3), abs=0.03)
    assert float(first[:, 2].log().std()) == pytest.approx(0.5, abs=0.03)
    assert float((lengths == 1).float().mean()) == pytest.approx(0.2, abs=0.03)
    assert float((lengths == 2).float().mean()) == pytest.approx(0.16, abs=0.03)


def test_a_low_temperature_keeps_to_the_likeliest_anchor(model: MedGazeModel) -> None:
    drawn, *_ = by_hand(model, [0.4, 0.6]).sample(50, torch.Generator().manual_seed(0), temperature=0.01)
    assert (drawn[0, :, 0, :2] - torch.tensor([0.75, 0.5])).abs().max() < 0.02


def test_what_is_drawn_step_by_step_is_what_teacher_forcing_says(model: MedGazeModel) -> None:
    """With next to no temperature a sample takes the likeliest anchor's middle and the median duration at each step."""
    paths = paths_of(model, batch(model.config, readings=1))
    with torch.inference_mode():
        drawn, *_ = paths.sample(1, torch.Generator().manual_seed(0), temperature=1e-4)
        longest = replace(paths, slots=6)
        said = longest.forced(drawn)
        length = 1 + int((drawn[0, 0, :, 2] > 0).sum()) - 1
        best = said.log_weights.argmax(-1)
        places = paths.anchors.means.gather(1, best.flatten(1)[..., None].expand(-1, -1, 2)).clamp(0, 1)
    assert length > 1
    assert torch.allclose(drawn[0, 0, :length, :2], places[0, :length], atol=2e-3)
    assert torch.allclose(drawn[0, 0, :length, 2].log(), said.time[0, 0, :length], atol=2e-3)


@pytest.mark.parametrize(("count", "temperature"), [(1, 1.0), (3, 1e-4), (40, 0.7)])
def test_what_samples_were_drawn_from_is_what_teacher_forcing_says(count: int, temperature: float) -> None:
    """Of three cases, by random weights made larger, so that scanpaths go somewhere and end at different lengths."""
    model = MedGazeModel.build(autoregressive_config(), seed=0).eval()
    assert model.autoregressive_decoder is not None
    with torch.no_grad():
        for parameter in model.autoregressive_decoder.parameters():
            parameter.mul_(2.0)
        model.autoregressive_decoder.stop_head[2].bias.sub_(1.5)  # else hardly a scanpath ends
    paths = paths_of(model, batch(model.config, cases=3, readings=1))
    with torch.inference_mode():
        drawn = paths.sample(count, torch.Generator().manual_seed(4), temperature)
        recorded = Forced(*drawn.parameters)
        slots = recorded.time.shape[2]
        said = paths.forced(drawn.paths[:, :, :slots])
    assert slots == int(drawn.lengths.max())
    assert count < 40 or len(drawn.lengths.unique()) > 2
    there = torch.arange(slots) < drawn.lengths[..., None]
    for name in ("log_weights", "continue_logit", "time", "time_log_sd"):
        torch.testing.assert_close(
            getattr(recorded, name)[there], getattr(said, name)[there], rtol=1e-4, atol=4e-3, msg=name
        )


def test_weights_folded_once_draw_the_same_scanpaths(monkeypatch: pytest.MonkeyPatch) -> None:
    model = MedGazeModel.build(autoregressive_config(), seed=0).eval()
    paths = paths_of(model, batch(model.config))
    anew = paths.sample(4, torch.Generator().manual_seed(1))
    paths.decoder.fold()
    monkeypatch.setattr("ml.medgaze.decoders.autoregressive_paths.FoldedStep", None)  # is needed no more
    once = paths.sample(4, torch.Generator().manual_seed(1))
    assert torch.equal(anew.paths, once.paths) and torch.equal(anew.lengths, once.lengths)


def test_no_fixation_knows_those_after_it(model: MedGazeModel) -> None:
    inputs = batch(model.config, readings=1)
    paths = paths_of(model, inputs)
    with torch.inference_mode():
        said = paths.forced(inputs["fixations"])
        changed = inputs["fixations"].clone()
        changed[:, :, 3] = torch.tensor([0.9, 0.1, 2.0])
        other = paths.forced(changed)
    assert torch.allclose(said.log_weights[:, :, :4], other.log_weights[:, :, :4], atol=1e-5)
    assert torch.allclose(said.continue_logit[:, :, :4], other.continue_logit[:, :, :4], atol=1e-5)
    assert torch.allclose(said.time[:, :, :3], other.time[:, :, :3], atol=1e-5)
    assert not torch.allclose(said.log_weights[:, :, 4:], other.log_weights[:, :, 4:], atol=1e-4)


def test_each_reading_and_case_is_judged_alone_and_empty_rows_count_nowhere(model: MedGazeModel) -> None:
    inputs = batch(model.config, cases=3, readings=2)
    with torch.inference_mode():
        whole = paths_of(model, inputs).log_likelihood(inputs["fixations"], inputs["fixation_mask"])
        spoilt = torch.where(inputs["fixation_mask"][..., None] > 0, inputs["fixations"], torch.nan)
        same = paths_of(model, inputs).log_likelihood(spoilt, inputs["fixation_mask"])
        one = {name: value[1:2] for name, value in inputs.items()}
        alone = paths_of(model, one).log_likelihood(one["fixations"][:, 1:], one["fixation_mask"][:, 1:])
    for name, value in whole.items():
        assert torch.allclose(value, same[name], atol=1e-4)
        assert torch.allclose(value[1:2, :, 1:], alone[name], atol=1e-3)


def test_padding_of_the_report_changes_nothing(model: MedGazeModel) -> None:
    inputs = batch(model.config, readings=1, tokens=10)
    padded = dict(inputs)
    padded["input_ids"] = torch.nn.functional.pad(inputs["input_ids"], (0, 20), value=7)
    padded["attention_mask"] = torch.nn.functional.pad(inputs["attention_mask"], (0, 20))
    with torch.inference_mode():
        first, second = (paths_of(model, i).sample(4, torch.Generator().manual_seed(1))[0] for i in (inputs, padded))
    assert torch.allclose(first, second, atol=1e-4)


def test_the_same_seed_draws_the_same_scanpaths(model: MedGazeModel) -> None:
    paths = paths_of(model, batch(model.config))
    with torch.inference_mode():
        first, again, other = (paths.sample(5, torch.Generator().manual_seed(s)) for s in (1, 1, 2))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])
    assert not torch.equal(first[0], other[0])


def test_the_model_learns_by_teacher_forcing() -> None:
    model = MedGazeModel.build(autoregressive_config(), seed=0)
    inputs = batch(model.config)
    optimiser = torch.optim.Adam(model.parameters(), 3e-3)
    seen = []
    for _ in range(40):
        out = model(**inputs)
        optimiser.zero_grad()
        out.loss.backward()
        optimiser.step()
        seen.append(float(out.losses["nll"]))
    assert seen[-1] < seen[0] - 0.5


def test_the_spread_about_a_fixation_is_that_of_the_anchor_it_fell_on(model: MedGazeModel) -> None:
    paths = by_hand(model, [0.5, 0.5])
    path = torch.tensor([[[[0.2, 0.5, 0.3]]]])  # half a sd from the first anchor, 2.75 from the second
    said = paths.forced(path)
    parameters = (said.log_weights, said.continue_logit, said.time, said.time_log_sd)
    spread = paths.spread(Drawn(path, torch.ones(1, 1), torch.zeros(1, 1), parameters))[0, 0, 0]
    assert float(spread[1]) == pytest.approx(0.1, abs=0.005)
    assert float(spread[3]) == pytest.approx(0.3 * math.exp(-1.6449 * 0.5), abs=1e-3)
    assert float(spread[4]) == pytest.approx(0.3 * math.exp(1.6449 * 0.5), abs=1e-3)


def test_draws_of_the_model_itself_are_covered_as_they_should_be(model: MedGazeModel) -> None:
    paths = by_hand(model, [0.3, 0.7])
    source = torch.Generator().manual_seed(0)
    drawn, lengths, *_ = paths.sample(400, source)
    mask = (torch.arange(6) < lengths[..., None]).float()
    share = coverage(mass_above(paths, drawn, mask, source))
    assert share[0.5] == pytest.approx(0.5, abs=0.05) and share[0.9] == pytest.approx(0.9, abs=0.03)
    wild = torch.where(mask[..., None] > 0, torch.tensor([0.99, 0.01, 0.3]), drawn)
    assert coverage(mass_above(paths, wild, mask, source))[0.9] == 0.0


def test_the_configuration_names_the_decoders_of_the_registry() -> None:
    with pytest.raises(ConfigError, match=f"choose one of {', '.join(DECODERS)}$"):
        DecoderConfig(kind="another").check()


def test_a_model_that_was_saved_under_the_decoders_former_name_is_the_same_version(tmp_path: Path) -> None:
    folder = save_model(tmp_path, autoregressive_config())
    before, config = read_model_info(folder), folder / "config.json"
    config.write_text(json.dumps(flat(json.loads(config.read_text()))))
    assert '"decoder": "walk"' in config.read_text() and read_model_info(folder).sha256 == before.sha256
    assert MedGazeModel.from_pretrained(folder).autoregressive_decoder is not None


def test_a_decoder_without_a_mean_path_or_a_likelihood_is_refused() -> None:
    with pytest.raises(ConfigError, match="no mean path"):
        autoregressive_config(decode="mean")
    with pytest.raises(ConfigError, match="stop_law"):
        autoregressive_config(stop_law="independent")


def test_the_predictor_serves_samples_and_more_samples_never_move_the_first(tmp_path: Path) -> None:
    predictor = MedGazePredictor.load(save_model(tmp_path, autoregressive_config()), device="cpu")
    one = predictor.predict(film(), "Opacity in the left base.", seed=4)
    many = predictor.predict(film(), "Opacity in the left base.", samples=12, seed=4)
    assert len(many.samples) == 12 and many.samples[0] == one.samples[0]
    for fixation in one.samples[0].fixations:
        assert fixation.ellipse is not None and 0 < fixation.ellipse.sd_x < 0.5
        assert fixation.duration_low_s is not None and fixation.duration_high_s is not None
        assert fixation.duration_low_s < fixation.duration_high_s
    batch_of_two = predictor.predict_batch([film(seed=1), film()], ["Clear.", "Opacity in the left base."], seed=4)
    assert batch_of_two[1].samples[0].fixations[0].x == pytest.approx(one.samples[0].fixations[0].x, abs=1e-3)
