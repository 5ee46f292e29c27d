"""From the next case to feedback, over the API."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.accounts.consents import TEXTS
from gazeapp.practice.models import Attempt
from tests.cases.teaching import open_set
from tests.practice.conftest import teaching_case
from tests.practice.reading import API, ELSEWHERE, HIT, begin, commit, dwells, feedback, read, record

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]


@pytest.fixture
def resident(teaching: SimpleNamespace, client_for: ClientFor) -> APIClient:
    return client_for(teaching.resident)


def test_a_finding_that_is_marked_is_a_hit_and_the_reading_a_success(resident: APIClient) -> None:
    attempt = read(resident, HIT)
    assert (attempt["state"], attempt["answer"], attempt["success"]) == ("committed", "abnormal", True)
    found = feedback(resident, attempt)
    assert [finding["state"] for finding in found["key"]["findings"]] == ["hit"]
    assert [(mark["verdict"], mark["finding"]) for mark in found["marks"]] == [("hit", 1)]
    assert found["key"]["findings"][0]["note"] == "Look twice."


def test_the_own_reading_is_the_two_dwells_that_were_recorded(resident: APIClient) -> None:
    found = feedback(resident, read(resident, HIT, places=((0.3, 0.6), (0.7, 0.3))))
    (own,) = [reading for reading in found["readings"] if reading["role"] == "own"]
    assert [(round(f["x"], 6), round(f["y"], 6)) for f in own["fixations"]] == [(0.3, 0.6), (0.7, 0.3)]
    assert [round(f["duration_s"], 3) for f in own["fixations"]] == [0.483, 0.483]
    assert own["source"] == "aperture"


def test_a_finding_that_was_looked_at_briefly_and_not_marked_is_missed_by_recognition(resident: APIClient) -> None:
    found = feedback(resident, read(resident, ELSEWHERE, places=((0.3, 0.6), (0.9, 0.1))))
    (finding,) = found["key"]["findings"]
    assert (finding["state"], finding["miss"]) == ("missed", "recognition")
    assert finding["miss_at"] == {"0.5": "recognition", "1": "recognition", "1.5": "recognition"}
    assert found["marks"][0]["verdict"] == "false"
    assert not found["success"]


def test_a_finding_that_was_never_looked_at_is_missed_by_search(resident: APIClient) -> None:
    found = feedback(resident, read(resident, ELSEWHERE, places=((0.9, 0.1), (0.8, 0.1))))
    assert found["key"]["findings"][0]["miss"] == "search"


def test_a_normal_film_is_right_when_called_normal(resident: APIClient) -> None:
    for _ in range(2):
        read(resident, HIT)
    attempt = read(resident, answer="normal")
    assert attempt["success"]
    assert feedback(resident, attempt)["answer"] == {"given": "normal", "right": True}


def test_nothing_of_the_case_but_its_film_is_told_before_the_commit(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    attempt = begin(resident)
    assert "Case 1" not in str(attempt)
    assert str(teaching.cases[0].pk) not in str(attempt)
    assert resident.get(f"{API}/attempts/{attempt['id']}/feedback/").status_code == 409
    assert resident.get(f"/api/v1/cases/{teaching.cases[0].pk}/").status_code == 404
    assert resident.get(attempt["film"]["pixels"]).status_code == 200
    commit(resident, attempt, HIT)
    assert resident.get(f"/api/v1/cases/{teaching.cases[0].pk}/").status_code == 200


def test_cases_come_in_the_order_of_the_set_and_then_there_is_nothing_left(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    seen = [read(resident, HIT) for _ in range(3)]
    order = [Attempt.objects.get(pk=attempt["id"]).case_id for attempt in seen]
    assert order == [case.pk for case in teaching.cases]
    answer = resident.post(f"{API}/next/")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/nothing-left")


def test_a_second_visit_goes_on_with_the_open_attempt(resident: APIClient) -> None:
    first = resident.post(f"{API}/next/")
    again = resident.post(f"{API}/next/")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_consent_is_asked_before_the_first_recording(cast: SimpleNamespace, client_for: ClientFor) -> None:
    answer = client_for(cast.resident).post(f"{API}/next/")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/consent-unanswered")


def test_who_has_answered_about_consent_is_led_on_to_the_case_that_was_asked_for(
    cast: SimpleNamespace, client_for: ClientFor
) -> None:
    case = teaching_case(cast.faculty, 1)
    open_set(cast.faculty, case)
    client = client_for(cast.resident)
    assert client.get("/practice/next/")["Location"] == "/practice/"  # a visit begins nothing
    asked = client.post("/practice/next/")["Location"]
    assert asked == "/people/me/consent/?next=/practice/next/"
    assert "Save and go on" in client.get(asked).content.decode()
    form = {purpose: "no" for purpose in TEXTS} | {f"{p}-version": text.version for p, text in TEXTS.items()}
    answered = client.post(asked, form | {"next": "/practice/next/"})
    assert answered["Location"] == "/practice/next/"
    onward = client.get(answered["Location"])["Location"]
    attempt = Attempt.objects.get(person=cast.resident, case=case)
    assert onward == f"/practice/attempts/{attempt.pk}/"
    attempt.delete()
    assert client.get("/practice/next/")["Location"] == "/practice/"  # once


def test_a_commit_sent_again_changes_nothing_and_another_one_is_refused(resident: APIClient) -> None:
    attempt = begin(resident)
    first = commit(resident, attempt, HIT)
    assert commit(resident, attempt, HIT).json() == first.json()
    refused = commit(resident, attempt, ELSEWHERE)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/attempt-closed")


def test_a_commit_without_mark_and_answer_is_refused(resident: APIClient) -> None:
    answer = commit(resident, begin(resident))
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/answer-missing")


def test_a_marked_film_cannot_be_called_normal(resident: APIClient) -> None:
    answer = commit(resident, begin(resident), HIT, answer="normal")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/answer-contradicts")


def test_a_commit_waits_for_the_batches_that_it_names(resident: APIClient) -> None:
    attempt = begin(resident)
    sent = record(resident, attempt, dwells((0.3, 0.6), (0.5, 0.5), (0.5, 0.1)))
    answer = commit(resident, attempt, HIT, parts=sent + 2)
    assert (answer.status_code, answer.json()["missing"]) == (409, [sent, sent + 1])
    assert commit(resident, attempt, HIT, parts=sent).status_code == 200


def test_what_was_missed_is_due_again_in_three_days_and_what_was_found_is_not(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    missed, found = read(resident, ELSEWHERE), read(resident, HIT)
    assert feedback(resident, missed)["due"] is not None
    assert feedback(resident, found)["due"] is None


def test_a_skipped_case_counts_for_nothing_and_its_recording_is_deleted(resident: APIClient) -> None:
    attempt = begin(resident)
    record(resident, attempt, dwells((0.3, 0.6)))
    assert resident.post(f"{API}/attempts/{attempt['id']}/skip/").json()["state"] == "skipped"
    assert resident.get(f"/api/v1/recordings/{attempt['recording']['id']}/").status_code == 404
    following = begin(resident)
    assert following["id"] != attempt["id"]


def test_the_attempt_of_another_person_does_not_exist(
    resident: APIClient, teaching: SimpleNamespace, client_for: ClientFor
) -> None:
    attempt = begin(resident)
    for person in (teaching.second_resident, teaching.faculty, teaching.admin):
        other = client_for(person)
        for method, action in (("get", ""), ("post", "take/"), ("get", "feedback/"), ("post", "skip/")):
            assert getattr(other, method)(f"{API}/attempts/{attempt['id']}/{action}").status_code == 404


def test_a_draft_is_kept_for_the_page_that_holds_the_attempt(resident: APIClient) -> None:
    attempt = begin(resident)
    url = f"{API}/attempts/{attempt['id']}"
    body = {"writer": attempt["recording"]["writer"], "marks": [HIT], "answer": "abnormal"}
    assert resident.put(f"{url}/draft/", body, format="json").status_code == 200
    kept = resident.get(f"{url}/").json()
    assert (kept["marks"], kept["answer"]) == ([{**HIT, "at_s": None}], "abnormal")
    resident.post(f"{url}/take/")
    refused = resident.put(f"{url}/draft/", {**body, "marks": []}, format="json")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/taken-over")
    assert resident.get(f"{url}/").json()["marks"] == kept["marks"]


@pytest.mark.parametrize("name", ["findings", "marks", "fixations", "similarity"])
def test_each_table_can_be_had_as_csv(resident: APIClient, name: str) -> None:
    attempt = read(resident, {**HIT, "label": "=1+1"})
    answer = resident.get(f"{API}/attempts/{attempt['id']}/{name}.csv")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/csv")
    assert "=1+1" not in answer.text.replace("'=1+1", "")
