"""Runs as pages and API show them. Where one is in the middle of its training, its progress file says."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from gazeapp.core.selectors import job_summary
from gazeapp.recordings.selectors import consented
from gazeapp.training import folders, selectors
from gazeapp.training.models import RunReading, TrainingRun
from gazeapp.training.services.working import written
from gazeapp.training.versions import named, verdict_dict
from ml.training.runlog import RunLog


def run_row(run: TrainingRun) -> dict[str, Any]:
    """A run in a list. Of those that run the progress file is read."""
    return _row(run, None)


def run_dict(run: TrainingRun) -> dict[str, Any]:
    """All of a run."""
    log = selectors.progress_of(run)
    folder = folders.of(run.pk)
    champion = selectors.champion()
    verdict = selectors.verdict_of(run)
    kept = folders.checkpoints(folder) if written(run, folder) else []  # without its data it begins anew
    started = run.job.started_at
    done, of = selectors.counted(run.job)
    return {
        **_row(run, log),
        "data": {**run.data, "counts": run.counts},
        "steps": run.steps,
        "minutes": run.minutes,
        "seed": run.seed,
        "stage_done": done,
        "stage_of": of,
        "step": log.step if log.steps is not None else None,
        "of": log.steps,
        "loss": log.loss,
        "memory_mb": log.memory_mb,
        "losses": [[step, loss] for step, loss in log.losses],
        "validation": [[step, loss] for step, loss in log.validation],
        "checkpoints": kept,
        "resumed": _resumed(run),
        "held_out": (run.result or {}).get("held_out") or log.held_out,
        "verdict": verdict_dict(verdict, champion.pk if champion else None) if verdict else None,
        "error": run.job.error,
        "started_at": started.isoformat() if started else None,
        "withdrawn": withdrawn(run),
        "note": run.note,
    }


def live_run(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `run:<id>`, for admins."""
    return run_dict(selectors.run_for(user, ident))


def withdrawn(run: TrainingRun) -> int:
    """How many of the readings that it learnt from may not be used for training any more."""
    return RunReading.objects.filter(run=run).exclude(recording__in=consented("training").values("pk")).count()


def _row(run: TrainingRun, log: RunLog | None) -> dict[str, Any]:
    job = run.job
    version = named(run.version)
    verdict = selectors.verdict_of(run)
    return {
        "id": str(run.pk),
        "subject": run.subject,
        "name": run.name,
        "state": job.state,
        "stage": job.stage,
        "progress": job.progress,
        "eta_s": selectors.eta_s(run, log),
        "parent": named(run.parent),
        "version": {**version, "state": run.version.state} if version and run.version else None,
        "passed": verdict.passed if verdict else None,
        "readings": run.counts.get("readings", 0),
        "by": run.by.display_name if run.by else None,
        "schedule": {"id": str(run.schedule.pk), "name": run.schedule.name} if run.schedule else None,
        "created_at": run.created_at.isoformat(),
        "finished_at": job.finished_at.isoformat() if job.finished_at else None,
        "job": job_summary(job),
    }


def _resumed(run: TrainingRun) -> int | None:
    """The step from which its training last went on; None if it never had to."""
    try:
        lines = (folders.of(run.pk) / folders.PROGRESS).read_bytes().splitlines()
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        with contextlib.suppress(ValueError):
            if b"resumed" in line and (log := json.loads(line)).get("event") == "resumed":
                return int(log["step"])
    return None
