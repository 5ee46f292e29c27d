"""What comes next: what is due, then what is new, then what was skipped; and what becomes of an attempt that cannot go
on."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.cases.models import CaseSet, SetCase
from gazeapp.cases.services import hide
from gazeapp.practice import selectors, services
from gazeapp.practice.models import Attempt, PracticeSession, Review
from tests.cases.teaching import open_set
from tests.practice.conftest import consent, teaching_case
from tests.practice.reading import API, ELSEWHERE, HIT, begin, commit, read

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]


@pytest.fixture
def resident(teaching: SimpleNamespace, client_for: ClientFor) -> APIClient:
    return client_for(teaching.resident)


def case_of(attempt: dict[str, Any]) -> Any:
    return Attempt.objects.get(pk=attempt["id"]).case


def passes(time: timedelta) -> None:
    """So much time goes by: all that is written down was then."""
    Review.objects.update(due_at=F("due_at") - time)
    Attempt.objects.update(created_at=F("created_at") - time)
    PracticeSession.objects.update(started_at=F("started_at") - time)


def test_a_film_in_two_sets_is_read_once(resident: APIClient, teaching: SimpleNamespace) -> None:
    open_set(teaching.faculty, teaching.cases[0], name="Another")
    seen = [case_of(read(resident, HIT)).pk for _ in range(3)]
    assert seen == [case.pk for case in teaching.cases]
    assert resident.post(f"{API}/next/").status_code == 404


def test_a_film_in_two_cases_is_read_once(resident: APIClient, teaching: SimpleNamespace) -> None:
    twin = teaching_case(teaching.faculty, 1, report="Another report.")
    SetCase.objects.create(case_set=teaching.set, case=twin, position=9, agreed=True)
    for _ in range(3):
        read(resident, HIT)
    assert resident.post(f"{API}/next/").status_code == 404


@pytest.mark.parametrize("how", ["closed", "not agreed", "held", "no key", "own upload"])
def test_what_cannot_be_practised_is_not_given(resident: APIClient, teaching: SimpleNamespace, how: str) -> None:
    first = teaching.cases[0]
    if how == "closed":
        CaseSet.objects.update(open=False)
    elif how == "not agreed":
        SetCase.objects.filter(case=first).update(agreed=False)
    elif how == "held":
        hide(case=first, by=teaching.faculty)
    elif how == "no key":
        first.keys.all().delete()
    else:
        type(first).objects.filter(pk=first.pk).update(owner=teaching.resident)
    answer = resident.post(f"{API}/next/")
    if how == "closed":
        assert answer.status_code == 404
    else:
        assert case_of(answer.json()) == teaching.cases[1]


def test_what_is_due_comes_before_what_is_new(resident: APIClient, teaching: SimpleNamespace) -> None:
    read(resident, ELSEWHERE)
    passes(timedelta(days=2, hours=23))
    following = begin(resident)
    assert (case_of(following), following["repeat"]) == (teaching.cases[1], False)
    commit(resident, following, HIT)
    passes(timedelta(hours=1, minutes=1))
    again = begin(resident)
    assert (case_of(again), again["repeat"]) == (teaching.cases[0], True)


def test_a_missed_film_comes_back_after_three_days_then_seven_then_twenty_one_and_then_is_known(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    read(resident, ELSEWHERE)
    waits = []
    while (review := Review.objects.filter(person=teaching.resident).first()) is not None:
        waits.append(round((review.due_at - timezone.now()).total_seconds() / 86400))
        passes(review.due_at - timezone.now() + timedelta(minutes=1))
        attempt = begin(resident)
        assert case_of(attempt) == teaching.cases[0]
        commit(resident, attempt, HIT)
    assert waits == [3, 7, 21]


def test_another_miss_begins_the_intervals_again(resident: APIClient, teaching: SimpleNamespace) -> None:
    read(resident, ELSEWHERE)
    for mark, step in ((HIT, 1), (ELSEWHERE, 0)):
        passes(Review.objects.get().due_at - timezone.now() + timedelta(minutes=1))
        commit(resident, begin(resident), mark)
        assert Review.objects.get().step == step


def test_what_was_skipped_is_not_read_yet_and_home_says_when_it_comes_back(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    read(resident, HIT)
    resident.post(f"{API}/attempts/{begin(resident)['id']}/skip/")
    unread = selectors.unread(teaching.resident)
    assert unread == {case.film_id for case in teaching.cases[1:]}
    away = selectors.put_away(teaching.resident, unread)
    assert set(away) == {teaching.cases[1].film_id}
    page = resident.get("/practice/").content.decode()
    assert "1 case you have not read yet" in page and "1 skipped: back" in page
    read(resident, answer="normal")
    assert "Only what you skipped is left." in resident.get("/practice/").content.decode()
    passes(timedelta(hours=1, minutes=1))
    assert selectors.put_away(teaching.resident, unread) == {}
    assert "1 case you have not read yet" in resident.get("/practice/").content.decode()


def test_what_was_skipped_comes_back_when_nothing_else_is_new_and_not_at_once(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    first = begin(resident)
    resident.post(f"{API}/attempts/{first['id']}/skip/")
    for _ in range(2):
        assert case_of(read(resident, HIT)) != teaching.cases[0]
    assert resident.post(f"{API}/next/").status_code == 404
    passes(timedelta(hours=1, minutes=1))
    again = begin(resident)
    assert (case_of(again), again["repeat"]) == (teaching.cases[0], False)
    assert again["id"] != first["id"]


def test_what_was_skipped_and_then_read_does_not_come_back(resident: APIClient, teaching: SimpleNamespace) -> None:
    resident.post(f"{API}/attempts/{begin(resident)['id']}/skip/")
    for _ in range(2):
        read(resident, HIT)
    passes(timedelta(hours=2))
    read(resident, HIT)
    passes(timedelta(hours=2))
    assert resident.post(f"{API}/next/").status_code == 404


def test_an_open_attempt_opens_the_pixels_and_nothing_else_of_a_published_case(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    case = teaching.cases[0]
    type(case).objects.filter(pk=case.pk).update(published=True)
    attempt = begin(resident)
    for path in (f"/api/v1/cases/{case.pk}/", f"/api/v1/cases/{case.pk}/film/", f"/cases/{case.pk}/"):
        assert resident.get(path).status_code == 404
    assert resident.get(attempt["film"]["pixels"]).status_code == 200
    resident.post(f"{API}/attempts/{attempt['id']}/skip/")
    assert resident.get(f"/api/v1/cases/{case.pk}/").status_code == 404


def test_an_attempt_whose_film_was_hidden_shows_it_no_more_and_the_next_case_comes(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    attempt = begin(resident)
    pixels = attempt["film"]["pixels"]
    assert resident.get(pixels).status_code == 200
    hide(case=teaching.cases[0], by=teaching.faculty)
    assert resident.get(pixels).status_code == 404
    assert resident.get(f"{API}/attempts/{attempt['id']}/").json()["film"] is None
    assert case_of(begin(resident)) == teaching.cases[1]


def test_a_reader_who_sees_an_identity_hides_the_film_at_once(
    resident: APIClient, teaching: SimpleNamespace, client_for: ClientFor
) -> None:
    attempt = begin(resident)
    url = f"{API}/attempts/{attempt['id']}/hide/"
    assert resident.post(url).json()["state"] == "skipped"
    teaching.cases[0].refresh_from_db()
    assert (teaching.cases[0].held, teaching.cases[0].state) == (True, "quarantined")
    assert resident.get(attempt["film"]["pixels"]).status_code == 404
    assert case_of(begin(client_for(teaching.second_resident))) == teaching.cases[1]
    done = read(resident, HIT)
    assert resident.post(f"{API}/attempts/{done['id']}/hide/").status_code == 409  # now the case's own page has it


def test_an_attempt_goes_on_after_its_set_was_closed(resident: APIClient, teaching: SimpleNamespace) -> None:
    attempt = begin(resident)
    CaseSet.objects.update(open=False)
    assert resident.get(attempt["film"]["pixels"]).status_code == 200
    assert commit(resident, attempt, HIT).status_code == 200


def test_a_commit_at_a_deleted_case_is_refused_and_the_recording_stays(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    attempt = begin(resident)
    teaching.cases[0].delete()
    answer = commit(resident, attempt, HIT)
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/case-gone")
    assert resident.get(f"/api/v1/recordings/{attempt['recording']['id']}/").status_code == 200


def test_a_commit_without_any_key_is_refused(resident: APIClient, teaching: SimpleNamespace) -> None:
    attempt = begin(resident)
    teaching.cases[0].keys.all().delete()
    answer = commit(resident, attempt, HIT)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/key-gone")


def test_a_session_counts_what_was_committed_and_has_as_many_cases_as_there_are_to_read(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    first = begin(resident)
    assert (first["number"], first["of"]) == (1, 3)
    commit(resident, first, HIT)
    assert begin(resident)["number"] == 2
    PracticeSession.objects.update(size=1)
    assert selectors.current_session(teaching.resident) is None


def test_a_session_has_twenty_cases_at_most(
    resident: APIClient, teaching: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "MOST_IN_SESSION", 2)
    assert begin(resident)["of"] == 2


def test_a_session_that_was_left_is_over_after_half_a_day(resident: APIClient, teaching: SimpleNamespace) -> None:
    read(resident, HIT)
    assert selectors.current_session(teaching.resident) is not None
    passes(timedelta(hours=12, minutes=1))
    assert selectors.current_session(teaching.resident) is None


def test_two_people_read_the_same_film_and_see_nothing_of_each_other(
    resident: APIClient, teaching: SimpleNamespace, client_for: ClientFor
) -> None:
    read(resident, HIT)
    other = client_for(teaching.second_resident)
    assert other.get(f"/api/v1/cases/{teaching.cases[0].pk}/").status_code == 404
    assert case_of(begin(other)) == teaching.cases[0]


def test_without_a_model_practice_begins_all_the_same(resident: APIClient, settings: Any, tmp_path: Any) -> None:
    settings.MEDGAZE_MODEL = tmp_path / "none"
    assert resident.post(f"{API}/next/").status_code == 201


def test_the_regions_of_a_film_from_before_are_asked_for_with_its_first_attempt(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    from gazeapp.core.models import Job
    from gazeapp.scanpaths.models import FilmRegions

    begin(resident)
    row = FilmRegions.objects.get(film_sha256=teaching.cases[0].film_id)
    assert (row.boxes, row.job.kind if row.job else "") == (None, "regions")
    assert Job.objects.filter(kind="regions").count() == 1


@pytest.mark.parametrize("number", [0, 1, 3])
def test_the_home_page_says_what_is_to_be_done(cast: SimpleNamespace, client_for: ClientFor, number: int) -> None:
    consent(cast.resident)
    client = client_for(cast.resident)
    if number:
        open_set(cast.faculty, *(teaching_case(cast.faculty, n) for n in range(number)))
    page = client.get("/", follow=True).text
    words = {0: "No practice set is open yet.", 1: "1 case you have not", 3: "3 cases you have not"}[number]
    assert words in page


def test_the_session_counts_from_the_case_that_is_being_read(resident: APIClient, teaching: SimpleNamespace) -> None:
    def counted() -> str:
        words = re.search(r"This session</h2>\s*<p[^>]*>([^<]*)</p>", resident.get("/practice/").text)
        return words[1] if words else ""

    size = len(teaching.cases)
    assert counted() == f"0 of {size} read"
    attempt = begin(resident)
    assert counted() == f"1 of {size}"
    commit(resident, attempt, HIT)
    assert counted() == f"1 of {size} read"
    begin(resident)
    assert counted() == f"2 of {size}"


def test_past_attempts_name_a_film_only_once_it_was_read(resident: APIClient, teaching: SimpleNamespace) -> None:
    read(resident, HIT)
    resident.post(f"{API}/attempts/{begin(resident)['id']}/skip/")
    begin(resident)
    page = resident.get("/practice/attempts/").text
    assert "Case 1" in page and "Case 2" not in page and "Case 3" not in page
    assert (page.count("unknown film"), page.count("skipped"), page.count("being read")) == (2, 1, 1)


def test_a_visit_to_the_next_case_begins_nothing(resident: APIClient) -> None:
    answer = resident.get("/practice/next/")
    assert (answer.status_code, answer["Location"]) == (302, "/practice/")
    assert not Attempt.objects.exists()
    answer = resident.post("/practice/next/")
    assert Attempt.objects.count() == 1
    assert resident.get("/practice/next/")["Location"] == answer["Location"]


def test_progress_is_of_first_attempts_with_n_and_wilsons_interval(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    """One of two: Wilson's 95 % interval is .0945 to .9055."""
    read(resident, HIT), read(resident, ELSEWHERE)
    Review.objects.update(due_at=timezone.now())
    read(resident, HIT)  # again, which counts for no curve
    found = resident.get(f"{API}/progress/").json()
    assert (found["n"], [point["share"] for point in found["points"]]) == (2, [1.0, 0.5])
    assert found["points"][1]["low"] == pytest.approx(0.0945, abs=1e-4)
    assert found["points"][1]["high"] == pytest.approx(0.9055, abs=1e-4)
    assert not found["points"][1]["enough"]
    rows = resident.get(f"{API}/progress.csv").text.splitlines()
    assert rows[0] == "n,at,success,share,low,high,cases" and len(rows) == 3


def test_begin_at_once_in_two_tabs_is_one_attempt(teaching: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    first, _ = services.begin(user=teaching.resident)
    answers = iter([None, first])
    monkeypatch.setattr(selectors, "open_attempt", lambda user: next(answers))
    monkeypatch.setattr(selectors, "next_case", lambda user: (teaching.cases[0], False))
    again, new = services.begin(user=teaching.resident)
    assert (again, new) == (first, False)
