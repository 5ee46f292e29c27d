"""How long a run will take, before it starts, and why it cannot."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.training import data as readings_of
from gazeapp.training.models import TrainingRun
from ml.data.plurals import plural

STEP_S, REST_S = 0.5, 120.0  # of a machine on which no run has finished: a step, and all that is no step
USUAL_MINUTES = 3.0  # the trainer's own budget
ROOM_BYTES = 500_000_000  # of disk without which no run starts: data, checkpoints, the version's copy


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a step, seconds of all that is no step, and the name of the run that both are of."""

    step_s: float = STEP_S
    rest_s: float = REST_S
    of: str = ""


def pace() -> Pace:
    """Of the last run that finished on this machine, else a stated default."""
    done = TrainingRun.objects.filter(job__state=Job.State.DONE, result__machine=platform.node())
    for name, result in done.order_by("-job__finished_at").values_list("name", "result")[:5]:
        recorded = (result or {}).get("pace") or {}
        if recorded.get("step_s"):
            return Pace(recorded["step_s"], recorded.get("rest_s") or REST_S, name)
    return Pace()


def estimate(data: readings_of.Data, *, steps: int | None, minutes: float | None) -> dict[str, Any]:
    """{counts, seconds, sentence, problem}: how much there is to learn from, how long it takes in words, and in words
    why it cannot start, else None."""
    known = pace()
    seconds = known.rest_s + (steps * known.step_s if steps else 60 * (minutes or USUAL_MINUTES))
    try:
        counts = readings_of.counted(readings_of.readings(data))
    except Problem as problem:
        return {"counts": readings_of.NONE, "seconds": None, "sentence": "", "problem": in_words(problem)}
    problem_now = hindrance(data)
    by = f"by the pace of “{known.of}” here" if known.of else "as no run has finished on this machine yet, a guess"
    return {
        "counts": counts,
        "seconds": round(seconds),
        "sentence": f"{'About' if steps else 'At most'} {duration(seconds)}, {by}.",
        "problem": in_words(problem_now) if problem_now else None,
    }


def hindrance(data: readings_of.Data) -> Problem | None:
    """Why a run on these data cannot start now."""
    try:
        if lacking := readings_of.lacking(readings_of.readings(data)):
            return lacking
    except Problem as problem:
        return problem
    free = shutil.disk_usage(_on_disk()).free
    if free < ROOM_BYTES:
        return Problem(
            "disk-full",
            "There is too little room on the server's disk.",
            f"{free // 1_000_000} MB are free, and a training needs {ROOM_BYTES // 1_000_000} MB. Make room first.",
            code=507,
        )
    return None


def in_words(problem: Problem) -> str:
    return f"{problem.title} {problem.detail}".strip()


def duration(seconds: float) -> str:
    """40 seconds, 6 minutes, 2 hours 10 minutes."""
    if seconds < 90:
        return f"{max(10, round(seconds, -1)):.0f} seconds"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if not hours:
        return plural(minutes, "minute")
    return " ".join([plural(hours, "hour")] + ([plural(rest, "minute")] if rest else []))


def _on_disk() -> Path:
    """The nearest folder above the runs' that is there already."""
    path = Path(settings.STATE_DIR)
    while not path.exists():
        path = path.parent
    return path
