"""ONNX graphs: what ONNX Runtime says is what torch says, end to end, for any number of cases."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
import pytest
import torch

from ml.cli import main
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.convert import graphs
from ml.medgaze.decoders.step import FoldedStep
from ml.medgaze.modeling import MedGazeModel
from tests.ml.kit import autoregressive_config, batch, likelihood_config, save_model, tiny_config, without_fixations

MOST_APART = 1e-4
plus = {"text_first": True, "mask_text_padding": True, "grid_memory": True, "memory_positions": "learned"}
CONFIGS = {
    "joint with regions": likelihood_config(region_match=5),
    "published": tiny_config(),
    "text first": tiny_config(max_text_tokens=48, **plus),
    "film alone": tiny_config(fusion="vision", memory_positions="learned"),
}


def converted(
    folder: Path, config: MedGazeConfig, names: tuple[str, ...] = ("vision", "decoder")
) -> tuple[MedGazeModel, dict[str, Any], dict[str, Any]]:
    save_model(folder / "model", config)
    main(["convert", "--model", str(folder / "model"), "--to", str(folder / "out"), "--format", "onnx"])
    sessions = {
        name: onnxruntime.InferenceSession(str(folder / "out" / f"{name}.onnx"), providers=["CPUExecutionProvider"])
        for name in names
    }
    return (
        MedGazeModel.from_pretrained(folder / "model"),
        sessions,
        json.loads((folder / "out" / "export.json").read_text()),
    )


def read(model: MedGazeModel, prompt: torch.Tensor | None, ids: torch.Tensor, mask: torch.Tensor) -> dict[str, Any]:
    """What stands between the graphs: the language model, by torch here."""
    if model.config.language.fusion == "vision":
        return {}
    if prompt is None:
        return {"report_hidden_states": model.report_features(ids, mask).numpy(), "attention_mask": mask.numpy()}
    language = model.frozen.language
    assert language is not None
    rows = [(prompt, torch.ones(prompt.shape[:2], dtype=torch.long)), (language.embed(ids), mask)]
    if model.config.language.text_first:
        rows.reverse()
    states = language(torch.cat([row for row, _ in rows], 1), torch.cat([seen for _, seen in rows], 1))
    return {"hidden_states": states.numpy(), "attention_mask": mask.numpy()}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_graphs_with_the_language_model_between_them_are_the_model(name: str, tmp_path: Path) -> None:
    model, sessions, about = converted(tmp_path, CONFIGS[name])
    for cases in (1, 3):
        inputs = without_fixations(batch(model.config, cases=cases))
        if model.config.language.memory_positions == "learned":
            inputs["attention_mask"][-1, -2:] = 0
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        with torch.no_grad():
            wanted = model(**inputs).paths
            film, *prompt = sessions["vision"].run(None, {"pixel_values": inputs["pixel_values"].numpy()})
            read_report = read(model, torch.from_numpy(prompt[0]) if prompt else None, ids, mask)
        outputs = [output["name"] for output in about["graphs"]["decoder"]["outputs"]]
        given = {"film_tokens": film, **read_report}
        named = {i.name for i in sessions["decoder"].get_inputs()}
        got = sessions["decoder"].run(outputs, {key: value for key, value in given.items() if key in named})
        for output, value in zip(outputs, got, strict=True):
            assert np.abs(value - getattr(wanted, output).numpy()).max() <= MOST_APART, output


def test_the_description_says_what_goes_in_and_out(tmp_path: Path) -> None:
    model, sessions, about = converted(tmp_path, likelihood_config())
    decoder = about["graphs"]["decoder"]
    assert {i["name"]: i["shape"] for i in decoder["inputs"]} == {
        "film_tokens": ["batch", 16, 16], "report_hidden_states": ["batch", "tokens", 16],
        "attention_mask": ["batch", "tokens"],
    }  # fmt: skip
    assert [o["name"] for o in decoder["outputs"]] == [o.name for o in sessions["decoder"].get_outputs()]
    assert {o["name"]: o["shape"] for o in decoder["outputs"]}["place"] == ["batch", 3, 6, 2]
    assert all(graph["largest_difference_from_torch"] <= MOST_APART for graph in about["graphs"].values())
    assert about["distribution"]["duration_law"] == "lognormal"
    assert about["language_model"]["sha256"] == model.config.language.sha256
    assert about["processor"]["image_size"] == 32
    assert str(tmp_path) not in json.dumps(about)


def write_only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """A graph takes seconds to write; an autoregressive model's vision is that of "joint with regions"."""
    made = graphs._graphs
    monkeypatch.setattr(graphs, "_graphs", lambda model: [graph for graph in made(model) if graph.name in names])


