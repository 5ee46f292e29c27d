"""What the web process may know of a model, without torch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ml.medgaze.model_info import ModelFolderInvalid, read_model_info, write_manifest

LIGHT = ("ml.gaze.scanpath", "ml.medgaze.stages", "ml.medgaze.model_info")


def test_the_light_modules_import_neither_torch_nor_transformers() -> None:
    heavy = "{'torch', 'transformers', 'numpy', 'django'}"
    script = f"import sys, {', '.join(LIGHT)}; print({heavy} & set(sys.modules))"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "set()\n"
    )


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
    told = json.loads((folder / file).read_text())
    (folder / file).write_text(json.dumps({**told, name: value}))
    after = read_model_info(folder)
    assert (after.sha256 != before.sha256) == another
    assert after.weights_sha256 == before.weights_sha256


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
