"""The machine at a glance, for admins: over HTTP, on the page, and in sentences."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import canary, navigation, overview_text, presence, registry, services
from gazeapp.core.models import Job
from gazeapp.core.presence import WorkerStatus
from gazeapp.core.problems import Problem
from gazeapp.core.templatetags import core_format

ClientFor = Callable[[Any], Any]
Queued = Callable[..., Job]
URL = settings.CELERY_BROKER_URL
STARTED = "2026-11-30T00:00:00+00:00"


def no_marks() -> None:
    with canary.client(URL) as broker:
        for key in (*broker.scan_iter("presence:*"), f"canary:{canary.BEAT}", f"canary:{canary.STARTING}"):
            broker.delete(key)


@pytest.fixture(autouse=True)
def nobody_works() -> Iterator[None]:
    no_marks()
    yield
    no_marks()


def works(*queues: str, pid: int = 1, job: Job | None = None) -> None:
    presence.publish(
        URL, WorkerStatus(queues[0], list(queues), "here", pid, STARTED, 250, str(job.pk) if job else None)
    )


def all_is_well() -> None:
    """A worker hears each queue, and the clock goes."""
    for number, queue in enumerate(Job.Queue.values, start=10):
        works(queue, pid=number)
    canary.answer(URL, canary.BEAT)


@pytest.fixture
def look(cast: SimpleNamespace, client_for: ClientFor) -> Callable[[], dict[str, Any]]:
    def now() -> dict[str, Any]:
        answer = client_for(cast.admin).get("/api/v1/overview/")
        assert answer.status_code == 200
        seen: dict[str, Any] = answer.json()
        return seen

    return now


Look = Callable[[], dict[str, Any]]


@pytest.fixture
def failed(queued: Queued) -> Callable[..., Job]:
    """A job that failed so long ago, with this problem."""

    def make(code: int = 500, ago: timedelta = timedelta(hours=1), error: bool = True, **more: Any) -> Job:
        job = queued(**more)
        problem = Problem("worker-lost", "This did not finish.", "Its worker stopped.", code=code).to_dict()
        Job.objects.filter(pk=job.pk).update(
            state=Job.State.FAILED, finished_at=timezone.now() - ago, error=problem if error else None
        )
        return job

    return make


# --- who works --------------------------------------------------------------------------------------------------------


def test_every_process_that_works_is_a_row_and_those_of_one_name_are_numbered(look: Look) -> None:
    works("io", pid=4)
    works("io", pid=3)
    works("train", pid=9)
    rows = look()["workers"]
    assert [(row["name"], row["pid"]) for row in rows] == [("io 1", 3), ("io 2", 4), ("train", 9)]
    assert {**rows[2], "seen_s": 0} == {
        "name": "train",
        "queues": ["train"],
        "host": "here",
        "pid": 9,
        "started_at": STARTED,
        "memory_mb": 250,
        "job": None,
        "seen_s": 0,
    }


def test_a_worker_says_in_words_what_it_does(look: Look, queued: Queued) -> None:
    job = queued(kind="ingest", subject="case:1")
    lease = services.claim("io")
    assert lease is not None
    lease.stage("opening", 0.25)
    works("io", job=job)
    assert look()["workers"][0]["job"] == {
        "id": str(job.pk),
        "kind": "ingest",
        "words": "takes in a film",
        "stage": "opening",
        "progress": 0.25,
        "since": Job.objects.get().started_at.isoformat().replace("+00:00", "Z"),
        "subject": "case:1",
    }


def test_a_worker_does_nothing_any_more_when_its_job_is_over(look: Look, queued: Queued) -> None:
    """The database knows before its next mark comes."""
    job = queued()
    lease = services.claim("io")
    assert lease is not None
    lease.finish()
    works("io", job=job)
    assert look()["workers"][0]["job"] is None


def test_marks_that_are_not_understood_do_not_take_the_page_along(look: Look) -> None:
    with canary.client(URL) as broker:
        broker.set("presence:here:1", '{"name": "from another version"}', ex=20)
    assert look()["workers"] == []


# --- what waits -------------------------------------------------------------------------------------------------------


def test_each_queue_says_what_waits_what_runs_and_for_how_long(look: Look, queued: Queued) -> None:
    ago = {name: timezone.now() - timedelta(seconds=s) for name, s in (("old", 500), ("newer", 300), ("later", 900))}
    for name, moment in ago.items():
        job = queued(later=name == "later")
        Job.objects.filter(pk=job.pk).update(queued_at=moment)
    works("io")
    works("io", pid=2)
    (queue,) = [row for row in look()["queues"] if row["queue"] == "io"]
    assert 900 <= queue.pop("oldest_s") < 910
    assert 500 <= queue.pop("oldest_awaited_s") < 510
    assert queue == {"queue": "io", "waiting": 3, "later": 1, "running": 0, "workers": 2}
    assert services.claim("io") is not None  # the oldest of those that somebody waits for
    (queue,) = [row for row in look()["queues"] if row["queue"] == "io"]
    assert (queue["waiting"], queue["running"]) == (2, 1)
    assert 300 <= queue["oldest_awaited_s"] < 310


def test_a_queue_without_jobs_is_there_too(look: Look) -> None:
    assert [row["queue"] for row in look()["queues"]] == ["predict", "train", "io"]
    assert look()["queues"][1] == {
        "queue": "train",
        "waiting": 0,
        "later": 0,
        "running": 0,
        "oldest_s": None,
        "oldest_awaited_s": None,
        "workers": 0,
    }


# --- the machine ------------------------------------------------------------------------------------------------------


def test_the_machine_says_what_it_has_left_and_how_fast_it_answers(look: Look) -> None:
    seen = look()
    assert 0 < seen["disk"]["free_bytes"] < seen["disk"]["total_bytes"]
    assert seen["broker"]["ok"] is True
    assert seen["broker"]["ms"] > 0
    assert seen["database"]["kind"] in {"SQLite", "PostgreSQL"}
    assert seen["database"]["size_bytes"] > 100_000
    assert seen["database"]["ms"] > 0


def test_a_disk_is_low_below_its_limit_and_not_at_it(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = SimpleNamespace(free=5000, total=10_000)
    monkeypatch.setattr("gazeapp.core.overview.shutil.disk_usage", lambda path: usage)
    monkeypatch.setattr(settings, "DISK_LOW_BYTES", 5000)
    assert look()["disk"] == {"free_bytes": 5000, "total_bytes": 10_000, "low": False}
    monkeypatch.setattr(settings, "DISK_LOW_BYTES", 5001)
    assert look()["disk"]["low"] is True


def test_a_broker_that_does_not_answer_is_told_of(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    all_is_well()
    monkeypatch.setattr(settings, "CELERY_BROKER_URL", "redis://127.0.0.1:1/0")
    seen = look()
    assert (seen["broker"], seen["clock"], seen["workers"]) == ({"ok": False, "ms": None}, {"ok": False}, [])


def test_the_clock_goes_while_it_is_heard(look: Look) -> None:
    assert look()["clock"] == {"ok": False}
    canary.answer(URL, canary.BEAT)
    assert look()["clock"] == {"ok": True}


# --- what failed ------------------------------------------------------------------------------------------------------


def test_what_failed_in_the_last_day_is_told_newest_first(
    look: Look, failed: Callable[..., Job], cast: SimpleNamespace
) -> None:
    failed(ago=timedelta(hours=25))
    older = failed(kind="predict", subject="case:1", owner=cast.resident, ago=timedelta(hours=23))
    newer = failed(kind="train", ago=timedelta(hours=2))
    seen = look()
    assert [row["id"] for row in seen["failures"]] == [str(newer.pk), str(older.pk)]
    assert seen["failed"] == 2
    row = seen["failures"][1]
    assert row.pop("at").endswith("Z")
    assert row == {
        "id": str(older.pk),
        "kind": "predict",
        "words": "predicts a reading",
        "title": "This did not finish.",
        "detail": "Its worker stopped.",
        "refused": False,
        "subject": "case:1",
        "owner": {"id": cast.resident.pk, "name": "resident"},
    }


def test_what_was_started_again_has_not_failed_any_more(look: Look, failed: Callable[..., Job]) -> None:
    services.retry(job=failed(), by="test")
    assert look()["failures"] == []


def test_what_was_asked_for_again_and_done_has_not_failed_any_more(
    look: Look, failed: Callable[..., Job], queued: Queued
) -> None:
    failed(key="reading", subject="case:1")
    failed(key="another reading", subject="case:1")
    queued(key="reading", subject="case:1")
    lease = services.claim("io")
    assert lease is not None
    lease.finish()
    assert [Job.objects.get(pk=row["id"]).key for row in look()["failures"]] == ["another reading"]


@pytest.mark.parametrize(("code", "refused"), [(422, True), (410, True), (500, False), (507, False)])
def test_what_somebody_sent_in_wrong_is_told_apart_from_what_is_ours(
    look: Look, failed: Callable[..., Job], code: int, refused: bool
) -> None:
    failed(code)
    assert look()["failures"][0]["refused"] is refused


def test_a_failure_without_a_reason_is_ours(look: Look, failed: Callable[..., Job]) -> None:
    failed(error=False)
    row = look()["failures"][0]
    assert (row["title"], row["detail"], row["refused"]) == ("", "", False)


# --- people, and the other apps ---------------------------------------------------------------------------------------


def test_active_people_without_a_role_are_counted_and_found(
    look: Look, cast: SimpleNamespace, client_for: ClientFor
) -> None:
    assert look()["people"] == {"without_role": 1}  # the outsider
    listed = client_for(cast.admin).get("/people/?role=none").text
    assert "outsider" in listed
    assert "second_resident" not in listed
    cast.outsider.is_active = False
    cast.outsider.save()
    assert look()["people"] == {"without_role": 0}


def test_films_in_quarantine_are_counted(look: Look, cast: SimpleNamespace) -> None:
    Case.objects.create(owner=cast.resident, title="x", state=Case.State.QUARANTINED)
    assert look()["quarantine"] == 1


def requests() -> dict[str, int]:
    return {"requests": 3, "releases": 1}


def broken() -> dict[str, int]:
    raise ValueError("no such column")


def test_other_apps_say_what_they_have_and_one_that_cannot_takes_nobody_along(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "gazeapp.core.registry"
    monkeypatch.setattr(registry, "requests", requests, raising=False)
    monkeypatch.setattr(registry, "broken", broken, raising=False)
    parts = {"data": f"{here}.requests", "models": f"{here}.broken", "else": "gazeapp.not_installed.selectors.overview"}
    monkeypatch.setattr(registry, "OVERVIEW", parts)
    seen = look()
    assert seen["data"] == {"requests": 3, "releases": 1}
    assert seen["unread"] == ["models"]
    assert "models" not in seen
    assert "else" not in seen


def test_every_kind_of_job_has_words() -> None:
    from worker.handlers import HANDLERS

    assert set(HANDLERS) <= set(registry.JOB_WORDS)
    assert registry.words_of("unheard of") == "unheard of"


# --- in sentences -----------------------------------------------------------------------------------------------------

WELL: dict[str, Any] = {
    "queues": [
        {"queue": queue, "waiting": 0, "running": 0, "oldest_awaited_s": None, "workers": 1}
        for queue in ("predict", "train", "io")
    ],
    "clock": {"ok": True},
    "starting": False,
    "broker": {"ok": True},
    "disk": {"low": False, "free_bytes": 10**9},
    "unread": [],
    "failures": [],
    "people": {"without_role": 0},
    "quarantine": 0,
}


def changed(**more: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WELL), **more}


def queue(place: int, **more: Any) -> dict[str, Any]:
    data = changed()
    data["queues"][place].update(more)
    return data


def wrong(data: dict[str, Any]) -> list[str]:
    return [said.words for said in overview_text.wrong(data)]


def test_a_machine_that_is_well_has_nothing_wrong() -> None:
    assert wrong(WELL) == []
    assert overview_text.waits(WELL) == []


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (queue(1, workers=0), "No worker hears queue train."),
        (queue(1, workers=0, waiting=1, oldest_awaited_s=9999), "No worker hears queue train. 1 job waits."),
        (queue(1, workers=0, waiting=3), "No worker hears queue train. 3 jobs wait."),
        (
            changed(clock={"ok": False}),
            "The clock (beat) is not heard: schedules stand still, and lost work is not taken back.",
        ),
        (
            changed(disk={"low": True, "free_bytes": 1_288_490_189}),
            "The disk is nearly full: 1.2\xa0GB are left. Films, trainings and releases fail when it is full.",
        ),
        (queue(0, oldest_awaited_s=601), "Somebody has waited 10 minutes for queue predict."),
        (queue(1, oldest_awaited_s=601), "Somebody has waited 10 minutes for queue train."),
        (changed(unread=["models"]), "What models would say here could not be read; the web server's log says why."),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(data: dict[str, Any], words: str) -> None:
    assert wrong(data) == [words]


@pytest.mark.parametrize(
    "data", [queue(0, oldest_awaited_s=600), queue(1, oldest_awaited_s=9999, running=1)], ids=["not long", "training"]
)
def test_a_wait_that_is_not_long_or_behind_a_training_is_not_wrong(data: dict[str, Any]) -> None:
    assert wrong(data) == []


def test_without_a_broker_nothing_is_said_of_those_who_are_heard_through_it() -> None:
    data = changed(broker={"ok": False}, clock={"ok": False})
    for row in data["queues"]:
        row["workers"] = 0
    assert wrong(data) == ["The broker does not answer. Work is still accepted, and starts when it is back."]


def test_while_it_starts_nobody_is_missed(look: Look) -> None:
    canary.answer(URL, canary.STARTING)
    seen = look()
    assert seen["starting"] is True
    assert wrong(seen) == []
    assert wrong({**seen, "disk": {"low": True, "free_bytes": 1}}) != []


def test_what_waits_for_an_admin_is_counted_in_words_and_leads_there(db: None) -> None:
    data = changed(
        failures=[{"refused": False}, {"refused": True}],
        data={"requests": 2},
        people={"without_role": 1},
        quarantine=3,
    )
    assert [(said.words, said.address) for said in overview_text.waits(data)] == [
        ("1 job failed", "#failures"),
        ("2 requests for data", "/data/"),
        ("1 person has no role yet", "/people/?role=none"),
        ("3 films in quarantine", "/quarantine/"),
    ]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "119 min"), (7200, "2 h"), (172_799, "47 h"), (172_800, "2 d")],
)
def test_times_are_said_in_their_largest_unit(seconds: float, words: str) -> None:
    assert core_format.seconds(seconds) == words


def test_sizes_are_said_as_people_say_them() -> None:
    assert [core_format.mebibytes(value) for value in (999, 1000, 1229)] == ["999 MB", "1.0 GB", "1.2 GB"]


# --- the page ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def page(cast: SimpleNamespace, client_for: ClientFor) -> Callable[[], str]:
    def text() -> str:
        answer = client_for(cast.admin).get("/overview/")
        assert answer.status_code == 200
        return " ".join(answer.content.decode().split())

    return text


def test_it_is_where_an_admin_begins(cast: SimpleNamespace, client_for: ClientFor) -> None:
    assert client_for(cast.admin).get("/")["Location"] == "/overview/"


@pytest.mark.parametrize("role", navigation.BARS)
def test_nothing_stands_twice_in_a_bar(role: str) -> None:
    views = [entry.view for entry in navigation.BARS[role]]
    assert sorted(views) == sorted(set(views))


def test_when_all_is_well_it_says_so_calmly(page: Callable[[], str], cast: SimpleNamespace) -> None:
    all_is_well()
    cast.outsider.is_active = False
    cast.outsider.save()
    text = page()
    assert "Everything runs, and nothing waits for you." in text
    assert "Failed in the last day" not in text


def test_when_it_has_just_started_it_says_so_instead(page: Callable[[], str], cast: SimpleNamespace) -> None:
    canary.answer(URL, canary.STARTING)
    cast.outsider.is_active = False
    cast.outsider.save()
    text = page()
    assert "has just started" in text
    assert "Everything runs" not in text
    assert 'class="bad"' not in text


def test_it_leads_from_a_failure_to_its_case_and_offers_to_try_again(
    page: Callable[[], str], failed: Callable[..., Job]
) -> None:
    all_is_well()
    case = "00000000-0000-4000-8000-000000000000"
    job = failed(kind="predict", subject=f"case:{case}")
    text = page()
    assert f'<a href="/cases/{case}/">Predicts a reading</a>' in text
    assert "This did not finish." in text
    assert f'id="retry-{job.pk}"' in text
    assert "Everything runs. This waits for you:" in text


def test_a_worker_that_is_not_heard_any_more_is_marked(
    page: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    works("io")
    assert "not heard for" not in page()
    monkeypatch.setattr(overview_text, "SILENT_S", -1.0)
    assert "not heard for" in page()


def test_the_jobs_page_says_in_words_what_a_job_does(
    cast: SimpleNamespace, client_for: ClientFor, queued: Queued
) -> None:
    queued(kind="ingest")
    assert "Takes in a film" in client_for(cast.admin).get("/jobs/").text
