"""Findings: what can be seen on a film, painted into its attenuation before exposure.

A finding sits loosely in a region: it may hang over the border and have any place inside. Its visibility runs from none
(only the report tells of it) to plain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ml.simulator.drawing import LEFT, RIGHT
from ml.simulator.framing import Box, Frame
from ml.simulator.regions import SETS, ZONES

LUNG_PLACES = (
    *ZONES,
    *ZONES,
    *ZONES,
    "right apex",
    "left apex",
    "right base",
    "left base",
    "right hilum",
    "left hilum",
    "right periphery",
    "left periphery",
    "retrocardiac",
)
COARSE = (
    "right lung",
    "left lung",
    "lungs",
    "lungs",
)  # what a report says that names no more than the side, or nothing
OUTER, AWAY = 0.95, 0.36  # of the findings of such a place, those this far from the lung's middle, share of its size
GAIN = 1.6  # of what is painted, over the contrast of lung and chest wall
ROUND = ("nodule", "mass", "granuloma", "cavity")
ANYWHERE = ("opacity", "consolidation", "atelectasis", "interstitial", *ROUND)
SETS_OF_ZONES = ("both lower", "both base", "both upper", "both lung", "both hilum", "both mid", "both apex")

# kind: (where it may sit, how often it is drawn, spots as a share of the region's size)
KINDS: dict[str, tuple[tuple[str, ...], float, tuple[float, float]]] = {
    "opacity": (LUNG_PLACES, 3.0, (0.35, 0.9)),
    "consolidation": (LUNG_PLACES, 2.5, (0.4, 1.0)),
    "nodule": (LUNG_PLACES, 1.6, (0.10, 0.22)),
    "mass": (LUNG_PLACES, 1.0, (0.25, 0.5)),
    "atelectasis": (
        ("right lower", "left lower", "right base", "left base", "right mid", "left mid", "retrocardiac"),
        1.2,
        (0.4, 0.9),
    ),
    "interstitial": ((*LUNG_PLACES, *SETS_OF_ZONES, *SETS_OF_ZONES), 1.2, (0.5, 1.1)),
    "effusion": (("right angle", "left angle", "right base", "left base", "both base", "both angle"), 0.7, (0.5, 1.2)),
    "pneumothorax": (("right apex", "left apex", "right periphery", "left periphery"), 0.3, (0.4, 1.0)),
    "granuloma": (LUNG_PLACES, 0.8, (0.05, 0.12)),
    "cavity": (("right upper", "left upper", "right apex", "left apex", "right mid", "left mid"), 0.5, (0.25, 0.45)),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding: its kind, the region set the report would name, its spots in film fractions, how plain it is
    (0..1), and the regions its spots lie in (all of the set, but for what is in one of the lungs only). ``place`` is
    empty where the report says nothing of it."""

    kind: str
    place: str
    spots: tuple[Box, ...]  # one box a region: where the finding itself lies
    visibility: float
    regions: tuple[str, ...] = ()


def place_finding(
    frame: Frame, kind: str, place: str, boxes: dict[str, Box], visibility: float, rng: np.random.Generator
) -> Finding:
    """Put a finding of that kind loosely into its region(s)."""
    low, high = KINDS[kind][2]
    spots = []
    regions = SETS[place] if place != "lungs" else (SETS[place][int(rng.integers(2))],)
    for name in regions:
        x0, y0, x1, y1 = boxes[name]
        share = rng.uniform(low, high)
        zone = (y1 - y0) / 3 if place in COARSE else y1 - y0  # what its size is a share of
        half_w, half_h = 0.5 * share * (x1 - x0), 0.5 * share * zone
        cx = rng.uniform(x0 + 0.12 * (x1 - x0), x1 - 0.12 * (x1 - x0))
        cy = rng.uniform(y0 + 0.08 * (y1 - y0), y1 - 0.08 * (y1 - y0))
        if place in COARSE:
            cx, cy = _within_lung(frame, name, boxes[name], rng)
        if kind == "effusion":
            cx, cy = (x0 + x1) / 2, y1 - 0.3 * (y1 - y0)
        if kind in ROUND:
            half_w = half_h = min(half_w, half_h) if kind != "mass" else (half_w + half_h) / 2
        spots.append((cx - half_w, cy - half_h, cx + half_w, cy + half_h))
    return Finding(kind, place, tuple(spots), visibility, regions)


def _within_lung(frame: Frame, name: str, box: Box, rng: np.random.Generator) -> tuple[float, float]:
    """A place in the aerated lung, mostly well away from its middle."""
    x0, y0, x1, y1 = box
    height, width = frame.shape
    lung = frame.masks & (RIGHT if name == "right lung" else LEFT)
    outer = rng.random() < OUTER
    for across, down in rng.uniform(0.04, 0.96, (60, 2)):
        x, y = x0 + across * (x1 - x0), y0 + down * (y1 - y0)
        far = max(abs(across - 0.5), abs(down - 0.5)) > AWAY
        if lung[min(int(y * height), height - 1), min(int(x * width), width - 1)] and (far or not outer):
            return x, y
    return (x0 + x1) / 2, (y0 + y1) / 2


