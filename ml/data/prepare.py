"""From a data set to prepared shards: each film opened once, each report read once.

Work stops and goes on anywhere: a shard takes its name when it is whole, ``index.json`` comes last, and a second call
makes only what is missing. The order is that of the case keys, so two runs write the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm
from transformers.utils import logging as transformers_logging

from ml.data.files import whole_folder, write_json
from ml.data.prepared import FORMAT, INDEX, PreparedCase, PreparedMismatch, difference, requirements
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading
from ml.medgaze import assets
from ml.medgaze.backbone import frozen_resnet, resnet_map
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.language import DTYPES, FrozenLanguageModel
from ml.medgaze.processing import FilmRefused, MedGazeProcessor, ReportTokens
from ml.medgaze.tokenizers import ByteTokenizer, Tokenizer, load_tokenizer
from ml.metrics.cases import as_path

SHARD_CASES = 256  # cases a shard: what a kill can cost
AT_ONCE = 16  # films or reports a frozen model looks at together
UNSAID = ("gaze", "device", "rate_hz", "model_sha256")  # of a reading's provenance: blank where the set says nothing
STAGE1_WORDS = 64  # words of MedFormer's vocabulary kept a report; training may read fewer

ReadFilm = Callable[[FilmFile], NDArray[Any]]


def prepare(
    cases: Iterable[GazeCase],
    folder: Path,
    config: MedGazeConfig,
    *,
    read_film: ReadFilm | None = None,
    shard_cases: int = SHARD_CASES,
    workers: int = 1,
    show: bool = True,
    origin: dict[str, Any] | None = None,
    progress: Callable[[int], Any] = lambda done: None,
) -> dict[str, str]:
    """Write the prepared set of ``cases`` for models of ``config``; films that cannot be used: {case key: reason}.

    ``read_film`` (default :func:`ml.data.pixels.load_film`) gives a film's pixels, in ``workers`` threads;
    ``origin`` is kept in the index. ``progress`` gets how many cases more are done.
    Raises :class:`PreparedMismatch` where the folder holds another preparation or no case is left.
    """
    ordered = sorted(cases, key=lambda case: case.key)
    wanted = requirements(config)
    plan = {"format": FORMAT, "requirements": wanted, "shard_cases": shard_cases, "cases_sha256": cases_sha256(ordered)}
    _claim(folder, plan)
    names = [f"shard-{k:05d}" for k in range(-(-len(ordered) // shard_cases))]
    if read_film is None:
        from ml.data.pixels import load_film

        read_film = load_film
    maker = Maker(config, read_film)

    def tick(done: int) -> None:
        bar.update(done)
        progress(done)

    with (
        ThreadPoolExecutor(workers) as executor,
        tqdm(total=len(ordered), unit=" cases", disable=not show, mininterval=1.0) as bar,
    ):
        for k, name in enumerate(names):
            part = ordered[k * shard_cases : (k + 1) * shard_cases]
            if not (folder / name).exists():
                with whole_folder(folder / name) as shard:
                    maker.write(part, shard, executor, tick)
            else:
                tick(len(part))
    skipped: dict[str, str] = {}
    for name in names:
        skipped |= json.loads((folder / name / "skipped.json").read_text())
    if len(skipped) == len(ordered):
        raise PreparedMismatch(f"none of {len(ordered)} cases can be used: {next(iter(skipped.values()), 'no case')}")
    found = {"pad_id": maker.pad_id, "shards": names, "skipped": skipped, "origin": origin or {}}
    digest = hashlib.sha256(json.dumps(plan, sort_keys=True).encode()).hexdigest()
    write_json(folder / INDEX, {**plan, **found, "sha256": digest})
    return skipped


def prepare_splits(
    cases: Iterable[GazeCase], splits: Mapping[str, Sequence[str]], folder: Path, config: MedGazeConfig, **how: Any
) -> dict[str, dict[str, str]]:
    """One prepared set a split, in ``folder/<split>``; a case key the data set lacks is a :class:`DataError`."""
    by_key = {case.key: case for case in cases}
    skipped = {}
    for name, keys in splits.items():
        absent = [key for key in keys if key not in by_key]
        if absent:
            raise DataError(f"split {name} names {len(absent)} cases that the data set lacks, such as {absent[0]}")
        if keys:
            skipped[name] = prepare([by_key[key] for key in keys], folder / name, config, **how)
    return skipped


def by_report(case: GazeCase) -> list[tuple[str, str, list[GazeReading]]]:
    """A case as (key, report, readings), once for each report: where readers dictated their own (REFLACX), each reading
    goes with the words its reader spoke. Further keys are ``<case>#2``, ``<case>#3`` in the order of the readings.
    """
    parts: dict[str, list[GazeReading]] = {}
    for reading in case.readings:
        parts.setdefault((reading.report or case.report).text, []).append(reading)
    if not parts:
        parts[case.report.text] = []
    keys = [case.key, *(f"{case.key}#{n}" for n in range(2, len(parts) + 1))]
    return [(key, text, readings) for key, (text, readings) in zip(keys, parts.items(), strict=True)]


def cases_sha256(cases: Sequence[GazeCase]) -> str:
    """Digest of what the cases say: keys, reports, readings, film sizes; of film pixels only name or address. What a
    set does not say leaves no trace, so that older preparations are still known by their digests."""
    digest = hashlib.sha256()
    for case in cases:
        content = asdict(case)
        content["film"]["path"] = content["film"].pop("pixels_sha256") or case.film.path.name
        for provenance in (reading["provenance"] for reading in content["readings"]):
            for name in (name for name in UNSAID if not provenance[name]):
                del provenance[name]
        digest.update(json.dumps(content, sort_keys=True).encode())
    return digest.hexdigest()


def _claim(folder: Path, plan: dict[str, Any]) -> None:
    """Write ``plan.json``, or check that the one there says the same."""
    path = folder / "plan.json"
    if not path.exists():
        write_json(path, plan)
        return
    there = json.loads(path.read_text())
    mismatch = difference(there["requirements"], plan["requirements"]) or difference(there, plan)
    if mismatch:
        raise PreparedMismatch(
            f"{folder} holds another preparation: {mismatch}. Give another folder, or remove this one"
        )


@dataclass
class Rows:
    """Lists that become one shard's arrays."""

    films: list[NDArray[np.uint8]]
    reports: list[ReportTokens]
    words: list[list[int]]
    readings: list[list[NDArray[np.float64]]]
    cases: list[PreparedCase]


