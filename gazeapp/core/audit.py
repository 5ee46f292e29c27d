"""The audit trail: who did what to which object. Rows are only added; each row's hash covers the one before.

Call `record` last in the transaction of the act itself: it holds the trail's lock until the commit. Ids and numbers
only, never patient data.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.template.defaultfilters import pluralize
from django.utils import timezone

from gazeapp.core.models import AuditEvent, EventLog

GENESIS = "0" * 64
_LOCK = "audit"  # a row of EventLog; its counter is the number of audit rows ever written, so a cut-off tail shows


def record(actor: Any, verb: str, target: str, **detail: Any) -> AuditEvent:
    """Append one row. ``actor`` is a user, or already a name such as ``user:7`` or ``ingest``."""
    who = f"user:{actor.pk}" if getattr(actor, "pk", None) is not None else str(actor)
    with transaction.atomic():
        counter = EventLog.objects.filter(subject=_LOCK)
        if not counter.update(last_seq=F("last_seq") + 1):
            EventLog.objects.bulk_create([EventLog(subject=_LOCK)], ignore_conflicts=True)
            counter.update(last_seq=F("last_seq") + 1)
        previous = AuditEvent.objects.order_by("-id").values_list("hash", flat=True).first() or GENESIS
        row = AuditEvent(at=timezone.now(), actor=who, verb=verb, target=target, detail=detail, previous_hash=previous)
        row.hash = digest(row)
        row.save(force_insert=True)
    return row


def verify() -> list[str]:
    """Read the whole chain and say in sentences what does not hold. An empty list means it is as it was written."""
    faults: list[str] = []
    previous, count = GENESIS, 0
    for row in AuditEvent.objects.order_by("id").iterator():
        count += 1
        if row.previous_hash != previous:
            faults.append(f"Row {row.pk} does not follow the row before it: one is missing or was added in between.")
        if row.hash != digest(row):
            faults.append(f"Row {row.pk} was changed after it was written.")
        previous = row.hash
    written = EventLog.objects.filter(subject=_LOCK).values_list("last_seq", flat=True).first() or 0
    if written != count:
        faults.append(
            f"{written} row{pluralize(written, ' was,s were')} written and {count} {pluralize(count, 'is,are')} here."
        )
    return faults


def digest(row: AuditEvent) -> str:
    """The row's hash: SHA-256 over the previous hash and every field, in one canonical spelling."""
    at: datetime = row.at
    fields = [
        row.previous_hash,
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        row.verb,
        row.target,
        json.loads(json.dumps(row.detail, default=str)),
    ]
    return hashlib.sha256(json.dumps(fields, sort_keys=True, ensure_ascii=True).encode()).hexdigest()
