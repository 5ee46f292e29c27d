"""The improvements: any token count, masked padding, a mixture over readings that keeps readers apart."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from ml.medgaze.config import ConfigError
from ml.medgaze.losses import balanced_shares
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from tests.ml.kit import batch, likelihood_config, without_fixations

IN_LANGUAGE = {"fusion": "language", "joint_layers": 0, "grid_memory": True}


OPT = {"language_reference": "random:tiny-opt"}
NEOX = {"language_reference": "random:tiny-neox"}  # Pythia's kind


@pytest.mark.parametrize("tokens", [1, 7, 48])
@pytest.mark.parametrize(
    "changes", [{}, IN_LANGUAGE, IN_LANGUAGE | {"text_first": True}, {"medformer": "qformer", "grid_memory": True}]
)
def test_any_number_of_report_tokens_is_read(tokens: int, changes: dict[str, Any]) -> None:
    config = likelihood_config(**changes)
    out = MedGazeModel.build(config)(**batch(config, tokens=tokens))
    assert out.loss.isfinite()


@pytest.mark.parametrize("image_size", [16, 48])
def test_any_number_of_visual_tokens_is_read(image_size: int) -> None:
    config = likelihood_config(image_size=image_size)
    assert MedGazeModel.build(config)(**batch(config)).loss.isfinite()


@pytest.mark.parametrize(
    "changes",
    [
        {}, IN_LANGUAGE, IN_LANGUAGE | OPT, IN_LANGUAGE | OPT | {"text_first": True}, IN_LANGUAGE | NEOX,
        IN_LANGUAGE | NEOX | {"text_first": True},
    ],
)  # fmt: skip
def test_padding_the_report_changes_nothing(changes: dict[str, Any]) -> None:
    config = likelihood_config(**changes)
    model, inputs = MedGazeModel.build(config).eval(), without_fixations(batch(config, tokens=9))
    alone = model(**inputs).paths
    inputs["input_ids"] = torch.cat([inputs["input_ids"], torch.full((2, 14), 7)], 1)
    inputs["attention_mask"] = torch.cat([inputs["attention_mask"], torch.zeros(2, 14, dtype=torch.long)], 1)
    padded = model(**inputs).paths
    torch.testing.assert_close(padded.place, alone.place, atol=2e-5, rtol=1e-4)
    torch.testing.assert_close(padded.gate, alone.gate, atol=2e-5, rtol=1e-4)


def test_a_case_alone_gives_what_it_gives_in_a_batch() -> None:
    config = likelihood_config()
    model, inputs = MedGazeModel.build(config).eval(), without_fixations(batch(config, cases=3))
    together = model(**inputs).paths
    alone = model(**{name: value[1:2] for name, value in inputs.items()}).paths
    torch.testing.assert_close(alone.place, together.place[1:2], atol=2e-5, rtol=1e-4)


def test_kept_report_features_stand_in_for_the_report() -> None:
    config = likelihood_config()
    model, inputs = MedGazeModel.build(config).eval(), batch(config)
    features = model.report_features(inputs["input_ids"], inputs["attention_mask"])
    direct = model(**inputs).loss
    del inputs["input_ids"]
    assert model(**inputs, text_features=features).loss.item() == pytest.approx(direct.item(), rel=1e-6)


def test_vision_only_ignores_the_report() -> None:
    config = likelihood_config(fusion="vision", joint_layers=0)
    model, inputs = MedGazeModel.build(config).eval(), without_fixations(batch(config))
    assert model.frozen.language is None
    before = model(**inputs).paths.place
    assert torch.equal(before, model(pixel_values=inputs["pixel_values"]).paths.place)


def test_the_film_changes_the_reading() -> None:
    config = likelihood_config()
    model, inputs = MedGazeModel.build(config).eval(), without_fixations(batch(config))
    before = model(**inputs).paths.place
    inputs["pixel_values"] = inputs["pixel_values"].flip(-1)
    assert not torch.allclose(before, model(**inputs).paths.place, atol=1e-5)


@pytest.mark.parametrize("law", ["sigmoid", "pointer"])
def test_mean_places_never_leave_the_square(law: str) -> None:
    config = likelihood_config(coordinate_law=law)
    model = MedGazeModel.build(config).eval()
    for parameter in model.heads.parameters():
        parameter.data.mul_(10)
    places, _ = model(**without_fixations(batch(config))).paths.mean()
    assert ((places[..., :2] >= 0) & (places[..., :2] <= 1)).all()
    assert (places[..., 2] > 0).all()


def test_log_variances_stay_within_their_bounds() -> None:
    config = likelihood_config()
    model = MedGazeModel.build(config).eval()
    for parameter in model.heads.parameters():
        parameter.data.mul_(1000)
    paths = model(**without_fixations(batch(config))).paths
    for logvar in (paths.place_logvar, paths.time_logvar):
        assert logvar.min() >= -8
        assert logvar.max() <= 4


def test_auxiliary_heads_add_their_losses_only_where_targets_are_given() -> None:
    config = likelihood_config(aux_landmarks=2, aux_gaze_map=True)
    model, inputs = MedGazeModel.build(config), batch(config)
    aux = {
        "landmarks": torch.tensor([[[0.2, 0.3], [float("nan")] * 2]] * 2),
    }
    with_targets = model(**inputs, aux=aux)
    assert set(with_targets.losses) >= {"landmarks", "gaze_map"}
    with_targets.loss.backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.auxiliary_heads.parameters())
    assert "landmarks" not in model(**inputs).losses


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_readers_with_opposite_orders_are_not_averaged_and_keep_their_spread(seed: int) -> None:
    """One Gaussian a slot, or a mixture whose first lucky mode takes all, looks where nobody looked."""
    config = likelihood_config(
        fusion="vision", joint_layers=0, num_modes=2, max_fixations=3, coordinate_law="sigmoid", norm_first=True
    )
    model = MedGazeModel.build(config, seed=seed).train()
    pixels = batch(config, cases=1)["pixel_values"]
    down = torch.tensor([[0.5, 0.2, 0.3], [0.5, 0.5, 0.3], [0.5, 0.8, 0.3]])
    both = torch.stack([down, down.flip(0)])[None]
    noise = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(150):
        readings = both.clone()
        readings[..., :2] += 0.03 * torch.randn(1, 2, 3, 2, generator=noise)
        readings[..., 2] *= (0.4 * torch.randn(1, 2, 3, generator=noise)).exp()
        optimizer.zero_grad()
        model(pixels, fixations=readings, fixation_mask=torch.ones(1, 2, 3)).loss.backward()
        optimizer.step()
    paths = model.eval()(pixels).paths
    places, lengths = paths.mean()
    first_y = places[0, :, 0, 1].sort().values
    assert first_y[0] < 0.35
    assert first_y[1] > 0.65
    assert lengths.tolist() == [[3, 3]]
    drawn, _, modes, _ = paths.sample(200, torch.Generator().manual_seed(0))
    assert 0.2 < modes.float().mean() < 0.8
    assert drawn[0, modes[0] == 0, 0, 1].std() > 0.01


def test_a_copy_of_the_model_shares_its_frozen_parts_and_nothing_else() -> None:
    model = MedGazeModel.build(likelihood_config())
    twin = copy.deepcopy(model)
    assert twin.frozen is model.frozen
    assert twin.heads.stop.weight is not model.heads.stop.weight  # type: ignore[union-attr]


def test_a_mixture_needs_a_likelihood() -> None:
    with pytest.raises(ConfigError, match="num_modes must be 1"):
        likelihood_config(loss="l1")


def test_training_goes_on_after_a_prediction() -> None:
    config = likelihood_config()
    model, inputs = MedGazeModel.build(config), batch(config)
    with torch.inference_mode():
        model(**without_fixations(inputs))
    model(**inputs).loss.backward()


def test_the_demo_preset_is_small_enough_for_the_repository() -> None:
    config = preset("demo")
    with torch.device("meta"):
        model = MedGazeModel.of(config)(config)
    assert sum(p.numel() * 4 for p in model.parameters()) < 25e6


def test_balanced_shares_give_each_mode_the_same_and_each_reading_one() -> None:
    scores = torch.randn(4, 3, 3, generator=torch.Generator().manual_seed(0))
    scores[:, 0] += 5  # one mode fits everything better
    real = torch.ones(4, 3)
    real[0, 2] = 0
    shares = balanced_shares(scores, real)
    torch.testing.assert_close(shares.sum(1), torch.ones(4, 3))
    per_mode = (shares * real[:, None]).sum((0, 2))
    torch.testing.assert_close(per_mode, torch.full((3,), 11 / 3), atol=0.05, rtol=0)
