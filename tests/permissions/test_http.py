"""Every address × every method × every actor, from the URL configuration. A new address without a row fails."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from tests.permissions.matrix import ACTORS, ADMIN_ONLY, BODIES, HEADERS, OPEN_SIGN_IN, ROWS
from tests.permissions.routes import http_routes

METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE")
ClientFor = Callable[[Any], APIClient]


def stripped(pattern: str) -> str:
    """The pattern as an address with <> for each variable part."""
    plain = re.sub(r"\(\?P<\w+>[^)]*\)", "<>", pattern)
    return re.sub(r"<[^>]*>", "<>", plain).replace("^", "").replace("$", "").replace(r"\Z", "").replace("\\", "")


def ours() -> list[str]:
    return sorted({a for r in http_routes() if not (a := stripped(r.pattern)).startswith(("admin/", "accounts/"))})


def address(pattern: str, world: SimpleNamespace) -> str:
    for piece, ident in {
        "recordings/imports/<>": world.gaze_file,
        "requests/<>": world.data_request,
        "releases/<>": world.release,
        "files/<>": "cases.csv",
        "models/<>": world.model,
        "runs/<>": world.run,
        "schedules/<>": world.schedule,
        "studies/<>": world.study,
        "items/<>": world.rating,
        "rate/<>": world.rating,
        "raters/<>": world.rater,
        "ladder/comparisons/<>": world.comparison,
        "ladder/<>": world.case,
        "cases/<>": world.case,
        "predictions/<>": world.prediction,
        "jobs/<>": world.job,
        "sets/<>": world.set,
        "films/<>": world.film,
        "thumbnails/<>": world.thumbnail,
        "tokens/<>": world.token,
        "uploads/<>": world.upload,
        "attempts/<>": world.attempt,
        "recordings/<>": world.recording,
        "objections/<>": "999999",
        "parts/<>": "0",
        "<>.csv": "findings.csv",
        "people/link/<>": world.link,
        "people/<>": world.owner,
    }.items():
        pattern = pattern.replace(piece, ident if piece == "<>.csv" else piece.replace("<>", ident))
    assert "<>" not in pattern, f"tests/permissions: say which id stands in {pattern}"
    return "/" + pattern


@contextmanager
def undone() -> Iterator[None]:
    """What is written within never was."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture
def client_of(world: SimpleNamespace, client_for: ClientFor) -> Callable[[str], APIClient]:
    """Fresh clients of actors who sign in once a test: what a request does to its cookies, the next one never sees."""
    signed_in: dict[str, dict[str, str]] = {}

    def make(actor: str) -> APIClient:
        if actor not in signed_in:
            first = client_for(world.actors[actor])
            signed_in[actor] = {name: morsel.value for name, morsel in first.cookies.items()}
        client = APIClient()
        client.cookies.load(signed_in[actor])
        return client

    return make


def ask(client: APIClient, world: SimpleNamespace, pattern: str, method: str) -> int:
    """The status of one request, whose writes are undone."""
    known = {name: getattr(world, name) for name in ("case", "other_case", "draft", "writer", "rater")}
    body = {k: v.format(**known) if isinstance(v, str) else v for k, v in BODIES.get((pattern, method), {}).items()}
    more: dict[str, Any] = {"headers": HEADERS.get((pattern, method), {})}
    with undone():
        if method == "GET":
            answer = client.get(address(pattern, world), body, **more)
        elif method == "DELETE":
            answer = client.delete(address(pattern, world), query_params=body, **more)
        elif pattern.startswith("api/v1/uploads/") and method == "PATCH":
            answer = client.generic(
                method, address(pattern, world), b"0123456789", "application/offset+octet-stream", **more
            )
        elif pattern.startswith("people/"):
            answer = client.generic(method, address(pattern, world), **more)
        else:
            answer = getattr(client, method.lower())(address(pattern, world), body, format="json", **more)
        if answer.streaming:
            list(answer.streaming_content) if not answer.is_async else None
    return int(answer.status_code)


@pytest.mark.parametrize("pattern", ours())
def test_each_actor_gets_what_the_matrix_says(
    pattern: str, world: SimpleNamespace, client_of: Callable[[str], APIClient]
) -> None:
    assert pattern in ROWS, f"{pattern} has no row in tests/permissions/matrix.py"
    wrong = []
    for method, answers in ROWS[pattern].items():
        for actor, expected in zip(ACTORS, answers.split(), strict=True):
            got = ask(client_of(actor), world, pattern, method)
            if got != int(expected):
                wrong.append(f"{method} as {actor}: {got}, not {expected}")
    assert wrong == []


@pytest.mark.parametrize("pattern", ours())
def test_a_method_without_a_row_never_succeeds(
    pattern: str, world: SimpleNamespace, client_of: Callable[[str], APIClient]
) -> None:
    declared = set(ROWS.get(pattern, {})) | {"OPTIONS"} | ({"HEAD"} if "GET" in ROWS.get(pattern, {}) else set())
    wrong = []
    for method in set(METHODS) - declared:
        for actor in ACTORS:
            got = ask(client_of(actor), world, pattern, method)
            if not 300 <= got < 500:
                wrong.append(f"{method} as {actor}: {got}")
    assert wrong == []


def test_every_row_names_an_address_that_exists() -> None:
    assert set(ROWS) - set(ours()) == set()


def third_party(prefix: str) -> list[str]:
    return sorted({a for r in http_routes() if (a := stripped(r.pattern)).startswith(prefix)})


@pytest.mark.parametrize("prefix", ADMIN_ONLY)
def test_record_pages_are_for_admins_only(prefix: str, client_of: Callable[[str], APIClient]) -> None:
    wrong = []
    for pattern in third_party(prefix):
        url = "/" + pattern.replace("<>", "1").replace("(?P1.*)", "x")
        for actor in set(ACTORS) - {"admin"}:
            for method in ("get", "post"):
                client = client_of(actor)
                with undone():
                    answer = getattr(client, method)(url)
                if answer.status_code < 300 and "logout" not in url and "jsi18n" not in url and "login" not in url:
                    wrong.append(f"{url} as {actor}: {answer.status_code}")
    assert wrong == []


def test_sign_in_pages_show_the_rest_only_to_the_signed_in(world: SimpleNamespace, client_for: ClientFor) -> None:
    wrong = []
    for pattern in third_party("accounts/"):
        if pattern in OPEN_SIGN_IN:
            continue
        url = "/" + pattern.replace("<>", "1")
        for answer in (client_for(None).get(url), client_for(None).post(url)):
            if answer.status_code < 300:
                wrong.append(f"{url}: {answer.status_code}")
    assert wrong == []
