"""What drf-spectacular cannot see: every operation may answer with a problem (RFC 9457)."""

from __future__ import annotations

from typing import Any

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem: what was refused, in words for people, and a type for programs.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Address of the kind of problem, e.g. /problems/not-found."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do."},
        "id": {"type": "string", "description": "Number of an unforeseen fault, under which it stands in our log."},
        "errors": {"description": "One list of messages a field, when a body was not valid."},
    },
}


def add_problems(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """A postprocessing hook: the Problem component, and a default answer of every operation that uses it."""
    result["components"].setdefault("schemas", {})["Problem"] = PROBLEM
    answer = {
        "description": "Refused. A 429 or 503 has Retry-After, in seconds.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for path in result["paths"].values():
        for operation in path.values():
            operation["responses"].setdefault("default", answer)
    return result
