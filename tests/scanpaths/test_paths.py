"""A path reference names a scanpath; whether it may be used is asked each time it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.http import Http404
from django.utils import timezone

from gazeapp.cases.models import Case, Film
from gazeapp.core import registry
from gazeapp.core.problems import Problem
from gazeapp.recordings.models import FixationSet, Reader, Recording
from gazeapp.recordings.services import reader_of
from gazeapp.scanpaths import selectors
from gazeapp.scanpaths.models import Prediction
from gazeapp.scanpaths.paths import resolve, rows
from ml.gaze.controls import centre, displaced, shuffled
from tests.practice.conftest import consent

FIXATIONS = [
    {"x": 0.25, "y": 0.5, "onset_s": 0.1, "duration_s": 0.4},
    {"x": 1.5, "y": 0.5, "onset_s": 0.6, "duration_s": 0.3},  # beside the film
    {"x": 0.75, "y": 0.25, "onset_s": 1.2, "duration_s": 0.2},
    {"x": 0.5, "y": 0.75, "onset_s": 1.5, "duration_s": 0.5},
]
ON_FILM = [(0.25, 0.5, 0.4), (0.75, 0.25, 0.2), (0.5, 0.75, 0.5)]


def reading(case: Case, reader: Reader, **more: Any) -> str:
    """Reference of a sealed recording's fixations."""
    values = {"source": "tracker", "state": "sealed", "aspect": 1.0, **more}
    recording = Recording.objects.create(reader=reader, case=case, film_sha256=case.film_id or "", **values)
    made = FixationSet.objects.create(recording=recording, method="I-DT", fixations=FIXATIONS)
    return f"fixations:{made.pk}"


def predicted(case: Case, **more: Any) -> Prediction:
    values = {"reading": {"samples": [{"fixations": FIXATIONS}]}, "finished_at": timezone.now(), **more}
    return Prediction.objects.create(
        film_sha256=case.film_id or "",
        report_sha256=case.report_sha256,
        model_sha256="f" * 64,
        model_name="stand-in",
        **values,
    )


def of(reference: str) -> list[tuple[float, ...]]:
    return [tuple(row) for row in rows(resolve(reference, purpose="research")).tolist()]


def gone(reference: str) -> bool:
    try:
        resolve(reference, purpose="research")
    except Problem as problem:
        return (problem.kind, problem.code) == ("path-gone", 410)
    return False


@pytest.fixture
def simulated(case: Case) -> str:
    return reading(case, Reader.objects.create(pseudonym="Simulated reader A", simulated=True))


def test_what_lies_beside_the_film_is_left_out(simulated: str) -> None:
    assert of(simulated) == ON_FILM


def test_a_prediction_gives_its_first_sample(case: Case) -> None:
    reading = {"samples": [{"fixations": FIXATIONS}, {"fixations": FIXATIONS[:1]}]}
    path = resolve(f"prediction:{predicted(case, reading=reading).pk}", purpose="research")
    assert (path.source, len(path.fixations)) == ("model", 3)


def test_controls_are_made_of_the_path_they_name(simulated: str) -> None:
    own = rows(resolve(simulated, purpose="research"))
    for kind, made in (("shuffled", shuffled(own, 7)), ("centre", centre(own, 7)), ("other-case", own)):
        assert of(f"{kind}:7:{simulated}") == [tuple(row) for row in made.tolist()]
        moved = resolve(f"displaced:3:{kind}:7:{simulated}", purpose="research")
        assert rows(moved).tolist() == displaced(made, 3).tolist()
        assert moved.source == kind
    assert resolve(f"other-case:7:{simulated}", purpose="research").source == "other-case"
    assert resolve(f"centre:7:{simulated}", purpose="research").source == "centre"


def test_a_control_has_onsets_that_follow_each_other(simulated: str) -> None:
    path = resolve(f"shuffled:7:{simulated}", purpose="research")
    ends = np.cumsum([f.duration_s for f in path.fixations])
    assert [f.onset_s for f in path.fixations] == pytest.approx([0.0, *ends[:-1]])


def test_a_persons_reading_is_there_as_long_as_they_agree_to_the_purpose(case: Case, cast: SimpleNamespace) -> None:
    path = reading(case, reader_of(cast.resident))
    assert gone(path)
    consent(cast.resident, teaching=True, training=True)
    assert gone(path)
    consent(cast.resident, research=True)
    assert of(path) == ON_FILM and not gone(f"shuffled:1:{path}")
    consent(cast.resident)
    assert gone(path) and gone(f"shuffled:1:{path}") and gone(f"other-case:1:{path}") and gone(f"centre:1:{path}")


@pytest.mark.parametrize("reading", [None, {"samples": []}, {"samples": [{"fixations": []}]}])
def test_a_prediction_without_a_reading_is_gone(case: Case, reading: Any) -> None:
    assert gone(f"prediction:{predicted(case, reading=reading).pk}")


@pytest.mark.parametrize(
    "reference",
    ["", "x", "fixations:", "fixations:1", "prediction:x", "shuffled:7", "other-case:fixations:1",
     "shuffled:x:fixations:1", "centre:-1:x",
     "shuffled:²:fixations:1", "fixations:00000000-0000-0000-0000-000000000000"],
)  # fmt: skip
@pytest.mark.django_db
def test_what_names_nothing_is_gone(reference: str) -> None:
    assert gone(reference)


# --- raters


def films_rated(user: Any) -> Any:
    """Stands in for the app that keeps studies: the second resident rates every film."""
    films = Film.objects.all() if user.username == "faculty" else Film.objects.none()
    return films.values_list("pk", flat=True)


@pytest.fixture
def study(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "FILMS_RATED", "tests.scanpaths.test_paths.films_rated")


@pytest.mark.usefixtures("study")
def test_who_rates_a_films_readings_sees_no_prediction_of_it(
    case: Case, cast: SimpleNamespace, client_for: Any
) -> None:
    prediction = predicted(case)
    for person, status in ((cast.faculty, 403), (cast.resident, 200), (cast.admin, 200)):
        client = client_for(person)
        assert client.get(f"/api/v1/predictions/{prediction.pk}/").status_code == status
        assert client.get("/api/v1/events/", {"subject": prediction.subject}).status_code == status
    with pytest.raises(Problem, match="rate readings"):
        selectors.prediction_for(cast.faculty, prediction.pk)


@pytest.mark.usefixtures("study")
def test_who_rates_a_films_readings_cannot_ask_for_another(case: Case, cast: SimpleNamespace, client_for: Any) -> None:
    Case.objects.update(published=True)
    answer = client_for(cast.faculty).post(f"/api/v1/cases/{case.pk}/predictions/", {"seed": 5}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/rated-blind")
    assert not Prediction.objects.exists()


@pytest.mark.usefixtures("study")
def test_a_stranger_to_the_case_still_gets_404(case: Case, cast: SimpleNamespace) -> None:
    prediction = predicted(case)
    Case.objects.update(state=Case.State.QUARANTINED)
    with pytest.raises(Http404):
        selectors.prediction_for(cast.faculty, prediction.pk)
