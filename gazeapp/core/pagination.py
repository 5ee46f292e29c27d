"""Cursor pagination: stable while rows are added, no counts that would tell of rows one may not see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination

from gazeapp.core.problems import Problem


class NewestFirst(CursorPagination):
    ordering = ("-created_at", "-pk")
    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200

    def decode_cursor(self, request: Any) -> Any:
        """The cursor, if this list may have made it: its position is a moment."""
        try:
            cursor = super().decode_cursor(request)
            if cursor is not None and cursor.position is not None:
                moment = datetime.fromisoformat(str(cursor.position))
                if moment.utcoffset() != timedelta():  # ours are all in UTC
                    raise ValueError
        except (NotFound, ValueError):
            raise Problem("invalid", "That is not a cursor of this list.", "Take it from `next`.") from None
        return cursor

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """As REST framework has it, in the words of OpenAPI 3.1: there is no link at either end."""
        described: dict[str, Any] = super().get_paginated_response_schema(schema)
        for link in ("next", "previous"):
            del described["properties"][link]["nullable"]
            described["properties"][link]["type"] = ["string", "null"]
        return described
