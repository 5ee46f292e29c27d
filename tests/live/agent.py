"""An agent inside the stack: a Django process on the live database that does what a test asks, one JSON line each.

The test process itself is on the test database, so it reaches the live one through this.
"""

from __future__ import annotations

import json
import os
import sys
import time
import uuid
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db import OperationalError, connection, transaction  # noqa: E402

from gazeapp.accounts.models import User  # noqa: E402
from gazeapp.accounts.services import make_person, make_token, set_roles  # noqa: E402
from gazeapp.cases.models import Case  # noqa: E402
from gazeapp.core import events, services  # noqa: E402
from gazeapp.core.models import Event, Job  # noqa: E402
from gazeapp.core.selectors import queue_place  # noqa: E402
from gazeapp.difficulty.models import Workload  # noqa: E402
from gazeapp.exports.models import Download  # noqa: E402
from gazeapp.scanpaths.models import FilmRegions  # noqa: E402
from tests.exports.small import small_release  # noqa: E402
from tests.live.gaze import gaze, set_of  # noqa: E402
from tests.live.teaching import (  # noqa: E402
    approved_case,
    crowd,
    ladder_set,
    practice_set,
    practised,
    readings_to_learn_from,
    simulated_readings,
    unseen_film,
)

AWAY_S = 20.0  # a database that is away is waited for this long; as long as SQLite waits for its lock


def living_connection() -> None:
    """Before each call: the connection of the last one may have died with its server, and nobody else looks."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()
    give_up_at = time.monotonic() + AWAY_S
    while True:
        try:
            connection.ensure_connection()
            return
        except OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.1)


def person(username: str, roles: list[str]) -> dict[str, Any]:
    """A new person, signed in: primary key, session cookie, API token."""
    user = make_person(username=username, password=None, roles=roles, by="test")
    return {"pk": user.pk, "cookie": session(username), "token": make_token(user=user)[1]}


def token(username: str) -> str:
    return str(make_token(user=User.objects.get(username=username))[1])


def large_release(username: str, size: int) -> str:
    """A ready release whose archive holds so many zeros, and whose terms this person accepted."""
    return str(small_release(User.objects.get(username=username), archive_bytes=size).pk)


def downloads(release: str) -> list[dict[str, Any]]:
    """What was taken of a release, in order."""
    return list(Download.objects.filter(release=release).order_by("id").values("file", "first_byte"))


def session(username: str) -> str:
    user = User.objects.get(username=username)
    store = SessionStore()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = "gazeapp.accounts.backends.PeopleBackend"
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def set_password(username: str, password: str) -> str:
    """Gives a session that is signed in with it."""
    user = User.objects.get(username=username)
    user.set_password(password)
    user.save()
    return session(username)


def deactivate(username: str) -> None:
    user = User.objects.get(username=username)
    user.is_active = False
    user.save()


def give_roles(username: str, roles: list[str]) -> None:
    set_roles(user=User.objects.get(username=username), roles=roles, by="test")


def publish(subject: str, times: int = 1, size: int = 0) -> int:
    """Events numbered by their own seq; ``size`` pads each with so many bytes."""
    for _ in range(times):
        seq = events.publish(subject, "said", {"pad": "x" * size})
    return seq


def ticks(subjects: list[str], times: int, gap: float) -> None:
    """Events that say when they were published (seconds since the epoch), to one subject after the other."""
    for _ in range(times):
        for subject in subjects:
            events.publish(subject, "tick", {"at": time.time()})
            time.sleep(gap)


def published_case() -> str:
    """The subject of a case that everybody may follow."""
    case = Case.objects.filter(state="ready").earliest("created_at")
    Case.objects.filter(pk=case.pk).update(published=True)
    return str(case.subject)


def listed_case(username: str, title: str) -> str:
    """A case without a film, told to its owner's list: enough for a page that lists cases."""
    case = Case.objects.create(owner=User.objects.get(username=username), title=title, state=Case.State.REFUSED)
    events.publish(f"user:{case.owner_id}", "case.listed", {"case": str(case.pk), "state": case.state})
    return str(case.pk)


