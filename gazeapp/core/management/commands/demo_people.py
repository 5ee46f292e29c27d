"""One person a role for the demo, with random passwords that are shown once."""

from __future__ import annotations

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from gazeapp.accounts.consents import TEXTS
from gazeapp.accounts.models import Role, User
from gazeapp.accounts.selectors import is_to_be_asked
from gazeapp.accounts.services import answer_consent, make_person
from gazeapp.core import audit

PEOPLE = {
    Role.RESIDENT: "Robin Resident",
    Role.FACULTY: "Frances Faculty",
    Role.ADMIN: "Alex Admin",
    Role.RESEARCHER: "Rene Researcher",
}


def simulated_person(role: Role, what: str, number: int) -> User:
    """One of the demo's simulated people, who are called what they are. Without a password nobody signs in as one."""
    name = f"simulated-{what}-{number}"
    return User.objects.filter(username=name, is_demo=True).first() or make_person(
        username=name, password=None, roles=[role], by="demo", full_name=f"Simulated {what} {number}", demo=True
    )


def answer_for(person: User, *, yes: bool) -> User:
    """What a simulated person says to all questions of consent, if they are open."""
    if is_to_be_asked(person):
        versions = {purpose: text.version for purpose, text in TEXTS.items()}
        answer_consent(person=person, answers=dict.fromkeys(TEXTS, yes), versions=versions)
    return person


class Command(BaseCommand):
    help = "Make the demo's people, one a role (demo mode only), and print their passwords this once."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reset", action="store_true", help="Give them new passwords and print those.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Demo people exist in demo mode only (MEDGAZE_DEMO=1).")
        there = {user.username: user for user in User.objects.filter(is_demo=True)}
        wanted = {role: role.value for role in PEOPLE if options["reset"] or role.value not in there}
        lines: list[str] = []
        with transaction.atomic():
            for role, username in wanted.items():
                password = f"{secrets.token_urlsafe(9)}-{secrets.token_urlsafe(4)}"
                if user := there.get(username):
                    user.set_password(password)
                    user.save(update_fields=["password"])
                    audit.record("demo", "password-reset", f"user:{user.pk}")
                else:
                    make_person(
                        username=username,
                        password=password,
                        roles=[role],
                        by="demo",
                        full_name=PEOPLE[role],
                        demo=True,
                    )
                lines.append(f"  {role.value:<11} {username:<11} {password}")
        if lines:
            self.stdout.write("Sign in as (role, user name, password; shown this once):\n" + "\n".join(lines))
        else:
            self.stdout.write("The demo's people are there already; --reset gives them new passwords.")
        self.stdout.flush()
