"""Which cases a practice set closes, to whom, and until when."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.http import Http404

from gazeapp.accounts.services import make_person
from gazeapp.cases import selectors
from gazeapp.cases.models import Case, CaseSet, SetCase
from tests.cases.films import stored_case
from tests.cases.teaching import key_of, open_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(cast: SimpleNamespace) -> Case:
    """Faculty's published case."""
    return stored_case(cast.faculty, np.arange(64 * 48).reshape(64, 48), title="Published", published=True)


def twin(case: Case, owner: Any, **more: Any) -> Case:
    """Another case of the same film, with another report."""
    values = {"published": True, "report": "Something else."}
    return stored_case(owner, np.arange(64 * 48).reshape(64, 48), **{**values, **more})


def sees(user: Any, case: Case) -> bool:
    return selectors.cases_visible_to(user).filter(pk=case.pk).exists()


def gets_pixels(user: Any, case: Case, thumbnail: str | None = None) -> bool:
    try:
        return selectors.film_for(user, case.film_id or "", thumbnail).pk == case.film_id
    except Http404:
        return False


def test_a_case_in_an_open_set_is_closed_to_residents_only(case: Case, cast: SimpleNamespace) -> None:
    both = make_person(username="both", password=None, roles=["resident", "researcher"], by="test")
    teacher = make_person(username="teacher", password=None, roles=["resident", "faculty"], by="test")
    everybody = [cast.resident, both, cast.researcher, teacher, cast.faculty, cast.admin]
    assert [sees(person, case) for person in everybody] == [True] * 6
    open_set(cast.faculty, case)
    assert [sees(person, case) for person in everybody] == [False, False, True, True, True, True]
    assert [gets_pixels(person, case) for person in everybody] == [False, False, True, True, True, True]


@pytest.mark.parametrize(
    ("change", "closed"),
    [
        ({"open": False}, False),
        ({"open": False, "opened_at": None}, False),
        ({}, True),
    ],
)
def test_only_an_open_set_closes(case: Case, cast: SimpleNamespace, change: dict[str, Any], closed: bool) -> None:
    open_set(cast.faculty, case, **change)
    assert sees(cast.resident, case) is not closed


def test_a_place_that_waits_for_the_owners_yes_closes_nothing(case: Case, cast: SimpleNamespace) -> None:
    open_set(cast.faculty, case, agreed=False)
    assert sees(cast.resident, case)
    SetCase.objects.update(agreed=True)
    assert not sees(cast.resident, case)


def test_every_case_with_the_film_is_closed_but_ones_own_upload(case: Case, cast: SimpleNamespace) -> None:
    other = twin(case, cast.admin)
    own = twin(case, cast.resident, published=False)
    open_set(cast.faculty, case)
    assert not sees(cast.resident, case) and not sees(cast.resident, other)
    assert sees(cast.resident, own) and gets_pixels(cast.resident, own)
    assert not sees(cast.second_resident, case) and not sees(cast.second_resident, other)
    assert not sees(cast.second_resident, own)


def test_a_case_without_a_film_yet_stays_its_owners(case: Case, cast: SimpleNamespace) -> None:
    coming = Case.objects.create(owner=cast.resident, title="On its way")
    open_set(cast.faculty, case)
    assert sees(cast.resident, coming)


def test_a_committed_attempt_opens_the_film_to_that_person(
    case: Case, cast: SimpleNamespace, practised: SimpleNamespace
) -> None:
    other, private = twin(case, cast.admin), twin(case, cast.admin, published=False)
    open_set(cast.faculty, case)
    practised.commit(cast.resident, case)
    assert sees(cast.resident, case) and sees(cast.resident, other) and not sees(cast.resident, private)
    assert not sees(cast.second_resident, case)


def test_a_private_case_stands_in_the_library_of_who_has_read_it(
    case: Case, cast: SimpleNamespace, practised: SimpleNamespace
) -> None:
    Case.objects.update(published=False)
    made = open_set(cast.faculty, case)
    practised.commit(cast.resident, case)
    assert sees(cast.resident, case) and gets_pixels(cast.resident, case, case.received.thumbnail)
    assert not sees(cast.second_resident, case)
    CaseSet.objects.filter(pk=made.pk).update(open=False)
    assert sees(cast.resident, case)
    Case.objects.update(state="quarantined", held=True)
    assert not sees(cast.resident, case)


def test_an_open_attempt_opens_the_pixels_and_nothing_else(
    case: Case, cast: SimpleNamespace, practised: SimpleNamespace
) -> None:
    open_set(cast.faculty, case)
    practised.begin(cast.resident, case)
    assert gets_pixels(cast.resident, case) and not gets_pixels(cast.resident, case, case.received.thumbnail)
    assert not sees(cast.resident, case) and not gets_pixels(cast.second_resident, case)
    Case.objects.update(state="quarantined", held=True)  # somebody hid it
    assert not gets_pixels(cast.resident, case)


