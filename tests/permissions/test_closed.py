"""Before the attempt: a film of an open practice set does not exist for a resident, by any door.

It stands in three published cases with three reports. Every route and method is asked for them and for ids that nobody
has; every list, filter, search, order, cursor and count is asked while they are there and when they are gone. Each
pair of answers must be the same, status and body. A new route whose ids are not told here fails.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from rest_framework.test import APIClient

from gazeapp.cases.models import Case, Film
from gazeapp.core import live
from gazeapp.core.registry import SUBJECTS
from gazeapp.difficulty.services import recompute
from gazeapp.scanpaths.models import Prediction
from gazeapp.scanpaths.selectors import current_model
from tests.cases.films import stored_case
from tests.cases.teaching import key_of, open_set
from tests.conftest import make_cast
from tests.permissions.matrix import BODIES, ROWS
from tests.permissions.routes import http_routes
from tests.permissions.test_http import METHODS, stripped, undone

WORDS = "Unmistakable"
PIXELS = np.arange(64 * 48).reshape(64, 48)
SECRET = "0" * 64
# What a page or an answer says anew each time.
FRESH = re.compile(r'data-csrf="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"')
LISTS = [
    *("api/v1/cases/" + query for query in (
        "", "?search=Unmistakable", "?search=Unmistakable0+report", "?published=true", "?simulated=false",
        "?state=ready", "?page_size=1", "?page_size=2", "?owner=me", "?ordering=title", "?ordering=-created_at",
    )),
    *("cases/" + query for query in (
        "", "?search=Unmistakable", "?whose=library", "?whose=mine", "?state=ready", "?kind=real", "?kind=simulated",
        "?page=1", "?page=2", "?page=99",
    )),
    "", "api/v1/overview/", "overview/", "demo/",
    "api/v1/jobs/", "api/v1/jobs/?kind=predict", "api/v1/me/", "people/me/", "cases/new/", "jobs/", "quarantine/",
    "people/", "api/v1/schema/", "api/v1/sets/", "sets/", "people/me/consent/", "api/v1/me/consents/", "teaching/",
    "practice/attempts/",
    "practice/next/", "progress/", "api/v1/practice/attempts/", "api/v1/practice/progress.csv", "api/v1/recordings/",
    "rate/", "studies/", "api/v1/ratings/studies/", "api/v1/ratings/choices/", "api/v1/ratings/queue/",
    "recordings/", "recordings/import/", "api/v1/recordings/imports/", "api/v1/ladder/", "api/v1/ladder/?band=1",
    "api/v1/ladder/agreement/", "api/v1/ladder/pair/", "api/v1/ladder.csv", "ladder/", "ladder/harder/",
    "api/v1/data/counts/", "api/v1/data/requests/", "api/v1/data/withdrawals/", "api/v1/releases/",
    "api/v1/models/", "api/v1/models/history/", "api/v1/training/runs/", "api/v1/training/estimate/",
    "api/v1/training/schedules/", "models/", "models/runs/new/",
    "releases/", "data/", "data/browse/", "access/",
]  # fmt: skip


# They say how many films of the open sets are left to read, and nothing else of them.
COUNTED = ("practice/", "api/v1/practice/progress/")


@dataclass(frozen=True)
class Ids:
    """What to put into an address: of one of the closed cases, or of nothing."""

    case: str
    film: str
    thumbnail: str
    prediction: str
    set: str

    def fill(self, pattern: str) -> str:
        """The address, and whether it names anything of a case at all."""
        for piece, ident in {
            "cases/<>": self.case,
            "films/<>": self.film,
            "thumbnails/<>": self.thumbnail,
            "predictions/<>": self.prediction,
            "sets/<>": self.set,
            # of no case: the same in both worlds
            "models/<>": SECRET,
            "runs/<>": "00000000-0000-0000-0000-000000000000",
            "schedules/<>": "00000000-0000-0000-0000-000000000000",
            "studies/<>": "00000000-0000-0000-0000-000000000000",
            "requests/<>": "00000000-0000-0000-0000-000000000000",
            "releases/<>": "00000000-0000-0000-0000-000000000000",
            "files/<>": "cases.csv",
            "items/<>": "00000000-0000-0000-0000-000000000000",
            "rate/<>": "00000000-0000-0000-0000-000000000000",
            "raters/<>": "999999",
            "jobs/<>": "00000000-0000-0000-0000-000000000000",
            "uploads/<>": "00000000-0000-0000-0000-000000000000",
            "attempts/<>": "00000000-0000-0000-0000-000000000000",
            "imports/<>": "00000000-0000-0000-0000-000000000000",
            "recordings/<>": "00000000-0000-0000-0000-000000000000",
            "parts/<>": "0",
            "objections/<>": "999999",
            "/<>.csv": "/findings.csv",
            "comparisons/<>": "999999",
            "ladder/<>": self.case,
            "tokens/<>": "abc",
            "people/link/<>": "abc",
            "people/<>": "999999",
        }.items():
            pattern = pattern.replace(piece, ident if piece == "/<>.csv" else piece.replace("<>", ident))
        assert "<>" not in pattern, f"tests/permissions/test_closed.py: say which id stands in {pattern}"
        return "/" + pattern

    def values(self) -> list[str]:
        return [self.case, self.film, self.thumbnail, self.prediction]


NOTHING = Ids(str(uuid4()), SECRET, SECRET, str(uuid4()), str(uuid4()))


@pytest.fixture(scope="module")
def made(module_db: None) -> SimpleNamespace:
    cast = make_cast()
    return SimpleNamespace(cast=cast, closed=closed_cases(cast))


@pytest.fixture
def cast(made: SimpleNamespace, db: None) -> SimpleNamespace:
    people: SimpleNamespace = made.cast
    return people


@pytest.fixture
def closed(made: SimpleNamespace, db: None) -> list[Ids]:
    cases: list[Ids] = made.closed
    return cases


def closed_cases(cast: SimpleNamespace) -> list[Ids]:
    """Three published cases of one film, one of them in an open set and on the ladder. The resident has a film of their
    own."""
    stored_case(cast.resident, np.arange(30).reshape(5, 6), title="My own")
    cases = [
        stored_case(
            owner, PIXELS, title=f"{WORDS} {n}", report=f"{WORDS}{n} report", note=f"{WORDS} note", published=True
        )
        for n, owner in enumerate((cast.faculty, cast.second_resident, cast.admin))
    ]
    made = open_set(cast.faculty, cases[0], name=f"{WORDS} set")
    key_of(cases[0], cast.faculty, note=f"{WORDS} teaching")
    key_of(cases[0], cast.faculty, state="draft")
    recompute()
    return [ids_of(case, str(made.pk)) for case in cases]


def ids_of(case: Case, set_id: str) -> Ids:
    prediction = Prediction.objects.create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        model_sha256=current_model().sha256,
        model_name="demo",
        reading={"samples": [], "seed": 0},
    )
    return Ids(str(case.pk), case.film_id or "", case.received.thumbnail, str(prediction.pk), set_id)


def answers(client: APIClient, address: str, method: str, body: dict[str, Any]) -> tuple[int, str, dict[str, str]]:
    """Status, body and the headers that could tell something; nothing is kept of what it wrote."""
    with undone():
        if method in {"GET", "DELETE", "HEAD"}:
            answer = getattr(client, method.lower())(address, query_params=body)
        else:
            answer = getattr(client, method.lower())(address, body, format="json")
    told = {name: answer[name] for name in ("ETag", "Location", "Content-Length") if name in answer}
    content = b"".join(answer.streaming_content) if answer.streaming and not answer.is_async else answer.content
    text = FRESH.sub("", content.decode(errors="replace"))
    return answer.status_code, text, told if not FRESH.search(content.decode(errors="replace")) else {}


def body_for(pattern: str, method: str, ids: Ids) -> dict[str, Any]:
    """What makes the request a valid one."""
    given = BODIES.get((pattern, method), {})
    return {
        k: v.format(case=ids.case, other_case=ids.case, draft="", writer="", rater="1") if isinstance(v, str) else v
        for k, v in given.items()
    }


def ours() -> list[str]:
    return sorted({a for r in http_routes() if not (a := stripped(r.pattern)).startswith(("admin/", "accounts/"))})


@pytest.mark.parametrize("pattern", [pattern for pattern in ours() if "<>" in pattern])
def test_a_closed_case_answers_as_one_that_does_not_exist(
    pattern: str, closed: list[Ids], cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    client = client_for(cast.resident)
    for method in METHODS:
        nothing = answers(client, NOTHING.fill(pattern), method, body_for(pattern, method, NOTHING))
        assert nothing[0] != 200 or method in {"OPTIONS", "HEAD"} or pattern.startswith("people/link"), nothing
        for ids in closed:
            got = answers(client, ids.fill(pattern), method, body_for(pattern, method, ids))
            assert got == nothing, f"{method} {pattern}"


def gone(closed: list[Ids]) -> None:
    Prediction.objects.all().delete()
    Case.objects.filter(pk__in=[ids.case for ids in closed]).delete()
    Film.objects.filter(pk=closed[0].film).delete()


@pytest.mark.parametrize("address", LISTS)
def test_lists_filters_searches_orders_and_counts_are_as_without_it(
    address: str, closed: list[Ids], cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    client = client_for(cast.resident)
    found = walked(client, f"/{address}")
    assert WORDS not in str(found).replace("search=Unmistakable", "").replace('value="Unmistakable', "")
    assert not [ident for ids in closed for ident in ids.values() if ident in str(found)]
    gone(closed)
    assert walked(client, f"/{address}") == found


@pytest.mark.parametrize("address", COUNTED)
def test_what_is_left_to_read_is_counted_and_not_named(
    address: str, closed: list[Ids], cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    answer = client_for(cast.resident).get(f"/{address}")
    assert answer.status_code == 200
    assert WORDS not in answer.text
    assert not [ident for ids in closed for ident in ids.values() if ident in answer.text]


def walked(client: APIClient, address: str) -> list[Any]:
    """The answer, and those that its cursors lead to."""
    found: list[Any] = []
    following: str | None = address
    while following:
        assert len(found) < 20
        answer = client.get(following)
        found.append((answer.status_code, FRESH.sub("", answer.content.decode())))
        body = answer.json() if answer.headers.get("Content-Type") == "application/json" else None
        following = body.get("next") if isinstance(body, dict) else None
    return found


def test_every_address_without_an_id_is_among_the_lists() -> None:
    """A new list that is not asked here could tell of a closed case."""
    readable = {pattern for pattern in ours() if "<>" not in pattern and "GET" in ROWS[pattern]}
    asked = {address.partition("?")[0] for address in LISTS} | {
        "api/v1/events/",  # asked below, by subject
        "api/v1/tokens/",
        "api/v1/docs/",
        *COUNTED,
    }
    assert readable - asked == set()


@pytest.mark.parametrize("kind", sorted(SUBJECTS))
def test_no_live_subject_and_no_event_tells_of_it(
    kind: str, closed: list[Ids], cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    idents = {
        "case": [ids.case for ids in closed],
        "prediction": [ids.prediction for ids in closed],
        "job": ["00000000-0000-0000-0000-000000000000"],
        "import": ["00000000-0000-0000-0000-000000000000"],
        "rating": [f"00000000-0000-0000-0000-000000000000.{cast.resident.pk}"],
        "board": ["00000000-0000-0000-0000-000000000000"],
        "release": ["00000000-0000-0000-0000-000000000000"],
        "requests": [""],
        "user": [str(cast.faculty.pk), str(cast.second_resident.pk)],
        "jobs": [""],
        "models": ["closed"],
        "model": ["0" * 64],
        "run": ["00000000-0000-0000-0000-000000000000"],
        "ladder": ["", "published", *(ids.case for ids in closed)],
    }
    assert kind in idents, f"tests/permissions/test_closed.py: say what {kind}: could tell of a closed case"
    for ident in idents[kind]:
        subject = f"{kind}:{ident}".rstrip(":")
        for after in (None, 0):
            with pytest.raises((Http404, PermissionDenied)):
                live.follow(cast.resident, subject, after)
        asked = client_for(cast.resident).get("/api/v1/events/", {"subject": subject})
        nothing = client_for(cast.resident).get("/api/v1/events/", {"subject": f"case:{NOTHING.case}"})
        assert (asked.status_code, asked.content) == (404, nothing.content)


@pytest.fixture
def opened(closed: list[Ids], cast: SimpleNamespace, practised: SimpleNamespace) -> Iterator[list[Ids]]:
    """The resident has committed an attempt at the case of the set."""
    practised.commit(cast.resident, Case.objects.get(pk=closed[0].case))
    yield closed


DOORS = (
    "api/v1/cases/{0.case}/",
    "api/v1/cases/{0.case}/film/",
    "api/v1/cases/{0.case}/key/",
    "cases/{0.case}/",
    "api/v1/films/{0.film}/pixels/",
    "api/v1/films/{0.film}/thumbnails/{0.thumbnail}/",
    "api/v1/predictions/{0.prediction}/",
    "api/v1/events/?subject=case:{0.case}",
)


@pytest.mark.parametrize("door", DOORS)
def test_after_the_attempt_every_door_opens_to_that_person(
    door: str, opened: list[Ids], cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    for ids in opened:
        assert client_for(cast.resident).get("/" + door.format(ids)).status_code == 200


def test_after_the_attempt_the_lists_have_it_and_the_key_is_shown(
    opened: list[Ids], cast: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    client = client_for(cast.resident)
    assert client.get("/cases/?search=Unmistakable").text.count("<h2><a") == 3
    assert len(client.get("/api/v1/cases/?search=Unmistakable").json()["results"]) == 3
    key = client.get(f"/api/v1/cases/{opened[0].case}/key/").json()
    assert key["approved"]["note"] == f"{WORDS} teaching" and key["draft"] is None
    with transaction.atomic():
        asked = client.post(f"/api/v1/cases/{opened[0].case}/predictions/", {}, format="json").status_code
    assert asked in {200, 202}
