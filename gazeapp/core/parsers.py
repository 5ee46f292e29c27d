"""Reading the bodies of API requests: JSON objects and forms, bounded and free of what no text may hold."""

from __future__ import annotations

import json
import math
from typing import Any

from rest_framework.parsers import DataAndFiles, JSONParser, MultiPartParser

from gazeapp.core.problems import Problem
from gazeapp.core.text import refuse_unstorable

LARGEST = 2**53  # of whole numbers: what every JSON reader keeps exactly
MAX_DEPTH = 16  # objects and lists in each other; no body of this API needs more than three


class JsonObject(JSONParser):
    """One JSON object in UTF-8, as RFC 8259 has it: finite numbers, each name once. A byte order mark may stand before
    it."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The object. Raises Problem (invalid) for everything else."""
        try:
            body = json.loads(stream.read().decode("utf-8-sig"), object_pairs_hook=_each_once)
        except RecursionError:
            raise _too_deep() from None
        except UnicodeDecodeError:
            raise _invalid("It is not in UTF-8.") from None
        except json.JSONDecodeError as error:
            raise _invalid(f"{error}.") from None
        except ValueError:  # Python reads no number of more than 4300 digits
            raise _invalid("It holds a number that is too long.") from None
        if not isinstance(body, dict):
            raise _invalid("Send an object, in braces.")
        _look_through(body)
        return body


class Form(MultiPartParser):
    """multipart/form-data. Its files are counted and kept by the request's upload handlers."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> DataAndFiles:
        sent = self.read(stream, media_type, parser_context)
        for name, values in sent.data.lists():
            refuse_unstorable("The form", [name, *values])
        for name, files in sent.files.lists():
            refuse_unstorable("The form", [name, *(str(file.name) for file in files)])
        return sent

    def read(self, stream: Any, media_type: str | None, parser_context: Any) -> DataAndFiles:
        """The form before its texts are looked at."""
        sent: DataAndFiles = super().parse(stream, media_type, parser_context)
        return sent


def _look_through(body: Any) -> None:
    """Depth, numbers and texts of everything in it, without recursion."""
    waiting: list[tuple[Any, int]] = [(body, 1)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, str):
            refuse_unstorable("The body", [value])
        elif isinstance(value, float) and not math.isfinite(value):  # NaN, Infinity, 1e999
            raise _invalid("Every number in it must be finite.")
        elif isinstance(value, int) and abs(value) > LARGEST:
            raise _invalid("It holds a whole number that is too large.")
        elif isinstance(value, dict | list):
            if depth > MAX_DEPTH:
                raise _too_deep()
            if isinstance(value, dict):
                refuse_unstorable("The body", value)
            waiting += [(inner, depth + 1) for inner in (value.values() if isinstance(value, dict) else value)]


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name that stands twice would mean one thing to us and another to whoever checked the body before us."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _invalid("It holds the same name twice.")
    return found


def _too_deep() -> Problem:
    return _invalid(f"It is nested more than {MAX_DEPTH} deep.")


def _invalid(detail: str) -> Problem:
    return Problem("invalid", "This body is not the JSON that is expected here.", detail)
