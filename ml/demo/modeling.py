"""The bundled model: the core with a grounding of the report on the film, and the losses that teach it."""

from __future__ import annotations

import torch
from torch import Tensor

from ml.demo.auxiliary import AuxiliaryHeads, gaze_shares
from ml.demo.config import DemoConfig
from ml.demo.grounding import Grounded, Grounding
from ml.medgaze.fusion import Memory
from ml.medgaze.language import PrefilledReport
from ml.medgaze.modeling import MedGazeModel, MedGazeOutput


class DemoMedGazeModel(MedGazeModel):
    """The core with a grounding and heads that only training has."""

    config_class = DemoConfig
    config: DemoConfig
    frozen_in_fine_tuning = (*MedGazeModel.frozen_in_fine_tuning, "grounding.")

    def __init__(self, config: DemoConfig) -> None:
        super().__init__(config)
        self.grounding = Grounding(config) if config.grounding.regions else None
        self.auxiliary_heads = AuxiliaryHeads(config)
        self.post_init()  # type: ignore[no-untyped-call]

    def fuse(
        self,
        film: Tensor,
        text: Tensor | PrefilledReport | None,
        attention_mask: Tensor | None,
        visual: Tensor | None = None,
    ) -> Memory:
        """The memory with a token for each region."""
        if self.grounding is None:
            return super().fuse(film, text, attention_mask, visual)
        if not isinstance(text, Tensor) or attention_mask is None:
            raise ValueError("region_match needs the report and its attention_mask")
        film, grounded = self.grounding(film, text, attention_mask)
        return super().fuse(film, text, attention_mask, visual).with_regions(grounded)

    def forward(
        self,
        pixel_values: Tensor | None = None,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        fixations: Tensor | None = None,
        fixation_mask: Tensor | None = None,
        aux: dict[str, Tensor] | None = None,
        *,
        image_features: Tensor | None = None,
        text_features: Tensor | None = None,
        generator: torch.Generator | None = None,
    ) -> MedGazeOutput:
        """Adds the losses of the grounding and of the training-only heads, each where ``aux`` has its targets: see
        :class:`Grounded` and :class:`AuxiliaryHeads`."""
        film, memory = self.encode(pixel_values, input_ids, attention_mask, image_features, text_features)
        out = self.output(memory, fixations, fixation_mask, generator)
        if out.loss is None or out.losses is None or fixations is None or fixation_mask is None:
            return out
        targets = dict(aux or {})
        if self.config.grounding.gaze_map:
            targets["gaze_map"] = gaze_shares(fixations, fixation_mask, self.config.vision.grid_side)
        extra = self.auxiliary_heads.losses(film, memory.grid, targets)
        if isinstance(memory.regions, Grounded):
            extra |= memory.regions.losses(targets)
        if not extra:
            return out
        return MedGazeOutput(
            loss=out.loss + torch.stack(list(extra.values())).sum(),
            losses=out.losses | {name: loss.detach() for name, loss in extra.items()},
            paths=out.paths,
        )
