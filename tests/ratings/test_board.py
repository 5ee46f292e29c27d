"""The organiser's board, the live subjects, and what lists cost however long they are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.accounts.services import make_person
from gazeapp.core import consumers, live
from gazeapp.core.models import Event
from gazeapp.ratings.models import Assignment, Item, Rater, Source, Study, StudyCase
from tests.conftest import PASSWORD
from tests.core.test_live_socket import tab
from tests.ratings.study import API, close, item, next_of, plan, queued, rate_all, start, submit

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]


def board(lab: SimpleNamespace) -> dict[str, Any]:
    found: dict[str, Any] = lab.organiser.get(lab.url + "board/").json()
    return found


def cell(lab: SimpleNamespace, person: Any, assignment: str) -> dict[str, Any]:
    number = Assignment.objects.get(pk=assignment).item.number
    found: dict[str, Any] = board(lab)["cells"][f"{person.pk}:{number}"]
    return found


def test_a_cell_goes_from_waiting_to_shown_to_answered(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    states = [cell(running, running.ada, ident)["state"]]
    item(running.first, ident)
    states.append(cell(running, running.ada, ident)["state"])
    submit(running.first, ident, seconds=21)
    found = cell(running, running.ada, ident)
    assert (*states, found["state"], found["seconds"]) == ("waiting", "shown", "answered", 21)


def test_the_board_has_a_cell_a_rater_and_item_and_tells_repeats_apart(running: SimpleNamespace) -> None:
    found = board(running)
    assert len(found["cells"]) == 18 and len(found["items"]) == 9 and len(found["raters"]) == 2
    assert not [one for one in found["cells"].values() if one["repeat_state"]]  # which come again is not told before
    assert [row["unseen_repeats"] for row in found["raters"]] == [1, 1]
    rate_all(running.first)
    assert [row["unseen_repeats"] for row in board(running)["raters"]] == [0, 1]
    repeated = Assignment.objects.get(rater__user=running.ada, repeat=True)
    assert cell(running, running.ada, str(repeated.pk))["repeat_state"] == "answered"


def test_the_median_of_an_item_is_over_its_raters_first_showings(running: SimpleNamespace) -> None:
    for client, person, seconds in ((running.first, running.ada, 10.0), (running.second, running.ben, 30.0)):
        for _ in range(10):
            ident = queued(client)[0]["next"]
            repeat = Assignment.objects.get(pk=ident, rater__user=person).repeat
            submit(client, ident, seconds=999 if repeat else seconds)
    assert {row["seconds"] for row in board(running)["medians"]} == {20.0}


def test_it_says_what_the_study_waits_for(running: SimpleNamespace) -> None:
    words = [row["words"] for row in board(running)["holds"]]
    assert words == [f"{name} has 10 items left, none answered so far." for name in ("ada", "ben")]
    rate_all(running.first)
    submit(running.second, next_of(running.second))
    for ago, said in (
        (timedelta(minutes=59), "within the hour"),
        (timedelta(minutes=61), "1 hour ago"),
        (timedelta(hours=47, minutes=59), "47 hours ago"),
        (timedelta(days=5), "5 days ago"),
    ):
        answered = Assignment.objects.filter(rater__user=running.ben).exclude(answered_at=None)
        answered.update(answered_at=timezone.now() - ago)
        assert [row["words"] for row in board(running)["holds"]] == [f"ben has 9 items left, last answer {said}."]
    rate_all(running.second)
    assert [row["words"] for row in board(running)["holds"]] == ["Everybody is done: the study can be closed."]
    close(running.organiser, running.study)
    assert board(running)["holds"] == []


def test_a_dropped_rater_holds_nothing_up(running: SimpleNamespace) -> None:
    running.organiser.post(f"{running.url}raters/{running.ben.pk}/drop/")
    found = board(running)
    assert [row["words"][:3] for row in found["holds"]] == ["ada"]
    assert [row["dropped"] for row in found["raters"]] == [False, True]


# --- live -------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
async def test_the_form_arrives_live_and_the_board_moves_with_each_answer(
    running: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 1000.0)
    do = database_sync_to_async
    async with tab(running.ada) as rater, tab(running.faculty) as organiser:
        told = (await rater.follow(f"rating:{running.study['id']}.{running.ada.pk}"))["state"]
        assert (told["state"], told["done"], told["of"]) == ("running", 0, 10)
        assert [asked["name"] for asked in told["form"]][0] == "human_like"
        assert (await organiser.follow(f"board:{running.study['id']}"))["state"] == {"state": "running"}
        await do(item)(running.first, told["next"])
        assert (await organiser.hear())["data"]["state"] == "shown"
        await do(submit)(running.first, told["next"], seconds=9)
        following = (await rater.hear())["data"]
        assert (following["done"], following["rater"]) == (1, running.ada.pk)
        seen = (await organiser.hear())["data"]
        number = (await do(Assignment.objects.select_related("item").get)(pk=told["next"])).item.number
        assert seen == {
            "rater": running.ada.pk, "item": number, "state": "answered", "repeat": False, "seconds": 9.0,
        }  # fmt: skip
        await do(close)(running.organiser, running.study)
        assert (await rater.hear())["event"] == "rating.closed"
        assert (await organiser.hear())["event"] == "board.closed"


def test_a_second_submit_of_the_same_moves_nothing(running: SimpleNamespace) -> None:
    ident = next_of(running.first)
    submit(running.first, ident)
    events = Event.objects.count()
    submit(running.first, ident)
    assert Event.objects.count() == events


def test_each_rater_hears_of_their_own_queue_alone(running: SimpleNamespace) -> None:
    rate_all(running.first)
    heard = Event.objects.filter(subject=f"rating:{running.study['id']}.{running.ben.pk}")
    assert list(heard.values_list("type", flat=True)) == ["rating.next"]  # of the start
    for person in (running.ben, running.faculty, running.admin):
        with pytest.raises(Http404):
            live.follow(person, f"rating:{running.study['id']}.{running.ada.pk}", None)
    told = live.follow(running.ada, f"rating:{running.study['id']}.{running.ada.pk}", None).state
    assert told is not None and (told["next"], told["done"]) == (None, 10)


def test_raters_who_come_and_go_are_told_to_the_board_and_to_themselves(running: SimpleNamespace) -> None:
    running.organiser.post(running.url + "raters/", {"user": running.admin.pk}, format="json")
    running.organiser.post(f"{running.url}raters/{running.ada.pk}/drop/")
    told = Event.objects.filter(subject=f"board:{running.study['id']}", type="board.rater").order_by("seq")
    assert [(row.data["id"], row.data["dropped"]) for row in told] == [
        (running.admin.pk, False),
        (running.ada.pk, True),
    ]
    own = Event.objects.filter(subject=f"rating:{running.study['id']}.{running.ada.pk}").last()
    assert own is not None and (own.type, own.data) == ("rating.closed", {"state": "dropped"})


# --- what it costs ----------------------------------------------------------------------------------------------------


def cost(client: APIClient, address: str) -> int:
    client.get(address)  # caches of content types and the like
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def grown(lab: SimpleNamespace, raters: int, cases: int) -> None:
    """Rows as of a study of so many raters and cases (with two sources), without readings behind them."""
    study = Study.objects.get(pk=lab.study["id"])
    template = Item.objects.filter(study=study).first()
    assert template is not None
    places = StudyCase.objects.bulk_create(
        StudyCase(study=study, case=None, film_sha256=template.case.film_sha256, position=100 + n) for n in range(cases)
    )
    kinds = list(Source.objects.filter(study=study)[:2])
    items = Item.objects.bulk_create(
        Item(study=study, case=place, source=kind, reference=template.reference, number=1000 + 2 * n + k)
        for n, place in enumerate(places)
        for k, kind in enumerate(kinds)
    )
    for n in range(raters):
        person = make_person(username=f"rater{n}", password=PASSWORD, roles=["faculty"], by="test")
        rater = Rater.objects.create(study=study, user=person, row=10 + n)
        Assignment.objects.bulk_create(
            Assignment(rater=rater, item=one, position=position, answered_at=timezone.now(), seconds=10.0)
            for position, one in enumerate(items, 1)
        )
    for rater in Rater.objects.filter(study=study, row__lt=10):
        Assignment.objects.bulk_create(
            Assignment(rater=rater, item=one, position=position) for position, one in enumerate(items, 100)
        )


def test_board_queue_and_item_cost_as_much_for_many_as_for_few(running: SimpleNamespace) -> None:
    """Twenty raters and two hundred items; the admin's bar asks for nothing more either."""
    addresses = {
        "board": (running.organiser, running.url + "board/"),
        "queue": (running.first, f"{API}/queue/"),
        "item": (running.first, f"{API}/items/{next_of(running.first)}/"),
        "list": (running.organiser, f"{API}/studies/"),
        "bar": (running.first, "/rate/"),
    }
    few = {name: cost(*asked) for name, asked in addresses.items()}
    grown(running, raters=18, cases=100)
    many = {name: cost(*asked) for name, asked in addresses.items()}
    assert many == few
    assert max(few.values()) <= 16, few


def test_the_queue_of_many_studies_costs_as_much_as_of_one(running: SimpleNamespace) -> None:
    one = cost(running.second, f"{API}/queue/")
    for _ in range(3):
        study = plan(running.organiser, running.cases, ["human"], [running.admin])
        start(running.organiser, study)
        Rater.objects.filter(study=study["id"]).update(user=running.ben)
    assert len(queued(running.second)) == 4
    assert cost(running.second, f"{API}/queue/") == one
