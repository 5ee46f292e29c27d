"""RFC 9457 problems: the one shape of every refusal, over HTTP, in job errors and on pages."""

from __future__ import annotations

from typing import Any

TYPE_PREFIX = "/problems/"


class Problem(Exception):
    """A typed refusal. `kind` names it for programs, `title` for people, `detail` says what to do."""

    def __init__(
        self,
        kind: str,
        title: str,
        detail: str = "",
        *,
        code: int = 400,
        retry_after_s: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(title)
        self.kind = kind
        self.title = title
        self.detail = detail
        self.code = code
        self.retry_after_s = retry_after_s  # when to come back, where that can be said
        self.more = more

    def to_dict(self) -> dict[str, Any]:
        return {
            "type": TYPE_PREFIX + self.kind,
            "title": self.title,
            "status": self.code,
            "detail": self.detail,
            **self.more,
        }


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


def problem_of_code(code: int, detail: str = "") -> Problem:
    """The problem that an HTTP status alone tells of."""
    kind, title = _KINDS.get(code, ("error", "That did not work."))
    return Problem(kind, title, detail, code=code)
