"""What comes in through JSON, forms, queries, addresses and headers: one door, which refuses in words."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from knox.models import AuthToken
from rest_framework.test import APIClient

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
TOKENS = "/api/v1/tokens/"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def client(cast: SimpleNamespace, client_for: ClientFor) -> APIClient:
    return client_for(cast.admin)


def refused(answer: Any, code: int = 400) -> str:
    """Why, in the problem's own words."""
    assert (answer.status_code, answer["Content-Type"]) == (code, "application/problem+json"), answer.content
    said = answer.json()
    assert said["status"] == code and said["type"].startswith("/problems/")
    return f"{said['title']} {said['detail']}"


def post(client: APIClient, body: bytes, kind: str = "application/json", **headers: str) -> Any:
    return client.generic("POST", TOKENS, body, kind, headers=headers)


@pytest.mark.parametrize("body", [b"null", b"5", b"true", b"[]", b'"x"', b"[{}]"])
def test_json_that_is_no_object_is_refused(client: APIClient, body: bytes) -> None:
    assert "Send an object" in refused(post(client, body))


@pytest.mark.parametrize("body", [b"{", b"}", b'{"days":}', b"{'days': 5}", b"{} {}", b"\0"])
def test_what_is_no_json_is_refused(client: APIClient, body: bytes) -> None:
    assert "not the JSON" in refused(post(client, body))


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        b'{"a":' + b"[" * 16 + b"]" * 16 + b"}",
    ],
    ids=["lists", "objects", "closed", "one too many"],
)
def test_json_has_bounded_depth(client: APIClient, body: bytes) -> None:
    assert "more than 16 deep" in refused(post(client, body))


def test_json_as_deep_as_allowed_is_read(client: APIClient) -> None:
    assert post(client, b'{"a":' + b"[" * 15 + b"]" * 15 + b"}").status_code == 201


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5000, "9" * 400, str(2**53 + 1)]
)
@pytest.mark.parametrize("place", ['{"days": %s}', '{"more": [{"inside": %s}]}'])
def test_numbers_are_finite(client: APIClient, number: str, place: str) -> None:
    assert "number" in refused(post(client, (place % number).encode()))


@pytest.mark.parametrize("text", ["\\u0000", "a\\u0000b", "\\ud800", "\\udfff x", "\\udc00\\ud800"])
@pytest.mark.parametrize("place", ['{"days": "%s"}', '{"%s": 1}', '{"more": [["%s"]]}', '{"more": {"%s": 1}}'])
def test_no_text_in_json_holds_nul_or_half_a_character(client: APIClient, text: str, place: str) -> None:
    assert "no text may hold" in refused(post(client, (place % text).encode()))


def test_a_whole_surrogate_pair_is_a_character(client: APIClient) -> None:
    assert post(client, b'{"more": "\\ud83d\\ude00"}').status_code == 201


def test_a_name_that_stands_twice_is_refused(client: APIClient) -> None:
    assert "twice" in refused(post(client, b'{"days": 1, "days": 300}'))
    assert not AuthToken.objects.exists()


def test_a_byte_order_mark_before_a_body_is_no_part_of_it(client: APIClient) -> None:
    assert post(client, b'\xef\xbb\xbf{"days": 5}').status_code == 201


def test_a_body_in_another_code_or_compressed_is_refused(client: APIClient) -> None:
    assert "not in UTF-8" in refused(post(client, '{"däys": 5}'.encode("latin-1")))
    for charset in ("utf-16", "latin-1", "bz2_codec", "rot13", "x" * 300):
        assert "UTF-8" in refused(post(client, b"{}", f"application/json; charset={charset}"), 415)
    packed = gzip.compress(b'{"days": 5}')
    assert "compressed" in refused(post(client, packed, **{"Content-Encoding": "gzip"}), 415)
    assert post(client, b"{}", "application/json; charset=UTF8").status_code == 201


@pytest.mark.parametrize(
    "kind", ["text/plain", "", ";;;", "application/" + "x" * 20_000, "multipart/mixed; boundary=b"]
)
def test_another_content_type_is_refused(client: APIClient, kind: str) -> None:
    refused(post(client, b'{"days": 5}', kind), 415)


NUL_ADDRESSES = [
    "cases/?search=a%00",
    "jobs/?state=%00",
    "people/me/?%00=1",
    "cases/%00/",
    "admin/accounts/user/?q=%00",
]


