"""What a predictor is optimized for inference by: a BERT's layers fused, the CNN in bfloat16; the answers stay."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from ml.medgaze.assets import resolve
from ml.medgaze.inference import FusedEncoder, FusedLayer, fuse_layers
from ml.medgaze.language import FrozenLanguageModel
from ml.medgaze.layers import SelfLayer
from ml.medgaze.predictor import MedGazePredictor
from tests.ml.kit import film
from tests.ml.test_demo_model import DEMO

REPORT = "There is an opacity in the right lower zone. The heart is not enlarged. No effusion."


def read(model: FrozenLanguageModel, lengths: list[int]) -> torch.Tensor:
    """Last hidden states of reports of these lengths, of true tokens alone."""
    ids = torch.randint(5, 40, (len(lengths), max(lengths)), generator=torch.Generator().manual_seed(0))
    mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
    with torch.inference_mode():
        return model.encode(ids, mask)[mask.bool()]


def language_model(name: str) -> FrozenLanguageModel:
    return FrozenLanguageModel.load(resolve(name), width=16, dtype=torch.float32)


@pytest.mark.parametrize("lengths", [[9], [9, 4, 1]], ids=["one report", "padded reports"])
def test_fused_layers_say_what_the_layers_say(lengths: list[int]) -> None:
    model = language_model("random:tiny-bert")
    said = read(model, lengths)
    fuse_layers(model)
    assert isinstance(model.model.encoder, FusedEncoder)
    torch.testing.assert_close(read(model, lengths), said, rtol=1e-4, atol=1e-5)


def test_each_fused_layer_is_one_operation() -> None:
    model = language_model("random:tiny-bert")
    fuse_layers(model)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU]) as profile:
        read(model, [5, 3])
    counts = {event.key: event.count for event in profile.key_averages()}
    assert counts["aten::_transformer_encoder_layer_fwd"] == model.model.config.num_hidden_layers


def test_no_weight_is_held_twice_once_layers_are_fused() -> None:
    model = language_model("random:tiny-bert")
    before = sum(p.numel() for p in model.model.encoder.parameters())
    fuse_layers(model)
    assert sum(p.numel() for p in model.model.encoder.parameters()) == before


@pytest.mark.parametrize(
    ("name", "dtype"), [("random:tiny-opt", torch.float32), ("random:tiny-bert", torch.int8)], ids=["OPT", "8-bit BERT"]
)
def test_another_language_model_keeps_its_layers(name: str, dtype: torch.dtype) -> None:
    model = FrozenLanguageModel.load(resolve(name), width=16, dtype=dtype)
    said = read(model, [6])
    fuse_layers(model)
    assert torch.equal(read(model, [6]), said)


def test_a_fused_self_layer_says_what_the_layer_says() -> None:
    torch.manual_seed(0)
    layer = SelfLayer(16, 2, 32, 0.1, norm_first=True).eval()
    x, padding = torch.randn(2, 7, 16), torch.arange(7) >= torch.tensor([[7], [4]])
    with torch.inference_mode():
        for ignored in (None, padding):
            torch.testing.assert_close(FusedLayer(layer)(x, None, ignored), layer(x, None, ignored))


def optimized_and_exact(
    monkeypatch: pytest.MonkeyPatch, can: dict[str, bool]
) -> tuple[MedGazePredictor, MedGazePredictor]:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: can)
    optimized, exact = (MedGazePredictor.load(DEMO, "cpu", optimize=optimized) for optimized in (True, False))
    return optimized, exact


def test_the_demo_model_sees_and_reads_nearly_as_well_in_bfloat16(monkeypatch: pytest.MonkeyPatch) -> None:
    optimized, exact = optimized_and_exact(monkeypatch, {"avx512_bf16": True})
    assert exact.model.backbone is not None and optimized.model.backbone is not None
    kinds = [{p.dtype for p in each.model.backbone.parameters()} for each in (optimized, exact)]  # type: ignore[union-attr]
    assert kinds == [{torch.bfloat16}, {torch.float32}]
    dtypes: list[tuple[Any, ...]] = [(p.info().dtype, p.info().language_dtype) for p in (optimized, exact)]
    assert dtypes == [("float32", "bfloat16"), ("float32", "float32")]
    ids, mask = exact.processor.collate_reports([exact.processor.report(REPORT)])
    pixels = exact.processor.film(film(300, 260, seed=3))[0][None]
    with torch.inference_mode():
        for part in (lambda m: m.film_tokens(m.film_features(pixels)), lambda m: m.report_features(ids, mask)):
            near, true = part(optimized.model), part(exact.model)
            assert near.dtype == true.dtype == torch.float32
            assert float((near - true).norm() / true.norm()) < 0.03


def test_a_cpu_without_bfloat16_predicts_the_same_reading_quick_or_not(monkeypatch: pytest.MonkeyPatch) -> None:
    optimized, exact = optimized_and_exact(monkeypatch, {"avx512_f": True})
    shown, wanted = (
        np.array([(f.x, f.y, f.duration_s) for f in each.predict(film(300, 260, seed=3), REPORT).samples[0].fixations])
        for each in (optimized, exact)
    )
    np.testing.assert_allclose(shown, wanted, rtol=1e-3, atol=1e-4)
