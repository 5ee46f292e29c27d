"""Drawn worlds: attenuation of a chest painted layer by layer from its measures.

Values are roughly centimetres of water along the beam, so that exposure can treat drawn and projected worlds alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from ml.simulator.anatomy import Anatomy, heart_outline, lung_outline, rib_curves, smooth_closed, smooth_open

Float = NDArray[np.float32]
Bool = NDArray[np.bool_]

RIGHT, LEFT, HEART, BODY = 1, 2, 4, 8  # bits of the mask plane


@dataclass(frozen=True, slots=True)
class World:
    """Attenuation (size, size) in cm of water and a mask plane (size, size) of the bits RIGHT, LEFT, HEART, BODY."""

    attenuation: Float
    masks: NDArray[np.uint8]


def polygon(points: NDArray[np.float64], size: int) -> Float:
    """A filled outline (n, 2) in world fractions as soft coverage 0..1, drawn at twice the size."""
    canvas = Image.new("L", (2 * size, 2 * size))
    ImageDraw.Draw(canvas).polygon([(float(x), float(y)) for x, y in points * 2 * size], fill=255)
    return np.asarray(canvas.resize((size, size), Image.Resampling.BOX), np.float32) / 255.0


def strokes(curves: Sequence[tuple[NDArray[np.float64], float]], size: int) -> Float:
    """Thick lines ((n, 2) points, calibre), all in world fractions, as soft coverage 0..1."""
    canvas = Image.new("L", (2 * size, 2 * size))
    pen = ImageDraw.Draw(canvas)
    for points, calibre in curves:
        width = max(1, round(calibre * 2 * size))
        pen.line([(float(x), float(y)) for x, y in points * 2 * size], fill=255, width=width, joint="curve")
    return np.asarray(canvas.resize((size, size), Image.Resampling.BOX), np.float32) / 255.0


def draw_world(rng: np.random.Generator, size: int) -> World:
    """One drawn chest without findings."""
    a = Anatomy.sample(rng)
    yy, xx = np.mgrid[0:size, 0:size].astype(np.float32) / size
    body = _trunk(a, rng, size, xx, yy)
    right = polygon(lung_outline(a, "right", rng), size)
    left = polygon(lung_outline(a, "left", rng), size)
    heart = polygon(heart_outline(a, rng), size)
    lungs = np.clip(right + left, 0.0, 1.0)

    out = body.copy()
    depth = _rounded(lungs, size * rng.uniform(0.02, 0.05))
    air = depth * a.thickness * rng.uniform(0.45, 0.65)
    heart_share = _rounded(heart, size * 0.03) * rng.uniform(0.55, 0.95)
    out -= air * (1.0 - heart_share)
    out += _spine(a, rng, size, yy, xx)
    out += heart * rng.uniform(0.5, 2.5)
    out += _bones(a, rng, size, lungs)
    out += _vessels(a, rng, size) * lungs
    out += _abdomen(a, rng, size, lungs)
    out += _breasts(a, rng, size)
    mottle = ndimage.gaussian_filter(rng.normal(0, 1, (size, size)).astype(np.float32), size * 0.012)
    out += mottle / (float(mottle.std()) + 1e-6) * rng.uniform(0.0, 0.35) * lungs

    masks = np.zeros((size, size), np.uint8)
    masks |= np.where((right > 0.5) & (heart < 0.5), RIGHT, 0).astype(np.uint8)
    masks |= np.where((left > 0.5) & (heart < 0.5), LEFT, 0).astype(np.uint8)
    masks |= np.where(heart > 0.5, HEART, 0).astype(np.uint8)
    masks |= np.where(body > 1.0, BODY, 0).astype(np.uint8)
    return World(np.clip(out, 0.0, None).astype(np.float32), masks)


def _rounded(mask: Float, scale: float) -> Float:
    """Depth 0..1 that rises from a mask's edge inwards over ``scale`` pixels."""
    distance = ndimage.distance_transform_edt(mask > 0.5)
    return np.asarray((1.0 - np.exp(-distance / max(scale, 1.0))) * mask, np.float32)


