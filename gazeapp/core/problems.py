"""RFC 9457 problems: the one shape of every refusal, over HTTP, in job errors and on pages."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.views import exception_handler as drf_handler

TYPE_PREFIX = "/problems/"


class Problem(Exception):
    """A typed refusal. `kind` names it for programs, `title` for people, `detail` says what to do."""

    def __init__(self, kind: str, title: str, detail: str = "", *, code: int = 400, **more: Any) -> None:
        super().__init__(title)
        self.kind = kind
        self.title = title
        self.detail = detail
        self.code = code
        self.more = more

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": TYPE_PREFIX + self.kind,
            "title": self.title,
            "status": self.code,
            "detail": self.detail,
            **self.more,
        }


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    return Response(problem.to_dict(), problem.code, headers=headers, content_type="application/problem+json")


_KINDS = {
    400: ("invalid", "That request is not valid."),
    401: ("not-signed-in", "Sign in first."),
    403: ("not-allowed", "Your role does not allow this."),
    404: ("not-found", "There is nothing here for you."),
    405: ("method-not-allowed", "This address does not take that method."),
    406: ("not-acceptable", "Ask for JSON."),
    415: ("media-type", "That content type is not taken here."),
    429: ("too-many", "Too many requests; wait a moment."),
}


def exception_handler(exc: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's handler, with every answer a problem."""
    if isinstance(exc, Problem):
        return problem_response(exc)
    response = drf_handler(exc, context)
    if response is None:
        return None
    kind, title = _KINDS.get(response.status_code, ("error", "That did not work."))
    detail, more = "", {}
    if isinstance(exc, exceptions.ValidationError):
        more["errors"] = response.data
    elif isinstance(exc, exceptions.APIException) and not isinstance(exc, (Http404, PermissionDenied)):
        detail = str(exc.detail)
    if response.status_code == status.HTTP_404_NOT_FOUND:
        detail = ""  # the same words for what is missing and for what is somebody else's
    headers = {name: response[name] for name in ("WWW-Authenticate", "Retry-After", "Allow") if name in response}
    return problem_response(Problem(kind, title, detail, code=response.status_code, **more), headers)
