"""Film and report to tensors, fixations there and back, through one invertible transform.

A film is a 2-D NumPy array of any integer or float type in display polarity (bright is bright). Its values are brought
to 0..1 by two percentiles, so that bit depth, a burned-in marker or a few hot pixels don't change what the model sees.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from ml.gaze.scanpath import Ellipse, Fixation, Scanpath
from ml.medgaze.assets import resolve
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.config_layout import LATER, flat, without_later
from ml.medgaze.geometry import FilmTransform
from ml.medgaze.guard import guard
from ml.medgaze.report_reading import ReadingOrder
from ml.medgaze.sections import Span
from ml.medgaze.tokenizers import Tokenizer, load_tokenizer
from ml.metrics.cases import as_path

FILE = "processor_config.json"
BAND_ROWS = 32  # of the shrunk film
PERCENTILE_SAMPLES = 65536  # pixels looked at to find the percentiles


class FilmRefused(ValueError):
    """The array is no film: not 2-D, empty, not numeric."""


@dataclass(frozen=True, slots=True)
class ProcessorSettings:
    """What the processor needs of a :class:`MedGazeConfig`, by the names of its flat layout."""

    image_size: int
    image_channels: int
    image_mean: list[float]
    image_std: list[float]
    letterbox: bool
    intensity_percentiles: list[float]
    max_fixations: int
    padding_value: float  # written into the unused rows of a fixation tensor
    language_reference: str | None  # whose tokenizer reads the report; None: no report is read
    language_sha256: str | None
    max_text_tokens: int
    report_suffix: str
    pad_report: bool  # always to max_text_tokens, where the model's positions need a fixed count
    report_parts: str = "all"  # all, or spoken: see ml.medgaze.report_reading

    @classmethod
    def of(cls, config: MedGazeConfig) -> ProcessorSettings:
        fields = LATER | flat(config.to_dict())
        shared = {f.name: fields[f.name] for f in dataclasses.fields(cls) if f.name != "pad_report"}
        if config.language.fusion == "vision":
            shared |= {"language_reference": None, "language_sha256": None}
        return cls(**shared, pad_report=config.language.memory_positions == "sine8x8")

    def to_dict(self) -> dict[str, Any]:
        """As it is saved: a model version's name and prepared data depend on it."""
        return without_later(dataclasses.asdict(self))


@dataclass(frozen=True, slots=True)
class ReportTokens:
    """A report as the model reads it."""

    input_ids: Tensor  # (T,) int64
    attention_mask: Tensor  # (T,) int64, 1 on real tokens
    read: tuple[Span, ...]  # what of the report is represented, in its order
    skipped: tuple[Span, ...]  # neither findings nor impression: not to be read
    dropped_tokens: int  # of the others, beyond the model's limit


