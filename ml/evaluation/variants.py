"""The variants that a study can train: what each changes in the base settings, whose readings it learns from, what it
stands beside. Nothing here imports torch, so that the command line can list them at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

BASE = "base"


@dataclass(frozen=True, slots=True)
class Variant:
    """What differs from the base settings; everything else, the number of steps included, is the same."""

    description: str  # for people
    model: dict[str, Any] = field(default_factory=dict)  # fields of MedGazeConfig by their flat names
    against: str = BASE  # the variant that differs from this one in nothing but the point in question
    stage1: bool = True  # whether it takes over the stage-1 model, where one is given
    seed: int = 0  # added to the settings' seed
    by: str = ""  # reader, site or set: a model for each, learning from it alone
    others: bool = False  # ... or from all but it


UNGROUNDED = {"region_match": 0, "finding_match": 0}  # of the demo's preset; others have no grounding to switch off
# Gazeformer has the grid's own tokens where MedGaze has MedFormer's.
GRID = {"medformer": "none", "grid_memory": False, "memory_positions": "learned", **UNGROUNDED}
PARALLEL = {
    "decoder": "parallel", "loss": "l1", "num_modes": 1, "mode_temperature": 0.0, "stop_law": "independent",
    "correlated_coordinates": False, "decode_samples": 1,
}  # fmt: skip
LEARNED = {"memory_positions": "learned"}  # the published positions hold for 32 report tokens only

VARIANTS: dict[str, Variant] = {
    "vision-only": Variant(
        "no report and no language model: the encoder's tokens straight into the decoder, as Gazeformer without text",
        {"fusion": "vision", **GRID},
    ),
    "text-only": Variant(
        "no film: a learned token for each place, the same for all films", {"see_film": False, **UNGROUNDED}
    ),
    "pooled-text": Variant(
        "the report as one mean embedding joined to every visual token, as Gazeformer does it",
        {"fusion": "joint", "pool_report": True, **GRID},
    ),
    "gaussian": Variant(
        "the published heads: a Gaussian a fixation, all at once, L1 of one sample", {**PARALLEL, "decode": "sample"}
    ),
    "deterministic": Variant(
        "gaussian without a spread: nothing is sampled, in training or evaluation",
        {**PARALLEL, "decode": "mean", "deterministic": True},
        against="gaussian",
    ),
    "encoder-positions": Variant("2-D positions in the film's encoder", {"encoder_positions": True}),
    "no-encoder-positions": Variant("no positions in the film's encoder", {"encoder_positions": False}),
    "tokens-32": Variant("32 report tokens are read", {"max_text_tokens": 32, **LEARNED}, against="tokens-128"),
    "tokens-128": Variant("128 report tokens are read", {"max_text_tokens": 128, **LEARNED}, against="tokens-32"),
    "no-stage1": Variant("begins at random, where base takes over the model of --stage1", stage1=False),
    "another-seed": Variant("nothing but the seed: how far two runs of one model lie apart", seed=1),
    "single-reader": Variant("a model a reader: learns from that one alone", by="reader"),
    "single-set": Variant("a model a data set of a combined one: learns from that one alone", by="set"),
    "leave-one-reader-out": Variant("a model a reader: learns from all but that one", by="reader", others=True),
    "leave-one-site-out": Variant("a model a site: learns from all but that one", by="site", others=True),
}
