"""Weights under former names are loaded as what they are, by every door, and saved under the names of today."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from ml.cli.places import DEMO
from ml.demo.loop import Schedule, Trainer
from ml.medgaze.model_info import WEIGHTS, read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.weight_names import FORMER
from ml.training.adapt import attach, load_adapted, merge
from ml.training.trainer import TRAINING, checkpoints
from tests.ml.kit import autoregressive_config, batch, in_former_names, likelihood_config, save_model, tiny_config
from tests.ml.runs import go, prepared, same_end, small

GROUNDED = autoregressive_config(finding_match=2, aux_landmarks=2, aux_gaze_map=True)
UNSEEN = likelihood_config(see_film=False)
GRID = tiny_config(max_text_tokens=48, mask_text_padding=True, grid_memory=True, memory_positions="learned")


def former_names(tensors: object) -> set[str]:
    return {former for former in FORMER for name in tensors if name.startswith(former)}  # type: ignore[attr-defined]


def test_a_model_saved_under_former_names_reads_as_it_did(tmp_path: Path) -> None:
    met: set[str] = set()
    for number, config in enumerate((GROUNDED, UNSEEN, GRID)):
        folder, inputs = save_model(tmp_path / str(number), config), batch(config)
        before = MedGazeModel.from_pretrained(folder)
        in_former_names(folder / WEIGHTS)
        met |= former_names(load_file(folder / WEIGHTS))
        after = MedGazeModel.from_pretrained(folder)
        assert after.state_dict().keys() == before.state_dict().keys()
        with torch.no_grad():
            one, two = (model(**inputs, generator=torch.Generator().manual_seed(0)).loss for model in (before, after))
        assert torch.equal(one, two)
    assert {"fusion.place_of_grid", "vision.place_of_film"} < met == set(FORMER)  # the rest has the bundled file


def test_the_bundled_model_is_saved_under_the_names_of_today(tmp_path: Path) -> None:
    assert former_names(load_file(DEMO / WEIGHTS))
    model = MedGazeModel.from_pretrained(DEMO)
    model.save_pretrained(tmp_path)
    saved = load_file(tmp_path / WEIGHTS)
    assert saved.keys() == model.state_dict().keys() and not former_names(saved)


def test_a_run_goes_on_from_a_checkpoint_under_former_names(tmp_path: Path) -> None:
    data, settings = prepared(tmp_path / "gaze"), small(model={"preset": "tiny", "see_film": False})
    straight = go(settings, data, tmp_path / "straight").parent
    shutil.copytree(straight, tmp_path / "run")
    shutil.rmtree(tmp_path / "run" / "model")
    last = checkpoints(tmp_path / "run")[-1]
    shutil.rmtree(last)
    for file in (WEIGHTS, TRAINING):
        in_former_names(checkpoints(tmp_path / "run")[-1] / file)
    go(settings, data, tmp_path / "run")
    same_end(tmp_path / "run", straight)


def test_so_does_the_demo_models_training(tmp_path: Path) -> None:
    schedule = Schedule(steps=2)
    began = Trainer(MedGazeModel.build(GROUNDED, seed=1), schedule)
    began.save(tmp_path)
    in_former_names(tmp_path / json.loads((tmp_path / "state.json").read_text())["file"])
    goes_on = Trainer(MedGazeModel.build(GROUNDED, seed=2), schedule, tmp_path)
    for held, wanted in ((goes_on.model.state_dict(), began.model.state_dict()), (goes_on.average, began.average)):
        assert all(torch.equal(held[name], tensor) for name, tensor in wanted.items())


def test_an_adapter_under_former_names_is_the_same_readers(tmp_path: Path) -> None:
    base = save_model(tmp_path / "base", GROUNDED)
    model = MedGazeModel.from_pretrained(base)
    names = attach(model, rank=1)
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name in names:
            parameters[name].normal_(std=0.1)
    about = {"reader": "h", "rank": 1, "base_sha256": read_model_info(base).weights_sha256}
    (tmp_path / "adapter.json").write_text(json.dumps(about))
    save_file({name: parameters[name].detach() for name in names}, tmp_path / "adapter.safetensors")
    in_former_names(tmp_path / "adapter.safetensors")
    adapted = load_adapted(base, tmp_path).model.state_dict()
    assert all(torch.equal(adapted[name], tensor) for name, tensor in merge(model).state_dict().items())
