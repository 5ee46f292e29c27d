"""Django's ASGI handler, which also answers a request whose head cannot be read."""

from __future__ import annotations

from typing import Any

from django.core.handlers.asgi import ASGIHandler

from gazeapp.core import error_responses
from gazeapp.core.problems import problem_of_code


class Handler(ASGIHandler):
    def create_request(self, scope: Any, body_file: Any) -> tuple[Any, Any]:
        """Django's own lets some of what it cannot decode fall through to the server, as a 500 without words."""
        try:
            return self.request_class(scope, body_file), None
        except ValueError:  # bytes that are no UTF-8, a charset that does not exist
            return None, error_responses.problem_response(
                scope["path"], problem_of_code(400, "Its head cannot be read.")
            )
