"""Who is learnt from and who is tested on: splits by patient, frozen as JSON with digests, checked for leaks.

A split file names the cases of each part. ``cases_sha256`` is over the identities (case, film, patient) of all cases it
was made from, ``sha256`` over everything else in the file: a file changed by hand, or used with another data set, is
refused. ``person`` and ``film_id`` of a case hold over all sets, so that a patient of two sets is one patient.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ml.data.pixels import load_film, pixels_sha256
from ml.data.types import DataError, GazeCase

PARTS = ("train", "validate", "test")
FRACTIONS = {"train": 0.8, "validate": 0.1, "test": 0.1}  # by patient, as EGD-CXR's own code has it
PAPER_TEST = (272, 1083)  # test films of all of EGD-CXR's in MedGaze (arXiv 2407.00129), split by film
FORMAT, VERSION = "medgaze-split", 1


@dataclass(frozen=True, slots=True)
class Split:
    """Cases by part (keys, sorted), and how they came to be there."""

    name: str
    seed: int
    fractions: dict[str, float]
    parts: dict[str, tuple[str, ...]]
    cases_sha256: str
    notes: str = ""

    def of(self, cases: Sequence[GazeCase], part: str) -> list[GazeCase]:
        """The cases of one part, in the order of ``cases``."""
        keys = set(self.parts[part])
        return [case for case in cases if case.key in keys]

    @property
    def sha256(self) -> str:
        return _digest(_content(self))


# --- making


def by_patient(cases: Sequence[GazeCase], *, seed: int = 42, fractions: Mapping[str, float] = FRACTIONS) -> Split:
    """Patients dealt out at random until each part has its share of the cases. The default, and the honest one."""
    return _dealt(cases, "patient", seed, dict(fractions), lambda case: case.person, "")


def paper(cases: Sequence[GazeCase], *, seed: int = 42) -> Split:
    """The published sizes: 272 test films of every 1,083, split by film, test and validation the same films there; here
    validation is taken from the training films. Patients with several films stand on both sides."""
    test = PAPER_TEST[0] / PAPER_TEST[1]
    fractions = {"train": 0.9 * (1 - test), "validate": 0.1 * (1 - test), "test": test}
    both = "The published sizes, by film. A patient with several films can be both learnt from and tested on: scores "
    return _dealt(
        cases, "paper", seed, fractions, lambda case: case.film_id,
        both + "are too good by that. Use the split by patient (--split patient) for any figure of your own.",
    )  # fmt: skip


def official(cases: Sequence[GazeCase]) -> Split:
    """The parts the set itself gives (REFLACX, MIMIC-CXR). Raises DataError where a case has none."""
    without = [case.key for case in cases if case.official_split not in PARTS]
    if without:
        raise DataError(
            f"case {without[0]} and {len(without) - 1} more have no official split; use the split by patient"
        )
    parts = {part: tuple(sorted(c.key for c in cases if c.official_split == part)) for part in PARTS}
    fractions = {part: len(keys) / len(cases) for part, keys in parts.items()}
    return Split("official", 0, fractions, parts, identity(cases), "The data set's own parts.")


def _dealt(
    cases: Sequence[GazeCase],
    name: str,
    seed: int,
    fractions: dict[str, float],
    group: Callable[[GazeCase], str],
    notes: str,
) -> Split:
    """Groups of cases in random order, each to the part that lacks most of its share."""
    if set(fractions) != set(PARTS) or abs(sum(fractions.values()) - 1) > 1e-9 or min(fractions.values()) < 0:
        raise DataError(f"fractions {fractions}: give train, validate and test, which add up to 1")
    groups: dict[str, list[str]] = {}
    for case in cases:
        groups.setdefault(group(case), []).append(case.key)
    names = sorted(groups)
    wanted = {part: fractions[part] * len(cases) for part in PARTS}
    dealt: dict[str, list[str]] = {part: [] for part in PARTS}
    for index in np.random.default_rng(seed).permutation(len(names)):
        part = max(PARTS, key=lambda p: wanted[p] - len(dealt[p]))
        dealt[part] += groups[names[int(index)]]
    parts = {part: tuple(sorted(keys)) for part, keys in dealt.items()}
    return Split(name, seed, fractions, parts, identity(cases), notes)


# --- keeping


def save_split(split: Split, path: Path) -> None:
    """Write the file that freezes a split."""
    content = _content(split)
    path.write_text(json.dumps({**content, "sha256": _digest(content)}, indent=1) + "\n", encoding="utf-8")


def load_split(path: Path, cases: Sequence[GazeCase]) -> Split:
    """A frozen split for these very cases. Raises DataError where file or cases are not those it was made of."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        digest = content.pop("sha256")
        if (content["format"], content["version"]) != (FORMAT, VERSION):
            raise DataError(f"{path}: not a split of this version; make it anew")
        split = Split(
            content["name"], content["seed"], content["fractions"],
            {part: tuple(content["parts"][part]) for part in PARTS}, content["cases_sha256"], content["notes"],
        )  # fmt: skip
    except OSError:
        raise DataError(f"{path}: there is no such file; make the split first") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path}: not a split file ({error!r}); make it anew") from None
    if _digest(content) != digest:
        raise DataError(f"{path}: changed since it was frozen; take the original, or make a split of another name")
    if split.cases_sha256 != identity(cases):
        raise DataError(f"{path}: made from other cases than these; use the same data, or make a split for these")
    return split


def identity(cases: Sequence[GazeCase]) -> str:
    """Digest over which cases, films and patients these are, whatever their order."""
    return _digest(sorted([case.key, case.film_id, case.person] for case in cases))


def _content(split: Split) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": split.name,
        "seed": split.seed,
        "fractions": split.fractions,
        "notes": split.notes,
        "cases_sha256": split.cases_sha256,
        "parts": {part: list(split.parts[part]) for part in PARTS},
    }


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


# --- checking


def check_leaks(split: Split, cases: Sequence[GazeCase], *, by_film_only: bool = False, pixels: bool = False) -> None:
    """Raise DataError where a case, film or patient stands in two parts, or a case in none. ``pixels``: also where two
    films have the same pixels under different names (reads every film). ``by_film_only``: for ``paper``, whose patients
    are known to leak."""
    known = {case.key: case for case in cases}
    placed = [key for part in PARTS for key in split.parts[part]]
    stray = set(placed) ^ set(known)
    if stray:
        raise DataError(f"split {split.name}: {len(stray)} cases are in it or in the data alone, as {min(stray)}")
    marks: list[tuple[str, Callable[[GazeCase], str]]] = [("case", lambda c: c.key), ("film", lambda c: c.film_id)]
    if not by_film_only:
        marks.append(("patient", lambda c: c.person))
    if pixels:
        marks.append(("film's pixels", pixel_hash))
    for what, mark in marks:
        seen: dict[str, str] = {}
        for part in PARTS:
            for key in split.parts[part]:
                value = mark(known[key])
                if seen.setdefault(value, part) != part:
                    raise DataError(
                        f"split {split.name}: {what} {value} of case {key} is in {seen[value]} and in {part}; "
                        "split by patient"
                    )


def pixel_hash(case: GazeCase) -> str:
    """The address of the film's pixels, whatever file holds them."""
    return pixels_sha256(load_film(case.film))
