"""Guards of cases, films and uploads, by every pair of conditions: role × ownership × state × held × published."""

from __future__ import annotations

import itertools
import uuid
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from gazeapp.cases import selectors, services
from gazeapp.cases.models import Case, Film, Upload
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem

pytestmark = pytest.mark.django_db
STATES = list(Case.State.values)


@pytest.fixture
def film(db: None) -> Film:
    return Film.objects.create(sha256="c" * 64, rows=8, columns=10)


def case_of(owner: Any, film: Film | None = None, **more: Any) -> Case:
    return Case.objects.create(**{"owner": owner, "title": "A film", "state": "ready", "film": film, **more})


@pytest.mark.parametrize(("state", "held"), list(itertools.product(STATES, [True, False])))
def test_pixels_of_an_own_case_are_open_when_ready_or_confirming_and_not_held(
    cast: SimpleNamespace, film: Film, state: str, held: bool
) -> None:
    case = case_of(cast.resident, film, state=state, held=held)
    open_to_owner = not held and state in {"ready", "confirming"}
    assert selectors.cases_open_to(cast.resident).filter(pk=case.pk).exists() is open_to_owner
    assert selectors.is_open(cast.resident, case) is open_to_owner
    assert selectors.cases_open_to(cast.admin).filter(pk=case.pk).exists()
    assert selectors.is_open(cast.admin, case)
    seen_by_faculty = state in {"ready", "quarantined"}
    assert selectors.cases_open_to(cast.faculty).filter(pk=case.pk).exists() is seen_by_faculty


def test_without_a_film_nothing_is_open_even_to_admins(cast: SimpleNamespace) -> None:
    case = case_of(cast.resident, None)
    for person in (cast.resident, cast.faculty, cast.admin):
        assert not selectors.cases_open_to(person).exists()
        assert not selectors.is_open(person, case)


@pytest.mark.parametrize("held", [True, False])
def test_a_film_is_had_through_any_open_case_and_through_no_other(
    cast: SimpleNamespace, film: Film, held: bool
) -> None:
    case_of(cast.resident, film, held=held)
    if held:
        with pytest.raises(Http404):
            selectors.film_for(cast.resident, film.sha256)
    else:
        assert selectors.film_for(cast.resident, film.sha256) == film
    with pytest.raises(Http404):
        selectors.film_for(cast.second_resident, film.sha256)
    with pytest.raises(Http404):
        selectors.film_for(cast.admin, "d" * 64)


MAY = {  # action: of those who see a ready, open case
    "view": "resident second_resident faculty admin researcher",
    "edit": "resident admin",
    "delete": "resident admin",
    "confirm": "resident admin",
    "publish": "faculty admin",
    "release": "faculty admin",
    "hide": "resident second_resident faculty admin researcher",
    "predict": "resident second_resident faculty admin",
    "author": "faculty admin",
}


@pytest.mark.parametrize("action", sorted(selectors.ACTIONS))
def test_who_may_do_what_with_a_published_case_of_a_resident(cast: SimpleNamespace, film: Film, action: str) -> None:
    case = case_of(cast.resident, film, published=True)
    people = ("resident", "second_resident", "faculty", "admin", "researcher")
    assert [name for name in people if selectors.may(getattr(cast, name), case, action)] == MAY[action].split()
    for name in people:
        if name not in MAY[action].split():
            with pytest.raises(PermissionDenied):
                selectors.case_for(getattr(cast, name), case.pk, action)


@pytest.mark.parametrize(
    ("changes", "action"),
    [
        ({"held": True}, "predict"),
        ({"held": True}, "hide"),
        ({"state": "confirming"}, "predict"),
        ({"state": "quarantined"}, "hide"),
        ({"film": None}, "hide"),
        ({"film": None}, "predict"),
    ],
)
def test_what_cannot_be_seen_is_neither_hidden_nor_predicted_by_its_owner(
    cast: SimpleNamespace, film: Film, changes: dict[str, Any], action: str
) -> None:
    assert not selectors.may(cast.resident, case_of(cast.resident, **{"film": film, **changes}), action)


