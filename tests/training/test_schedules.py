"""Schedules: when they are due, what they start, and why they start nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry
from rest_framework.test import APIClient

from gazeapp.core.models import AuditEvent, Job
from gazeapp.scanpaths import selectors as scanpaths
from gazeapp.scanpaths import store
from gazeapp.training import services, slots
from gazeapp.training.models import Schedule, Slot, TrainingRun
from ml.medgaze.model_info import WEIGHTS
from tests.ratings.study import film_case, path, reading
from tests.scanpaths.versions import flip_a_byte
from tests.training.conftest import CONSENTED, Room, again
from worker import scheduled, tasks

pytestmark = pytest.mark.django_db
API = "/api/v1/training/schedules/"
SUNDAY = datetime(2024, 6, 2, 2, 0, tzinfo=UTC)  # a Sunday, at the schedule's time
WEEKLY = {"name": "Weekly", "weekday": 6, "hour": 2, "minute": 0, "at_least": 3, "data": CONSENTED}


@pytest.fixture
def weekly(room: Room) -> Schedule:
    """Sundays at two, if three readings are new; made long before."""
    return made_before(services.make_schedule(by=room.cast.admin, **WEEKLY))


def made_before(schedule: Schedule) -> Schedule:
    Schedule.objects.filter(pk=schedule.pk).update(timed_at=SUNDAY - timedelta(days=30))
    schedule.refresh_from_db()
    return schedule


def due(schedule: Schedule, at: datetime = SUNDAY) -> Slot | None:
    return services.start_scheduled(str(schedule.pk), now=at)


def one_more(room: Room) -> None:
    """A reading that was not there before."""
    case = film_case(room.cast.faculty, 40, published=True)
    reading(case, room.readings[0].recording.reader, path(4), source="simulated")


# --- times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "weekday", "last", "following"),
    [
        # 2024-06-02 is a Sunday.
        ("2024-06-02 01:58", 6, "2024-05-26", "2024-06-02"),
        ("2024-06-02 01:59", 6, "2024-06-02", "2024-06-02"),  # within a minute: the other machine's clock is ahead
        ("2024-06-02 02:00", 6, "2024-06-02", "2024-06-09"),
        ("2024-06-05 12:00", 6, "2024-06-02", "2024-06-09"),
        ("2024-06-05 12:00", 0, "2024-06-03", "2024-06-10"),
        ("2024-06-05 12:00", 2, "2024-06-05", "2024-06-12"),
        ("2024-06-05 01:00", None, "2024-06-04", "2024-06-05"),
        ("2024-06-05 12:00", None, "2024-06-05", "2024-06-06"),
    ],
)
def test_the_last_and_the_next_time_of_a_schedule(now: str, weekday: int | None, last: str, following: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)

    def two_o_clock(day: str) -> datetime:
        return datetime.fromisoformat(f"{day} 02:00").replace(tzinfo=UTC)

    assert slots.last_due(at, weekday, 2, 0) == two_o_clock(last)
    assert slots.next_due(at, weekday, 2, 0) == two_o_clock(following)


def test_the_clocks_own_idea_of_its_days_is_ours(weekly: Schedule) -> None:
    """Celery's crontab is due at the same moments: on Sunday at two, and in the hour before not."""
    schedule = weekly.task.schedule
    schedule.nowfun = lambda: SUNDAY
    assert schedule.is_due(SUNDAY - timedelta(days=1)).is_due
    schedule.nowfun = lambda: SUNDAY - timedelta(minutes=1)
    assert not schedule.is_due(SUNDAY - timedelta(days=1)).is_due
    assert [slots.cron_day(day) for day in (None, 0, 5, 6)] == ["*", "1", "6", "0"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((6, 2, 0, 200), "Sundays 02:00 UTC if 200 new readings"),
        ((0, 13, 5, 1), "Mondays 13:05 UTC if 1 new reading"),
        ((None, 0, 30, 7), "Every day 00:30 UTC if 7 new readings"),
    ],
)
def test_a_schedule_is_said_in_words(given: Any, words: str) -> None:
    assert slots.sentence(*given) == words


# --- what happens when it is due --------------------------------------------------------------------------------------


def test_it_starts_a_run_when_enough_is_new(weekly: Schedule, room: Room) -> None:
    slot = due(weekly)
    assert slot is not None and slot.run is not None
    run = slot.run
    assert (run.name, run.schedule, run.by, run.data) == ("Weekly, 02 June 2024", weekly, None, CONSENTED)
    assert (slot.at, run.parent, run.promote) == (SUNDAY, room.models.champion, False)
    assert AuditEvent.objects.get(verb="training.create").actor == f"schedule:{weekly.pk}"
    assert run.job.later, "what a person asks for goes first"
    assert room.work(run).job.state == "done"  # type: ignore[union-attr]


def test_two_clocks_start_one_run(weekly: Schedule) -> None:
    first = due(weekly)
    assert due(weekly, SUNDAY + timedelta(minutes=3)) is None
    assert TrainingRun.objects.count() == 1 and first is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        Slot.objects.create(schedule=weekly, at=SUNDAY, words="Again.")


