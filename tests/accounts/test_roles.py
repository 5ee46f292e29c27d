"""Roles, and what follows when they change."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gazeapp.accounts.models import User
from gazeapp.accounts.services import set_roles
from gazeapp.core.models import AuditEvent


def test_a_person_may_hold_several_roles(cast: SimpleNamespace) -> None:
    set_roles(user=cast.resident, roles=["resident", "faculty"], by="test")
    assert User.objects.get(pk=cast.resident.pk).roles == {"resident", "faculty"}


def test_losing_the_admin_role_closes_the_record_pages(cast: SimpleNamespace) -> None:
    assert User.objects.get(pk=cast.admin.pk).is_superuser
    set_roles(user=cast.admin, roles=["faculty"], by="test")
    assert not User.objects.get(pk=cast.admin.pk).is_superuser


def test_an_unknown_role_is_refused(cast: SimpleNamespace) -> None:
    with pytest.raises(ValueError, match="emperor"):
        set_roles(user=cast.resident, roles=["emperor"], by="test")


def test_a_deactivated_person_holds_no_role(cast: SimpleNamespace) -> None:
    cast.admin.is_active = False
    assert not cast.admin.has_role("admin")


def test_a_change_of_roles_is_audited(cast: SimpleNamespace) -> None:
    AuditEvent.objects.all().delete()
    set_roles(user=cast.resident, roles=["faculty"], by="user:1")
    assert [(row.actor, row.verb, row.detail) for row in AuditEvent.objects.all()] == [
        ("user:1", "roles", {"roles": ["faculty"]})
    ]
