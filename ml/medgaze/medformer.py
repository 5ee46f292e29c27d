"""MedFormer: learned queries that gather from the film what a report could say about it (a BLIP-2 Q-Former)."""

from __future__ import annotations

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from transformers import Blip2QFormerConfig, Blip2QFormerModel

from ml.medgaze.assets import Asset, AssetFormatRefused, weight_files
from ml.medgaze.config import MedGazeConfig


def qformer_config(config: MedGazeConfig, *, text: bool) -> Blip2QFormerConfig:
    """The Q-Former's own configuration; ``text`` adds the text feed-forward branch that only stage 1 uses."""
    return Blip2QFormerConfig(
        vocab_size=config.vision.medformer_vocab_size,
        hidden_size=config.vision.medformer_width,
        num_hidden_layers=config.vision.medformer_layers,
        num_attention_heads=config.vision.medformer_heads,
        intermediate_size=config.vision.medformer_feedforward,
        hidden_dropout_prob=config.vision.medformer_dropout,
        attention_probs_dropout_prob=config.vision.medformer_dropout,
        encoder_hidden_size=config.width,
        cross_attention_frequency=2,
        use_qformer_text_input=text,
    )


class MedFormer(nn.Module):
    """Queries (K of them, width W) attend to each other and, every second layer, to the film.

    (B, G, D) -> (B, K, W).
    """

    def __init__(self, config: MedGazeConfig, *, text: bool = False) -> None:
        super().__init__()
        self.queries = nn.Parameter(torch.zeros(1, config.vision.medformer_queries, config.vision.medformer_width))
        self.qformer = Blip2QFormerModel(qformer_config(config, text=text))

    def forward(self, film: Tensor) -> Tensor:
        queries = self.queries.expand(film.shape[0], -1, -1)
        out: Tensor = self.qformer(query_embeds=queries, encoder_hidden_states=film).last_hidden_state
        return out

    def load_bert(self, asset: Asset) -> list[str]:
        """Start from BERT's layers, as the paper does; cross-attention stays random. Returns the names set."""
        bert = bert_tensors(asset)
        own = self.qformer.state_dict()
        found = {name: bert[source] for name in own if (source := _bert_name(name)) in bert}
        if not found:
            raise AssetFormatRefused(f"{asset.reference} holds no BERT layers")
        self.qformer.load_state_dict(found, strict=False)
        return sorted(found)


def bert_tensors(asset: Asset) -> dict[str, Tensor]:
    """The tensors of a BERT folder by BERT's own names, without the ``bert.`` some checkpoints put in front."""
    if asset.folder is None:
        raise AssetFormatRefused(f"{asset.reference}: MedFormer starts from a folder with BERT weights")
    tensors: dict[str, Tensor] = {}
    for file in weight_files(asset.folder):
        tensors.update({name.removeprefix("bert."): value for name, value in load_file(file).items()})
    return tensors


def _bert_name(name: str) -> str:
    """Where BERT keeps what the Q-Former calls ``name``; the query branch starts as a copy of the text branch."""
    if name.startswith("layernorm."):
        return name.replace("layernorm.", "embeddings.LayerNorm.")
    name = name.replace(".attention.attention.", ".attention.self.")
    return name.replace(".intermediate_query.", ".intermediate.").replace(".output_query.", ".output.")
