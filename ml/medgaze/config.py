"""Everything that decides what a MedGaze model is, one comment a field, saved beside every checkpoint.

A configuration has parts, one for what sees the film, one for what reads the report, one for the decoder and one for
how its distribution becomes a reading: ``config.decoder.layers``. Settings files, presets and overrides name fields by
the flat names that earlier versions had (``decoder_layers``), which :mod:`ml.medgaze.config_layout` lists:
``MedGazeConfig(decoder_layers=2)``. Files of either layout are read, the nested one is written.

The defaults are the published model (preset ``paper``); each improvement of ``plus`` is a field of its own, so that any
one of them can be switched off. The presets themselves stand in :mod:`ml.medgaze.presets`.
"""

from __future__ import annotations

import dataclasses
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from transformers import PreTrainedConfig

from ml.medgaze.config_layout import PARTS, PLACES, flat, nested
from ml.medgaze.registry import CONFIGS, find


class ConfigError(ValueError):
    """The configuration contradicts itself; the message names the fields."""


@dataclass
class VisionConfig:
    """What sees the film: backbone, encoder and MedFormer."""

    see_film: bool = True  # False: learned tokens, the same for every film, stand in its place (text only)
    image_size: int = 256  # side of the square the film is brought to, px
    image_channels: int = 3  # grey is repeated to this many channels
    image_mean: list[float] = field(default_factory=lambda: [0.485, 0.456, 0.406])  # one a channel, of values 0..1
    image_std: list[float] = field(default_factory=lambda: [0.229, 0.224, 0.225])  # one a channel
    letterbox: bool = False  # keep the film's aspect and pad, instead of stretching it to the square
    intensity_percentiles: list[float] = field(default_factory=lambda: [0.5, 99.5])  # film values brought to 0 and 1, %

    backbone: str = "resnet50"  # resnet50: frozen, referenced; cnn: small, trained, saved in the checkpoint
    backbone_reference: str | None = "microsoft/resnet-50"  # asset of the frozen backbone (ml.medgaze.assets)
    backbone_sha256: str | None = None  # digest of that asset; written at the first load, checked at every later one
    backbone_stride: int = 32  # film px a visual token spans
    backbone_width: int = 2048  # channels of the backbone's last map
    cnn_widths: list[int] = field(default_factory=lambda: [32, 64, 128, 192])  # channels a stride-2 stage of the CNN

    encoder_layers: int = 6  # self-attention layers over the grid of visual tokens
    encoder_dropout: float = 0.1  # in the encoder and the joint stack
    encoder_positions: bool = False  # 2-D sine positions in the encoder (the published code passes none)

    medformer: str = "qformer"  # qformer: BLIP-2 querying transformer; none: grid tokens go on as they are
    medformer_width: int = 768  # its hidden size
    medformer_layers: int = 12  # its layers; every second one looks at the film
    medformer_heads: int = 12  # its attention heads
    medformer_feedforward: int = 3072  # its feed-forward size
    medformer_queries: int = 32  # visual tokens it makes
    medformer_dropout: float = 0.1  # hidden and attention dropout
    medformer_vocab_size: int = 30523  # words of its text branch, used only in stage 1 (BERT's 30522 and [DEC])
    medformer_init: str | None = None  # asset to initialise it from (the paper: bert-base-uncased); None: random

    @property
    def grid_side(self) -> int:
        """Visual tokens along one side of the film."""
        return self.image_size // self.backbone_stride

    @property
    def grid_tokens(self) -> int:
        return self.grid_side**2

    @property
    def tokens(self) -> int:
        """Tokens that enter the fusion as 'what the film says' (not counting ``grid_memory``)."""
        return self.medformer_queries if self.medformer == "qformer" else self.grid_tokens

    def check(self) -> None:
        _one_of("backbone", self.backbone, "resnet50", "cnn")
        _one_of("medformer", self.medformer, "qformer", "none")
        if self.image_size % self.backbone_stride:
            raise ConfigError(
                f"image_size {self.image_size} is not a multiple of backbone_stride {self.backbone_stride}"
            )
        if not len(self.image_mean) == len(self.image_std) == self.image_channels:
            raise ConfigError("image_mean and image_std need one value a channel of image_channels")
        if self.backbone == "cnn" and (
            2 ** len(self.cnn_widths) != self.backbone_stride or self.cnn_widths[-1] != self.backbone_width
        ):
            raise ConfigError(
                "cnn_widths: one stride-2 stage a factor 2 of backbone_stride, the last of backbone_width"
            )


