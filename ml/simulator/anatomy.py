"""The measures of one drawn chest and the smooth outlines that follow from them.

World space is the unit square, x right and y down, y = 0 at the neck. "Right" is the patient's right: smaller x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Sampled measures of a chest in world fractions."""

    mid_x: float  # middle of the spine
    gap: float  # from the middle to the medial edge of either lung, at the mid zone
    right_width: float  # widths of the lungs at their widest
    left_width: float
    apex_y: float  # top of the right lung
    apex_skew: float  # left apex minus right apex
    right_dome_y: float  # tops of the diaphragm domes
    left_dome_y: float
    angle_drop: float  # how far the costophrenic angles hang below the domes
    apex_width: float  # width of a lung a little below its apex, as a share of its full width
    heart_right: float  # how far the heart reaches to the patient's right of the middle
    heart_left: float  # ... and to the left
    heart_top: float  # its upper border
    shoulder_y: float  # height of the shoulders
    body_half: float  # half the trunk's width at the level of the domes
    thickness: float  # depth of the trunk in cm of water

    @classmethod
    def sample(cls, rng: np.random.Generator) -> Anatomy:
        u = rng.uniform
        apex_y = u(0.17, 0.27)
        height = u(0.26, 0.52)
        width = u(0.17, 0.25)
        right_dome = apex_y + height
        heart_left = u(0.08, 0.20)
        return cls(
            mid_x=u(0.47, 0.53),
            gap=u(0.03, 0.06),
            right_width=width * u(0.92, 1.08),
            left_width=width * u(0.92, 1.08),
            apex_y=apex_y,
            apex_skew=u(-0.02, 0.02),
            right_dome_y=right_dome,
            left_dome_y=right_dome + u(-0.01, 0.05),
            angle_drop=u(0.02, 0.10),
            apex_width=u(0.45, 0.75),
            heart_right=u(0.03, 0.085),
            heart_left=heart_left,
            heart_top=apex_y + height * u(0.38, 0.55),
            shoulder_y=apex_y + u(-0.08, 0.05),
            body_half=width + u(0.09, 0.20),
            thickness=u(15.0, 26.0),
        )


