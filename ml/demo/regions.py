"""Named regions of a film from what the bundled model's grounding finds: six zones, lungs, hila, heart and so on.

The model says for each cell of its grid in which regions it lies, and where each region's centre is. A lung's box
follows from the centres of its three zones (each a third of its height) and from the area of the cells that lie in
them; every other region follows from the two lungs, as in the simulator (:mod:`ml.simulator.regions`), but for the
heart, whose centre and area are found too. No torch here, so that the geometry can be tested without a model.

On 56 real films with lungs drawn by hand: zones' centres .026 off in the median, lung boxes' IoU .83, hearts' .65.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from ml.medgaze.geometry import FilmTransform
from ml.simulator.framing import Frame
from ml.simulator.regions import REGIONS, locate

if TYPE_CHECKING:
    from ml.medgaze.predictor import MedGazePredictor

Box = tuple[float, float, float, float]  # x0, y0, x1, y1 in film fractions
Floats = NDArray[np.floating]

LEVELS = ("upper", "mid", "lower")
SHOWN = (
    *(f"{side} {name}" for name in (*LEVELS, "apex", "hilum", "angle") for side in ("right", "left")),
    "right lung",
    "left lung",
    "heart",
    "mediastinum",
)
HEART_AREA = 1.3  # the grid's shares see the heart's dense middle; drawn boxes are that much larger
HEART_TOP, HEART_BOTTOM = 0.41, 0.90  # of the lungs' height, as drawn by hand
APART = 0.034  # of the square: two ways to find a zone's centre differ by at most .028 on real films, by .04 on noise
WIDTH, HEIGHT = (0.10, 0.62), (0.22, 1.10)  # of a lung on a film; beyond it nothing was found


@dataclass(frozen=True, slots=True)
class FoundRegions:
    """Boxes by name, in film fractions; none, and ``problem`` in words, where the chest was not found."""

    boxes: dict[str, Box] = field(default_factory=dict)
    problem: str = ""


def find_regions(predictor: MedGazePredictor, film: NDArray[Any]) -> FoundRegions:
    """Where the zones, hila, heart and so on lie on this film; no report is needed."""
    grounding = getattr(predictor.model, "grounding", None)
    if grounding is None:
        return FoundRegions(problem="This model does not find regions.")
    encoded = predictor.encode_film(film)
    shares, centres = (found[0].double().cpu().numpy() for found in grounding.regions(encoded.grid))
    return regions_from(shares, centres, encoded.transform)


def regions_from(shares: Floats, centres: Floats, transform: FilmTransform) -> FoundRegions:
    """``shares`` (G, 25): how much of each grid cell lies in each of ``REGIONS``, 0 to 1. ``centres`` (25, 2): each
    region's centre in fractions of the model's square."""
    zones = [REGIONS.index(f"{side} {level}") for side in ("right", "left") for level in LEVELS]
    if _apart(shares[:, zones], centres[zones]) > APART:
        return FoundRegions(problem="This does not look like an upright frontal chest film.")
    at = transform.to_film(centres)
    areas = shares.mean(axis=0) / float(np.prod(transform.scale))  # of the film
    lungs: dict[str, Box] = {}
    for side in ("right", "left"):
        zones = [REGIONS.index(f"{side} {level}") for level in LEVELS]
        upper, middle, lower = at[zones]
        height = float(lower[1] - upper[1]) * 1.5
        width = float(areas[zones].sum()) / height if height > 0 else 0.0
        if not (HEIGHT[0] <= height <= HEIGHT[1] and WIDTH[0] <= width <= WIDTH[1]):
            return FoundRegions(problem=f"The {side} lung was not found on this film.")
        x, y = float(at[zones, 0].mean()), float(middle[1])
        lungs[side] = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    right, left = lungs["right"], lungs["left"]
    if (right[0] + right[2]) / 2 >= (left[0] + left[2]) / 2:
        return FoundRegions(problem="The two lungs were found on each other's side of this film.")
    heart = _heart(right, left, at[REGIONS.index("heart")], areas)
    boxes = locate(cast(Frame, Chest(right, left, heart)))
    boxes |= {"heart": heart, "right lung": right, "left lung": left}
    return FoundRegions({name: _on_film(boxes[name]) for name in SHOWN})


@dataclass(frozen=True, slots=True)
class Chest:
    """What ``locate`` asks of a frame: boxes of lungs and heart, film fractions."""

    right: Box
    left: Box
    heart: Box | None = None

    def lung_box(self, side: str) -> Box:
        return self.right if side == "right" else self.left

    def heart_box(self) -> Box | None:
        return self.heart


def _apart(shares: Floats, centres: Floats) -> float:
    """How far, on average, the zones' centres (Z, 2) lie from the middle of the cells (G, Z) said to lie in them."""
    side = round(len(shares) ** 0.5)
    cells = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2) + 0.5) / side
    middles = shares.T @ cells / np.maximum(shares.sum(axis=0), 1e-9)[:, None]
    return float(np.hypot(*(middles - centres).T).mean())


def _heart(right: Box, left: Box, centre: Floats, areas: Floats) -> Box:
    top, bottom = min(right[1], left[1]), max(right[3], left[3])
    height = bottom - top
    width = float(areas[REGIONS.index("heart")]) * HEART_AREA / ((HEART_BOTTOM - HEART_TOP) * height)
    x = float(centre[0])
    return (x - width / 2, top + HEART_TOP * height, x + width / 2, top + HEART_BOTTOM * height)


def _on_film(box: Box) -> Box:
    x0, y0, x1, y1 = (min(max(float(value), 0.0), 1.0) for value in box)
    return (x0, y0, x1, y1)
