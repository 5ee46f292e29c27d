"""What is answered where no view answers: Django's own refusals, a full disk, a database that is down, and what nobody
foresaw.

Under /api/ that is a problem (RFC 9457), elsewhere a page that needs neither database nor static files. Django calls
these handlers around every middleware too, so they also serve what breaks before the view. What nobody foresaw gets a
number, and the log says under it what happened; it names the route, never the address, which may hold a secret.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import secrets
import sys
from functools import cache
from typing import Any

from django.core.exceptions import DisallowedHost, RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import Resolver404, resolve
from django.views import defaults
from rest_framework import exceptions
from rest_framework.utils.encoders import JSONEncoder
from rest_framework.views import exception_handler as drf_handler

from gazeapp.core import database
from gazeapp.core.problems import Problem, problem_of_code

log = logging.getLogger(__name__)

KEPT_HEADERS = ("WWW-Authenticate", "Retry-After", "Allow")
RETRY_AFTER_S = 10  # after the database did not answer
_WORDS: dict[type[Exception], tuple[str, str, int]] = {
    RequestDataTooBig: ("body-too-large", "That is too much at once.", 413),
    TooManyFieldsSent: ("invalid", "There are too many fields in this request.", 400),
    TooManyFilesSent: ("invalid", "There are too many files in this request.", 400),
    MultiPartParserError: ("invalid", "The form in this request cannot be read.", 400),
    DisallowedHost: ("invalid", "This server does not go by that name.", 400),
}


def is_api(path: str) -> bool:
    return path == "/api" or path.startswith("/api/")


def problem_response(path: str, problem: Problem, headers: dict[str, str] | None = None) -> HttpResponse:
    """The problem for whoever asked at ``path``: JSON for programs, a page for people."""
    response = _as_json(problem) if is_api(path) else _as_page(problem)
    response["Cache-Control"] = "no-store"
    if problem.retry_after_s is not None:
        response["Retry-After"] = str(problem.retry_after_s)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _as_json(problem: Problem) -> HttpResponse:
    body = json.dumps(problem.to_dict(), cls=JSONEncoder)
    return HttpResponse(body, status=problem.code, content_type="application/problem+json")


def _as_page(problem: Problem) -> HttpResponse:
    style, policy = _style()
    page = render_to_string("error.html", {"title": problem.title, "detail": problem.detail, "style": style})
    return HttpResponse(page, status=problem.code, headers={"Content-Security-Policy": policy})


@cache
def _style() -> tuple[str, str]:
    """The page's style, and a security policy that allows it (by its digest) and nothing else."""
    style = render_to_string("error.css")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    return style, f"{nothing}; style-src 'sha256-{digest}'"


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """REST framework's handler, with every answer a problem. What it does not know goes on to those below."""
    path = context["request"].path_info
    if isinstance(exc, Problem):
        return problem_response(path, exc)
    known = drf_handler(exc, context)
    if known is None:
        return None
    problem = problem_of_code(known.status_code)
    if isinstance(exc, exceptions.ValidationError):
        problem.more["errors"] = known.data
    elif isinstance(exc, exceptions.APIException) and not isinstance(exc, exceptions.NotFound):
        problem.detail = str(exc.detail)  # a 404 has none: the same words for what is missing and for somebody else's
    return problem_response(path, problem, {name: known[name] for name in KEPT_HEADERS if name in known})


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    log.warning("refused (%s): %s %s", str(exception)[:200], request.method, route(request))
    for kind, words in _WORDS.items():
        if isinstance(exception, kind):
            return problem_response(request.path_info, Problem(words[0], words[1], code=words[2]))
    return problem_response(request.path_info, problem_of_code(400))


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return problem_response(request.path_info, problem_of_code(403))
    return defaults.permission_denied(request, exception)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form that did not come from a page of ours (CSRF)."""
    log.warning("refused (%s): %s %s", reason[:200], request.method, route(request))
    if is_api(request.path_info):
        return problem_response(request.path_info, problem_of_code(403, reason))
    return render(request, "403_csrf.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request.path_info):
        return problem_response(request.path_info, problem_of_code(404))
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Everything else that was raised."""
    error = sys.exc_info()[1]
    if isinstance(error, Problem):  # a page's view has no other place for it
        return problem_response(request.path_info, error)
    if database.is_full(error):
        log.error("the disk is full (%s): %s %s", type(error).__name__, request.method, route(request))
        return problem_response(request.path_info, _disk_full())
    if database.is_down(error):
        log.warning("database down (%s): %s %s", type(error).__name__, request.method, route(request))
        return problem_response(request.path_info, _database_down())
    number = secrets.token_hex(4)
    log.error("fault %s: %s %s", number, request.method, route(request), exc_info=error)
    return problem_response(
        request.path_info,
        Problem(
            "unforeseen",
            "Something broke on our side.",
            f"Try again. If it stays so, give an admin this number: {number}.",
            code=500,
            id=number,
        ),
    )


def _disk_full() -> Problem:
    return Problem(
        "disk-full",
        "There is no room left on the server's disk.",
        "Nothing of this request was kept. Tell an administrator, and send it again when there is room.",
        code=507,
    )


def _database_down() -> Problem:
    return Problem(
        "database-down",
        "The reading room cannot reach its records at the moment.",
        "What it had kept is still there; this request was not. Try again in a moment.",
        code=503,
        retry_after_s=RETRY_AFTER_S,
    )


def route(request: HttpRequest) -> str:
    """The name of the address that was asked for."""
    match: Any = request.resolver_match
    if match is None:  # it broke on the way to the view
        try:
            match = resolve(request.path_info)
        except Resolver404:
            return "(no such address)"
    return str(match.view_name or match.route)