def test_an_action_that_does_not_exist_is_a_mistake_of_ours(cast: SimpleNamespace, film: Film) -> None:
    with pytest.raises(ValueError, match="explode"):
        selectors.may(cast.admin, case_of(cast.resident, film), "explode")


@pytest.mark.parametrize("ident", ["x", "", uuid.uuid4()])
def test_what_is_no_case_is_not_found_by_admins_either(cast: SimpleNamespace, ident: Any) -> None:
    for look in (
        lambda: selectors.case_for(cast.admin, ident, "view"),
        lambda: selectors.upload_for(cast.admin, ident),
    ):
        with pytest.raises(Http404):
            look()


def test_who_lost_the_right_to_upload_sends_no_more_bytes(cast: SimpleNamespace) -> None:
    upload = services.create_upload(owner=cast.resident, size=10)
    assert selectors.upload_for(cast.resident, upload.pk) == upload
    cast.resident.groups.set(cast.researcher.groups.all())
    changed = type(cast.resident).objects.get(pk=cast.resident.pk)
    with pytest.raises(Http404):
        selectors.upload_for(changed, upload.pk)


def test_a_marked_report_is_shown_only_while_it_waits_for_its_owner(cast: SimpleNamespace) -> None:
    from gazeapp.cases import quarantine

    upload = services.create_upload(owner=cast.resident, size=10, report="Lungs clear. Seen with Li.")
    quarantine.write_identifiers(upload.pk, [("name", "Li")])
    case = upload.case
    with pytest.raises(Problem, match="No report waits"):
        selectors.report_marks(case.owner, case)
    case.state = "confirming"
    (flagged,) = selectors.report_marks(case.owner, case)["flagged"]
    assert (flagged["text"], flagged["marks"][0]["start"]) == ("Lungs clear. Seen with Li.", 23)


def test_the_live_state_tells_of_bytes_while_they_come_and_of_a_prediction_only_where_the_film_is_open(
    cast: SimpleNamespace, film: Film, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = services.create_upload(owner=cast.resident, size=10)
    Upload.objects.update(offset=4)
    assert selectors.live_case(cast.resident, str(upload.case_id))["upload"] == {"offset": 4, "size": 10}
    monkeypatch.setattr(selectors, "predictions_of", lambda cases: {case.pk: "p" for case in cases})
    for held in (False, True):
        case = case_of(cast.resident, film, held=held)
        Upload.objects.create(case=case, size=10, expires_at=upload.expires_at)
        said = selectors.live_case(cast.resident, str(case.pk))
        assert (said["prediction"], said["upload"]) == (None if held else "p", None)


def test_pages_of_cases_made_in_one_moment_show_each_once_in_one_order(cast: SimpleNamespace, client_for: Any) -> None:
    made = [case_of(cast.resident) for _ in range(5)]
    Case.objects.update(created_at=made[0].created_at)
    client, address, seen = client_for(cast.resident), "/api/v1/cases/?page_size=2", []
    while address:
        page = client.get(address).json()
        assert len(page["results"]) <= 2
        seen += [case["id"] for case in page["results"]]
        address = page["next"]
    assert seen == sorted((str(case.pk) for case in made), reverse=True)


@pytest.mark.parametrize(
    ("asked", "given"), [("", 50), ("page_size=200", 200), ("page_size=999", 200), ("page_size=0", 50)]
)
def test_a_page_holds_fifty_and_at_most_two_hundred(
    cast: SimpleNamespace, client_for: Any, asked: str, given: int
) -> None:
    from django.utils import timezone

    Job.objects.bulk_create(
        Job(kind="sleep", queue="io", subject=f"t:{n}", key=f"k{n}", state="done", queued_at=timezone.now())
        for n in range(201)
    )
    assert len(client_for(cast.admin).get(f"/api/v1/jobs/?{asked}").json()["results"]) == given
