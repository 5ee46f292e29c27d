"""A film's row as the lock of all that is said of its pixels, the cases that have it, and its end."""

from __future__ import annotations

from collections.abc import Collection

from django.db import transaction
from django.db.models import QuerySet

from gazeapp.cases import storage
from gazeapp.cases.models import Case, Film


def lock_film(sha256: str | None) -> Film | None:
    """The film, locked until the transaction ends; None when no case has it yet, or any more.

    Whoever judges a film takes this lock before any case's, and so does an ingest before it joins its case to one:
    neither can slip between the other's look and its commit.
    """
    return Film.objects.select_for_update().filter(pk=sha256).first()


def lock_films(addresses: Collection[str]) -> None:
    """The same for several, in an order that is the same for everybody."""
    list(Film.objects.select_for_update().filter(pk__in=addresses).order_by("pk"))


def cases_with(sha256: str) -> QuerySet[Case]:
    """Every case with this film, locked in an order that is the same for everybody."""
    return Case.objects.select_for_update(of=("self",)).select_related("owner").filter(film_id=sha256).order_by("pk")


def drop_unused_film(sha256: str) -> bool:
    """Row and files of a film that no case has any more. The lock keeps an ingest of the same film from losing its
    files. What was said of the pixels stays."""
    with storage.locked(sha256):
        with transaction.atomic():
            if Case.objects.filter(film_id=sha256).exists():
                return False
            Film.objects.filter(pk=sha256).delete()
        storage.remove_film(sha256)
    return True
