"""A rater's answers: drafts, submitting once, corrections as new rows, and what is refused."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from gazeapp.core.models import Event
from gazeapp.core.problems import Problem
from gazeapp.ratings import services
from gazeapp.ratings.models import Answer, Assignment
from tests.ratings.study import ANSWERS, API, item, next_of, queued, submit

pytestmark = pytest.mark.django_db


def draft(client: Any, ident: str, **answers: Any) -> Any:
    return client.put(f"{API}/items/{ident}/draft/", answers, format="json")


def test_an_item_has_film_path_and_questions(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    found = item(running.first, ident).json()
    assert found["id"] == ident
    assert [asked["name"] for asked in found["questions"]] == [
        "human_like", "comprehensive", "redundant", "confidence",
    ]  # fmt: skip
    assert [level["words"] for level in found["questions"][0]["levels"]] == ["machine", "human"]
    bands = [level["words"].partition(":")[0] for level in found["questions"][1]["levels"]]
    assert bands == ["0–20 %", "21–40 %", "41–60 %", "61–80 %", "81–100 %"]
    last = found["fixations"][-1]
    assert found["duration_s"] == pytest.approx(last["onset_s"] + last["duration_s"])
    assert (found["draft"], found["answer"], found["locked"]) == (None, None, False)
    assert running.first.get(found["film"]["pixels"]).status_code == 200


def test_a_draft_is_there_on_another_machine(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    saved = draft(running.first, ident, human_like=1, comprehensive=None, note="so far")
    assert saved.status_code == 200 and saved.json()["saved_at"]
    assert item(running.first, ident).json()["draft"] == {
        "human_like": 1, "comprehensive": None, "redundant": None, "confidence": None, "note": "so far",
    }  # fmt: skip
    assert queued(running.first)[0]["next"] == ident


def test_submitting_locks_and_leads_on(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    draft(running.first, ident, human_like=0)
    answer = submit(running.first, ident, note="smooth").json()
    assert (answer["done"], answer["of"]) == (1, 10)
    assert answer["next"] == str(Assignment.objects.get(rater__user=running.ada, position=2).pk)
    found = item(running.first, ident).json()
    assert (found["locked"], found["draft"], found["answer"]) == (True, None, {**ANSWERS, "note": "smooth"})
    assert draft(running.first, ident, human_like=0).json()["type"] == "/problems/locked"


def test_the_same_submit_twice_is_one_answer(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    first = submit(running.first, ident).json()
    again = submit(running.first, ident, seconds=99)
    assert (again.status_code, again.json()) == (200, first)
    assert Answer.objects.count() == 1
    assert Assignment.objects.get(pk=ident).seconds == 12.5


def test_other_answers_after_it_are_refused_unless_they_are_called_a_correction(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    submit(running.first, ident)
    answer = submit(running.first, ident, redundant=5)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/locked")
    assert submit(running.first, ident, redundant=5, correction=True).status_code == 200
    rows = Answer.objects.filter(assignment=ident)
    assert list(rows.values_list("number", "redundant")) == [(1, 2), (2, 5)]
    assert item(running.first, ident).json()["answer"]["redundant"] == 5
    assert queued(running.first)[0]["done"] == 1
    submit(running.first, ident, redundant=5, correction=True)
    assert rows.count() == 2


def test_a_correction_leaves_the_time_of_the_first_answer_and_moves_no_board(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    submit(running.first, ident, seconds=12.5)
    before = Assignment.objects.get(pk=ident), Event.objects.count()
    submit(running.first, ident, human_like=0, correction=True, seconds=99)
    after = Assignment.objects.get(pk=ident), Event.objects.count()
    assert (after[0].seconds, after[0].answered_at, after[1]) == (12.5, before[0].answered_at, before[1])
    assert list(Answer.objects.order_by("number").values_list("seconds", flat=True)) == [12.5, 99]


def test_of_what_is_answered_only_the_last_is_seen_and_corrected(running: SimpleNamespace) -> None:
    idents = []
    for _ in range(3):
        idents.append(next_of(running.first))
        submit(running.first, idents[-1])
    for ident in idents[:2]:
        assert (item(running.first, ident).status_code, item(running.first, ident).json()["type"]) == (
            409,
            "/problems/answered",
        )
        refused = submit(running.first, ident, human_like=0, correction=True)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/answered")
    assert item(running.first, idents[2]).status_code == 200
    assert submit(running.first, idents[2], human_like=0, correction=True).status_code == 200
    assert submit(running.first, idents[0]).status_code == 200  # the same again changes nothing
    assert Answer.objects.count() == 4


def test_an_answer_is_never_changed(running: SimpleNamespace) -> None:
    submit(running.first, next_of(running.first))
    answer = Answer.objects.get()
    answer.human_like = 0
    with pytest.raises(ValueError, match="never changed"):
        answer.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("alike", [True, False])
def test_two_tabs_at_once_are_one_answer(running: SimpleNamespace, alike: bool) -> None:
    assignment = Assignment.objects.select_related("rater__study", "item").get(pk=next_of(running.first))
    outcomes: list[str] = []
    gate = threading.Barrier(4)

    def tab(number: int) -> None:
        answers = {**ANSWERS, "comprehensive": 3 if alike else 1 + number}
        try:
            gate.wait(10)
            services.submit(assignment=assignment, answers=answers, seconds=5)
            outcomes.append("taken")
        except Problem as problem:
            outcomes.append(problem.kind)
        finally:
            connection.close()

    threads = [threading.Thread(target=tab, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == (["taken"] * 4 if alike else ["locked"] * 3 + ["taken"])
    assert Answer.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"human_like": 2}, {"human_like": None}, {"comprehensive": 0}, {"redundant": 6}, {"confidence": 1.5},
        {"seconds": -1}, {"note": "x" * 2001},
    ],
)  # fmt: skip
def test_answers_outside_the_levels_are_refused(running: SimpleNamespace, wrong: dict[str, Any]) -> None:
    answer = submit(running.first, next_of(running.first), **wrong)
    assert answer.status_code == 400
    assert not Answer.objects.exists()


def test_every_question_wants_an_answer(running: SimpleNamespace) -> None:
    body = {**ANSWERS, "seconds": 3}
    del body["confidence"]
    answer = running.first.post(f"{API}/items/{next_of(running.first)}/submit/", body, format="json")
    assert answer.status_code == 400 and "confidence" in answer.json()["errors"]


def test_a_note_that_may_name_a_patient_is_refused_and_nothing_is_kept(running: SimpleNamespace) -> None:
    answer = submit(running.first, next_of(running.first), note="Like Mr. John Miller's film")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/identity-suspected")
    assert not Answer.objects.exists()


def test_an_item_is_its_rater_s_alone_also_before_organiser_and_admin(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    for client in (running.second, running.organiser, running.manager):
        assert item(client, ident).status_code == 404
        assert submit(client, ident).status_code == 404
        assert draft(client, ident, human_like=1).status_code == 404
        assert client.get(f"/rate/{ident}/").status_code == 404


def test_the_first_showing_is_written_down_once(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    assert Assignment.objects.get(pk=ident).first_shown_at is None
    item(running.first, ident)
    first = Assignment.objects.get(pk=ident).first_shown_at
    item(running.first, ident)
    assert first is not None and Assignment.objects.get(pk=ident).first_shown_at == first


def test_the_page_of_an_item_leads_to_the_results_once_the_study_is_closed(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    assert running.first.get(f"/rate/{ident}/").status_code == 200
    running.organiser.post(running.url + "close/")
    assert running.first.get(f"/rate/{ident}/").headers["Location"] == f"/studies/{running.study['id']}/"
