"""The bar at the top: what stands in it for each role, and as which role a person with several is here now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from gazeapp.core import registry

ROLES = ("resident", "faculty", "admin", "researcher")  # the first of these that somebody holds is where they begin
CHOSEN = "role"  # of the session


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    view: str
    also: tuple[str, ...] = ()  # further views that belong under it
    count: str = ""  # a name in registry.WAITING: how much waits for this person there


PRACTICE = Entry("Practice", "practice:home", ("practice:attempts", "practice:feedback", "practice:attempt"))
LIBRARY = Entry("Library", "cases:library", ("cases:room",))
UPLOAD = Entry("Upload", "cases:new")
PROGRESS = Entry("Progress", "practice:progress")
QUARANTINE = Entry("Quarantine", "cases:quarantine", count="quarantine")
SETS = Entry("Practice sets", "cases:sets", ("cases:set",))
RECORDINGS = Entry("Recordings", "recordings:list", ("recordings:import", "recordings:recording"), count="imports")
RATE = Entry("Rate", "ratings:rate", ("ratings:item",), count="ratings")
STUDIES = Entry("Studies", "ratings:studies", ("ratings:study",))
LADDER = Entry("Ladder", "difficulty:ladder", ("difficulty:harder",))
RELEASES = Entry("Releases", "exports:releases", ("exports:release",))
BROWSE = Entry("Browse", "exports:browse")
API = Entry("API", "exports:access")
DATA = Entry(
    "Data",
    "exports:data",
    ("exports:releases", "exports:release", "exports:browse", "exports:access"),
    count="requests",
)
MODELS = Entry("Models", "training:models", ("training:model", "training:new-run", "training:run"))
CASES = Entry("Cases", "cases:library", ("cases:room", "cases:key"))

BARS: dict[str, tuple[Entry, ...]] = {
    "resident": (PRACTICE, LIBRARY, RECORDINGS, PROGRESS, UPLOAD),
    "faculty": (
        Entry("To do", "practice:teaching", count="teaching"),
        RATE,
        CASES,
        LADDER,
        SETS,
        STUDIES,
        RECORDINGS,
        QUARANTINE,
        UPLOAD,
    ),
    "admin": (
        Entry("Overview", "core:overview"),
        MODELS,
        DATA,
        Entry("Jobs", "core:jobs"),
        Entry("People", "people", ("make-link",)),
        CASES,
        LADDER,
        SETS,
        STUDIES,
        QUARANTINE,
        UPLOAD,
    ),
    "researcher": (RELEASES, BROWSE, API, LIBRARY, LADDER),
}


def role_of(request: HttpRequest) -> str:
    """The role that a person is here as: the one they chose, else the first they hold; "" without any."""
    held: frozenset[str] = getattr(request.user, "roles", frozenset())
    chosen = request.session.get(CHOSEN, "")
    return chosen if chosen in held else next((role for role in ROLES if role in held), "")


def home_of(request: HttpRequest) -> str:
    """Where this person begins: the first entry of their bar."""
    role = role_of(request)
    return reverse(BARS[role][0].view) if role else reverse("profile")


def bar(request: HttpRequest) -> dict[str, Any]:
    """The entries for a page, each with its address, whether one is there, and how much waits."""
    here = request.resolver_match.view_name if request.resolver_match else ""
    role = role_of(request)
    entries = []
    for entry in BARS.get(role, ()):
        try:
            address = reverse(entry.view)
        except NoReverseMatch:  # an app that is not installed
            continue
        waits = registry.load(registry.WAITING[entry.count])(request.user) if entry.count else 0
        entries.append(
            {"label": entry.label, "address": address, "here": here in (entry.view, *entry.also), "waits": waits}
        )
    held = [name for name in ROLES if name in getattr(request.user, "roles", frozenset())]
    return {"entries": entries, "role": role, "roles": held if len(held) > 1 else []}
