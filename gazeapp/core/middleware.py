"""Looks at what every request brings, before session, sign-in or view do anything with it; sees to it that no answer
with people's data is kept, and that whoever is too fast hears when to come back."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from gazeapp.core import error_responses
from gazeapp.core.problems import Problem, problem_of_code
from gazeapp.core.text import MAX_FORM_CHARS, MAX_QUERY_CHARS, refuse_unstorable

COME_BACK_S = 60
BODILESS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class RequestGuard:
    """Refuses texts that nothing behind it can hold, and bodies that nothing behind it can read."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            _look_at_head(request)
        except Problem as problem:
            headers = {"WWW-Authenticate": "Bearer"} if problem.code == 401 else {}
            return error_responses.problem_response(request.path_info, problem, headers)
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *view: Any) -> HttpResponse | None:
        """The forms of pages; the API's parsers look at what they read themselves."""
        if request.method in BODILESS or error_responses.is_api(request.path_info):
            return None
        try:
            for name, values in request.POST.lists():
                refuse_unstorable("The form", [name, *map(str, values)], limit=MAX_FORM_CHARS)
        except Problem as problem:
            return error_responses.problem_response(request.path_info, problem)
        return None


class NothingKept:
    """What the API answers holds people's data, and so may every page of who is signed in, those of other packages too:
    no browser and no proxy keeps it, unless its view says otherwise, as those of films and releases do.

    A session cookie stands for being signed in: asking for the person could fail where the answer has not, and somebody
    half way through sign-in has a name as well. Static files are answered before this."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if error_responses.is_api(request.path_info):
            response.headers.setdefault("Cache-Control", "no-store")
        elif settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class ComeBack:
    """Every 429 says when to come back: a minute, unless whoever refuses knows better."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.status_code == 429:
            response.headers.setdefault("Retry-After", str(COME_BACK_S))
        return response


def _look_at_head(request: HttpRequest) -> None:
    refuse_unstorable("The address", [request.path_info])
    for name, values in request.GET.lists():
        refuse_unstorable("The query", [name, *values], limit=MAX_QUERY_CHARS)
    refuse_unstorable("The session cookie", [request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")])
    if not request.headers.get("Authorization", "").isascii():
        raise problem_of_code(401, "That is not a token.")
    if request.method not in BODILESS:
        if request.headers.get("Content-Encoding", "identity").strip().lower() != "identity":
            raise problem_of_code(415, "Send the body as it is, not compressed.")
        if not _is_utf8(str((request.content_params or {}).get("charset", "utf-8"))):
            raise problem_of_code(415, "Send text in UTF-8.")


def _is_utf8(charset: str) -> bool:
    try:
        return codecs.lookup(charset).name in {"utf-8", "ascii"}
    except (LookupError, ValueError):
        return False
