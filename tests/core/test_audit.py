"""The audit trail: append-only, and tampering shows."""

from __future__ import annotations

from typing import Any

from gazeapp.core import audit
from gazeapp.core.models import AuditEvent


def three(db: None) -> list[AuditEvent]:
    return [audit.record("test", "look", f"case:{n}", n=n, name="Ä") for n in range(3)]


def test_a_trail_as_it_was_written_has_no_faults(db: None) -> None:
    three(db)
    assert audit.verify() == []


def test_a_user_is_named_by_number(cast: Any) -> None:
    assert audit.record(cast.admin, "look", "case:1").actor == f"user:{cast.admin.pk}"


def test_a_changed_row_shows(db: None) -> None:
    row = three(db)[1]
    AuditEvent.objects.filter(pk=row.pk).update(actor="somebody else")
    assert any(f"Row {row.pk} was changed" in fault for fault in audit.verify())


def test_a_row_taken_out_of_the_middle_shows(db: None) -> None:
    three(db)[1].delete()
    assert any("does not follow" in fault for fault in audit.verify())


def test_a_cut_off_tail_shows(db: None) -> None:
    three(db)[2].delete()
    assert any("rows were written" in fault for fault in audit.verify())
