"""What a rater may know again in a study: recorded and simulated readings of its films that came to them before, with
the name of their source. A model's readings are drawn for each study, so nobody knows those (`drawing`)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from gazeapp.accounts.models import User
from gazeapp.core import registry
from gazeapp.ratings.models import Assignment, Study
from gazeapp.ratings.sources import base_of
from gazeapp.recordings.models import FixationSet

Known = dict[str, list[str]]  # "film", or "film where", of each film (sha256) by the way in which its readings came

WORDS = {
    "rated": "rated {} of them in a closed study",
    "practised": "practised {} of them",
    "downloaded": "downloaded releases with {} of them",
}


def seen_by(person: User) -> dict[str, set[tuple[str, str]]]:
    """What this person may know: film (sha256) and where its readings came from (a study, a release), by the way."""
    return {
        "rated": _rated(person),
        "practised": {(film, "") for film in _registered(registry.COMMITTED_FILMS, person)},
        "downloaded": {(film, str(release)) for film, release in _registered(registry.DOWNLOADED_FILMS, person)},
    }


def films_known(person: User) -> set[str]:
    return {film for seen in seen_by(person).values() for film, _ in seen}


def _rated(person: User) -> set[tuple[str, str]]:
    """The films of items that were shown, and those of which their readings are: a control may show another film's."""
    shown = Assignment.objects.filter(
        rater__user=person, rater__study__state=Study.State.CLOSED, first_shown_at__isnull=False
    )
    seen, bases = set[tuple[str, str]](), dict[UUID, list[str]]()
    for study, film, path in shown.values_list("rater__study", "item__case__film_sha256", "item__reference"):
        seen.add((film, str(study)))
        bases.setdefault(base_of(path)[1], []).append(str(study))
    of = FixationSet.objects.filter(pk__in=bases).values_list("pk", "recording__film_sha256")
    return seen | {(film, study) for pk, film in of for study in bases[pk]}


def known(person: User, films: Collection[str]) -> Known:
    """Of which of these films this person may know readings, and from where; empty when of none."""
    of = {
        way: sorted(f"{film} {where}".strip() for film, where in seen if film in films)
        for way, seen in seen_by(person).items()
    }
    return {way: there for way, there in of.items() if there}


def goes_beyond(known: Known, taken: Known | None) -> bool:
    """Whether somebody knows more by now than they were taken with."""
    return any(not set(there) <= set((taken or {}).get(way, ())) for way, there in known.items())


def counts(known: Known) -> dict[str, int]:
    """Of how many films."""
    return {way: len({one.split()[0] for one in there}) for way, there in known.items()}


def words(known: Known) -> str:
    return ", ".join(WORDS[way].format(n) for way, n in counts(known).items())


def _registered(path: str | None, person: User) -> set[Any]:
    return set(registry.load(path)(person)) if path else set()
