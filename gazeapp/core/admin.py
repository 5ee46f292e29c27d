"""Record pages for admins: everything here is read, nothing is edited by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from gazeapp.core.models import AuditEvent, Event, Job


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """A record's page shows what its list shows and what ``also`` names. Left to Django it would show every field, and
    admins rate too: how long a reading is, or where somebody looked, would tell them."""

    also: tuple[str, ...] = ()

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*(str(name) for name in self.list_display), *self.also]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only by what the list offers. Django lets an address ask about every field of a record, also one that its
        page leaves out, and so read it digit by digit."""
        name, _, how = lookup.partition("__")
        return name in self.list_filter and how in {"", "exact", "isnull"}


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = ("created_at", "kind", "queue", "state", "attempt", "strikes", "stage", "subject", "owner")
    list_filter = ("state", "kind", "queue")
    search_fields = ("id", "subject", "key")


@admin.register(Event)
class EventAdmin(ReadOnly):
    list_display = ("created_at", "subject", "seq", "type")
    list_filter = ("type",)
    search_fields = ("subject",)


@admin.register(AuditEvent)
class AuditAdmin(ReadOnly):
    list_display = ("at", "actor", "verb", "target")
    list_filter = ("verb",)
    search_fields = ("actor", "target")
    also = ("detail",)  # no lengths of gaze files: where one holds one reading, they tell how long that is
