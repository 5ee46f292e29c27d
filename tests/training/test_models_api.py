"""Model versions over HTTP: who sees what, promotion by the gate's verdict, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from gazeapp.core import events, live
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors as scanpaths
from gazeapp.scanpaths import store
from gazeapp.scanpaths.models import Promotion
from gazeapp.scanpaths.services import request_prediction
from gazeapp.training import services
from gazeapp.training.models import TrainingRun
from gazeapp.training.selectors import STAGE_EVENT
from gazeapp.training.services import store_verdict
from ml.medgaze.model_info import WEIGHTS
from tests.cases.films import stored_case
from tests.conftest import PASSWORD
from tests.scanpaths.versions import flip_a_byte
from tests.training.comparison import comparison
from tests.training.conftest import Room

pytestmark = pytest.mark.django_db
API = "/api/v1/models"
WHY = "It reads apices better."


def judged(models: SimpleNamespace, *, passed: bool = True, **more: Any) -> None:
    version = more.pop("version", models.candidate)
    champion = more.pop("champion", models.champion)
    store_verdict(
        version=version, champion=champion, comparison=comparison(version.pk, champion.pk, passed=passed, **more)
    )


def promote(client: APIClient, version: Any, **more: Any) -> Any:
    return client.post(f"{API}/{version.pk}/promote/", {"password": PASSWORD, **more}, format="json")


def roll_back(client: APIClient, **more: Any) -> Any:
    return client.post(f"{API}/roll-back/", {"password": PASSWORD, "reason": "Worse.", **more}, format="json")


def kind(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


def test_every_role_sees_what_serves_and_the_candidates_newest_first(
    models: SimpleNamespace, cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    for person in (cast.resident, cast.faculty, cast.researcher, cast.admin):
        found = client_for(person).get(f"{API}/").json()
        assert [row["sha256"] for row in found["models"]] == [
            v.pk for v in (models.other, models.candidate, models.champion)
        ]
        assert found["champion"]["sha256"] == models.champion.pk
        assert [row["state"] for row in found["models"]] == ["candidate", "candidate", "champion"]
    assert live.follow(cast.resident, "models", None).state == found


def test_before_anything_was_promoted_nothing_serves_here_by_name(cast: SimpleNamespace, admin: APIClient) -> None:
    assert admin.get(f"{API}/").json() == {"champion": None, "models": []}


def test_a_version_shows_its_card_and_verdicts_and_how_much_it_predicted_to_admins_alone(
    models: SimpleNamespace, cast: SimpleNamespace, admin: APIClient, client_for: Callable[[Any], APIClient]
) -> None:
    judged(models, passed=False)
    found = admin.get(f"{API}/{models.candidate.pk}/").json()
    assert found["info"]["preset"] == models.candidate.about["preset"]
    assert [(v["passed"], v["left_out"][0]["metric"]) for v in found["verdicts"]] == [(False, "nll")]
    assert found["verdict"] == {
        "passed": False,
        "against": models.champion.pk,
        "at": found["verdicts"][0]["at"],
        "stale": False,
    }
    assert (found["predictions"], found["judging"]) == (0, None)
    assert client_for(cast.resident).get(f"{API}/{models.candidate.pk}/").json()["predictions"] is None
    assert admin.get(f"{API}/{'0' * 64}/").status_code == 404


# --- judging ----------------------------------------------------------------------------------------------------------


def test_what_judges_a_version_stands_on_its_page_with_its_progress(models: SimpleNamespace, admin: APIClient) -> None:
    job = admin.post(f"{API}/{models.candidate.pk}/judge/").json()["job"]
    Job.objects.filter(pk=job["id"]).update(state="running", stage="judging", progress=0.25)
    judging = admin.get(f"{API}/{models.candidate.pk}/").json()["judging"]
    subject = f"model:{models.candidate.pk}"
    assert (judging["state"], judging["stage"], judging["progress"], judging["subject"]) == (
        "running", "judging", 0.25, subject,
    )  # fmt: skip
    assert admin.get("/api/v1/events/", {"subject": subject}).json()["state"] == {"judging": judging}


def test_the_list_shows_admins_what_is_being_judged_and_how_many_predictions_are_made(
    models: SimpleNamespace, cast: SimpleNamespace, admin: APIClient, client_for: Callable[[Any], APIClient]
) -> None:
    def judging(client: APIClient) -> list[Any]:
        return [row["judging"] for row in client.get(f"{API}/").json()["models"]]

    assert judging(admin) == [None, None, None]
    job = admin.post(f"{API}/{models.candidate.pk}/judge/").json()["job"]
    _, waits, _ = judging(admin)
    assert (waits["state"], waits["done"], waits["subject"]) == ("queued", None, f"model:{models.candidate.pk}")
    Job.objects.filter(pk=job["id"]).update(state="running", stage="judging", progress=0.2)
    events.publish(f"model:{models.candidate.pk}", STAGE_EVENT, {"stage": "judging", "done": 60, "of": 240})
    _, runs, _ = judging(admin)
    assert (runs["state"], runs["done"], runs["of"], runs["progress"]) == ("running", 60, 240, 0.25)
    assert judging(client_for(cast.resident)) == [None, None, None]


def test_a_training_that_judges_what_it_made_is_shown_and_no_second_judgement_is_begun(
    room: Room, admin: APIClient
) -> None:
    run = room.create()
    Job.objects.filter(pk=run.job_id).update(state="running", stage="judging", progress=0.95)
    TrainingRun.objects.filter(pk=run.pk).update(version=room.models.candidate)
    judging = admin.get(f"{API}/{room.models.candidate.pk}/").json()["judging"]
    assert (judging["id"], judging["kind"], judging["progress"], judging["subject"]) == (
        str(run.job_id), "train", None, run.subject,
    )  # fmt: skip
    events.publish(run.subject, STAGE_EVENT, {"stage": "judging", "done": 1, "of": 4})
    judging = admin.get(f"{API}/{room.models.candidate.pk}/").json()["judging"]
    assert (judging["progress"], judging["done"], judging["of"]) == (0.25, 1, 4)
    answer = admin.post(f"{API}/{room.models.candidate.pk}/judge/")
    assert (answer.status_code, answer.json()["job"]["id"]) == (202, str(run.job_id))
    assert not Job.objects.filter(kind="judge").exists()


# --- promotion --------------------------------------------------------------------------------------------------------


def test_what_passed_the_gate_is_promoted_without_a_reason_and_serves_at_once(
    models: SimpleNamespace, cast: SimpleNamespace, admin: APIClient
) -> None:
    case = stored_case(cast.resident, np.arange(80).reshape(8, 10), report="Clear.", report_sha256="a" * 64)
    waits = request_prediction(case=case, by=cast.resident)
    judged(models)
    answer = promote(admin, models.candidate)
    assert (answer.status_code, answer.json()["state"]) == (200, "champion")
    assert scanpaths.current_model().sha256 == models.candidate.pk
    new = request_prediction(case=case, by=cast.resident)
    waits.refresh_from_db()
    assert (waits.model_sha256, new.model_sha256) == (models.champion.pk, models.candidate.pk)
    assert Promotion.objects.first().reason == f"It passed the gate beside {models.champion}."  # type: ignore[union-attr]
    assert AuditEvent.objects.filter(verb="model.promote", actor=f"user:{cast.admin.pk}").count() == 1


@pytest.mark.parametrize("verdict", ["none", "failed", "of another champion"])
def test_without_a_verdict_that_passed_it_a_reason_of_ten_characters_is_needed(
    verdict: str, models: SimpleNamespace, admin: APIClient
) -> None:
    if verdict == "failed":
        judged(models, passed=False)
    elif verdict == "of another champion":
        judged(models, champion=models.other)
    for reason in ("", "123456789", "           ", "\u200b" * 10, "1234\u202e\u200b\u200b\u200b\u200b\u200b5"):
        answer = promote(admin, models.candidate, reason=reason)
        assert (answer.status_code, kind(answer)) == (400, "reason-needed"), reason
    assert scanpaths.current_model().sha256 == models.champion.pk
    assert promote(admin, models.candidate, reason="1234567890").status_code == 200
    assert scanpaths.current_model().sha256 == models.candidate.pk


def test_blanks_are_no_reason(models: SimpleNamespace, cast: SimpleNamespace) -> None:
    with pytest.raises(Problem, match="not judged"):
        services.promote(version=models.candidate, by=cast.admin, reason="  too short  ")


def test_a_verdict_counts_only_beside_the_version_that_serves_when_it_is_promoted(
    models: SimpleNamespace, admin: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The champion changes between the look at the verdict and the promotion."""
    judged(models)
    from gazeapp.training.services import promoting

    monkeypatch.setattr(promoting, "serving", lambda: models.champion)
    assert promote(admin, models.other, reason=WHY).status_code == 200
    answer = promote(admin, models.candidate)
    assert (answer.status_code, kind(answer)) == (409, "champion-changed")
    assert scanpaths.current_model().sha256 == models.other.pk


