"""A prediction belongs to a film *and* a report: whoever sees one case with both sees it, and nobody by half of it."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import Http404
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core import services as jobs
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors, services
from gazeapp.scanpaths.models import Prediction

ClientFor = Callable[[Any], Any]


@pytest.fixture
def prediction(case: Case) -> Prediction:
    """Of the resident's case, done."""
    return make(case.film_id or "", case.report_sha256, reading={"samples": []}, finished_at=timezone.now())


def make(film: str, report: str, **more: Any) -> Prediction:
    values = {"model_sha256": "f" * 64, "model_name": "stand-in", "seed": Prediction.objects.count()}
    return Prediction.objects.create(film_sha256=film, report_sha256=report, **{**values, **more})


def twin(case: Case, owner: Any, **more: Any) -> Case:
    """Another case of the same film."""
    values = {"title": "A twin", "state": "ready", "film": case.film, "report": "Clear.", "report_sha256": "a" * 64}
    return Case.objects.create(owner=owner, **{**values, **more})


def sees(user: Any, prediction: Prediction) -> bool:
    try:
        return selectors.prediction_for(user, prediction.pk) == prediction
    except Http404:
        return False


def test_the_same_film_with_another_report_opens_nothing(
    case: Case, cast: SimpleNamespace, prediction: Prediction, client_for: ClientFor
) -> None:
    twin(case, cast.second_resident, report="Effusion.", report_sha256="b" * 64)
    assert not sees(cast.second_resident, prediction)
    client = client_for(cast.second_resident)
    assert client.get(f"/api/v1/predictions/{prediction.pk}/").status_code == 404
    assert client.get("/api/v1/events/", {"subject": prediction.subject}).status_code == 404


def test_the_same_report_with_another_film_opens_nothing(
    case: Case, cast: SimpleNamespace, prediction: Prediction
) -> None:
    from gazeapp.cases.models import Film

    film = Film.objects.create(sha256="c" * 64, rows=8, columns=10)
    twin(case, cast.second_resident, film=film)
    assert not sees(cast.second_resident, prediction)


def test_one_case_with_both_is_enough(case: Case, cast: SimpleNamespace, prediction: Prediction) -> None:
    twin(case, cast.second_resident)
    assert sees(cast.second_resident, prediction)


@pytest.mark.parametrize(
    ("published", "held", "state"),
    list(itertools.product([True, False], [True, False], ["ready", "confirming", "quarantined", "refused"])),
)
def test_of_another_persons_case_only_the_published_ready_unheld_one_shows_it(
    case: Case, cast: SimpleNamespace, prediction: Prediction, published: bool, held: bool, state: str
) -> None:
    Case.objects.update(published=published, held=held, state=state)
    shown = published and not held and state == "ready"
    assert sees(cast.second_resident, prediction) is shown
    assert sees(cast.researcher, prediction) is shown
    assert sees(cast.resident, prediction) is (not held and state == "ready")  # the owner's own
    assert sees(cast.admin, prediction) is sees(cast.faculty, prediction) is (state == "ready")
    assert not sees(cast.outsider, prediction)


@pytest.mark.parametrize("ident", ["x", "", "00000000-0000-0000-0000-000000000000", None])
def test_what_is_no_prediction_is_not_found(case: Case, cast: SimpleNamespace, ident: Any) -> None:
    with pytest.raises(Http404):
        selectors.prediction_for(cast.admin, ident)


# --- the newest of each case


def test_a_list_gives_each_case_its_own_reports_prediction(case: Case, cast: SimpleNamespace) -> None:
    other = twin(case, cast.resident, report="Effusion.", report_sha256="b" * 64)
    bare = twin(case, cast.resident, report="", report_sha256="")
    film = case.film_id or ""
    mine, its = make(film, "a" * 64), make(film, "b" * 64)
    make(film, "d" * 64)
    assert selectors.predictions_of([case, other, bare]) == {case.pk: str(mine.pk), other.pk: str(its.pk)}


def test_among_finished_ones_and_among_unfinished_ones_the_newest_counts(case: Case) -> None:
    film = case.film_id or ""
    old, new = (make(film, "a" * 64, finished_at=timezone.now()) for _ in range(2))
    make(film, "a" * 64)
    assert selectors.predictions_of([case]) == {case.pk: str(new.pk)}
    Prediction.objects.filter(pk__in=[old.pk, new.pk]).delete()
    waiting = make(film, "a" * 64)
    assert selectors.predictions_of([case]) == {case.pk: str(waiting.pk)}