class Maker:
    """Processor and frozen parts, loaded once."""

    def __init__(self, config: MedGazeConfig, read_film: ReadFilm) -> None:
        self.config = config
        self.read_film = read_film
        self.processor = MedGazeProcessor.from_config(config)
        tokenizer = self.processor.tokenizer
        self.pad_id = 0 if tokenizer is None else tokenizer.pad_id
        self.words = medformer_tokenizer(config) if config.vision.medformer == "qformer" else None
        self.backbone: Any = None
        self.language: FrozenLanguageModel | None = None

    def load(self) -> None:
        """The frozen models, when the first shard needs them."""
        config = self.config
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # there is one bar already
        if (
            config.vision.backbone == "resnet50"
            and config.vision.backbone_reference is not None
            and self.backbone is None
        ):
            self.backbone = frozen_resnet(
                assets.resolve(config.vision.backbone_reference, config.vision.backbone_sha256)
            )
        if config.language.fusion == "joint" and config.language.reference is not None and self.language is None:
            asset = assets.resolve(config.language.reference, config.language.sha256)
            dtype = DTYPES[config.language.dtype]
            self.language = FrozenLanguageModel.load(asset, width=config.language.width, dtype=dtype)

    def write(
        self, cases: Sequence[GazeCase], folder: Path, executor: ThreadPoolExecutor, tick: Callable[[int], Any]
    ) -> None:
        self.load()
        rows, skipped = Rows([], [], [], [], []), {}
        films = executor.map(partial(_square, self.processor, self.read_film), [case.film for case in cases])
        for case, film in zip(cases, films, strict=True):
            if isinstance(film, str):
                skipped[case.key] = film
            else:
                for key, report, readings in by_report(case):
                    self._add(rows, case, key, report, readings, *film)
            tick(1)
        self.save(rows, folder)
        (folder / "skipped.json").write_text(json.dumps(skipped, indent=2, sort_keys=True) + "\n")

    def _add(
        self, rows: Rows, case: GazeCase, key: str, report: str, readings: Sequence[GazeReading],
        film: NDArray[np.uint8], width: int, height: int,
    ) -> None:  # fmt: skip
        transform = self.processor.transform(width, height)
        tokens = self.processor.report(report)
        rows.films.append(film)
        rows.reports.append(tokens)
        if self.words is not None:
            rows.words.append(self.words.read(report, STAGE1_WORDS).ids)
        paths = [as_path(reading.scanpath) for reading in readings]
        rows.readings.append([np.concatenate([transform.to_square(p[:, :2]), p[:, 2:]], 1) for p in paths])
        rows.cases.append(
            PreparedCase(
                key,
                case.film.key,
                case.patient,
                case.site,
                case.dataset,
                report,
                width,
                height,
                tuple(r.reader for r in readings),
                tuple(asdict(r.provenance) for r in readings),
                case.labels,
                tokens.dropped_tokens,
                case.simulated or any(r.provenance.simulated for r in readings),
            )
        )

    def save(self, rows: Rows, folder: Path) -> None:
        """Write the rows as one shard."""
        side = self.config.vision.image_size
        films = np.stack(rows.films) if rows.films else np.zeros((0, side, side), np.uint8)
        np.save(folder / "films.npy", films)
        if self.backbone is not None:
            np.save(folder / "features.npy", self._features(films))
        ids = [t.input_ids[: int(t.attention_mask.sum())].numpy().astype(np.int32) for t in rows.reports]
        readings = [reading for case in rows.readings for reading in case]
        np.save(folder / "ids.npy", np.concatenate([np.zeros(0, np.int32), *ids]))
        if self.language is not None:
            np.save(folder / "states.npy", self._states(self.language, rows.reports))
        if self.words is not None:
            np.save(folder / "words.npy", np.array([w for words in rows.words for w in words], np.int32))
        np.save(folder / "fixations.npy", np.concatenate([np.zeros((0, 3)), *readings]).astype(np.float32))
        ends = {
            "tokens": np.cumsum([len(i) for i in ids], dtype=np.int64),
            "words": np.cumsum([len(w) for w in rows.words], dtype=np.int64),
            "readings": np.cumsum([len(case) for case in rows.readings], dtype=np.int64),
            "fixations": np.cumsum([len(r) for r in readings], dtype=np.int64),
        }
        np.savez(folder / "ends.npz", allow_pickle=False, **ends)
        lines = [json.dumps(asdict(case), sort_keys=True) for case in rows.cases]
        (folder / "cases.jsonl").write_text("".join(line + "\n" for line in lines))

    def _features(self, films: NDArray[np.uint8]) -> NDArray[np.float16]:
        side = self.config.vision.grid_side
        out = [np.zeros((0, self.config.vision.backbone_width, side, side), np.float16)]
        for at in range(0, len(films), AT_ONCE):
            grey = torch.from_numpy(films[at : at + AT_ONCE].astype(np.float32) / 255.0)[:, None]
            out.append(resnet_map(self.backbone, self.processor.normalise(grey)).numpy().astype(np.float16))
        return np.concatenate(out)

    def _states(self, language: FrozenLanguageModel, reports: Sequence[ReportTokens]) -> NDArray[np.float16]:
        """One report after the other: alike lengths are read together, so that padding is little."""
        order = np.argsort([len(r.input_ids) for r in reports], kind="stable")
        out: list[NDArray[np.float16]] = [np.zeros((0, self.config.language.width), np.float16)] * len(reports)
        for at in range(0, len(order), AT_ONCE):
            part = [int(i) for i in order[at : at + AT_ONCE]]
            ids, mask = self.processor.collate_reports([reports[i] for i in part])
            states = language.encode(ids, mask).numpy().astype(np.float16)
            for row, i in enumerate(part):
                out[i] = states[row, : int(mask[row].sum())]
        return np.concatenate([np.zeros((0, self.config.language.width), np.float16), *out])


def medformer_tokenizer(config: MedGazeConfig) -> Tokenizer:
    """The words of MedFormer's text branch: BERT's where it starts from BERT, else bytes (small models, tests)."""
    if config.vision.medformer_init is None:
        return ByteTokenizer()
    return load_tokenizer(assets.resolve(config.vision.medformer_init))


def _square(
    processor: MedGazeProcessor, read_film: ReadFilm, file: FilmFile
) -> tuple[NDArray[np.uint8], int, int] | str:
    """A film as the model's square, with its own size; or why it cannot be used."""
    try:
        pixels = read_film(file)
        square, _ = processor.film(pixels)
    except (DataError, FilmRefused, OSError) as error:
        return f"{file.key}: {error}"
    settings = processor.settings
    grey = square[0] * settings.image_std[0] + settings.image_mean[0]
    return (grey * 255).round().clamp(0, 255).to(torch.uint8).numpy(), pixels.shape[1], pixels.shape[0]
