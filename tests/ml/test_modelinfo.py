"""What the web process may know of a model, without torch."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from ml.medgaze.config_layout import flat
from ml.medgaze.model_info import ABOUT_SAVING, ModelFolderInvalid, read_model_info, write_manifest

DEMO = Path(__file__).resolve().parents[2] / "ml" / "weights" / "demo"


def test_a_folder_tells_its_preset_and_digest(tiny_folder: Path) -> None:
    info = read_model_info(tiny_folder)
    assert (info.preset, info.simulated, info.max_fixations, info.decode) == ("tiny", False, 6, "sample")
    assert len(info.sha256) == 64
    assert info.language == "random:tiny-opt"


def test_a_manifest_adds_name_and_scores(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    written = write_manifest(folder, name="demo", scores={"iou": 0.5}, baselines={"uniform": {"iou": 0.2}}, minutes=3)
    assert read_model_info(folder) == written
    assert (written.name, written.scores, written.baselines) == ("demo", {"iou": 0.5}, {"uniform": {"iou": 0.2}})
    assert written.notes == {"minutes": 3}


@pytest.mark.parametrize(
    ("file", "name", "value", "another"),
    [
        ("config.json", "decode_samples", 3, True),
        ("processor_config.json", "intensity_percentiles", [1.0, 99.0], True),
        ("config.json", "transformers_version", "9.9", False),
    ],
)
def test_whatever_changes_readings_makes_another_version(
    tiny_folder: Path, tmp_path: Path, file: str, name: str, value: object, another: bool
) -> None:
    folder, before = shutil.copytree(tiny_folder, tmp_path / "model"), read_model_info(tiny_folder)
    fields = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**fields, name: value}))
    after = read_model_info(folder)
    assert (after.sha256 != before.sha256) == another
    assert after.weights_sha256 == before.weights_sha256


def test_the_bundled_version_keeps_its_name() -> None:
    assert read_model_info(DEMO).sha256 == "ca878e1c00f5a5f749de459f27e7937b0737f26047e6e2246fed9f09b7a9cabd"


def test_a_version_is_named_by_the_flat_configuration_as_it_was_first_saved(tiny_folder: Path) -> None:
    """The rule by hand, on values that no layout of the file is part of."""
    info, config = read_model_info(tiny_folder), flat(json.loads((tiny_folder / "config.json").read_text()))
    fields = {name: value for name, value in config.items() if name not in ABOUT_SAVING}
    some = {"max_fixations": 6, "decoder": "parallel", "region_match": 0, "padding_value": -3.0}
    assert some.items() <= fields.items()
    processor = json.loads((tiny_folder / "processor_config.json").read_text())
    named = json.dumps([info.weights_sha256, fields, processor], sort_keys=True)
    assert info.sha256 == hashlib.sha256(named.encode()).hexdigest()


def test_a_nested_configuration_has_the_flat_ones_names_and_what_it_lacks() -> None:
    nested = {
        "model_type": "medgaze", "width": 8, "vision": {"image_size": 32}, "language": {"width": 16, "fusion": "joint"},
        "decoder": {"kind": "autoregressive", "layers": 2}, "decoding": {"rule": "medoid"}, "grounding": {"regions": 3},
    }  # fmt: skip
    assert flat(nested) == {
        "model_type": "medgaze", "width": 8, "image_size": 32, "language_width": 16, "fusion": "joint",
        "decoder": "walk", "decoder_layers": 2, "decode": "medoid", "region_match": 3, "finding_match": 0,
        "aux_landmarks": 0, "aux_gaze_map": False, "aux_zones": 0, "aux_named": 0, "aux_weight": 1.0,
        "padding_value": -3.0,
    }  # fmt: skip


def test_a_flat_configuration_keeps_its_fields_however_few_they_were() -> None:
    """An earlier version saved fewer fields; its name was hashed from those."""
    assert flat({"preset": "tiny", "decoder": "walk"}) == {"preset": "tiny", "decoder": "walk"}
    assert flat({"decoder": "autoregressive"}) == {"decoder": "walk"}


def test_a_manifest_of_other_weights_is_refused(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    write_manifest(folder, name="demo", scores={}, baselines={})
    with (folder / "model.safetensors").open("ab") as weights:
        weights.write(b"\0")
    with pytest.raises(ModelFolderInvalid, match="other weights"):
        read_model_info(folder)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFolderInvalid, match="holds no"):
        read_model_info(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelFolderInvalid, match="'bert'"):
        read_model_info(tmp_path)