def paint(frame: Frame, finding: Finding, rng: np.random.Generator) -> None:
    """Add the finding to the film in place. An effusion also takes the water-filled part out of the aerated lung."""
    if finding.visibility <= 0.02:
        return
    height, width = frame.shape
    lungs = (frame.masks & (RIGHT | LEFT)) > 0
    contrast = _lung_contrast(frame, lungs)
    for box in finding.spots:
        cx, cy = (box[0] + box[2]) / 2 * width, (box[1] + box[3]) / 2 * height
        rx, ry = max(1.0, (box[2] - box[0]) / 2 * width), max(1.0, (box[3] - box[1]) / 2 * height)
        reach_x, reach_y = int(2.2 * rx) + 2, int(2.2 * ry) + 2
        c0, c1 = max(0, int(cx) - reach_x), min(width, int(cx) + reach_x + 1)
        r0, r1 = max(0, int(cy) - reach_y), min(height, int(cy) + reach_y + 1)
        if c1 - c0 < 2 or r1 - r0 < 2:
            continue
        yy, xx = np.mgrid[r0:r1, c0:c1].astype(np.float32)
        dx, dy = (xx - cx) / rx, (yy - cy) / ry
        patch = _PAINTERS[finding.kind](dx, dy, rng).astype(np.float32) * finding.visibility * contrast * GAIN
        window = (slice(r0, r1), slice(c0, c1))
        if finding.kind == "effusion":
            _flood(frame, window, dy, patch, finding.visibility, contrast)
            continue
        inside = np.where(lungs[window], 1.0, 0.35).astype(np.float32)
        frame.attenuation[window] += patch * inside


def _lung_contrast(frame: Frame, lungs: NDArray[np.bool_]) -> float:
    """Attenuation between aerated lung and the tissue around it, in cm: the scale for painting."""
    if lungs.sum() < 20 or (~lungs).sum() < 20:
        return 4.0
    around, within = frame.attenuation[::3, ::3], lungs[::3, ::3]
    if not within.any() or within.all():
        return 4.0
    return float(np.clip(np.percentile(around[~within], 70) - np.median(around[within]), 1.5, 12.0))


def _flood(
    frame: Frame,
    window: tuple[slice, slice],
    dy: NDArray[np.float32],
    patch: NDArray[np.float32],
    visibility: float,
    contrast: float,
) -> None:
    lungs = (frame.masks[window] & (RIGHT | LEFT)) > 0
    frame.attenuation[window] += patch * lungs
    if visibility * contrast > 1.5 and visibility > 0.5:
        dark = lungs & (patch > 0.6 * visibility * contrast) & (dy > -0.6)
        frame.masks[window] &= np.where(dark, 255 - (RIGHT | LEFT), 255).astype(np.uint8)


def _mottle(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> NDArray[np.float32]:
    noise = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), scale)
    return np.asarray(noise / (float(noise.std()) + 1e-6), np.float32)


def _opacity(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    blob = np.exp(-(dx**2 + dy**2))
    return np.asarray(
        blob * np.clip(1 + 0.35 * _mottle(dx.shape, 2.0, rng), 0.1, 2) * rng.uniform(0.4, 0.8), np.float32
    )


def _consolidation(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    radius = np.sqrt(dx**2 + dy**2) + 0.22 * _mottle(dx.shape, 3.0, rng)
    return np.asarray(1.0 / (1.0 + np.exp((radius - 0.95) * 6)) * rng.uniform(0.6, 1.0), np.float32)


def _ball(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    radius2 = dx**2 + dy**2
    return np.asarray(np.sqrt(np.clip(1.15 - radius2, 0, None)) * rng.uniform(0.5, 0.95), np.float32)


def _granuloma(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    return np.asarray(np.exp(-((dx**2 + dy**2) ** 2)) * rng.uniform(0.9, 1.6), np.float32)


def _cavity(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    radius = np.sqrt(dx**2 + dy**2)
    return np.asarray(np.exp(-(((radius - 0.85) / 0.28) ** 2)) * 0.8 - 0.15 * (radius < 0.6), np.float32)


def _atelectasis(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    tilt, out = rng.normal(0, 0.35), np.zeros_like(dx)
    for offset in rng.uniform(-0.6, 0.6, rng.integers(1, 4)):
        out += np.exp(-(((dy - offset + tilt * dx) / 0.16) ** 2)) * np.exp(-(dx**2))
    return np.asarray(out * rng.uniform(0.4, 0.8), np.float32)


def _interstitial(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    mesh = np.abs(_mottle(dx.shape, 1.3, rng)) * 0.4 + 0.25
    return np.asarray(mesh * np.exp(-((dx**2 + dy**2) ** 1.5)) * rng.uniform(0.5, 1.0), np.float32)


def _effusion(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    meniscus = -0.2 - 0.5 * np.abs(dx) * np.sign(dx + 1.5)
    return np.asarray(1.0 / (1.0 + np.exp(-(dy - meniscus) * 5)), np.float32)


def _pneumothorax(dx: NDArray[np.float32], dy: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    radius = np.sqrt(dx**2 + (dy - 0.6) ** 2)
    return np.asarray(
        0.4 * np.exp(-(((radius - 1.0) / 0.07) ** 2)) - 0.3 * ((radius > 1.0) & (radius < 1.8)), np.float32
    )


_PAINTERS = {
    "opacity": _opacity,
    "consolidation": _consolidation,
    "nodule": _ball,
    "mass": _ball,
    "atelectasis": _atelectasis,
    "interstitial": _interstitial,
    "effusion": _effusion,
    "pneumothorax": _pneumothorax,
    "granuloma": _granuloma,
    "cavity": _cavity,
}