def smooth_closed(points: Array, per_segment: int = 12) -> Array:
    """A closed Catmull-Rom curve through ``points`` (n, 2): (n * per_segment, 2)."""
    p0, p1, p2, p3 = (np.roll(points, k, axis=0)[:, None, :] for k in (1, 0, -1, -2))
    t = np.linspace(0.0, 1.0, per_segment, endpoint=False)[None, :, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.asarray(curve.reshape(-1, 2))


def smooth_open(points: Array, per_segment: int = 12) -> Array:
    """An open Catmull-Rom curve through ``points`` (n, 2)."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    p0, p1, p2, p3 = ends[:-3, None], ends[1:-2, None], ends[2:-1, None], ends[3:, None]
    t = np.linspace(0.0, 1.0, per_segment)[None, :, None]
    curve = 0.5 * (2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3)
    return np.asarray(curve.reshape(-1, 2))


def lung_outline(a: Anatomy, side: str, rng: np.random.Generator) -> Array:
    """Outline of one lung (n, 2), with small irregularities."""
    sign = -1.0 if side == "right" else 1.0
    width = a.right_width if side == "right" else a.left_width
    dome = a.right_dome_y if side == "right" else a.left_dome_y
    top = a.apex_y + (a.apex_skew if side == "left" else 0.0)
    height = dome - top
    # (distance from the middle in lung widths beyond the gap, height from apex to dome in 0..1)
    shape = np.array(
        [
            [0.05 + 0.10 * rng.random(), 0.55],
            [0.02, 0.32],
            [0.10, 0.10],
            [0.18 + 0.5 * a.apex_width * 0.5, 0.0],
            [0.22 + a.apex_width * 0.62, 0.09],
            [0.55 + a.apex_width * 0.45, 0.30],
            [0.97, 0.60],
            [1.0, 0.85],
        ]
    )
    shape += rng.normal(0.0, 0.012, shape.shape)
    points = np.stack([a.mid_x + sign * (a.gap + shape[:, 0] * width), top + shape[:, 1] * height], axis=1)
    bottom = np.array(
        [
            [a.mid_x + sign * (a.gap + 1.01 * width), dome + a.angle_drop * 0.75],
            [a.mid_x + sign * (a.gap + 0.98 * width), dome + a.angle_drop],
            [a.mid_x + sign * (a.gap + 0.82 * width), dome + a.angle_drop * 0.35],
            [a.mid_x + sign * (a.gap + 0.52 * width), dome],
            [a.mid_x + sign * (a.gap + 0.22 * width), dome + a.angle_drop * rng.uniform(0.05, 0.3)],
            [a.mid_x + sign * (a.gap + 0.03 * width), dome + a.angle_drop * rng.uniform(0.2, 0.6)],
        ]
    )
    return smooth_closed(np.concatenate([points, bottom]))


def heart_outline(a: Anatomy, rng: np.random.Generator) -> Array:
    """Outline of heart and mediastinum: right border, apex to the left, waist, great vessels."""
    base = max(a.right_dome_y, a.left_dome_y) + 0.03
    span = base - a.heart_top
    knob = rng.uniform(0.035, 0.06)
    points = np.array(
        [
            [a.mid_x - 0.030, a.apex_y - 0.02],
            [a.mid_x - rng.uniform(0.03, 0.05), a.apex_y + 0.35 * (a.heart_top - a.apex_y)],
            [a.mid_x - 0.035, a.heart_top],
            [a.mid_x - a.heart_right, a.heart_top + 0.55 * span],
            [a.mid_x - 0.85 * a.heart_right, base],
            [a.mid_x + 0.6 * a.heart_left, base + 0.01],
            [a.mid_x + a.heart_left, a.heart_top + 0.82 * span],
            [a.mid_x + 0.72 * a.heart_left, a.heart_top + 0.42 * span],
            [a.mid_x + 0.038, a.heart_top - 0.01],
            [a.mid_x + knob, a.heart_top - 0.32 * (a.heart_top - a.apex_y)],
            [a.mid_x + 0.03, a.apex_y + 0.1 * (a.heart_top - a.apex_y)],
        ]
    )
    return smooth_closed(points + rng.normal(0.0, 0.004, points.shape))


def rib_curves(a: Anatomy, side: str, rng: np.random.Generator) -> list[tuple[Array, float]]:
    """Rib centre lines of one side as (curve, calibre in world fractions): posterior arcs, then anterior ones."""
    sign = -1.0 if side == "right" else 1.0
    width = a.right_width if side == "right" else a.left_width
    dome = a.right_dome_y if side == "right" else a.left_dome_y
    spacing = (dome - a.apex_y) / rng.uniform(7.0, 9.5)
    slope = rng.uniform(0.10, 0.55)
    ribs: list[tuple[Array, float]] = []
    for k in range(12):
        y = a.apex_y - 0.4 * spacing + k * spacing
        reach = (a.gap + width) * min(1.04, 0.62 + 0.085 * k)
        drop = slope * reach * (0.5 + 0.06 * k)
        t = np.array([0.04, 0.3, 0.6, 0.88, 1.0])
        curve = np.stack(
            [a.mid_x + sign * (0.02 + t * (reach - 0.02)), y + drop * t**1.7 - 0.018 * np.sin(np.pi * t)], axis=1
        )
        ribs.append((smooth_open(curve), rng.uniform(0.012, 0.02)))
        if 1 <= k <= 7:
            t = np.array([1.0, 0.85, 0.62, 0.42])
            anterior = np.stack(
                [a.mid_x + sign * t * reach, y + drop + spacing * (0.9 + 1.2 * (1.0 - t)) + 0.02 * (1 - t)], axis=1
            )
            ribs.append((smooth_open(anterior), rng.uniform(0.012, 0.019)))
    return ribs
