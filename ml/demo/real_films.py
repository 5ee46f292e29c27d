"""The check on real films: does gaze follow the report and the film where the model never learnt?

Needs a folder with chest films as PNG and ``lungs.csv`` (boxes of both lungs and the heart drawn by hand, film
fractions: columns ``file, right_x0 .. right_y1, left_x0 .. left_y1``, and ``heart_x0 .. heart_y1`` where drawn). The
films are only looked at here; nothing is trained or chosen on them. Dwell is the mean over ``samples`` readings drawn
from the model, so the figures speak of what it expects, not of one draw; the served reading (the medoid) is scored the
same way beside it.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml.data.pixels import Pixels, read_film
from ml.demo import wordings
from ml.medgaze.medoid import medoid
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.metrics.dwell import Box, centroid, dwell_s, dwell_share, thirds
from ml.metrics.intervals import Estimate, bootstrap_mean, bootstrap_slope

Floats = NDArray[np.float64]
ZONES = [(side, level) for side in wordings.SIDES for level in wordings.LEVELS]
NEUTRAL = ("Frontal chest radiograph.", "Chest film, single view.", "No comparison film is available.")


@dataclass(frozen=True, slots=True)
class RealFilm:
    name: str
    pixels: Pixels
    zones: tuple[Box, ...]  # in the order of ZONES
    heart: Box | None = None


def load_films(folder: Path) -> list[RealFilm]:
    """All films of ``lungs.csv``."""
    films = []
    with (folder / "lungs.csv").open(newline="") as stream:
        for row in csv.DictReader(stream):
            boxes = [_box(row, side) for side in wordings.SIDES]
            films.append(
                RealFilm(
                    row["file"],
                    read_film(folder / row["file"]),
                    tuple(zone for box in boxes for zone in thirds(box)),
                    _box(row, "heart") if row.get("heart_x0") else None,
                )
            )
    return films


def _box(row: dict[str, str], side: str) -> Box:
    x0, y0, x1, y1 = (float(row[f"{side}_{edge}"]) for edge in ("x0", "y0", "x1", "y1"))
    return (x0, y0, x1, y1)


class ScanpathSampler:
    """Draws readings for one film and many reports; what the language model says of a report is kept.

    ``served`` keeps only the medoid of the draws, the reading that the application shows.
    """

    def __init__(
        self,
        model: MedGazeModel,
        processor: MedGazeProcessor,
        *,
        samples: int = 16,
        seed: int = 0,
        served: bool = False,
    ) -> None:
        self.model = model
        self.model.train(False)
        self.processor = processor
        self.samples = samples
        self.seed = seed
        self.served = served
        self._reports: dict[str, tuple[Tensor, Tensor]] = {}
        self._drawn: dict[Any, tuple[Floats, NDArray[np.int_]]] = {}

    def as_served(self) -> ScanpathSampler:
        """The same draws, looked at as the application shows them."""
        twin = ScanpathSampler(self.model, self.processor, samples=self.samples, seed=self.seed, served=True)
        twin._reports, twin._drawn = self._reports, self._drawn
        return twin

    def sample(self, film: NDArray[Any], reports: Sequence[str]) -> tuple[Floats, Floats]:
        """(reports, samples, L, 3) film fractions and s, and their mask; one sample a report where ``served``."""
        paths, lengths = self._draw(film, reports)
        valid = np.arange(paths.shape[-2]) < lengths[..., None]
        if self.served:
            weight = self.model.config.decoding.medoid_order_weight
            best = [medoid(p, n, weight) for p, n in zip(paths, lengths, strict=True)]
            rows = np.arange(len(paths))
            paths, valid = paths[rows, best][:, None], valid[rows, best][:, None]
        return paths, valid.astype(np.float64)

    @torch.inference_mode()
    def _draw(self, film: NDArray[Any], reports: Sequence[str]) -> tuple[Floats, NDArray[np.int_]]:
        """Draws (reports, samples, L, 3) and their lengths, kept: several checks ask the same."""
        key = (hashlib.sha256(film.tobytes()).hexdigest(), film.shape, tuple(reports))
        if key not in self._drawn:
            pixels, transform = self.processor.film(film)
            map_ = self.model.film_features(pixels[None])
            text, mask = self._text(reports)
            out = self.model(
                image_features=map_.expand(len(reports), -1, -1, -1), text_features=text, attention_mask=mask
            )
            drawn, lengths, *_ = out.paths.sample(
                self.samples, torch.Generator().manual_seed(self.seed), self.model.config.decoding.temperature
            )
            paths = drawn.double().numpy()
            paths[..., :2] = np.clip(transform.to_film(paths[..., :2]), 0.0, 1.0 - 1e-9)
            self._drawn[key] = paths, lengths.numpy().astype(np.int_)
        return self._drawn[key]

    def _text(self, reports: Sequence[str]) -> tuple[Tensor, Tensor]:
        for report in reports:
            if report not in self._reports:
                tokens = self.processor.report(report)
                ids, mask = self.processor.collate_reports([tokens])
                self._reports[report] = (self.model.report_features(ids, mask)[0], mask[0])
        chosen = [self._reports[report] for report in reports]
        pad = torch.nn.utils.rnn.pad_sequence
        return pad([t for t, _ in chosen], batch_first=True), pad([m for _, m in chosen], batch_first=True)


def zone_reports(family: dict[str, tuple[str, ...]]) -> list[list[str]]:
    """For each zone of ``ZONES`` its wordings."""
    return [[wordings.worded(template, side) for template in family[level]] for side, level in ZONES]


def dwell_matrix(
    sampler: ScanpathSampler, film: NDArray[Any], zones: Sequence[Box], reports: list[list[str]], *, share: bool
) -> Floats:
    """(named zone, wording, looked-at zone): mean dwell over draws."""
    flat = [text for texts in reports for text in texts]
    paths, mask = sampler.sample(film, flat)
    measure = dwell_share if share else dwell_s
    columns = [measure(paths, mask, zone).mean(axis=-1) for zone in zones]
    return np.stack(columns, axis=-1).reshape(len(reports), -1, len(zones))


def naming(
    sampler: ScanpathSampler, films: Sequence[RealFilm], family: dict[str, tuple[str, ...]], *, share: bool = False
) -> dict[str, Any]:
    """How often naming a zone draws more dwell into it than the other namings do, over film x zone x wording."""
    reports = zone_reports(family)
    mean_wins, all_wins, gains = [], [], []
    for film in films:
        matrix = dwell_matrix(sampler, film.pixels, film.zones, reports, share=share)
        named = np.einsum("zwz->zw", matrix)
        others = np.stack([np.delete(matrix[:, :, z], z, axis=0) for z in range(len(ZONES))])  # (zone, other, wording)
        mean_wins.append(named > others.mean(axis=1))
        all_wins.append(named > others.max(axis=1))
        gains.append(named - others.mean(axis=1))
    wins, beats = np.array(mean_wins), np.array(all_wins)
    return {
        "more than the mean of the other namings": bootstrap_mean(wins.mean(axis=(1, 2))),
        "more than every other naming": bootstrap_mean(beats.mean(axis=(1, 2))),
        "gain": bootstrap_mean(np.array(gains).mean(axis=(1, 2))),
        "by zone (mean, every)": {
            f"{side} {level}": (float(wins[:, z].mean()), float(beats[:, z].mean()))
            for z, (side, level) in enumerate(ZONES)
        },
        "by wording (mean, every)": [
            (float(wins[:, :, w].mean()), float(beats[:, :, w].mean())) for w in range(wins.shape[2])
        ],
    }


STEPS = ((0.1, 0.0), (-0.1, 0.0), (0.0, 0.1), (0.0, -0.1))  # film fractions
MARGIN = 0.02  # kept around the lungs by the tightest crop


def shifted(film: RealFilm) -> list[tuple[Pixels, Box]]:
    """The film slid on its canvas, black behind it, and where the canvas then lies on the original film."""
    height, width = film.pixels.shape
    out = []
    for dx, dy in STEPS:
        right, down = round(dx * width), round(dy * height)
        moved = np.zeros_like(film.pixels)
        moved[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)] = film.pixels[
            max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)
        ]
        out.append((moved, (-right / width, -down / height, 1 - right / width, 1 - down / height)))
    return out


def cropped(film: RealFilm) -> list[tuple[Pixels, Box]]:
    """The film cropped on the two sides of each corner, as far as both lungs stay on it."""
    boxes = np.array(film.zones)
    x0, y0 = np.maximum(boxes[:, :2].min(axis=0) - MARGIN, 0.0)
    x1, y1 = np.minimum(boxes[:, 2:].max(axis=0) + MARGIN, 1.0)
    return [_cut(film, w) for w in ((x0, y0, 1, 1), (0, 0, x1, y1), (x0, 0, 1, y1), (0, y0, x1, 1))]


def cut_through(film: RealFilm) -> list[tuple[Pixels, Box]]:
    """A diagnostic without a bar: four fifths of the film, often cutting through a lung."""
    return [
        _cut(film, (x, y, x + 0.8, y + 0.8)) for x, y in ((0.1, 0.1), (0.0, 0.0), (0.2, 0.0), (0.0, 0.2), (0.2, 0.2))
    ]


def _cut(film: RealFilm, window: Box) -> tuple[Pixels, Box]:
    height, width = film.pixels.shape
    c0, r0, c1, r1 = (round(v * s) for v, s in zip(window, (width, height, width, height), strict=True))
    cut = film.pixels[r0:r1, c0:c1].copy()
    return cut, (c0 / width, r0 / height, c1 / width, r1 / height)


Moves = Callable[[RealFilm], list[tuple[Pixels, Box]]]


def movement(sampler: ScanpathSampler, films: Sequence[RealFilm], moves: Moves) -> dict[str, Estimate]:
    """Slope of the centre of gaze on the moved film against where its centre on the whole film then lies, both less
    their mean over moves (a named zone and film at a time).
    """
    reports = [wordings.worded(wordings.NEAR[level][0], side) for side, level in ZONES]
    expected, seen = [], []
    for film in films:
        whole = centroid(*sampler.sample(film.pixels, reports)).mean(axis=1)  # (zone, 2)
        want, got = [], []
        for pixels, (x0, y0, x1, y1) in moves(film):
            got.append(centroid(*sampler.sample(pixels, reports)).mean(axis=1))
            want.append((whole - [x0, y0]) / [x1 - x0, y1 - y0])
        expected.append(np.array(want))  # (move, zone, 2)
        seen.append(np.array(got))
    truth, gaze = np.array(expected), np.array(seen)
    out = {}
    for axis, name in enumerate("xy"):
        x, y = (np.moveaxis(v[..., axis], 2, 1) for v in (truth, gaze))  # (film, zone, move)
        x, y = x - x.mean(axis=2, keepdims=True), y - y.mean(axis=2, keepdims=True)
        out[name] = bootstrap_slope(x.reshape(len(films), -1), y.reshape(len(films), -1))
    return out


def other_film(sampler: ScanpathSampler, films: Sequence[RealFilm]) -> dict[str, Estimate]:
    """Dwell share in the named zone: this film's pixels against another film's, the zone drawn on this film."""
    reports = zone_reports(wordings.NEAR)
    own = np.array([_diagonal(dwell_matrix(sampler, f.pixels, f.zones, reports, share=True)) for f in films])
    partner = np.random.default_rng(3).permutation(len(films))
    partner = np.where(partner == np.arange(len(films)), (partner + 1) % len(films), partner)
    other = np.array(
        [
            _diagonal(dwell_matrix(sampler, films[p].pixels, f.zones, reports, share=True))
            for f, p in zip(films, partner, strict=True)
        ]
    )
    return {
        "right film": bootstrap_mean(own),
        "another film": bootstrap_mean(other),
        "difference": bootstrap_mean(own - other),
    }


def _diagonal(matrix: Floats) -> float:
    return float(np.einsum("zwz->zw", matrix).mean())


def mirrored(sampler: ScanpathSampler, films: Sequence[RealFilm]) -> dict[str, Estimate]:
    """Diagnostic: on a mirrored film, how much of the dwell in the two named-level zones lies on the image side that
    the word means by convention (patient's right = image left)? 1: by the image's side, 0: by the mirrored anatomy."""
    reports = zone_reports(wordings.NEAR)
    shares = []
    for film in films:
        flipped = tuple((1 - z[2], z[1], 1 - z[0], z[3]) for z in film.zones)
        matrix = dwell_matrix(sampler, np.ascontiguousarray(film.pixels[:, ::-1]), flipped, reports, share=True).mean(
            axis=1
        )
        by_side = np.array([matrix[z, (z + 3) % 6] for z in range(6)])
        by_anatomy = np.array([matrix[z, z] for z in range(6)])
        shares.append(float(by_side.sum() / max(by_side.sum() + by_anatomy.sum(), 1e-9)))
    return {"by the image's side": bootstrap_mean(np.array(shares))}


def denials(sampler: ScanpathSampler, films: Sequence[RealFilm]) -> dict[str, Estimate]:
    """Dwell in a zone the report denies something about, over its dwell when nothing is said of any zone, and over
    its dwell when other zones are denied; a ratio of means a film."""
    reports = zone_reports(wordings.DENIALS)
    neutral_ratio, other_ratio, named_ratio = [], [], []
    named = zone_reports(wordings.NEAR)
    for film in films:
        matrix = dwell_matrix(sampler, film.pixels, film.zones, reports, share=False).mean(axis=1)
        paths, mask = sampler.sample(film.pixels, list(NEUTRAL))
        neutral = np.array([dwell_s(paths, mask, zone).mean() for zone in film.zones])
        asserted = dwell_matrix(sampler, film.pixels, film.zones, named, share=False).mean(axis=1)
        denied = np.diag(matrix)
        others = (matrix.sum(axis=0) - denied) / (len(ZONES) - 1)
        neutral_ratio.append(denied.sum() / max(neutral.sum(), 1e-9))
        other_ratio.append(denied.sum() / max(others.sum(), 1e-9))
        unnamed = (asserted.sum(axis=0) - np.diag(asserted)) / (len(ZONES) - 1)
        named_ratio.append(denied.sum() / max(unnamed.sum(), 1e-9))
    return {
        "over neutral reports": bootstrap_mean(np.array(neutral_ratio)),
        "over denials of other zones": bootstrap_mean(np.array(other_ratio)),
        "over findings in other zones": bootstrap_mean(np.array(named_ratio)),
    }


def check_films(model: MedGazeModel, processor: MedGazeProcessor, films: Sequence[RealFilm]) -> dict[str, Any]:
    """All checks of one model."""
    sampler = ScanpathSampler(model, processor)
    served = sampler.as_served()
    return {
        "films": len(films),
        "naming a zone, near wordings": naming(sampler, films, wordings.NEAR),
        "naming a zone, near wordings, share of time": naming(sampler, films, wordings.NEAR, share=True),
        "naming a zone, far paraphrases": naming(sampler, films, wordings.FAR),
        "naming a zone, near wordings, served reading": naming(served, films, wordings.NEAR),
        "slope of gaze, shifted film": movement(sampler, films, shifted),
        "slope of gaze, cropped film": movement(sampler, films, cropped),
        "slope of gaze, film cut through the lungs": movement(sampler, films, cut_through),
        "share of time in the named zone": other_film(sampler, films),
        "mirrored film": mirrored(sampler, films),
        "dwell in a denied zone": denials(sampler, films),
    }


def table(result: dict[str, Any]) -> str:
    """The result as lines for people."""
    lines = [f"real films: {result['films']}"]
    for check, figures in result.items():
        if isinstance(figures, dict):
            lines.append(check)
            for name, figure in figures.items():
                if isinstance(figure, Estimate):
                    lines.append(f"  {name:<45} {figure}")
                elif isinstance(figure, dict):
                    lines += [f"  {name}: " + ", ".join(f"{k} {a:.2f}/{b:.2f}" for k, (a, b) in figure.items())]
                else:
                    lines.append(f"  {name}: " + ", ".join(f"{a:.2f}/{b:.2f}" for a, b in figure))
    return "\n".join(lines)
