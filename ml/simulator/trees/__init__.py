"""Whole data sets of simulated films in the official layouts, so that every path runs without credentialed data.

A tree is marked as simulated by the file ``SIMULATED.md`` at its root, in the DICOM tags of its films and by patient
numbers that begin with 9. Making one can be broken off at any time: the same command goes on where it stopped.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from types import ModuleType

from ml.data.marker import MARKER
from ml.data.types import DataError, Progress
from ml.simulator.films import Plan, Slot, make_film, projected_ct, share_projection, slots
from ml.simulator.trees import egd_cxr, export, mimic_cxr, reflacx
from ml.simulator.trees.parts import FOLDER, join_parts, part_path, save_part

LAYOUTS: dict[str, ModuleType] = {"egd-cxr": egd_cxr, "reflacx": reflacx, "mimic-cxr": mimic_cxr, "export": export}
ABOUT = """# Simulated data

Nothing in this folder comes from a person. Films, reports and readings were made by the simulator of MedGaze Reading
Room ({cases} films, layout {layout}, seed {seed}, long side about {long_side} px). It has the layout of a real data
set and some of its traps, so that programs can be tried; its findings and gaze say nothing about radiologists.
"""


def make_tree(root: Path, plan: Plan, *, workers: int = 1, progress: Progress | None = None) -> None:
    """Write the plan's tree into ``root``, or what is still missing of it. The same files for any number of workers.

    ``progress``: called with films done and films in all. Raises DataError where the folder holds something else.
    """
    _claim(root, plan)
    if not (root / FOLDER).is_dir():
        return
    wanted = list(slots(plan))
    missing = [slot for slot in wanted if not part_path(root, slot.index).exists()]
    done = len(wanted) - len(missing)
    report = progress or (lambda done, of: None)
    report(done, len(wanted))
    for _ in _made(root, plan, missing, workers):
        done += 1
        report(done, len(wanted))
    layout = LAYOUTS[plan.layout]
    join_parts(root, len(wanted), layout.TABLES)
    layout.write_rest(root, wanted)
    shutil.rmtree(root / FOLDER)


def _claim(root: Path, plan: Plan) -> None:
    """Make the folder this plan's, or see that it is."""
    recipe = json.dumps(asdict(plan), sort_keys=True)
    marker = root / MARKER
    if root.exists() and any(path.name != FOLDER for path in root.iterdir()):
        said = marker.read_text(encoding="utf-8") if marker.exists() else ""
        if recipe not in said:
            raise DataError(f"{root}: holds something else already; choose another folder, or empty this one")
        return
    (root / FOLDER).mkdir(parents=True, exist_ok=True)
    marker.write_text(f"{ABOUT.format(**asdict(plan))}\nRecipe: `{recipe}`\n", encoding="utf-8")


def _made(root: Path, plan: Plan, missing: list[Slot], workers: int) -> Iterable[int]:
    if workers <= 1:
        yield from (_make(root, plan, slot) for slot in missing)
        return
    with ProcessPoolExecutor(workers, initializer=_prepare, initargs=(root, plan, projected_ct())) as pool:
        yield from pool.map(_make_shared, missing, chunksize=4)


_shared: list[tuple[Path, Plan]] = []


def _prepare(root: Path, plan: Plan, parts: object) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    share_projection(parts)  # type: ignore[arg-type]
    _shared[:] = [(root, plan)]


def _make_shared(slot: Slot) -> int:
    return _make(*_shared[0], slot)


def _make(root: Path, plan: Plan, slot: Slot) -> int:
    layout = LAYOUTS[plan.layout]
    save_part(root, slot.index, layout.write_film(root, make_film(plan, slot, layout.readers(slot))))
    return slot.index
