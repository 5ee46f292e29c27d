"""Blindness: the same path served as two sources is the same to the byte, and no route joins an item to its source or
shows anybody's answers before the study is closed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from channels.db import database_sync_to_async
from django.contrib import admin
from django.test import RequestFactory
from django.utils import timezone
from PIL import Image
from rest_framework.test import APIClient

from gazeapp.core import consumers
from gazeapp.core.admin import ReadOnly
from gazeapp.ratings import selectors, sources
from gazeapp.ratings.models import Answer, Assignment, Item, Study
from gazeapp.recordings.models import FixationSet
from tests.cases.films import stored_case
from tests.core.test_live_socket import tab
from tests.practice.conftest import consent
from tests.ratings.study import (
    API,
    close,
    film_case,
    item,
    next_of,
    path,
    plan,
    predicted,
    queued,
    rate_all,
    reading,
    simulated_reader,
    start,
    submit,
    take,
)  # fmt: skip

pytestmark = pytest.mark.django_db
FILMS = Path(__file__).parents[2] / "gazeapp" / "core" / "demo_films"
ClientFor = Callable[[Any], APIClient]
FRESH = re.compile(r'data-csrf="[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"|nonce-[^\' ;]*')
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)")
SHOWN = {"core.AuditEvent": {"detail"}, "scanpaths.Prediction": {"samples", "seed"}}  # how many were asked for
SOURCES = ("human", "simulated", "model", "shuffled", "centre")
SAME = [(0.5, 0.5, 0.4), (0.5, 0.5, 0.4), (0.5, 0.5, 0.4)]  # shuffled it is the same


@pytest.fixture
def alike(cast: SimpleNamespace, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """One case whose person, simulated reader and model walk the same path; the controls too, which are drawn with a
    deviation of nothing. The film is simulated, so every study of it is labelled so."""
    consent(cast.resident, research=True)
    case = film_case(cast.faculty, 1, simulated=True)
    reading(case, cast.resident, SAME)
    reading(case, simulated_reader(), SAME, source="simulated")
    predicted(case, SAME)
    for name in ("CENTRE_SD", "PLACE_SD", "DURATION_SD"):
        monkeypatch.setattr(f"ml.gaze.controls.{name}", 0.0)
    return SimpleNamespace(**vars(cast), case=case, organiser=client_for(cast.faculty), rater=client_for(cast.admin))


def masked(text: str) -> str:
    """Without what every answer has of its own: ids, tokens, times."""
    return TIME.sub("TIME", UUID.sub("ID", FRESH.sub("", text)))


def told(answer: Any) -> tuple[int, str, dict[str, str]]:
    """Status, bytes and headers; the length is of the bytes as they were sent."""
    headers = {name: masked(value) for name, value in answer.headers.items() if name != "Content-Length"}
    return answer.status_code, masked(answer.content.decode()), headers


def sizes(answer: Any) -> tuple[int, str | None]:
    return len(answer.content), answer.headers.get("Content-Length")


def everything_of(alike: SimpleNamespace, source: str) -> list[Any]:
    """All that a rater and an organiser can hear of the one item of a study of one source; the study closes then."""
    kinds = [source] if source not in {"shuffled", "centre"} else ["human", source]
    study = plan(alike.organiser, [alike.case], kinds, [alike.admin], repeats=0)
    take(alike.organiser, study, alike.admin, although_known=True)  # from the source before
    assert start(alike.organiser, study).status_code == 200
    number = len(kinds)
    wanted = Item.objects.get(study=study["id"], source__number=number)
    ident = str(Assignment.objects.get(item=wanted).pk)
    heard: list[Any] = []
    shown = item(alike.rater, ident)
    heard += [told(shown), sizes(shown), told(item(alike.rater, ident))]
    page = alike.rater.get(f"/rate/{ident}/")
    heard += [told(page), len(FRESH.sub("", page.text))]
    body = {"human_like": 1}
    heard.append(told(alike.rater.put(f"{API}/items/{ident}/draft/", body, format="json")))
    heard.append(told(alike.rater.get(f"{API}/items/{ident}/draft/")))
    heard.append(told(submit(alike.rater, ident, human_like=7)))
    submitted = submit(alike.rater, ident)
    heard.append((submitted.status_code, sorted(submitted.json()), submitted.json()["done"]))
    heard.append(told(item(alike.rater, ident)))
    close(alike.organiser, study)
    return heard


@pytest.mark.parametrize("source", SOURCES[1:])
def test_the_same_path_as_two_sources_is_the_same_bytes_headers_and_sizes(alike: SimpleNamespace, source: str) -> None:
    assert everything_of(alike, source) == everything_of(alike, "human")


def test_within_one_study_the_items_of_one_path_differ_by_their_id_alone(alike: SimpleNamespace) -> None:
    study = plan(alike.organiser, [alike.case], list(SOURCES), [alike.admin], repeats=0)
    assert start(alike.organiser, study).status_code == 200
    idents = [str(pk) for pk in Assignment.objects.order_by("position").values_list("pk", flat=True)]
    assert len(idents) == 5
    answers = [item(alike.rater, ident) for ident in idents]
    bare = {a.content.decode().replace(i, "ID") for a, i in zip(answers, idents, strict=True)}
    assert len(bare) == 1
    assert len({sizes(answer) for answer in answers}) == 1
    pages = [alike.rater.get(f"/rate/{ident}/") for ident in idents]
    assert len({FRESH.sub("", p.text).replace(i, "ID") for p, i in zip(pages, idents, strict=True)}) == 1
    assert len({str(told(page)[2]) for page in pages}) == 1


@pytest.mark.django_db(transaction=True)
async def test_the_same_path_as_two_sources_is_the_same_socket_frames(
    alike: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 1000.0)

    @database_sync_to_async
    def begin(source: str) -> tuple[dict[str, Any], str]:
        study = plan(alike.organiser, [alike.case], [source], [alike.admin], repeats=0)
        take(alike.organiser, study, alike.admin, although_known=True)
        start(alike.organiser, study)
        return study, next_of(alike.rater)

    async def frames(source: str) -> list[str]:
        study, ident = await begin(source)
        async with tab(alike.admin) as page, tab(alike.faculty) as other:
            heard = [await page.follow(f"rating:{study['id']}.{alike.admin.pk}")]
            heard.append(await other.follow(f"board:{study['id']}"))
            await database_sync_to_async(item)(alike.rater, ident)
            heard.append(await other.hear())
            await database_sync_to_async(submit)(alike.rater, ident)
            heard += [await page.hear(), await other.hear()]
            await database_sync_to_async(close)(alike.organiser, study)
            heard += [await page.hear(), await other.hear()]
        return sorted(masked(json.dumps(frame)) for frame in heard)

    human = await frames("human")
    assert len(human) == 7
    assert await frames("model") == human
    assert await frames("simulated") == human


# --- nothing joins an item to its source ------------------------------------------------------------------------------


SECRET_NOTE = "Unmistakable remark"


@pytest.fixture
def half_way(running: SimpleNamespace) -> SimpleNamespace:
    """Ada has rated everything, with a note that nobody else may read yet; ben has been shown one item."""
    rate_all(running.first, note=SECRET_NOTE, redundant=5)
    item(running.second, next_of(running.second))
    return running


def addresses(lab: SimpleNamespace, person: Any) -> Iterator[str]:
    """Everything about the study that can be asked for, by whoever: API, pages, events, record pages."""
    idents = [str(pk) for pk in Assignment.objects.values_list("pk", flat=True)]
    study = lab.study["id"]
    for name in ("", "board/", "results/", "results.csv", "answers.csv"):
        yield f"{API}/studies/{study}/{name}"
    for ident in idents:
        yield from (f"{API}/items/{ident}/", f"/rate/{ident}/")
    yield from (f"{API}/queue/", f"{API}/studies/", f"{API}/choices/", "/rate/", "/studies/", f"/studies/{study}/")
    for subject in (f"board:{study}", *(f"rating:{study}.{pk}" for pk in (lab.ada.pk, lab.ben.pk, person.pk))):
        yield from (f"/api/v1/events/?subject={subject}", f"/api/v1/events/?subject={subject}&after=0")
    yield "/admin/"
    for model in ("study", "rater", "item", "assignment", "answer", "source"):
        yield from (f"/admin/ratings/{model}/", f"/admin/ratings/{model}/{study}/change/")
        yield from (f"/admin/ratings/{model}/{pk}/change/" for pk in (1, idents[0]))
    yield from ("/admin/core/event/", "/admin/core/auditevent/")


@pytest.mark.parametrize("who", ["first", "second", "organiser", "manager"])
def test_before_closing_nobody_reads_anothers_answers_by_any_route(half_way: SimpleNamespace, who: str) -> None:
    people = {"first": half_way.ada, "second": half_way.ben, "organiser": half_way.faculty, "manager": half_way.admin}
    told = []
    for address in addresses(half_way, people[who]):
        answer = getattr(half_way, who).get(address)
        assert answer.status_code < 500
        if SECRET_NOTE in answer.text:
            told.append(address)
    own = {
        f"{API}/items/{pk}/" for pk in Assignment.objects.filter(rater__user=people[who]).values_list("pk", flat=True)
    }
    assert set(told) <= (own if who == "first" else set())
    assert len(told) == (1 if who == "first" else 0)  # of one's own the last alone


@pytest.mark.parametrize("who", ["first", "second", "organiser", "manager"])
def test_before_closing_no_route_speaks_of_paths_models_or_sources_of_items(
    half_way: SimpleNamespace, who: str
) -> None:
    """Only the plan names sources, and it names no item: neither number, nor assignment, nor path."""
    people = {"first": half_way.ada, "second": half_way.ben, "organiser": half_way.faculty, "manager": half_way.admin}
    items = list(Item.objects.all())
    secrets = {str(sources.base_of(one.reference)[1]) for one in items} | {one.reference for one in items}
    secrets |= {str(Study.objects.get().seed), half_way.resident.username}
    labels = {source["label"] for source in half_way.study["sources"]}
    planned = {f"{API}/studies/{half_way.study['id']}/"}
    for address in addresses(half_way, people[who]):
        answer = getattr(half_way, who).get(address)
        found = [secret for secret in secrets if secret in answer.text]
        assert not found, f"{address} tells {found}"
        if address not in planned | {f"{API}/choices/"}:
            assert not [label for label in labels if label in answer.text], address
    plan_of_it = half_way.organiser.get(next(iter(planned))).json()
    assert set(plan_of_it["sources"][0]) == {"kind", "model", "label"}
    assert plan_of_it["items"] == 9
    assert not [pk for pk in Assignment.objects.values_list("pk", flat=True) if str(pk) in str(plan_of_it)]


def test_results_and_tables_stay_shut_until_the_study_is_closed(half_way: SimpleNamespace) -> None:
    for name in ("results/", "results.csv", "answers.csv"):
        for client in (half_way.organiser, half_way.manager):
            answer = client.get(half_way.url + name)
            assert (answer.status_code, answer.json()["type"]) == (409, "/problems/study-not-closed")
        for client in (half_way.first, half_way.second):
            assert client.get(half_way.url + name).status_code == 404
    close(half_way.organiser, half_way.study)
    for client in (half_way.organiser, half_way.manager, half_way.first, half_way.second):
        assert client.get(half_way.url + "results/").status_code == 200
        assert SECRET_NOTE in client.get(half_way.url + "answers.csv").text


def test_results_of_a_closed_study_are_shut_to_who_rates_its_films_in_another_one(half_way: SimpleNamespace) -> None:
    """How long others took for a reading, and what they noted, tells which item it is."""
    close(half_way.organiser, half_way.study)
    again = plan(half_way.organiser, half_way.cases[:1], ["model"], [half_way.ada])
    assert start(half_way.organiser, again).status_code == 200
    for name in ("results/", "results.csv", "answers.csv"):
        answer = half_way.first.get(half_way.url + name)
        assert (answer.status_code, answer.json()["type"]) == (403, "/problems/rated-blind")
        assert half_way.second.get(half_way.url + name).status_code == 200
    close(half_way.organiser, again)
    assert half_way.first.get(half_way.url + "results/").status_code == 200


@pytest.mark.parametrize("where", ["here", "elsewhere"])
def test_the_board_tells_an_organiser_who_rates_its_films_no_item(half_way: SimpleNamespace, where: str) -> None:
    """How long others took for an item tells it from the film's others, in the organiser's own study and in another on
    the same films. How far each rater is stays on the board."""
    follow = f"/api/v1/events/?subject=board:{half_way.study['id']}"
    assert half_way.organiser.get(follow).status_code == 200
    before = half_way.organiser.get(half_way.url + "board/").json()
    assert before["blind"] is False and before["items"] and before["cells"] and before["medians"]
    if where == "here":
        assert take(half_way.organiser, half_way.study, half_way.faculty).status_code == 201
    else:
        mine = plan(half_way.first, half_way.cases[:1], ["model"], [half_way.faculty])
        assert start(half_way.first, mine).status_code == 200
    after = half_way.organiser.get(half_way.url + "board/").json()
    assert (after["blind"], after["items"], after["cells"], after["medians"]) == (True, [], {}, [])
    assert all(words["words"].endswith("left, as of midnight.") for words in after["holds"])
    assert half_way.organiser.get(follow).status_code == 404
    assert half_way.manager.get(half_way.url + "board/").json()["blind"] is False


def test_who_rates_films_of_a_study_is_told_how_far_its_raters_were_at_midnight(half_way: SimpleNamespace) -> None:
    """A study of one film with one source would count its answers by the second: how long the rater took. Board, page
    and list say the same; who does not rate sees the answers as they come."""
    mine = plan(half_way.first, half_way.cases[:1], ["model"], [half_way.faculty])
    assert start(half_way.first, mine).status_code == 200

    def told(client: APIClient) -> list[int]:
        board, study = client.get(half_way.url + "board/").json(), client.get(half_way.url).json()
        (row,) = [one for one in client.get(f"{API}/studies/").json()["results"] if one["id"] == half_way.study["id"]]
        of_ada = [[one["done"] for one in at["raters"] if one["id"] == half_way.ada.pk] for at in (board, study)]
        return [*of_ada[0], *of_ada[1], row["done"]] if client is half_way.organiser else [*of_ada[1], row["done"]]

    assert told(half_way.organiser) == [0, 0, 0]
    assert told(half_way.manager) == [10, 10]
    Assignment.objects.filter(position__lte=3).update(answered_at=timezone.now() - timedelta(days=1))
    assert told(half_way.organiser)[:2] == [3, 3]
    assert (
        told(half_way.organiser)[2]
        == Assignment.objects.filter(position__lte=3, rater__study=half_way.study["id"]).count()
    )
    close(half_way.first, mine)
    assert told(half_way.organiser)[:2] == [10, 10]


def test_record_pages_show_what_their_lists_show() -> None:
    """Admins rate too. A field that is added to a record later is on no page by itself."""
    for model, page in admin.site._registry.items():
        if not model.__module__.startswith("gazeapp.") or model._meta.label == "accounts.User":
            continue
        assert isinstance(page, ReadOnly), model._meta.label
        shown = set(page.get_fields(RequestFactory().get("/")))
        lengths = {"fixations", "reading", "counts", "size_bytes", "archive", "since", "marks", "answer", "dataset"}
        lengths |= {
            "result",
            "data",
            "duration_s",
            "samples",
            "quality",
            "totals",
            "seconds",
            "files",
            "detail",
            "seed",
        }
        assert not shown & lengths - SHOWN.get(model._meta.label, set()), model._meta.label


def test_a_plan_says_that_its_organiser_will_see_no_items_on_the_board(lab: SimpleNamespace) -> None:
    def told(study: dict[str, Any]) -> bool:
        return any("how far each rater was" in remark["words"] for remark in study["remarks"])

    assert not told(plan(lab.organiser, lab.cases, ["model"], [lab.ada]))
    assert told(plan(lab.organiser, lab.cases, ["model"], [lab.ada, lab.faculty]))
    other = plan(lab.first, lab.cases[:1], ["model"], [lab.faculty])
    assert start(lab.first, other).status_code == 200
    assert told(plan(lab.organiser, lab.cases, ["model"], [lab.ada]))


def test_the_board_is_the_organiser_s_and_the_admins(half_way: SimpleNamespace) -> None:
    assert half_way.first.get(half_way.url + "board/").status_code == 404
    assert half_way.organiser.get(half_way.url + "board/").status_code == 200
    assert half_way.manager.get(half_way.url + "board/").status_code == 200
    close(half_way.organiser, half_way.study)
    assert half_way.first.get(half_way.url + "board/").status_code == 403


def test_the_films_of_a_running_study_are_closed_to_its_raters_alone_until_it_closes(
    running: SimpleNamespace,
) -> None:
    def closed(person: Any) -> set[str]:
        return set(selectors.films_rated(person))

    films = {case.film_id for case in running.cases}
    assert closed(running.ada) == closed(running.ben) == films
    assert closed(running.faculty) == closed(running.admin) == set()
    running.organiser.post(f"{running.url}raters/{running.ben.pk}/drop/")
    assert closed(running.ben) == films  # they may be asked to go on
    close(running.organiser, running.study)
    assert closed(running.ada) == closed(running.ben) == set()


def test_a_rater_is_refused_the_prediction_of_a_film_that_they_rate(running: SimpleNamespace) -> None:
    from gazeapp.scanpaths.models import Prediction

    shown = Prediction.objects.get(film_sha256=running.cases[0].film_id, for_study=False)
    address = f"/api/v1/predictions/{shown.pk}/"
    assert running.first.get(address).status_code == 403
    assert running.organiser.get(address).status_code == 200


def test_a_rater_is_told_why_what_is_predicted_of_a_case_is_closed_until_the_study_closes(
    running: SimpleNamespace,
) -> None:
    def told_so(client: APIClient) -> list[bool]:
        address = f"/api/v1/cases/{running.cases[0].pk}/"
        listed = {row["id"]: row["rated"] for row in client.get("/api/v1/cases/").json()["results"]}
        return [client.get(address).json()["rated"], listed[str(running.cases[0].pk)]]

    assert told_so(running.first) == [True, True]
    assert told_so(running.organiser) == [False, False]
    close(running.organiser, running.study)
    assert told_so(running.first) == [False, False]


def test_a_copy_of_a_rated_film_that_a_rater_brings_meanwhile_is_closed_too(lab: SimpleNamespace) -> None:
    """Another value in one place, or other greys everywhere, make another film of the same picture."""
    film, other = (np.asarray(Image.open(FILMS / name).convert("L")) for name in ("both-mid.png", "left-nodule.png"))
    early = stored_case(lab.ada, film // 3)
    case = stored_case(lab.faculty, film)
    reading(case, lab.resident, path(1))
    study = plan(lab.organiser, [case], ["human"], [lab.ada])
    start(lab.organiser, study)
    touched = film.copy()
    touched[0, 0] ^= 1
    same = {stored_case(lab.ada, pixels).film_id for pixels in (touched, 40 + film // 2)}
    stored_case(lab.ada, other)
    stored_case(lab.ben, 255 - film)
    assert selectors.films_rated(lab.ada) == {case.film_id, *same}
    assert early.film_id not in selectors.films_rated(lab.ada)  # its prediction was there to be seen before
    assert selectors.films_rated(lab.ben) == set()


def test_a_film_rated_in_a_plan_or_a_closed_study_is_open(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    assert not set(selectors.films_rated(lab.ada))
    start(lab.organiser, study)
    assert set(selectors.films_rated(lab.ada))


def test_what_is_served_is_rounded_alike_whatever_the_source_s_decimals(lab: SimpleNamespace) -> None:
    fine = [{"x": 0.123456, "y": 0.654321, "onset_s": 0.0123, "duration_s": 0.23456}]
    FixationSet.objects.filter(pk=lab.readings[0].pk).update(fixations=fine)
    study = plan(lab.organiser, lab.cases[:1], ["human"], [lab.ada])
    start(lab.organiser, study)
    (shown,) = item(lab.first, next_of(lab.first)).json()["fixations"]
    assert shown.pop("duration_s") in (0.15, 0.2, 0.25, 0.3, 0.35)  # .23 s with the noise
    assert shown == {"x": 0.125, "y": 0.655, "onset_s": 0.0}


def test_answers_of_others_do_not_change_what_a_rater_is_given(running: SimpleNamespace) -> None:
    before = running.second.get(f"{API}/queue/").content
    rate_all(running.first)
    assert running.second.get(f"{API}/queue/").content == before
    assert Answer.objects.count() == 10
    assert queued(running.second)[0]["done"] == 0


def test_another_study_s_path_is_another_item(alike: SimpleNamespace) -> None:
    """An id says nothing across studies: the same reading in a second study has an id of its own."""
    reading(alike.case, alike.resident, path(3))
    idents = set()
    for _ in range(2):
        study = plan(alike.organiser, [alike.case], ["human"], [alike.admin])
        start(alike.organiser, study)
        idents.add(next_of(alike.rater))
        close(alike.organiser, study)
    assert len(idents) == 2


def test_an_admin_who_rates_reads_nothing_of_a_record_by_asking_for_it(running: SimpleNamespace) -> None:
    """Django takes any field of a record in a list's address; a bisection of the seed gave the order of all items."""
    from gazeapp.scanpaths.models import Prediction

    film = running.cases[0].film_id
    assert Prediction.objects.filter(film_sha256=film).exists()
    for address in (
        f"ratings/study/?id__exact={running.study['id']}&seed__gte=5",
        "ratings/study/?protocol__items__0__path__startswith=fixations",
        "ratings/study/?seed=5",
        f"scanpaths/prediction/?film_sha256={film}&reading__samples__0__fixations__0__x__gte=0.2",
        "scanpaths/prediction/?reading__samples__0__fixations__3__isnull=False",
        "difficulty/workload/?seconds__gte=4",
        "core/event/?data__fixations__0__x__gte=0",
        "recordings/recording/?duration_s__gte=1",
    ):
        assert running.manager.get(f"/admin/{address}").status_code != 200
    assert running.manager.get("/admin/ratings/study/?state__exact=running").status_code == 200
    assert running.manager.get("/admin/core/job/?kind=predict").status_code == 200


def test_who_was_dropped_cannot_rate_the_same_films_in_a_study_of_one_source(running: SimpleNamespace) -> None:
    """They would see how that source looks, and might be asked to go on."""
    running.organiser.post(f"{running.url}raters/{running.ada.pk}/drop/")
    second = plan(running.organiser, running.cases, ["simulated"], [running.ada])
    refused = start(running.organiser, second)
    assert refused.status_code == 409
    assert "rates “Case 1” in another study" in str(refused.json()["reasons"])
