"""The folder of a run, on the disk that web server and train worker share: what it learns from, its checkpoints, and
what it said.

==================  ================================================================================================
``data/``           the export that it learns from; people's gaze, so it goes when the run is over
``reports/``        the reports of its cases, as ``<case>.txt``; films are found under the media root
``run/``            checkpoints and, at the end, the model; the version's own copy is under the media root
``log.txt``         everything that the training wrote
``progress.jsonl``  its progress, a JSON object a line (`ml.training.runlog`)
``gate.jsonl``      the gate's, ``verdict.json`` what it said
==================  ================================================================================================
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

DATA, REPORTS, RUN = "data", "reports", "run"
LOG, PROGRESS, GATE, VERDICT = "log.txt", "progress.jsonl", "gate.jsonl", "verdict.json"
CHECKPOINT = "checkpoint-"  # and its step, in the folder of the training; as ml.training.trainer has it
HALF = "data.half"  # while it is written
GO = (DATA, REPORTS, HALF, RUN)  # when the run is over
LOCK = ".lock"
LOOK_EVERY_S = 0.5
TAIL_BYTES, TAIL_LINES = 65_536, 200


def root() -> Path:
    return Path(settings.STATE_DIR) / "training"


def of(run_id: Any) -> Path:
    """The folder of a run, or by another name the work folder of a judgement."""
    return root() / str(run_id)


@contextlib.contextmanager
def locked(folder: Path, check: Callable[[], None] | None = None) -> Iterator[bool]:
    """Hold the folder, so that nobody works in it at the same time: a worker that was thought dead may still.

    ``check`` is called while somebody else holds it, and raises to stop waiting. Without it nothing is waited for, and
    what is given says whether the folder is ours.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        while not (ours := _flock(handle)) and check is not None:
            check()
            time.sleep(LOOK_EVERY_S)
        yield ours
    finally:
        os.close(handle)


def _flock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def begin_anew(folder: Path) -> None:
    """Nothing stays of data and checkpoints, nor of the progress that led to them."""
    clear(folder)
    (folder / PROGRESS).unlink(missing_ok=True)


def clear(folder: Path) -> bool:
    """Data, reports and checkpoints go; log, progress and verdict stay. Gives whether anything was there."""
    there = [folder / name for name in GO if (folder / name).exists()]
    for path in there:
        shutil.rmtree(path, ignore_errors=True)
    return bool(there)


def checkpoints(folder: Path) -> list[int]:
    """The steps of the checkpoints on the disk, each of them whole; a training goes on from the last."""
    names = (path.name.removeprefix(CHECKPOINT) for path in (folder / RUN).glob(f"{CHECKPOINT}*"))
    return sorted(int(name) for name in names if name.isdigit())


def log_tail(folder: Path) -> list[str]:
    """The last lines of its log, at most 200."""
    try:
        with (folder / LOG).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-TAIL_LINES:]