def test_a_list_costs_two_queries_however_long(case: Case, django_assert_num_queries: Any) -> None:
    make(case.film_id or "", "a" * 64)
    with django_assert_num_queries(2):
        selectors.predictions_of([case] * 30)
    with django_assert_num_queries(0):
        selectors.predictions_of([])


# --- what is said of it


@pytest.mark.parametrize(
    ("job_state", "read", "said"),
    [
        ("queued", False, "queued"),
        ("running", False, "running"),
        ("done", False, "running"),  # between two reads
        ("failed", False, "failed"),
        ("cancelled", False, "cancelled"),
        (None, False, "cancelled"),
        ("failed", True, "done"),  # an earlier attempt's reading is there
        (None, True, "done"),
    ],
)
def test_its_state_is_its_readings_and_then_its_jobs(case: Case, job_state: str | None, read: bool, said: str) -> None:
    job = Job(state=job_state) if job_state else None
    assert selectors.state_of(Prediction(job=job, reading={"samples": []} if read else None)) == said


def test_of_a_model_that_is_no_longer_here_nobody_says_whether_it_was_simulated(
    case: Case, prediction: Prediction, model: SimpleNamespace
) -> None:
    assert selectors.model_dict(prediction)["simulated"] is True
    model.simulated = False
    assert selectors.model_dict(prediction)["simulated"] is False
    model.sha256 = "e" * 64
    told = selectors.model_dict(prediction)
    assert (told["name"], told["sha256"], told["simulated"]) == ("stand-in", "f" * 64, None)


# --- asking


@pytest.mark.parametrize(
    ("samples", "seed", "taken"),
    [(1, 0, True), (20, 2**31 - 1, True), (0, 0, False), (21, 0, False), (1, -1, False), (1, 2**31, False)],
)
def test_up_to_twenty_samples_and_any_seed_of_31_bits(
    case: Case, cast: SimpleNamespace, samples: int, seed: int, taken: bool
) -> None:
    if taken:
        asked = services.request_prediction(case=case, by=cast.resident, samples=samples, seed=seed)
        assert (asked.samples, asked.seed) == (samples, seed)
    else:
        with pytest.raises(Problem, match="Ask for 1 to 20"):
            services.request_prediction(case=case, by=cast.resident, samples=samples, seed=seed)


@pytest.mark.parametrize("lack", [{"film": None}, {"report_sha256": ""}, {"state": "quarantined"}])
def test_without_film_report_or_readiness_there_is_nothing_to_predict(
    case: Case, cast: SimpleNamespace, lack: dict[str, Any]
) -> None:
    for name, value in lack.items():
        setattr(case, name, value)
    with pytest.raises(Problem, match="not ready"):
        services.request_prediction(case=case, by=cast.resident)
    assert not Prediction.objects.exists()


def test_the_case_is_told_once_and_the_trail_says_who_asked(case: Case, cast: SimpleNamespace) -> None:
    first = services.request_prediction(case=case, by=cast.resident)
    services.request_prediction(case=case, by=cast.faculty)
    told = Event.objects.filter(subject=case.subject, type="case.prediction")
    assert [event.data for event in told] == [{"prediction": str(first.pk)}]
    (row,) = AuditEvent.objects.filter(verb="prediction.request")
    assert (row.actor, row.target) == (f"user:{cast.resident.pk}", first.subject)
    assert row.detail == {"case": str(case.pk)}
    assert Job.objects.get().owner == cast.resident


def test_only_a_failure_is_news_of_a_prediction(case: Case, cast: SimpleNamespace) -> None:
    asked = services.request_prediction(case=case, by=cast.resident)
    jobs.cancel(job=Job.objects.get(), by=cast.resident)
    assert not Event.objects.filter(subject=asked.subject, type="prediction.failed").exists()


def test_the_report_comes_from_the_oldest_case_that_has_it(case: Case, cast: SimpleNamespace) -> None:
    asked = services.request_prediction(case=case, by=cast.resident)
    twin(case, cast.resident, report="Effusion.", report_sha256="b" * 64)
    second = twin(case, cast.resident, report="Clear, again.")
    assert services.report_of(asked) == "Clear."
    case.delete()
    assert services.report_of(asked) == "Clear, again."
    second.delete()
    with pytest.raises(Problem, match="deleted before"):
        services.report_of(asked)


def test_a_model_that_is_missing_is_a_problem_only_for_who_asks(
    case: Case, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise Problem("other", "Something else.", code=500)

    monkeypatch.setattr(selectors, "current_model", broken)
    with pytest.raises(Problem, match="Something else"):
        services.case_ready(case=case, by=cast.resident)
