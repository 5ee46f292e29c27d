"""The live socket's own clockwork, without a web server: nudge, second look, polling, places, limits.

The waits are set so that only the part under test can bring the message in time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import redis
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from django.conf import settings
from django.db import OperationalError
from django.test import Client

from gazeapp.cases.models import Case
from gazeapp.core import broker_calls, consumers, events, services, wire
from gazeapp.core.models import Event, Job
from webapp.asgi import application

pytestmark = pytest.mark.django_db(transaction=True)
NEVER = 1000.0
SOON = 5.0  # s; a message that does come comes in some hundredths


class Tab:
    """A page's end of the socket."""

    def __init__(self, line: ApplicationCommunicator) -> None:
        self.line = line

    async def say(self, **message: Any) -> None:
        await self.line.send_input({"type": "websocket.receive", "text": json.dumps(message)})

    async def hear(self) -> dict[str, Any]:
        message = await self.line.receive_output(SOON)
        if message["type"] == "websocket.close":
            return {"closed": message["code"]}
        told: dict[str, Any] = json.loads(message["text"])
        return told

    async def follow(self, subject: str, after: int | None = None) -> dict[str, Any]:
        """Subscribe; the answer, when one is due."""
        await self.say(type="subscribe", subject=subject, after=after)
        return await self.hear() if after is None else {}

    async def answered(self) -> None:
        """Everything said before was heard and nothing came of it."""
        await self.say(type="ping")
        assert await self.hear() == {"type": "pong"}


