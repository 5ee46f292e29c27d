"""The frozen language model: any transformers model that takes ``inputs_embeds``, decoder (OPT) or encoder (BERT).

It is held outside the module tree on purpose: never trained, never in a state dict, never in a checkpoint, shared by
copies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, DynamicCache, PreTrainedModel

from ml.medgaze.assets import Asset
from ml.medgaze.quantise import Int8Linear, quantise

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16, "int8": torch.int8}


class LanguageModelError(ValueError):
    """The referenced model does not fit this configuration."""


@dataclass(frozen=True)
class PrefilledReport:
    """A report that a decoder language model has read, to continue from: last hidden states (B, T, W), each layer's
    keys and values (B, H, T, W / H), and the report's mask (B, T).
    """

    states: Tensor
    keys_values: tuple[tuple[Tensor, Tensor], ...]
    mask: Tensor


class FrozenLanguageModel:
    """A language model without its word-prediction head. Hidden states come out in the dtype the caller sent in."""

    def __init__(self, model: PreTrainedModel, *, width: int, name: str) -> None:
        self.model = model.requires_grad_(False)
        self.model.train(False)
        embeddings = model.get_input_embeddings()
        if not isinstance(embeddings, nn.Embedding):
            raise LanguageModelError(f"{name} has no word embeddings: not a language model")
        self.embeddings = embeddings
        if embeddings.embedding_dim != width:
            raise LanguageModelError(
                f"{name} is {embeddings.embedding_dim} wide, the configuration's language_width is {width}"
            )

    @classmethod
    def load(cls, asset: Asset, *, width: int, dtype: torch.dtype) -> FrozenLanguageModel:
        """The model of a resolved reference. ``torch.int8``: linear layers with 8-bit weights, the rest bfloat16; for
        prediction only.
        """
        if dtype is not torch.int8:
            return cls(_load(asset, dtype), width=width, name=asset.reference)
        model = _load(asset, torch.bfloat16)
        quantise(model)
        return cls(model, width=width, name=asset.reference)

    @property
    def dtype(self) -> torch.dtype:
        """What the weights are kept in."""
        rounded = any(isinstance(module, Int8Linear) for module in self.model.modules())
        return torch.int8 if rounded else self.model.dtype

    def embed(self, input_ids: Tensor) -> Tensor:
        """(B, T) word ids -> (B, T, W) word embeddings, in the language model's dtype."""
        out: Tensor = self.embeddings(input_ids)
        return out

    def __call__(self, embeddings: Tensor, attention_mask: Tensor) -> Tensor:
        """(B, N, W) embeddings, (B, N) 1 = real token -> (B, N, W) last hidden states, never logits."""
        states = self.model(inputs_embeds=embeddings.to(self.model.dtype), attention_mask=attention_mask)
        return cast(Tensor, states.last_hidden_state)

    def prefill(self, input_ids: Tensor, attention_mask: Tensor) -> PrefilledReport | None:
        """Read the report first, without gradients; None where the model is bidirectional and has no cache."""
        with torch.no_grad():
            words = self.embed(input_ids)
            out = self.model(inputs_embeds=words, attention_mask=attention_mask, use_cache=True)
        cache = getattr(out, "past_key_values", None)
        if cache is None:
            return None
        layers = tuple((layer.keys, layer.values) for layer in cache.layers)
        return PrefilledReport(out.last_hidden_state, layers, attention_mask)

    def continue_from(self, report: PrefilledReport, embeddings: Tensor) -> Tensor:
        """What follows a prefilled report, left as it is: (B, N, W) embeddings -> (B, N, W) last hidden states."""
        cache = DynamicCache(ddp_cache_data=report.keys_values)
        further = report.mask.new_ones(embeddings.shape[:2])
        mask = torch.cat([report.mask, further], 1)
        states = self.model(
            inputs_embeds=embeddings.to(self.model.dtype), attention_mask=mask, past_key_values=cache, use_cache=True
        )
        return cast(Tensor, states.last_hidden_state)

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The report alone, without gradients: (B, T) -> (B, T, W) last hidden states, float32."""
        with torch.no_grad():
            return self(self.embed(input_ids), attention_mask).float()


def _load(asset: Asset, dtype: torch.dtype) -> PreTrainedModel:
    if asset.folder is not None:
        model = AutoModel.from_pretrained(asset.folder, dtype=dtype, use_safetensors=True, local_files_only=True)
        return cast(PreTrainedModel, model)
    assert asset.random is not None
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        config = AutoConfig.for_model(**asset.random)
        config.dtype = dtype
        return cast(PreTrainedModel, AutoModel.from_config(config, dtype=dtype))  # type: ignore[no-untyped-call]
