"""A training: writes the data, has `python -m ml train` learn from them as a child, registers what it made, and has the
gate judge that. Each part is skipped where its result is there, so that a run goes on wherever it was killed."""

from __future__ import annotations

import contextlib
import platform
import statistics
import time
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from gazeapp.core.lease import Lease, LeaseLost
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import store
from gazeapp.training import data as readings_of
from gazeapp.training import folders, selectors, services
from gazeapp.training.models import TrainingRun
from ml.training.runlog import RunLog
from worker.child import run_child
from worker.handlers import judge
from worker.handlers.judge import compare, died, has_verdict, plainly

SHARES = {  # of the whole, where each stage lies
    "data": (0.0, 0.05),
    "preparing": (0.05, 0.15),
    "training": (0.15, 0.8),
    "comparing": (0.8, 0.88),
    "saving": (0.88, 0.9),
    "registering": (0.9, 0.91),
    "judging": (0.91, 1.0),
}
STEP_EVENT_EVERY_S = 1.0  # of steps: each is a row of the run's event log
REFUSALS = {  # of the child → problem, title, what to do, status; its own words are for the command line
    "no-data": (
        "training-no-data",
        "There is nothing to learn from.",
        "No film of these readings can be used. Choose other data.",
        422,
    ),
    "too-little-data": (
        "training-too-little-data",
        "There is too little to learn from.",
        "Of the films of these readings too few can be used. Wait for more readings, or choose more of them.",
        422,
    ),
    "diverged": (
        "training-diverged",
        "The training ran away: its loss is no number any more.",
        "Resuming would end the same. Start another run, with fewer steps or other data.",
        422,
    ),
    "disk-full": ("disk-full", "The server's disk is full.", "Make room, then resume the run.", 507),
    "out-of-memory": ("out-of-memory", "The server's memory is too small.", "Free some, then resume the run.", 507),
}


def train(lease: Lease) -> None:
    """Inputs: ``run``."""
    run = TrainingRun.objects.select_related("parent", "version", "by", "job").filter(pk=lease.inputs["run"]).first()
    if run is None:
        raise Problem("run-gone", "This run was deleted.", code=410)
    folder = folders.of(run.pk)
    with folders.locked(folder, lease.check):
        try:
            Work(lease, run).do()
        except LeaseLost:
            with contextlib.suppress(DatabaseError):
                services.child_gone(run=run)
            raise
        folders.clear(folder)


