"""A prepared set for another model from one that is there: the same films and readings, the reports read again.

Report tokens, language states, MedFormer's words and backbone maps follow from what every prepared set keeps, the whole
report and the film as the model's square. They are made anew here, by the code that makes them from a data set, never
cut from those of another model: a report cut at 32 tokens may end otherwise than the first 32 of 128, and states know
the words behind them. The square itself cannot be made again without the film.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from ml.data.files import whole_folder, write_json
from ml.data.prepare import STAGE1_WORDS, Maker, Rows
from ml.data.prepared import INDEX, PreparedMismatch, Shard, difference, load_prepared, requirements
from ml.data.types import FilmFile
from ml.medgaze.config import MedGazeConfig

SQUARE = ("image_size", "letterbox", "intensity_percentiles")  # what decides the film's square of grey values


def underivable(source: Path, config: MedGazeConfig) -> str:
    """Why a set for ``config`` cannot be made from ``source``; empty where it can."""
    there, wanted = load_prepared(source).index["requirements"], requirements(config)
    return difference({name: there[name] for name in SQUARE}, {name: wanted[name] for name in SQUARE})


def derive(source: Path, folder: Path, config: MedGazeConfig) -> Path:
    """``source`` where it fits ``config`` as it is, else ``folder`` with the set made for it, whole or not at all.

    Raises :class:`ml.data.prepared.PreparedMismatch` where the films were prepared otherwise.
    """
    prepared, wanted = load_prepared(source), requirements(config)
    there = prepared.index["requirements"]
    if not difference(there, wanted):
        return source
    mismatch = underivable(source, config)
    if mismatch:
        raise PreparedMismatch(f"{source} holds the films of another model: {mismatch}. Prepare the data for this one")
    plan = {name: value for name, value in prepared.index.items() if name not in {"pad_id", "sha256"}}
    plan |= {"requirements": wanted, "derived_from": prepared.sha256}
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
    if (folder / INDEX).exists() and load_prepared(folder, config).sha256 == digest:
        return folder
    maker = Maker(config, _unread)
    maker.load()
    same_backbone = there["backbone"] == wanted["backbone"]
    if same_backbone:
        maker.backbone = None
    with whole_folder(folder) as partial:
        for name, shard in zip(prepared.index["shards"], prepared.shards, strict=True):
            (partial / name).mkdir()
            maker.save(_rows(maker, shard), partial / name)
            shutil.copy2(source / name / "skipped.json", partial / name)
            if same_backbone and shard.features is not None:
                shutil.copy2(source / name / "features.npy", partial / name)
        write_json(partial / INDEX, {**plan, "pad_id": maker.pad_id, "sha256": digest})
    return folder


def _rows(maker: Maker, shard: Shard) -> Rows:
    reports = [maker.processor.report(case.report) for case in shard.cases]
    words = [] if maker.words is None else [maker.words.read(case.report, STAGE1_WORDS).ids for case in shard.cases]
    spans = [shard.span("readings", row) for row in range(len(shard.cases))]
    readings = [[np.array(shard.fixations[shard.span("fixations", n)], np.float64) for n in _in(s)] for s in spans]
    cases = [
        dataclasses.replace(case, dropped_tokens=report.dropped_tokens)
        for case, report in zip(shard.cases, reports, strict=True)
    ]
    return Rows(list(shard.films), reports, words, readings, cases)


def _in(span: slice) -> range:
    return range(span.start, span.stop)


def _unread(file: FilmFile) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    raise AssertionError("films are taken as they were prepared")
