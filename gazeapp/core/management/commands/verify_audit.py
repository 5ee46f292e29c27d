"""Check the audit trail."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import pluralize

from gazeapp.core import audit
from gazeapp.core.models import AuditEvent


class Command(BaseCommand):
    help = "Read the whole audit trail and say what does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        if faults := audit.verify():
            raise CommandError("\n".join(faults))
        rows = AuditEvent.objects.count()
        self.stdout.write(f"{rows} row{pluralize(rows)}, all as written.")
