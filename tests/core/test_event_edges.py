"""Nudges go out after the commit and to the right group; readers start where their number says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.db import transaction

from gazeapp.core import audit, events, live
from gazeapp.core.models import AuditEvent, Event


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    sent: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(events, "nudge", lambda group, message: sent.append((group, message)))
    return sent


@pytest.mark.django_db(transaction=True)
def test_a_nudge_waits_for_the_commit_and_names_subject_and_number(nudges: list[Any]) -> None:
    with transaction.atomic():
        events.publish("case:1", "x")
        events.publish("case:1", "x")
        assert nudges == []
    assert nudges == [
        (events.group_of("case:1"), {"type": "nudge", "subject": "case:1", "seq": 1}),
        (events.group_of("case:1"), {"type": "nudge", "subject": "case:1", "seq": 2}),
    ]


@pytest.mark.django_db(transaction=True)
def test_sockets_are_shown_out_only_when_the_change_is_committed(nudges: list[Any]) -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        live.close_sockets(user_id=7)
        raise RuntimeError
    assert nudges == []
    with transaction.atomic():
        live.close_sockets(user_id=7)
        live.close_sockets(session_key="secret")
        assert nudges == []
    assert nudges == [
        (live.person_group(7), {"type": "sign_out"}),
        (live.session_group("secret"), {"type": "sign_out"}),
    ]
    assert "secret" not in live.session_group("secret")


def test_a_group_takes_the_names_that_channels_allow_and_tells_subjects_apart() -> None:
    assert events.group_of("case:1f-2_3.4/ä") == "s.case.1f-2_3.4.."
    assert events.group_of("case:1") != events.group_of("case:2") != events.group_of("user:1")
    assert len(events.group_of("x" * 200)) < 100


def test_events_come_oldest_first_and_at_most_so_many(db: None) -> None:
    for _ in range(4):
        events.publish("a", "x")
    events.publish("b", "x")
    assert [event.seq for event in events.after("a", 1)] == [2, 3, 4]
    assert [event.seq for event in events.after("a", 1, limit=2)] == [2, 3]
    assert (events.last_seq("a"), events.last_seq("b"), events.last_seq("never")) == (4, 1, 0)


@pytest.fixture
def subject(cast: SimpleNamespace) -> str:
    """A log with the numbers 1 to 5 of which 1 and 2 were swept away."""
    name = f"user:{cast.resident.pk}"
    while events.last_seq(name) < 5:
        events.publish(name, "x")
    Event.objects.filter(subject=name, seq__lte=2).delete()
    return name


@pytest.mark.parametrize(
    ("after", "seq", "told"),
    [
        (None, 5, "snapshot"),
        (6, 5, "snapshot"),  # from another database
        (5, 5, []),
        (4, 5, [5]),
        (2, 5, [3, 4, 5]),  # the first that is left is the next one
        (1, 5, "snapshot"),  # number 2 is gone
        (0, 5, "snapshot"),
    ],
)
def test_a_reader_goes_on_after_its_number_or_starts_anew(
    cast: SimpleNamespace, subject: str, after: int | None, seq: int, told: Any
) -> None:
    answer = live.follow(cast.resident, subject, after)
    got = "snapshot" if answer.state is not None else [event.seq for event in answer.events]
    assert (answer.seq, got) == (seq, told)


def test_a_reader_of_a_log_that_was_swept_empty_starts_anew_unless_nothing_is_missing(
    cast: SimpleNamespace, subject: str
) -> None:
    Event.objects.filter(subject=subject).delete()
    assert live.follow(cast.resident, subject, 4).state == {}
    assert live.follow(cast.resident, subject, 5).state is None


def test_nobody_follows_anothers_name_or_goes_on_when_deactivated(cast: SimpleNamespace, subject: str) -> None:
    from django.http import Http404

    with pytest.raises(Http404):
        live.follow(cast.admin, subject, 4)
    cast.resident.is_active = False
    with pytest.raises(Http404):
        live.follow(cast.resident, subject, 4)


@pytest.mark.parametrize("field", ["at", "actor", "verb", "target", "detail", "previous_hash"])
def test_every_field_of_the_trail_is_covered(db: None, field: str) -> None:
    from datetime import timedelta

    first, row = (audit.record("test", "look", f"case:{n}", n=n) for n in range(2))
    changed: Any = {"at": row.at + timedelta(microseconds=1), "detail": {"n": 2}, "previous_hash": "0" * 64}
    AuditEvent.objects.filter(pk=row.pk).update(**{field: changed.get(field, "other")})
    assert any(f"Row {row.pk} was changed" in fault for fault in audit.verify())
    assert not any(f"Row {first.pk}" in fault for fault in audit.verify())


@pytest.mark.django_db(transaction=True)
def test_an_act_that_fails_leaves_no_row_in_the_trail_and_no_gap() -> None:
    audit.record("test", "look", "case:1")
    with pytest.raises(RuntimeError), transaction.atomic():
        audit.record("test", "look", "case:2")
        raise RuntimeError
    row = audit.record("ingest", "look", "case:3")
    assert (row.actor, AuditEvent.objects.count(), audit.verify()) == ("ingest", 2, [])