def _trunk(a: Anatomy, rng: np.random.Generator, size: int, xx: Float, yy: Float) -> Float:
    """Depth of neck, shoulders, arms and trunk, in cm."""
    neck = rng.uniform(0.06, 0.11)
    shoulder = a.body_half + rng.uniform(0.05, 0.16)
    slope = rng.uniform(0.03, 0.12)
    waist = a.body_half * rng.uniform(0.92, 1.12)
    arms = rng.random() < 0.55
    side = shoulder + (rng.uniform(0.02, 0.12) if arms else 0.0)
    half = [
        [neck, -0.1],
        [neck, a.shoulder_y - slope],
        [neck + 0.05, a.shoulder_y - 0.6 * slope],
        [shoulder * 0.8, a.shoulder_y + 0.2 * slope],
        [side, a.shoulder_y + 0.10],
        [side if arms else a.body_half * 1.04, a.shoulder_y + 0.25],
        [a.body_half * (1.1 if arms else 1.0), a.shoulder_y + 0.42],
        [waist, 0.85],
        [waist, 1.1],
    ]
    outline = np.array([[a.mid_x + x, y] for x, y in half] + [[a.mid_x - x, y] for x, y in reversed(half)])
    coverage = polygon(smooth_closed(outline, 6), size)
    across = np.abs(xx - a.mid_x) / (a.body_half * rng.uniform(1.15, 1.45))
    depth = np.sqrt(np.clip(1.0 - across**2, 0.12, None))
    level = 0.8 + 0.3 * np.clip((yy - a.shoulder_y) / 0.35, 0.0, 1.0) * rng.uniform(0.2, 1.1)
    soft = np.asarray(ndimage.gaussian_filter(coverage, size * 0.006), np.float32)
    if arms and rng.random() < 0.7:  # a gap of air between arm and chest
        gaps = [
            (np.array([[a.mid_x + s * a.body_half * 1.06, a.shoulder_y + 0.2], [a.mid_x + s * waist * 1.1, 1.1]]), 0.02)
            for s in (-1.0, 1.0)
        ]
        soft = soft * (1.0 - strokes([(smooth_open(g), w * rng.uniform(0.3, 2.0)) for g, w in gaps], size))
    return np.asarray(soft * depth * level * a.thickness, np.float32)


def _spine(a: Anatomy, rng: np.random.Generator, size: int, yy: Float, xx: Float) -> Float:
    """Vertebrae, sternum shadow and the windpipe's air."""
    bend = rng.normal(0.0, 0.012) * np.sin(2 * np.pi * (yy * rng.uniform(0.4, 0.9) + rng.random()))
    across = (xx - a.mid_x - bend) / rng.uniform(0.030, 0.042)
    column = np.exp(-(np.abs(across) ** 4))
    discs = 1.0 - rng.uniform(0.05, 0.25) * (np.sin(2 * np.pi * yy / rng.uniform(0.042, 0.06)) > 0.6)
    out = column * discs * rng.uniform(2.0, 5.0)
    windpipe = np.exp(-(np.abs((xx - a.mid_x - bend + rng.uniform(-0.006, 0.01)) / 0.016) ** 4))
    out -= windpipe * (yy < a.apex_y + 0.17) * rng.uniform(0.8, 2.4)
    return np.asarray(ndimage.gaussian_filter(out.astype(np.float32), size * 0.003), np.float32)


def _bones(a: Anatomy, rng: np.random.Generator, size: int, lungs: Float) -> Float:
    """Ribs with brighter edges, clavicles, shoulder blades, heads of the humeri."""
    ribs = rib_curves(a, "right", rng) + rib_curves(a, "left", rng)
    outer = strokes(ribs, size)
    inner = strokes([(c, 0.5 * w) for c, w in ribs], size)
    strength = rng.uniform(0.3, 2.2)
    out = (outer - rng.uniform(0.2, 0.6) * inner) * strength * (0.45 + 0.55 * lungs)
    clavicles, blades = [], np.zeros((size, size), np.float32)
    rise, depth = rng.uniform(-0.03, 0.06), rng.uniform(-0.015, 0.05)
    for sign in (-1.0, 1.0):
        reach = a.body_half + rng.uniform(0.0, 0.08)
        y = a.apex_y + depth + rng.normal(0, 0.008)
        line = np.array([[0.025, y + 0.02], [reach * 0.4, y], [reach * 0.75, y - rise], [reach, y - rise * 1.2]])
        line[:, 0] = a.mid_x + sign * line[:, 0]
        clavicles.append((smooth_open(line), rng.uniform(0.016, 0.026)))
        x0 = a.gap + a.right_width * rng.uniform(0.75, 1.2)
        blade = np.array([[x0 + 0.12, 0.0], [x0, 0.04], [x0 + 0.01, 0.16], [x0 + 0.05, 0.24], [x0 + 0.11, 0.10]])
        blade = np.stack([a.mid_x + sign * blade[:, 0], y + 0.01 + blade[:, 1]], axis=1)
        blades += polygon(smooth_closed(blade), size) * rng.uniform(0.1, 0.9)
        head = smooth_closed(
            np.array([[reach + 0.05 * np.cos(t), y + 0.05 + 0.05 * np.sin(t)] for t in np.arange(0, 6.28, 0.8)])
        )
        head[:, 0] = a.mid_x + sign * head[:, 0]
        blades += polygon(head, size) * rng.uniform(0.4, 2.0)
    out += strokes(clavicles, size) * rng.uniform(0.4, 1.5) + blades
    return np.asarray(ndimage.gaussian_filter(out, size * 0.0022), np.float32)