class Work:
    """One attempt at a run."""

    def __init__(self, lease: Lease, run: TrainingRun) -> None:
        self.lease, self.run, self.folder = lease, run, folders.of(run.pk)
        self.began = time.monotonic()
        self.step_s: list[float] = []  # of this attempt
        self.on_progress = 0.0  # when the page was told of a step
        self.refused: dict[str, Any] | None = None

    def do(self) -> None:
        if self.run.version is None:
            if not services.written(self.run, self.folder):
                self._stage("data")
                services.write_data(run=self.run, folder=self.folder, on_progress=self._wrote)
            self._register(self._learn())
        note = self._judge()
        self.lease.finish(
            lambda: services.ended(run=self.run, note=note, pace=self._pace()),
            events=[(self.run.subject, "run.done", {"version": self.run.version_id})],
        )

    # --- data and training --------------------------------------------------------------------------------------------

    def _wrote(self, done: int, of: int) -> None:
        self._stage("data", done, of)

    def _learn(self) -> RunLog:
        """Until its model is there. Raises Problem, ChildDied, LeaseLost."""
        log = selectors.progress_of(self.run)
        if log.finished and services.has_model(self.folder):
            return log
        ended = run_child(
            self.lease,
            self._command(),
            log=self.folder / folders.LOG,
            progress=self.folder / folders.PROGRESS,
            on_line=self._on_line,
            threads=settings.TRAIN_THREADS,
        )
        if self.refused is not None:
            raise refusal(self.refused)
        if ended.code:
            died(self.lease, ended, "training")
        log = selectors.progress_of(self.run)
        if not log.finished or not services.has_model(self.folder):
            raise RuntimeError("the training ended without a model")
        return log

    def _command(self) -> list[str]:
        run, folder = self.run, self.folder
        command = [
            *judge.ML, "train",
            "--from", str(store.checked(run.parent)),
            "--data", str(folder / folders.DATA),
            "--run", str(folder / folders.RUN),
            "--name", run.name,
            "--seed", str(run.seed),
            "--sources", ",".join(readings_of.sources_of(run.data)),
            "--films", str(settings.MEDIA_ROOT / "films"),
            "--reports", str(folder / folders.REPORTS),
            "--progress", str(folder / folders.PROGRESS),
            "--threads", str(settings.TRAIN_THREADS),
        ]  # fmt: skip
        if run.steps is not None:
            command += ["--steps", str(run.steps)]
        if run.minutes is not None:
            command += ["--minutes", str(run.minutes)]
        return command

    def _on_line(self, line: dict[str, Any]) -> None:
        """One line of the child's progress."""
        event = line.get("event")
        if event == "stage":
            self._stage(line["stage"], line.get("done"), line.get("of"))
        elif event == "step":
            if line.get("seconds_a_step"):
                self.step_s.append(line["seconds_a_step"])
            self._at("training", line["step"], line["of"])
            if time.monotonic() - self.on_progress >= STEP_EVENT_EVERY_S:
                self.on_progress = time.monotonic()
                on_progress = {name: line.get(name) for name in ("step", "of", "loss", "eta_s", "memory_mb")}
                self.lease.emit("run.step", on_progress, replace=True)
        elif event == "validated":
            self.lease.emit("run.validated", {"step": line["step"], "loss": line.get("loss")})
        elif event == "checkpoint":
            self.lease.reset_strikes()
            self.lease.emit("run.checkpoint", {"step": line["step"]})
        elif event == "refused":
            self.refused = line

    # --- version and verdict ------------------------------------------------------------------------------------------

    def _register(self, log: RunLog) -> None:
        self._stage("registering")
        finished = log.finished or {}
        result = {
            "steps": finished.get("steps"),
            "kept_step": finished.get("kept_step"),
            "validation_loss": finished.get("validation_loss"),
            "held_out": log.held_out,
            "machine": platform.node(),
        }
        services.register(run=self.run, folder=self.folder, result=result)

    def _judge(self) -> str:
        """The gate's verdict, and where that was wished its promotion; gives what became of that, in words."""
        version = self.run.version
        assert version is not None
        champion = services.serving()
        if champion == version:
            return "It serves already." if version != self.run.parent else "Nothing was learnt that changes a weight."
        verdict = has_verdict(version, champion)
        if verdict is None:
            self._stage("judging")
            comparison = compare(
                self.lease, version, champion, self.folder, lambda done, of: self._stage("judging", done, of)
            )
            self.lease.check()
            verdict = services.store_verdict(version=version, champion=champion, comparison=comparison)
        if not (self.run.promote and verdict.passed):
            return ""
        try:
            services.promote_passed(verdict=verdict, by=f"schedule:{self.run.schedule_id}")
        except Problem as problem:
            return f"It was to serve at once, and does not: {problem.title}"
        return "It serves since: the gate passed it."

    # --- where it is --------------------------------------------------------------------------------------------------

    def _stage(self, stage: str, done: int | None = None, of: int | None = None) -> None:
        self._at(stage, done, of)
        self.lease.emit(selectors.STAGE_EVENT, {"stage": stage, "done": done, "of": of}, replace=True)

    def _at(self, stage: str, done: int | None, of: int | None) -> None:
        """The job's row: its stage, and how much of the whole is done, in hundredths."""
        low, high = SHARES.get(stage, (0.15, 0.8))
        self.lease.stage(stage, round(low + (high - low) * (done / of if done and of else 0.0), 2))

    def _pace(self) -> dict[str, float | None]:
        """What the next estimate goes by: seconds a step, and of an attempt that did it all, of what is no step."""
        if not self.step_s:
            return {"step_s": None, "rest_s": None}
        step_s = statistics.median(self.step_s)
        steps = (self.run.result or {}).get("steps") or 0
        rest_s = max(0.0, time.monotonic() - self.began - steps * step_s) if self.lease.job.attempt == 1 else None
        return {"step_s": round(step_s, 4), "rest_s": None if rest_s is None else round(rest_s, 1)}


def refusal(line: dict[str, Any]) -> Problem:
    """Why the child refused, with what to do."""
    known = REFUSALS.get(str(line.get("kind")))
    if known is None:
        return Problem("training-refused", "The training cannot start.", plainly(line.get("message")), code=422)
    kind, title, advice, code = known
    return Problem(kind, title, advice, code=code)