def test_a_verdict_is_stale_once_another_version_serves_but_not_for_the_one_that_was_promoted_by_it(
    models: SimpleNamespace, admin: APIClient
) -> None:
    judged(models)
    judged(models, version=models.other, passed=False)

    def stale() -> list[bool]:
        return [admin.get(f"{API}/{v.pk}/").json()["verdict"]["stale"] for v in (models.candidate, models.other)]

    assert stale() == [False, False]
    promote(admin, models.candidate)
    assert stale() == [False, True]


def test_the_verdict_beside_what_serves_now_is_shown_before_newer_ones(
    models: SimpleNamespace, admin: APIClient
) -> None:
    judged(models, passed=False)
    judged(models, champion=models.other)
    found = admin.get(f"{API}/{models.candidate.pk}/").json()
    assert (found["verdict"]["against"], found["verdict"]["passed"]) == (models.champion.pk, False)
    assert [verdict["champion"]["sha256"] for verdict in found["verdicts"]] == [models.other.pk, models.champion.pk]


def test_a_damaged_version_is_not_promoted_and_said_to_be_damaged(models: SimpleNamespace, admin: APIClient) -> None:
    judged(models)
    flip_a_byte(store.folder_of(models.candidate.pk) / WEIGHTS)
    answer = promote(admin, models.candidate)
    assert (answer.status_code, kind(answer)) == (503, "model-damaged")
    assert "is damaged" in answer.json()["title"]
    assert scanpaths.current_model().sha256 == models.champion.pk


