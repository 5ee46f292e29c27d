"""A prepared data set: films, reports and readings as arrays on disk, mapped into memory, ready to batch.

:mod:`ml.data.prepare` writes a folder with ``index.json`` and one folder a shard::

    films.npy (n, S, S) uint8        grey 0..255 of the model's square, as the processor sees the film
    features.npy (n, C, g, g) float16  what a frozen backbone says of it (only where the backbone is frozen)
    ids.npy (tokens,) int32          report tokens of the model's language model, all cases in a row
    states.npy (tokens, W) float16   what the frozen language model says of them (only for ``fusion="joint"``)
    words.npy (words,) int32         report tokens of MedFormer's own vocabulary, for stage 1 (only with a Q-Former)
    fixations.npy (fixations, 3) float32  x, y in fractions of the square, duration in s; no reading is cut
    ends.npz                         where each case's tokens, words and readings, each reading's fixations, end
    cases.jsonl                      one line a case: keys, report, film size, readers, provenance, labels
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml.data.findings import count_findings
from ml.medgaze import assets
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.config_layout import LATER
from ml.medgaze.geometry import FilmTransform
from ml.medgaze.processing import MedGazeProcessor, ProcessorSettings

FORMAT = 1
INDEX = "index.json"
Floats = NDArray[np.float64]


class PreparedMismatch(ValueError):
    """The folder is no finished preparation, or one for another model; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PreparedCase:
    """What is known of a case beside its arrays."""

    key: str  # of the case; with #2, #3 ... for its further reports
    film: str  # what the set calls the film
    patient: str
    site: str
    dataset: str
    report: str
    width_px: int  # of the original film
    height_px: int
    readers: tuple[str, ...]  # one a reading, in the order of the readings
    provenance: tuple[dict[str, Any], ...]  # one a reading
    labels: dict[str, float] = field(default_factory=dict)
    dropped_tokens: int = 0  # report tokens beyond the model's limit
    simulated: bool = False  # film or readings were made by the simulator


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A case as a predictor and a metric want it. ``readings``: (reader, (n, 3) x, y in film fractions, s)."""

    key: str
    film: NDArray[np.uint8]  # (h, w) as the model's square shows it, without bars
    report: str
    readings: tuple[tuple[str, Floats], ...]
    patient: str = ""
    site: str = ""
    findings: int | None = None  # how many there are, where the set has labels


def requirements(config: MedGazeConfig) -> dict[str, Any]:
    """Everything of a model that decides what is prepared for it; equal requirements, equal arrays.

    Raises :class:`ml.medgaze.assets.AssetError` where a frozen part is not on this machine.
    """
    wanted: dict[str, Any] = ProcessorSettings.of(config).to_dict()
    if wanted["language_reference"] is not None:
        wanted["language_sha256"] = assets.resolve(wanted["language_reference"], config.language.sha256).sha256
    wanted |= {"backbone": None, "language_states": None, "medformer_words": None}
    if config.vision.backbone == "resnet50" and config.vision.backbone_reference is not None:
        wanted["backbone"] = assets.resolve(config.vision.backbone_reference, config.vision.backbone_sha256).sha256
    if config.language.fusion == "joint":
        wanted["language_states"] = config.language.dtype
    if config.vision.medformer == "qformer":
        init = config.vision.medformer_init
        wanted["medformer_words"] = "bytes" if init is None else assets.resolve(init).sha256
    return wanted


@dataclass(frozen=True, slots=True)
class Shard:
    """The arrays of one shard, mapped; absent ones are None."""

    films: NDArray[np.uint8]
    features: NDArray[np.float16] | None
    ids: NDArray[np.int32]
    states: NDArray[np.float16] | None
    words: NDArray[np.int32] | None
    fixations: NDArray[np.float32]
    ends: dict[str, NDArray[np.int64]]
    cases: tuple[PreparedCase, ...]

    @classmethod
    def open(cls, folder: Path) -> Shard:
        def array(name: str) -> Any:
            path = folder / f"{name}.npy"
            return np.load(path, mmap_mode="r", allow_pickle=False) if path.exists() else None

        with np.load(folder / "ends.npz", allow_pickle=False) as ends:
            kept = dict(ends)
        lines = (folder / "cases.jsonl").read_text().splitlines()
        arrays = {name: array(name) for name in ("films", "features", "ids", "states", "words", "fixations")}
        return cls(**arrays, ends=kept, cases=tuple(_case(json.loads(line)) for line in lines))

    def span(self, kind: str, row: int) -> slice:
        """Where entry ``row`` of ``kind`` (tokens, words, readings, fixations) lies."""
        ends = self.ends[kind]
        return slice(int(ends[row - 1]) if row else 0, int(ends[row]))


class PreparedSet:
    """Cases by number, across shards. ``batch`` and ``pairs`` give the keyword arguments of the two stages' models."""

    def __init__(self, folder: Path, index: dict[str, Any]) -> None:
        self.folder = folder
        self.index = index
        requirements = index["requirements"]
        names = {f.name for f in dataclasses.fields(ProcessorSettings)}
        self.settings = ProcessorSettings(**{name: requirements[name] for name in names if name in requirements})
        self.shards = [Shard.open(folder / name) for name in index["shards"]]
        self.starts = np.cumsum([0, *(len(shard.cases) for shard in self.shards)])
        self._plain = MedGazeProcessor(dataclasses.replace(self.settings, language_reference=None))

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def sha256(self) -> str:
        """Names the content: requirements, cases and their order."""
        return str(self.index["sha256"])

    @property
    def cases(self) -> list[PreparedCase]:
        return [case for shard in self.shards for case in shard.cases]

    def only(self, keep: Sequence[int]) -> Subset:
        """Some of the cases, by number."""
        return Subset(self, np.asarray(keep, np.int64))

    # --- what the models take

    def batch(self, index: Sequence[int], readers: str | None = None) -> dict[str, Tensor]:
        """Keyword arguments of ``MedGazeModel.forward``. ``readers``: keep this reader's readings only."""
        places = [self._find(i) for i in index]
        out = self._film(places)
        if self.settings.language_reference is not None:
            spans = [(shard, shard.span("tokens", row)) for shard, row in places]
            texts = [torch.from_numpy(shard.ids[span].astype(np.int64)) for shard, span in spans]
            length = self.settings.max_text_tokens if self.settings.pad_report else max(len(t) for t in texts)
            out["attention_mask"] = _padded([torch.ones_like(t) for t in texts], length, 0)
            if self.index["requirements"]["language_states"] is not None:
                states = [torch.from_numpy(_there(s.states)[span].astype(np.float32)) for s, span in spans]
                out["text_features"] = _padded(states, length, 0)
            else:
                out["input_ids"] = _padded(texts, length, int(self.index["pad_id"]))
        return out | self._fixations([self._readings(shard, row, readers) for shard, row in places])

    def pairs(self, index: Sequence[int]) -> dict[str, Tensor]:
        """Keyword arguments of ``VR2Model.forward``: films and MedFormer's own words."""
        places = [self._find(i) for i in index]
        words = [torch.from_numpy(_there(s.words)[s.span("words", row)].astype(np.int64)) for s, row in places]
        length = max(len(w) for w in words)
        mask = _padded([torch.ones_like(w) for w in words], length, 0)
        return self._film(places) | {"input_ids": _padded(words, length, 0), "attention_mask": mask}

    # --- what the metrics take

    def evaluation(self, number: int) -> ReadCase:
        shard, row = self._find(number)
        case = shard.cases[row]
        transform = self._plain.transform(case.width_px, case.height_px)
        bottom, right = transform.top + transform.height, transform.left + transform.width
        film = np.array(shard.films[row][transform.top : bottom, transform.left : right])
        readings = [_to_film(reading, transform) for reading in self._readings(shard, row, None)]
        return ReadCase(
            case.key, film, case.report, tuple(zip(case.readers, readings, strict=True)), case.patient, case.site,
            count_findings(case.labels, case.dataset),
        )  # fmt: skip

    def _find(self, number: int) -> tuple[Shard, int]:
        if not 0 <= number < len(self):
            raise IndexError(f"case {number} of {len(self)}")
        at = int(np.searchsorted(self.starts, number, side="right")) - 1
        return self.shards[at], int(number - self.starts[at])

    def _film(self, places: Sequence[tuple[Shard, int]]) -> dict[str, Tensor]:
        if self.index["requirements"]["backbone"] is not None:
            maps = [_there(shard.features)[row].astype(np.float32) for shard, row in places]
            return {"image_features": torch.from_numpy(np.stack(maps))}
        grey = np.stack([shard.films[row] for shard, row in places]).astype(np.float32) / 255.0
        return {"pixel_values": self._plain.normalise(torch.from_numpy(grey)[:, None])}

    def _readings(self, shard: Shard, row: int, reader: str | None) -> list[NDArray[np.float32]]:
        span = shard.span("readings", row)
        chosen = zip(range(span.start, span.stop), shard.cases[row].readers, strict=True)
        return [shard.fixations[shard.span("fixations", n)] for n, who in chosen if reader in (None, who)]

    def _fixations(self, cases: list[list[NDArray[np.float32]]]) -> dict[str, Tensor]:
        """Readings of each case -> fixations (B, R, L, 3) and fixation_mask (B, R, L), cut at ``max_fixations``."""
        slots = self.settings.max_fixations
        shape = (len(cases), max(1, *(len(readings) for readings in cases)), slots)
        fixations = torch.full((*shape, 3), self.settings.padding_value)
        mask = torch.zeros(shape)
        for b, readings in enumerate(cases):
            for r, reading in enumerate(readings):
                kept = np.array(reading[:slots])
                fixations[b, r, : len(kept)] = torch.from_numpy(kept)
                mask[b, r, : len(kept)] = 1
        return {"fixations": fixations, "fixation_mask": mask}


