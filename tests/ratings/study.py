"""Readings to be rated, and a study over the API, as the pages do it: plan, start, rate, close."""

from __future__ import annotations

from typing import Any

import numpy as np
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.cases.models import Case
from gazeapp.recordings.models import FixationSet, Reader, Recording
from gazeapp.recordings.services import reader_of
from gazeapp.scanpaths.models import ModelVersion, Prediction
from gazeapp.scanpaths.selectors import current_model
from gazeapp.scanpaths.services import store_reading
from tests.cases.films import stored_case

API = "/api/v1/ratings"
Path = list[tuple[float, float, float]]  # x, y in film fractions, seconds
ANSWERS = {"human_like": 1, "comprehensive": 4, "redundant": 2, "confidence": 3, "note": ""}


def film_case(owner: Any, number: int, **more: Any) -> Case:
    """A ready case with a film of its own."""
    return stored_case(owner, np.arange(60 * 50).reshape(60, 50) + number, title=f"Case {number}", **more)


def path(number: int, n: int = 4) -> Path:
    """A path that no other number has."""
    return [((7 * number + 13 * i) % 97 / 100, (11 * number + 29 * i) % 89 / 100, 0.2 + 0.1 * i) for i in range(n)]


def fixations(way: Path) -> list[dict[str, float]]:
    starts = np.cumsum([0.0] + [seconds + 0.03 for *_, seconds in way])
    return [
        {"x": x, "y": y, "onset_s": float(start), "duration_s": seconds}
        for (x, y, seconds), start in zip(way, starts, strict=False)
    ]


def reading(case: Case, person: Any, way: Path, *, source: str = "tracker", age_days: int = 0) -> FixationSet:
    """A complete recording of the case by a person (or, given a `Reader`, by that one)."""
    reader = person if isinstance(person, Reader) else reader_of(person)
    recording = Recording.objects.create(
        reader=reader, case=case, film_sha256=case.film_id or "", aspect=1.2, source=source, state="sealed"
    )
    Recording.objects.filter(pk=recording.pk).update(
        created_at=timezone.now() - timezone.timedelta(days=age_days)  # type: ignore[attr-defined]
    )
    return FixationSet.objects.create(recording=recording, method="I-DT", fixations=fixations(way))


def simulated_reader() -> Reader:
    return Reader.objects.get_or_create(pseudonym="Simulated 1", defaults={"simulated": True})[0]


def predicted(case: Case, way: Path | None, **more: Any) -> Prediction:
    """The case's prediction by the model of today; not finished when there is no path."""
    sample = {"fixations": fixations(way or []), "source": "model", "capped": False}
    values = {"model_sha256": current_model().sha256, "model_name": "demo", **more}
    return Prediction.objects.create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        reading=None if way is None else {"samples": [sample], "seed": 0},
        finished_at=None if way is None else timezone.now(),
        **values,
    )


def version(name: str, sha256: str) -> ModelVersion:
    """A model version beside the one of today, of which there are no files."""
    return ModelVersion.objects.create(sha256=sha256, name=name, files={}, simulated=True, metrics={}, about={})


def draw() -> None:
    """What a worker does for a study: each case's prediction once more, from the study's seed; those without stay."""
    for wanted in Prediction.objects.filter(for_study=True, reading__isnull=True):
        key = {name: getattr(wanted, name) for name in ("film_sha256", "report_sha256", "model_sha256")}
        there = Prediction.objects.filter(for_study=False, reading__isnull=False, **key).first()
        if there is not None:
            store_reading(prediction=wanted, reading=there.reading)


def plan(client: APIClient, cases: list[Case], kinds: list[str], raters: list[Any], **more: Any) -> dict[str, Any]:
    """A planned study."""
    made = client.post(f"{API}/studies/", {"name": "Whose eye"}, format="json")
    assert made.status_code == 201, made.json()
    body = {
        "cases": [str(case.pk) for case in cases],
        "sources": [{"kind": kind} for kind in kinds],
        "raters": [person.pk for person in raters],
        **more,
    }
    changed = client.patch(f"{API}/studies/{made.json()['id']}/", body, format="json")
    assert changed.status_code == 200, changed.json()
    draw()
    found: dict[str, Any] = client.get(f"{API}/studies/{made.json()['id']}/").json()
    return found


def start(client: APIClient, study: dict[str, Any]) -> Any:
    return client.post(f"{API}/studies/{study['id']}/start/")


def close(client: APIClient, study: dict[str, Any]) -> Any:
    return client.post(f"{API}/studies/{study['id']}/close/")


def take(client: APIClient, study: dict[str, Any], person: Any, **more: Any) -> Any:
    """Adds a rater."""
    return client.post(f"{API}/studies/{study['id']}/raters/", {"user": person.pk, **more}, format="json")


def queued(client: APIClient) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get(f"{API}/queue/").json()["studies"]
    return rows


def next_of(client: APIClient) -> str:
    """The assignment that a rater goes on with."""
    ident: str = queued(client)[0]["next"]
    assert ident, "nothing is left"
    return ident


def item(client: APIClient, ident: str) -> Any:
    return client.get(f"{API}/items/{ident}/")


def submit(client: APIClient, ident: str, **answers: Any) -> Any:
    return client.post(f"{API}/items/{ident}/submit/", {**ANSWERS, "seconds": 12.5, **answers}, format="json")


def rate_all(client: APIClient, **answers: Any) -> list[str]:
    """Everything that waits for this rater in their first study; gives the assignments in order."""
    done = []
    ident = queued(client)[0]["next"]
    while ident:
        assert ident not in done, "it comes again"
        assert item(client, ident).status_code == 200
        done.append(ident)
        answer = submit(client, ident, **answers)
        assert answer.status_code == 200, answer.json()
        ident = answer.json()["next"]
    return done
