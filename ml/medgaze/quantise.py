"""Linear layers with 8-bit weights, for frozen language models on a CPU: half of bfloat16's memory, and faster.

Weights are rounded once, one scale an output channel. Activations are rounded on the fly, one scale and zero a token
(row): what enters an OPT layer's second map has been through a ReLU, so a range around zero would waste half of its
steps. The product is exact in 32-bit integers. This is the "zeropoint vector-wise" scheme of Dettmers et al.,
LLM.int8() (arXiv 2208.07339, section 2), without its outlier split.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

STEPS = 255  # of an activation's range
LARGEST = 127  # weights are -127..127, symmetric


class Int8Linear(nn.Module):
    """Stands in for an ``nn.Linear`` of any dtype. (..., I) -> (..., O), in the dtype that comes in.

    Rounding has no gradient: asked for one, it raises ``RuntimeError``.
    """

    weight: Tensor  # (O, I) int8
    scale: Tensor  # (O,) float32
    sums: Tensor  # (O,) int32, sums of the rounded weights over the input
    bias: Tensor | None  # (O,) float32

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        weight = linear.weight.detach()
        scale = weight.abs().amax(1).float().clamp_min(torch.finfo(torch.float32).tiny) / LARGEST
        rounded = torch.empty_like(weight, dtype=torch.int8)
        for part, own, step in zip(*(torch.split(whole, 1024) for whole in (rounded, weight, scale)), strict=True):
            part.copy_((own.float() / step[:, None]).round_())  # in slices: no float32 copy of a whole layer
        self.register_buffer("weight", rounded)
        self.register_buffer("scale", scale)
        self.register_buffer("sums", rounded.sum(1, dtype=torch.int32))
        self.register_buffer("bias", None if linear.bias is None else linear.bias.detach().float())

    def forward(self, x: Tensor) -> Tensor:
        if torch.is_grad_enabled() and x.requires_grad:
            raise RuntimeError("8-bit weights are for prediction: train with language_dtype='bfloat16'")
        rows = x.reshape(-1, x.shape[-1])
        low, high = (rows.amin(1, keepdim=True).float().clamp_max_(0), rows.amax(1, keepdim=True).float().clamp_min_(0))
        step = ((high - low) / STEPS).clamp_min_(torch.finfo(torch.float32).tiny)
        zero = (-128 - low / step).round_()
        rounded = (rows / step).round_().add_(zero).clamp_(-128, 127).to(torch.int8)
        # step * scale * (product - zero * sums) + bias, with few passes over (rows, O): each waits for all threads
        shift = (step * -zero) * (self.sums * self.scale)
        out = shift if self.bias is None else shift.add_(self.bias)
        out.addcmul_(torch._int_mm(rounded, self.weight.t()) * self.scale, step)
        return out.to(x.dtype).reshape(*x.shape[:-1], -1)


def quantise(model: nn.Module) -> None:
    """Replace every linear layer inside ``model`` by its 8-bit stand-in, one after the other, freeing as it goes."""
    for name in [name for name, module in model.named_modules() if type(module) is nn.Linear]:
        parent, _, last = name.rpartition(".")
        linear = model.get_submodule(name)
        assert isinstance(linear, nn.Linear)
        setattr(model.get_submodule(parent), last, Int8Linear(linear))


def weights(model: nn.Module) -> Iterator[Tensor]:
    """Every weight of a model, rounded ones included, which are no parameters."""
    yield from model.parameters()
    for module in model.modules():
        if isinstance(module, Int8Linear):
            yield module.weight
            yield module.scale
            if module.bias is not None:
                yield module.bias
