"""8-bit weights of a frozen language model, on the path that loads them."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn
from transformers import OPTConfig, OPTModel

from ml.medgaze.assets import resolve
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.language import FrozenLanguageModel
from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.quantise import Int8Linear
from tests.ml.kit import film, likelihood_config, save_model, tiny_config


def linear(inside: int, outside: int) -> nn.Linear:
    torch.manual_seed(0)
    return nn.Linear(inside, outside)


def test_values_that_fit_the_steps_come_out_exactly() -> None:
    """Worked by hand: the weight's step is 127/127 = 1. The activations run from -1 to 254, 255 steps of 1, so both
    are whole numbers of steps: 2*254 + 127*(-1) = 381, and the bias 0.5 on top."""
    layer = linear(2, 1)
    layer.weight.data, layer.bias.data = torch.tensor([[2.0, 127.0]]), torch.tensor([0.5])
    with torch.inference_mode():
        out = Int8Linear(layer)(torch.tensor([[254.0, -1.0]]))
    assert out.item() == pytest.approx(381.5, abs=1e-4)


@pytest.mark.parametrize("rectified", [False, True])
def test_a_layer_errs_by_less_than_two_hundredths(rectified: bool) -> None:
    layer, x = linear(64, 48), torch.randn(2, 5, 64)
    x = x.relu() if rectified else x
    with torch.inference_mode():
        wanted, got = layer(x), Int8Linear(layer)(x)
    assert got.shape == wanted.shape
    assert 0 < (got - wanted).norm() / wanted.norm() < 0.02


def test_one_large_activation_does_not_blur_the_other_tokens() -> None:
    layer, x = linear(64, 48), torch.randn(1, 3, 64)
    rounded = Int8Linear(layer)
    with torch.inference_mode():
        before = rounded(x)[:, 1:]
        x[0, 0, 7] = 1e4
        torch.testing.assert_close(rounded(x)[:, 1:], before)


def test_an_empty_token_gives_the_bias() -> None:
    layer = linear(8, 4)
    with torch.inference_mode():
        torch.testing.assert_close(Int8Linear(layer)(torch.zeros(1, 1, 8))[0, 0], layer.bias)


def test_asking_for_a_gradient_is_refused() -> None:
    with pytest.raises(RuntimeError, match="for prediction"):
        Int8Linear(linear(8, 4))(torch.ones(1, 8, requires_grad=True))


def test_a_folders_language_model_reads_alike_with_8_bit_weights(tmp_path: Path) -> None:
    sizes = {"hidden_size": 64, "word_embed_proj_dim": 64, "ffn_dim": 128, "num_hidden_layers": 3}
    OPTModel(OPTConfig(vocab_size=261, num_attention_heads=4, **sizes)).save_pretrained(tmp_path)
    asset, ids, mask = resolve(str(tmp_path)), torch.randint(5, 200, (2, 12)), torch.ones(2, 12, dtype=torch.long)
    exact, rounded = (FrozenLanguageModel.load(asset, width=64, dtype=dtype) for dtype in (torch.float32, torch.int8))
    wanted, got = exact.encode(ids, mask), rounded.encode(ids, mask)
    assert 0 < (got - wanted).norm() / wanted.norm() < 0.05


@pytest.mark.parametrize("config", [tiny_config(), likelihood_config()], ids=["published", "mixture"])
def test_a_saved_model_can_be_loaded_with_8_bit_weights(config: MedGazeConfig, tmp_path: Path) -> None:
    folder = save_model(tmp_path, config)
    exact = MedGazePredictor.load(folder, device="cpu")
    rounded = MedGazePredictor.load(folder, device="cpu", language_dtype="int8")
    assert (exact.info().language_dtype, rounded.info().language_dtype) == ("float32", "int8")
    assert rounded.info().frozen_parameters == pytest.approx(exact.info().frozen_parameters, rel=0.1)
    assert rounded.info().weights_bytes < exact.info().weights_bytes
    pixels, _ = exact.processor.film(film())
    report = exact.processor.report("Opacity in the left lower zone.")
    with torch.inference_mode():
        one, other = (
            p.model(pixels[None], report.input_ids[None], report.attention_mask[None]).paths for p in (exact, rounded)
        )
    away = (one.place - other.place).abs() / one.space
    assert 0 < away.max() < 0.02  # of the film
    assert (one.durations(one.time) - other.durations(other.time)).abs().max() < 0.1
