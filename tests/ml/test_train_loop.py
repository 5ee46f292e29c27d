"""Training: resume equals no interruption, it can overfit, and spread and report matter afterwards."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from ml.demo import targets
from ml.demo.loop import Schedule, Trainer
from ml.demo.simulated_set import CaseBank, batches, padded_words, prepare_cases
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.presets import preset
from ml.medgaze.processing import MedGazeProcessor
from ml.simulator.pool import make_pool
from ml.simulator.regions import REGIONS


def small(**changes: object) -> tuple[MedGazeModel, MedGazeProcessor]:
    """The demo architecture in miniature, with a random language model: no file is needed."""
    fields = {
        "image_size": 64, "cnn_widths": [8, 16, 16, 32], "backbone_width": 32, "width": 32, "attention_heads": 2,
        "feedforward_width": 64, "encoder_layers": 1, "joint_layers": 1, "decoder_layers": 1, "max_fixations": 32,
        "language_reference": "random:tiny-bert", "language_width": 16, "max_text_tokens": 64,
        "finding_match": 0, "simulated": True,
    }  # fmt: skip
    config = preset("demo", **{**fields, **changes})
    return MedGazeModel.build(config, seed=1), MedGazeProcessor.from_config(config)


@pytest.fixture(scope="module")
def bank() -> CaseBank:
    model, processor = small()
    return prepare_cases(model, processor, make_pool(3, seed=2, projected=False), count=16, seed=4)


def test_cases_are_prepared_alike_every_time(bank: CaseBank) -> None:
    model, processor = small()
    again = prepare_cases(model, processor, make_pool(3, seed=2, projected=False), count=16, seed=4)
    for field in CaseBank.__slots__:
        assert np.array_equal(
            getattr(bank, field), getattr(again, field), equal_nan=field in ("boxes", "finding_boxes")
        ), field


def test_batches_do_not_depend_on_where_they_start(bank: CaseBank) -> None:
    _, processor = small()
    asked = {"grid_side": 4, "batch": 4, "seed": 0}
    whole = list(batches(bank, processor, start=0, stop=9, **asked))
    rest = list(batches(bank, processor, start=6, stop=9, **asked))
    for a, b in zip(whole[6:], rest, strict=True):
        assert torch.equal(a["pixel_values"], b["pixel_values"]) and torch.equal(a["fixations"], b["fixations"])


def test_resumed_training_makes_the_same_weights(bank: CaseBank, tmp_path: Path) -> None:
    schedule = Schedule(steps=6, batch=4, warmup=2, save_every=3)
    model, processor = small(encoder_dropout=0.1)
    straight = Trainer(model, schedule)
    straight.run(bank, processor)
    first = Trainer(small(encoder_dropout=0.1)[0], schedule, tmp_path)
    first.run(bank, processor, until=3)
    second = Trainer(small(encoder_dropout=0.1)[0], schedule, tmp_path)
    assert second.step == 3
    second.run(bank, processor)
    for name, tensor in straight.model.state_dict().items():
        assert torch.equal(tensor, second.model.state_dict()[name]), name
    for name, tensor in straight.average.items():
        assert torch.equal(tensor, second.average[name]), name


def test_every_weight_learns_by_one_optimiser_and_the_eye_by_muon(bank: CaseBank) -> None:
    model, processor = small()
    before = {name: tensor.clone() for name, tensor in model.named_parameters()}
    trainer = Trainer(model, Schedule(steps=40, batch=4, warmup=2))
    shared = {flat.data_ptr() for flat in trainer.flat}
    hidden = {name for name, p in model.named_parameters() if p.data_ptr() in shared}
    for name in ("backbone.stages.1.down", "vision.project", "fusion.layers.0.attention.query"):
        assert f"{name}.weight" in hidden
    assert not any(
        name.startswith(("autoregressive_decoder.", "grounding.", "auxiliary_heads.", "backbone.stages.0."))
        for name in hidden
    )
    adamw = {id(p) for group in trainer.optimisers["adamw"][0].param_groups for p in group["params"]}
    assert {name for name, p in model.named_parameters() if id(p) in adamw} == set(before) - hidden
    trainer.run(bank, processor, until=2)
    assert all(not torch.equal(before[name], tensor) for name, tensor in model.named_parameters() if name in hidden)


def test_a_checkpoint_of_another_schedule_is_refused(bank: CaseBank, tmp_path: Path) -> None:
    model, processor = small()
    Trainer(model, Schedule(steps=2, batch=4), tmp_path).run(bank, processor)
    with pytest.raises(ValueError, match="another schedule"):
        Trainer(small()[0], Schedule(steps=3, batch=4), tmp_path)


def test_the_targets_of_a_box_by_hand() -> None:
    boxes = np.full((1, len(REGIONS), 4), np.nan, np.float32)
    boxes[0, 0] = (0.0, 0.0, 0.375, 0.25)
    shares = targets.region_shares(boxes, 4)
    assert shares[0, :, 0].tolist() == [1.0, 0.5] + [0.0] * 14
    assert shares[0, :, 1:].max() == 0
    known = ~np.isnan(targets.landmarks(boxes)[0])
    assert known[:, 0].tolist() == [
        k in (0, 6) for k in range(targets.LANDMARKS)
    ]  # the zone's centre, the lung's corner
    named = targets.named_regions(["both base", "heart"])
    assert named.sum() == 3 and named[REGIONS.index("left base")] == 1


def test_training_learns_a_few_cases_and_keeps_its_spread(bank: CaseBank) -> None:
    model, processor = small()
    trainer = Trainer(model, Schedule(steps=120, batch=8, learning_rate=3e-3, warmup=10, autocast=False))
    seen: list[float] = []
    trainer.run(bank, processor, report=lambda step, numbers: seen.append(numbers["loss"]), every=20)
    assert seen[-1] < 0.7 * seen[0]
    batch = bank.batch(np.arange(8), processor, model.config.vision.grid_side)
    kept = {k: batch[k] for k in ("pixel_values", "text_features", "attention_mask")}
    with torch.inference_mode():
        paths = model(**kept).paths
        others = model(**{**kept, **_rolled(kept)}).paths
        drawn = paths.sample(4, torch.Generator().manual_seed(0))
        elsewhere = others.sample(4, torch.Generator().manual_seed(0)).paths
        spread = paths.spread(drawn)[..., :2]
    assert 0.005 < float(spread.mean()) < 0.5  # neither collapsed nor without knowledge
    assert float((drawn.paths - elsewhere)[..., :2].abs().mean()) > 1e-3  # another report, another reading


def _rolled(kept: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {k: kept[k].roll(1, 0) for k in ("text_features", "attention_mask")}


def test_reports_are_padded_to_few_lengths_and_never_beyond_what_is_read() -> None:
    def reports(*lengths: int) -> list[np.ndarray]:
        return [np.ones((n, 4), np.float16) for n in lengths]

    text, mask = padded_words(reports(3, 17), most=128)
    assert text.shape == (2, 32, 4) and mask.sum(1).tolist() == [3, 17]
    assert float(text[0, 3:].abs().sum()) == 0 and float(text[1, :17].sum()) == 17 * 4
    assert padded_words(reports(33), most=40)[0].shape[1] == 40
    assert padded_words(reports(16, 2), most=128)[0].shape[1] == 16
