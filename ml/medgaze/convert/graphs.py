"""ONNX graphs of what is trained: ``vision.onnx`` (film to tokens) and ``decoder.onnx`` (tokens and what the language
model read to the parameters of the distribution over scanpaths). Of the autoregressive decoder, ``decoder.onnx`` says
what it caches of the case, and ``step.onnx`` takes one step: from a state to the next fixation and the state after it.

Between the two stands the frozen language model, which is referenced and not included: with ``fusion="joint"`` it reads
the report alone; with ``fusion="language"`` the report's tokens and the film's ``visual_prompt`` in one sequence.
``export.json`` beside them says every input and output, shapes, units and how a film is prepared.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.convert import ConversionRefused
from ml.medgaze.decoders.autoregressive import AutoregressiveDecoder
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.decoders.step import CachedKeys, DecoderState, FoldedStep
from ml.medgaze.language import FrozenLanguageModel
from ml.medgaze.model_info import read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import FILE as PROCESSOR

CACHED, STATE = list(CachedKeys._fields), list(DecoderState._fields)
MOST_APART = 1e-4  # largest difference from torch that is let out
ABOUT = {
    "pixel_values": "film as the processor prepares it: grey 0..1 by percentiles, then (grey - mean) / std",
    "film_tokens": "one token a grid cell of the film, row by row",
    "visual_prompt": "soft prompt: embeddings of the film among the language model's input embeddings",
    "report_hidden_states": "last hidden states of the language model over the report alone",
    "hidden_states": "last hidden states of the language model over visual prompt and report in one sequence",
    "attention_mask": "1 on the report's tokens, 0 on padding",
    "place": "mean x, y of each fixation, in units of `space`: divide for fractions of the model's square",
    "place_logvar": "log variance of x, y, in units of `space` squared",
    "rho": "correlation of the x and y errors",
    "time": "mean duration in the duration law's own space: seconds, or log seconds for `lognormal`",
    "time_logvar": "log variance of the same",
    "log_valid": "log probability that the slot holds a fixation (law `hazard`: given that all before do)",
    "log_pad": "log probability of the contrary",
    "gate": "log probability of each mode",
}
STEP = {
    "centres": "x and y of where each anchor stands, in fractions of the model's square",
    "means": "where fixations on it fall",
    "sd": "standard deviation of their scatter in x, y",
    "keys": "of the pointer's attention to each anchor",
    "key_bias": "of the pointer's attention to each anchor, whatever the hidden state",
    "recency_keys": "of the pointer's attention to each anchor, by how near and how long it was fixated",
    "stop_values": "part of `continue_logit`: by what is likely next",
    "values": "part of the hidden state and of the duration: by what stands at each anchor, and by the saccade there",
    "initial": "the hidden state before the first fixation",
    "hidden": "the hidden state; `initial` for each scanpath at first",
    "nearness": "of the last fixation to each anchor; 0 at first",
    "dwell": "1 and the time spent on each anchor, recent fixations counting most, and all alike; 1 at first",
    "place": "the last fixation, x, y in fractions of the model's square; NaN at first",
    "uniform": "uniform random numbers 0..1: choose the anchor",
    "noise": "standard normal random numbers times `temperature`: scatter x, y and log duration",
    "temperature": "1: as learnt; below 1 the choice of anchors is sharper",
    "continue_logit": "logit that this fixation exists, given all before it; the first one always does. A scanpath "
    "ends before the first slot whose product of sigmoids falls below one uniform number drawn for the scanpath",
    "duration_s": "this fixation's duration, s",
}
PARAMETERS = ("place", "place_logvar", "rho", "time", "time_logvar", "log_valid", "log_pad", "gate")


class Vision(nn.Module):
    """pixels (B, C, S, S) -> grid tokens (B, G, D), and with ``fusion="language"`` the visual prompt."""

    def __init__(self, model: MedGazeModel) -> None:
        super().__init__()
        self.model = model
        self.frozen = model.frozen.backbone  # named here too, so that its weights belong to the graph

    def forward(self, pixel_values: Tensor) -> tuple[Tensor, ...]:
        model = self.model
        film = model.film_tokens(model.film_features(pixel_values))
        if model.config.language.fusion != "language":
            return (film,)
        assert model.fusion.to_language is not None
        return film, cast(Tensor, model.fusion.to_language(film if model.medformer is None else model.medformer(film)))


class PrecomputedStates:
    """In the language model's place: gives hidden states that it has computed already."""

    def __init__(self, states: Tensor) -> None:
        self.states = states

    def embed(self, input_ids: Tensor) -> Tensor:
        return self.states.new_zeros(*input_ids.shape, self.states.shape[-1])

    def __call__(self, embeddings: Tensor, attention_mask: Tensor) -> Tensor:
        return self.states


