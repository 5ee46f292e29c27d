"""The live socket: many subjects over one connection, each a snapshot and then every event in order, without gaps."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import time
from collections import Counter
from typing import Any, cast

from channels.consumer import get_handler_name
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncWebsocketConsumer
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import Error
from django.http import Http404

from gazeapp.core import events, live, selectors, wire
from gazeapp.core.database import is_down
from gazeapp.core.event_cache import event_cache
from gazeapp.core.models import Event, EventLog

log = logging.getLogger(__name__)

SIGNED_OUT, TOO_SLOW, TOO_MANY, TOO_FAST, TOO_BIG = 4401, 4408, 4429, 4430, 1009
SOCKETS_A_USER = 5  # in each web process
SUBJECTS_A_SOCKET = 100
MESSAGE_BYTES = 64 * 1024
SEND_TIMEOUT_S = 5.0
POLL_EVERY_S = 5.0  # at the logs, in case a nudge was lost
RECHECK_EVERY_S = 60.0  # that the person still may
LOOK_AGAIN_S = 0.3  # after a subscription: one more look, in case an event slipped in before the broker knew of us
PLACE_GAP_S = 0.3  # queue places are worked out at most about three times a second

_sockets: Counter[Any] = Counter()  # open sockets a user, in this process


class LiveConsumer(AsyncWebsocketConsumer):
    """See docs/operations.md for the messages. One lock serialises sending, so the order of a subject is its log's."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: dict[str, int] = {}  # subject → number of the last event sent
        self.places: dict[str, int] = {}  # subject → place last told
        self.queues: dict[str, str] = {}  # waiting subject → its queue
        self.own_groups: list[str] = []
        self.lock = asyncio.Lock()
        self.tasks: set[asyncio.Task[None]] = set()
        self.pace = wire.Pace(time.monotonic())
        self.place_due = False
        self.counted = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """However the connection ends, nothing of it is left behind."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            await self._leave_everything()

    async def dispatch(self, message: dict[str, Any]) -> None:
        """As in Channels, without its look at old database connections: that is a thread's round trip a message, and
        `database_sync_to_async` has its own."""
        await getattr(self, get_handler_name(message))(message)

    async def connect(self) -> None:
        self.user = cast("Any", self.scope["user"])
        await self.accept()
        if not self.user.is_authenticated or not await self._still_authorised():
            await self.close(SIGNED_OUT)
            return
        if _sockets[self.user.pk] >= SOCKETS_A_USER:
            await self.close(TOO_MANY)
            return
        _sockets[self.user.pk] += 1
        self.counted = True
        self.own_groups = [
            live.person_group(self.user.pk),
            live.session_group(self.scope["session"].session_key or ""),
        ]
        for group in self.own_groups:
            await self._join(group)
        self._spawn(self._poll_logs())

    async def _leave_everything(self) -> None:
        for task in self.tasks:
            task.cancel()
        if self.counted:
            self.counted = False
            _sockets[self.user.pk] -= 1
            if not _sockets[self.user.pk]:
                del _sockets[self.user.pk]
            queues = {f"queue.{queue}" for queue in self.queues.values()}
            for group in [*self.own_groups, *map(events.group_of, self.sent), *queues]:
                await self._leave(group)

    # --- from the browser -------------------------------------------------------------------------------------------

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """The pace counts before anything is read: what says nothing is no cheaper than what does."""
        allowed = self.pace.allows(time.monotonic())
        if self.pace.is_flood:
            log.info("a live socket of user %s was a flood", self.user.pk)
            await self._close_soon(TOO_FAST)
            raise StopConsumer
        if text_data is None or len(text_data.encode(errors="surrogatepass")) > MESSAGE_BYTES:
            await self.close(TOO_BIG)
            return
        said = wire.read(text_data)
        if not allowed:
            await self._refuse(said.subject if said else None, 429)
        elif said is None:
            await self._refuse(None, 400)
        elif said.type == "ping":
            await self._send_message({"type": "pong"})
        elif said.subject is None:
            await self._refuse(None, 400)
        elif said.type == "subscribe":
            await self._subscribe(said.subject, said.after)
        elif said.type == "unsubscribe":
            await self._unsubscribe(said.subject)
        else:
            await self._refuse(said.subject, 400)

    async def _subscribe(self, subject: str, after: int | None) -> None:
        """Join the group first, then read the log: what happens in between is read, nudged, or both, never lost."""
        if subject not in self.sent and len(self.sent) >= SUBJECTS_A_SOCKET:
            await self._refuse(subject, 429)
            return
        async with self.lock:
            await self._join(events.group_of(subject))
            try:
                answer = await database_sync_to_async(live.follow)(self.user, subject, after)
            except (Http404, PermissionDenied):
                await self._drop(subject)
                await self._refuse(subject, 404)
                return
            if answer.state is not None:
                await self._send_message(
                    {"type": "snapshot", "subject": subject, "seq": answer.seq, "state": answer.state}
                )
            self.sent[subject] = answer.seq if answer.state is not None else (after or 0)
            await self._send_events(subject, answer.events)
            await self._send_place(subject)
        self._spawn(self._look_again(subject))

    async def _unsubscribe(self, subject: str) -> None:
        async with self.lock:
            await self._drop(subject)

    # --- from the channel layer -------------------------------------------------------------------------------------

    async def nudge(self, message: dict[str, Any]) -> None:
        """Something was added to a log."""
        subject = message["subject"]
        if message["seq"] > self.sent.get(subject, message["seq"]):
            await self._catch_up(subject, message["seq"])

    async def queue_moved(self, message: dict[str, Any]) -> None:
        """A job entered or left a queue in which a subject of ours waits."""
        if self.queues and not self.place_due:
            self.place_due = True
            self._spawn(self._send_places())

    async def sign_out(self, message: dict[str, Any]) -> None:
        """Signed out, deactivated, or given other roles."""
        await self._close_soon(SIGNED_OUT)

    # --- sending ----------------------------------------------------------------------------------------------------

    async def _catch_up(self, subject: str, upto: int | None = None) -> None:
        """Send what the log has after the last event sent."""
        async with self.lock:
            while subject in self.sent:
                found = await event_cache.after(subject, self.sent[subject], upto)
                await self._send_events(subject, found)
                if not found or upto is None or self.sent[subject] >= upto:
                    break

    async def _send_events(self, subject: str, found: list[Any]) -> None:
        """Send in order. The lock is held."""
        about_jobs = False
        for event in found:
            if event.seq <= self.sent[subject]:
                continue
            if event.seq != self.sent[subject] + 1:  # swept away meanwhile: start this subject again
                answer = await database_sync_to_async(live.follow)(self.user, subject, None)
                self.sent[subject] = answer.seq
                await self._send_message(
                    {"type": "snapshot", "subject": subject, "seq": answer.seq, "state": answer.state}
                )
                return
            await self._send_line(_line(event))
            self.sent[subject] = event.seq
            about_jobs = about_jobs or event.type == "job.state"
        if about_jobs:
            await self._send_place(subject)

    async def _send_place(self, subject: str) -> None:
        """Tell where the subject's job stands, if that is news; watch its queue while it waits. The lock is held."""
        found = await database_sync_to_async(_place_of)(subject)
        if found is None:
            self.places.pop(subject, None)
        else:
            queue, place = found
            if self.places.get(subject) != place:
                self.places[subject] = place
                await self._send_message({"type": "queue", "subject": subject, "place": place})
            if place > 0:
                if queue not in self.queues.values():
                    await self._join(f"queue.{queue}")
                self.queues[subject] = queue
                return
        await self._stop_waiting(subject)

    async def _send_places(self) -> None:
        await asyncio.sleep(PLACE_GAP_S)
        self.place_due = False
        async with self.lock:
            for subject in list(self.queues):
                await self._send_place(subject)

    async def _refuse(self, subject: str | None, code: int) -> None:
        await self._send_message({"type": "refused", "subject": subject, "code": code})

    async def _send_message(self, message: dict[str, Any]) -> None:
        await self._send_line(json.dumps(message, separators=(",", ":")))

    async def _send_line(self, line: str) -> None:
        """Send one message, or show out a reader who has not taken the last ones for five seconds."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await self.send(text_data=line)
        except TimeoutError:
            log.info("a live socket of user %s was too slow", self.user.pk)
            self._disconnect(TOO_SLOW)
            raise StopConsumer from None
        except OSError:  # gone meanwhile; the disconnect message is on its way
            raise StopConsumer from None

    # --- in the background ------------------------------------------------------------------------------------------

    async def _poll_logs(self) -> None:
        """Look at the logs every few seconds (nudges may be lost), and every minute whether the person still may."""
        checked = time.monotonic()
        while True:
            await asyncio.sleep(POLL_EVERY_S * random.uniform(0.8, 1.2))
            due = time.monotonic() - checked >= RECHECK_EVERY_S
            try:
                if not await self._look(recheck=due):
                    return
            except Error as error:
                if not is_down(error):
                    raise
                continue  # away, it has no news: the page keeps its socket and is told when the database is back
            if due:
                checked = time.monotonic()

    async def _look(self, *, recheck: bool) -> bool:
        """One round of polling. Returns whether the person may stay."""
        if recheck:
            if not await self._still_authorised():
                await self._close_soon(SIGNED_OUT)
                return False
            await self._recheck_subjects()
        newest = await database_sync_to_async(_newest)(list(self.sent))
        for subject, seq in newest.items():
            if seq > self.sent.get(subject, seq):
                await self._catch_up(subject)
        if self.queues:
            await self._send_places()
        return True

    async def _look_again(self, subject: str) -> None:
        await asyncio.sleep(LOOK_AGAIN_S)
        await self._catch_up(subject)

    async def _recheck_subjects(self) -> None:
        for subject in list(self.sent):
            try:
                await database_sync_to_async(selectors.live_state)(self.user, subject)
            except (Http404, PermissionDenied):
                await self._unsubscribe(subject)
                await self._refuse(subject, 404)

    @database_sync_to_async
    def _still_authorised(self) -> bool:
        """Whether session, person and roles are what they were at the handshake."""
        session = self.scope["session"]
        if not session.session_key or not session.exists(session.session_key):
            return False
        fresh = get_user_model()._default_manager.filter(pk=self.user.pk, is_active=True).first()
        if fresh is None or not fresh.roles or fresh.roles != self.user.roles:
            return False
        return bool(fresh.get_session_auth_hash() == self.user.get_session_auth_hash())

    # --- small things -----------------------------------------------------------------------------------------------

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(self._guarded(work))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _guarded(self, work: Any) -> None:
        """A background task must neither die silently nor take the socket's error path with it."""
        try:
            await work
        except StopConsumer:
            self._disconnect(TOO_SLOW)
        except Exception:
            log.exception("live socket: background task failed; closing, the page reconnects")
            await self._close_soon(1011)

    async def _close_soon(self, code: int) -> None:
        try:
            await asyncio.wait_for(self.close(code), 1.0)
        except Exception:  # already closed, or a reader too slow even for that
            self._disconnect(code)

    def _disconnect(self, code: int) -> None:
        """Cut the line without waiting for the reader, where the server can (see gazeapp.core.sockets)."""
        drop: Any = (self.scope.get("extensions") or {}).get("medgaze.drop")
        if drop:
            drop(code)

    async def _drop(self, subject: str) -> None:
        self.sent.pop(subject, None)
        self.places.pop(subject, None)
        await self._stop_waiting(subject)
        await self._leave(events.group_of(subject))

    async def _stop_waiting(self, subject: str) -> None:
        queue = self.queues.pop(subject, None)
        if queue and queue not in self.queues.values():
            await self._leave(f"queue.{queue}")

    async def _join(self, group: str) -> None:
        """A failure is only logged: without a broker polling the log is enough, only slower."""
        try:
            await asyncio.wait_for(self.channel_layer.group_add(group, self.channel_name), 2.0)
        except Exception as error:
            log.warning("could not join a group (%s)", type(error).__name__)

    async def _leave(self, group: str) -> None:
        try:
            await asyncio.wait_for(self.channel_layer.group_discard(group, self.channel_name), 2.0)
        except Exception as error:
            log.warning("could not leave a group (%s)", type(error).__name__)


def _line(event: Event) -> str:
    """The event as it is sent; spelled once for all the sockets that share it through the feed."""
    line: str | None = event.__dict__.get("line")
    if line is None:
        message = {"type": "event", "subject": event.subject, "seq": event.seq, "event": event.type, "data": event.data}
        line = event.__dict__["line"] = json.dumps(message, separators=(",", ":"))
    return line


def _place_of(subject: str) -> tuple[str, int] | None:
    job = selectors.active_job(subject)
    place = selectors.queue_place(job) if job else None
    return (job.queue, place) if job is not None and place is not None else None


def _newest(subjects: list[str]) -> dict[str, int]:
    return dict(EventLog.objects.filter(subject__in=subjects).values_list("subject", "last_seq"))