def test_a_second_clock_leaves_alone_what_the_first_wrote_down(weekly: Schedule, room: Room) -> None:
    """Too little was new for the first; for the second there would be enough."""
    Schedule.objects.update(at_least=6)
    slot = due(weekly)
    assert slot is not None and slot.run is None
    one_more(room)
    assert due(weekly, SUNDAY + timedelta(minutes=3)) is None
    assert not TrainingRun.objects.exists()


def test_it_says_why_no_run_was_started(weekly: Schedule, admin: APIClient, room: Room) -> None:
    room.work(due(weekly).run)  # type: ignore[union-attr]
    following = due(weekly, SUNDAY + timedelta(days=7))
    assert following is not None and following.run is None
    assert following.words == "No run was started. 0 new readings were there, and it waits for 3."
    last = admin.get(f"{API}{weekly.pk}/").json()["last"]
    assert (last["run"], last["words"]) == (None, following.words)


def test_new_is_what_no_run_has_learnt_from_that_was_not_given_up(
    weekly: Schedule, admin: APIClient, room: Room
) -> None:
    def new() -> int:
        found: int = admin.get(f"{API}{weekly.pk}/").json()["new_readings"]
        return found

    assert new() == 5
    room.fate(refuse="diverged")
    run = room.work(due(weekly).run)  # type: ignore[union-attr]
    assert run is not None and run.job.state == "failed"
    assert new() == 5
    room.fate()
    services.resume_run(run=run, by=room.cast.admin)
    room.work(run)
    assert new() == 0
    one_more(room)
    assert new() == 1


def test_it_starts_nothing_while_its_run_before_is_not_over(weekly: Schedule) -> None:
    due(weekly)
    following = due(weekly, SUNDAY + timedelta(days=7))
    assert following is not None
    assert following.words == "No run was started. The run before it is not over yet."


