"""The course of a study over the API: plan, start, rate, close, results."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gazeapp.ratings.models import Answer, Assignment, Item, Study
from tests.ratings.study import API, close, item, plan, queued, rate_all, start, submit

pytestmark = pytest.mark.django_db


def test_a_study_is_planned_started_rated_closed_and_its_results_are_there(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human", "model", "shuffled"], [lab.ada, lab.ben])
    assert (study["state"], study["items"], study["problems"]) == ("plan", 9, [])
    assert start(lab.organiser, study).json()["state"] == "running"
    assert len(rate_all(lab.first)) == 10  # nine items and one repeat
    rate_all(lab.second, human_like=0)
    closed = close(lab.organiser, study).json()
    assert closed["state"] == "closed"
    assert [(rater["done"], rater["of"]) for rater in closed["raters"]] == [(10, 10), (10, 10)]
    found = lab.organiser.get(f"{API}/studies/{study['id']}/results/").json()
    human_like = found["results"]["questions"]["human_like"]
    assert set(human_like["sources"]) == {source["label"] for source in study["sources"]}
    assert all((row["n"], row["mean"]) == (6, 0.5) for row in human_like["sources"].values())
    assert human_like["agreement"]["raw"] == 0
    assert human_like["repeats"]["n"] == 2 and human_like["repeats"]["equal"] == 2
    assert len(found["items"]) == 9


def test_each_rater_sees_every_item_once_and_a_tenth_of_them_again(running: SimpleNamespace) -> None:
    for person in (running.ada, running.ben):
        shown = Assignment.objects.filter(rater__user=person)
        assert sorted(shown.filter(repeat=False).values_list("item__number", flat=True)) == list(range(1, 10))
        again = shown.filter(repeat=True)
        assert again.count() == 1
        assert again.get().position == 10


def test_two_raters_see_the_sources_of_a_case_in_different_order(running: SimpleNamespace) -> None:
    def sources(person: object) -> list[tuple[int, int]]:
        shown = Assignment.objects.filter(rater__user=person, repeat=False).order_by("item__case", "position")
        return list(shown.values_list("item__case", "item__source"))

    assert sources(running.ada) != sources(running.ben)


def test_numbers_of_items_say_nothing_of_case_or_source(lab: SimpleNamespace) -> None:
    """Drawn by lot: over ten studies the first case's first source is not always number one."""
    numbers = set()
    for _ in range(10):
        study = plan(lab.organiser, lab.cases, ["human", "model"], [lab.ada])
        start(lab.organiser, study)
        numbers.add(Item.objects.get(study=study["id"], case__position=1, source__number=1).number)
        close(lab.organiser, study)
    assert len(numbers) > 1


def test_no_answer_of_the_api_names_the_seed(running: SimpleNamespace) -> None:
    seed = str(Study.objects.get(pk=running.study["id"]).seed)
    for address in ("", "board/"):
        assert seed not in running.organiser.get(running.url + address).text


def test_the_queue_says_how_long_it_takes_by_the_rater_s_own_median(running: SimpleNamespace) -> None:
    (row,) = queued(running.first)
    assert (row["done"], row["of"], row["minutes"]) == (0, 10, 10)  # a minute an item, until there are answers
    for seconds in (10, 20, 600):
        submit(running.first, queued(running.first)[0]["next"], seconds=seconds)
    (row,) = queued(running.first)
    assert (row["done"], row["minutes"]) == (3, 3)  # seven at 20 s


def test_a_rater_s_page_may_fetch_the_film_after_the_next_one(running: SimpleNamespace) -> None:
    (row,) = queued(running.first)
    following = Assignment.objects.get(rater__user=running.ada, position=2)
    assert row["then"] == f"/api/v1/films/{following.item.case.film_sha256}/pixels/"


def test_nothing_is_left_after_the_last_item_and_after_closing(running: SimpleNamespace) -> None:
    rate_all(running.first)
    (row,) = queued(running.first)
    assert (row["next"], row["done"], row["of"], row["minutes"]) == (None, 10, 10, 0)
    close(running.organiser, running.study)
    assert queued(running.first) == []


