"""The machine at a glance, for admins: who works, what waits, what failed, what the machine has left, what waits for a
person. Reads only; a part that cannot be read is told of and does not take the others along."""

from __future__ import annotations

import logging
import shutil
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, Min, OuterRef, Q
from django.utils import timezone

from gazeapp.core import canary, presence, registry
from gazeapp.core.models import Job
from gazeapp.core.presence import WorkerStatus

log = logging.getLogger(__name__)

FAILURES_FOR = timedelta(days=1)
FAILURES_SHOWN = 20


def overview(user: Any) -> dict[str, Any]:
    """Everything, as the API shows it. ``user`` is the admin who looks."""
    broker = _broker()
    seen = _statuses() if broker["ok"] else []
    return {
        "workers": _workers(seen),
        "queues": _queues(seen),
        "clock": {"ok": broker["ok"] and _answered(canary.BEAT)},
        "starting": broker["ok"] and _answered(canary.STARTING),
        "disk": _disk(),
        "broker": broker,
        "database": _database(),
        **_failures(),
        "people": {"without_role": registry.load(registry.PEOPLE_WITHOUT_ROLE)()},
        "quarantine": registry.load(registry.WAITING["quarantine"])(user),
        **_of_other_apps(),
    }


# --- who works, and what waits ----------------------------------------------------------------------------------------


def _statuses() -> list[tuple[WorkerStatus, float]]:
    try:
        return presence.statuses(settings.CELERY_BROKER_URL)
    except (redis.RedisError, ValueError, TypeError, KeyError):  # of another version, perhaps
        log.exception("could not read who works")
        return []


def _answered(name: str) -> bool:
    """Whether that canary was answered: by the beat, which wakes the reconciler, or by a supervisor at its start."""
    try:
        return canary.answered(settings.CELERY_BROKER_URL, name)
    except redis.RedisError:
        return False


def _workers(seen: list[tuple[WorkerStatus, float]]) -> list[dict[str, Any]]:
    """One row a process. Those that have the same name are numbered."""
    working = Job.objects.filter(pk__in=[status.job for status, _ in seen if status.job], state=Job.State.RUNNING)
    jobs = {str(job.pk): job for job in working}
    of_name, count = Counter(status.name for status, _ in seen), Counter[str]()
    rows = []
    for status, seconds in seen:
        count[status.name] += 1
        name = status.name if of_name[status.name] == 1 else f"{status.name} {count[status.name]}"
        job = jobs.get(status.job or "")
        rows.append(
            {
                "name": name,
                "queues": status.queues,
                "host": status.host,
                "pid": status.pid,
                "started_at": status.started_at,
                "memory_mb": status.memory_mb,
                "job": _work(job) if job else None,
                "seen_s": round(seconds, 1),
            }
        )
    return rows


def _work(job: Job) -> dict[str, Any]:
    return {
        "id": str(job.pk),
        "kind": job.kind,
        "words": registry.words_of(job.kind),
        "stage": job.stage,
        "progress": job.progress,
        "since": job.started_at,
        "subject": job.subject,
    }


def _queues(seen: list[tuple[WorkerStatus, float]]) -> list[dict[str, Any]]:
    """One row a queue. ``later`` of those that wait are for later: nobody waits for them."""
    now = timezone.now()
    waits = Q(state=Job.State.QUEUED)
    counted = Job.objects.filter(state__in=Job.ACTIVE).values("queue")
    found: dict[str, Any] = {
        row["queue"]: row
        for row in counted.annotate(
            waiting=Count("pk", filter=waits),
            for_later=Count("pk", filter=waits & Q(later=True)),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            oldest=Min("queued_at", filter=waits),
            oldest_awaited=Min("queued_at", filter=waits & Q(later=False)),
        ).order_by("queue")
    }
    rows = []
    for queue in Job.Queue.values:
        row = found.get(queue, {})
        rows.append(
            {
                "queue": queue,
                "waiting": row.get("waiting", 0),
                "later": row.get("for_later", 0),
                "running": row.get("running", 0),
                "oldest_s": _age_s(now, row.get("oldest")),
                "oldest_awaited_s": _age_s(now, row.get("oldest_awaited")),
                "workers": sum(queue in status.queues for status, _ in seen),
            }
        )
    return rows


def _age_s(now: datetime, moment: datetime | None) -> int | None:
    return None if moment is None else max(0, round((now - moment).total_seconds()))


# --- the machine ------------------------------------------------------------------------------------------------------


def _disk() -> dict[str, Any]:
    """Of the disk that holds films, models and trainings."""
    usage = shutil.disk_usage(settings.STATE_DIR)
    low = usage.free < settings.DISK_LOW_BYTES
    return {"free_bytes": usage.free, "total_bytes": usage.total, "low": low}


def _broker() -> dict[str, Any]:
    began = time.monotonic()
    ok = canary.reachable(settings.CELERY_BROKER_URL)
    return {"ok": ok, "ms": _ms_since(began) if ok else None}


def _database() -> dict[str, Any]:
    """That it answers is sure by now; how long it takes is measured, as is what it holds."""
    began = time.monotonic()
    Job.objects.order_by("pk").values_list("pk", flat=True).first()
    return {
        "kind": {"sqlite": "SQLite", "postgresql": "PostgreSQL"}.get(connection.vendor, connection.vendor),
        "ok": True,
        "ms": _ms_since(began),
        "size_bytes": _database_bytes(),
    }


def _database_bytes() -> int:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return int(cursor.fetchone()[0])
    name = str(connection.settings_dict["NAME"])
    return sum(path.stat().st_size for end in ("", "-wal") if (path := Path(name + end)).exists())


def _ms_since(began: float) -> float:
    return round(1000 * (time.monotonic() - began), 1)


# --- what failed ------------------------------------------------------------------------------------------------------


def _failures() -> dict[str, Any]:
    """Jobs that failed in the last day and whose work was not done since, newest first.

    ``refused``: what was sent in is at fault (a file that is no film), so that trying again will not help.
    """
    done_since = Job.objects.filter(
        subject=OuterRef("subject"), key=OuterRef("key"), state=Job.State.DONE, finished_at__gt=OuterRef("finished_at")
    )
    failed = Job.objects.filter(
        ~Exists(done_since), state=Job.State.FAILED, finished_at__gte=timezone.now() - FAILURES_FOR
    )
    newest = failed.select_related("owner").order_by("-finished_at", "-pk")[:FAILURES_SHOWN]
    rows = [
        {
            "id": str(job.pk),
            "kind": job.kind,
            "words": registry.words_of(job.kind),
            "title": (job.error or {}).get("title", ""),
            "detail": (job.error or {}).get("detail", ""),
            "refused": 400 <= (job.error or {}).get("status", 500) < 500,
            "at": job.finished_at,
            "subject": job.subject,
            "owner": {"id": job.owner.pk, "name": str(job.owner)} if job.owner else None,
        }
        for job in newest
    ]
    return {"failures": rows, "failed": failed.count()}


# --- the other apps ---------------------------------------------------------------------------------------------------


def _of_other_apps() -> dict[str, Any]:
    """What the apps above say of themselves. One that is not installed is left out, and so is one that cannot answer:
    its name is in ``unread``."""
    parts: dict[str, Any] = {}
    unread = []
    for name, path in registry.OVERVIEW.items():
        if not apps.is_installed(".".join(path.split(".")[:2])):
            continue
        try:
            parts[name] = registry.load(path)()
        except Exception:
            log.exception("the overview lacks %s", name)
            unread.append(name)
    return {**parts, "unread": unread}
