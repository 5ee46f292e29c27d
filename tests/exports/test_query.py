"""Which readings a question finds, and how many those are."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.cases.models import Case
from gazeapp.exports import selectors
from gazeapp.exports.query import Query
from gazeapp.recordings.models import FixationSet, Recording
from tests.cases.films import stored_case
from tests.cases.teaching import open_set
from tests.exports import data
from tests.ratings import study

pytestmark = pytest.mark.django_db


def found(**query: Any) -> set[tuple[str, str]]:
    """(case, reader) of what a query finds."""
    return {(row.case.title, row.reader.pseudonym) for row in selectors.readings(query).select_related("case")}


def cases_of(**query: Any) -> set[str]:
    return {case for case, _ in found(**query)}


def test_only_published_ready_cases_that_are_not_held_are_in_it(lab: SimpleNamespace) -> None:
    assert cases_of() == {"Case 1", "Case 2", "Case 3"}
    Case.objects.filter(title="Case 1").update(published=False)
    assert cases_of() == {"Case 2", "Case 3"}
    Case.objects.filter(title="Case 2").update(state=Case.State.QUARANTINED)
    assert cases_of() == {"Case 3"}
    Case.objects.filter(title="Case 3").update(held=True)
    assert cases_of() == set()


def test_a_reading_of_a_film_that_the_case_has_no_longer_is_not_in_it(lab: SimpleNamespace) -> None:
    other = stored_case(lab.faculty, np.arange(30).reshape(5, 6))
    Case.objects.filter(title="Case 1").update(film=other.film)
    assert cases_of() == {"Case 2", "Case 3"}


def test_a_reading_without_fixations_is_none(lab: SimpleNamespace) -> None:
    FixationSet.objects.filter(recording__case=lab.cases[0]).update(fixations=[])
    assert cases_of() == {"Case 2", "Case 3"}


def test_the_fixations_that_count_are_counted_and_others_of_the_recording_are_not(lab: SimpleNamespace) -> None:
    recording = Recording.objects.filter(case=lab.cases[0]).first()
    FixationSet.objects.create(
        recording=recording, method="tracker", counts=False, fixations=study.fixations(study.path(50, 90))
    )
    asked = Query.read({})
    assert selectors.counted(selectors.readings(asked, "research"), asked)["fixations"] == 39


def test_dwells_and_clicks_are_in_it_only_where_somebody_ticks_them(lab: SimpleNamespace) -> None:
    study.reading(lab.cases[0], lab.resident, study.path(40), source="aperture")
    study.reading(lab.cases[0], lab.resident, study.path(41), source="clicks")
    study.reading(lab.cases[0], lab.resident, study.path(42), source="import")
    assert selectors.counts({})["by_source"] == {"import": 1, "simulated": 3, "tracker": 6}
    assert selectors.counts({"sources": ["aperture"]})["by_source"] == {"aperture": 1}
    assert selectors.counts({"sources": ["clicks", "tracker"]})["by_source"] == {"clicks": 1, "tracker": 6}


def test_simulated_means_reader_or_film(lab: SimpleNamespace) -> None:
    """A person's reading of a simulated film is not "without", though nobody simulated it."""
    Case.objects.filter(title="Case 1").update(simulated=True)
    people = {lab.resident.reader.pseudonym, lab.second_resident.reader.pseudonym}
    everything = found()
    assert found(simulated="with") == everything
    assert found(simulated="without") == {(case, who) for case, who in everything if case != "Case 1" and who in people}
    assert found(simulated="only") == everything - found(simulated="without")


def test_a_set_narrows_it_to_the_cases_that_may_be_practised_in_it(lab: SimpleNamespace) -> None:
    chosen = open_set(lab.faculty, lab.cases[0], lab.cases[1], open=False, opened_at=None)
    chosen.places.filter(case=lab.cases[1]).update(agreed=False)
    assert cases_of(set=str(chosen.pk)) == {"Case 1"}


def test_the_counts_are_those_of_the_readings(lab: SimpleNamespace) -> None:
    """Three cases; two people with 4 and 5 fixations each, a simulated reader with 4."""
    study.predicted(lab.cases[0], study.path(30))
    assert lab.asks.get(f"{data.API}/data/counts/").json() == {
        "cases": 3,
        "readings": 9,
        "readers": 3,
        "people": 2,
        "simulated_readings": 3,
        "by_source": {"simulated": 3, "tracker": 6},
        "predictions": 0,
        "ratings": 0,
        "few": True,
        "sentence": "3 cases, 9 readings by 2 people and 1 simulated reader. Fewer than 5 people read "
        "these: whose a reading is may be guessed.",
    }
    asked = {"sources": "tracker", "simulated": "without", "predictions": "true", "set": ""}
    told = lab.asks.get(f"{data.API}/data/counts/", asked).json()
    assert (told["readings"], told["predictions"], told["by_source"]) == (6, 1, {"tracker": 6})


def test_no_question_is_answered_with_a_number_of_fixations(lab: SimpleNamespace) -> None:
    """A rater who asked for one film, or while readings come, would know single readings by their length."""
    told = lab.asks.get(f"{data.API}/data/counts/").json()
    assert "fixations" not in told and "fixation" not in told["sentence"]


def test_five_people_are_not_few_and_simulated_readers_alone_are_nobody_to_be_known(lab: SimpleNamespace) -> None:
    assert selectors.counts({"sources": ["simulated"]})["few"] is False
    for number in range(3):
        reader = selectors.Reader.objects.create(pseudonym=f"Guest {number}", basis="Ethics vote 12", for_research=True)
        assert selectors.counts({})["few"] is True
        study.reading(lab.cases[0], reader, study.path(60 + number), source="import")
    assert (selectors.counts({})["people"], selectors.counts({})["few"]) == (5, False)


def test_one_question_has_one_spelling() -> None:
    first = Query.read({"sources": ["simulated", "tracker", "tracker"], "set": None, "films": 0})
    assert first == Query.read({"sources": ["tracker", "simulated"]})
    assert Query.read(None).sources == ("tracker", "import", "simulated")
    assert Query.read(first.to_dict()) == first


@pytest.mark.parametrize(
    "query", [{"sources": "eyes"}, {"sources": ""}, {"simulated": "maybe"}, {"set": "x"}, {"sources": "tracker,"}]
)
def test_what_cannot_be_asked_is_refused(query: dict[str, str], lab: SimpleNamespace) -> None:
    answer = lab.asks.get(f"{data.API}/data/counts/", query)
    assert answer.status_code == 400
    assert answer.json()["type"] in {"/problems/invalid-query", "/problems/invalid"}


def test_a_set_that_is_not_there_and_a_question_that_finds_nothing_make_no_request(lab: SimpleNamespace) -> None:
    gone = data.ask(lab.asks, 400, set="00000000-0000-4000-8000-000000000000")
    assert gone["type"] == "/problems/invalid-query"
    nothing = data.ask(lab.asks, 409, sources=["clicks"])
    assert (nothing["type"], nothing["detail"][:12]) == ("/problems/nothing-to-release", "Nothing yet:")


def test_sets_to_ask_for_are_those_that_hold_published_cases(lab: SimpleNamespace) -> None:
    chosen = open_set(lab.faculty, *lab.cases, name="May")
    Case.objects.filter(title="Case 1").update(published=False)
    open_set(lab.faculty, lab.cases[0], name="June")
    assert selectors.sets_to_ask_for() == [{"id": str(chosen.pk), "name": "May", "cases": 2}]