def test_closing_twice_changes_nothing_and_a_plan_cannot_be_closed(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    assert close(lab.organiser, study).json()["type"] == "/problems/study-not-running"
    start(lab.organiser, study)
    first = close(lab.organiser, study).json()["closed_at"]
    assert close(lab.organiser, study).json()["closed_at"] == first


def test_after_closing_nothing_is_shown_or_taken(running: SimpleNamespace) -> None:
    ident = queued(running.first)[0]["next"]
    close(running.organiser, running.study)
    for answer in (item(running.first, ident), submit(running.first, ident)):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/study-closed")
    assert not Answer.objects.exists()


def test_the_protocol_is_frozen_at_the_start(running: SimpleNamespace) -> None:
    for body in ({"cases": []}, {"repeats": 0.3}, {"raters": []}, {"sources": []}, {"name": "Other"}):
        answer = running.organiser.patch(running.url, body, format="json")
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/study-started")
    assert running.organiser.delete(running.url).status_code == 409
    assert start(running.organiser, running.study).status_code == 409
    frozen = Study.objects.get(pk=running.study["id"]).protocol
    assert [row["film_sha256"] for row in frozen["cases"]] == [case.film_id for case in running.cases]
    assert len(frozen["items"]) == 9


def test_a_plan_may_be_thrown_away(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    assert lab.organiser.delete(f"{API}/studies/{study['id']}/").status_code == 204
    assert not Study.objects.exists()


def test_a_rater_may_come_while_it_runs_and_gets_an_order_of_their_own(running: SimpleNamespace) -> None:
    answer = running.organiser.post(running.url + "raters/", {"user": running.admin.pk}, format="json")
    assert answer.status_code == 201
    assert [row["of"] for row in answer.json()["raters"]] == [10, 10, 10]
    assert len(rate_all(running.manager)) == 10
    rows = Assignment.objects.filter(rater__user=running.admin).values_list("rater__row", flat=True)
    assert set(rows) == {2}


def test_who_is_dropped_rates_no_more_and_their_answers_stay(running: SimpleNamespace) -> None:
    ident = queued(running.first)[0]["next"]
    submit(running.first, ident)
    following = queued(running.first)[0]["next"]
    running.organiser.post(f"{running.url}raters/{running.ada.pk}/drop/")
    assert queued(running.first) == []
    for answer in (item(running.first, following), submit(running.first, following)):
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/rater-dropped")
    close(running.organiser, running.study)
    found = running.organiser.get(running.url + "results/").json()
    assert [(row["rater"], row["name"], row["answers"]) for row in found["dropped"]] == [("Rater 1", "ada", 1)]
    assert found["results"]["raters"]["Rater 1"]["n"] == 1


def test_who_was_dropped_may_come_back_and_goes_on(running: SimpleNamespace) -> None:
    submit(running.first, queued(running.first)[0]["next"])
    running.organiser.post(f"{running.url}raters/{running.ada.pk}/drop/")
    running.organiser.post(running.url + "raters/", {"user": running.ada.pk}, format="json")
    (row,) = queued(running.first)
    assert (row["done"], row["of"]) == (1, 10)
    close(running.organiser, running.study)
    (told,) = running.organiser.get(running.url + "results/").json()["dropped"]
    assert (told["name"], told["answers"], told["dropped_at"]) == ("ada", 1, None)
    assert told["returned_at"]


def test_results_say_that_the_organiser_rated(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.faculty])
    start(lab.organiser, study)
    rate_all(lab.organiser)
    close(lab.organiser, study)
    assert lab.organiser.get(f"{API}/studies/{study['id']}/results/").json()["organiser_rated"] is True


def test_a_study_closed_without_an_answer_says_so_in_words(running: SimpleNamespace) -> None:
    close(running.organiser, running.study)
    found = running.organiser.get(running.url + "results/").json()["results"]["questions"]["redundant"]
    assert {row["words"] for row in found["sources"].values()} == {"No answers."}
    assert found["agreement"]["alpha"] is None and found["agreement"]["words"]
