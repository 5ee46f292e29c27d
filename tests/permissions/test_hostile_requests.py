"""Every operation of the API × every actor × hostile ids, queries, bodies and headers: what comes is always documented.

No answer is a fault of the server, every refusal is a problem, and every success has the status and the shape that the
API's description promises (docs/openapi.yaml is the same). What is asked is fixed: one seed, the same questions.
"""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from rest_framework.test import APIClient

from gazeapp.cases import refusals
from gazeapp.cases.models import Case
from gazeapp.cases.serializers import CaseSerializer
from gazeapp.scanpaths.models import Prediction
from tests.permissions.matrix import ACTORS

OPENAPI: dict[str, Any] = json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))
OPERATIONS = [
    (path, method.upper())
    for path, methods in OPENAPI["paths"].items()
    for method in methods
    if method in {"get", "head", "post", "put", "patch", "delete"}
]
SEED = 2407
EACH = 10  # hostile questions an operation, of its owner and of an admin
OF_OTHERS = 3  # whom most operations refuse before they look

IDS = ("x", "%00", "0", "-1", "%ff", "..", "'", "%F0%9F%98%80", "0" * 32, "a" * 300, "{case_id}", "%2e%2e%2f", "0" * 64)
QUERIES = (
    "cursor=cD0yMDI2", "cursor=%00", "cursor=x", "page_size=-1", "page_size=" + "9" * 400, "page_size=1e9",
    "search=%00", "search=%ff%fe", "search=" + "a" * 5000, "search=" + "%25_" * 30, "state=x&state=%00", "published=x",
    "owner=1", "kind='", "queue=x", "subject=%00", "subject=" + "x" * 101, "subject=case:x&after=-1",
    "subject=jobs&after=" + "9" * 30, "subject=case:{case}&after=" + "9" * 5000, "subject=prediction:x&after=0",
    "subject=:::&after=", "format=xml", "%00=%00", "a=1&" * 1500, "band=6&limit=0", "after=%00", "after=nan~x",
    "lang=%00&version=x&script=",
)  # fmt: skip
VALUES = (
    "null", "true", "-1", "0", "1", "1e999", "1e308", "NaN", "9" * 4000, "9" * 5000, "0.5", '""', '" "', '"\\u0000"',
    '"\\ud800"', '"x"', '"' + "x" * 30_000 + '"', '"\\u202e\\u001b"', "[]", "{}", "[[]]", '{"a": {}}', '[{"a": 1}]',
)  # fmt: skip
FIELDS = (
    "title", "report", "note", "text", "published", "confirmed", "size", "filename", "samples", "seed", "days",
    "normal", "findings", "changed_at", "name", "description", "order", "case", "agreed",
    "writer", "marks", "answer", "parts", "views", "events", "words", "aperture",
    "cases", "sources", "raters", "repeats", "user", "human_like", "confidence", "seconds", "correction",
    "left", "right", "harder",
    "password", "reason", "from", "data", "steps", "minutes", "weekday", "hour", "at_least", "promote",
)  # fmt: skip
KINDS = (
    "application/json", "application/json; charset=utf-16", "application/json; charset=bz2_codec", "text/plain",
    "multipart/form-data", "multipart/form-data; boundary=b", "multipart/form-data; boundary=" + "x" * 300,
    "application/x-www-form-urlencoded", "application/offset+octet-stream", ";", "x" * 9000,
)  # fmt: skip
BROKEN_FORM = b'--b\r\nContent-Disposition: form-data; name="file"'
HEADERS = (
    {"If-None-Match": "\xff, *, W/"}, {"Range": "bytes=9-1"}, {"Range": "x" * 9000}, {"Accept": "text/html"},
    {"Accept": ";;;"}, {"Accept": "a/b," * 2000}, {"Accept-Language": "\xff" * 300}, {"Content-Encoding": "gzip"},
    {"Content-Length": "9" * 30}, {"Content-Length": "x"}, {"Authorization": "Bearer \xe9"}, {"Origin": "null"},
    {"Authorization": "Bearer"}, {"Authorization": "Basic eDp4"}, {"Host": "elsewhere.example"}, {"Host": "a b"},
    {"Cookie": 'sessionid="' + "\\000" * 32 + '"'}, {"X-HTTP-Method-Override": "DELETE"}, {"Expect": "x"},
    {"Tus-Resumable": "9"}, {"Upload-Offset": "-1"}, {"Upload-Offset": "9" * 15}, {"Upload-Length": "9" * 4000},
    {"Upload-Metadata": "title YQBi"}, {"Upload-Metadata": "title \xff,, ,x y z"}, {"Upload-Checksum": "sha1 x"},
    {"Upload-Checksum": "sha256 AA=="}, {"Upload-Metadata": "title 7aCA"}, {"Upload-Metadata": "report"},
)  # fmt: skip


READING = {
    "samples": [
        {
            "fixations": [
                {
                    "x": 0.5,
                    "y": 0.25,
                    "onset_s": 0.1,
                    "duration_s": 0.3,
                    "ellipse": None,
                    "duration_low_s": None,
                    "duration_high_s": 0.5,
                }
            ],
            "source": "model",
            "capped": False,
        }
    ],
    "seed": 0,
    "model_sha256": "0" * 64,
    "report_read": [[0, 4], [6, 14]],
    "report_skipped": [[4, 6]],
    "report_read_chars": 12,
    "report_dropped_tokens": 0,
    "report_names_place": None,
    "corrected": {},
}


