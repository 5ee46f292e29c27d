"""MedGaze: a film and its report in, a distribution over readings out.

For training, one call does it all::

    out = model(pixel_values, input_ids, attention_mask, fixations, fixation_mask)
    out.loss.backward(); log(out.losses)

- ``pixel_values`` (B, C, S, S), the report's ``input_ids`` and ``attention_mask`` (B, T): see ``processing``;
- ``fixations`` (B, L, 3), or (B, R, L, 3) for R readings of each case (the film and report are then read once a case):
  x, y in fractions 0..1 of the *square model space* (``processor.fixations`` converts; units such as the paper's 128 px
  stay inside the model) and duration in s; rows where the mask is 0 are ignored whatever they hold;
- ``fixation_mask`` (B, L) or (B, R, L): 1 on true fixations. A reading whose mask is all 0 counts nowhere, so
  cases with fewer readers than R are padded with it.

What a frozen part says may be kept and given back: ``image_features`` from :meth:`film_features` in place of the pixels
(frozen backbones only), ``text_features`` from :meth:`report_features` in place of ``input_ids`` (``fusion="joint"``
only).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self, cast

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel
from transformers import initialization as init
from transformers.utils import ModelOutput

from ml.medgaze import assets
from ml.medgaze.backbone import referenced_backbone, resnet_map, trainable_backbone
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.decoders import DECODERS, Paths
from ml.medgaze.decoders.autoregressive import AutoregressiveDecoder
from ml.medgaze.decoders.parallel import ParallelDecoder, PathHeads
from ml.medgaze.encoder import UnseenFilm, VisualEncoder
from ml.medgaze.fusion import Fusion, Memory
from ml.medgaze.language import DTYPES, FrozenLanguageModel, PrefilledReport
from ml.medgaze.losses import path_losses
from ml.medgaze.medformer import MedFormer
from ml.medgaze.registry import find
from ml.medgaze.weight_names import PATTERNS


class FrozenPartsMissing(RuntimeError):
    """The model was built without its frozen parts and is asked to use them."""


class CheckpointMismatch(ValueError):
    """The weights file does not hold exactly this model's tensors."""


@dataclass
class MedGazeOutput(ModelOutput):
    """``loss`` is None without fixations; ``losses`` holds its detached parts by name, for logging."""

    loss: Tensor | None = None
    losses: dict[str, Tensor] | None = None
    paths: Paths | None = None


class FrozenParts:
    """Backbone and language model of a model: outside its module tree, so neither trained, saved nor counted."""

    def __init__(self) -> None:
        self.language: FrozenLanguageModel | None = None
        self.backbone: PreTrainedModel | None = None

    def models(self) -> list[PreTrainedModel]:
        held = (None if self.language is None else self.language.model, self.backbone)
        return [model for model in held if model is not None]

    def __deepcopy__(self, memo: dict[int, Any]) -> FrozenParts:
        return self  # a copy of the model (an average of weights, say) shares what never changes