class Decoder(nn.Module):
    """Grid tokens (B, G, D), what the language model read and the report's mask -> the distribution's parameters."""

    def __init__(self, model: MedGazeModel) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, film: Tensor, read: Tensor | None = None, attention_mask: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        model, config = self.model, self.model.config
        if config.language.fusion != "language":
            memory = model.fuse(film, read, attention_mask)
        else:
            assert read is not None and attention_mask is not None
            width = config.width if model.medformer is None else config.vision.medformer_width
            visual = film.new_zeros(film.shape[0], config.vision.tokens, width)
            language = cast(FrozenLanguageModel, PrecomputedStates(read))
            memory = model.fusion(film, visual, attention_mask, attention_mask, language)
        paths = model.decode(memory)
        if isinstance(paths, AutoregressivePaths):
            return FoldedStep(paths.decoder).cache(paths.anchors)
        return tuple(value for name in PARAMETERS if (value := getattr(paths, name)) is not None)


class Step(nn.Module):
    """One step of N scanpaths a case: :class:`CachedKeys`, :class:`DecoderState` and random numbers -> logit that there
    is this fixation, its duration and the state after it."""

    def __init__(self, decoder: AutoregressiveDecoder) -> None:
        super().__init__()
        self.decoder = decoder

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        cached, state = CachedKeys(*given[: len(CACHED)]), DecoderState(*given[len(CACHED) : -3])
        step, after = FoldedStep(self.decoder)(cached, state, *given[-3:])
        return step.continue_logit, step.duration_s, *after


@dataclass(frozen=True)
class Graph:
    """One file: its module, inputs in order with an example of two cases, names of inputs' axes that may vary."""

    name: str
    module: nn.Module
    inputs: dict[str, Tensor]
    varying: dict[str, dict[int, str]]
    outputs: list[str]


def to_onnx(folder: Path, to: Path) -> dict[str, Any]:
    """Write both graphs and ``export.json``, run them in ONNX Runtime, return the content of ``export.json``.

    Raises :class:`ConversionRefused` where ONNX Runtime's answer is further than 1e-4 from torch's.
    """
    info = read_model_info(folder)
    # The backbone belongs to the graph; the language model, which does not, need not be on this machine.
    model = MedGazeModel.from_pretrained(folder, frozen=False).load_frozen_parts(language=False)
    to.mkdir(parents=True, exist_ok=True)
    described = {}
    for graph in _graphs(model):
        with torch.no_grad(), _quietly():
            graph.module(*graph.inputs.values())  # position tables are made now, and not as part of the graph
            program = torch.onnx.export(
                graph.module,
                tuple(graph.inputs.values()),
                dynamo=True,
                input_names=list(graph.inputs),
                output_names=graph.outputs,
                dynamic_shapes=_shapes(graph),
                verbose=False,
            )
            assert program is not None
            program.save(to / f"{graph.name}.onnx", external_data=False)
        apart = compare(graph, to / f"{graph.name}.onnx")
        if apart > MOST_APART:
            raise ConversionRefused(
                f"{graph.name}.onnx answers {apart:.1e} away from torch, more than {MOST_APART:.0e}"
            )
        described[graph.name] = _described(graph, apart)
    content = {
        "model": {"name": info.name, "sha256": info.sha256, "preset": info.preset, "simulated": info.simulated},
        "graphs": described,
        **_meaning(model.config),
        "processor": json.loads((folder / PROCESSOR).read_text()),
    }
    (to / "export.json").write_text(json.dumps(content, indent=2) + "\n")
    return content


