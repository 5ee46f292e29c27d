"""Readings that models draw for one study alone: from its own seeds, seen by nobody but as its items."""

from __future__ import annotations

from dataclasses import asdict, replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404

from gazeapp.cases.models import Case
from gazeapp.core.models import Job
from gazeapp.ratings.models import Item, Study
from gazeapp.ratings.selectors import models_to_rate
from gazeapp.ratings.sources import base_of
from gazeapp.scanpaths import selectors
from gazeapp.scanpaths.models import ModelVersion, Prediction
from gazeapp.scanpaths.selectors import current_model, predictions_of
from tests.ratings.study import (
    API,
    close,
    draw,
    film_case,
    fixations,
    item,
    next_of,
    path,
    plan,
    predicted,
    start,
    version,
)

pytestmark = pytest.mark.django_db


def drawn() -> list[Prediction]:
    return list(Prediction.objects.filter(for_study=True).order_by("created_at"))


@pytest.fixture
def unread(lab: SimpleNamespace) -> Case:
    """A case that no model has read yet, so that what a study asks for waits."""
    return film_case(lab.faculty, 9)


def problems(lab: SimpleNamespace, study: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.organiser.get(f"{API}/studies/{study['id']}/").json()["problems"]
    return found


def test_items_of_a_model_are_not_the_readings_that_pages_show(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["model"], [lab.ada])
    start(lab.organiser, study)
    shown = {base_of(reference)[1] for reference in Item.objects.values_list("reference", flat=True)}
    assert shown == {one.pk for one in drawn()}
    assert not {one.seed for one in drawn()} & {0}


def test_every_film_and_every_study_has_seeds_of_its_own(lab: SimpleNamespace) -> None:
    for _ in range(2):
        plan(lab.organiser, lab.cases, ["model"], [lab.ada])
    assert len({one.seed for one in drawn()}) == len(drawn()) == 6
    assert all(2**40 < one.seed < 2**63 and one.samples == 1 for one in drawn())


def test_two_models_readings_of_a_film_are_drawn_from_seeds_of_their_own(lab: SimpleNamespace) -> None:
    """Of related models, readings from one seed lie close together, and the third item of a film is a person's."""
    other = version("child", "c" * 64)
    models = [{"kind": "model", "model": current_model().sha256}, {"kind": "model", "model": other.sha256}]
    plan(lab.organiser, lab.cases, [], [lab.ada], sources=models)
    assert len({one.seed for one in drawn()}) == len(drawn()) == 6


@pytest.mark.parametrize(
    ("about", "comparable"),
    [
        ({"decode": "mean"}, False),
        ({"decode": "sample"}, True),  # registered before the temperature was kept
        ({"decode": "medoid", "decode_temperature": 0.0}, False),
        ({"decode": "sample", "decode_temperature": 0.49}, False),
        ({"decode": "medoid", "decode_temperature": 0.5}, True),
    ],
)
def test_a_version_that_reads_the_same_from_every_seed_cannot_be_rated(
    lab: SimpleNamespace, about: dict[str, object], comparable: bool
) -> None:
    """Its study would show the reading that pages show."""
    one = version("one", "d" * 64)
    ModelVersion.objects.filter(pk=one.pk).update(about=about)
    assert (one.sha256 in {row["sha256"] for row in models_to_rate()}) is comparable
    made = lab.organiser.post(f"{API}/studies/", {"name": "Cold"}, format="json").json()["id"]
    body = {"sources": [{"kind": "model", "model": one.sha256}]}
    answer = lab.organiser.patch(f"{API}/studies/{made}/", body, format="json")
    assert answer.status_code == (200 if comparable else 422)


@pytest.mark.parametrize("rule", ["mean", "cold"])
def test_nor_can_the_version_that_serves_today(
    lab: SimpleNamespace, rule: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where it was registered before its temperature was kept."""
    served = current_model()
    changed = replace(served, decode="mean") if rule == "mean" else replace(served, decode_temperature=0.1)
    monkeypatch.setattr("gazeapp.ratings.selectors.current_model", lambda: changed)
    about = {"decode": changed.decode} if rule == "cold" else asdict(changed)
    known = {"name": served.name, "simulated": True, "files": {}, "metrics": {}, "about": about}
    ModelVersion.objects.filter(sha256=served.sha256).delete()
    ModelVersion.objects.create(sha256=served.sha256, **known)
    assert served.sha256 not in {row["sha256"] for row in models_to_rate()}


def test_what_is_drawn_is_what_raters_are_shown(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases[:1], ["model"], [lab.ada])
    sample = {"fixations": fixations([(0.31, 0.42, 0.5)]), "source": "model", "capped": False}
    Prediction.objects.filter(for_study=True).update(reading={"samples": [sample], "seed": 1})
    start(lab.organiser, study)
    (one,) = item(lab.first, next_of(lab.first)).json()["fixations"]
    assert (one["x"], one["y"]) == (0.31, 0.42)


@pytest.mark.parametrize("state", ["plan", "running", "closed"])
def test_nobody_gets_it_by_another_way(lab: SimpleNamespace, state: str) -> None:
    study = plan(lab.organiser, lab.cases[:1], ["model"], [lab.ada])
    if state != "plan":
        start(lab.organiser, study)
    if state == "closed":
        close(lab.organiser, study)
    (one,) = drawn()
    for person, client in ((lab.faculty, lab.organiser), (lab.admin, lab.manager), (lab.ada, lab.first)):
        assert client.get(f"/api/v1/predictions/{one.pk}/").status_code == 404
        assert client.get(f"/api/v1/events/?subject={one.subject}").status_code == 404
        with pytest.raises(Http404):
            selectors.live_prediction(person, str(one.pk))
    assert str(one.pk) not in lab.manager.get("/admin/scanpaths/prediction/").text
    assert lab.manager.get(f"/admin/scanpaths/prediction/{one.pk}/change/").status_code != 200


def test_pages_go_on_showing_the_reading_that_they_showed(lab: SimpleNamespace) -> None:
    before = predictions_of(lab.cases)
    plan(lab.organiser, lab.cases, ["model"], [lab.ada])
    assert len(drawn()) == 3
    assert predictions_of(lab.cases) == before


def test_who_asks_for_the_same_seed_gets_a_prediction_of_their_own(lab: SimpleNamespace) -> None:
    plan(lab.organiser, lab.cases[:1], ["model"], [lab.ada])
    (one,) = drawn()
    address = f"/api/v1/cases/{lab.cases[0].pk}/predictions/"
    assert lab.manager.post(address, {"seed": one.seed}, format="json").status_code == 400  # nobody may ask for so long
    one.seed = 7
    one.save()
    asked = lab.manager.post(address, {"seed": one.seed}, format="json")
    assert asked.status_code == 202 and asked.json()["reading"] is None
    assert asked.json()["id"] != str(one.pk)


def test_a_plan_says_how_many_are_drawn_and_starts_when_all_are(lab: SimpleNamespace, unread: Case) -> None:
    study = plan(lab.organiser, [*lab.cases[:2], unread], ["model"], [lab.ada])
    (said,) = problems(lab, study)
    assert said["words"].endswith(": 2 of 3 readings drawn for this study.")
    assert said["drawing"] == "waits"
    assert [row["readings"]["model"] for row in study["cases"]] == [True, True, False]
    assert start(lab.organiser, study).status_code == 409
    predicted(unread, path(5), for_study=True, seed=drawn()[-1].seed + 1)  # of another study
    assert start(lab.organiser, study).status_code == 409
    predicted(unread, path(5))
    draw()
    assert problems(lab, study) == []
    assert start(lab.organiser, study).status_code == 200


def test_it_is_asked_for_once_by_the_organiser_and_nobody_waits_for_it(lab: SimpleNamespace, unread: Case) -> None:
    study = plan(lab.organiser, [unread], ["model"], [lab.ada])
    for name in ("One", "Two"):
        lab.organiser.patch(f"{API}/studies/{study['id']}/", {"name": name}, format="json")
    start(lab.organiser, study)
    job = Job.objects.get(subject=f"study:{study['id']}")
    assert (job.kind, job.later, job.owner) == ("predict", True, lab.faculty)


@pytest.mark.parametrize("state", [Job.State.FAILED, Job.State.CANCELLED])
def test_one_that_failed_or_was_cancelled_is_drawn_again_by_start(
    lab: SimpleNamespace, unread: Case, state: str
) -> None:
    study = plan(lab.organiser, [unread], ["model"], [lab.ada])
    Job.objects.filter(subject=f"study:{study['id']}").update(state=state)
    (said,) = problems(lab, study)
    assert (said["case"], said["drawing"]) == (str(unread.pk), "undrawn")
    assert ("failed" in said["words"]) == (state == Job.State.FAILED)
    (after,) = start(lab.organiser, study).json()["reasons"]
    assert after["drawing"] == "waits"
    assert Job.objects.filter(subject=f"study:{study['id']}", state=Job.State.QUEUED).count() == 1


def test_a_case_without_a_report_cannot_be_predicted(lab: SimpleNamespace) -> None:
    silent = film_case(lab.faculty, 9, report="", report_sha256="")
    study = plan(lab.organiser, [silent], ["model"], [lab.ada])
    (said,) = problems(lab, study)
    assert "no confirmed report" in said["words"] and said["drawing"] is None
    assert drawn() == []


def test_a_held_case_is_not_read(lab: SimpleNamespace, unread: Case) -> None:
    Case.objects.filter(pk=unread.pk).update(state=Case.State.QUARANTINED)
    study = plan(lab.organiser, [], ["model"], [lab.ada])
    Study.objects.get().cases.create(case=unread, film_sha256=unread.film_id or "", position=1)
    assert start(lab.organiser, study).status_code == 409
    assert drawn() == []


def test_a_version_that_never_served_can_be_compared_with_the_champion(lab: SimpleNamespace) -> None:
    version("candidate", "c" * 64)
    models = [row["sha256"] for row in lab.organiser.get(f"{API}/choices/").json()["models"]]
    assert models == [current_model().sha256, "c" * 64]
    plan(lab.organiser, lab.cases[:1], [], [lab.ada], sources=[{"kind": "model", "model": "c" * 64}])
    (one,) = drawn()
    assert (one.model_sha256, one.model_name) == ("c" * 64, "candidate")