@pytest.fixture
def world(world: SimpleNamespace) -> SimpleNamespace:
    """With a whole reading, so that its description can be held against it."""
    Prediction.objects.update(reading=READING)
    return world


@dataclass(frozen=True)
class Question:
    """What is asked beside operation and actor."""

    ident: str = ""
    query: str = ""
    body: bytes = b"{}"
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


BODIES = (
    b"null", b"5", b"[]", b'"x"', b"", b"{", b"\xff\xfe{\0", b"[" * 100_000, b'{"a":' * 100_000, gzip.compress(b"{}"),
    b'{"title": "a", "title": "b"}',
)  # fmt: skip
GROUPS = {
    "ids": [Question(ident=ident) for ident in IDS],
    "queries": [Question(query=query) for query in QUERIES],
    "headers": [Question(headers=headers) for headers in HEADERS],
    "kinds": [Question(kind=kind, body=body) for kind in KINDS for body in (b"{}", BROKEN_FORM)],
    "bodies": [Question(body=body) for body in BODIES],
    "fields": [Question(body=f'{{"{name}": {value}}}'.encode()) for name in FIELDS for value in VALUES],
}


def questions(path: str, method: str, actor: str, dice: random.Random) -> list[Question]:
    """A plain one, then hostile ones of every group that can matter to this operation; its owner sends every body."""
    groups, every = ["queries", "headers"], []
    if "{" in path:
        groups.append("ids")
    if method not in {"GET", "HEAD"}:
        groups += ["kinds", "bodies", "fields"]
        every = GROUPS["bodies"] if actor == "owner" else []
    return [
        Question(),
        *every,
        *(
            dice.choice(GROUPS[groups[n % len(groups)]])
            for n in range(EACH if actor in {"owner", "admin"} else OF_OTHERS)
        ),
    ]


def ask(client: APIClient, world: SimpleNamespace, path: str, method: str, question: Question) -> Any:
    """The answer; what it wrote is undone."""
    known = {
        name: getattr(world, name)
        for name in ("case", "prediction", "job", "upload", "attempt", "recording", "set", "study", "run", "schedule")
    }
    for name, value in {
        **{f"{k}_id": v for k, v in known.items()},
        "sha256": world.film,
        "thumbnail": world.thumbnail,
        "model_sha256": world.model,
        "key": world.token,
        "seq": "0",
        "name": "findings",
        "import_id": world.gaze_file,
        "assignment_id": world.rating,
        "user_id": world.rater,
        "comparison_id": world.comparison,
        "request_id": world.data_request,
        "release_id": world.release,
        "path": "cases.csv",
    }.items():
        path = path.replace(f"{{{name}}}", question.ident or value)
    assert "{" not in path or question.ident, f"say which id stands in {path}"
    headers = {"Tus-Resumable": "1.0.0", **question.headers}
    with transaction.atomic():
        answer = client.generic(
            method,
            f"{path}?{question.query.replace('{case}', world.case)}",
            b"" if method in {"GET", "HEAD"} else question.body,
            question.kind,
            headers=headers,
        )
        transaction.set_rollback(True)
    return answer


def wrong_with(answer: Any, operation: dict[str, Any]) -> str:
    """What the description does not allow; empty when all is well."""
    code, kind = answer.status_code, answer.get("Content-Type", "").split(";")[0]
    if code >= 500:
        return f"{code}: {answer.content[:200]!r}"
    if code >= 400:
        said = operation["responses"].get(str(code), operation["responses"]["default"])["content"]
        if kind != "application/problem+json" or kind not in said:
            return f"{code} as {kind}"
        if answer.content and not answer.json().keys() >= {"type", "title", "status", "detail"}:
            return f"{code} without its words: {answer.content[:200]!r}"
        return "" if not answer.content or answer.json()["status"] == code else f"{code} calls itself another"
    if str(code) not in operation["responses"]:
        return f"{code} is not documented"
    promised = operation["responses"][str(code)].get("content", {})
    if promised and kind not in promised:
        return f"{code} as {kind}, not {', '.join(promised)}"
    if kind == "application/json":
        schema = {**promised[kind].get("schema", {}), "components": OPENAPI["components"]}
        return "; ".join(error.message[:200] for error in Draft202012Validator(schema).iter_errors(answer.json()))
    return ""


@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_every_answer_to_a_hostile_request_is_documented(
    path: str, method: str, world: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    operation = OPENAPI["paths"][path][method.lower()]
    dice = random.Random(f"{SEED} {method} {path}")
    wrong = []
    for actor in ACTORS:
        client = client_for(world.actors[actor])
        client.raise_request_exception = False
        for question in questions(path, method, actor, dice):
            if found := wrong_with(ask(client, world, path, method, question), operation):
                wrong.append(f"{actor}: {question}"[:300] + f"\n    {found}")
    assert not wrong, f"\n{method} {path}\n" + "\n".join(wrong)


def test_a_case_with_and_without_a_problem_is_what_the_description_says(world: SimpleNamespace) -> None:
    schema = {"$ref": "#/components/schemas/Case", "components": OPENAPI["components"]}
    case = Case.objects.get(pk=world.case)
    request = SimpleNamespace(user=world.actors["owner"])
    for problem in (None, refusals.problem("film-words").to_dict()):
        case.problem = problem
        shown = json.loads(json.dumps(CaseSerializer(case, context={"request": request}).data, default=str))
        assert shown["problem"] == problem
        assert [error.message for error in Draft202012Validator(schema).iter_errors(shown)] == []