@dataclass(frozen=True, slots=True)
class Subset:
    """Some cases of a prepared set, numbered anew; ``reader`` keeps only that reader's readings."""

    whole: PreparedSet
    keep: NDArray[np.int64]
    reader: str | None = None

    def __len__(self) -> int:
        return len(self.keep)

    def batch(self, index: Sequence[int]) -> dict[str, Tensor]:
        return self.whole.batch([int(self.keep[i]) for i in index], self.reader)

    def evaluation(self, number: int) -> ReadCase:
        case = self.whole.evaluation(int(self.keep[number]))
        kept = tuple(r for r in case.readings if self.reader in (None, r[0]))
        return dataclasses.replace(case, readings=kept)


def load_prepared(folder: str | Path, config: MedGazeConfig | None = None) -> PreparedSet:
    """A finished preparation; refused where it was made for a model that ``config`` is not."""
    folder = Path(folder)
    if not (folder / INDEX).is_file():
        unfinished = " (begun, not finished: run prepare again, it goes on where it stopped)"
        raise PreparedMismatch(f"{folder} is not a prepared set{unfinished if (folder / 'plan.json').exists() else ''}")
    index = json.loads((folder / INDEX).read_text())
    if index.get("format") != FORMAT:
        raise PreparedMismatch(f"{folder}: format {index.get('format')}, this version reads {FORMAT}; prepare it again")
    if config is not None:
        mismatch = difference(index["requirements"], requirements(config))
        if mismatch:
            raise PreparedMismatch(
                f"{folder} was prepared for another model: {mismatch}. Prepare the data for this one"
            )
    return PreparedSet(folder, index)


