"""Everything that decides what a MedGaze model is, one comment a field, saved beside every checkpoint.

The defaults are the published model (preset ``paper``); each improvement of ``plus`` is a field of its own, so that any
one of them can be switched off. The presets themselves stand in :mod:`ml.medgaze.presets`.
"""

from __future__ import annotations

from dataclasses import field
from typing import Any

from transformers import PreTrainedConfig

CHOICES: dict[str, tuple[str, ...]] = {
    "backbone": ("resnet50", "cnn"),
    "medformer": ("qformer", "none"),
    "fusion": ("language", "joint", "vision"),
    "language_dtype": ("float32", "bfloat16", "float16", "int8"),
    "memory_positions": ("sine8x8", "learned", "none"),
    "decoder": ("parallel", "autoregressive"),
    "coordinate_law": ("relu", "sigmoid", "pointer"),
    "duration_law": ("relu", "softplus", "lognormal"),
    "stop_law": ("independent", "hazard"),
    "loss": ("l1", "nll"),
    "decode": ("mean", "sample", "medoid"),
}
FORMER_DECODERS = {"walk": "autoregressive"}  # as earlier versions saved it


class ConfigError(ValueError):
    """The configuration contradicts itself; the message names the fields."""


class MedGazeConfig(PreTrainedConfig):  # type: ignore[no-untyped-call]
    """All sizes, laws and decoding rules of one model."""

    model_type = "medgaze"

    # --- identity
    preset: str = "paper"  # name of the builder in ml.medgaze.presets this configuration came from
    simulated: bool = False  # True when the weights learnt from simulated readings: pages and API must say so

    # --- film
    see_film: bool = True  # False: learned tokens, the same for every film, stand in its place (text only)
    image_size: int = 256  # side of the square the film is brought to, px
    image_channels: int = 3  # grey is repeated to this many channels
    image_mean: list[float] = field(
        default_factory=lambda: [0.485, 0.456, 0.406]
    )  # one a channel, after scaling to 0..1
    image_std: list[float] = field(default_factory=lambda: [0.229, 0.224, 0.225])  # one a channel
    letterbox: bool = False  # keep the film's aspect and pad, instead of stretching it to the square
    intensity_percentiles: list[float] = field(default_factory=lambda: [0.5, 99.5])  # film values brought to 0 and 1, %

    # --- fixation space
    fixation_space: float = 128.0  # side of the square the coordinates live in (the paper's px; 1.0 = unit square)
    coordinate_margin: float = (
        2.0  # true coordinates are kept at most fixation_space minus this (the paper's 126 of 128)
    )
    max_fixations: int = 50  # longest scanpath; longer readings are cut
    padding_value: float = -3.0  # what the processor writes into the unused rows of a fixation tensor

    # --- backbone
    backbone: str = "resnet50"  # resnet50: frozen, referenced; cnn: small, trained, saved in the checkpoint
    backbone_reference: str | None = (
        "microsoft/resnet-50"  # asset of the frozen backbone (see ml.medgaze.assets); None for cnn
    )
    backbone_sha256: str | None = None  # digest of that asset; written at the first load, checked at every later one
    backbone_stride: int = 32  # film px a visual token spans
    backbone_width: int = 2048  # channels of the backbone's last map
    cnn_widths: list[int] = field(
        default_factory=lambda: [32, 64, 128, 192]
    )  # channels a stride-2 stage of the small CNN

    # --- visual encoder
    width: int = 1408  # embedding size of encoder, memory and decoder
    attention_heads: int = 8  # heads in encoder, joint stack and decoder
    feedforward_width: int = 1408  # hidden size of their feed-forward parts
    norm_first: bool = False  # pre-norm layers instead of post-norm
    encoder_layers: int = 6  # self-attention layers over the grid of visual tokens
    encoder_dropout: float = 0.1  # in the encoder and the joint stack
    encoder_positions: bool = False  # 2-D sine positions in the encoder (the published code passes none)

    # --- MedFormer
    medformer: str = "qformer"  # qformer: BLIP-2 querying transformer; none: grid tokens go on as they are
    medformer_width: int = 768  # its hidden size
    medformer_layers: int = 12  # its layers; every second one looks at the film
    medformer_heads: int = 12  # its attention heads
    medformer_feedforward: int = 3072  # its feed-forward size
    medformer_queries: int = 32  # visual tokens it makes
    medformer_dropout: float = 0.1  # hidden and attention dropout
    medformer_vocab_size: int = 30523  # words of its text branch, used only in stage 1 (BERT's 30522 and [DEC])
    medformer_init: str | None = None  # asset to initialise it from (the paper: bert-base-uncased); None: random

    # --- language model and multimodal space
    fusion: str = (
        "language"  # language: [visual ; report] through the LM; joint: LM reads the report alone; vision: no text
    )
    language_reference: str | None = "facebook/opt-2.7b"  # asset of the frozen language model (see ml.medgaze.assets)
    language_sha256: str | None = None  # digest of that asset; written at the first load, checked at every later one
    language_width: int = 2560  # embedding size of the language model
    language_dtype: str = "float16"  # dtype its weights are kept in; int8: linear layers only, to predict with
    max_text_tokens: int = 32  # report tokens read; the rest is dropped and counted
    report_suffix: str = "\n"  # appended to the report before tokenising (the paper adds a newline)
    text_first: bool = False  # report before the visual tokens, so that a decoder can cache the report
    mask_text_padding: bool = False  # keep padded report tokens out of the decoder memory (the published code does not)
    fusion_dropout: float = 0.2  # after the projection out of the language model
    joint_layers: int = 0  # trainable self-attention layers over the memory's tokens (not with fusion="language")
    pool_report: bool = False  # fusion="joint": the report as one mean embedding joined to every visual token
    region_match: int = 0  # regions told on film and in report, whose agreement each grid token gets; 0: none
    finding_match: int = 0  # kinds of finding told on film and in report, region by region; 0: none
    grid_memory: bool = False  # the encoder's grid tokens also reach the decoder memory
    memory_positions: str = "sine8x8"  # positions added to the decoder's keys; sine8x8 needs exactly 64 memory tokens

    # --- fixation decoder
    decoder: str = (
        "parallel"  # parallel: all fixations at once (published); autoregressive: each conditioned on those before it
    )
    decoder_layers: int = 6  # non-autoregressive layers
    decoder_dropout: float = 0.2  # inside them
    output_dropout: float = 0.4  # before the heads
    force_centre: bool = True  # fixation 0 stands at the centre of the fixation space; only its duration is predicted
    num_modes: int = (
        1  # whole scanpaths the model keeps apart (a mixture): readers who order differently do not average
    )

    # --- heads
    head_layers: int = 1  # 1: linear heads; 2: one hidden layer
    coordinate_law: str = (
        "relu"  # relu: px, clamped at the edge; sigmoid: inside by build; pointer: attends to grid places
    )
    duration_law: str = "relu"  # relu, softplus or lognormal; seconds
    deterministic: bool = False  # places and durations without a spread: nothing is sampled, in training or after
    correlated_coordinates: bool = False  # predict the correlation of x and y errors too
    logvar_bounds: list[float] | None = None  # clamp of log variances; None: unbounded as published
    stop_law: str = (
        "independent"  # independent: valid/pad a slot over all slots; hazard: stop once, later slots unjudged
    )

    # --- loss
    loss: str = "l1"  # l1: of one reparametrised sample (published); nll: likelihood of the whole scanpath
    stop_weight: float = 1.0  # weight of the valid/pad term
    place_weight: float = 1.0  # weight of the x and y terms
    time_weight: float = 1.0  # weight of the duration term
    mode_temperature: float = 0.0  # >0: deal readings out evenly over the modes, this softly, nats; 0: plain mixture

    # --- training-only supervision (never needed to predict)
    aux_zones: int = 0  # zones told apart by every grid token (lung zones, heart, ...); 0: no such head
    aux_landmarks: int = 0  # places regressed from the film alone; 0: no such head
    aux_named: int = 0  # zones the report names, told from the report's tokens alone; 0: no such head
    aux_gaze_map: bool = False  # share of gaze time a grid token gets, told from film and report together
    aux_weight: float = 1.0  # weight of the sum of these losses

    # --- decoding: one rule, fixed here before any test split is opened
    decode: str = (
        "sample"  # sample: one seeded draw (published); mean: mode's mean path; medoid: of decode_samples draws
    )
    decode_samples: int = 1  # draws the medoid is chosen from
    decode_temperature: float = 1.0  # scale of each fixation's noise in those draws
    medoid_order_weight: float = 0.5  # weight of order (aligned in time) against place (duration map) in the agreement
    minimum_duration_s: float = 0.05  # shortest fixation the output guard lets out, s

    initializer_range: float = 0.02  # standard deviation of learned embeddings at the start

    def __post_init__(self, **kwargs: Any) -> None:
        super().__post_init__(**kwargs)  # type: ignore[no-untyped-call]
        self.decoder = FORMER_DECODERS.get(self.decoder, self.decoder)
        self.check()

    @property
    def grid_side(self) -> int:
        """Visual tokens along one side of the film."""
        return self.image_size // self.backbone_stride

    @property
    def grid_tokens(self) -> int:
        return self.grid_side**2

    @property
    def visual_tokens(self) -> int:
        """Tokens that enter the fusion as 'what the film says' (not counting ``grid_memory``)."""
        return self.medformer_queries if self.medformer == "qformer" else self.grid_tokens

    @property
    def has_grid_memory(self) -> bool:
        """Whether the decoder memory holds one token a place of the film."""
        return self.grid_memory or (self.medformer == "none" and self.fusion != "language")

    @property
    def language_trainable_input(self) -> bool:
        """Whether gradients must flow through the frozen language model."""
        return self.fusion == "language"

    def check(self) -> None:
        """Raise :class:`ConfigError` on the first contradiction."""
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ConfigError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(allowed)}")
        if self.image_size % self.backbone_stride:
            raise ConfigError(
                f"image_size {self.image_size} is not a multiple of backbone_stride {self.backbone_stride}"
            )
        if self.width % self.attention_heads or self.width % 4:
            raise ConfigError(f"width {self.width} must be a multiple of attention_heads and of 4")
        if not len(self.image_mean) == len(self.image_std) == self.image_channels:
            raise ConfigError("image_mean and image_std need one value a channel of image_channels")
        if self.backbone == "cnn" and (
            2 ** len(self.cnn_widths) != self.backbone_stride or self.cnn_widths[-1] != self.backbone_width
        ):
            raise ConfigError(
                "cnn_widths: one stride-2 stage a factor 2 of backbone_stride, the last of backbone_width"
            )
        if self.memory_positions == "sine8x8":
            text = 0 if self.fusion == "vision" or self.pool_report else self.max_text_tokens
            tokens = self.visual_tokens + text + (self.grid_tokens if self.grid_memory else 0)
            if tokens != 64:
                raise ConfigError(
                    f"memory_positions='sine8x8' needs 64 memory tokens, this configuration makes {tokens}"
                )
        if self.coordinate_law == "pointer" and not self.has_grid_memory:
            raise ConfigError("coordinate_law='pointer' needs grid tokens in the decoder memory: set grid_memory")
        if self.aux_gaze_map and not self.has_grid_memory:
            raise ConfigError("aux_gaze_map needs grid tokens in the decoder memory: set grid_memory")
        if self.loss == "l1" and self.num_modes != 1:
            raise ConfigError("loss='l1' has no scanpath likelihood: num_modes must be 1")
        if self.aux_named and self.fusion == "vision":
            raise ConfigError("aux_named reads the report; fusion='vision' has none")
        if self.fusion == "vision" and not self.see_film:
            raise ConfigError("see_film=False with fusion='vision' leaves nothing to look at")
        if self.pool_report and self.fusion != "joint":
            raise ConfigError(f"pool_report needs fusion='joint', not {self.fusion!r}")
        if self.fusion == "joint" and self.joint_layers < 1 and not self.pool_report:
            raise ConfigError("fusion='joint' needs joint_layers of 1 or more, or pool_report")
        if self.region_match and (self.fusion != "joint" or self.medformer != "none"):
            raise ConfigError("region_match works on grid tokens and words: fusion='joint' and medformer='none'")
        if self.region_match and (self.pool_report or not self.see_film):
            raise ConfigError("region_match matches the film with words: it needs see_film, and no pool_report")
        if self.finding_match and not self.region_match:
            raise ConfigError("finding_match tells findings by their regions: set region_match")
        if self.decoder == "autoregressive":
            self._check_autoregressive()
        if self.deterministic:
            self._want(
                "deterministic", decoder="parallel", loss="l1", num_modes=1, stop_law="independent", decode="mean",
                correlated_coordinates=False,
            )  # fmt: skip
        if self.num_modes < 1 or self.max_fixations < 1 or self.decode_samples < 1:
            raise ConfigError("num_modes, max_fixations and decode_samples must be 1 or more")

    def _check_autoregressive(self) -> None:
        if self.decode == "mean":
            raise ConfigError(
                "decode='mean': the autoregressive decoder has no mean path, each step depends on the last; use medoid"
            )
        self._want(
            "decoder='autoregressive'", loss="nll", coordinate_law="pointer", duration_law="lognormal",
            stop_law="hazard", fixation_space=1.0, num_modes=1, force_centre=False,
        )  # fmt: skip

    def _want(self, what: str, **wanted: Any) -> None:
        for name, value in wanted.items():
            if getattr(self, name) != value:
                raise ConfigError(f"{what} needs {name}={value!r}, not {getattr(self, name)!r}")
