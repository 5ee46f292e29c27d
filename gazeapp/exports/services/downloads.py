"""Agreeing to the terms, and writing down who took what."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from gazeapp.accounts.services import lock_people
from gazeapp.core import audit
from gazeapp.core.problems import Problem
from gazeapp.exports import selectors
from gazeapp.exports.models import DataUse, Download, Release
from gazeapp.exports.terms import TERMS


@transaction.atomic
def accept_terms(*, release: Release, person: Any, version: int) -> None:
    """Agree to the terms that were shown. The same again changes nothing.

    Raises:
        Problem: text-changed, when they are not the terms of today.
    """
    if version != TERMS.version:
        raise Problem(
            "text-changed", "The terms are others by now.", f"Read version {TERMS.version} and accept it.", code=409
        )
    _, new = DataUse.objects.get_or_create(release=release, person=person, version=version)
    if new:
        audit.record(person, "terms-accepted", f"release:{release.pk}", version=version)


@transaction.atomic
def note_download(*, release: Release, person: Any, file: str, first_byte: int) -> None:
    """Before the first byte is sent: who is given what, from where on.

    Raises as `release_to_download` does, also when a study of its films has started since it was asked.
    """
    lock_people([person.pk])
    selectors.release_to_download(person, release.pk)
    Download.objects.create(release=release, person=person, file=file[:200], first_byte=first_byte)
    audit.record(person, "download", f"release:{release.pk}", file=file, first_byte=first_byte)
