"""One reader's own model: a small adapter learnt from that reader's recordings, beside a general model left as it is.

The adapter is a reader embedding (one vector added to the decoder's slot queries, of an autoregressive decoder to its
initial hidden state), low-rank updates of the decoder's and heads' matrices (LoRA: Hu et al., arXiv 2106.09685) and
shifts of the heads' biases, which carry a reader's pace and length. They are held by ``torch.nn.utils.parametrize``:
some forty lines here, against a library (peft) that knows neither the shifts nor our digests. Encoder, MedFormer and
fusion are shared by all readers.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.utils import parametrize
from transformers.utils import logging as transformers_logging

from ml.data.files import whole_folder
from ml.data.prepared import INDEX, ReadCase, Subset, load_prepared
from ml.medgaze.assets import file_sha256
from ml.medgaze.model_info import ModelInfo, read_model_info
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.weight_names import current_names
from ml.metrics.cases import INTER_READER, SAME_READER, Pair, against, as_path, film_key, repeat_pairs, truths
from ml.metrics.catalogue import SCANMATCH, metric
from ml.metrics.intervals import bootstrap_mean
from ml.metrics.scores import MetricTable, by_film
from ml.training.heldout import losses_of
from ml.training.settings import TrainingSettings, parse_settings
from ml.training.trainer import MedGazeTrainer, best_checkpoint

ADAPTER, ABOUT = "adapter.safetensors", "adapter.json"
FEWEST = 4  # cases of a reader worth learning from
GENERAL, ADAPTED = "general", "adapted"
RECIPE: dict[str, Any] = {
    "stage": "vlc", "passes": 30, "batch": 8, "law": "cosine", "warmup": 5, "floor": 0.05, "clip": 1.0, "patience": 4,
    "optimizer": {"slow_rate": 5e-4, "time_rate": 5e-4, "fast_rate": 5e-4, "weight_decay": 0.01},
}  # fmt: skip


class AdapterRefused(ValueError):
    """The adapter belongs to another model, or there is too little to learn from."""


class LowRank(nn.Module):
    """W (m, n) -> W + up @ down, with ``up`` zero at the start."""

    def __init__(self, weight: Tensor, rank: int) -> None:
        super().__init__()
        rank = min(rank, *weight.shape)
        self.down = nn.Parameter(torch.randn(rank, weight.shape[1]) / weight.shape[1] ** 0.5)
        self.up = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, weight: Tensor) -> Tensor:
        return weight + self.up @ self.down


class Shift(nn.Module):
    """x (..., n) -> x + by, ``by`` (n,) zero at the start."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.by = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.by


