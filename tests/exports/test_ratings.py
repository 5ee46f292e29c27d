"""What raters said, in a release."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from gazeapp.accounts.services import make_person
from gazeapp.exports import selectors
from gazeapp.ratings.models import Answer
from tests.conftest import PASSWORD
from tests.exports import data
from tests.practice.conftest import consent
from tests.ratings import study

pytestmark = pytest.mark.django_db
KINDS = ["human", "model", "shuffled"]


@pytest.fixture
def rated(lab: SimpleNamespace, client_for: Callable[[Any], Any]) -> SimpleNamespace:
    """A study of the three cases' human, model and shuffled readings, rated by ada, who agrees to research, and by ben,
    who does not; still running. `close` closes it."""
    organiser = client_for(lab.faculty)
    people = [make_person(username=name, password=PASSWORD, roles=["faculty"], by="test") for name in ("ada", "ben")]
    consent(people[0], research=True)
    for n, case in enumerate(lab.cases):
        study.predicted(case, study.path(30 + n))
    planned = study.plan(organiser, lab.cases, KINDS, people, repeats=0.0)
    assert study.start(organiser, planned).status_code == 200
    for person in people:
        study.rate_all(client_for(person), note="I know that hand")
    lab.close = lambda: study.close(organiser, planned)
    lab.ada, lab.ben = people
    return lab


def test_ratings_of_running_studies_are_in_no_release(rated: SimpleNamespace) -> None:
    assert selectors.counts({"ratings": True})["ratings"] == 0
    assert data.rows(data.made(rated, ratings=True), "ratings.csv") == []


def test_what_a_model_drew_for_a_study_is_released_once_that_is_closed(rated: SimpleNamespace) -> None:
    """Beside the reading that pages show; each as often as there are cases."""
    counts = [selectors.counts({"predictions": True})["predictions"]]
    rated.close()
    counts.append(selectors.counts({"predictions": True})["predictions"])
    release = data.made(rated, predictions=True)
    assert counts == [3, 6]
    assert [row["source"] for row in data.rows(release, "readings.csv")].count("model") == 6


def test_a_closed_studys_ratings_name_reading_control_and_rater_by_pseudonym(rated: SimpleNamespace) -> None:
    """Three cases times human, model and shuffled; of ada alone."""
    rated.close()
    release = data.made(rated, ratings=True, predictions=True)
    rows = data.rows(release, "ratings.csv")
    assert len(rows) == release.counts["ratings"] == 9
    readings = {(row["case"], row["reading"]): row for row in data.rows(release, "readings.csv")}
    shown = [(row["shown"], readings[row["reading_case"], row["reading"]]["source"]) for row in rows]
    assert sorted(shown) == sorted([("reading", "tracker"), ("reading", "model"), ("shuffled", "tracker")] * 3)
    assert all(row["case"] == row["reading_case"] for row in rows)
    assert len({row["rater"] for row in rows}) == len({row["study"] for row in rows}) == 1
    first = rows[0]
    said = {name: first[name] for name in ("human_like", "comprehensive", "redundant", "confidence", "seconds")}
    assert said == {"human_like": "1", "comprehensive": "4", "redundant": "2", "confidence": "3", "seconds": "12.5"}


def test_ratings_of_what_is_not_in_the_release_stay_out(rated: SimpleNamespace) -> None:
    """Without predictions those of the model; when the rated people withdraw theirs and the controls made of them."""
    rated.close()
    shown = [row["shown"] for row in data.rows(data.made(rated, ratings=True), "ratings.csv")]
    assert sorted(shown) == ["reading"] * 3 + ["shuffled"] * 3
    consent(rated.resident)
    consent(rated.second_resident)
    assert data.rows(data.made(rated, ratings=True), "ratings.csv") == []


def test_a_rater_who_withdraws_is_absent_from_the_next_release(rated: SimpleNamespace) -> None:
    rated.close()
    consent(rated.ada)
    assert data.rows(data.made(rated, ratings=True), "ratings.csv") == []
    consent(rated.ben, research=True)
    assert len(data.rows(data.made(rated, ratings=True), "ratings.csv")) == 6


def test_a_rater_who_withdraws_while_it_is_made_is_absent(
    rated: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gazeapp.exports import storage

    rated.close()
    pack = storage.pack

    def withdrawing(*args: Any, **kwargs: Any) -> Any:
        consent(rated.ada)
        return pack(*args, **kwargs)

    monkeypatch.setattr(storage, "pack", withdrawing)
    assert data.rows(data.made(rated, ratings=True), "ratings.csv") == []


def test_of_a_corrected_answer_the_last_is_given(rated: SimpleNamespace) -> None:
    answer = Answer.objects.filter(assignment__rater__user=rated.ada, assignment__item__source__kind="human").first()
    assert answer is not None
    answer.pk, answer.number, answer.confidence, answer._state.adding = None, 2, 5, True
    answer.save()
    rated.close()
    rows = data.rows(data.made(rated, ratings=True), "ratings.csv")
    assert sorted(row["confidence"] for row in rows) == ["3"] * 5 + ["5"]


def test_the_table_is_in_the_dictionary_and_holds_no_notes(rated: SimpleNamespace) -> None:
    rated.close()
    release = data.made(rated, ratings=True)
    table = data.shown(rated.asks, release)["dictionary"]["tables"]["ratings.csv"]
    assert [column["name"] for column in table["columns"]] == list(data.rows(release, "ratings.csv")[0])
    assert b"I know that hand" not in b"".join(data.contents(data.folder(release)).values())
    assert "ratings.csv" not in data.shown(rated.asks, data.made(rated))["dictionary"]["tables"]


def test_a_study_with_simulated_readings_says_so(lab: SimpleNamespace, client_for: Callable[[Any], Any]) -> None:
    organiser = client_for(lab.faculty)
    consent(lab.admin, research=True)
    planned = study.plan(organiser, lab.cases, ["simulated", "shuffled"], [lab.admin], repeats=0.0)
    assert study.start(organiser, planned).status_code == 200
    study.rate_all(client_for(lab.admin))
    study.close(organiser, planned)
    rows = data.rows(data.made(lab, ratings=True), "ratings.csv")
    assert len(rows) == 6 and {row["simulated"] for row in rows} == {"1"}
