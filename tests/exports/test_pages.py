"""Where researchers and admins come upon research data: their bars, their homes, and the way to tokens."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from gazeapp.cases.models import Case
from tests.cases.teaching import open_set
from tests.exports import data

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], Client]


def bar(client: Client, path: str) -> list[str]:
    """The words of the bar's entries, the one that is here with a star before it."""
    nav = re.search(r"<nav aria-label=\"Main\".*?</nav>", client.get(path).text, re.S)
    assert nav is not None
    entries = re.findall(r"<a href=\"[^\"]*\"( aria-current=\"page\")?>(.*?)</a>", nav[0], re.S)
    return [("*" if here else "") + re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", words)) for here, words in entries]


def test_a_researcher_begins_at_the_releases(cast: SimpleNamespace, client_for: ClientFor) -> None:
    client = client_for(cast.researcher)
    assert client.get("/")["Location"] == "/releases/"
    assert bar(client, "/releases/") == ["*Releases", "Browse", "API", "Library", "Ladder"]
    assert "*API" in bar(client, "/access/")


def test_an_admin_sees_beside_data_how_many_requests_wait(lab: SimpleNamespace, client_for: ClientFor) -> None:
    client = client_for(lab.admin)
    assert "Data" in bar(client, "/jobs/")
    request = data.ask(lab.asks)
    assert "Data 1 wait" in bar(client, "/jobs/")
    data.act(lab.decides, request, "decline", reason="Ask the board first.")
    assert "*Data" in bar(client, "/data/browse/")  # for an admin a part of Data


def test_who_may_read_releases_finds_tokens_where_the_api_is_explained(
    cast: SimpleNamespace, client_for: ClientFor
) -> None:
    for person, there in ((cast.researcher, True), (cast.admin, True), (cast.resident, False), (cast.faculty, False)):
        text = client_for(person).get("/people/me/").text
        assert ('href="/access/"' in text.split("API tokens")[1]) is there
        assert ("Make a token" in text) is not there


def test_a_practice_set_can_be_chosen_once_it_has_published_cases(lab: SimpleNamespace) -> None:
    first, second, _ = lab.cases
    Case.objects.filter(pk=first.pk).update(published=False)
    chosen = open_set(lab.faculty, first, second, name="Nodules & shadows")
    open_set(lab.faculty, first, name="Not yet")
    page = lab.asks.get("/data/browse/").content.decode()
    option = f'<option value="{chosen.pk}">those of the practice set “Nodules &amp; shadows” (1)</option>'
    assert re.findall(r"<option .*</option>", page)[1:] == [option]