class MedGazeProcessor:
    """Built from a model's configuration, saved beside its weights."""

    def __init__(self, settings: ProcessorSettings) -> None:
        self.settings = settings
        self.tokenizer: Tokenizer | None = None
        if settings.language_reference is not None:
            self.tokenizer = load_tokenizer(resolve(settings.language_reference, settings.language_sha256))

    @classmethod
    def from_config(cls, config: MedGazeConfig) -> MedGazeProcessor:
        return cls(ProcessorSettings.of(config))

    @classmethod
    def from_pretrained(cls, folder: str | Path) -> MedGazeProcessor:
        return cls(ProcessorSettings(**json.loads((Path(folder) / FILE).read_text())))

    def save_pretrained(self, folder: str | Path) -> None:
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / FILE).write_text(json.dumps(self.settings.to_dict(), indent=2) + "\n")

    # --- film

    def transform(self, width: int, height: int) -> FilmTransform:
        """The map of a film of that many pixels."""
        return FilmTransform.fit(width, height, self.settings.image_size, letterbox=self.settings.letterbox)

    def film(self, film: NDArray[Any]) -> tuple[Tensor, FilmTransform]:
        """2-D array -> (C, S, S) float32 model input and the transform of its coordinates."""
        settings = self.settings
        film = _checked(film)
        transform = self.transform(film.shape[1], film.shape[0])
        low, high = _percentiles(film, settings.intensity_percentiles)
        factor = min(film.shape[0] // transform.height, film.shape[1] // transform.width) // 2
        grey = _shrunk(film, factor, low, high)[None, None].clamp(low, high)
        small = F.interpolate(
            grey, (transform.height, transform.width), mode="bilinear", antialias=True, align_corners=False
        )
        small = (small - low) / (high - low) if high > low else torch.zeros_like(small)
        square = torch.zeros(1, settings.image_size, settings.image_size)
        square[
            :, transform.top : transform.top + transform.height, transform.left : transform.left + transform.width
        ] = small[0].clamp(0, 1)
        return self.normalise(square), transform

    def normalise(self, square: Tensor) -> Tensor:
        """(..., 1, S, S) grey values 0..1 -> (..., C, S, S) model input."""
        mean, std = (torch.tensor(v)[:, None, None] for v in (self.settings.image_mean, self.settings.image_std))
        return (square - mean) / std

    # --- report

    def report(self, text: str) -> ReportTokens:
        """The first tokens of the report, or of what it says of the film, and where and how much was cut."""
        settings = self.settings
        if self.tokenizer is None:
            empty = torch.zeros(0, dtype=torch.int64)
            return ReportTokens(empty, empty, (), (), 0)
        order = ReadingOrder.spoken(text) if settings.report_parts == "spoken" else ReadingOrder.whole(text)
        read = self.tokenizer.read(order.text + settings.report_suffix, settings.max_text_tokens)
        missing = settings.max_text_tokens - len(read.ids) if settings.pad_report else 0
        ids = torch.tensor(read.ids + [self.tokenizer.pad_id] * missing)
        mask = torch.tensor([1] * len(read.ids) + [0] * missing)
        end, dropped = len(order.text), 0
        if read.dropped and read.end < len(order.text.rstrip()):  # more than the suffix or white space fell away
            end, dropped = read.end, self.tokenizer.read(order.text, settings.max_text_tokens).dropped
        return ReportTokens(ids, mask, order.read(text, end), order.skipped, dropped)

    def collate_reports(self, reports: Sequence[ReportTokens]) -> tuple[Tensor, Tensor]:
        """Reports of different lengths -> (B, T) ids and mask, padded to the longest."""
        pad = 0 if self.tokenizer is None else self.tokenizer.pad_id
        ids = torch.nn.utils.rnn.pad_sequence([r.input_ids for r in reports], batch_first=True, padding_value=pad)
        mask = torch.nn.utils.rnn.pad_sequence([r.attention_mask for r in reports], batch_first=True)
        return ids, mask

    # --- fixations

    def fixations(self, readings: Sequence[Scanpath | NDArray[Any]], transform: FilmTransform) -> tuple[Tensor, Tensor]:
        """R readings of one film, each a scanpath or (n, 3) x, y (film fractions), duration (s)
        -> (R, L, 3) in square fractions and s, padded with ``padding_value``, and (R, L) 1 on true fixations.
        """
        slots = self.settings.max_fixations
        out = torch.full((len(readings), slots, 3), self.settings.padding_value)
        mask = torch.zeros(len(readings), slots)
        for row, reading in enumerate(readings):
            path = as_path(reading) if isinstance(reading, Scanpath) else np.asarray(reading, np.float64).reshape(-1, 3)
            path = path[:slots]
            if len(path):
                square = np.concatenate([transform.to_square(path[:, :2]), path[:, 2:]], 1)
                out[row, : len(path)] = torch.from_numpy(square.astype(np.float32))
                mask[row, : len(path)] = 1
        return out, mask

    def post_process_scanpaths(
        self,
        paths: Sequence[NDArray[np.float64]],
        spread: Sequence[NDArray[np.float64]],
        transform: FilmTransform,
        *,
        minimum_duration_s: float,
        fixed_start: bool,
    ) -> tuple[list[Scanpath], dict[str, int]]:
        """Decoder output -> scanpaths in film fractions, and how many fixations were clamped and lengthened.

        ``paths``: one (n, 3) a scanpath, x, y of the model's square and seconds. ``spread``: as many rows (n, 5) or
        more of standard deviations in x and y, their correlation, and the duration's interval in seconds.
        ``fixed_start``: the first place is given, so nothing is said of how sure it is.

        Raises:
            PredictionNotFinite.
        """
        counts: Counter[str] = Counter(clamped=0, lengthened=0)
        scanpaths = []
        for square, sure in zip(paths, spread, strict=True):
            path = guard(in_film(square, transform), transform, minimum_duration_s, counts)
            fixations = _fixations(path, sure, transform, fixed_start=fixed_start)
            scanpaths.append(Scanpath(fixations, capped=len(path) >= self.settings.max_fixations))
        return scanpaths, dict(counts)

    def __call__(self, films: Sequence[NDArray[Any]], reports: Sequence[str]) -> dict[str, Tensor]:
        """A batch for ``MedGazeModel``: pixel_values (B, C, S, S), input_ids and attention_mask (B, T)."""
        pixels = torch.stack([self.film(film)[0] for film in films])
        ids, mask = self.collate_reports([self.report(text) for text in reports])
        return {"pixel_values": pixels, "input_ids": ids, "attention_mask": mask}


def in_film(paths: NDArray[np.float64], transform: FilmTransform) -> NDArray[np.float64]:
    """(..., 3) x, y of the model's square and seconds -> the same in film fractions."""
    return np.concatenate([transform.to_film(paths[..., :2]), paths[..., 2:]], -1)


def _fixations(
    path: NDArray[np.float64], spread: NDArray[np.float64], film: FilmTransform, *, fixed_start: bool
) -> tuple[Fixation, ...]:
    onset = np.concatenate([[0.0], np.cumsum(path[:, 2])[:-1]])
    sd = film.spread_to_film(spread[:, :2])
    return tuple(
        Fixation(
            x=float(x),
            y=float(y),
            onset_s=float(onset[i]),
            duration_s=float(duration),
            ellipse=None if i == 0 and fixed_start else Ellipse(float(sd[i, 0]), float(sd[i, 1]), float(spread[i, 2])),
            duration_low_s=float(spread[i, 3]),
            duration_high_s=float(spread[i, 4]),
        )
        for i, (x, y, duration) in enumerate(path)
    )


def _checked(film: NDArray[Any]) -> NDArray[Any]:
    if film.ndim != 2:
        raise FilmRefused(f"a film is a 2-D array, this one has shape {film.shape}")
    if 0 in film.shape:
        raise FilmRefused("the film has no pixels")
    if film.dtype.kind not in "buif":
        raise FilmRefused(f"a film holds numbers, this one holds {film.dtype}")
    return film


def _percentiles(film: NDArray[Any], percentiles: Sequence[float]) -> tuple[float, float]:
    step = max(1, int((film.size / PERCENTILE_SAMPLES) ** 0.5))
    values = film[::step, ::step].astype(np.float32).ravel()
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 0.0
    low, high = np.percentile(values, percentiles)
    if high <= low:  # almost all one value: what little differs is the picture
        low, high = values.min(), values.max()
    return float(low), float(high)


def _shrunk(film: NDArray[Any], factor: int, low: float, high: float) -> Tensor:
    """Means over factor x factor px of a film, float32, so that large films resize fast; what is no number becomes low
    or high.

    What the blocks leave over is cut evenly from both edges: less than a quarter of one pixel of the model's square.
    Band by band: fresh memory for all of a film costs more than the sums.
    """
    factor = max(1, factor)
    rows, columns = (side // factor for side in film.shape)
    top, left = (side % factor // 2 for side in film.shape)
    out = np.empty((rows, columns), np.float32)
    share = np.full(factor, factor**-2, np.float32)
    for start in range(0, rows, BAND_ROWS):
        end = min(start + BAND_ROWS, rows)
        band = film[top + start * factor : top + end * factor, left : left + columns * factor]
        if film.dtype.kind == "f":
            band = np.nan_to_num(band, nan=low, posinf=high, neginf=low)
        summed = band[::factor].astype(np.float32)
        for row in range(1, factor):
            summed += band[row::factor]
        out[start:end] = summed.reshape(end - start, columns, factor) @ share
    return torch.from_numpy(out)