def _vessels(a: Anatomy, rng: np.random.Generator, size: int) -> Float:
    """Hila and the vessels that fan out from them."""
    out = np.zeros((size, size), np.float32)
    fine: list[tuple[NDArray[np.float64], float]] = []
    for sign, width in ((-1.0, a.right_width), (1.0, a.left_width)):
        hilum = np.array([a.mid_x + sign * (a.gap + 0.10 * width), a.heart_top - 0.01 + rng.normal(0, 0.01)])
        disc = hilum + np.array(
            [[0.022 * np.cos(t), rng.uniform(0.03, 0.045) * np.sin(t)] for t in np.arange(0, 6.28, 0.9)]
        )
        out += polygon(smooth_closed(disc), size) * rng.uniform(0.5, 1.6)
        for _ in range(rng.integers(8, 22)):
            angle = rng.uniform(-1.45, 1.45)
            length = rng.uniform(0.06, 0.9 * width)
            bend = rng.normal(0, 0.3)
            steps = np.linspace(0, 1, 4)
            x = hilum[0] + sign * length * steps * np.cos(angle + bend * steps)
            y = hilum[1] + length * 1.3 * steps * np.sin(angle + bend * steps)
            fine.append((smooth_open(np.stack([x, y], axis=1), 5), rng.uniform(0.002, 0.008)))
    out += strokes(fine, size) * rng.uniform(0.3, 1.1)
    return np.asarray(ndimage.gaussian_filter(out, size * 0.003), np.float32)


def _abdomen(a: Anatomy, rng: np.random.Generator, size: int, lungs: Float) -> Float:
    """Gas under the left dome and in the bowel."""
    gas = np.zeros((size, size), np.float32)
    blobs: list[tuple[float, float, float, float]] = []
    if rng.random() < 0.6:
        x, r = a.mid_x + rng.uniform(0.07, 0.16), rng.uniform(0.02, 0.06)
        blobs.append((x, a.left_dome_y + r + rng.uniform(0.012, 0.04), r * rng.uniform(0.8, 1.6), r))
    for _ in range(int(rng.integers(0, 9)) if rng.random() < 0.5 else 0):
        r = rng.uniform(0.012, 0.04)
        y = max(a.left_dome_y, a.right_dome_y) + rng.uniform(0.08, 0.3)
        blobs.append((a.mid_x + rng.uniform(-0.22, 0.22), y, r * rng.uniform(0.8, 1.8), r))
    for x, y, rx, ry in blobs:
        ring = np.array([[x + rx * np.cos(t), y + ry * np.sin(t)] for t in np.arange(0, 6.28, 0.7)])
        gas += polygon(smooth_closed(ring + rng.normal(0, 0.15 * ry, ring.shape)), size)
    soft = ndimage.gaussian_filter(np.clip(gas, 0, 1), size * 0.004) * (1.0 - lungs)
    return np.asarray(-soft * rng.uniform(1.0, 5.0), np.float32)


def _breasts(a: Anatomy, rng: np.random.Generator, size: int) -> Float:
    """Soft-tissue shadows over the lower chest, in somewhat under half of the worlds."""
    out = np.zeros((size, size), np.float32)
    if rng.random() > 0.45:
        return out
    low = a.right_dome_y + rng.uniform(-0.12, 0.08)
    for sign in (-1.0, 1.0):
        cx, rx, ry = a.mid_x + sign * rng.uniform(0.12, 0.2), rng.uniform(0.09, 0.16), rng.uniform(0.08, 0.16)
        ring = np.array([[cx + rx * np.cos(t), low - ry + ry * np.sin(t)] for t in np.arange(0, 6.28, 0.6)])
        out += _rounded(polygon(smooth_closed(ring), size), size * 0.06) * rng.uniform(0.6, 3.5)
    return np.asarray(ndimage.gaussian_filter(out, size * 0.006), np.float32)
