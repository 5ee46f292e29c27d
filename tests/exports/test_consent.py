"""Consent is asked when a release is made, and once more when it is done; a withdrawal finds what was made before."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from gazeapp.accounts.models import Consent
from gazeapp.exports import storage
from gazeapp.exports.models import Release, ReleaseReading
from gazeapp.recordings.models import Reader, Recording
from tests.exports import data
from tests.practice.conftest import consent
from tests.ratings import study

pytestmark = pytest.mark.django_db


def readers_of(release: Release) -> set[Reader]:
    return {row.reader for row in ReleaseReading.objects.filter(release=release).select_related("reader")}


def test_who_withdraws_between_request_and_job_is_absent(lab: SimpleNamespace) -> None:
    request = data.act(lab.decides, data.ask(lab.asks), "approve")
    consent(lab.resident, training=True)
    data.run_jobs()
    release = Release.objects.get(pk=request["release"]["id"])
    assert readers_of(release) == {lab.second_resident.reader, Reader.objects.get(simulated=True)}
    assert release.counts["readings"] == len(data.rows(release, "readings.csv")) == 6
    assert len(data.rows(release, "fixations.csv")) == 3 * (5 + 4)


def test_who_withdraws_while_it_is_made_is_absent(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """All files are packed when the person says no; the end of the job asks once more, and it is made again."""
    times = []
    pack = storage.pack

    def withdrawing(*args: Any, **kwargs: Any) -> Any:
        if not times:
            consent(lab.resident)
        times.append(args)
        return pack(*args, **kwargs)

    monkeypatch.setattr(storage, "pack", withdrawing)
    release = data.made(lab)
    assert len(times) == 2
    assert lab.resident.reader not in readers_of(release)
    assert release.counts["readings"] == len(data.rows(release, "readings.csv")) == 6


def test_where_people_keep_changing_their_minds_it_ends_in_words(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = storage.pack

    def withdrawing(*args: Any, **kwargs: Any) -> Any:
        consent(lab.resident)
        return pack(*args, **kwargs)

    monkeypatch.setattr(storage, "pack", withdrawing)
    monkeypatch.setattr("gazeapp.exports.services.making.TRIES", 1)
    request = data.act(lab.decides, data.ask(lab.asks), "approve")
    data.run_jobs()
    told = data.shown(lab.asks, Release.objects.get(pk=request["release"]["id"]))
    assert (told["state"], told["job"]["error"]["type"]) == ("failed", "/problems/withdrawn-meanwhile")


def test_the_next_release_is_without_them_and_the_earlier_ones_are_listed(lab: SimpleNamespace) -> None:
    first, second = data.made(lab), data.made(lab, sources=["tracker"])
    assert lab.decides.get(f"{data.API}/data/withdrawals/").json() == []
    consent(lab.resident, training=True)
    withdrawn_at = Consent.objects.filter(person=lab.resident, purpose="research").latest("id").at
    third = data.made(lab)
    assert lab.resident.reader in readers_of(first)
    assert lab.resident.reader not in readers_of(third)
    (row,) = lab.decides.get(f"{data.API}/data/withdrawals/").json()
    assert row == {
        "at": withdrawn_at.isoformat().replace("+00:00", "Z"),
        "reader": lab.resident.reader.pseudonym,
        "purposes": ["research"],
        "releases": [{"id": str(first.pk), "version": "1"}, {"id": str(second.pk), "version": "2"}],
        "runs": [],
    }
    held = [row["holds_withdrawn"] for row in lab.decides.get(f"{data.API}/releases/").json()["results"]]
    assert held == [0, 3, 3]
    assert {row["holds_withdrawn"] for row in lab.asks.get(f"{data.API}/releases/").json()["results"]} == {None}


def test_who_agrees_again_is_no_withdrawal(lab: SimpleNamespace) -> None:
    data.made(lab)
    consent(lab.resident)
    (row,) = lab.decides.get(f"{data.API}/data/withdrawals/").json()
    assert row["purposes"] == ["research", "training"]
    consent(lab.resident, research=True, training=True)
    assert lab.decides.get(f"{data.API}/data/withdrawals/").json() == []


def test_who_never_agreed_is_no_withdrawal(lab: SimpleNamespace) -> None:
    consent(lab.faculty)
    study.reading(lab.cases[0], lab.faculty, study.path(70))
    assert lab.decides.get(f"{data.API}/data/withdrawals/").json() == []


def test_whose_account_is_gone_is_listed_without_a_moment(lab: SimpleNamespace) -> None:
    release = data.made(lab)
    Reader.objects.filter(user=lab.resident).update(user=None)
    (row,) = lab.decides.get(f"{data.API}/data/withdrawals/").json()
    assert (row["at"], row["releases"]) == (None, [{"id": str(release.pk), "version": "1"}])


def test_a_deleted_recording_counts_as_withdrawn(lab: SimpleNamespace) -> None:
    release = data.made(lab)
    Recording.objects.filter(reader=lab.resident.reader, case=lab.cases[0]).delete()
    Recording.objects.filter(reader=lab.resident.reader, case=lab.cases[1]).update(state="discarded")
    assert data.shown(lab.decides, release)["holds_withdrawn"] == 2


def test_what_is_other_than_in_the_release_before_is_said(lab: SimpleNamespace) -> None:
    """The resident's 3 readings of 4 fixations leave, and one reading of a fourth case, of 6, comes."""
    assert data.made(lab).since is None
    consent(lab.resident)
    study.reading(study.film_case(lab.faculty, 4, published=True), lab.second_resident, study.path(80, 6))
    told = data.shown(lab.asks, data.made(lab))
    assert told["since"] == {"version": "1", "cases": 1, "readings": -2, "fixations": 6 - 12, "left": 3}


def test_the_training_runs_of_who_withdrew_are_told_by_the_app_above(
    lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gazeapp.core import registry

    run = {"id": "00000000-0000-4000-8000-000000000000", "name": "May"}
    monkeypatch.setattr(registry, "RUNS_OF_READERS", "tests.exports.test_consent.runs")
    monkeypatch.setattr("tests.exports.test_consent.RUNS", {lab.resident.reader.pk: [run]})
    consent(lab.resident, research=True)
    (row,) = lab.decides.get(f"{data.API}/data/withdrawals/").json()
    assert (row["purposes"], row["runs"]) == (["training"], [run])


RUNS: dict[Any, list[dict[str, str]]] = {}


def runs(readers: list[Any]) -> dict[Any, list[dict[str, str]]]:
    return {reader: RUNS[reader] for reader in readers if reader in RUNS}


def test_withdrawals_come_newest_first(lab: SimpleNamespace) -> None:
    consent(lab.resident)
    consent(lab.second_resident)
    Consent.objects.filter(person=lab.resident).update(at=timezone.now() - timezone.timedelta(days=2))
    told = [row["reader"] for row in lab.decides.get(f"{data.API}/data/withdrawals/").json()]
    assert told == [lab.second_resident.reader.pseudonym, lab.resident.reader.pseudonym]
