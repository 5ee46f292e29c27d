"""What a rater may know again in a study: recorded and simulated readings of its films that came to them before, with
the name of their source. A model's readings are drawn for each study, so nobody knows those (`drawing`)."""

from __future__ import annotations

from collections.abc import Collection

from gazeapp.accounts.models import User
from gazeapp.core import registry
from gazeapp.ratings.models import Assignment, Study

Known = dict[str, list[str]]  # sha256 of films, by the way in which their readings came

WORDS = {
    "rated": "rated {} of them in a closed study",
    "practised": "practised {} of them",
    "downloaded": "downloaded releases with {} of them",
}


def films_known(person: User) -> dict[str, set[str]]:
    """sha256 of the films of which this person may know readings, by the way in which those came to them."""
    shown = Assignment.objects.filter(
        rater__user=person, rater__study__state=Study.State.CLOSED, first_shown_at__isnull=False
    )
    return {
        "rated": set(shown.values_list("item__case__film_sha256", flat=True)),
        "practised": _registered(registry.COMMITTED_FILMS, person),
        "downloaded": _registered(registry.DOWNLOADED_FILMS, person),
    }


def known(person: User, films: Collection[str]) -> Known:
    """Of which of these films this person may know readings; empty when of none."""
    return {way: sorted(both) for way, seen in films_known(person).items() if (both := seen.intersection(films))}


def goes_beyond(known: Known, taken: Known | None) -> bool:
    """Whether somebody knows more by now than they were taken with."""
    return any(not set(films) <= set((taken or {}).get(way, ())) for way, films in known.items())


def counts(known: Known) -> dict[str, int]:
    return {way: len(films) for way, films in known.items()}


def words(known: Known) -> str:
    return ", ".join(WORDS[way].format(n) for way, n in counts(known).items())


def _registered(path: str | None, person: User) -> set[str]:
    return set(registry.load(path)(person)) if path else set()
