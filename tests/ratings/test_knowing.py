"""Raters who may know readings of a study again: refused, unless the organiser takes them all the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.accounts.models import User
from gazeapp.cases.models import Case
from gazeapp.exports.models import Download, Release, ReleaseReading
from gazeapp.practice.models import Attempt
from gazeapp.ratings.models import Assignment, Rater, Study
from gazeapp.ratings.services import answering
from gazeapp.recordings.models import Reader
from tests.ratings.study import (
    API,
    close,
    item,
    next_of,
    plan,
    rate_all,
    start,
    take,
)

pytestmark = pytest.mark.django_db


def practised(person: User, case: Case) -> None:
    Attempt.objects.create(person=person, case=case, film_sha256=case.film_id, state="committed")


def downloaded(person: User, case: Case, number: int) -> None:
    """A file of release ``number``, which holds a reading of this case."""
    release = Release.objects.create(number=number, query={})
    reader = Reader.objects.first()
    ReleaseReading.objects.create(release=release, film_sha256=case.film_id, reader=reader, fixations=1)
    Download.objects.create(release=release, person=person, file="readings.csv")


def known(answer: Any) -> list[tuple[int, str]]:
    """Whom a plan refuses since they may know readings again, and why."""
    return [(reason["rater"], reason["words"]) for reason in answer["problems"] if reason["known"]]


def test_who_was_shown_the_films_in_a_closed_study_is_refused(lab: SimpleNamespace) -> None:
    """Ada rated all of case 1; Ben saw one item of two films of his study; a study that runs tells nothing by name,
    and who organises without rating is shown nothing."""
    first = plan(lab.organiser, lab.cases[:1], ["human"], [lab.ada])
    second = plan(lab.first, lab.cases[1:], ["human"], [lab.ben])
    assert start(lab.organiser, first).status_code == start(lab.first, second).status_code == 200
    rate_all(lab.first)
    item(lab.second, next_of(lab.second))
    now = plan(lab.organiser, lab.cases, ["human"], [lab.ada, lab.ben])
    assert known(now) == []
    close(lab.organiser, first)
    close(lab.first, second)
    assert known(lab.organiser.get(f"{API}/studies/{now['id']}/").json()) == [
        (lab.ada.pk, "ada may know readings of these films again: rated 1 of them in a closed study."),
        (lab.ben.pk, "ben may know readings of these films again: rated 1 of them in a closed study."),
    ]
    assert len(start(lab.organiser, now).json()["reasons"]) == 2


def test_who_practised_the_films_is_refused(lab: SimpleNamespace) -> None:
    """They were shown readings after their own; what is not committed has shown nobody anything, and other films are
    others."""
    for person, case, state in (
        (lab.ada, lab.cases[0], "committed"),
        (lab.ada, lab.cases[2], "committed"),
        (lab.ben, lab.cases[0], "open"),
    ):
        Attempt.objects.create(person=person, case=case, film_sha256=case.film_id, state=state)
    found = plan(lab.organiser, lab.cases[:2], ["human"], [lab.ada, lab.ben])
    assert known(found) == [(lab.ada.pk, "ada may know readings of these films again: practised 1 of them.")]


def test_who_downloaded_a_release_with_the_films_is_refused(lab: SimpleNamespace) -> None:
    """Ada was sent one with a reading of case 1, Ben one of another film."""
    for number, (person, case) in enumerate(((lab.ada, lab.cases[0]), (lab.ben, lab.cases[2])), 1):
        downloaded(person, case, number)
    found = plan(lab.organiser, lab.cases[:2], ["human"], [lab.ada, lab.ben])
    assert known(found) == [
        (lab.ada.pk, "ada may know readings of these films again: downloaded releases with 1 of them.")
    ]


def test_whose_reading_a_control_showed_on_another_film_is_known_too(lab: SimpleNamespace) -> None:
    """Ada is shown case 1's item, which is a reading of case 2; case 2's own items she never opened."""
    first = plan(lab.organiser, lab.cases[:2], ["simulated", "other-case"], [lab.ada], repeats=0)
    assert start(lab.organiser, first).status_code == 200
    control = Assignment.objects.get(item__case__case=lab.cases[0], item__source__kind="other-case")
    Assignment.objects.exclude(pk=control.pk).delete()
    item(lab.first, str(control.pk))
    close(lab.organiser, first)
    found = plan(lab.organiser, lab.cases[1:2], ["simulated"], [lab.ada])
    said = "ada may know readings of these films again: rated 1 of them in a closed study."
    assert known(found) == [(lab.ada.pk, said)]


def test_a_release_that_is_downloaded_after_the_word_is_asked_about_anew(lab: SimpleNamespace) -> None:
    """Of the same film, it may hold newer readings."""
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    for number in (1, 2):
        downloaded(lab.ada, lab.cases[0], number)
        refused = lab.organiser.get(f"{API}/studies/{study['id']}/").json()
        assert known(refused) == [
            (lab.ada.pk, "ada may know readings of these films again: downloaded releases with 1 of them.")
        ]
        take(lab.organiser, study, lab.ada, although_known=True)
    assert start(lab.organiser, study).status_code == 200


def test_an_item_is_shown_only_while_its_study_runs(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closed between the asking and the answer: nothing is handed out that the next study's start has not seen."""
    study = plan(lab.organiser, lab.cases[:1], ["human"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    resolved = answering.resolve

    def slowly(*args: Any, **more: Any) -> Any:
        close(lab.organiser, study)
        return resolved(*args, **more)

    ident = next_of(lab.first)
    monkeypatch.setattr(answering, "resolve", slowly)
    answer = item(lab.first, ident)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/study-closed")
    assert Assignment.objects.get(pk=ident).first_shown_at is None


def test_a_study_of_models_alone_takes_who_knows_other_readings(lab: SimpleNamespace) -> None:
    practised(lab.ada, lab.cases[0])
    study = plan(lab.organiser, lab.cases, ["model"], [lab.ada])
    assert known(study) == [] and start(lab.organiser, study).status_code == 200
    assert Rater.objects.get(study=study["id"]).knew is None


def test_the_organiser_takes_who_knows_readings_all_the_same_and_protocol_and_results_say_so(
    lab: SimpleNamespace,
) -> None:
    """Whoever knows more by then is asked about anew: Ada practises a second film after she was taken."""
    practised(lab.ada, lab.cases[0])
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada, lab.ben])
    assert take(lab.organiser, study, lab.ada).status_code == 201
    assert known(lab.organiser.get(f"{API}/studies/{study['id']}/").json()), "only when it is said"
    taken = take(lab.organiser, study, lab.ada, although_known=True).json()
    assert known(taken) == []
    assert [remark["rater"] for remark in taken["remarks"]] == [lab.ada.pk]
    practised(lab.ada, lab.cases[1])
    assert known(lab.organiser.get(f"{API}/studies/{study['id']}/").json()), "she knows more than she was taken with"
    take(lab.organiser, study, lab.ada, although_known=True)
    changed = lab.organiser.patch(f"{API}/studies/{study['id']}/", {"raters": [lab.ben.pk, lab.ada.pk]}, format="json")
    assert known(changed.json()) == [], "another order of raters forgets nothing"
    assert start(lab.organiser, study).status_code == 200
    frozen = Study.objects.get(pk=study["id"]).protocol
    assert frozen["knowing"] == [{"rater": lab.ada.pk, "films": {"practised": 2}}]
    close(lab.organiser, study)
    found = lab.organiser.get(f"{API}/studies/{study['id']}/results/").json()
    assert found["knowing"] == [{"rater": "Rater 2", "name": "ada", "words": "practised 2 of them"}]


def test_who_knows_readings_cannot_come_later_unless_the_organiser_says_so(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    practised(lab.ben, lab.cases[0])
    refused = take(lab.organiser, study, lab.ben)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/rater-knows")
    assert take(lab.organiser, study, lab.ben, although_known=True).status_code == 201
    assert list(Rater.objects.filter(study=study["id"]).values_list("knew", flat=True)) == [
        None,
        {"practised": [lab.cases[0].film_id]},
    ]
    lab.organiser.post(f"{API}/studies/{study['id']}/raters/{lab.ben.pk}/drop/")
    assert take(lab.organiser, study, lab.ben).status_code == 201, "they were taken before"
