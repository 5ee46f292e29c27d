"""The configuration: its parts, the flat names that settings and overrides use, and files of either layout."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from transformers import PreTrainedConfig

from ml.demo.config import DemoConfig
from ml.medgaze.config import ConfigError, MedGazeConfig
from ml.medgaze.config_layout import PARTS, flat, nested, place
from ml.medgaze.model_info import ABOUT_SAVING
from ml.medgaze.presets import preset

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "ml" / "weights" / "demo"
# of what the last version with a flat layout wrote for each preset: sha256 of its fields as JSON
SAVED = {
    "paper": "3c4baa792c08a1b79e960a688c51ddc025d5a4ea4cee1e17a3b65f7db956c1cf",
    "plus": "528d1dbfc768f70362f52af4eb97bdb599fb807924ea5cb16b0a11f627e90f00",
    "open": "7e41c7a2b6bbb36ba070d9100950765bbff08e464be95aec0feeafb35af0d07a",
    "small": "5a0dac824fd1e504dd02b9785b234b3c4c110646d6f608447eabc7adeaf93777",
    "tiny": "ef98b72433b3fadbbb72d6411b1a9b9fbf5c623d6b3d5514a145942f8d285744",
}


def written(config: MedGazeConfig, folder: Path) -> dict[str, Any]:
    config.save_pretrained(folder)
    return dict(json.loads((folder / "config.json").read_text()))


@pytest.mark.parametrize("name", SAVED)
def test_a_presets_file_says_in_flat_form_what_it_said_before(name: str, tmp_path: Path) -> None:
    called = "demo" if name == "small" else name  # as it was called then
    file = written(preset(name, preset=called), tmp_path)
    fields = {key: value for key, value in flat(file).items() if key not in ABOUT_SAVING}
    assert hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest() == SAVED[name]


def test_the_preset_called_demo_is_the_bundled_model() -> None:
    bundled = MedGazeConfig.from_pretrained(DEMO)
    ours = preset("demo", simulated=True, language_sha256=bundled.language.sha256, dtype="float16")
    assert isinstance(bundled, DemoConfig) and isinstance(ours, DemoConfig)
    ours.architectures, ours.transformers_version = bundled.architectures, bundled.transformers_version
    assert ours.to_dict() == bundled.to_dict()


def test_the_core_opens_the_bundled_model_without_knowing_it() -> None:
    """What the demo's room has is imported when the bundled configuration is read, not before."""
    script = (
        "import sys; from ml.medgaze.config import MedGazeConfig; import ml.medgaze.predictor; "
        "print('ml.demo' in sys.modules); "
        f"print(type(MedGazeConfig.from_pretrained({str(DEMO)!r})).__name__, 'ml.demo' in sys.modules)"
    )
    fields = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert fields.split() == ["False", "DemoConfig", "True"]


def test_a_grounding_is_refused_where_there_is_none_and_may_be_switched_off_anywhere() -> None:
    with pytest.raises(ConfigError, match="only DemoConfig has region_match"):
        preset("tiny", region_match=3)
    assert type(preset("tiny", region_match=0)) is MedGazeConfig
    assert preset("demo", region_match=0, finding_match=0).to_dict()["grounding"]["regions"] == 0


def test_the_bundled_file_read_and_written_again_has_the_same_flat_form(tmp_path: Path) -> None:
    before = json.loads((DEMO / "config.json").read_text())
    after = written(MedGazeConfig.from_pretrained(DEMO), tmp_path)
    assert after["decoder"]["max_fixations"] == 32 and "max_fixations" not in after
    fields, again = ({k: v for k, v in flat(file).items() if k not in ABOUT_SAVING} for file in (before, after))
    assert fields == again


def test_flat_names_set_fields_of_the_parts() -> None:
    config = preset("tiny", max_fixations=4, language_dtype="bfloat16", decoder="parallel", width=32)
    assert (config.decoder.max_fixations, config.language.dtype, config.decoder.kind, config.width) == (
        4, "bfloat16", "parallel", 32,
    )  # fmt: skip
    assert preset("demo", decoder="walk").decoder.kind == "autoregressive"


def test_a_flat_name_replaces_what_a_file_of_the_nested_layout_says(tmp_path: Path) -> None:
    preset("tiny").save_pretrained(tmp_path)
    config = MedGazeConfig.from_pretrained(tmp_path, decode_samples=3, decode="medoid")
    assert (config.decoding.samples, config.decoding.rule, config.decoder.layers) == (3, "medoid", 1)
    there = json.loads((tmp_path / "config.json").read_text())
    assert flat({**there, "num_modes": 5})["num_modes"] == 5


def test_two_configurations_share_no_part() -> None:
    one, other = preset("tiny"), preset("tiny")
    one.vision.cnn_widths.append(1)
    one.language.sha256 = "a"
    assert other.vision.cnn_widths == [8, 8, 16] and other.language.sha256 is None


def test_the_table_of_the_layouts_names_every_field_of_every_part() -> None:
    config = preset("demo")
    for part, names in PARTS.items():
        assert set(names) == {f.name for f in dataclasses.fields(getattr(config, part))}, part
    own = {f.name for f in dataclasses.fields(config)} - {f.name for f in dataclasses.fields(PreTrainedConfig)}
    flat_names = [name for names in PARTS.values() for name in names.values()] + sorted(own - set(PARTS))
    assert sorted(flat_names) == sorted(DemoConfig.flat_types()) and len(set(flat_names)) == len(flat_names)


def test_the_layouts_turn_into_each_other() -> None:
    for name in ("plus", "demo"):
        config = preset(name).to_dict()
        assert nested(flat(config)) == nested(config)


def test_a_field_is_found_in_either_layout() -> None:
    for config in ({"language": {"sha256": "a"}}, {"language_sha256": "a"}):
        held, key = place(config, "language_sha256")
        assert held[key] == "a"
    assert place({"simulated": True}, "simulated") == ({"simulated": True}, "simulated")


def test_a_field_that_a_part_lacks_is_refused() -> None:
    with pytest.raises(TypeError, match="layerz"):
        MedGazeConfig(decoder={"layerz": 3})


def test_a_later_field_is_named_only_where_it_says_something_else(tmp_path: Path) -> None:
    """So no version that was saved before it has another name."""
    assert "report_parts" not in flat(written(preset("tiny", report_parts="all"), tmp_path / "all"))
    file = written(preset("tiny", report_parts="spoken"), tmp_path / "spoken")
    assert flat(file)["report_parts"] == "spoken"
    assert MedGazeConfig.from_pretrained(tmp_path / "spoken").language.report_parts == "spoken"
    assert MedGazeConfig.from_pretrained(tmp_path / "spoken", report_parts="all").language.report_parts == "all"
    assert MedGazeConfig(**flat(preset("tiny").to_dict())).language.report_parts == "all"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"image_size": 30}, "image_size 30 is not a multiple of backbone_stride 8"),
        ({"decode_samples": 0}, "decode_samples must be 1"),
        ({"stop_law": "never"}, "stop_law is 'never'; choose one of independent, hazard"),
        ({"decoder": "autoregressive"}, "decoder='autoregressive' needs loss='nll', not 'l1'"),
        ({"coordinate_law": "pointer"}, "set grid_memory"),
        ({"report_parts": "some"}, "report_parts is 'some'; choose one of all, spoken"),
    ],
)
def test_each_part_says_what_is_wrong_by_the_flat_name(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        preset("tiny", **fields)
