"""What a page says that the live socket does not take: nonsense is refused and the socket lives, a flood ends it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.core import consumers, wire
from tests.core.test_live_socket import Tab, tab

pytestmark = pytest.mark.django_db(transaction=True)

DEEP = "[" * 30_000  # json gives up with a RecursionError
NONSENSE = {
    "deep nesting": DEEP,
    "deep nesting in a message": '{"type": "subscribe", "subject": ' + DEEP,
    "half of a surrogate pair, escaped": r'{"type": "subscribe", "subject": "user:\ud800"}',
    "half of a surrogate pair, bare": '{"type": "subscribe", "subject": "user:\ud800"}',
    "NUL": r'{"type": "subscribe", "subject": "user:\u0000"}',
    "NUL to unsubscribe from": r'{"type": "unsubscribe", "subject": "user:\u0000"}',
    "a number of too many digits": '{"type": "ping", "after": ' + "9" * 5000 + "}",
    "a type that is none": '{"type": ["ping"]}',
}


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Polling says nothing in between."""
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 1000.0)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [1000.0]
    monkeypatch.setattr(consumers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


async def write(page: Tab, text: str) -> None:
    await page.line.send_input({"type": "websocket.receive", "text": text})


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE.keys())
async def test_what_cannot_be_read_is_refused_and_the_socket_lives(cast: SimpleNamespace, text: str) -> None:
    async with tab(cast.resident) as page:
        await write(page, text)
        assert await page.hear() == {"type": "refused", "subject": None, "code": 400}
        await page.answered()


async def test_what_says_nothing_counts_like_what_does(cast: SimpleNamespace, clock: list[float]) -> None:
    async with tab(cast.resident) as page:
        for _ in range(int(wire.BURST)):
            await write(page, "nonsense")
            assert (await page.hear())["code"] == 400
        await write(page, "nonsense")
        assert (await page.hear())["code"] == 429
        await page.say(type="ping")
        assert (await page.hear())["code"] == 429


async def test_a_page_that_is_too_fast_hears_which_subject_it_has_to_say_again(
    cast: SimpleNamespace, clock: list[float]
) -> None:
    async with tab(cast.resident) as page:
        for _ in range(int(wire.BURST)):
            await page.answered()
        await page.say(type="subscribe", subject="user:1")
        assert await page.hear() == {"type": "refused", "subject": "user:1", "code": 429}
        await page.say(type="subscribe", subject={"much": "x" * 50_000})  # and is not told back whatever it said
        assert await page.hear() == {"type": "refused", "subject": None, "code": 429}


async def test_a_flood_ends_the_socket(cast: SimpleNamespace, clock: list[float]) -> None:
    async with tab(cast.resident) as page:
        heard: list[Any] = [{}]
        while "closed" not in heard[-1]:
            assert len(heard) < 1000
            await write(page, "nonsense")
            heard.append(await page.hear())
        assert [message.get("code") for message in heard].count(429) == wire.FLOOD
        assert heard[-1] == {"closed": consumers.TOO_FAST}
    assert cast.resident.pk not in consumers._sockets


async def test_a_page_that_comes_back_with_a_hundred_subjects_is_no_flood(
    cast: SimpleNamespace, clock: list[float]
) -> None:
    """As static/src/lib/live.ts does it: what is refused with 429 it says again two seconds later."""
    async with tab(cast.resident) as page:
        left = [f"user:{number}" for number in range(consumers.SUBJECTS_A_SOCKET)]
        while left:
            for subject in left:
                await page.say(type="subscribe", subject=subject)
            answers = [await page.hear() for _ in left]
            assert not [answer for answer in answers if "closed" in answer]
            left = [answer["subject"] for answer in answers if answer.get("code") == 429]
            clock[0] += 2.0


def test_refusals_of_long_ago_make_no_flood() -> None:
    pace = wire.Pace(0.0)
    for number in range(20 * wire.FLOOD):
        pace.allows(number * 0.09)  # a little too fast, for six minutes
        assert not pace.is_flood