def test_an_attempt_opens_no_film_that_is_not_ready(
    case: Case, cast: SimpleNamespace, practised: SimpleNamespace
) -> None:
    practised.begin(cast.resident, case)
    assert gets_pixels(cast.resident, case)
    Case.objects.update(state="confirming")
    assert not gets_pixels(cast.resident, case)


def test_an_attempt_opens_nothing_to_who_holds_no_role_any_more(
    case: Case, cast: SimpleNamespace, practised: SimpleNamespace
) -> None:
    practised.begin(cast.outsider, case)
    practised.commit(cast.outsider, case)
    assert not gets_pixels(cast.outsider, case) and not sees(cast.outsider, case)


# --- the key itself


def test_a_resident_sees_a_key_after_the_attempt(case: Case, cast: SimpleNamespace, practised: SimpleNamespace) -> None:
    key_of(case, cast.faculty)
    assert selectors.may_see_key(cast.resident, case)  # in no set: nobody is to read it
    made = open_set(cast.faculty, case)
    may = {name: selectors.may_see_key(getattr(cast, name), case) for name in ("resident", "faculty", "researcher")}
    assert may == {"resident": False, "faculty": True, "researcher": True}
    practised.commit(cast.resident, case)
    assert selectors.may_see_key(cast.resident, case) and not selectors.may_see_key(cast.second_resident, case)
    CaseSet.objects.filter(pk=made.pk).update(open=False, closed_at=made.opened_at)
    assert selectors.may_see_key(cast.second_resident, case)


def test_a_key_of_a_set_that_is_still_to_be_opened_is_not_shown_before(case: Case, cast: SimpleNamespace) -> None:
    open_set(cast.faculty, case, open=False, opened_at=None)
    assert sees(cast.resident, case) and not selectors.may_see_key(cast.resident, case)


def test_ones_own_upload_opens_the_case_but_not_its_key(case: Case, cast: SimpleNamespace) -> None:
    own = twin(case, cast.resident)
    open_set(cast.faculty, own)
    assert sees(cast.resident, own) and not selectors.may_see_key(cast.resident, own)


def test_the_key_that_counts_is_the_newest_approved_one(case: Case, cast: SimpleNamespace) -> None:
    assert selectors.approved_key(case) is None
    key_of(case, cast.faculty)
    second = key_of(case, cast.faculty, normal=True)
    draft = key_of(case, cast.faculty, state="draft")
    assert selectors.approved_key(case) == second
    assert selectors.draft_of(case) == draft


# --- what is given to read


def test_practice_gives_what_is_ready_agreed_and_keyed_in_the_order_of_the_sets(
    case: Case, cast: SimpleNamespace
) -> None:
    cases = [stored_case(cast.faculty, np.arange(80 + n).reshape(1, 80 + n), title=f"Case {n}") for n in range(6)]
    for one in cases[:5]:
        key_of(one, cast.faculty)
    open_set(cast.faculty, cases[0], cases[1])
    earlier = open_set(cast.faculty, cases[3], cases[2], cases[1], cases[5])
    CaseSet.objects.filter(pk=earlier.pk).update(opened_at="2020-01-01T00:00:00Z")
    open_set(cast.faculty, cases[4], agreed=False)
    assert list(selectors.practice_cases()) == [cases[3], cases[2], cases[1], cases[0]]
    Case.objects.filter(pk=cases[2].pk).update(state="quarantined", held=True)
    assert list(selectors.practice_cases()) == [cases[3], cases[1], cases[0]]
    CaseSet.objects.filter(pk=earlier.pk).update(open=False)
    assert list(selectors.practice_cases()) == [cases[0], cases[1]]


@pytest.mark.parametrize("aspect", [1.0, 1.3, 0.7])
def test_a_findings_ellipse_is_as_long_on_the_film_as_it_says(case: Case, cast: SimpleNamespace, aspect: float) -> None:
    finding = key_of(case, cast.faculty).findings.get()
    corners = (finding.polygon(aspect) - [finding.shape["x"], finding.shape["y"]]) * [1.0, aspect]
    away = np.hypot(*corners.T)
    assert away.max() == pytest.approx(finding.shape["radius_x"], rel=1e-3)
    assert away.min() == pytest.approx(finding.shape["radius_y"], rel=1e-3)


def test_a_films_aspect_knows_of_pixels_that_are_not_square(case: Case) -> None:
    assert case.aspect == 64 / 48
    case.received.row_spacing_mm, case.received.column_spacing_mm = 0.2, 0.1
    assert case.aspect == 2 * 64 / 48