def test_what_hinders_any_run_hinders_it_too_and_is_written_down(
    weekly: Schedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gazeapp.training.estimate.ROOM_BYTES", 10**18)
    slot = due(weekly)
    assert slot is not None and slot.run is None
    assert slot.words.startswith("No run was started. There is too little room on the server's disk.")


def test_too_few_films_start_no_run_and_it_says_how_many_are_needed(weekly: Schedule, room: Room) -> None:
    room.readings[0].recording.delete()
    slot = due(weekly)
    assert slot is not None and slot.run is None
    assert slot.words.startswith("No run was started. There is too little to learn from.")
    assert "of 4 films, and a training needs 5" in slot.words and len(slot.words) < 300


@pytest.mark.parametrize("why", ["deleted", "disabled", "moved"])
def test_a_message_that_comes_too_late_for_it_does_nothing(why: str, weekly: Schedule, room: Room) -> None:
    ident = str(weekly.pk)
    if why == "deleted":
        services.delete_schedule(schedule=weekly, by=room.cast.admin)
    elif why == "disabled":
        Schedule.objects.filter(pk=weekly.pk).update(enabled=False)
    else:
        Schedule.objects.filter(pk=weekly.pk).update(timed_at=SUNDAY + timedelta(hours=1))
    assert services.start_scheduled(ident, now=SUNDAY + timedelta(hours=2)) is None
    assert not TrainingRun.objects.exists() and not Slot.objects.exists()


def test_a_message_that_was_lost_is_made_good_by_the_sweep(weekly: Schedule) -> None:
    services.sweep()
    slot = Slot.objects.get()
    assert slot.run is not None
    services.sweep()
    assert TrainingRun.objects.count() == 1


def test_the_workers_task_is_what_the_clock_sends(weekly: Schedule) -> None:
    entry = ModelEntry(PeriodicTask.objects.get(pk=weekly.task_id))
    assert (entry.task, entry.kwargs, entry.options["queue"]) == (
        "worker.scheduled_training", {"schedule": str(weekly.pk)}, tasks.CLOCK,
    )  # fmt: skip
    tasks.app.tasks[entry.task](**entry.kwargs)
    assert Slot.objects.filter(schedule=weekly).count() == 1
    scheduled.training(str(weekly.pk))
    assert Slot.objects.filter(schedule=weekly).count() == 1


# --- promotion by itself ----------------------------------------------------------------------------------------------


def promoting(weekly: Schedule, room: Room, **fate: Any) -> TrainingRun:
    services.change_schedule(schedule=weekly, by=room.cast.admin, promote=True)
    room.fate(**fate)
    run = due(made_before(weekly)).run  # type: ignore[union-attr]
    assert run is not None and run.promote
    found = room.work(run)
    assert found is not None and found.job.state == "done"
    return found


def serving() -> str:
    return scanpaths.current_model().sha256


def test_by_itself_nothing_is_promoted_unless_the_schedule_says_so(weekly: Schedule, room: Room) -> None:
    room.work(due(weekly).run)  # type: ignore[union-attr]
    assert serving() == room.models.champion.pk


def test_what_passed_is_promoted_by_itself_where_the_schedule_says_so(weekly: Schedule, room: Room) -> None:
    run = promoting(weekly, room)
    assert serving() == run.version_id
    assert run.note == "It serves since: the gate passed it."
    promoted = AuditEvent.objects.get(verb="model.promote", target=f"model:{run.version_id}")
    assert promoted.actor == f"schedule:{weekly.pk}"


def test_what_failed_is_never_promoted_by_itself(weekly: Schedule, room: Room) -> None:
    run = promoting(weekly, room, passes=False)
    assert (serving(), run.note) == (room.models.champion.pk, "")


def test_a_promotion_that_is_refused_is_said_in_the_runs_note(
    weekly: Schedule, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = services.store_verdict

    def store_and_rot(**more: Any) -> Any:
        flip_a_byte(store.folder_of(more["version"].pk) / WEIGHTS)
        return stored(**more)

    monkeypatch.setattr(services, "store_verdict", store_and_rot)
    run = promoting(weekly, room)
    assert serving() == room.models.champion.pk
    assert run.note.startswith("It was to serve at once, and does not: Model version") and "damaged" in run.note


# --- over the API -----------------------------------------------------------------------------------------------------


def test_a_schedule_is_made_changed_and_taken_away_with_its_clock(room: Room, admin: APIClient) -> None:
    made = admin.post(API, WEEKLY, format="json")
    assert made.status_code == 201, made.json()
    one = made.json()
    assert (one["sentence"], one["promote"], one["enabled"], one["new_readings"], one["last"]) == (
        "Sundays 02:00 UTC if 3 new readings", False, True, 5, None,
    )  # fmt: skip
    assert datetime.fromisoformat(one["next_at"]).weekday() == 6
    task = PeriodicTask.objects.get(task="worker.scheduled_training")
    assert json.loads(task.kwargs) == {"schedule": one["id"]}
    changed = admin.patch(f"{API}{one['id']}/", {"weekday": None, "hour": 4}, format="json").json()
    assert (changed["sentence"], changed["minute"]) == ("Every day 04:00 UTC if 3 new readings", 0)
    task.refresh_from_db()
    assert (task.crontab.hour, task.crontab.day_of_week, task.enabled) == ("4", "*", True)  # type: ignore[union-attr]
    assert admin.patch(f"{API}{one['id']}/", {"data": {}}, format="json").status_code == 400
    same = admin.patch(f"{API}{one['id']}/", {"data": {"kind": "consented"}}, format="json").json()
    assert same["data"] == {"kind": "consented", "release": None, "sources": None}
    off = admin.patch(f"{API}{one['id']}/", {"enabled": False}, format="json").json()
    task.refresh_from_db()
    assert (off["next_at"], task.enabled) == (None, False)
    assert [row["id"] for row in admin.get(API).json()] == [one["id"]]
    assert admin.delete(f"{API}{one['id']}/").status_code == 204
    assert (admin.get(API).json(), PeriodicTask.objects.filter(pk=task.pk).exists()) == ([], False)
    verbs = AuditEvent.objects.filter(target=f"schedule:{one['id']}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == [
        "training.schedule", *["training.schedule.change"] * 3, "training.schedule.delete",
    ]  # fmt: skip


def test_another_time_counts_from_now_and_another_name_does_not(weekly: Schedule, admin: APIClient) -> None:
    admin.patch(f"{API}{weekly.pk}/", {"name": "Every week", "hour": 2}, format="json")
    weekly.refresh_from_db()
    assert (weekly.name, weekly.timed_at) == ("Every week", SUNDAY - timedelta(days=30))
    admin.patch(f"{API}{weekly.pk}/", {"hour": 3}, format="json")
    weekly.refresh_from_db()
    assert weekly.timed_at != SUNDAY - timedelta(days=30)
    assert weekly.task.last_run_at == weekly.timed_at, "the clock would make up for a time that never was"


def test_a_schedule_outlives_nothing_of_its_runs(weekly: Schedule, room: Room, admin: APIClient) -> None:
    run = due(weekly).run  # type: ignore[union-attr]
    assert run is not None
    admin.delete(f"{API}{weekly.pk}/")
    assert again(run).schedule is None
    assert Job.objects.get(pk=run.job_id).state == "queued"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"hour": 24}, 400),
        ({"weekday": 7}, 400),
        ({"at_least": 0}, 400),
        ({"name": ""}, 400),
        ({"data": {"kind": "release", "release": "00000000-0000-4000-8000-000000000000"}}, 422),
    ],
)
def test_what_is_no_schedule_is_refused(given: dict[str, Any], code: int, room: Room, admin: APIClient) -> None:
    assert admin.post(API, {**WEEKLY, **given}, format="json").status_code == code
    assert not PeriodicTask.objects.filter(task="worker.scheduled_training").exists()


def test_only_admins_see_schedules(weekly: Schedule, cast: SimpleNamespace, client_for: Any) -> None:
    for person in (cast.resident, cast.faculty, cast.researcher):
        assert client_for(person).get(API).status_code == 403
        assert client_for(person).get(f"{API}{weekly.pk}/").status_code == 403
