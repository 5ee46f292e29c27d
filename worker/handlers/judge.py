"""The gate: `python -m ml gate` as a child compares a version with what serves, and its verdict is kept."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.core.lease import Lease
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import store
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.training import folders, selectors, services
from gazeapp.training.models import Verdict
from worker.child import Ended, run_child

ML = (sys.executable, "-m", "ml")  # tests put another program here
STAGE = "judging"


# A path, an option, a command or the name of a file.
NOT_PLAIN = re.compile(r"[/\\]|(?<![\w-])--?[a-z]|python -m|\.(?:ya?ml|jsonl?|safetensors|csv|py)\b", re.IGNORECASE)


class ChildDied(Exception):
    """It was killed, or ended with an error that it does not explain: a strike."""


def judge(lease: Lease) -> None:
    """Inputs: ``version``. Beside what serves now, whatever served when it was asked for."""
    version = ModelVersion.objects.filter(pk=lease.inputs["version"]).first()
    if version is None:
        raise Problem("model-unknown", "There is no such model version.", code=410)
    champion = services.serving()
    if champion == version:  # it was promoted while this waited
        lease.finish()
        return
    folder = folders.of(f"judge-{lease.job.pk}")
    with folders.locked(folder, lease.check):
        comparison = compare(lease, version, champion, folder, lambda done, of: _at(lease, done, of))
    lease.finish(lambda: _store(version, champion, comparison))
    shutil.rmtree(folder, ignore_errors=True)


def _at(lease: Lease, done: int, of: int) -> None:
    """The job's row in hundredths; whoever looks on is told in numbers, as by a training that judges what it made."""
    lease.stage(STAGE, round(done / of, 2))
    lease.emit(selectors.STAGE_EVENT, {"stage": STAGE, "done": done, "of": of}, replace=True)


def _store(version: ModelVersion, champion: ModelVersion, comparison: dict[str, Any]) -> None:
    services.store_verdict(version=version, champion=champion, comparison=comparison)


def compare(
    lease: Lease,
    version: ModelVersion,
    champion: ModelVersion,
    folder: Path,
    on_progress: Callable[[int, int], None],
) -> dict[str, Any]:
    """What the gate says of a version beside the champion; ``on_progress`` hears how far it is.

    Raises:
        Problem: model-gone, model-damaged; gate-refused; ChildDied.
    """
    refused: list[str] = []

    def on_line(line: dict[str, Any]) -> None:
        if line.get("event") == "refused":
            refused.append(str(line.get("message")))
        elif line.get("of"):
            on_progress(int(line.get("done") or 0), int(line["of"]))

    out = folder / folders.VERDICT
    out.unlink(missing_ok=True)
    command = [
        *ML, "gate",
        "--champion", str(store.checked(champion)),
        "--candidate", str(store.checked(version)),
        "--out", str(out),
        "--progress", str(folder / folders.GATE),
        "--threads", str(settings.TRAIN_THREADS),
    ]  # fmt: skip
    ended = run_child(
        lease,
        command,
        log=folder / folders.LOG,
        progress=folder / folders.GATE,
        on_line=on_line,
        threads=settings.TRAIN_THREADS,
    )
    if refused:
        raise Problem("gate-refused", "The gate could not judge this version.", plainly(refused[-1]), code=422)
    if ended.code:
        died(lease, ended, "judgement")
    comparison: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return comparison


def plainly(message: object) -> str:
    """What a child says of a refusal, unless it speaks of the command line or of files of the server."""
    words = str(message or "")
    if not words or NOT_PLAIN.search(words):
        return "Its log says why; whoever runs the server can look at it."
    return words


def has_verdict(version: ModelVersion, champion: ModelVersion) -> Verdict | None:
    return Verdict.objects.filter(version=version, champion=champion).order_by("-pk").first()


def died(lease: Lease, ended: Ended, what: str) -> None:
    """Its child was killed or broke: tried again, and at the last try said in words.

    Raises:
        ChildDied; Problem: child-killed, child-broke.
    """
    if lease.job.strikes + 1 < settings.JOB_STRIKES:
        raise ChildDied(f"the {what} ended with {ended.code}")
    times = f"{settings.JOB_STRIKES} times in a row, without getting further"
    if ended.code < 0:
        raise Problem(
            "child-killed",
            f"The {what} was killed.",
            f"That happened {times}; most often the server's memory has run out. Free some, then start it again.",
            code=507,
        )
    raise Problem(
        "child-broke",
        f"The {what} ended with an error.",
        f"That happened {times}. Its log says what happened; whoever runs the server must look at it.",
        code=500,
    )
