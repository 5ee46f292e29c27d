"""The progress file of a fine-tuning run: JSON lines that the run appends, and what they come to. No torch, no NumPy.

Each line is an object with ``event`` and ``at`` (ISO 8601, UTC)::

    {"event": "stage", "stage": "preparing|training|comparing|saving", "done": 3, "of": 40}    both may be null
    {"event": "step", "step": 40, "of": 400, "loss": 1.23, "seconds_a_step": 0.41, "eta_s": 148.0, "memory_mb": 812}
    {"event": "validated", "step": 100, "loss": 1.11}        step 0: the weights that it began from
    {"event": "checkpoint", "step": 100}
    {"event": "resumed", "step": 100}                        what came after step 100 before is void
    {"event": "held-out", "rows": [{"metric": "ScanMatch", "sentence": "...", ...}]}
    {"event": "refused", "kind": "disk-full", "message": "what happened. what to do."}
    {"event": "finished", "model": "RUN/model", "steps": 400, "kept_step": 300, "validation_loss": 1.1,
     "seconds": 212.0, "memory_mb": 900}

A run that was killed and started again appends to the same file, so one file may hold several attempts.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

LOSSES = 400  # most points of the loss's curve that are given
KINDS = ("no-data", "too-little-data", "diverged", "disk-full", "out-of-memory", "refused")


class RunEvents:
    """Appends events to a progress file, each on disk when the call returns; without a file they go nowhere."""

    def __init__(self, path: Path | None) -> None:
        self.path = path
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)

    def __call__(self, event: str, **what: Any) -> None:
        """Append one line. What is no number in JSON (NaN, infinity) becomes null. Raises OSError."""
        if self.path is None:
            return
        line = {"event": event, "at": datetime.now(UTC).isoformat(timespec="milliseconds"), **what}
        whole = (json.dumps(_plain(line), ensure_ascii=False, allow_nan=False) + "\n").encode()
        with self.path.open("a+b", buffering=0) as file:
            if _cut_short(file):
                whole = b"\n" + whole
            if file.write(whole) != len(whole):
                raise OSError(28, "No space left on device", str(self.path))


@dataclass(slots=True)
class RunLog:
    """What a run's events come to so far."""

    stage: str | None = None  # one of those above
    done: int | None = None  # of the stage
    of: int | None = None
    step: int = 0  # the last one in the file
    steps: int | None = None  # of the whole run
    loss: float | None = None  # of the last steps in the file: negative log-likelihood where the model has one
    seconds_a_step: float | None = None
    eta_s: float | None = None  # until the last step; None where no step lies ahead
    memory_mb: float | None = None  # most that the process has held
    validation: list[tuple[int, float]] = field(default_factory=list)  # (step, loss); step 0 is the model it began from
    checkpoints: list[int] = field(default_factory=list)  # steps
    resumed: int = 0  # times it was begun again
    held_out: list[dict[str, Any]] | None = None  # rows of the comparison
    refused: dict[str, Any] | None = None  # the event, until another attempt begins
    finished: dict[str, Any] | None = None  # the event
    _losses: list[tuple[int, float]] = field(default_factory=list)

    @classmethod
    def read(cls, path: Path) -> RunLog:
        """The file so far; one that is not there is empty."""
        log = cls()
        with suppress(FileNotFoundError):
            for line in path.read_bytes().splitlines():
                log.feed(line)
        return log

    def feed(self, line: str | bytes) -> None:
        """Take one line in; what is no event (half a line that a full disk left, say) changes nothing."""
        try:
            event = json.loads(line)
        except ValueError:
            return
        if not isinstance(event, dict) or not isinstance(event.get("event"), str):
            return
        if event["event"] != "refused":
            self.refused = None
        with suppress(KeyError, TypeError, ValueError):
            {
                "stage": self._stage, "step": self._step, "validated": self._validated, "checkpoint": self._checkpoint,
                "resumed": self._resumed, "held-out": self._held_out, "refused": self._refused,
                "finished": self._finished,
            }[event["event"]](event)  # fmt: skip

    @property
    def losses(self) -> list[tuple[int, float]]:
        """(step, loss), ``LOSSES`` at most: evenly chosen among all, first and last among them."""
        count = len(self._losses)
        if count <= LOSSES:
            return list(self._losses)
        return [self._losses[round(i * (count - 1) / (LOSSES - 1))] for i in range(LOSSES)]

    def _stage(self, event: dict[str, Any]) -> None:
        self.stage, self.done, self.of = str(event["stage"]), _count(event.get("done")), _count(event.get("of"))

    def _step(self, event: dict[str, Any]) -> None:
        self.step, self.steps = int(event["step"]), int(event["of"])
        self.loss, self.eta_s = _number(event.get("loss")), _number(event.get("eta_s"))
        self.seconds_a_step, self.memory_mb = _number(event.get("seconds_a_step")), _number(event.get("memory_mb"))
        if self.loss is not None:
            _put(self._losses, self.step, self.loss)

    def _validated(self, event: dict[str, Any]) -> None:
        loss = _number(event["loss"])
        if loss is not None:
            _put(self.validation, int(event["step"]), loss)

    def _checkpoint(self, event: dict[str, Any]) -> None:
        step = int(event["step"])
        self.checkpoints = [*(s for s in self.checkpoints if s < step), step]

    def _resumed(self, event: dict[str, Any]) -> None:
        step = int(event["step"])
        self._losses = [point for point in self._losses if point[0] <= step]
        self.validation = [point for point in self.validation if point[0] <= step]
        self.checkpoints = [s for s in self.checkpoints if s <= step]
        self.step, self.loss = step, self._losses[-1][1] if self._losses else None
        self.eta_s = self.held_out = self.finished = None
        self.resumed += 1

    def _held_out(self, event: dict[str, Any]) -> None:
        self.held_out = [dict(row) for row in event["rows"]]

    def _refused(self, event: dict[str, Any]) -> None:
        self.refused, self.eta_s = event, None

    def _finished(self, event: dict[str, Any]) -> None:
        self.finished, self.eta_s = event, None
        self.step = int(event["steps"])
        self.memory_mb = _number(event.get("memory_mb"))


def _put(curve: list[tuple[int, float]], step: int, value: float) -> None:
    """Add a point at the curve's end; one that comes again takes the place of the earlier one and of what came
    after."""
    while curve and curve[-1][0] >= step:
        curve.pop()
    curve.append((step, value))


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _count(value: Any) -> int | None:
    return None if value is None else int(value)


def _cut_short(file: Any) -> bool:
    """Whether the file's last line has no end: the one before it was written on a full disk."""
    if not file.seek(0, os.SEEK_END):
        return False
    file.seek(-1, os.SEEK_END)
    return bool(file.read(1) != b"\n")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
