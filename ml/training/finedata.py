"""What a fine-tuning learns from and is compared on: a prepared set, or one made here from this app's export."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ml.data.export import INDEX as EXPORT_INDEX
from ml.data.export import is_export, read_export, sha256
from ml.data.files import write_json
from ml.data.gaze_sources import source_of
from ml.data.plurals import plural
from ml.data.prepare import prepare_splits
from ml.data.prepared import INDEX, PreparedSet, Subset, load_prepared
from ml.data.splits import PARTS, Split, by_patient, check_leaks, official
from ml.data.types import GazeCase, Progress, Provenance
from ml.medgaze.config import MedGazeConfig
from ml.training.refusals import FineTuneRefused

FEWEST = 4  # cases to learn from
# More than the usual tenth is held out: of a few hundred readings a tenth shows nothing.
FRACTIONS = {"train": 0.7, "validate": 0.1, "test": 0.2}
DONE = "done.json"  # in the prepared folder, when all of it is there


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of an export is wanted, and where the rest of it lies."""

    sources: Collection[str] | None = None  # as ml.data.gaze_sources has them; None: the usual ones
    films: Sequence[Path] = ()
    reports: Path | None = None

    def __bool__(self) -> bool:
        return bool(self.sources or self.films or self.reports)


@dataclass(frozen=True, slots=True)
class Parts:
    """Cases with a reading, by part; ``about`` is what the manifest says of them."""

    train: Subset
    validate: Subset | None
    test: Subset | None
    about: dict[str, Any]

    @property
    def held_out(self) -> tuple[str, Subset]:
        """What the models are compared on: test, validate where there is none."""
        if self.test is not None:
            return "test", self.test
        assert self.validate is not None
        return "validate", self.validate

    @property
    def simulated(self) -> bool:
        """Whether anything that is learnt from or chosen by was simulated."""
        return any(case.simulated for part in (self.train, self.validate) if part for case in part.whole.cases)


def identity(data: Path, run: Path) -> str:
    """Names what lies in ``data`` without reading it all: the digest of an export's index (which holds those of all
    files), or of a prepared set's. A folder that is gone is known by what ``run`` has made of it.

    Raises:
        FineTuneRefused: no-data, where it is neither.
    """
    if is_export(data):
        return sha256(data / EXPORT_INDEX)
    if digests := {part: load_prepared(data / part).sha256 for part in PARTS if (data / part / INDEX).is_file()}:
        return hashlib.sha256(json.dumps(digests, sort_keys=True).encode()).hexdigest()
    done = run / "prepared" / DONE
    if not data.exists() and done.is_file():
        return str(json.loads(done.read_text())["sha256"])
    raise FineTuneRefused(
        "no-data",
        f"{data} is neither a prepared set nor an export of this app. Name the folder that holds {EXPORT_INDEX}, or "
        "prepare other data sets first (python -m ml prepare --model).",
    )


def load_parts(
    data: Path, run: Path, config: MedGazeConfig, *, seed: int, wanted: Wanted, progress: Progress
) -> Parts:  # fmt: skip
    """The parts of ``data``; those of an export are made in ``run/prepared`` first, or gone on with.

    Raises:
        FineTuneRefused: no-data, too-little-data.
        DataError, PreparedMismatch: the data is not what it should be, or was prepared for another model.
    """
    name = identity(data, run)
    about: dict[str, Any] = {"sha256": name}
    folder, done = data, run / "prepared" / DONE
    if is_export(data) or not data.exists():
        folder = run / "prepared"
        _begin(run, {"sha256": name, "seed": seed, "sources": sorted(wanted.sources or ())})
        if not done.is_file():
            _make(data, folder, config, seed, wanted, progress)
        about |= json.loads(done.read_text())
    elif wanted:
        raise FineTuneRefused(
            "refused",
            f"--sources, --films and --reports go with an export, and {data} is prepared. Leave them out, or prepare "
            "the data anew with them.",
        )
    parts = {part: _part(folder / part, config) for part in PARTS}
    train = parts["train"]
    readings = 0 if train is None else _counts(train)["readings"]
    if train is None or len(train) < FEWEST:
        raise FineTuneRefused(
            "too-little-data" if readings else "no-data",
            f"{data} has {plural(readings, 'reading')} of {plural(0 if train is None else len(train), 'case')} to "
            f"learn from; {FEWEST} cases are the fewest. Take more data, or name more --sources.",
        )
    if parts["validate"] is None and parts["test"] is None:
        raise FineTuneRefused(
            "too-little-data",
            f"{data} holds no reading to compare the models on. Take more data, or a split with a test part.",
        )
    about |= {part: _counts(cases) for part, cases in parts.items() if cases is not None}
    return Parts(train, parts["validate"], parts["test"], about)