def enqueue(queue: str, seconds: float, owner: str | None = None, subject: str = "", fail: int = 0) -> str:
    token = uuid.uuid4().hex
    row = services.enqueue(
        kind="sleep",
        queue=queue,
        subject=subject or f"test:{token}",
        owner=User.objects.get(username=owner) if owner else None,
        inputs={"seconds": seconds, "fail": fail},
        key=f"sleep:{token}",
    )
    return str(row.pk)


def enqueue_many(queue: str, seconds: float, count: int) -> list[str]:
    """That many jobs at once: one after the other they would take longer than what is ahead of them."""
    with transaction.atomic():
        return [enqueue(queue, seconds) for _ in range(count)]


def count(steps: int, seconds: float, queue: str = "train") -> str:
    """A job whose child counts so many steps of so many seconds."""
    token = uuid.uuid4().hex
    inputs = {"steps": steps, "seconds": seconds}
    row = services.enqueue(
        kind="count", queue=queue, subject=f"test:{token}", owner=None, inputs=inputs, key=f"count:{token}"
    )
    return str(row.pk)


def counted(id: str) -> dict[str, Any]:
    """How far it is, and what was said at its end: where the attempt that got there had begun."""
    row = Job.objects.get(pk=id)
    said = Event.objects.filter(subject=row.subject, type="counted").values_list("data", flat=True)
    return {"progress": row.progress, "strikes": row.strikes, "said": list(said)}


def mend(id: str) -> None:
    """Take away what made this job fail."""
    Job.objects.filter(pk=id).update(inputs={"seconds": 0.1, "fail": 0})


def job(id: str) -> dict[str, Any]:
    row = Job.objects.get(pk=id)
    slept = Event.objects.filter(subject=row.subject, type="slept").count()
    return {
        **{field: getattr(row, field) for field in ("state", "attempt", "strikes", "stage", "error")},
        "slept": slept,
        "place": queue_place(row),
        "finished": row.finished_at.timestamp() if row.finished_at else None,
    }


def workload_found(case: str) -> list[int]:
    """How many totals and counts of readings were found of a case's workload, the jobs for it, and what the ladder told
    of the case."""
    row = Workload.objects.get(film_sha256=Case.objects.values_list("film_id").get(pk=case)[0])
    told = Event.objects.filter(subject="ladder", type="ladder.moved", data__row__case=case)
    jobs = Job.objects.filter(kind="workload", inputs__workload=row.pk)
    return [len(row.totals), len(row.counts), jobs.count(), told.count()]


def regions_found(case: str) -> list[Any]:
    """How many named regions were found on a case's film, and why none."""
    film = Case.objects.get(pk=case).film_id
    (row,) = FilmRegions.objects.filter(film_sha256=film)
    return [len(row.boxes or {}), row.problem]


def lock_database(seconds: float) -> None:
    """SQLite: nobody else writes for so long."""
    with transaction.atomic():
        time.sleep(seconds)


def cancel(id: str) -> None:
    services.cancel(job=Job.objects.get(pk=id), by="test")


def numbers(subject: str) -> list[int]:
    return list(Event.objects.filter(subject=subject).order_by("seq").values_list("seq", flat=True))


CALLS: dict[str, Callable[..., Any]] = {
    f.__name__: f
    for f in (
        person,
        token,
        session,
        set_password,
        listed_case,
        deactivate,
        give_roles,
        publish,
        ticks,
        published_case,
        enqueue,
        enqueue_many,
        count,
        counted,
        mend,
        job,
        cancel,
        numbers,
        lock_database,
        regions_found,
        practice_set,
        practised,
        approved_case,
        simulated_readings,
        unseen_film,
        readings_to_learn_from,
        ladder_set,
        crowd,
        gaze,
        set_of,
        large_release,
        downloads,
        workload_found,
    )
}

if __name__ == "__main__":
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            living_connection()
            answer: Any = {"value": CALLS[asked.pop("call")](**asked)}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)