def compare(graph: Graph, file: Path) -> float:
    """Largest absolute difference between torch and ONNX Runtime, over other inputs and another batch than traced."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    worst, source = 0.0, torch.Generator().manual_seed(1)
    for cases, tokens in ((1, 5), (3, 9)):
        given = {name: _another(name, value, cases, tokens, graph, source) for name, value in graph.inputs.items()}
        with torch.no_grad():
            expected = graph.module(*given.values())
        got = session.run(graph.outputs, {name: value.numpy() for name, value in given.items()})
        for one, other in zip(expected, got, strict=True):
            worst = max(worst, float(np.abs(one.numpy() - other).max()))
    return worst


def _another(name: str, value: Tensor, cases: int, tokens: int, graph: Graph, source: torch.Generator) -> Tensor:
    """Input of another size: ``sequence`` is visual prompt and report in one."""
    sizes = {"batch": cases, "tokens": tokens, "samples": tokens}
    if "sequence" in graph.varying[name].values():
        sizes["sequence"] = value.shape[1] - graph.inputs["attention_mask"].shape[1] + tokens
    shape = [sizes.get(graph.varying[name].get(axis, ""), size) for axis, size in enumerate(value.shape)]
    if name in ("uniform", "temperature", "place"):
        return torch.rand(shape, generator=source)
    if value.dtype != torch.int64:
        return torch.randn(shape, generator=source)
    mask = torch.ones(shape, dtype=torch.int64)
    mask[1:, -1] = 0
    return mask


def _graphs(model: MedGazeModel) -> Iterator[Graph]:
    config, cases, tokens = model.config, 2, 7
    batch = {0: "batch"}
    pixels = torch.randn(cases, config.vision.image_channels, config.vision.image_size, config.vision.image_size)
    outputs = ["film_tokens", "visual_prompt"] if config.language.fusion == "language" else ["film_tokens"]
    yield Graph("vision", Vision(model), {"pixel_values": pixels}, {"pixel_values": batch}, outputs)
    inputs: dict[str, Tensor] = {"film_tokens": torch.randn(cases, config.vision.grid_tokens, config.width)}
    varying = {"film_tokens": batch}
    fixed = (
        config.language.memory_positions == "sine8x8"
    )  # as many report tokens as its positions are made for, no fewer
    tokens = config.language.max_text_tokens if fixed else tokens
    longer = {} if fixed else {1: "tokens"}
    if config.language.fusion == "joint":
        inputs["report_hidden_states"] = torch.randn(cases, tokens, config.language.width)
        varying["report_hidden_states"] = batch | longer
    elif config.language.fusion == "language":
        inputs["hidden_states"] = torch.randn(cases, config.vision.tokens + tokens, config.language.width)
        varying["hidden_states"] = batch | ({} if fixed else {1: "sequence"})
    if config.language.fusion != "vision":
        inputs["attention_mask"] = torch.ones(cases, tokens, dtype=torch.int64)
        varying["attention_mask"] = batch | longer
    if model.autoregressive_decoder is None:
        outputs = [name for name in PARAMETERS if name != "rho" or config.decoder.correlated_coordinates]
        yield Graph("decoder", Decoder(model), inputs, varying, outputs)
        return
    decoder = Decoder(model)
    yield Graph("decoder", decoder, inputs, varying, CACHED)
    samples = (cases, 4)
    drawn = {"uniform": torch.rand(samples), "noise": torch.randn(*samples, 3), "temperature": torch.tensor(0.7)}
    with torch.no_grad():
        cached, step = CachedKeys(*decoder(*inputs.values())), FoldedStep(model.autoregressive_decoder)
        _, state = step(cached, DecoderState.initial(cached, samples[1]), *drawn.values())
    given = dict(zip(CACHED + STATE, (*cached, *state), strict=True)) | drawn
    open_axes = {name: dict(batch) for name in given if name != "temperature"} | {"temperature": {}}
    for name in (*STATE, "uniform", "noise"):
        open_axes[name] |= {2 if name in ("nearness", "dwell") else 1: "samples"}
    after = [f"next_{name}" for name in STATE]
    yield Graph("step", Step(model.autoregressive_decoder), given, open_axes, ["continue_logit", "duration_s", *after])


def _described(graph: Graph, apart: float) -> dict[str, Any]:
    inputs = [
        {
            "name": name,
            "shape": [graph.varying[name].get(axis, size) for axis, size in enumerate(value.shape)],
            "dtype": str(value.dtype).removeprefix("torch."),
            "description": _about(graph, name),
        }
        for name, value in graph.inputs.items()
    ]
    with torch.no_grad():
        answers = graph.module(*graph.inputs.values())
    outputs = [
        {
            "name": name,
            "shape": [_open(graph, name).get(axis, size) for axis, size in enumerate(value.shape)],
            "description": _about(graph, name),
        }
        for name, value in zip(graph.outputs, answers, strict=True)
    ]
    return {"file": f"{graph.name}.onnx", "inputs": inputs, "outputs": outputs, "largest_difference_from_torch": apart}


def _about(graph: Graph, name: str) -> str:
    meanings = STEP if graph.name == "step" else STEP | ABOUT
    after = ", after this step" if name.startswith("next_") else ""
    return meanings[name.removeprefix("next_")] + after


def _open(graph: Graph, name: str) -> dict[int, str]:
    """The axes of an output that may vary."""
    alone = {0: "batch", 1: "samples"} if graph.name == "step" else {0: "batch"}
    return graph.varying.get(name.removeprefix("next_"), alone)


def _shapes(graph: Graph) -> tuple[Any, ...]:
    """Which axes stay open, as torch wants them: one more bracket where the inputs have no names."""
    each = tuple({axis: torch.export.Dim.DYNAMIC for axis in graph.varying[name]} for name in graph.inputs)
    return (each,) if isinstance(graph.module, Step) else each


def _meaning(config: MedGazeConfig) -> dict[str, Any]:
    """What a reader of the parameters must know."""
    order = ["report", "visual_prompt"] if config.language.text_first else ["visual_prompt", "report"]
    language: dict[str, Any] | None = None
    if config.language.fusion != "vision":
        language = {
            "reference": config.language.reference,
            "sha256": config.language.sha256,
            "input": ["report"] if config.language.fusion == "joint" else order,
            "output": "last hidden states",
            "max_report_tokens": config.language.max_text_tokens,
            "report_suffix": config.language.report_suffix,
            "report_parts": config.language.report_parts,
        }
    return {
        "language_model": language,
        "distribution": {
            "space": config.decoder.fixation_space,
            "places_are": "fractions of the model's square, x right, y down, after division by `space` and max(0, .)",
            "duration_law": config.decoder.duration_law,
            "durations_are": "seconds",
            "stop_law": config.decoder.stop_law,
            "first_fixation_at_the_centre": config.decoder.force_centre,
        },
    }


@contextmanager
def _quietly() -> Iterator[None]:
    """The exporter warns of its own deprecations."""
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
