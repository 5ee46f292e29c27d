"""What suits the machine a model runs on."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SPINS = 10_000  # about 0.2 ms


def limit_spinning(environ: MutableMapping[str, str] = os.environ) -> None:
    """Let torch's threads wait for one another by spinning for a moment, and then asleep. To be called before torch is
    imported, which is when OpenMP reads it; what the environment says already stands.

    Threads that spin as long as they do by default take the cores from whatever else runs, and then wait for it in
    their turn: on 2 busy cores that made seconds a prediction. Threads that sleep at once lose a fifth on idle ones.
    """
    environ.setdefault("GOMP_SPINCOUNT", str(SPINS))


def inference_dtype(named: str, device: str) -> str:
    """bfloat16 in place of float32 where the CPU multiplies it by itself: that takes 40 % off reading a report and half
    off the CNN, and moves what is read by 1 % of its size. ``named``: what it would be; ``device``: cpu, cuda, ...
    """
    import torch

    if named != "float32" or not device.startswith("cpu"):
        return named
    can = torch.cpu.get_capabilities()
    return "bfloat16" if can.get("avx512_bf16") or can.get("amx_bf16") else named
