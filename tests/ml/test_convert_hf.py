"""A folder to hand on: complete, with frozen parts named and pinned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import BertConfig, BertModel

from ml.medgaze.assets import file_sha256
from ml.medgaze.convert import ConversionRefused
from ml.medgaze.convert.hf import to_hf
from ml.medgaze.model_info import read_model_info, write_manifest
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from tests.ml.kit import film, likelihood_config, save_model

REPORT = "Opacity in the left lower zone."


def test_the_converted_folder_predicts_what_the_model_does(mixture_folder: Path, tmp_path: Path) -> None:
    info = to_hf(mixture_folder, tmp_path / "out")
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == [
        "README.md", "config.json", "manifest.json", "model.safetensors", "processor_config.json",
    ]  # fmt: skip
    assert info.weights_sha256 == file_sha256(mixture_folder / "model.safetensors")
    assert info.sha256 == read_model_info(mixture_folder).sha256
    ours, theirs = (MedGazePredictor.load(f, device="cpu").predict(film(), REPORT, samples=3)
                    for f in (mixture_folder, tmp_path / "out"))  # fmt: skip
    assert ours == theirs


def test_the_manifest_names_frozen_parts_with_their_digests_and_keeps_the_scores(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "model", likelihood_config())
    write_manifest(folder, name="mine", scores={"CC": 0.5}, baselines={"centre": 0.3}, reader="r1")
    to_hf(folder, tmp_path / "out")
    written = json.loads((tmp_path / "out" / "manifest.json").read_text())
    config = json.loads((folder / "config.json").read_text())
    assert written["frozen"] == {"language": {"reference": "random:tiny-bert", "sha256": config["language"]["sha256"]}}
    assert (written["name"], written["scores"], written["reader"]) == ("mine", {"CC": 0.5}, "r1")


def test_the_card_tells_a_hub_what_it_is_and_keeps_its_text(mixture_folder: Path, tmp_path: Path) -> None:
    to_hf(mixture_folder, tmp_path / "one", licence="apache-2.0")
    card = (tmp_path / "one" / "README.md").read_text()
    assert card.startswith("---\nlibrary_name: medgaze\n")
    assert "license: apache-2.0" in card
    to_hf(tmp_path / "one", tmp_path / "two")
    assert (tmp_path / "two" / "README.md").read_text() == card


def test_a_language_model_that_lies_on_this_machine_must_be_named(tmp_path: Path) -> None:
    bert = BertConfig(vocab_size=300, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    BertModel(bert).save_pretrained(tmp_path / "bert")
    config = likelihood_config(language_reference=str(tmp_path / "bert"))
    MedGazeModel.build(config).save_pretrained(tmp_path / "model")
    settings = {"language_reference": str(tmp_path / "bert")}
    (tmp_path / "model" / "processor_config.json").write_text(json.dumps(settings))
    with pytest.raises(ConversionRefused, match="--language NAME"):
        to_hf(tmp_path / "model", tmp_path / "out")
    to_hf(tmp_path / "model", tmp_path / "out", {"language": "someone/bert"})
    for file in ("config.json", "processor_config.json", "manifest.json"):
        text = (tmp_path / "out" / file).read_text()
        assert "someone/bert" in text
        assert str(tmp_path) not in text


def test_a_folder_that_holds_something_is_not_overwritten(
    mixture_folder: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    (tmp_path / "mine.txt").touch()
    words = ["convert", "--model", str(mixture_folder), "--to", str(tmp_path), "--format", "hf"]
    assert "is not empty" in refused(*words)