def test_the_cached_keys_are_the_models_where_regions_alone_are_grounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model without findings differs from the next test's in this graph alone."""
    write_only(monkeypatch, "decoder")
    model, sessions, about = converted(tmp_path, autoregressive_config(), ("decoder",))
    assert model.autoregressive_decoder is not None
    inputs = without_fixations(batch(model.config, cases=3))
    with torch.no_grad():
        film = model.film_tokens(model.film_features(inputs["pixel_values"]))
        read_report = read(model, None, inputs["input_ids"], inputs["attention_mask"])
        wanted = FoldedStep(model.autoregressive_decoder).cache(model(**inputs).paths.anchors)
    names = [output["name"] for output in about["graphs"]["decoder"]["outputs"]]
    assert names == list(wanted._fields)
    for name, value in zip(
        names, sessions["decoder"].run(names, {"film_tokens": film.numpy(), **read_report}), strict=True
    ):
        assert np.abs(value - getattr(wanted, name).numpy()).max() <= MOST_APART, name


def test_a_scanpath_drawn_step_by_step_in_the_graphs_is_the_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loop that ``export.json`` describes, with the random numbers that ``sample`` would draw."""
    write_only(monkeypatch, "decoder", "step")
    model, sessions, about = converted(tmp_path, autoregressive_config(finding_match=2), ("decoder", "step"))
    inputs, count, temperature = without_fixations(batch(model.config, cases=3)), 5, 0.7
    slots = model.config.decoder.max_fixations
    with torch.no_grad():
        wanted, lengths, *_ = model(**inputs).paths.sample(count, torch.Generator().manual_seed(3), temperature)
        film = model.film_tokens(model.film_features(inputs["pixel_values"])).numpy()
        read_report = read(model, None, inputs["input_ids"], inputs["attention_mask"])
    names = [output["name"] for output in about["graphs"]["decoder"]["outputs"]]
    cached = dict(zip(names, sessions["decoder"].run(names, {"film_tokens": film, **read_report}), strict=True))
    source = torch.Generator().manual_seed(3)
    uniform = torch.rand(slots, 3, count, generator=source).numpy()
    noise = (torch.randn(slots, 3, count, 3, generator=source) * temperature).numpy()
    zeros = np.zeros((3, count, cached["centres"].shape[-1]), np.float32)
    near = next(i["shape"][1] for i in about["graphs"]["step"]["inputs"] if i["name"] == "nearness")
    state = {
        "hidden": np.repeat(cached["initial"][:, None], count, 1), "nearness": np.stack([zeros] * near, 1),
        "dwell": 1 + np.stack([zeros] * 2, 1), "place": np.full((3, count, 2), np.nan, np.float32),
    }  # fmt: skip
    session = sessions["step"]
    taken = {i.name for i in session.get_inputs()}
    for slot in range(int(lengths.max())):
        drawn = {"uniform": uniform[slot], "noise": noise[slot], "temperature": np.array(temperature, np.float32)}
        given = {name: value for name, value in (cached | state | drawn).items() if name in taken}
        answer = dict(zip([o.name for o in session.get_outputs()], session.run(None, given), strict=True))
        state = {name: answer[f"next_{name}"] for name in state}
        alive = (lengths > slot).numpy()
        np.testing.assert_allclose(state["place"][alive], wanted[:, :, slot, :2].numpy()[alive], atol=MOST_APART)
        np.testing.assert_allclose(answer["duration_s"][alive], wanted[:, :, slot, 2].numpy()[alive], atol=MOST_APART)