class MedGazeModel(PreTrainedModel):
    """The parts in order: backbone, vision (encoder), medformer, fusion (language model), decoder, heads."""

    config_class = MedGazeConfig
    config: MedGazeConfig
    base_model_prefix = "medgaze"
    main_input_name = "pixel_values"
    _no_split_modules: list[str] = []
    # what learnt from far more than the readings of one place, and stays as it is in fine-tuning; names begin so
    frozen_in_fine_tuning: tuple[str, ...] = ("backbone.", "vision.", "medformer.")

    def __init__(self, config: MedGazeConfig) -> None:
        super().__init__(config)
        self.frozen = FrozenParts()
        self.backbone = trainable_backbone(config) if config.vision.see_film else None
        self.vision = VisualEncoder(config) if config.vision.see_film else UnseenFilm(config)
        self.medformer = MedFormer(config) if config.vision.medformer == "qformer" else None
        self.fusion = Fusion(config)
        self.decoder: ParallelDecoder | None = None
        self.heads: PathHeads | None = None
        self.autoregressive_decoder: AutoregressiveDecoder | None = None
        for name, part in DECODERS[config.decoder.kind].items():
            setattr(self, name, part(config))
        self.post_init()  # type: ignore[no-untyped-call]

    # --- building, loading

    @staticmethod
    def of(config: MedGazeConfig) -> type[MedGazeModel]:
        """The class of the models that have such a configuration: this one, or one built on it."""
        return cast(type[MedGazeModel], find(config.model_class))

    @classmethod
    def build(cls, config: MedGazeConfig, *, seed: int = 0) -> Self:
        """A new model with seeded random weights and its frozen parts loaded."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = cast(Self, cls.of(config)(config))
            if config.vision.medformer_init is not None and model.medformer is not None:
                model.medformer.load_bert(assets.resolve(config.vision.medformer_init))
        return model.load_frozen_parts()

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls, folder: Any, *args: Any, frozen: bool = True, **kwargs: Any
    ) -> Self:
        """The model saved in a local folder or hub snapshot: safetensors only, every tensor present or an error."""
        kwargs.setdefault("local_files_only", os.environ.get("HF_HUB_OFFLINE", "1") != "0")
        kwargs.setdefault("dtype", torch.float32)
        own = cls.of(MedGazeConfig.from_pretrained(folder, local_files_only=kwargs["local_files_only"]))
        if own is not cls and issubclass(own, cls):
            return own.from_pretrained(folder, *args, frozen=frozen, **kwargs)
        kwargs |= {"use_safetensors": True, "output_loading_info": True, "key_mapping": PATTERNS}
        loaded: Any = super().from_pretrained(folder, *args, **kwargs)
        model, info = loaded
        wrong = {kind: sorted(map(str, keys)) for kind, keys in info.items() if keys}
        if wrong:
            raise CheckpointMismatch(f"{folder}: " + "; ".join(f"{k}: {', '.join(v[:5])}" for k, v in wrong.items()))
        model.eval()
        return cast(Self, model.load_frozen_parts() if frozen else model)

    def save_pretrained(self, *args: Any, **kwargs: Any) -> None:
        """Under the names of today, also where the weights were loaded under former ones."""
        super().save_pretrained(*args, **kwargs | {"save_original_format": False})

    def load_frozen_parts(self, *, language: bool = True) -> Self:
        """Resolve, check and load backbone and language model; their digests are written into the configuration.
        ``language=False`` leaves the language model where it is.
        """
        config = self.config
        if language and config.language.fusion != "vision" and self.frozen.language is None:
            if config.language.reference is None:
                raise assets.AssetMissing("language_reference is not set")
            asset = assets.resolve(config.language.reference, config.language.sha256)
            self.frozen.language = FrozenLanguageModel.load(
                asset, width=config.language.width, dtype=DTYPES[config.language.dtype]
            )
            config.language.sha256 = asset.sha256
        if config.vision.see_film and self.frozen.backbone is None:
            self.frozen.backbone = referenced_backbone(config)
        for model in self.frozen.models():
            nn.Module.to(model, self.device)
        return self

    def _apply(self, fn: Callable[..., Any], recurse: bool = True) -> Self:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for model in self.frozen.models():
            model._apply(fn)  # type: ignore[no-untyped-call]
        return self

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            init.xavier_uniform_(module.weight)
            if module.bias is not None:
                init.zeros_(module.bias)
        elif isinstance(module, nn.Conv2d):
            init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.LayerNorm | nn.GroupNorm):
            init.ones_(module.weight)
            init.zeros_(module.bias)
        for name, parameter in module.named_parameters(recurse=False):
            if name in {"queries", "modes"} or name.endswith("position_embedding"):
                scale = 1.0 if isinstance(module, ParallelDecoder) else self.config.initializer_range
                init.normal_(parameter, std=scale)

    @property
    def dtype(self) -> torch.dtype:
        """What all but backbone and language model compute in; :mod:`ml.medgaze.inference` may give these another."""
        return next(self.vision.parameters()).dtype

    # --- the parts, one call a stage

    def film_features(self, pixel_values: Tensor) -> Tensor:
        """pixels (B, C, S, S) -> (B, C', g, g) backbone map. Frozen backbones give no gradient, so it may be kept."""
        if not self.config.vision.see_film:
            return pixel_values
        if self.backbone is not None:
            own = next(self.backbone.parameters()).dtype
            return cast(Tensor, self.backbone(pixel_values.to(own)))
        if self.frozen.backbone is None:
            raise FrozenPartsMissing("the backbone is not loaded: call load_frozen_parts()")
        return resnet_map(self.frozen.backbone, pixel_values)

    def film_tokens(self, features: Tensor) -> Tensor:
        """Backbone map (B, C', g, g) -> grid tokens (B, G, D)."""
        return cast(Tensor, self.vision(features.to(self.dtype)))

    def visual_tokens(self, film: Tensor) -> Tensor | None:
        """Grid tokens (B, G, D) -> MedFormer's (B, K, Wv), of the film alone, so they may be kept; None without it."""
        return None if self.medformer is None else cast(Tensor, self.medformer(film))

    def prefill_report(self, input_ids: Tensor, attention_mask: Tensor) -> PrefilledReport | None:
        """Keys and values of a report that comes before the film (``text_first``), for every film that
        may follow it; None where it cannot.
        """
        if self.config.language.fusion != "language" or not self.config.language.text_first:
            return None
        return self._language().prefill(input_ids, attention_mask)

    def report_features(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """The report read alone by the frozen language model: (B, T) -> (B, T, W), no gradient. For
        ``fusion="joint"``.
        """
        return self._language().encode(input_ids, attention_mask)

    def fuse(
        self,
        film: Tensor,
        text: Tensor | PrefilledReport | None,
        attention_mask: Tensor | None,
        visual: Tensor | None = None,
    ) -> Memory:
        """Grid tokens (B, G, D) and the report -> memory. ``text``: ids (B, T) or their :meth:`prefill_report`, or
        features (B, T, W) where joint. ``visual``: the film's :meth:`visual_tokens`, where they are cached.
        """
        if visual is None:
            visual = film if self.medformer is None else self.medformer(film)
        language = self._language() if self.config.language.fusion == "language" else None
        return cast(Memory, self.fusion(film, visual, text, attention_mask, language))

    def decode(self, memory: Memory) -> Paths:
        """Memory -> distribution over scanpaths."""
        first, *rest = (getattr(self, name) for name in DECODERS[self.config.decoder.kind])
        out = first(memory)
        for part in rest:
            out = part(out, memory)
        return cast(Paths, out)

    def forward(
        self,
        pixel_values: Tensor | None = None,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        fixations: Tensor | None = None,
        fixation_mask: Tensor | None = None,
        *,
        image_features: Tensor | None = None,
        text_features: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> MedGazeOutput:
        """See the module's head for shapes. ``generator`` (CPU) seeds the one sample of the published loss."""
        _, memory = self.encode(pixel_values, input_ids, attention_mask, image_features, text_features)
        return self.output(memory, fixations, fixation_mask, generator)

    def encode(
        self,
        pixel_values: Tensor | None,
        input_ids: Tensor | None,
        attention_mask: Tensor | None,
        image_features: Tensor | None,
        text_features: Tensor | None,
    ) -> tuple[Tensor, Memory]:
        """Film and report, or what was kept of them -> grid tokens (B, G, D) of the film alone, and memory."""
        if image_features is None:
            if pixel_values is None:
                raise ValueError("give pixel_values or image_features")
            image_features = self.film_features(pixel_values)
        film = self.film_tokens(image_features)
        text = None
        if self.config.language.fusion == "language":
            text = input_ids
        elif self.config.language.fusion == "joint":
            if text_features is None and input_ids is not None and attention_mask is not None:
                text_features = self.report_features(input_ids, attention_mask)
            text = text_features
        return film, self.fuse(film, text, attention_mask)

    def output(
        self, memory: Memory, fixations: Tensor | None, mask: Tensor | None, generator: torch.Generator | None
    ) -> MedGazeOutput:
        """Memory -> distribution over scanpaths and, where there are readings, their losses."""
        paths = self.decode(memory)
        if fixations is None:
            return MedGazeOutput(paths=paths)
        if mask is None:
            raise ValueError("fixations come with fixation_mask")
        if fixations.ndim == 3:
            fixations, mask = fixations[:, None], mask[:, None]
        losses = path_losses(self.config, paths, fixations, mask, generator)
        return MedGazeOutput(
            loss=losses["path"], losses={name: loss.detach() for name, loss in losses.items()}, paths=paths.detach()
        )

    def _language(self) -> FrozenLanguageModel:
        if self.frozen.language is None:
            raise FrozenPartsMissing("the language model is not loaded: call load_frozen_parts()")
        return self.frozen.language
