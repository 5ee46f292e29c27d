"""Stage 1 (VR2), and what it hands over to stage 2."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel

from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.vr2 import VR2Model
from ml.training.stage1 import Stage1Mismatch, load_stage1_tensors
from tests.ml.kit import tiny_config


def reports(cases: int = 4, tokens: int = 9) -> dict[str, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    mask = torch.ones(cases, tokens, dtype=torch.long)
    mask[1, 5:] = 0
    return {
        "pixel_values": torch.randn(cases, 1, 32, 32, generator=source),
        "input_ids": torch.randint(3, 290, (cases, tokens), generator=source),
        "attention_mask": mask,
    }


def trained_vr2(folder: Path) -> VR2Model:
    """One step of stage 1, saved."""
    model = VR2Model.build(tiny_config(), seed=5).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    model(**reports()).loss.backward()
    optimizer.step()
    model.save_pretrained(folder)
    return model


def test_one_step_of_stage_1_trains_every_parameter_on_three_equal_losses() -> None:
    model = VR2Model.build(tiny_config()).train()
    out = model(**reports())
    assert set(out.losses) == {"itc", "itm", "lm"}
    assert out.loss.item() == pytest.approx(sum(v.item() for v in out.losses.values()))
    out.loss.backward()
    assert [n for n, p in model.named_parameters() if p.grad is None or not p.grad.isfinite().all()] == []


def test_stage_1_learns_to_match_and_to_write() -> None:
    model, inputs = VR2Model.build(tiny_config(medformer_dropout=0.0, encoder_dropout=0.0)).train(), reports()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for step in range(60):
        optimizer.zero_grad()
        out = model(**inputs, generator=torch.Generator().manual_seed(step))
        out.loss.backward()
        optimizer.step()
        losses.append(out.losses)
    assert losses[-1]["lm"] < 0.8 * losses[0]["lm"]
    assert losses[-1]["itc"] < losses[0]["itc"]


def test_a_word_is_written_without_seeing_the_words_after_it() -> None:
    model, inputs = VR2Model.build(tiny_config()).eval(), reports()
    film = model.vision(model.backbone(inputs["pixel_values"]))
    queries = model.medformer.queries.expand(4, -1, -1)
    args = (inputs["attention_mask"], film, "writing")
    before = model._run(queries, inputs["input_ids"], *args)
    changed = inputs["input_ids"].clone()
    changed[:, 4] = 7
    after = model._run(queries, changed, *args)
    count = queries.shape[1]
    torch.testing.assert_close(after[:, : count + 4], before[:, : count + 4])
    assert not torch.allclose(after[:, count + 4], before[:, count + 4])


def test_padded_words_change_no_stage_1_loss() -> None:
    model, inputs = VR2Model.build(tiny_config()).eval(), reports()
    first = model(**inputs, generator=torch.Generator().manual_seed(0)).losses
    inputs["input_ids"][1, 5:] = 99
    second = model(**inputs, generator=torch.Generator().manual_seed(0)).losses
    for name, value in first.items():
        assert value.item() == pytest.approx(second[name].item(), rel=1e-5), name


@pytest.mark.parametrize("prefix", ["", "model.", "module.model."])
def test_every_stage_1_tensor_survives_into_stage_2_exactly(prefix: str, tmp_path: Path) -> None:
    stage1 = trained_vr2(tmp_path / "vr2")
    saved = load_file(tmp_path / "vr2" / "model.safetensors")
    save_file(
        {prefix.replace("module.model.", "model.") + k: v for k, v in saved.items()}, tmp_path / "nested.safetensors"
    )
    model = MedGazeModel.build(tiny_config(), seed=1)
    report = load_stage1_tensors(model, tmp_path / "nested.safetensors")
    assert report.missing == ()
    own = model.state_dict()
    expected = {n for n in own if n.startswith(("backbone.", "vision.", "medformer."))}
    assert set(report.matched) == expected
    for name in expected:
        assert torch.equal(own[name], stage1.state_dict()[name]), name
    assert "words.weight" in report.unused


def test_the_report_counts_by_part_what_was_taken_over_and_what_was_not(tmp_path: Path) -> None:
    given = MedGazeModel.build(tiny_config()).state_dict()
    kept = {name: given[name] for name in given if name.startswith(("vision.", "backbone."))}
    counts = {part: sum(name.startswith(part) for name in given) for part in ("backbone", "medformer", "vision")}
    save_file(kept | {"words.weight": torch.zeros(2)}, tmp_path / "some.safetensors")
    said = str(load_stage1_tensors(MedGazeModel.build(tiny_config()), tmp_path / "some.safetensors"))
    assert said == (
        f"stage 1: {len(kept)} (backbone {counts['backbone']}, vision {counts['vision']}) tensors taken over; not in "
        f"the file and begun anew: {counts['medformer']} (medformer {counts['medformer']}); in the file and of no use "
        "here: 1 (words 1)"
    )


def test_a_stage_1_file_with_nothing_of_ours_raises(tmp_path: Path) -> None:
    save_file({"visual_encoder.weight": torch.zeros(2)}, tmp_path / "other.safetensors")
    with pytest.raises(Stage1Mismatch, match="none of its 1 tensors"):
        load_stage1_tensors(MedGazeModel.build(tiny_config()), tmp_path / "other.safetensors")


def test_a_stage_1_tensor_of_another_shape_raises(tmp_path: Path) -> None:
    trained_vr2(tmp_path)
    with pytest.raises(Stage1Mismatch, match="here"):
        load_stage1_tensors(MedGazeModel.build(tiny_config(feedforward_width=24)), tmp_path)


def test_a_pickled_stage_1_file_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "checkpoint_82.pth").write_bytes(b"\x80\x04\x95 not safetensors")
    with pytest.raises(Stage1Mismatch, match="not safetensors"):
        load_stage1_tensors(MedGazeModel.build(tiny_config()), tmp_path / "checkpoint_82.pth")


def small_bert(folder: Path) -> BertModel:
    bert = BertModel(
        BertConfig(vocab_size=299, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32)
    )
    bert.save_pretrained(folder)
    return bert.eval()


def test_before_training_reports_come_out_as_the_bert_that_was_given_reads_them(tmp_path: Path) -> None:
    bert = small_bert(tmp_path)
    stage1, inputs = VR2Model.build(tiny_config(medformer_init=str(tmp_path))).eval(), reports()
    ids, mask = inputs["input_ids"], inputs["attention_mask"]
    with torch.inference_mode():
        ours = stage1._run(None, ids, mask, None, "alone")
        theirs = bert(input_ids=ids, attention_mask=mask).last_hidden_state
    assert torch.allclose(ours[mask > 0], theirs[mask > 0], atol=1e-5)


def test_medformer_starts_from_berts_layers(tmp_path: Path) -> None:
    bert = small_bert(tmp_path)
    config = tiny_config(medformer_init=str(tmp_path))
    model, stage1 = MedGazeModel.build(config), VR2Model.build(config)
    assert model.medformer is not None
    given = bert.state_dict()
    for former in (model.medformer, stage1.medformer):
        own = former.qformer.state_dict()
        attention = "encoder.layer.1.attention.{}.query.weight"
        assert torch.equal(own[attention.format("attention")], given[attention.format("self")])
        assert torch.equal(
            own["encoder.layer.0.intermediate_query.dense.weight"], given["encoder.layer.0.intermediate.dense.weight"]
        )
    assert torch.equal(stage1.words.weight[:299], given["embeddings.word_embeddings.weight"])