def difference(prepared: dict[str, Any], wanted: dict[str, Any]) -> str:
    """Fields that differ, for a message; empty where none does."""
    later = {name: value for name, value in LATER.items() if name in prepared or name in wanted}
    prepared, wanted = later | prepared, later | wanted
    names = [name for name in wanted if prepared.get(name) != wanted[name]]
    return "; ".join(f"{name} is {_short(prepared.get(name))}, wanted {_short(wanted[name])}" for name in names)


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:12] + '…"'


def _case(line: dict[str, Any]) -> PreparedCase:
    return PreparedCase(**{**line, "readers": tuple(line["readers"]), "provenance": tuple(line["provenance"])})


def _there(array: NDArray[Any] | None) -> NDArray[Any]:
    if array is None:
        raise PreparedMismatch("this set was prepared without what the model asks for; prepare it for this model")
    return array


def _padded(rows: list[Tensor], length: int, value: int) -> Tensor:
    out = torch.full((len(rows), length, *rows[0].shape[1:]), value, dtype=rows[0].dtype)
    for i, row in enumerate(rows):
        out[i, : len(row)] = row
    return out


def _to_film(reading: NDArray[np.float32], transform: FilmTransform) -> Floats:
    path = reading.astype(np.float64)
    return np.concatenate([transform.to_film(path[:, :2]), path[:, 2:]], 1)