@asynccontextmanager
async def tab(person: Any) -> AsyncIterator[Tab]:
    client = Client()
    await database_sync_to_async(client.force_login)(person, backend="gazeapp.accounts.backends.PeopleBackend")
    headers = [
        (b"origin", b"http://testserver"),
        (b"host", b"testserver"),
        (b"cookie", f"sessionid={client.cookies['sessionid'].value}".encode()),
    ]
    scope = {"type": "websocket", "path": "/ws/live/", "query_string": b"", "headers": headers, "subprotocols": []}
    line = ApplicationCommunicator(application, scope)
    await line.send_input({"type": "websocket.connect"})
    assert (await line.receive_output(SOON))["type"] == "websocket.accept"
    try:
        yield Tab(line)
    finally:
        await line.send_input({"type": "websocket.disconnect", "code": 1000})
        await line.wait(SOON)


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither polling nor a second look after subscribing helps out."""
    monkeypatch.setattr(consumers, "POLL_EVERY_S", NEVER)
    monkeypatch.setattr(consumers, "LOOK_AGAIN_S", NEVER)
    monkeypatch.setattr(broker_calls, "_quiet_until", 0.0)


@pytest.fixture
def subject(cast: SimpleNamespace) -> str:
    return f"user:{cast.resident.pk}"


@pytest.fixture
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """No nudge reaches anybody."""
    monkeypatch.setattr(events, "nudge", lambda group, message: None)


publish = database_sync_to_async(events.publish)


async def test_a_nudge_alone_brings_an_event_and_what_came_before_it(cast: SimpleNamespace, subject: str) -> None:
    async with tab(cast.resident) as page:
        start = (await page.follow(subject))["seq"]
        await publish(subject, "x", {"n": 1})
        first = await page.hear()
        assert (first["seq"], first["event"], first["data"], first["subject"]) == (start + 1, "x", {"n": 1}, subject)
        await publish(subject, "x")
        await publish(subject, "x")
        assert [(await page.hear())["seq"] for _ in range(2)] == [start + 2, start + 3]
        await page.answered()


async def test_after_unsubscribing_nothing_more_is_told(cast: SimpleNamespace, subject: str) -> None:
    async with tab(cast.resident) as page:
        await page.follow(subject)
        await page.say(type="unsubscribe", subject=subject)
        await page.answered()
        await publish(subject, "x")
        await asyncio.sleep(0.3)
        await page.answered()


@pytest.mark.usefixtures("deaf")
async def test_without_nudges_polling_finds_what_is_new(
    cast: SimpleNamespace, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 0.05)
    async with tab(cast.resident) as page:
        start = (await page.follow(subject))["seq"]
        await publish(subject, "x")
        assert (await page.hear())["seq"] == start + 1


@pytest.mark.usefixtures("deaf")
async def test_polling_that_finds_no_database_looks_again_and_the_socket_stays(
    cast: SimpleNamespace, subject: str, deaf: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    newest, looks = consumers._newest, [0]

    def away_at_first(subjects: list[str]) -> dict[str, int]:
        looks[0] += 1
        if looks[0] <= 2:
            raise OperationalError("the connection is closed")
        return newest(subjects)

    monkeypatch.setattr(consumers, "_newest", away_at_first)
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 0.1)
    async with tab(cast.resident) as page:
        await page.follow(subject)
        last = await publish(subject, "x")
        assert (await page.hear())["seq"] == last
    assert looks[0] > 2


async def test_whoever_was_signed_out_while_the_database_was_away_is_shown_out_when_it_is_back(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[bool | Exception] = [True, OperationalError("the connection is closed"), False]  # first the handshake
    rounds: list[str] = []

    async def welcome(consumer: consumers.LiveConsumer) -> bool:
        rounds.append("asked")
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def newest(subjects: list[str]) -> dict[str, int]:
        rounds.append("looked")
        return {}

    monkeypatch.setattr(consumers.LiveConsumer, "_still_authorised", welcome)
    monkeypatch.setattr(consumers, "_newest", newest)
    monkeypatch.setattr(consumers, "RECHECK_EVERY_S", 1.0)
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 0.1)
    async with tab(cast.resident) as page:
        assert await page.hear() == {"closed": consumers.SIGNED_OUT}
    assert rounds[-2:] == ["asked", "asked"]  # at the very next round, not a minute later


async def test_a_second_look_finds_what_slipped_in_while_the_page_subscribed(
    cast: SimpleNamespace, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "LOOK_AGAIN_S", 0.2)
    async with tab(cast.resident) as page:
        start = (await page.follow(subject))["seq"]
        await publish(subject, "x")
        assert (await page.hear())["seq"] == start + 1


async def test_a_page_that_comes_back_gets_what_it_missed_and_no_snapshot(cast: SimpleNamespace, subject: str) -> None:
    for _ in range(3):
        await publish(subject, "x")
    newest = await database_sync_to_async(events.last_seq)(subject)
    async with tab(cast.resident) as page:
        await page.follow(subject, after=newest - 2)
        assert [(await page.hear())["seq"] for _ in range(2)] == [newest - 1, newest]
        await page.answered()


@pytest.mark.parametrize("after", [-1, "3", 2.0, [3], None])
async def test_a_number_that_is_none_starts_with_a_snapshot(cast: SimpleNamespace, subject: str, after: Any) -> None:
    async with tab(cast.resident) as page:
        await page.say(type="subscribe", subject=subject, after=after)
        assert (await page.hear())["type"] == "snapshot"


async def test_when_events_were_swept_away_meanwhile_the_subject_starts_anew(
    cast: SimpleNamespace, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with tab(cast.resident) as page:
        start = (await page.follow(subject))["seq"]
        with monkeypatch.context() as patched:
            patched.setattr(events, "nudge", lambda group, message: None)
            for _ in range(2):
                await publish(subject, "x")
        await database_sync_to_async(Event.objects.filter(subject=subject, seq=start + 1).delete)()
        await publish(subject, "x")
        again = await page.hear()
        assert (again["type"], again["seq"]) == ("snapshot", start + 3)


async def test_a_case_that_one_may_no_longer_see_is_taken_back_at_the_next_check(
    cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "POLL_EVERY_S", 0.05)
    monkeypatch.setattr(consumers, "RECHECK_EVERY_S", 0.0)
    case = await database_sync_to_async(Case.objects.create)(
        owner=cast.faculty, title="t", state="ready", published=True
    )
    async with tab(cast.resident) as page:
        assert (await page.follow(case.subject))["type"] == "snapshot"
        await database_sync_to_async(Case.objects.update)(published=False)
        assert await page.hear() == {"type": "refused", "subject": case.subject, "code": 404}
        await publish(case.subject, "x", {"secret": 1})
        await page.answered()


async def test_places_in_the_queue_are_told_when_they_change(
    cast: SimpleNamespace, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "send", lambda job: None)
    enqueue = database_sync_to_async(services.enqueue)
    shared: dict[str, Any] = {"kind": "sleep", "queue": "io", "owner": None, "inputs": {}}
    ahead = await enqueue(subject="test:ahead", key="ahead", **shared)
    await enqueue(subject=subject, key="mine", **shared)
    async with tab(cast.resident) as page:
        await page.follow(subject)
        assert await page.hear() == {"type": "queue", "subject": subject, "place": 2}
        await database_sync_to_async(services.cancel)(job=ahead, by=cast.admin)
        assert await page.hear() == {"type": "queue", "subject": subject, "place": 1}
        await enqueue(subject="test:behind", key="behind", **shared)  # moves the queue, not our place
        await asyncio.sleep(2 * consumers.PLACE_GAP_S)
        await page.answered()
        lease = await database_sync_to_async(services.claim)("io")
        assert lease is not None
        lease.stop()
        told = [await page.hear() for _ in range(2)]
        assert [m["place"] for m in told if m["type"] == "queue"] == [0]
    assert await database_sync_to_async(Job.objects.filter(key="behind").count)() == 1


async def test_only_so_many_subjects_fit_on_a_socket_and_one_that_is_left_makes_room(
    cast: SimpleNamespace, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "SUBJECTS_A_SOCKET", 1)
    async with tab(cast.admin) as page:
        own = f"user:{cast.admin.pk}"
        assert (await page.follow(own))["type"] == "snapshot"
        assert await page.follow("jobs") == {"type": "refused", "subject": "jobs", "code": 429}
        assert (await page.follow(own))["type"] == "snapshot"  # once more the same one is no further one
        await page.say(type="unsubscribe", subject=own)
        assert (await page.follow("jobs"))["type"] == "snapshot"


async def test_what_was_refused_takes_no_room(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumers, "SUBJECTS_A_SOCKET", 1)
    async with tab(cast.admin) as page:
        assert (await page.follow("nonsense"))["code"] == 404
        assert (await page.follow("jobs"))["type"] == "snapshot"


@pytest.mark.parametrize(("length", "code"), [(100, 404), (101, 400), (0, 400)])
async def test_a_subject_has_at_most_a_hundred_characters(cast: SimpleNamespace, length: int, code: int) -> None:
    async with tab(cast.resident) as page:
        assert (await page.follow("x" * length))["code"] == code


async def test_a_page_may_speak_again_after_a_while(cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr(consumers, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    async with tab(cast.resident) as page:

        async def answers(count: int) -> list[str]:
            for _ in range(count):
                await page.say(type="ping")
            return [(await page.hear())["type"] for _ in range(count)]

        assert (await answers(42)).count("pong") == wire.BURST
        clock[0] += 0.5  # ten a second
        assert (await answers(7)).count("pong") == 5
        clock[0] += 3600
        assert (await answers(42)).count("pong") == wire.BURST


def groups() -> set[str]:
    """The groups that somebody listens to, as the broker knows them."""
    client = redis.Redis.from_url(settings.REDIS_URL)
    try:
        return {name.decode().rpartition("__group__")[2] for name in client.pubsub_channels("*__group__*")}
    finally:
        client.close()


async def test_what_is_no_longer_followed_and_whoever_is_gone_leave_no_group_in_the_broker(
    cast: SimpleNamespace, subject: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "send", lambda job: None)
    await database_sync_to_async(services.enqueue)(
        kind="sleep", queue="io", subject=subject, owner=None, inputs={}, key="waits"
    )
    before = await asyncio.to_thread(groups)
    async with tab(cast.resident) as page:
        await page.answered()
        own = await asyncio.to_thread(groups) - before
        assert {f"person.{cast.resident.pk}"} < own and len(own) == 2  # the person's and the session's
        await page.follow(subject)
        assert (await page.hear())["place"] == 1
        await page.answered()
        assert await asyncio.to_thread(groups) - before - own == {events.group_of(subject), "queue.io"}
        await page.say(type="unsubscribe", subject=subject)
        await page.answered()
        assert await asyncio.to_thread(groups) - before == own
        await page.follow(subject)
    assert await asyncio.to_thread(groups) - before == set()


async def test_sockets_of_one_person_are_counted_and_forgotten(cast: SimpleNamespace) -> None:
    async with tab(cast.resident) as page:
        await page.answered()
        assert consumers._sockets[cast.resident.pk] == 1
        async with tab(cast.resident) as other:
            await other.answered()
            assert consumers._sockets[cast.resident.pk] == 2
    assert cast.resident.pk not in consumers._sockets
