"""The frozen set that candidates and champion are judged on: simulated cases that lie in the repository.

``set/judged`` is an export with films and reports, of cases that three simulated readers read each; ``set/learnt`` one
without films, of cases that the trivial baselines learn from. How they were made stands in :mod:`ml.demo.gate_set`
(the set's own notes name it as it was called then). They are read only where every byte is the frozen one: the digest
below is of the two indexes, and an index holds the digest of every other file. Another set is another name and digest,
since verdicts on two sets do not compare.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ml.data.export import INDEX, read_export, sha256
from ml.data.pixels import Pixels, load_film
from ml.data.types import DataError, GazeCase
from ml.metrics.cases import EvaluationError, PlainCase, as_path, truths

NAME = "gate-1"
SHA256 = "4009127daeff9bed82acec5bb608bec0430835aa37dd3955a04e24c8a594e90e"
SET = Path(__file__).parent / "set"
JUDGED, LEARNT = "judged", "learnt"  # folders of the set
UNSEEN = np.zeros((0, 0), np.uint16)  # stands for a film that nobody looks at
RESTORE = "Take ml/evaluation/gate/set out of the repository anew"


class GateRefused(EvaluationError):
    """A model cannot be loaded or says nothing usable, or the frozen set is not the frozen one; the message says which
    and what to do."""


@dataclass(frozen=True, slots=True)
class FrozenSet:
    """``sha256`` is of the whole set, also where only some ``cases`` of it are used."""

    name: str
    sha256: str
    cases: tuple[PlainCase, ...]  # to judge on
    learnt: tuple[PlainCase, ...]  # what the baselines learn from: their films are not there

    @property
    def readings(self) -> int:
        """Readings of the cases, each reader once."""
        return sum(len(truths(case)) for case in self.cases)


def load_set(root: Path | None = None, *, cases: int | None = None) -> FrozenSet:
    """The set, checked to the last byte; its first ``cases`` where not all are wanted. Raises :class:`GateRefused`."""
    root = root or SET
    try:
        found = set_sha256(root)
        if found != SHA256:
            raise GateRefused(f"{root}: an index of the gate's frozen set was changed. {RESTORE}")
        judged = read_export(root / JUDGED)[:cases]
        learnt = read_export(root / LEARNT, films_needed=False, reports=lambda case: "")
        seen = tuple(_plain(case, load_film(case.film)) for case in judged)
    except (DataError, OSError) as error:
        raise GateRefused(f"the gate's frozen set is not what it was: {error}. {RESTORE}") from error
    return FrozenSet(NAME, found, seen, tuple(_plain(case, UNSEEN) for case in learnt))


def set_sha256(root: Path) -> str:
    """The digest of the two indexes."""
    return hashlib.sha256("".join(sha256(root / part / INDEX) for part in (JUDGED, LEARNT)).encode()).hexdigest()


def _plain(case: GazeCase, film: Pixels) -> PlainCase:
    readings = tuple((reading.reader, as_path(reading.scanpath)) for reading in case.readings)
    return PlainCase(case.key, film, case.report.text, readings, len(case.labels))