@dataclass
class LanguageConfig:
    """What reads the report, and the multimodal space where report and film become the decoder's memory."""

    reference: str | None = "facebook/opt-2.7b"  # asset of the frozen language model (ml.medgaze.assets)
    sha256: str | None = None  # digest of that asset; written at the first load, checked at every later one
    width: int = 2560  # embedding size of the language model
    dtype: str = "float16"  # dtype its weights are kept in; int8: linear layers only, to predict with
    max_text_tokens: int = 32  # report tokens read; the rest is dropped and counted
    report_suffix: str = "\n"  # appended to the report before tokenising (the paper adds a newline)
    # all: the report as written; spoken: of findings and impression what is affirmed, then the rest (report_reading)
    report_parts: str = "all"

    # language: [visual ; report] through the LM; joint: LM reads the report alone; vision: no text
    fusion: str = "language"
    fusion_dropout: float = 0.2  # after the projection out of the language model
    text_first: bool = False  # report before the visual tokens, so that a decoder can cache the report
    mask_text_padding: bool = False  # keep padded report tokens out of the memory (the published code does not)
    joint_layers: int = 0  # trainable self-attention layers over the memory's tokens (not with fusion="language")
    pool_report: bool = False  # fusion="joint": the report as one mean embedding joined to every visual token
    grid_memory: bool = False  # the encoder's grid tokens also reach the memory
    memory_positions: str = "sine8x8"  # positions added to the decoder's keys; sine8x8 needs exactly 64 memory tokens

    def check(self) -> None:
        _one_of("fusion", self.fusion, "language", "joint", "vision")
        _one_of("report_parts", self.report_parts, "all", "spoken")
        _one_of("language_dtype", self.dtype, "float32", "bfloat16", "float16", "int8")
        _one_of("memory_positions", self.memory_positions, "sine8x8", "learned", "none")
        if self.pool_report and self.fusion != "joint":
            raise ConfigError(f"pool_report needs fusion='joint', not {self.fusion!r}")
        if self.fusion == "joint" and self.joint_layers < 1 and not self.pool_report:
            raise ConfigError("fusion='joint' needs joint_layers of 1 or more, or pool_report")


@dataclass
class DecoderConfig:
    """From the memory to a distribution over scanpaths."""

    # parallel: all fixations at once (published); autoregressive: each conditioned on those before it
    kind: str = "parallel"
    layers: int = 6  # non-autoregressive layers
    dropout: float = 0.2  # inside them
    output_dropout: float = 0.4  # before the heads
    max_fixations: int = 50  # longest scanpath; longer readings are cut
    fixation_space: float = 128.0  # side of the square the coordinates live in (the paper's px; 1.0 = unit square)
    force_centre: bool = True  # fixation 0 stands at the centre of that square; only its duration is predicted
    num_modes: int = 1  # whole scanpaths kept apart (a mixture): readers who order differently do not average

    head_layers: int = 1  # 1: linear heads; 2: one hidden layer
    coordinate_law: str = "relu"  # relu: px, clamped at the edge; sigmoid: inside; pointer: attends to grid places
    duration_law: str = "relu"  # relu, softplus or lognormal; seconds
    stop_law: str = "independent"  # independent: valid/pad a slot; hazard: stop once, later slots unjudged
    deterministic: bool = False  # places and durations without a spread: nothing is sampled, in training or after
    correlated_coordinates: bool = False  # predict the correlation of x and y errors too
    logvar_bounds: list[float] | None = None  # clamp of log variances; None: unbounded as published

    def check(self) -> None:
        _one_of("decoder", self.kind, "parallel", "autoregressive")
        _one_of("coordinate_law", self.coordinate_law, "relu", "sigmoid", "pointer")
        _one_of("duration_law", self.duration_law, "relu", "softplus", "lognormal")
        _one_of("stop_law", self.stop_law, "independent", "hazard")
        if self.num_modes < 1 or self.max_fixations < 1:
            raise ConfigError("num_modes and max_fixations must be 1 or more")


