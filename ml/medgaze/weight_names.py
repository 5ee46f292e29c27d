"""Weights that earlier versions saved under other names.

Files keep theirs, since a model version is named by the digest of its file: whoever reads tensors by name asks here.
"""

from __future__ import annotations

import re

from torch import Tensor

# how names begin: formerly -> now
FORMER = {
    "walker.habit.": "autoregressive_decoder.recency_key.",
    "walker.urge.": "autoregressive_decoder.recency_query.",
    "walker.shape.": "autoregressive_decoder.anchor_gaussian.",
    "walker.start.": "autoregressive_decoder.initial_state.",
    "walker.told.": "autoregressive_decoder.report_embedding.",
    "walker.step.": "autoregressive_decoder.gru.",
    "walker.stop.": "autoregressive_decoder.stop_head.",
    "walker.time.": "autoregressive_decoder.duration_head.",
    "walker.": "autoregressive_decoder.",  # key, query, value
    "match.zones.": "grounding.cell_region_head.",
    "match.centre.": "grounding.region_centre_head.",
    "match.words.enter.": "grounding.report_labeller.project.",
    "match.words.near.": "grounding.report_labeller.conv1.",
    "match.words.far.": "grounding.report_labeller.conv2.",
    "match.words.leave.": "grounding.report_labeller.classifier.",
    "match.spots.": "grounding.cell_finding_head.",
    "match.met.": "grounding.finding_embedding.",
    "match.said.": "grounding.asserted_finding_embedding.",
    "match.shown.": "grounding.cell_region_embedding.",
    "match.wanted.": "grounding.asserted_region_embedding.",
    "match.kinds.": "grounding.region_embedding.",
    "match.asserted.": "grounding.assertion_embedding.",
    "match.norm.": "grounding.norm.",
    "auxiliary.": "auxiliary_heads.",
    "fusion.place_of_visual": "fusion.visual_position_embedding",
    "fusion.place_of_text": "fusion.text_position_embedding",
    "fusion.place_of_grid": "fusion.grid_position_embedding",
    "vision.place_of_film": "vision.position_embedding",
}
PATTERNS = {f"^{re.escape(former)}": now for former, now in FORMER.items()}  # as transformers reads them


def current_names(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same under the names of today."""

    def name(saved: str) -> str:
        return next((now + saved[len(former) :] for former, now in FORMER.items() if saved.startswith(former)), saved)

    return {name(saved): tensor for saved, tensor in tensors.items()}
