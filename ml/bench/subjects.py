"""What the bench times: a film, a report, and a predictor of any preset, with random weights where there are none.

Random weights time like trained ones. Those of a full-size language model are one block of numbers repeated, because
drawing 2.7 billion takes longer than the bench; the block is the same at each precision.
"""

from __future__ import annotations

import platform
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from transformers import AutoConfig, AutoModel

from ml.medgaze import memory
from ml.medgaze.assets import RANDOM, resolve
from ml.medgaze.backbone import frozen_resnet
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.inference import optimize_for_inference
from ml.medgaze.language import DTYPES, FrozenLanguageModel
from ml.medgaze.machine import inference_dtype
from ml.medgaze.model_info import ModelInfo
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.medgaze.presets import PRESETS, preset
from ml.medgaze.processing import MedGazeProcessor
from ml.medgaze.quantise import Int8Linear

REPORT = (
    "The heart is mildly enlarged. There is a small left pleural effusion with adjacent opacity at the left base, "
    "which may be atelectasis or pneumonia. The right lung is clear. No pneumothorax. "
    "The mediastinal contours are unremarkable."
)
OTHER_REPORT = "Rounded opacity in the right upper zone. The left lung is clear. " + REPORT
WIDTH, HEIGHT = 2048, 2500  # of the film, px
BLOCK = 1 << 20  # random numbers that a large language model repeats
STAND_INS = {
    "facebook/opt-2.7b": "random:opt-2.7b",
    "EleutherAI/pythia-2.8b": "random:pythia-2.8b",
    "microsoft/resnet-50": "random:resnet-50",
}
AS_SERVED = "as served"  # in place of a dtype: what the worker optimizes for inference
# name -> dtype of the trained part, of the language model; the dtype a layer computes in is the trained part's
PRECISIONS = {
    "served": (torch.float32, AS_SERVED),
    "fp32": (torch.float32, "float32"),
    "bf16": (torch.bfloat16, "bfloat16"),
    "int8": (torch.bfloat16, "int8"),
}


class TooLarge(Exception):
    """The model does not fit into what is free; the message says by how much."""


def bench_film(seed: int = 0) -> NDArray[np.uint16]:
    """A film of a usual size: smooth bright shapes and noise, 12 bit."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH] / HEIGHT
    light = 1600 + 1500 * np.sin(7 * x) * np.cos(5 * y)
    noisy = light + np.random.default_rng(seed).normal(0, 60, light.shape)
    film: NDArray[np.uint16] = noisy.clip(0, 4095).astype(np.uint16)
    return film


def device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    named = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def load(model: str, device: torch.device, precision: str, layers: int | None = None) -> MedGazePredictor:
    """``model``: a saved model's folder, or a preset's name for random weights; ``layers``: how many its full-size
    language model has (all)."""
    dtype, language_dtype = PRECISIONS[precision]
    if model in PRESETS:
        return _random(model, device, dtype, language_dtype, layers)
    if language_dtype == AS_SERVED:
        return MedGazePredictor.load(model, str(device), dtype, optimize=True)
    return MedGazePredictor.load(model, str(device), dtype, language_dtype=language_dtype)


def _random(
    name: str, device: torch.device, dtype: torch.dtype, language_dtype: str, layers: int | None
) -> MedGazePredictor:
    config = preset(name)
    config.language.reference = _stand_in(config.language.reference)
    config.vision.backbone_reference = _stand_in(config.vision.backbone_reference)
    optimize = language_dtype == AS_SERVED
    if optimize:
        language_dtype = inference_dtype(config.language.dtype, str(device))
    config.language.dtype = language_dtype
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = MedGazeModel.of(config)(config)
        nn.Module.to(model, dtype)  # before it holds its frozen parts, which keep their own
    if config.vision.backbone == "resnet50":
        model.frozen.backbone = frozen_resnet(resolve(config.vision.backbone_reference or ""))
    if config.language.fusion != "vision" and config.language.reference in STAND_INS.values():
        model.frozen.language = _large_language_model(config, language_dtype, device, layers)
    model.load_frozen_parts()
    nn.Module.to(model, device)
    if optimize:
        optimize_for_inference(model)
    info = ModelInfo(
        name=f"{name}, random weights", sha256="0" * 64, weights_sha256="0" * 64, preset=name, simulated=True,
        size_bytes=0, max_fixations=config.decoder.max_fixations, max_text_tokens=config.language.max_text_tokens,
        num_modes=config.decoder.num_modes, decode=config.decoding.rule, language=config.language.reference,
        backbone=config.vision.backbone_reference,
    )  # fmt: skip
    return MedGazePredictor(model, MedGazeProcessor.from_config(config), info)


def _stand_in(reference: str | None) -> str | None:
    return None if reference is None else STAND_INS.get(reference, reference)


def _large_language_model(
    config: MedGazeConfig, dtype: str, device: torch.device, layers: int | None = None
) -> FrozenLanguageModel:
    """Made layer by layer, so that it never takes more memory than it ends with."""
    held_in = torch.bfloat16 if dtype == "int8" else DTYPES[dtype]
    name = (config.language.reference or "").removeprefix("random:")
    with torch.device("meta"):
        shape = RANDOM[name] | ({} if layers is None else {"num_hidden_layers": layers})
        model = AutoModel.from_config(AutoConfig.for_model(**shape), dtype=held_in)  # type: ignore[no-untyped-call]
    size = 1 if dtype == "int8" else held_in.itemsize
    need, there = size * sum(p.numel() for p in model.parameters()), memory.free(device)
    if there is not None and need > 0.95 * there:
        raise TooLarge(f"needs {need / 1e9:.1f} GB for the language model, {there / 1e9:.1f} GB are free")
    block = (torch.randn(BLOCK, generator=torch.Generator().manual_seed(0)) * 0.02).bfloat16().to(held_in)
    for place in [place for place, _ in model.named_modules()]:  # no list of modules: it would keep what is replaced
        module = model.get_submodule(place)
        if next(module.buffers(recurse=False), None) is not None:  # rotary positions, which are computed and not drawn
            parent, _, last = place.rpartition(".")
            setattr(model.get_submodule(parent), last, type(module)(model.config))
        if not list(module.parameters(recurse=False)):
            continue
        module.to_empty(device="cpu", recurse=False)
        with torch.no_grad():
            for parameter in module.parameters(recurse=False):
                flat = parameter.view(-1)
                for part in torch.split(flat, BLOCK):
                    part.copy_(block[: part.numel()])
        if dtype == "int8" and type(module) is nn.Linear:
            parent, _, last = place.rpartition(".")
            setattr(model.get_submodule(parent), last, Int8Linear(module))
    return FrozenLanguageModel(model, width=config.language.width, name=name)
