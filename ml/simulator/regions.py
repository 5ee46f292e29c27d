"""Named regions of a chest film, as boxes in film fractions that follow from the boxes of lungs and heart.

A zone is a third of the height of a lung's box. Everything a report can speak of, a finding can sit in or a reader can
look at is a region or a set of regions; ``SETS`` names the sets ("bases" is both bases).
"""

from __future__ import annotations

from ml.simulator.framing import Box, Frame

ZONES = ("right upper", "right mid", "right lower", "left upper", "left mid", "left lower")
PAIRED = ("apex", "base", "angle", "hilum", "dome", "periphery", "lung")
SINGLE = ("heart", "retrocardiac", "aorta", "trachea", "mediastinum")
REGIONS = ZONES + tuple(f"{side} {name}" for name in PAIRED for side in ("right", "left")) + SINGLE
SETS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in REGIONS},
    "lungs": ("right lung", "left lung"),  # somewhere in one of them
    **{f"both {name}": (f"right {name}", f"left {name}") for name in (*PAIRED, "upper", "mid", "lower")},
}


def locate(frame: Frame) -> dict[str, Box]:
    """Boxes of all regions that are on the film; a lung that is not on it takes its regions with it."""
    out: dict[str, Box] = {}
    right, left = frame.lung_box("right"), frame.lung_box("left")
    for side, box in (("right", right), ("left", left)):
        if box is not None:
            out.update(_lung_regions(side, box))
    if right is not None and left is not None:
        out.update(_central_regions(right, left, frame.heart_box()))
    return {name: _clip(box) for name, box in out.items()}


def _lung_regions(side: str, box: Box) -> dict[str, Box]:
    x0, y0, x1, y1 = box
    width, height = x1 - x0, y1 - y0

    def part(across0: float, down0: float, across1: float, down1: float) -> Box:
        """Shares of the box; across 0 is the edge towards the midline."""
        if side == "right":
            a0, a1 = x1 - across1 * width, x1 - across0 * width
        else:
            a0, a1 = x0 + across0 * width, x0 + across1 * width
        return (a0, y0 + down0 * height, a1, y0 + down1 * height)

    return {
        f"{side} upper": part(0, 0, 1, 1 / 3),
        f"{side} mid": part(0, 1 / 3, 1, 2 / 3),
        f"{side} lower": part(0, 2 / 3, 1, 1),
        f"{side} apex": part(0.1, -0.02, 0.8, 0.18),
        f"{side} base": part(0.1, 0.74, 0.95, 1.02),
        f"{side} angle": part(0.72, 0.84, 1.04, 1.06),
        f"{side} hilum": part(-0.08, 0.36, 0.32, 0.62),
        f"{side} dome": part(0.1, 0.88, 0.85, 1.08),
        f"{side} periphery": part(0.7, 0.2, 1.0, 0.9),
        f"{side} lung": part(0.05, 0.05, 0.95, 0.95),
    }


def _central_regions(right: Box, left: Box, heart: Box | None) -> dict[str, Box]:
    middle = (right[2] + left[0]) / 2
    top, bottom = min(right[1], left[1]), max(right[3], left[3])
    height = bottom - top
    span = left[2] - right[0]
    hx0 = heart[0] if heart else middle - 0.12 * span
    hx1 = heart[2] if heart else middle + 0.25 * span
    return {
        "heart": (hx0, top + 0.50 * height, hx1, top + 0.95 * height),
        "retrocardiac": (middle + 0.02 * span, top + 0.66 * height, middle + 0.2 * span, top + 0.95 * height),
        "aorta": (middle, top + 0.22 * height, middle + 0.12 * span, top + 0.42 * height),
        "trachea": (middle - 0.04 * span, top - 0.05 * height, middle + 0.04 * span, top + 0.28 * height),
        "mediastinum": (middle - 0.08 * span, top + 0.1 * height, middle + 0.1 * span, top + 0.6 * height),
    }


def _clip(box: Box) -> Box:
    x0, y0, x1, y1 = (min(max(v, 0.005), 0.995) for v in box)
    return (x0, y0, x1, y1)
