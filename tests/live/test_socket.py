"""The live socket, over a real uvicorn."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import SimpleNamespace

import httpx
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.live.page import Page, page
from tests.live.stack import Stack

pytestmark = [pytest.mark.live, pytest.mark.xdist_group("live")]
Newcomer = Callable[..., SimpleNamespace]


async def ask(stack: Stack, call: str, **values: object) -> object:
    return await asyncio.to_thread(stack.ask, call, **values)


async def test_a_page_gets_a_snapshot_and_then_every_event_in_order(stack: Stack, newcomer: Newcomer) -> None:
    who = newcomer()
    async with page(stack, who) as tab, asyncio.timeout(20):
        first = await tab.follow(who.subject)
        assert (first["type"], first["state"]) == ("snapshot", {})
        last = await ask(stack, "publish", subject=who.subject, times=20)
        await tab.hear_until(type="event", seq=last)
        assert tab.numbers(who.subject) == list(range(first["seq"] + 1, last + 1))


async def test_reconnecting_with_the_last_number_misses_nothing(stack: Stack, newcomer: Newcomer) -> None:
    who = newcomer()
    async with page(stack, who) as tab, asyncio.timeout(20):
        start = (await tab.follow(who.subject))["seq"]
        middle = await ask(stack, "publish", subject=who.subject, times=5)
        await tab.hear_until(type="event", seq=middle)
    end = await ask(stack, "publish", subject=who.subject, times=7)
    async with page(stack, who) as again, asyncio.timeout(20):
        await again.follow(who.subject, after=middle)
        await again.hear_until(type="event", seq=end)
        assert tab.numbers(who.subject) + again.numbers(who.subject) == list(range(start + 1, end + 1))
        assert not [m for m in again.seen if m["type"] == "snapshot"]


async def test_subscribing_while_events_pour_in_leaves_no_gap(stack: Stack, newcomer: Newcomer) -> None:
    who = newcomer()
    following = asyncio.Event()

    async def pour() -> object:
        """Until every tab follows, and once more, so that each has something to hear. -> the last number."""
        while not following.is_set():
            await ask(stack, "publish", subject=who.subject, times=20)
        return await ask(stack, "publish", subject=who.subject, times=20)

    async def listen(tab: Page) -> None:
        while True:
            await tab.hear()

    pouring = asyncio.create_task(pour())
    async with AsyncExitStack() as tabs, asyncio.timeout(40):
        starts: dict[Page, int] = {}
        ears = []
        for _ in range(4):
            tab = await tabs.enter_async_context(page(stack, who))
            starts[tab] = (await tab.follow(who.subject))["seq"]
            ears.append(asyncio.create_task(listen(tab)))
        following.set()
        last = await pouring
        while any(tab.numbers(who.subject)[-1:] != [last] for tab in starts):
            await asyncio.sleep(0.01)
        for ear in ears:
            ear.cancel()
    for tab, start in starts.items():
        assert tab.numbers(who.subject) == list(range(start + 1, int(str(last)) + 1))


async def test_two_tabs_agree(stack: Stack, newcomer: Newcomer) -> None:
    who = newcomer()
    async with page(stack, who) as one, page(stack, who) as two, asyncio.timeout(20):
        await one.follow(who.subject)
        await two.follow(who.subject)
        last = await ask(stack, "publish", subject=who.subject, times=10)
        await asyncio.gather(*(tab.hear_until(type="event", seq=last) for tab in (one, two)))
        assert one.numbers(who.subject) == two.numbers(who.subject)
        assert len(one.numbers(who.subject)) == 10


async def test_a_waiting_job_tells_its_place_and_then_runs(stack: Stack, newcomer: Newcomer) -> None:
    who = newcomer()
    await ask(stack, "enqueue", queue="predict", seconds=1.5)
    mine = await ask(stack, "enqueue", queue="predict", seconds=0.3, owner=who.name, subject=who.subject)
    async with page(stack, who) as tab, asyncio.timeout(20):
        await tab.follow(who.subject)
        await tab.hear_until(type="event", event="slept")
        places = [m["place"] for m in tab.seen if m["type"] == "queue"]
        assert places == sorted(places, reverse=True)
        assert places[0] >= 1
        assert places[-1] == 0
    assert stack.wait_for(str(mine), "done")["slept"] == 1


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "http://127.0.0.1:1", "null", None])
async def test_a_foreign_or_missing_origin_is_refused(stack: Stack, newcomer: Newcomer, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with page(stack, newcomer(), origin=origin):
            pass
    assert refused.value.response.status_code == 403


async def test_nobody_is_shown_out_with_4401(stack: Stack) -> None:
    async with page(stack, None) as tab, asyncio.timeout(5):
        assert await tab.closed() == 4401


async def test_what_belongs_to_others_is_refused_like_what_does_not_exist(stack: Stack, newcomer: Newcomer) -> None:
    who, other = newcomer(), newcomer()
    async with page(stack, who) as tab, asyncio.timeout(10):
        for subject in (other.subject, "case:00000000-0000-0000-0000-000000000000", "jobs", "nonsense", "case:x"):
            assert await tab.follow(subject) == {"type": "refused", "subject": subject, "code": 404}


async def test_the_sixth_socket_of_a_person_is_refused_and_a_closed_one_makes_room(
    stack: Stack, newcomer: Newcomer
) -> None:
    who = newcomer()
    async with asyncio.timeout(20):
        opened = [page(stack, who) for _ in range(5)]
        tabs = [await one.__aenter__() for one in opened]
        for tab in tabs:
            await tab.follow(who.subject)
        async with page(stack, who) as sixth:
            assert await sixth.closed() == 4429
        await opened[0].__aexit__(None, None, None)
        await asyncio.sleep(0.5)
        async with page(stack, who) as room:
            assert (await room.follow(who.subject))["type"] == "snapshot"
        for one in opened[1:]:
            await one.__aexit__(None, None, None)


async def test_a_message_over_64_kib_ends_the_socket(stack: Stack, newcomer: Newcomer) -> None:
    async with page(stack, newcomer()) as tab, asyncio.timeout(10):
        await tab.say(type="ping", pad="x" * 70_000)
        assert await tab.closed() == 1009


async def test_a_page_that_talks_too_much_is_told_so(stack: Stack, newcomer: Newcomer) -> None:
    async with page(stack, newcomer()) as tab, asyncio.timeout(10):
        for _ in range(80):
            await tab.say(type="ping")
        answers = [await tab.hear() for _ in range(80)]
        kinds = [a["type"] for a in answers]
        assert 40 <= kinds.count("pong") < 60
        assert {a.get("code") for a in answers if a["type"] == "refused"} == {429}


@pytest.mark.parametrize("text", ["nonsense", "[]", '"x"', "{}", '{"type": 1}', '{"type":"subscribe","subject":[1]}'])
async def test_nonsense_is_refused_and_the_socket_lives(stack: Stack, newcomer: Newcomer, text: str) -> None:
    async with page(stack, newcomer()) as tab, asyncio.timeout(10):
        await tab.line.send(text)
        assert (await tab.hear())["code"] == 400
        await tab.say(type="ping")
        assert await tab.hear() == {"type": "pong"}


async def test_signing_out_closes_this_sessions_socket_within_two_seconds(stack: Stack, newcomer: Newcomer) -> None:
    who = newcomer()
    elsewhere = SimpleNamespace(cookie=stack.ask("session", username=who.name))
    async with page(stack, who) as tab, page(stack, elsewhere) as other, asyncio.timeout(20):
        await tab.follow(who.subject)
        await other.follow(who.subject)
        async with httpx.AsyncClient(base_url=stack.url, cookies={"sessionid": who.cookie}, trust_env=False) as browser:
            form = await browser.get("/accounts/logout/")
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form.text)
            assert token is not None, form.text
            began = time.monotonic()
            await browser.post(
                "/accounts/logout/", data={"csrfmiddlewaretoken": token[1]}, headers={"Referer": stack.url}
            )
        assert await tab.closed() == 4401
        assert time.monotonic() - began < 2.0
        await other.say(type="ping")
        assert (await other.hear_until(type="pong"))["type"] == "pong"


@pytest.mark.parametrize("how", ["deactivate", "give_roles"])
async def test_losing_ones_standing_closes_the_socket_within_two_seconds(
    stack: Stack, newcomer: Newcomer, how: str
) -> None:
    who = newcomer()
    async with page(stack, who) as tab, asyncio.timeout(20):
        await tab.follow(who.subject)
        more = {"roles": ["researcher"]} if how == "give_roles" else {}
        began = time.monotonic()
        await ask(stack, how, username=who.name, **more)
        assert await tab.closed() == 4401
        assert time.monotonic() - began < 2.0


async def test_a_reader_who_does_not_read_is_closed_with_4408_and_others_do_not_notice(
    stack: Stack, newcomer: Newcomer
) -> None:
    who = newcomer()
    slow = await asyncio.to_thread(open_and_stop_reading, stack, who)
    began = time.monotonic()
    async with page(stack, who) as other, asyncio.timeout(60):
        await other.follow(who.subject)
        last = await ask(stack, "publish", subject=who.subject, times=120, size=50_000)
        await other.hear_until(type="event", seq=last)
        poured = time.monotonic() - began
        await asyncio.sleep(6.5)
        code, received = await asyncio.to_thread(read_to_the_end, slow)
    assert code == 4408
    assert received < 4_000_000  # of 6 MB: the server did not keep the rest for a reader who may never come
    assert poured < 30


def open_and_stop_reading(stack: Stack, who: SimpleNamespace) -> socket.socket:
    """A socket that subscribes and then never reads."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
    line.connect(("127.0.0.1", stack.port))
    line.sendall(
        (
            f"GET /ws/live/ HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Origin: {stack.url}\r\nCookie: sessionid={who.cookie}\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        ).encode()
    )
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += line.recv(1)
    assert b" 101 " in answer
    text = f'{{"type":"subscribe","subject":"{who.subject}"}}'.encode()
    mask = b"\1\2\3\4"
    line.sendall(bytes([0x81, 0x80 | len(text)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(text)))
    return line


def read_to_the_end(line: socket.socket) -> tuple[int, int]:
    """Read everything that is left; returns the close code and how many bytes came."""
    line.settimeout(20)
    content = b""
    while more := line.recv(1 << 16):
        content += more
    line.close()
    place = 0
    while place < len(content):
        kind, length = content[place] & 15, content[place + 1] & 127
        place += 2
        if length == 126:
            (length,) = struct.unpack_from("!H", content, place)
            place += 2
        elif length == 127:
            (length,) = struct.unpack_from("!Q", content, place)
            place += 8
        if kind == 8:
            return struct.unpack_from("!H", content, place)[0], len(content)
        place += length
    return 0, len(content)


async def test_a_closed_web_server_tells_its_pages(stack: Stack, newcomer: Newcomer) -> None:
    """A page that loses its server sees a close, and one that comes back with its number goes on."""
    import os
    import signal

    who = newcomer()
    async with page(stack, who) as tab, asyncio.timeout(60):
        start = (await tab.follow(who.subject))["seq"]
        os.kill(stack.pid_of("uvicorn"), signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            await tab.hear()
        last = await ask(stack, "publish", subject=who.subject, times=3)
        while True:
            try:
                async with page(stack, who) as again:
                    await again.follow(who.subject, after=start)
                    await again.hear_until(type="event", seq=last)
                    assert again.numbers(who.subject) == list(range(start + 1, last + 1))
                    break
            except OSError:
                await asyncio.sleep(0.2)
