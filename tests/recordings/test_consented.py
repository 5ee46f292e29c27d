"""Whose recordings may be used for what: asked at use, each time."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.accounts.consents import Purpose
from gazeapp.recordings import services
from gazeapp.recordings.models import Reader, Recording
from gazeapp.recordings.selectors import consented
from tests.practice.conftest import consent

pytestmark = pytest.mark.django_db


def sealed(recording: Recording, **reader: Any) -> Recording:
    """Another sealed recording of the same case, of a reader made so."""
    assert recording.case is not None
    owner = Reader.objects.create(pseudonym=f"R{Reader.objects.count()}", **reader)
    made = services.start_recording(reader=owner, case=recording.case, source="import", aspect=1.0)
    return services.seal(recording=made, parts=0)


def test_a_persons_recording_serves_what_they_agreed_to_and_no_more(
    recording: Recording, cast: SimpleNamespace
) -> None:
    services.seal(recording=recording, parts=0)
    for purpose in Purpose:
        assert not consented(purpose).exists()
    consent(cast.resident, research=True)
    assert [consented(purpose).filter(pk=recording.pk).exists() for purpose in Purpose] == [False, True, False]
    consent(cast.resident)
    assert not consented(Purpose.RESEARCH).exists()


@pytest.mark.parametrize("state", ["open", "discarded"])
def test_only_complete_recordings_are_used(recording: Recording, cast: SimpleNamespace, state: str) -> None:
    consent(cast.resident, teaching=True, research=True, training=True)
    Recording.objects.filter(pk=recording.pk).update(state=state)
    assert not consented(Purpose.TEACHING).exists()


def test_a_simulated_reader_serves_every_purpose(recording: Recording) -> None:
    made = sealed(recording, simulated=True)
    assert [made in consented(purpose) for purpose in Purpose] == [True] * 3


def test_a_reader_without_account_serves_what_was_declared_with_a_basis(recording: Recording) -> None:
    declared = sealed(recording, basis="Ethics vote 12", for_teaching=True)
    baseless = sealed(recording, for_teaching=True, for_research=True, for_training=True)
    assert [declared in consented(purpose) for purpose in Purpose] == [True, False, False]
    assert [baseless in consented(purpose) for purpose in Purpose] == [False] * 3


def test_what_was_declared_says_nothing_for_a_person_with_an_account(
    recording: Recording, cast: SimpleNamespace
) -> None:
    services.seal(recording=recording, parts=0)
    Reader.objects.filter(user=cast.resident).update(basis="Said so", for_teaching=True, simulated=True)
    assert not consented(Purpose.TEACHING).exists()


def test_a_person_whose_account_was_deleted_is_in_no_use(recording: Recording, cast: SimpleNamespace) -> None:
    services.seal(recording=recording, parts=0)
    consent(cast.resident, teaching=True)
    Reader.objects.filter(user=cast.resident).update(user=None)
    assert not consented(Purpose.TEACHING).exists()