@pytest.mark.parametrize("address", NUL_ADDRESSES)
def test_a_page_refuses_nul_in_address_and_query(client: APIClient, address: str) -> None:
    answer = client.get("/" + address)
    assert answer.status_code == 400 and "no text may hold" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["cases/?search=%00", "jobs/?kind=%00", "events/?subject=case:%00", "%00", "me/?%00"]
)
def test_the_api_refuses_nul_in_address_and_query(client: APIClient, address: str) -> None:
    assert "no text may hold" in refused(client.get("/api/v1/" + address))
    refused(client.delete("/api/v1/tokens/a%00b/"))


def test_one_value_of_a_query_has_bounded_length(client: APIClient) -> None:
    assert client.get("/cases/", {"search": "a " * 500}).status_code == 200
    assert client.get("/cases/", {"search": "a " * 501}).status_code == 400
    assert "too long" in refused(client.get("/api/v1/cases/", {"search": "a" * 60_000}))


def test_a_form_of_a_page_refuses_nul_and_endless_texts(client_for: ClientFor) -> None:
    for body in (b"login=%00x&password=y", b"%00=1"):
        answer = client_for(None).generic("POST", "/accounts/login/", body, FORM)
        assert answer.status_code == 400 and "no text may hold" in answer.content.decode()
    long = client_for(None).generic("POST", "/accounts/login/", b"password=y&login=" + b"x" * 20_001, FORM)
    assert long.status_code == 400 and "too long" in long.content.decode()
    answer = client_for(None).post("/accounts/login/", {"login": "a\0", "password": "y"}, format="multipart")
    assert answer.status_code == 400


def test_a_multipart_form_of_the_api_refuses_nul(cast: SimpleNamespace, client_for: ClientFor) -> None:
    def part(head: str, value: bytes) -> bytes:
        return f"--b\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + value + b"\r\n"

    film = part('name="file"; filename="film.dcm"', b"abc")
    client = client_for(cast.resident)
    for more in (part('name="title"', b"a\0b"), part('name="a\0"', b"x")):
        body = film + more + b"--b--\r\n"
        answer = client.generic("POST", "/api/v1/cases/", body, "multipart/form-data; boundary=b")
        words = refused(answer)
        assert "no text may hold" in words or "cannot be read" in words


def test_a_session_cookie_with_nul_is_refused(client_for: ClientFor) -> None:
    quoted = 'sessionid="' + "\\000" * 32 + '"'  # cookies write characters in octal
    assert client_for(None).get("/cases/", HTTP_COOKIE=quoted).status_code == 400
    assert "cookie" in refused(client_for(None).get("/api/v1/me/", HTTP_COOKIE=quoted))


@pytest.mark.parametrize("token", ["é", "Ã©", "a" * 30_000, "!", "abcdefgh\xff"])
def test_what_is_no_token_is_not_signed_in(client_for: ClientFor, token: str) -> None:
    answer = client_for(None).get("/api/v1/me/", HTTP_AUTHORIZATION=f"Bearer {token}")
    refused(answer, 401)
    assert answer["WWW-Authenticate"] == "Bearer"


POSITIONS = [
    "p=2026",
    "p=2026-01-01",
    "p=2026-01-01T00:00:00",
    "p=\0",
    "p=x",
    "p=0001-01-01T00:00:00+14:00",
    "p=",
    "o=x",
]


@pytest.mark.parametrize(
    "cursor", [*(base64.b64encode(p.encode()).decode() for p in POSITIONS), "x", "é", "\ud83d\ude00"]
)
@pytest.mark.parametrize("address", ["/api/v1/cases/", "/api/v1/jobs/"])
def test_a_cursor_that_is_none_is_refused(client: APIClient, address: str, cursor: str) -> None:
    query = {"cursor": cursor.encode("utf-16", "surrogatepass").decode("utf-16")}
    assert "cursor" in refused(client.get(address, query))


def test_a_cursor_of_ours_leads_on(client: APIClient, queued: Callable[..., Any]) -> None:
    made = [str(queued().pk) for _ in range(5)]
    seen, address = [], "/api/v1/jobs/?page_size=2"
    while address:
        page = client.get(address).json()
        seen += [job["id"] for job in page["results"]]
        address = page["next"]
    assert seen == made[::-1]
