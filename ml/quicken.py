"""A loaded model made quick for predictions on this machine's CPU. What it says stays the same to about 1 %.

Two parts carry most of what is not the walk: the small CNN, which takes half as long in bfloat16 with channels laid out
last where the CPU multiplies bfloat16 by itself, and a BERT that reads the report, whose layers PyTorch knows as one
operation each. The latter also leaves Python to the film, which is seen at the same time (:mod:`ml.threads`).
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import BertModel
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions as Output

from ml.machine import quick_dtype
from ml.models.language import FrozenLanguageModel
from ml.models.medgaze import MedGazeModel


def quicken(model: MedGazeModel) -> None:
    """In place, for predictions only: neither to be trained nor saved afterwards. Nothing on other devices."""
    device = str(model.device)
    if not device.startswith("cpu"):
        return
    if model.backbone is not None and quick_dtype(str(model.dtype).removeprefix("torch."), device) == "bfloat16":
        cast(Any, model.backbone).to(dtype=torch.bfloat16, memory_format=torch.channels_last)
    if model.frozen.language is not None:
        fuse_layers(model.frozen.language)


def fuse_layers(language: FrozenLanguageModel) -> None:
    """Let a plain BERT's layers run as one operation each; other models, and 8-bit weights, stay as they are."""
    model, config = language.model, language.model.config
    if type(model) is not BertModel or config.is_decoder or config.hidden_act != "gelu":
        return
    if language.dtype.is_floating_point and config._attn_implementation == "sdpa":  # whose masks are true and false
        cast(Any, model).encoder = FusedEncoder(model)


class FusedEncoder(nn.Module):
    """In the place of a BERT's encoder. (B, T, W) embeddings -> (B, T, W) states. Quick without gradients alone."""

    def __init__(self, model: BertModel) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_fused(layer, model) for layer in model.encoder.layer)

    def forward(self, states: Tensor, attention_mask: Tensor | None = None, **_: Any) -> Output:
        """attention_mask (B, 1, T, T), True where a token looks at another; None: each at each."""
        ignored = None if attention_mask is None else ~attention_mask[:, 0, 0]
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=ignored)
        return Output(last_hidden_state=states)


def _fused(layer: Any, model: BertModel) -> nn.TransformerEncoderLayer:
    config, read = model.config, layer.attention.self
    fused = nn.TransformerEncoderLayer(
        config.hidden_size,
        config.num_attention_heads,
        config.intermediate_size,
        dropout=0.0,
        activation="gelu",
        layer_norm_eps=config.layer_norm_eps,
        batch_first=True,
        device=model.device,
        dtype=model.dtype,
    )
    asked = (read.query, read.key, read.value)
    held = {
        "self_attn.in_proj_weight": torch.cat([each.weight for each in asked]),
        "self_attn.in_proj_bias": torch.cat([each.bias for each in asked]),
    }
    named = {
        "self_attn.out_proj": layer.attention.output.dense,
        "norm1": layer.attention.output.LayerNorm,
        "linear1": layer.intermediate.dense,
        "linear2": layer.output.dense,
        "norm2": layer.output.LayerNorm,
    }
    for name, own in named.items():
        held |= {f"{name}.weight": own.weight, f"{name}.bias": own.bias}
    fused.load_state_dict(held)
    return fused.requires_grad_(False).eval()
