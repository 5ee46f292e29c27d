"""Runs over HTTP: asked for, estimated, listed, stopped and gone on with, by admins alone."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.accounts.services import make_person
from gazeapp.core import events, live
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.exports.models import Release, ReleaseReading
from gazeapp.exports.query import Query
from gazeapp.scanpaths.models import Promotion
from gazeapp.training import estimate, folders, services
from gazeapp.training.data import FEWEST_FILMS
from gazeapp.training.models import TrainingRun
from gazeapp.training.selectors import STAGE_EVENT
from tests.conftest import PASSWORD
from tests.practice.conftest import consent
from tests.ratings.study import film_case, path, reading
from tests.training.conftest import CONSENTED, Room

pytestmark = pytest.mark.django_db
API = "/api/v1/training"


def create(client: APIClient, **more: Any) -> Any:
    return client.post(f"{API}/runs/", {"name": "Spring", "data": CONSENTED, "steps": 6, **more}, format="json")


def estimated(client: APIClient, **query: Any) -> dict[str, Any]:
    answer = client.get(f"{API}/estimate/", query)
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def changes() -> int:
    """How often those who look at the models were told that something of the runs is other than before."""
    return Event.objects.filter(subject="models", type="models.changed", data={"what": "run"}).count()


def kind(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def released(room: Room, *recordings: Any, state: str = "ready") -> Release:
    release = Release.objects.create(number=1, name="First", state=state, query=Query().to_dict())
    ReleaseReading.objects.bulk_create(
        ReleaseReading(
            release=release, recording=found, reader=found.reader, film_sha256=found.film_sha256, fixations=4
        )
        for found in recordings
    )
    return release


# --- asking for one ---------------------------------------------------------------------------------------------------


def test_a_run_waits_with_what_was_asked_of_it_and_how_much_it_will_learn_from(room: Room, admin: APIClient) -> None:
    answer = create(admin, seed=5)
    assert answer.status_code == 201, answer.json()
    run = answer.json()
    assert (run["state"], run["name"], run["steps"], run["minutes"], run["seed"]) == ("queued", "Spring", 6, None, 5)
    assert run["parent"]["sha256"] == room.models.champion.pk
    counts = {"readings": 5, "readers": 1, "cases": 5, "people": 0, "simulated_readings": 5}
    assert run["data"] == {**CONSENTED, "counts": counts}
    assert (run["readings"], run["by"], run["version"], run["verdict"]) == (5, room.cast.admin.display_name, None, None)
    job = Job.objects.get(pk=run["job"]["id"])
    assert (job.kind, job.queue, job.subject, job.owner) == ("train", "train", run["subject"], room.cast.admin)
    assert AuditEvent.objects.filter(verb="training.create", target=run["subject"]).count() == 1
    assert admin.get(f"{API}/runs/").json()["results"][0]["id"] == run["id"]
    assert admin.get(f"{API}/runs/{run['id']}/").json() == run


def test_it_begins_where_it_is_told_to(room: Room, admin: APIClient) -> None:
    assert create(admin, **{"from": room.models.other.pk}).json()["parent"]["sha256"] == room.models.other.pk
    answer = create(admin, **{"from": "0" * 64})
    assert (answer.status_code, kind(answer)) == (422, "model-unknown")


def test_the_champion_is_registered_first_where_nothing_was_promoted_yet(room: Room, admin: APIClient) -> None:
    Promotion.objects.all()._raw_delete("default")
    assert create(admin).json()["parent"]["sha256"] == room.models.champion.pk
    assert Promotion.objects.count() == 1


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"steps": 5, "minutes": 1}, 400),
        ({"steps": 0}, 400),
        ({"steps": None, "minutes": 0}, 400),
        ({"name": " "}, 400),
        ({"data": {"kind": "consented", "sources": []}}, 400),
        ({"data": {"kind": "consented", "sources": ["thoughts"]}}, 400),
        ({"data": {"kind": "release"}}, 400),
        ({"data": {"kind": "release", "release": str(uuid4())}}, 422),
        ({"data": {"kind": "consented", "sources": ["clicks"]}}, 409),
    ],
)
def test_what_cannot_be_trained_is_refused_and_leaves_no_run(
    given: dict[str, Any], code: int, room: Room, admin: APIClient
) -> None:
    assert create(admin, **given).status_code == code
    assert not TrainingRun.objects.exists() and not Job.objects.filter(kind="train").exists()


def test_only_admins_see_and_touch_runs_also_live(
    room: Room, admin: APIClient, cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    run = create(admin).json()
    for person in (cast.resident, cast.faculty, cast.researcher):
        client = client_for(person)
        for path_ in (f"{API}/runs/", f"{API}/runs/{run['id']}/", f"{API}/runs/{run['id']}/log/", f"{API}/estimate/"):
            assert client.get(path_).status_code == 403, path_
        for act in ("cancel", "resume"):
            assert client.post(f"{API}/runs/{run['id']}/{act}/").status_code == 403
        assert create(client).status_code == 403
        with pytest.raises((Http404, PermissionDenied)):
            live.follow(person, run["subject"], None)
    assert live.follow(cast.admin, run["subject"], None).state == run


# --- what it learns from ----------------------------------------------------------------------------------------------


def test_sources_of_unlike_kind_are_learnt_from_only_where_they_are_named(room: Room, admin: APIClient) -> None:
    reading(room.cases[0], room.readings[0].recording.reader, path(20), source="aperture")
    assert estimated(admin, kind="consented")["counts"]["readings"] == 5
    assert estimated(admin, kind="consented", sources="aperture,simulated")["counts"]["readings"] == 6
    assert estimated(admin, kind="consented", sources="aperture")["counts"]["readings"] == 1


def test_only_published_cases_are_learnt_from(room: Room, admin: APIClient) -> None:
    reading(film_case(room.cast.faculty, 30), room.readings[0].recording.reader, path(30), source="simulated")
    assert estimated(admin, kind="consented")["counts"]["readings"] == 5


def test_of_a_release_what_it_holds_of_those_who_agree_to_training(room: Room, admin: APIClient) -> None:
    consent(room.cast.resident, research=True)
    release = released(room, *(found.recording for found in room.readings), room.own.recording)
    found = estimated(admin, kind="release", release=str(release.pk))
    assert (found["counts"]["readings"], found["problem"]) == (5, None)
    run = create(admin, data={"kind": "release", "release": str(release.pk), "sources": ["clicks"]}).json()
    assert (run["data"]["release"], run["data"]["sources"], run["readings"]) == (str(release.pk), None, 5)


def test_a_release_that_is_not_made_yet_is_refused_in_words(room: Room, admin: APIClient) -> None:
    release = released(room, room.readings[0].recording, state="making")
    answer = create(admin, data={"kind": "release", "release": str(release.pk)})
    assert (answer.status_code, kind(answer)) == (409, "release-not-ready")
    found = estimated(admin, kind="release", release=str(release.pk))
    assert (found["seconds"], found["counts"]["readings"]) == (None, 0)
    assert "not made yet" in found["problem"]


# --- too little -------------------------------------------------------------------------------------------------------


def test_the_fewest_films_are_those_that_a_training_can_be_split_from() -> None:
    """As ml splits an export: of one film fewer it refuses to learn."""
    from ml.data.splits import by_patient
    from ml.training.finedata import FEWEST, FRACTIONS

    def learns(films: int) -> bool:
        cases: list[Any] = [SimpleNamespace(key=f"{n:02}", film_id=f"{n}", person=f"{n}") for n in range(films)]
        parts = by_patient(cases, fractions=FRACTIONS).parts
        return len(parts["train"]) >= FEWEST and bool(parts["validate"] or parts["test"])

    assert learns(FEWEST_FILMS) and not learns(FEWEST_FILMS - 1)


def test_too_few_films_are_refused_before_anything_starts_with_how_many_are_needed(
    room: Room, admin: APIClient
) -> None:
    release = released(room, *(found.recording for found in room.readings[1:]))
    data = {"kind": "release", "release": str(release.pk)}
    answer = create(admin, data=data)
    assert (answer.status_code, kind(answer)) == (409, "training-too-little-data")
    assert "of 4 films, and a training needs 5" in answer.json()["detail"]
    assert "of 4 films, and a training needs 5" in estimated(admin, **data)["problem"]
    assert not TrainingRun.objects.exists()


def test_many_readings_of_few_films_are_too_few(room: Room, admin: APIClient) -> None:
    more = [reading(room.cases[0], room.readings[0].recording.reader, path(50 + n), source="clicks") for n in range(9)]
    assert len(more) == 9
    assert "of 1 film," in estimated(admin, kind="consented", sources="clicks")["problem"]


# --- estimates --------------------------------------------------------------------------------------------------------


def finished(room: Room, *, machine: str, step_s: float, rest_s: float | None) -> TrainingRun:
    run = room.create(name=f"Of {machine}")
    Job.objects.filter(pk=run.job_id).update(state="done", finished_at=timezone.now())
    run.result = {"machine": machine, "pace": {"step_s": step_s, "rest_s": rest_s}}
    run.save()
    return run


def test_the_estimate_goes_by_the_last_run_on_this_machine(room: Room, admin: APIClient) -> None:
    """400 steps of 0.25 s and 20 s around them are 120 s; 5 minutes of training are 320 s."""
    finished(room, machine=platform.node(), step_s=0.25, rest_s=20.0)
    finished(room, machine="elsewhere", step_s=99.0, rest_s=99.0)
    found = estimated(admin, kind="consented", steps=400)
    assert (found["seconds"], found["problem"]) == (120, None)
    assert found["sentence"] == f"About 2 minutes, by the pace of “Of {platform.node()}” here."
    assert estimated(admin, kind="consented", minutes=5)["seconds"] == 320


def test_without_a_run_it_is_a_guess_and_says_so(room: Room, admin: APIClient) -> None:
    """400 steps of half a second and two minutes around them; three minutes is the usual budget."""
    found = estimated(admin, kind="consented", steps=400)
    assert found["seconds"] == 320 and found["sentence"].endswith("a guess.")
    assert estimated(admin, kind="consented")["seconds"] == 300


def test_a_finished_run_leaves_its_pace_for_the_next_estimate(room: Room, admin: APIClient) -> None:
    run = room.work(room.create())
    assert run is not None and run.result is not None
    assert run.result["pace"]["step_s"] == 0.25
    assert estimate.pace().of == "A run"


def test_the_estimate_says_what_comes_before_it(room: Room, admin: APIClient) -> None:
    """No run has finished: two minutes and half a second a step each. The one that runs is half done."""
    assert (estimated(admin)["starts_s"], estimated(admin)["starts"]) == (0, "")
    running, _ = room.create(steps=240), room.create(steps=None, minutes=5)
    Job.objects.filter(pk=running.job_id).update(state="running", stage="training", progress=0.5)
    room.create(later=True)  # as a schedule's, which lets people's go first
    found = estimated(admin)
    assert (found["starts_s"], found["seconds"]) == (120 + 420, 300)
    assert found["starts"] == "Starts after 2 runs that wait or run, about 9 minutes."
    services.request_judgement(version=room.models.candidate, by=room.cast.admin)
    found = estimated(admin)
    assert found["starts"] == "Starts after 2 runs and 1 judgement of the gate that wait or run, about 10 minutes."


def test_one_person_has_only_so_many_runs_under_way_by_whatever_door(
    room: Room, admin: APIClient, settings: Any
) -> None:
    settings.RUNS_OPEN = 1
    stopped = create(admin).json()
    assert admin.post(f"{API}/runs/{stopped['id']}/cancel/").status_code == 200
    assert create(admin).status_code == 201
    refused = create(admin)
    assert (refused.status_code, kind(refused)) == (429, "too-many-runs")
    assert refused.json()["detail"].startswith("1 of yours wait or run, and one person may have 1.")
    assert admin.post(f"{API}/runs/{stopped['id']}/resume/").status_code == 429
    assert TrainingRun.objects.count() == 2 and Job.objects.filter(state="queued").count() == 1
    room.create(later=True)  # as a command does


def test_another_admins_second_run_waits_for_ones_first(room: Room, admin: APIClient) -> None:
    other = make_person(username="other", password=PASSWORD, roles=["admin"], by="test")
    for _ in range(3):
        room.create(by=other)
    assert estimated(admin)["starts"].startswith("Starts after 1 run ")


def test_what_runs_is_over_when_its_training_says_so_and_what_follows(room: Room, admin: APIClient) -> None:
    """100 s of training and half of the two minutes around it."""
    run = room.create()
    Job.objects.filter(pk=run.job_id).update(state="running", stage="training", progress=0.5)
    folder = folders.of(run.pk)
    folder.mkdir(parents=True)
    (folder / folders.PROGRESS).write_text('{"event": "step", "step": 1, "of": 6, "eta_s": 100.0}\n')
    found = estimated(admin)
    assert (found["starts_s"], found["starts"]) == (160, "Starts after 1 run that waits or runs, about 3 minutes.")


def test_what_stands_in_the_way_is_said_beside_the_counts(
    room: Room, admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert estimated(admin, kind="consented", sources="clicks")["problem"].startswith("There is nothing to learn from.")
    usage = shutil.disk_usage("/")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=499_000_000))
    assert "499 MB are free" in estimated(admin, kind="consented")["problem"]
    answer = create(admin)
    assert (answer.status_code, kind(answer)) == (507, "disk-full")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4, "10 seconds"), (44, "40 seconds"), (100, "2 minutes"), (3600, "1 hour"), (7860, "2 hours 11 minutes")],
)
def test_durations_are_said_in_round_words(seconds: float, words: str) -> None:
    assert estimate.duration(seconds) == words


# --- its course -------------------------------------------------------------------------------------------------------


def test_a_run_is_cancelled_and_resumed_and_a_done_one_is_neither(room: Room, admin: APIClient) -> None:
    run = create(admin).json()
    told = changes()
    assert admin.post(f"{API}/runs/{run['id']}/cancel/").json()["state"] == "cancelled"
    assert changes() == told + 1, "the list of runs is told"
    assert room.work() is None
    assert admin.post(f"{API}/runs/{run['id']}/resume/").json()["state"] == "queued"
    assert admin.post(f"{API}/runs/{run['id']}/resume/").json()["state"] == "queued", "once more changes nothing"
    room.work()
    done = admin.post(f"{API}/runs/{run['id']}/cancel/").json()
    assert (done["state"], done["passed"], done["version"]["state"]) == ("done", True, "candidate")
    answer = admin.post(f"{API}/runs/{run['id']}/resume/")
    assert (answer.status_code, kind(answer)) == (409, "not-retryable")


def test_a_run_that_waits_stands_in_the_list_without_its_folder(room: Room, admin: APIClient) -> None:
    run = create(admin).json()
    assert admin.get(f"{API}/runs/{run['id']}/log/").json() == {"lines": []}
    assert (run["losses"], run["checkpoints"], run["resumed"], run["eta_s"]) == ([], [], None, None)


def test_how_much_of_a_stage_is_done_outlasts_a_reload_and_ends_with_the_stage(room: Room, admin: APIClient) -> None:
    run = create(admin).json()

    def counted() -> tuple[int | None, int | None]:
        shown = admin.get(f"{API}/runs/{run['id']}/").json()
        return shown["stage_done"], shown["stage_of"]

    events.publish(run["subject"], STAGE_EVENT, {"stage": "data", "done": 3, "of": 40})
    assert counted() == (None, None), "it waits: that was another attempt"
    job = Job.objects.filter(pk=run["job"]["id"])
    job.update(state="running", stage="data", started_at=job.get().created_at)
    assert counted() == (3, 40)
    job.update(stage="preparing")
    assert counted() == (None, None)
    job.update(stage="data", started_at=timezone.now())
    assert counted() == (None, None), "it was begun anew"


def test_the_log_is_shown_from_its_end(room: Room, admin: APIClient) -> None:
    run = create(admin).json()
    folder = folders.of(run["id"])
    folder.mkdir(parents=True)
    (folder / folders.LOG).write_text("".join(f"line {n}\n" for n in range(500)))
    lines = admin.get(f"{API}/runs/{run['id']}/log/").json()["lines"]
    assert (len(lines), lines[0], lines[-1]) == (200, "line 300", "line 499")


def test_the_overview_names_what_serves_candidates_and_what_runs(room: Room) -> None:
    from gazeapp.training.selectors import overview

    services.create_run(by=room.cast.admin, name="Waits", data=CONSENTED)
    room.work()
    running = services.create_run(by=room.cast.admin, name="Runs", data=CONSENTED)
    Job.objects.filter(pk=running.job_id).update(state="running", progress=0.5)
    found = overview()
    assert found["champion"] == {
        "sha256": room.models.champion.pk, "name": room.models.champion.name, "since": found["champion"]["since"],
    }  # fmt: skip
    assert (found["candidates"], found["passed"]) == (3, 1)
    assert found["running"] == [{"id": str(running.pk), "name": "Runs", "progress": 0.5, "eta_s": None}]
