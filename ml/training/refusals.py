"""What can stop a fine-tuning that a person can mend, in words: what happened, and what to do.

Every refusal leaves the run as it was: its checkpoints appear whole or not at all, so the same command goes on from the
newest one.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from ml.data.prepared import PreparedMismatch
from ml.data.types import DataError
from ml.medgaze.assets import AssetError
from ml.medgaze.model_info import ModelFolderInvalid
from ml.medgaze.modeling import CheckpointMismatch
from ml.training.run import RunRefused
from ml.training.runlog import RunEvents
from ml.training.settings import SettingsError
from ml.training.trainer import TrainingDiverged

PLAIN = (
    SettingsError, DataError, PreparedMismatch, RunRefused, AssetError, ModelFolderInvalid, CheckpointMismatch,
)  # fmt: skip
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
# safetensors and NumPy say it in words alone.
FULL_WORDS = re.compile(r"\(os error (28|27|122)\)|No space left on device|\d+ requested and \d+ written")
MEMORY_WORDS = re.compile(r"can't allocate memory|Cannot allocate memory|out of memory|\(os error 12\)")


class FineTuneRefused(ValueError):
    """The run cannot begin or go on. ``kind``: one of ``ml.training.runlog.KINDS``; the message says what to do."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


@contextmanager
def reported_refusals(run: Path, events: RunEvents) -> Iterator[None]:
    """What a person can mend is raised as :class:`FineTuneRefused` and reported as the event ``refused``; other errors
    pass. What a full disk left half-written in ``run`` is removed."""
    try:
        yield
    except Exception as error:
        refused = refusal_of(error, run)
        if refused is None:
            raise
        if refused.kind == "disk-full":
            _remove_partial(run)
        _report(refused, events)
        raise refused from error


def refusal_of(error: BaseException, run: Path) -> FineTuneRefused | None:
    """The refusal that an error is, or None where it is none."""
    if isinstance(error, FineTuneRefused):
        return error
    if isinstance(error, TrainingDiverged):
        again = "Begin another run, in another folder, with lower rates or with clip (a YAML file to --settings)"
        return FineTuneRefused("diverged", f"The training diverged: {error}. {again}.")
    if _is_full(error):
        return FineTuneRefused(
            "disk-full",
            f"The disk that holds {run} is full. Free some room on it, then give the same command again: the run goes "
            "on from its newest checkpoint.",
        )
    if _is_out_of_memory(error):
        return FineTuneRefused(
            "out-of-memory",
            "There was not enough memory. End what else needs it, then give the same command again: the run goes on "
            "from its newest checkpoint. Or begin another run with a smaller batch (a YAML file to --settings).",
        )
    return FineTuneRefused("refused", str(error)) if isinstance(error, PLAIN) else None


def _is_full(error: BaseException) -> bool:
    return any(
        (isinstance(one, OSError) and one.errno in FULL) or (not isinstance(one, PLAIN) and FULL_WORDS.search(str(one)))
        for one in _causes(error)
    )


def _is_out_of_memory(error: BaseException) -> bool:
    return any(
        isinstance(one, (MemoryError, torch.OutOfMemoryError))
        or (isinstance(one, OSError) and one.errno == errno.ENOMEM)
        or (isinstance(one, RuntimeError) and bool(MEMORY_WORDS.search(str(one))))
        for one in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, and those that it was raised from or met on the way."""
    seen: set[int] = set()
    now: BaseException | None = error
    while now is not None and id(now) not in seen:
        seen.add(id(now))
        yield now
        now = now.__cause__ or now.__context__


def _remove_partial(run: Path) -> None:
    """Half-written folders and files, whose room the last words may need."""
    for path in sorted(run.rglob(".*.partial")):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _report(refused: FineTuneRefused, events: RunEvents) -> None:
    """On a disk without room for a line there is only the screen, which the command writes to in any case."""
    try:
        events("refused", kind=refused.kind, message=str(refused))
    except OSError:
        return
