"""A loaded model optimized for inference on this machine's CPU. What it predicts stays the same to about 1 %.

The small CNN takes half as long in bfloat16 with channels laid out last, where the CPU multiplies bfloat16 by itself.
Layers of the encoder, and of a BERT that reads the report, PyTorch knows as one operation each, which also leaves
Python to what runs at the same time (:mod:`ml.medgaze.threads`). The autoregressive decoder's weights are folded once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import BertModel
from transformers.modeling_outputs import BaseModelOutputWithPastAndCrossAttentions as Output

from ml.medgaze.encoder import VisualEncoder
from ml.medgaze.language import FrozenLanguageModel
from ml.medgaze.layers import SelfLayer
from ml.medgaze.machine import inference_dtype
from ml.medgaze.modeling import MedGazeModel


def optimize_for_inference(model: MedGazeModel) -> None:
    """In place, for predictions only: neither to be trained nor saved afterwards. Nothing on other devices."""
    device = str(model.device)
    if not device.startswith("cpu"):
        return
    if model.backbone is not None and inference_dtype(str(model.dtype).removeprefix("torch."), device) == "bfloat16":
        cast(Any, model.backbone).to(dtype=torch.bfloat16, memory_format=torch.channels_last)
    if isinstance(model.vision, VisualEncoder) and not model.vision.positions and model.config.norm_first:
        model.vision.layers = nn.ModuleList(FusedLayer(cast(SelfLayer, layer)) for layer in model.vision.layers)
    if model.autoregressive_decoder is not None:
        model.autoregressive_decoder.fold()
    if model.frozen.language is not None:
        fuse_layers(model.frozen.language)


def fuse_layers(language: FrozenLanguageModel) -> None:
    """Let a plain BERT's layers run as one operation each; other models, and 8-bit weights, stay as they are."""
    model, config = language.model, language.model.config
    if type(model) is not BertModel or config.is_decoder or config.hidden_act != "gelu":
        return
    if language.dtype.is_floating_point and config._attn_implementation == "sdpa":  # whose masks are true and false
        cast(Any, model).encoder = FusedEncoder(model)
        cast(Any, model).pooler = None  # its output is not used


class FusedEncoder(nn.Module):
    """In the place of a BERT's encoder. (B, T, W) embeddings -> (B, T, W) states. Quick without gradients alone."""

    def __init__(self, model: BertModel) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_bert_layer(layer, model) for layer in model.encoder.layer)

    def forward(self, states: Tensor, attention_mask: Tensor | None = None, **_: Any) -> Output:
        """attention_mask (B, 1, T, T), True where a token looks at another; None: each at each."""
        ignored = None if attention_mask is None else ~attention_mask[:, 0, 0]
        for layer in self.layers:
            states = layer(states, src_key_padding_mask=ignored)
        return Output(last_hidden_state=states)


class FusedLayer(nn.Module):
    """In the place of a :class:`SelfLayer` that is given no positions. (B, N, D) -> (B, N, D)."""

    def __init__(self, layer: SelfLayer) -> None:
        super().__init__()
        attention, (into, _, _, out) = layer.attention, layer.feed_forward
        projections = (attention.query, attention.key, attention.value)
        rest = (attention.out, layer.norm1, into, out, layer.norm2)
        self.layer = _fused(attention.heads, projections, rest, norm_first=layer.norm_first)

    def forward(self, x: Tensor, positions: Tensor | None = None, padding: Tensor | None = None) -> Tensor:
        assert positions is None
        fused: Tensor = self.layer(x, src_key_padding_mask=padding)
        return fused


def _bert_layer(layer: Any, model: BertModel) -> nn.TransformerEncoderLayer:
    read, mixed = layer.attention.self, layer.attention.output
    rest = (mixed.dense, mixed.LayerNorm, layer.intermediate.dense, layer.output.dense, layer.output.LayerNorm)
    return _fused(model.config.num_attention_heads, (read.query, read.key, read.value), rest, norm_first=False)


def _fused(
    heads: int, projections: Sequence[nn.Linear], rest: Sequence[nn.Module], *, norm_first: bool
) -> nn.TransformerEncoderLayer:
    """PyTorch's layer with the weights of the maps to query, key and value, and of those after attention: out, first
    norm, both of the feed-forward net, second norm. A GELU in between."""
    mixed, norm, into, out, last = (cast(Any, part) for part in rest)
    fused = nn.TransformerEncoderLayer(
        mixed.in_features,
        heads,
        into.out_features,
        dropout=0.0,
        activation="gelu",
        layer_norm_eps=norm.eps,
        batch_first=True,
        norm_first=norm_first,
        device=mixed.weight.device,
        dtype=mixed.weight.dtype,
    )
    held = {
        "self_attn.in_proj_weight": torch.cat([each.weight for each in projections]),
        "self_attn.in_proj_bias": torch.cat([each.bias for each in projections]),
    }
    named = {"self_attn.out_proj": mixed, "norm1": norm, "linear1": into, "linear2": out, "norm2": last}
    for name, own in named.items():
        held |= {f"{name}.weight": own.weight, f"{name}.bias": own.bias}
    fused.load_state_dict(held)
    fused.requires_grad_(False)
    return fused.train(False)
