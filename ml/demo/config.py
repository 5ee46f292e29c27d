"""The bundled model's configuration: the core's, and what it learns from the simulator's truth beside the gaze."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ml.medgaze.config import ConfigError, MedGazeConfig

CERTAINTIES = 2  # of an assertion, that change how long one looks: in doubt, as known


@dataclass
class GroundingConfig:
    """Grounding of the report on the film (:mod:`ml.demo.grounding`), and training-only heads."""

    regions: int = 0  # regions found on film and in report, whose agreement each grid token gets; 0: none
    findings: int = 0  # kinds of finding found on film and in report, region by region; 0: none
    landmarks: int = 0  # places regressed from the film alone, in training only; 0: none
    gaze_map: bool = False  # share of gaze time a grid token gets, predicted from film and report, in training only

    @property
    def facts(self) -> int:
        """What is said of a region beside that it is named: each kind of finding, and how certainly."""
        return self.findings + CERTAINTIES if self.findings else 0


class DemoConfig(MedGazeConfig):  # type: ignore[no-untyped-call]
    """A :class:`MedGazeConfig` with a grounding; its fields have the flat names ``region_match``, ``finding_match``,
    ``aux_landmarks`` and ``aux_gaze_map``."""

    model_class = "ml.demo.modeling:DemoMedGazeModel"

    grounding: GroundingConfig = field(default_factory=GroundingConfig)

    def __init__(self, **fields: Any) -> None:
        super().__init__(**fields)

    @property
    def region_facts(self) -> int:
        return self.grounding.regions * (1 + self.grounding.facts)

    def check(self) -> None:
        super().check()
        grounding, vision, language = self.grounding, self.vision, self.language
        if grounding.gaze_map and not self.has_grid_memory:
            raise ConfigError("aux_gaze_map needs grid tokens in the decoder memory: set grid_memory")
        if grounding.regions and (language.fusion != "joint" or vision.medformer != "none"):
            raise ConfigError("region_match works on grid tokens and words: fusion='joint' and medformer='none'")
        if grounding.regions and (language.pool_report or not vision.see_film):
            raise ConfigError("region_match matches the film with words: it needs see_film, and no pool_report")
        if grounding.findings and not grounding.regions:
            raise ConfigError("finding_match asks for findings by their regions: set region_match")