def attach(model: MedGazeModel, *, rank: int, seed: int = 0) -> list[str]:
    """Freeze the model and give it an adapter that changes nothing yet; the names of the adapter's parameters."""
    model.requires_grad_(False)
    general = {name for name, _ in model.named_parameters()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for part in (model.decoder, model.heads, model.autoregressive_decoder):
            linear = [] if part is None else [module for module in part.modules() if isinstance(module, nn.Linear)]
            for module in linear:
                parametrize.register_parametrization(module, "weight", LowRank(module.weight, rank))
                if part is not model.decoder:
                    parametrize.register_parametrization(module, "bias", Shift(len(module.bias)))
        if model.decoder is not None:
            parametrize.register_parametrization(model.decoder, "queries", Shift(model.config.width))
    renamed = {name.replace("parametrizations.", "").removesuffix(".original") for name, _ in model.named_parameters()}
    assert general <= renamed
    return [name for name, p in model.named_parameters() if p.requires_grad]


def merge(model: MedGazeModel) -> MedGazeModel:
    """Write the adapter into the weights in memory: an ordinary model again, as fast as the general one."""
    for module in list(model.modules()):
        if parametrize.is_parametrized(module):
            for name in list(module.parametrizations):  # type: ignore[arg-type, union-attr]
                parametrize.remove_parametrizations(module, name, leave_parametrized=True)
    model.train(False)
    return model


def load_adapted(base: Path, adapter: Path) -> MedGazePredictor:
    """The general model of ``base`` as the adapter's reader looks, a version of its own; refused on weights it was not
    learnt on.
    """
    about, info = json.loads((adapter / ABOUT).read_text()), read_model_info(base)
    if about["base_sha256"] != info.weights_sha256:
        raise AdapterRefused(
            f"the adapter of {about['reader']} was learnt on the model {about['base_sha256'][:12]}…, this one is "
            f"{info.weights_sha256[:12]}…: load that model, or adapt this one"
        )
    model = MedGazeModel.from_pretrained(base)
    names = attach(model, rank=about["rank"])
    _put(model, current_names(load_file(adapter / ADAPTER)), names)
    version = f"{info.sha256} {file_sha256(adapter / ADAPTER)}"
    info = dataclasses.replace(info, sha256=hashlib.sha256(version.encode()).hexdigest())
    return MedGazePredictor(merge(model), MedGazeProcessor.from_pretrained(base), info)


def adapt(
    base: Path, data: Path, reader: str, out: Path, *, rank: int = 1, seed: int = 42, show: bool = True,
    **changes: Any,
) -> dict[str, Any]:  # fmt: skip
    """Learn ``reader``'s adapter on ``data/train``, choose on ``data/validate``, compare on ``data/test``.

    Writes ``out/adapter.safetensors`` and ``adapter.json`` and gives back what the latter holds: the base's sha256,
    case counts, and of held-out cases what :func:`compare` says. ``changes`` replace fields of ``RECIPE``. Raises
    :class:`AdapterRefused` where there is too little to learn from or compare on.
    """
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    info = read_model_info(base)
    model = MedGazeModel.from_pretrained(base)
    parts = {name: _cases_of(reader, data / name, model) for name in ("train", "validate", "test")}
    train, validate, test = parts["train"], parts["validate"], parts["test"]
    if train is None or len(train) < FEWEST:
        known = sorted({who for case in load_prepared(data / "train").cases for who in case.readers})
        raise AdapterRefused(
            f"{0 if train is None else len(train)} training cases of {reader}; {FEWEST} are the fewest. "
            f"Who reads there: {', '.join(known) or 'nobody'}"
        )
    if test is None:
        raise AdapterRefused(f"no case of {reader} in {data / 'test'}: nothing to compare the models on")
    names = attach(model, rank=rank, seed=seed)
    settings = _settings(model, len(train), validate is not None, seed, changes)
    run = out.with_name(f".{out.name}.run")
    shutil.rmtree(run, ignore_errors=True)
    MedGazeTrainer(model, settings, run, train, validate, show=show, cpu=True).train()
    best, _ = best_checkpoint(run)
    tensors = {name: value for name, value in load_file(best / "model.safetensors").items() if name in names}
    _put(model, tensors, names)
    compared = compare(MedGazeModel.from_pretrained(base), merge(model), base, info, test)
    about = {
        "reader": reader,
        "base_sha256": info.weights_sha256,
        "rank": rank,
        "parameters": sum(value.numel() for value in tensors.values()),
        "steps": int(best.name.removeprefix("checkpoint-")),
        "cases": {name: 0 if part is None else len(part) for name, part in parts.items()},
        **compared,
    }
    with whole_folder(out) as folder:
        save_file({name: value.contiguous() for name, value in tensors.items()}, folder / ADAPTER)
        (folder / ABOUT).write_text(json.dumps(about, indent=2, sort_keys=True, default=dataclasses.asdict) + "\n")
    shutil.rmtree(run)
    return dict(json.loads((out / ABOUT).read_text()))


def _settings(model: MedGazeModel, cases: int, validated: bool, seed: int, changes: dict[str, Any]) -> TrainingSettings:
    fields = {**RECIPE, "model": {"preset": model.config.preset}, "seed": seed, "batch": min(8, cases), **changes}
    whole = parse_settings({**fields, "validate_every": 1, "save_every": 1}, "adapt")
    every = max(1, whole.steps_for(cases) // 10)
    fields |= {"save_every": every, "keep": 1}
    fields |= {"validate_every": every} if validated else {"patience": None}
    return parse_settings(fields, "adapt")


def _cases_of(reader: str, folder: Path, model: MedGazeModel) -> Subset | None:
    if folder.name == "validate" and not (folder / INDEX).exists():
        return None
    whole = load_prepared(folder, model.config)
    keep = [number for number, case in enumerate(whole.cases) if reader in case.readers]
    return dataclasses.replace(whole.only(keep), reader=reader) if keep else None


def _put(model: MedGazeModel, tensors: dict[str, Tensor], names: list[str]) -> None:
    parameters = dict(model.named_parameters())
    if set(tensors) != set(names) or any(tensors[n].shape != parameters[n].shape for n in names):
        raise AdapterRefused("the adapter's tensors do not fit this model; it was made by another version")
    with torch.no_grad():
        for name in names:
            parameters[name].copy_(tensors[name])


def compare(
    general: MedGazeModel, adapted: MedGazeModel, base: Path, info: ModelInfo, test: Subset
) -> dict[str, dict[str, Any]]:
    """Both models on the reader's held-out cases, with 95 % intervals over films.

    ``held_out``: ``loss`` (nats a fixation; the training loss where the model has no likelihood) and ``ScanMatch`` of
    either, and the paired gain. ``ceilings``: on the films where there is one, ScanMatch of the same reader's other
    reading and of other readers; what the adapted model lacks to it, paired; and how much of the way there from the
    general model it goes.
    """
    processor = MedGazeProcessor.from_pretrained(base)
    cases = [test.evaluation(number) for number in range(len(test))]
    films = [film_key(case) for case in cases]
    rows: dict[str, list[list[Pair]]] = {}
    losses: dict[str, NDArray[np.float64]] = {}
    for name, model in ((GENERAL, general), (ADAPTED, adapted)):
        predictor = MedGazePredictor(model, processor, info)
        losses[name] = by_film(losses_of(model, test), films)
        served = [
            predictor.predict(case.film, case.report, seed=number).samples[0] for number, case in enumerate(cases)
        ]
        rows[name] = [against(as_path(path), case) for path, case in zip(served, cases, strict=True)]
    rows |= {SAME_READER: repeat_pairs(cases), INTER_READER: _others(cases, test)}
    table = MetricTable(metric(SCANMATCH), rows, films)
    held_out = {
        "loss": {
            **{name: bootstrap_mean(values) for name, values in losses.items()},
            "gain": bootstrap_mean(losses[GENERAL] - losses[ADAPTED]),
        },
        SCANMATCH: {
            **{name: table.mean(name) for name in (GENERAL, ADAPTED)},
            "gain": table.difference(ADAPTED, GENERAL)[0],
        },
    }
    ceilings = {
        name: {
            "score": table.mean(name),
            "films": table.scored(name),
            "lacking": table.difference(name, ADAPTED)[0],
            "share": table.share(ADAPTED, (GENERAL,), name),
        }
        for name in (SAME_READER, INTER_READER)
        if table.scored(name)
    }
    return {"held_out": held_out, "ceilings": ceilings}


def _others(cases: list[ReadCase], test: Subset) -> list[list[Pair]]:
    """For each case the first reading of its film by each other reader, against this reader's."""
    first: dict[str, dict[str, NDArray[np.float64]]] = {}
    for number in range(len(test.whole)):
        case = test.whole.evaluation(number)
        for who, path in case.readings:
            first.setdefault(film_key(case), {}).setdefault(who, path)
    return [
        [(path, truth) for who, path in first[film_key(case)].items() if who != test.reader for truth in truths(case)]
        for case in cases
    ]
