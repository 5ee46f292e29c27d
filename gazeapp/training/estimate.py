"""When a run will start and how long it will take, before it is asked for, and why it cannot start."""

from __future__ import annotations

import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.core.turns import before_a_new_one
from gazeapp.training import data as readings_of
from gazeapp.training import selectors
from gazeapp.training.models import TrainingRun
from ml.data.plurals import plural

STEP_S, REST_S = 0.5, 120.0  # of a machine on which no run has finished: a step, and all that is no step
JUDGE_S = 60.0  # of a judgement by itself
USUAL_MINUTES = 3.0  # the trainer's own budget
ROOM_BYTES = 500_000_000  # of disk without which no run starts: data, checkpoints, the version's copy


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds a step, seconds of all that is no step, and the name of the run that both are of."""

    step_s: float = STEP_S
    rest_s: float = REST_S
    of: str = ""

    def seconds(self, steps: int | None, minutes: float | None) -> float:
        """How long a run of this budget takes."""
        return self.rest_s + (steps * self.step_s if steps else 60 * (minutes or USUAL_MINUTES))


def pace() -> Pace:
    """Of the last run that finished on this machine, else a stated default."""
    done = TrainingRun.objects.filter(job__state=Job.State.DONE, result__machine=platform.node())
    for name, result in done.order_by("-job__finished_at").values_list("name", "result")[:5]:
        recorded = (result or {}).get("pace") or {}
        if recorded.get("step_s"):
            return Pace(recorded["step_s"], recorded.get("rest_s") or REST_S, name)
    return Pace()


def estimate(data: readings_of.Data, *, steps: int | None, minutes: float | None, by: Any) -> dict[str, Any]:
    """{counts, seconds, sentence, starts_s, starts, problem}: how much there is to learn from, how long it takes, when
    it starts if ``by`` asks for it now, both in words too, and in words why it cannot start, else None."""
    known = pace()
    seconds = known.seconds(steps, minutes)
    starts_s, starts = queued(known, by)
    try:
        counts = readings_of.counted(readings_of.readings(data))
    except Problem as problem:
        nothing = {"counts": readings_of.NONE, "seconds": None, "sentence": "", "starts_s": 0, "starts": ""}
        return {**nothing, "problem": in_words(problem)}
    problem_now = hindrance(data)
    by = f"by the pace of “{known.of}” here" if known.of else "as no run has finished on this machine yet, a guess"
    return {
        "counts": counts,
        "seconds": round(seconds),
        "sentence": f"{'About' if steps else 'At most'} {duration(seconds)}, {by}.",
        "starts_s": round(starts_s),
        "starts": starts,
        "problem": in_words(problem_now) if problem_now else None,
    }


def queued(known: Pace, by: Any) -> tuple[float, str]:
    """When a run that ``by`` asks for now would start: the seconds that those before it take, and words for that. The
    runs of schedules that wait come after it, and those of somebody who has more of them in line."""
    before = before_a_new_one(queue=Job.Queue.TRAIN, owner=by, kind="train")
    runs = TrainingRun.objects.filter(job__in=before).select_related("job")
    judgements = before.filter(kind="judge").count()
    seconds = sum(_left(run, known) for run in runs) + judgements * JUDGE_S
    named = [plural(len(runs), "run")] if runs else []
    named += [plural(judgements, "judgement of the gate", "judgements of the gate")] if judgements else []
    if not named:
        return 0.0, ""
    wait = "that waits or runs" if len(runs) + judgements == 1 else "that wait or run"
    return seconds, f"Starts after {' and '.join(named)} {wait}, about {duration(seconds)}."


def _left(run: TrainingRun, known: Pace) -> float:
    """Seconds until a run that waits or runs is over."""
    left = selectors.eta_s(run)
    if left is not None:
        return left + known.rest_s / 2  # the other half came before its first step
    return known.seconds(run.steps, run.minutes) * (1 - (run.job.progress or 0.0))


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
