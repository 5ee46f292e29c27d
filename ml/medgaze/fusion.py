"""Where film and report meet: the paper's multimodal space, and the lighter ways that leave it out or replace it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ml.medgaze.config import MedGazeConfig
from ml.medgaze.encoder import self_layers
from ml.medgaze.language import FrozenLanguageModel, PrefilledReport
from ml.medgaze.layers import sine_grid, sine_positions


@dataclass(kw_only=True)
class Regions:
    """Named places of the film, which the decoder reads and may aim at beside the grid's cells. The core finds none; a
    model built on it may."""

    places: Tensor  # (B, Z, 2) their centres in fractions of the square
    tokens: Tensor  # (B, Z, D) what stands for each
    asserted: Tensor | None = None  # (B, Z) how likely the report asserts something about each, 0 to 1
    facts: Tensor | None = None  # (B, F) what the report asserts of them, 0 to 1; F: ``MedGazeConfig.region_facts``


@dataclass
class Memory:
    """What the fixation decoder looks at. Token order: visual, report, grid (where ``grid_memory``), regions."""

    tokens: Tensor  # (B, N, D)
    positions: Tensor | None  # (N, D) or (B, N, D), added to keys
    padding: Tensor | None  # (B, N) True = ignore; None: nothing is ignored
    grid: Tensor | None  # (B, G, D) the tokens that stand for places of the film, row by row
    regions: Regions | None = None

    def with_regions(self, regions: Regions) -> Memory:
        """The same with a token a region, each at the place where it was found."""
        positions = None
        if self.positions is not None:
            found = sine_positions(regions.places.detach(), self.tokens.shape[-1]).to(self.positions.dtype)
            positions = torch.cat([self.positions.expand(found.shape[0], -1, -1), found], 1)
        padding = self.padding
        if padding is not None:
            padding = torch.cat([padding, padding.new_zeros(regions.places.shape[:2])], 1)
        tokens = torch.cat([self.tokens, regions.tokens.to(self.tokens.dtype)], 1)
        return Memory(tokens, positions, padding, self.grid, regions)

    def pooled(self) -> Tensor:
        """(B, D) mean over tokens that are not ignored."""
        if self.padding is None:
            return self.tokens.mean(1)
        keep = (~self.padding).to(self.tokens.dtype)[..., None]
        return (self.tokens * keep).sum(1) / keep.sum(1).clamp_min(1)


class Fusion(nn.Module):
    """``language``: [visual ; report] through the frozen LM, last hidden state, Linear, ReLU, dropout (the paper).
    ``joint``: the LM has read the report alone; its states and the film's tokens share trainable layers. With
    ``pool_report`` their mean is joined to every visual token instead, as Gazeformer joins its task.
    ``vision``: the film alone.
    """

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__()
        self.config = config
        own, width = config.language, config.width
        visual_width = config.vision.medformer_width if config.vision.medformer == "qformer" else width
        self.to_language: nn.Module | None = None
        self.from_language: nn.Module | None = None
        self.from_visual: nn.Module | None = None
        if own.fusion == "language":
            self.to_language = nn.Linear(visual_width, own.width)
        elif config.vision.medformer == "qformer":
            self.from_visual = nn.Linear(visual_width, width)
        if own.fusion != "vision":
            self.from_language = nn.Linear(own.width, width)
        self.join = nn.Linear(2 * width, width) if own.pool_report else None
        self.dropout = nn.Dropout(own.fusion_dropout)
        self.layers = self_layers(config, 0 if own.fusion == "language" else own.joint_layers)
        self.norm = nn.LayerNorm(width) if len(self.layers) else None
        if own.memory_positions == "learned":
            # Grid tokens know their place from 2-D sines, so one vector says what they are; others need one a token.
            visual = 1 if config.vision.medformer == "none" else config.vision.tokens
            self.visual_position_embedding = nn.Parameter(torch.zeros(visual, width))
            if own.fusion != "vision" and not own.pool_report:
                self.text_position_embedding = nn.Parameter(torch.zeros(own.max_text_tokens, width))
            if own.grid_memory:
                self.grid_position_embedding = nn.Parameter(torch.zeros(1, width))

    def forward(
        self,
        film: Tensor,
        visual: Tensor,
        text: Tensor | PrefilledReport | None,
        attention_mask: Tensor | None,
        language: FrozenLanguageModel | None,
    ) -> Memory:
        """film (B, G, D), visual (B, K, Wv); text: ids (B, T) or, where ``text_first``, what was read of them for
        ``language``, states (B, T, W) for ``joint``.
        """
        config, own = self.config, self.config.language
        report: Tensor | None = None
        if own.fusion == "vision":
            seen = self._visual(visual)
        else:
            if text is None or attention_mask is None:
                raise ValueError(f"fusion={own.fusion!r} needs the report and its attention_mask")
            count = (text.states if isinstance(text, PrefilledReport) else text).shape[1]
            if count > own.max_text_tokens:
                raise ValueError(f"{count} report tokens, the configuration reads {own.max_text_tokens}")
            if own.fusion == "language":
                assert language is not None
                seen, report = self._through_language(visual, text, attention_mask, language)
            else:
                assert self.from_language is not None and isinstance(text, Tensor)
                seen = self._visual(visual)
                report = self.dropout(self.from_language(text.to(film.dtype)))
        words = report
        if self.join is not None:
            assert report is not None and attention_mask is not None
            seen, words = self._joined(seen, report, attention_mask), None
        parts = [seen] + ([] if words is None else [words]) + ([film] if own.grid_memory else [])
        tokens = torch.cat([part.to(film.dtype) for part in parts], 1)
        positions = self._positions(seen.shape[1], 0 if words is None else words.shape[1], film)
        padding = None
        if words is not None and attention_mask is not None and own.mask_text_padding:
            sizes = (seen.shape[1], tokens.shape[1] - seen.shape[1] - words.shape[1])
            none = [torch.zeros(film.shape[0], n, dtype=torch.bool, device=film.device) for n in sizes]
            padding = torch.cat([none[0], attention_mask == 0, none[1]], 1)
        for layer in self.layers:
            tokens = layer(tokens, positions, padding)
        if self.norm is not None:
            tokens = self.norm(tokens)
        grid = None
        if own.grid_memory:
            grid = tokens[:, -film.shape[1] :]
        elif config.has_grid_memory:
            grid = tokens[:, : seen.shape[1]]
        return Memory(tokens, positions, padding, grid)

    def _visual(self, visual: Tensor) -> Tensor:
        if self.from_visual is None:
            return visual
        out: Tensor = self.dropout(self.from_visual(visual))
        return out

    def _joined(self, seen: Tensor, report: Tensor, attention_mask: Tensor) -> Tensor:
        """(B, K, D) with the mean of the report's true tokens (B, T, D) joined to each."""
        assert self.join is not None
        real = attention_mask[..., None].to(report.dtype)
        mean = (report * real).sum(1, keepdim=True) / real.sum(1, keepdim=True).clamp_min(1)
        out: Tensor = self.dropout(self.join(torch.cat([seen, mean.expand_as(seen)], -1)).relu())
        return out

    def _through_language(
        self, visual: Tensor, text: Tensor | PrefilledReport, attention_mask: Tensor, language: FrozenLanguageModel
    ) -> tuple[Tensor, Tensor]:
        """(B, K, Wv) and (B, T) -> (B, K, D) and (B, T, D). Gradients pass through the frozen model."""
        assert self.to_language is not None and self.from_language is not None
        queries = self.to_language(visual)
        if isinstance(text, PrefilledReport):
            both = (language.continue_from(text, queries), text.states)
            film, report = (self.dropout(self.from_language(x.to(visual.dtype)).relu()) for x in both)
            return film, report
        words = language.embed(text).to(queries.dtype)
        visible = torch.ones(queries.shape[:2], dtype=attention_mask.dtype, device=attention_mask.device)
        text_first = self.config.language.text_first
        order = (words, queries) if text_first else (queries, words)
        masks = (attention_mask, visible) if text_first else (visible, attention_mask)
        states = language(torch.cat(order, 1), torch.cat(masks, 1)).to(visual.dtype)
        out = self.dropout(self.from_language(states).relu())
        at = order[0].shape[1]
        first, second = out[:, :at], out[:, at:]
        return (second, first) if text_first else (first, second)

    def _positions(self, visual: int, text: int, film: Tensor) -> Tensor | None:
        config, own = self.config, self.config.language
        if own.memory_positions == "none":
            return None
        if own.memory_positions == "sine8x8":
            return sine_grid(8, config.width, film.device)[: visual + text].to(film.dtype)
        sines = sine_grid(round(film.shape[1] ** 0.5), config.width, film.device)
        parts = [
            self.visual_position_embedding + sines
            if config.vision.medformer == "none"
            else self.visual_position_embedding
        ]
        if text:
            parts.append(self.text_position_embedding[:text])
        if own.grid_memory:
            parts.append(self.grid_position_embedding + sines)
        return torch.cat(parts).to(film.dtype)