def test_the_champion_is_not_promoted_again(models: SimpleNamespace, admin: APIClient) -> None:
    answer = promote(admin, models.champion)
    assert (answer.status_code, kind(answer)) == (409, "already-champion")


@pytest.mark.parametrize("act", ["promote", "roll-back"])
def test_a_wrong_password_changes_nothing_and_is_counted(act: str, models: SimpleNamespace, admin: APIClient) -> None:
    judged(models)
    promote(admin, models.other, reason=WHY)

    def ask(password: str) -> Any:
        if act == "promote":
            return promote(admin, models.candidate, password=password, reason=WHY)
        return roll_back(admin, password=password)

    for _ in range(5):
        answer = ask("not the password")
        assert (answer.status_code, kind(answer)) == (403, "wrong-password")
    assert ask(PASSWORD).status_code == 429
    assert scanpaths.current_model().sha256 == models.other.pk


def test_a_roll_back_needs_a_reason_and_the_history_tells_all(
    models: SimpleNamespace, cast: SimpleNamespace, admin: APIClient
) -> None:
    promote(admin, models.candidate, reason=WHY)
    assert roll_back(admin, reason="").status_code == 400
    assert roll_back(admin).json()["champion"]["sha256"] == models.champion.pk
    back, there, first = admin.get(f"{API}/history/").json()
    assert [row["version"]["sha256"] for row in (back, there, first)] == [
        models.champion.pk, models.candidate.pk, models.champion.pk,
    ]  # fmt: skip
    assert (back["undoes"], back["reason"], back["by"], first["by"]) == (
        there["id"],
        "Worse.",
        cast.admin.display_name,
        None,
    )
    assert [row["in_force"] for row in (back, there, first)] == [False, False, True]
    answer = roll_back(admin)
    assert (answer.status_code, kind(answer)) == (409, "nothing-before")