@dataclass
class DecodingConfig:
    """From the distribution to a reading: one rule, fixed here before any test split is opened."""

    # sample: one seeded draw (published); mean: mode's mean path; medoid: of `samples` draws
    rule: str = "sample"
    samples: int = 1  # draws the medoid is chosen from
    temperature: float = 1.0  # scale of each fixation's noise in those draws
    medoid_order_weight: float = 0.5  # weight of order (aligned in time) against place (duration map) in the agreement
    minimum_duration_s: float = 0.05  # shortest fixation the output guard lets out, s

    def check(self) -> None:
        _one_of("decode", self.rule, "mean", "sample", "medoid")
        if self.samples < 1:
            raise ConfigError("decode_samples must be 1 or more")


class MedGazeConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """All sizes, laws and decoding rules of one model. Takes fields of both layouts; where both name one, the flat name
    counts."""

    model_type = "medgaze"
    model_class = "ml.medgaze.modeling:MedGazeModel"  # whose models have such a configuration (ml.medgaze.registry)

    preset: str = "paper"  # name of the builder in ml.medgaze.presets this configuration came from
    simulated: bool = False  # True when the weights learnt from simulated readings: pages and API must say so

    # --- encoder, joint stack and decoder alike
    width: int = 1408  # embedding size
    attention_heads: int = 8
    feedforward_width: int = 1408  # hidden size of their feed-forward parts
    norm_first: bool = False  # pre-norm layers instead of post-norm
    initializer_range: float = 0.02  # standard deviation of learned embeddings at the start

    # --- what is minimised
    loss: str = "l1"  # l1: of one reparametrised sample (published); nll: likelihood of the whole scanpath
    coordinate_margin: float = 2.0  # l1: true coordinates are kept at most fixation_space minus this (126 of 128)
    stop_weight: float = 1.0  # weight of the valid/pad term
    place_weight: float = 1.0  # weight of the x and y terms
    time_weight: float = 1.0  # weight of the duration term
    mode_temperature: float = 0.0  # >0: deal readings out evenly over the modes, this softly, nats; 0: plain mixture

    vision: VisionConfig = field(default_factory=VisionConfig)
    language: LanguageConfig = field(default_factory=LanguageConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    decoding: DecodingConfig = field(default_factory=DecodingConfig)

    def __init__(self, **fields: Any) -> None:
        given = nested(fields)
        for part in _beyond(type(self), given):
            raise ConfigError(f"only {CONFIGS[part].partition(':')[2]} has {', '.join(PARTS[part].values())}")
        for own in dataclasses.fields(self):
            make: Any = own.default_factory
            if own.name in PARTS:
                given[own.name] = make(**given.get(own.name, {}))
            elif own.name not in given:
                given[own.name] = own.default if make is dataclasses.MISSING else make()
        super().__init__(**given)
        self.check()

    @classmethod
    def from_dict(cls, config_dict: dict[str, Any], **kwargs: Any) -> Self:
        """Fields of the flat layout among ``kwargs`` replace those of ``config_dict``. What has parts that the core
        lacks becomes a configuration of the class that has them."""
        own = {name: kwargs.pop(name) for name in PLACES if name in kwargs}
        fields = nested({**flat(config_dict), **own})
        own_class: Any = cls
        for part in _beyond(cls, fields):
            own_class = find(CONFIGS[part])
        made = super(MedGazeConfig, own_class).from_dict(fields, **kwargs)
        return typing.cast(Self, made)

    def to_dict(self) -> dict[str, Any]:
        out: dict[str, Any] = super().to_dict()  # type: ignore[no-untyped-call]
        return {name: dataclasses.asdict(value) if name in PARTS else value for name, value in out.items()}

    @classmethod
    def flat_types(cls) -> dict[str, Any]:
        """The type of each field by its name in the flat layout."""
        types: dict[str, Any] = {}
        for name, hint in _own_hints(cls).items():
            if name in PARTS:
                types |= {PARTS[name][own]: kind for own, kind in typing.get_type_hints(hint).items()}
            else:
                types[name] = hint
        return types

    @property
    def region_facts(self) -> int:
        """Numbers that say what the report asserts of the memory's regions; the core has no regions."""
        return 0

    @property
    def has_grid_memory(self) -> bool:
        """Whether the decoder memory holds one token a place of the film."""
        return self.language.grid_memory or (self.vision.medformer == "none" and self.language.fusion != "language")

    def check(self) -> None:
        """Raise :class:`ConfigError` on the first contradiction."""
        _one_of("loss", self.loss, "l1", "nll")
        vision, language, decoder = self.vision, self.language, self.decoder
        for part in (vision, language, decoder, self.decoding):
            part.check()
        if self.width % self.attention_heads or self.width % 4:
            raise ConfigError(f"width {self.width} must be a multiple of attention_heads and of 4")
        if language.memory_positions == "sine8x8":
            text = 0 if language.fusion == "vision" or language.pool_report else language.max_text_tokens
            tokens = vision.tokens + text + (vision.grid_tokens if language.grid_memory else 0)
            if tokens != 64:
                raise ConfigError(
                    f"memory_positions='sine8x8' needs 64 memory tokens, this configuration makes {tokens}"
                )
        if language.fusion == "vision" and not vision.see_film:
            raise ConfigError("see_film=False with fusion='vision' leaves nothing to look at")
        if decoder.coordinate_law == "pointer" and not self.has_grid_memory:
            raise ConfigError("coordinate_law='pointer' needs grid tokens in the decoder memory: set grid_memory")
        if self.loss == "l1" and decoder.num_modes != 1:
            raise ConfigError("loss='l1' has no scanpath likelihood: num_modes must be 1")
        if decoder.kind == "autoregressive":
            if self.decoding.rule == "mean":
                raise ConfigError(
                    "decode='mean': the autoregressive decoder has no mean path, each step depends on the last; use "
                    "medoid"
                )
            self._want(
                "decoder='autoregressive'", loss="nll", coordinate_law="pointer", duration_law="lognormal",
                stop_law="hazard", fixation_space=1.0, num_modes=1, force_centre=False,
            )  # fmt: skip
        if decoder.deterministic:
            self._want(
                "deterministic", decoder="parallel", loss="l1", num_modes=1, stop_law="independent", decode="mean",
                correlated_coordinates=False,
            )  # fmt: skip

    def _want(self, what: str, **wanted: Any) -> None:
        """``wanted``: by names of the flat layout."""
        for name, value in wanted.items():
            part, own = PLACES.get(name, (None, name))
            there = getattr(self if part is None else getattr(self, part), own)
            if there != value:
                raise ConfigError(f"{what} needs {name}={value!r}, not {there!r}")


def _beyond(cls: type[MedGazeConfig], fields: Mapping[str, Any]) -> list[str]:
    """Parts among ``fields`` that ``cls`` lacks."""
    return [part for part in PARTS if part in fields and part not in {own.name for own in dataclasses.fields(cls)}]


def _own_hints(cls: type) -> dict[str, Any]:
    """Hints of a configuration's own fields: those of the parent need imports that are not here."""
    own: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if issubclass(base, MedGazeConfig):
            alone = type("Own", (), {"__annotations__": base.__annotations__, "__module__": base.__module__})
            own |= typing.get_type_hints(alone)
    return own


def _one_of(name: str, value: str, *allowed: str) -> None:
    if value not in allowed:
        raise ConfigError(f"{name} is {value!r}; choose one of {', '.join(allowed)}")
