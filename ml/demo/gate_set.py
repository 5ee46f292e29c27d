"""Makes the gate's frozen set anew, from seeds that no training and no bench uses.

    python -m ml.demo.gate_set FOLDER

The cases are the simulated bench's (:func:`ml.demo.simulated.held_out`, simulator as frozen), each on a world of
its own, read by three of the four readers. Films are then shrunk to ``LONG_SIDE`` px, and the two
lowest bits of their greys, which are noise, set to 0: half the bytes. The bundled model reads them as it does the
whole ones: on 150 cases ScanMatch is -.003 [-.012, .005], mIoU -.004 [-.014, .006] and the negative log-likelihood
.013 [.002, .025] nats a fixation of what it was, paired.

The tables come out the same on the same versions of NumPy and Pillow; elsewhere a place may differ in its last digit,
and with it a digest. What is judged on is what lies in the repository.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from ml.data.export import NAME, About, write_export
from ml.data.marker import MARKER, SIMULATED_SITE
from ml.data.pixels import pixels_sha256
from ml.data.types import FilmFile, GazeCase, GazeReading, Report
from ml.demo.simulated import held_out
from ml.evaluation.gate.frozen import JUDGED, LEARNT, set_sha256
from ml.evaluation.gate.frozen import NAME as SET_NAME
from ml.gaze.scanpath import Scanpath
from ml.simulator import frozen
from ml.simulator.cases import Case
from ml.simulator.pool import make_pool
from ml.simulator.trees.export import PROVENANCE, fixations

CASES, SEED = 240, 980_001  # judged on; of worlds and of cases
LEARNT_CASES, LEARNT_SEED = 60, 950_001  # that the baselines learn from
READINGS = 3  # a case, by as many readers
LONG_SIDE = 128  # px of a film
KEPT_BITS = 0xFC  # of a grey
SAYS = """# Simulated data

Nothing in this folder comes from a person. Films, reports and readings were made by the simulator of MedGaze Reading
Room (bench {bench}, seed {seed}, {cases} cases) for the gate that models are judged by; they say nothing about
radiologists. Made again by `python -m ml.demo.gate_set FOLDER`.
"""


def make(root: Path, *, cases: int = CASES, learnt: int = LEARNT_CASES) -> None:
    """Both exports into an empty folder; of fewer cases the first of the whole set."""
    _write(root / JUDGED, cases, SEED, READINGS, "test", films=True)
    _write(root / LEARNT, learnt, LEARNT_SEED, READINGS - 1, "train", films=False)


def shrunk(film: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(H, W) -> the film with a longer side of ``LONG_SIDE`` px and without its lowest bits."""
    height, width = film.shape
    scale = LONG_SIDE / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = Image.fromarray(film).resize(size, Image.Resampling.LANCZOS)
    return np.asarray(small) & np.uint8(KEPT_BITS)


def _write(root: Path, cases: int, seed: int, readings: int, split: str, *, films: bool) -> None:
    (root / "films" if films else root).mkdir(parents=True)
    origin = {"bench": frozen.version(), "seed": seed, "cases": cases}
    (root / MARKER).write_text(SAYS.format(**origin), encoding="utf-8")
    about = About(
        name=f"{SET_NAME} {root.name}", version="1", licence="Apache-2.0",
        citation="Simulated by MedGaze Reading Room (ml/demo/gate_set.py); SIMULATED.md has the seed.",
    )  # fmt: skip
    write_export(root, _cases(root, cases, seed, readings, split, films=films), about, reports=films)


def _cases(root: Path, count: int, seed: int, readings: int, split: str, *, films: bool) -> Iterator[GazeCase]:
    for number, case in enumerate(held_out(make_pool(count, seed), count, seed), start=1):
        film = shrunk(case.film)
        digest = pixels_sha256(film)
        if films:
            Image.fromarray(film).save(root / "films" / f"{digest}.png", optimize=True)
        yield GazeCase(
            key=f"g{number:03d}",
            film=FilmFile(root / "films" / f"{digest}.png", film.shape[1], film.shape[0], digest),
            report=Report(case.report.text),
            patient=f"9{seed % 10**6:06d}{number:03d}",
            site=SIMULATED_SITE,
            dataset=NAME,
            readings=tuple(_readings(case, readings)),
            labels={finding.kind: 1.0 for finding in case.findings},
            official_split=split,
            simulated=True,
        )


def _readings(case: Case, count: int) -> Iterator[GazeReading]:
    for reader, path in zip(case.readers[:count], case.readings[:count], strict=True):
        yield GazeReading(f"r{reader + 1}", Scanpath(tuple(fixations(path.tolist())), "human"), PROVENANCE)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the folder to make the set in")
    make(Path(sys.argv[1]))
    print(set_sha256(Path(sys.argv[1])))