# --- judging ----------------------------------------------------------------------------------------------------------


def test_a_version_is_judged_by_one_job_however_often_that_is_asked(models: SimpleNamespace, admin: APIClient) -> None:
    first, again = (admin.post(f"{API}/{models.candidate.pk}/judge/") for _ in range(2))
    assert (first.status_code, first.json()) == (202, again.json())
    job = Job.objects.get(kind="judge")
    assert (job.queue, str(job.pk)) == ("train", first.json()["job"]["id"])
    assert admin.get(f"{API}/{models.candidate.pk}/").json()["judging"]["id"] == str(job.pk)
    assert AuditEvent.objects.filter(verb="model.judge").count() == 1


def test_what_serves_is_not_judged_beside_itself(models: SimpleNamespace, admin: APIClient) -> None:
    answer = admin.post(f"{API}/{models.champion.pk}/judge/")
    assert (answer.status_code, kind(answer)) == (409, "is-champion")


def test_a_cancelled_judgement_no_longer_shows_as_waiting_and_the_page_is_told(
    models: SimpleNamespace, admin: APIClient
) -> None:
    job = admin.post(f"{API}/{models.candidate.pk}/judge/").json()["job"]["id"]
    told = Event.objects.filter(subject="models").count()
    admin.post(f"/api/v1/jobs/{job}/cancel/")
    assert admin.get(f"{API}/{models.candidate.pk}/").json()["judging"] is None
    assert Event.objects.filter(subject="models", type="models.changed").count() == told + 1


def test_the_same_models_rules_and_set_have_one_verdict_and_it_is_never_changed(models: SimpleNamespace) -> None:
    pair = {"version": models.candidate, "champion": models.champion}
    first = store_verdict(**pair, comparison=comparison(models.candidate.pk, models.champion.pk))
    again = store_verdict(**pair, comparison=comparison(models.candidate.pk, models.champion.pk, passed=False))
    assert (again, again.passed) == (first, True)
    other_rules = store_verdict(
        **pair, comparison=comparison(models.candidate.pk, models.champion.pk, rules={"version": 2, "sha256": "c" * 64})
    )
    other_set = store_verdict(
        **pair,
        comparison=comparison(models.candidate.pk, models.champion.pk, set={"name": "frozen", "sha256": "d" * 64}),
    )
    assert len({first.pk, other_rules.pk, other_set.pk}) == 3
    first.passed = False
    with pytest.raises(ValueError, match="never changed"):
        first.save()
    with pytest.raises(ValueError, match="never deleted"):
        first.delete()
    with pytest.raises(ValueError, match="other models"):
        store_verdict(
            version=models.candidate,
            champion=models.other,
            comparison=comparison(models.candidate.pk, models.champion.pk),
        )
    assert AuditEvent.objects.filter(verb="model.verdict").count() == 3


def test_the_page_of_versions_is_told_of_each_change_once(models: SimpleNamespace, admin: APIClient) -> None:
    def told() -> list[str]:
        events = Event.objects.filter(subject="models", type="models.changed").order_by("seq")
        return [event.data["what"] for event in events]

    before = len(told())
    judged(models)
    promote(admin, models.candidate)
    roll_back(admin)
    assert told()[before:] == ["verdict", "champion", "champion"]
