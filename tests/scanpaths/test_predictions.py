"""A prediction is asked for by whoever may, computed once, streamed, and stored once."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import services as jobs
from gazeapp.core.models import Event, Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors, services
from gazeapp.scanpaths.models import Prediction
from tests.scanpaths.conftest import StandIn
from worker import tasks

ClientFor = Callable[[Any], Any]


def work(prediction: Prediction) -> Prediction:
    """What a worker does when it is woken."""
    tasks.run_job(queue="predict", sent_at=timezone.now().isoformat())
    return Prediction.objects.select_related("job").get(pk=prediction.pk)


def events_of(prediction: Prediction) -> list[Event]:
    return list(Event.objects.filter(subject=prediction.subject).order_by("seq"))


def test_the_same_question_is_computed_once(case: Case, cast: SimpleNamespace, predictor: StandIn) -> None:
    first = services.request_prediction(case=case, by=cast.resident)
    assert services.request_prediction(case=case, by=cast.faculty).pk == first.pk
    assert Job.objects.filter(kind="predict").count() == 1
    done = work(first)
    assert done.reading is not None
    again = services.request_prediction(case=case, by=cast.resident)
    assert (again.pk, Job.objects.filter(kind="predict").count(), predictor.calls) == (first.pk, 1, 1)


def test_another_seed_report_or_model_is_another_question(
    case: Case, cast: SimpleNamespace, model: SimpleNamespace
) -> None:
    ask = lambda **more: services.request_prediction(case=case, by=cast.resident, **more).pk  # noqa: E731
    keys = {ask(), ask(seed=1), ask(samples=2)}
    case.report_sha256 = "b" * 64
    case.save()
    keys.add(ask())
    model.sha256 = "e" * 64
    keys.add(ask())
    assert len(keys) == 5


def test_stages_then_fixations_in_order_then_done(case: Case, cast: SimpleNamespace, predictor: StandIn) -> None:
    done = work(services.request_prediction(case=case, by=cast.resident))
    told = events_of(done)
    kinds = [e.type for e in told]
    assert kinds.index("prediction.stage") < kinds.index("prediction.fixations") < kinds.index("prediction.done")
    assert [e.data["stage"] for e in told if e.type == "prediction.stage"][-1] == "decode"
    streamed = []
    for event in told:
        if event.type == "prediction.fixations":
            assert event.data["from"] == len(streamed)
            streamed += event.data["fixations"]
    assert done.reading is not None
    assert streamed == done.reading["samples"][0]["fixations"]
    assert told[-1].data["state"] == "done"
    assert selectors.state_of(done) == "done"


def test_a_prediction_cancelled_while_it_computes_stores_nothing_and_can_be_asked_for_again(
    case: Case, cast: SimpleNamespace, predictor: StandIn
) -> None:
    prediction = services.request_prediction(case=case, by=cast.resident)

    def cancel() -> None:
        jobs.cancel(job=Job.objects.get(pk=prediction.job_id), by=cast.resident)

    predictor.before_reading = cancel
    stopped = work(prediction)
    assert stopped.reading is None
    assert selectors.state_of(stopped) == "cancelled"
    predictor.before_reading = lambda: None
    again = services.request_prediction(case=case, by=cast.resident)
    assert again.pk == prediction.pk
    assert work(again).reading is not None


def test_a_failure_says_what_happened(case: Case, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    from worker import predictors

    def none(sha256: str) -> None:
        raise Problem("no-model", "There is no model to predict with.", code=503)

    monkeypatch.setattr(predictors, "predictor", none)
    failed = work(services.request_prediction(case=case, by=cast.resident))
    assert selectors.state_of(failed) == "failed"
    problem = next(e.data["problem"] for e in events_of(failed) if e.type == "prediction.failed")
    assert problem["title"] == "There is no model to predict with."


def test_a_version_that_is_not_here_is_not_answered_by_another(case: Case, cast: SimpleNamespace) -> None:
    """The model that the server was set up with is here, but the prediction names another."""
    failed = work(services.request_prediction(case=case, by=cast.resident))
    assert failed.job is not None
    assert failed.job.error is not None
    assert failed.job.error["type"] == "/problems/model-gone"
    assert failed.reading is None


def test_a_case_that_is_not_ready_is_refused(case: Case, cast: SimpleNamespace) -> None:
    case.state = "confirming"
    with pytest.raises(Problem, match="not ready"):
        services.request_prediction(case=case, by=cast.resident)


def test_a_ready_case_without_a_model_stays_ready(
    case: Case, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none() -> None:
        raise Problem("no-model", "There is no model.", code=503)

    monkeypatch.setattr(selectors, "current_model", none)
    assert services.case_ready(case=case, by=cast.resident) is None


def test_a_list_of_cases_learns_its_predictions_with_finished_ones_first(
    case: Case, cast: SimpleNamespace, predictor: StandIn
) -> None:
    assert selectors.predictions_of([case]) == {}
    done = work(services.request_prediction(case=case, by=cast.resident))
    services.request_prediction(case=case, by=cast.resident, seed=7)
    assert selectors.predictions_of([case]) == {case.pk: str(done.pk)}


def test_the_api_answers_202_then_200_with_the_reading(
    case: Case, cast: SimpleNamespace, predictor: StandIn, client_for: ClientFor
) -> None:
    client = client_for(cast.resident)
    address = f"/api/v1/cases/{case.pk}/predictions/"
    first = client.post(address, {"samples": 2, "seed": 3}, format="json")
    assert first.status_code == 202
    body = first.json()
    assert (body["state"], body["job"]["place"], body["reading"]) == ("queued", 1, None)
    work(Prediction.objects.get(pk=body["id"]))
    second = client.post(address, {"samples": 2, "seed": 3}, format="json")
    assert second.status_code == 200
    assert len(second.json()["reading"]["samples"]) == 2
    assert second.json()["model"] == {"name": "stand-in", "sha256": "f" * 64, "simulated": True}
    assert client.get(f"/api/v1/predictions/{body['id']}/").json() == second.json()


def test_the_api_says_what_of_the_report_was_read(
    case: Case, cast: SimpleNamespace, predictor: StandIn, client_for: ClientFor
) -> None:
    done = work(services.request_prediction(case=case, by=cast.resident))
    read = client_for(cast.resident).get(f"/api/v1/predictions/{done.pk}/").json()["reading"]
    about = {name: value for name, value in read.items() if name.startswith("report_")}
    assert about == {
        "report_read": [[0, 6]],
        "report_skipped": [],
        "report_read_chars": 6,
        "report_dropped_tokens": 0,
        "report_names_place": None,
    }


@pytest.mark.parametrize(("chars", "read"), [(499, [[0, 499]]), (0, [])])
def test_a_reading_of_a_former_version_is_shown_as_it_was_made(
    case: Case, cast: SimpleNamespace, client_for: ClientFor, chars: int, read: list[list[int]]
) -> None:
    """It read the report from its beginning, and did not say whether that names a place."""
    former = {"samples": [], "seed": 0, "report_read_chars": chars, "report_dropped_tokens": 9, "corrected": {}}
    prediction = services.request_prediction(case=case, by=cast.resident)
    Prediction.objects.update(reading=former)
    shown = client_for(cast.resident).get(f"/api/v1/predictions/{prediction.pk}/").json()["reading"]
    assert shown == {**former, "report_read": read, "report_skipped": [], "report_names_place": None}


@pytest.mark.parametrize("wish", [{"samples": 0}, {"samples": 21}, {"seed": -1}, {"samples": "many"}])
def test_the_api_refuses_a_wish_it_cannot_fulfil(
    case: Case, cast: SimpleNamespace, client_for: ClientFor, wish: dict[str, Any]
) -> None:
    answer = client_for(cast.resident).post(f"/api/v1/cases/{case.pk}/predictions/", wish, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_a_stranger_gets_404_for_the_prediction_and_its_live_subject(
    case: Case, cast: SimpleNamespace, predictor: StandIn, client_for: ClientFor
) -> None:
    prediction = work(services.request_prediction(case=case, by=cast.resident))
    stranger = client_for(cast.second_resident)
    assert stranger.get(f"/api/v1/predictions/{prediction.pk}/").status_code == 404
    assert stranger.get("/api/v1/events/", {"subject": prediction.subject}).status_code == 404
    Case.objects.update(published=True)
    assert stranger.get(f"/api/v1/predictions/{prediction.pk}/").status_code == 200


def test_a_film_that_is_held_back_hides_its_prediction(
    case: Case, cast: SimpleNamespace, predictor: StandIn, client_for: ClientFor
) -> None:
    prediction = work(services.request_prediction(case=case, by=cast.resident))
    Case.objects.update(held=True, state="quarantined")
    assert client_for(cast.resident).get(f"/api/v1/predictions/{prediction.pk}/").status_code == 404


def test_a_researcher_looks_but_does_not_ask(
    case: Case, cast: SimpleNamespace, predictor: StandIn, client_for: ClientFor
) -> None:
    Case.objects.update(published=True)
    prediction = work(services.request_prediction(case=case, by=cast.resident))
    client = client_for(cast.researcher)
    assert client.get(f"/api/v1/predictions/{prediction.pk}/").status_code == 200
    assert client.post(f"/api/v1/cases/{case.pk}/predictions/", {}, format="json").status_code == 403