def _begin(run: Path, made_from: dict[str, Any]) -> None:
    """Make room for what is made from this; what was made from something else was refused, or no run came of it."""
    path = run / "prepared.json"
    if path.is_file() and json.loads(path.read_text()) != made_from:
        shutil.rmtree(run / "prepared", ignore_errors=True)
    write_json(path, made_from)


def _make(data: Path, folder: Path, config: MedGazeConfig, seed: int, wanted: Wanted, progress: Progress) -> None:
    """Read, split and prepare an export."""
    left_out: Counter[str] = Counter()
    everything = read_export(
        data, skipped=left_out, sources=wanted.sources, films=list(wanted.films), reports=wanted.reports
    )
    cases = [case for case in everything if case.readings]
    if not cases:
        why = "; ".join(f"{reason}, {count}" for reason, count in sorted(left_out.items()))
        raise FineTuneRefused(
            "no-data", f"{data} holds no reading that is wanted{f' ({why})' if why else ''}. Name other --sources."
        )
    split = _split(cases, seed)
    finished = 0

    def tick(done: int) -> None:
        nonlocal finished
        finished += done
        progress(finished, len(cases))

    progress(0, len(cases))
    origin = {"split": split.name, "split_sha256": split.sha256}
    skipped = prepare_splits(cases, split.parts, folder, config, show=False, origin=origin, progress=tick)
    for unusable in skipped.values():
        left_out["film that cannot be used"] += len(unusable)
    write_json(
        folder / DONE,
        {
            "sha256": sha256(data / EXPORT_INDEX), "split": split.name, "split_sha256": split.sha256,
            "left_out": dict(sorted((+left_out).items())),
        },
    )  # fmt: skip


def _split(cases: Sequence[GazeCase], seed: int) -> Split:
    """The export's own parts where it has them, else by patient; nothing stands in two parts."""
    said = {bool(case.official_split) for case in cases}
    if said == {True}:
        split = official(cases)
        check_leaks(split, cases)
        return split
    if said == {True, False}:
        blank = next(case.key for case in cases if not case.official_split)
        raise FineTuneRefused(
            "refused",
            f"The export says of some cases which part they belong to, and not of {blank}. Fill the column split of "
            "all cases, or of none.",
        )
    cases = _with_films_joined(cases)
    split = by_patient(cases, seed=seed, fractions=FRACTIONS)
    check_leaks(split, cases)
    return split


def _with_films_joined(cases: Sequence[GazeCase]) -> list[GazeCase]:
    """The cases, where patients who share a film (two cases of this app may be of one film) are called by one name."""
    leader: dict[str, str] = {}

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for case in cases:
        first, second = sorted((find(f"film {case.film_id}"), find(f"person {case.person}")))
        leader[second] = first
    return [replace(case, patient=find(f"person {case.person}")) for case in cases]


def _part(folder: Path, config: MedGazeConfig) -> Subset | None:
    """The cases of a part that have a reading; None where the part is absent or has none."""
    if not (folder / INDEX).is_file():
        if (folder / "plan.json").is_file():
            load_prepared(folder)  # says that it was begun and not finished
        return None
    whole: PreparedSet = load_prepared(folder, config)
    keep = [number for number, case in enumerate(whole.cases) if case.readers]
    return whole.only(keep) if keep else None


def _counts(part: Subset) -> dict[str, Any]:
    cases = part.whole.cases
    chosen = [cases[int(number)] for number in part.keep]
    gaze = [Provenance(**fields) for case in chosen for fields in case.provenance]
    return {
        "cases": len(chosen),
        "readings": len(gaze),
        "readers": len({who for case in chosen for who in case.readers}),
        "simulated_readings": sum(one.simulated for one in gaze),
        "sources": dict(sorted(Counter(source_of(one) or "not said" for one in gaze).items())),
    }
