"""The plan: what may be chosen, how wide the intervals will be, and everything that stands in the way of a start."""

from __future__ import annotations

import re
from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps

from gazeapp.accounts.models import User
from gazeapp.cases.models import Case
from gazeapp.cases.services import hide
from gazeapp.ratings.models import Item, Study
from gazeapp.ratings.plan import plan_of
from gazeapp.recordings.models import FixationSet, Reader
from tests.cases.teaching import key_of
from tests.practice.conftest import consent
from tests.ratings.study import (
    API,
    close,
    film_case,
    path,
    plan,
    predicted,
    reading,
    start,
    take,
    version,
)

pytestmark = pytest.mark.django_db


def reasons(answer: Any) -> list[str]:
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (409, "/problems/study-cannot-start")
    return [reason["words"] for reason in problem["reasons"]]


def test_an_empty_plan_lacks_cases_sources_and_raters_all_said_at_once(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, [], [], [])
    said = reasons(start(lab.organiser, study))
    assert said == [f"Choose at least one {what}." for what in ("case", "source", "rater")]
    assert [problem["words"] for problem in study["problems"]] == said


def test_all_reasons_come_at_once_each_with_what_it_is_about(lab: SimpleNamespace) -> None:
    unread = film_case(lab.faculty, 9)
    study = plan(lab.organiser, [lab.cases[0], unread], ["human", "simulated", "model"], [lab.ada])
    found = start(lab.organiser, study).json()["reasons"]
    assert [(row["case"], row["source"].split()[0]) for row in found] == [
        (str(unread.pk), "Human"),
        (str(unread.pk), "Simulated"),
        (None, "Model"),
    ]
    assert all("“Case 9”" in row["words"] for row in found[:2])
    assert found[2]["words"].endswith(": 1 of 2 readings drawn for this study.")
    assert found == lab.organiser.get(f"{API}/studies/{study['id']}/").json()["problems"]
    assert Study.objects.get().state == "plan" and not Item.objects.exists()


def test_a_reading_whose_reader_did_not_agree_to_research_is_none(lab: SimpleNamespace) -> None:
    consent(lab.resident, teaching=True)
    study = plan(lab.organiser, lab.cases[:1], ["human"], [lab.ada])
    assert "agreed to research" in reasons(start(lab.organiser, study))[0]
    assert study["cases"][0]["readings"] == {"human": 0, "simulated": 1, "model": False}


def test_the_organiser_is_told_what_there_is_of_cases_before_they_are_taken(lab: SimpleNamespace) -> None:
    key_of(lab.cases[0], lab.faculty)
    unread = film_case(lab.faculty, 9)
    study = plan(lab.organiser, [], [], [])
    asked = "&".join(f"case={case.pk}" for case in (lab.cases[0], unread))
    address = f"{API}/studies/{study['id']}/offered/?{asked}"
    found = {row.pop("case"): row for row in lab.organiser.get(address).json()["cases"]}
    owner = lab.faculty.display_name
    assert found == {
        str(lab.cases[0].pk): {"human": 1, "simulated": 1, "key": True, "private": owner},
        str(unread.pk): {"human": 0, "simulated": 0, "key": False, "private": owner},
    }
    assert lab.first.get(address).status_code == 404
    assert lab.organiser.get(f"{API}/studies/{study['id']}/offered/?case=x").status_code == 400


@pytest.mark.parametrize("state", ["open", "discarded"])
def test_a_recording_that_is_not_complete_is_none(lab: SimpleNamespace, state: str) -> None:
    recording = lab.readings[0].recording
    type(recording).objects.filter(pk=recording.pk).update(state=state)
    study = plan(lab.organiser, lab.cases[:1], ["human"], [lab.ada])
    assert len(reasons(start(lab.organiser, study))) == 1


def test_dwells_of_the_aperture_count_only_when_somebody_ticks_it_and_clicks_never(lab: SimpleNamespace) -> None:
    recordings = type(lab.readings[0].recording).objects
    recordings.filter(pk=lab.readings[0].recording_id).update(source="aperture")
    recordings.filter(pk=lab.readings[1].recording_id).update(source="clicks")
    study = plan(lab.organiser, lab.cases[:2], ["human"], [lab.ada])
    assert [row["readings"]["human"] for row in study["cases"]] == [0, 0]
    study = plan(lab.organiser, lab.cases[:2], ["human"], [lab.ada], aperture=True)
    assert [row["readings"]["human"] for row in study["cases"]] == [1, 0]


def test_which_of_a_film_s_readings_is_shown_is_dealt_film_by_film(lab: SimpleNamespace) -> None:
    """Two people read every film, one always before the other: were it the newest that is shown, the source would be
    one person on all films. Over 60 seeds all four pairs of readers of two films come up; by chance one is missed in
    4 × .75⁶⁰, about one of eight million."""
    consent(lab.second_resident, research=True)
    second = {str(reading(case, lab.second_resident, path(40), age_days=-1).pk) for case in lab.cases[:2]}
    planned = plan(lab.organiser, lab.cases[:2], ["human"], [lab.ada])
    dealt = set()
    for seed in range(60):
        Study.objects.filter(pk=planned["id"]).update(seed=seed)
        found = plan_of(Study.objects.get())
        dealt.add(tuple(found.paths[place.pk, found.sources[0].pk].split(":")[1] in second for place in found.cases))
    assert dealt == {(one, other) for one in (False, True) for other in (False, True)}


def test_two_model_versions_are_two_sources(lab: SimpleNamespace) -> None:
    version("older", "f" * 64)
    for n, case in enumerate(lab.cases):
        predicted(case, path(50 + n), model_sha256="f" * 64, model_name="older")
    models = [row["sha256"] for row in lab.organiser.get(f"{API}/choices/").json()["models"]]
    chosen = [{"kind": "model", "model": model} for model in models]
    study = plan(lab.organiser, lab.cases, [], [lab.ada], sources=chosen)
    assert start(lab.organiser, study).status_code == 200
    assert len({source["label"] for source in study["sources"]}) == 2
    assert [source["model"] for source in study["sources"]] == models


@pytest.mark.parametrize("kind", ["shuffled", "centre", "other-case"])
def test_a_control_alone_is_refused_since_it_is_made_from_a_reading(lab: SimpleNamespace, kind: str) -> None:
    study = plan(lab.organiser, lab.cases[:2], [kind, "model"], [lab.ada])
    said = reasons(start(lab.organiser, study))
    assert len(said) == 2 and all("made from a reading" in words for words in said)


def test_controls_are_made_from_people_s_readings_or_else_from_simulated_ones(lab: SimpleNamespace) -> None:
    def bases(kinds: list[str]) -> set[str]:
        study = plan(lab.organiser, lab.cases, kinds, [lab.ada])
        assert start(lab.organiser, study).status_code == 200
        items = Item.objects.filter(study=study["id"], source__kind__in=["shuffled", "centre", "other-case"])
        found = {reference.rpartition(":")[2] for reference in items.values_list("reference", flat=True)}
        close(lab.organiser, study)
        return found

    human = {str(one.pk) for one in lab.readings}
    controls = ["shuffled", "centre", "other-case"]
    assert bases(["simulated", "human", *controls]) == human
    simulated = bases(["simulated", *controls])
    assert simulated and not simulated & human


def test_the_other_case_s_reading_is_the_next_one_s_going_round(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human", "other-case"], [lab.ada])
    start(lab.organiser, study)
    shown = dict(Item.objects.filter(source__kind="other-case").values_list("case__position", "reference"))
    pks = [one.pk for one in lab.readings]
    for n in (1, 2, 3):
        assert re.fullmatch(rf"displaced:\d+:other-case:\d+:fixations:{pks[n % 3]}", shown[n])


def test_controls_are_made_of_other_readings_than_the_one_that_is_shown_where_there_are(lab: SimpleNamespace) -> None:
    """Of three readings each is used once; of two there is no fourth, so the second is shown on another film; of one,
    that one."""
    consent(lab.second_resident, research=True)
    case, following = lab.cases[0], lab.cases[1]
    older = [reading(case, lab.second_resident, path(70 + n), age_days=n) for n in (1, 2)]
    elder = reading(following, lab.second_resident, path(80), age_days=1)
    study = plan(lab.organiser, lab.cases, ["human", "shuffled", "centre", "other-case"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    first = dict(Item.objects.filter(case__position=1).values_list("source__kind", "reference"))
    used = {kind: reference.rpartition(":")[2] for kind, reference in first.items()}
    own = {str(one.pk) for one in (lab.readings[0], *older)}
    assert {used["human"], used["shuffled"], used["centre"]} == own
    second = dict(Item.objects.filter(case__position=2).values_list("source__kind", "reference"))
    assert {used["other-case"], second["human"].rpartition(":")[2]} == {str(elder.pk), str(lab.readings[1].pk)}
    third = dict(Item.objects.filter(case__position=3).values_list("source__kind", "reference"))
    assert third["shuffled"].endswith(f":fixations:{lab.readings[2].pk}")  # it has one alone


def test_a_controls_seed_is_too_long_to_be_tried_through(lab: SimpleNamespace) -> None:
    """Whoever has all 31-bit seeds tried knows the one that scatters an item's very places about the centre. 128 bits
    are 39 digits, now and then one or two fewer."""
    study = plan(lab.organiser, lab.cases, ["human", "shuffled", "centre", "other-case"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    for kind, reference in Item.objects.exclude(source__kind="human").values_list("source__kind", "reference"):
        seeds = re.findall(r":(\d+):", reference)
        assert [len(seed) > 32 for seed in seeds] == [True] * reference.count("displaced:") + [True], kind
        assert len(reference) <= Item._meta.get_field("reference").max_length


def test_a_control_is_displaced_only_where_another_item_is_made_of_the_same_reading(lab: SimpleNamespace) -> None:
    """Its numbers would tell it from a reading. The first case has two readings, so its shuffled one is of the older,
    which nothing else is made of; the others have one each, which is shown too."""
    consent(lab.second_resident, research=True)
    reading(lab.cases[0], lab.second_resident, path(70), age_days=1)
    study = plan(lab.organiser, lab.cases, ["human", "shuffled"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    made = dict(Item.objects.filter(source__kind="shuffled").values_list("case__position", "reference"))
    assert [made[n].split(":")[0] for n in (1, 2, 3)] == ["shuffled", "displaced", "displaced"]
    assert len({made[n].split(":")[1] for n in (1, 2, 3)}) == 3
    shown = Item.objects.filter(source__kind="human").values_list("reference", flat=True)
    assert all(reference.startswith("fixations:") for reference in shown)


def test_whose_reading_a_control_is_made_of_cannot_rate(lab: SimpleNamespace) -> None:
    consent(lab.ada, research=True)
    reading(lab.cases[1], lab.ada, path(60), age_days=5)
    study = plan(lab.organiser, lab.cases, ["human", "shuffled"], [lab.ada])
    assert "ada is the reader" in reasons(start(lab.organiser, study))[0]


def test_the_reader_of_a_reading_that_is_not_dealt_cannot_rate_either(lab: SimpleNamespace) -> None:
    """Were only those refused whose reading is shown, an organiser could ask for one source at a time and learn whose
    it is. A study of the model's readings alone shows nobody's."""
    for person in (lab.ada, lab.ben):
        consent(person, research=True)
        reading(lab.cases[1], person, path(60), age_days=-1)
    for kinds in (["human"], ["human", "shuffled"], ["human", "shuffled", "centre"]):
        found = start(lab.organiser, plan(lab.organiser, lab.cases, kinds, [lab.ada, lab.ben])).json()["reasons"]
        assert [row["rater"] for row in found] == [lab.ada.pk, lab.ben.pk], kinds
    alone = plan(lab.organiser, lab.cases, ["model"], [lab.ada, lab.ben])
    assert start(lab.organiser, alone).status_code == 200


def test_the_reader_of_a_reading_that_is_not_dealt_cannot_be_added_later(lab: SimpleNamespace) -> None:
    consent(lab.ben, research=True)
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    reading(lab.cases[1], lab.ben, path(60), age_days=5)
    answer = take(lab.organiser, study, lab.ben)
    assert answer.json()["type"] == "/problems/rater-refused"
    assert "ben is the reader" in answer.json()["reasons"][0]["words"]


def test_who_brought_a_reading_cannot_rate(lab: SimpleNamespace) -> None:
    """A reader without an account: whoever imported the recording has looked at it."""
    brought = Reader.objects.create(pseudonym="R7", basis="agreed", for_research=True, declared_by=lab.ben)
    reading(lab.cases[1], brought, path(60), source="import", age_days=-1)
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada, lab.ben])
    found = start(lab.organiser, study).json()["reasons"]
    assert [(row["rater"], row["case"]) for row in found] == [(lab.ben.pk, str(lab.cases[1].pk))]
    assert "brought it" in found[0]["words"]


def test_one_case_has_no_other_case(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases[:1], ["human", "other-case"], [lab.ada])
    assert "second case" in reasons(start(lab.organiser, study))[0]


def test_a_film_that_two_cases_share_is_refused(lab: SimpleNamespace) -> None:
    twin = film_case(lab.faculty, 1, report="Another report.")
    study = plan(lab.organiser, [lab.cases[0], twin], ["human"], [lab.ada])
    assert "same film" in reasons(start(lab.organiser, study))[0]


def test_a_rater_who_is_the_reader_is_refused_by_name(lab: SimpleNamespace) -> None:
    consent(lab.ada, research=True)
    reading(lab.cases[1], lab.ada, path(60), age_days=-1)
    study = plan(lab.organiser, lab.cases, ["human", "model"], [lab.ada, lab.ben])
    found = start(lab.organiser, study).json()["reasons"]
    assert [(row["rater"], row["case"]) for row in found] == [(lab.ada.pk, str(lab.cases[1].pk))]
    assert "ada is the reader" in found[0]["words"]


def test_a_reader_may_rate_where_their_reading_is_not_shown(lab: SimpleNamespace) -> None:
    consent(lab.ada, research=True)
    reading(lab.cases[1], lab.ada, path(60), age_days=-1)
    study = plan(lab.organiser, lab.cases, ["simulated", "model"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200


def test_a_reader_cannot_come_later_as_a_rater(lab: SimpleNamespace) -> None:
    consent(lab.ben, research=True)
    reading(lab.cases[2], lab.ben, path(61), age_days=-1)
    study = plan(lab.organiser, lab.cases, ["human", "other-case"], [lab.ada])
    assert start(lab.organiser, study).status_code == 200
    answer = lab.organiser.post(f"{API}/studies/{study['id']}/raters/", {"user": lab.ben.pk}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/rater-refused")
    assert [row["case"] for row in answer.json()["reasons"]] == [str(lab.cases[2].pk)]


def test_who_rates_a_film_in_another_running_study_is_refused(lab: SimpleNamespace) -> None:
    """Else a rater could organise a study of one source, and learn there how it looks."""
    first = plan(lab.organiser, lab.cases[:2], ["human", "model"], [lab.ada])
    assert start(lab.organiser, first).status_code == 200
    own = plan(lab.first, lab.cases[1:], ["model"], [lab.ada, lab.ben])
    said = reasons(start(lab.first, own))
    assert said == ["ada rates “Case 2” in another study that is running."]
    close(lab.organiser, first)
    assert start(lab.first, own).status_code == 200


def test_the_organiser_is_told_of_readings_that_more_than_one_item_is_made_of(lab: SimpleNamespace) -> None:
    """Each of the three cases has one reading by a person, and the control is made of the same."""
    (told,) = plan(lab.organiser, lab.cases, ["human", "shuffled"], [lab.ada])["remarks"]
    assert told["words"].startswith("More than one item is made of 3 readings,")
    assert plan(lab.organiser, lab.cases, ["human", "model"], [lab.ada])["remarks"] == []


def test_somebody_who_lost_their_role_meanwhile_is_refused(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada, lab.ben])
    lab.ada.groups.clear()
    User.objects.filter(pk=lab.ben.pk).update(is_active=False)
    assert [row["rater"] for row in start(lab.organiser, study).json()["reasons"]] == [lab.ada.pk, lab.ben.pk]


@pytest.mark.parametrize("how", ["held", "not ready", "deleted"])
def test_a_case_that_cannot_be_shown_any_more_stands_in_the_way(lab: SimpleNamespace, how: str) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    if how == "held":
        hide(case=lab.cases[1], by=lab.faculty)
    elif how == "not ready":
        Case.objects.filter(pk=lab.cases[1].pk).update(state=Case.State.INGESTING)
    else:
        lab.cases[1].delete()
    said = reasons(start(lab.organiser, study))
    assert re.search("deleted" if how == "deleted" else "cannot be shown", said[0])


def test_a_reading_of_which_nothing_lies_on_the_film_is_found_at_the_start(lab: SimpleNamespace) -> None:
    away = [{"x": 1.4, "y": 0.5, "onset_s": 0.0, "duration_s": 0.4}]
    FixationSet.objects.filter(pk=lab.readings[0].pk).update(fixations=away)
    study = plan(lab.organiser, lab.cases, ["human", "shuffled"], [lab.ada])
    assert study["problems"] == []
    assert "nothing of it lies on the film" in reasons(start(lab.organiser, study))[0]


def test_what_is_chosen_must_be_there(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, [], [], [])
    nothing = "00000000-0000-0000-0000-000000000000"
    for body, kind in (
        ({"cases": [nothing]}, "case-unknown"),
        ({"raters": [lab.resident.pk]}, "rater-unknown"),
        ({"raters": [999_999]}, "rater-unknown"),
        ({"sources": [{"kind": "model", "model": "0" * 64}]}, "source-unknown"),
    ):
        answer = lab.organiser.patch(f"{API}/studies/{study['id']}/", body, format="json")
        assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{kind}")


def test_what_is_named_twice_counts_once(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, [lab.cases[0]] * 2, ["human", "human", "model", "model"], [lab.ada, lab.ada])
    assert [len(study[name]) for name in ("cases", "sources", "raters")] == [1, 2, 1]


def test_a_name_that_may_be_a_patient_s_is_refused(lab: SimpleNamespace) -> None:
    answer = lab.organiser.post(f"{API}/studies/", {"name": "Films of Mr. John Miller"}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/identity-suspected")


def test_the_width_line_narrows_with_cases_and_raters(lab: SimpleNamespace) -> None:
    """By the formula of `ml.rating.design.half_width`: 1.96 x sqrt(.64 (.5 + .5 / m) / n)."""
    one = plan(lab.organiser, lab.cases[:1], ["human"], [lab.ada])["width"]
    assert one["mean"] == pytest.approx(1.96 * 0.8, abs=1e-3)
    three = plan(lab.organiser, lab.cases, ["human"], [lab.ada, lab.ben])["width"]
    assert three["mean"] == pytest.approx(1.96 * (0.64 * 0.75 / 3) ** 0.5, abs=1e-3)
    assert "3 cases and 2 raters" in three["words"]
    assert plan(lab.organiser, [], ["human"], [])["width"]["mean"] is None


def test_the_plan_says_whose_film_raters_will_see_that_nobody_has_published(lab: SimpleNamespace) -> None:
    mine, published, simulated = (film_case(lab.faculty, number) for number in (11, 12, 13))
    Case.objects.filter(pk=published.pk).update(published=True)
    Case.objects.filter(pk=simulated.pk).update(simulated=True)
    study = plan(lab.organiser, [mine, published, simulated], ["human"], [lab.ada])
    assert [case["private"] for case in study["cases"]] == [lab.faculty.display_name, None, None]


def test_simulated_films_and_readers_label_the_study_and_people_s_make_that_partly(lab: SimpleNamespace) -> None:
    def labels(*sources: str) -> tuple[bool, bool]:
        study = plan(lab.organiser, lab.cases, list(sources), [lab.ada])
        row = next(row for row in lab.organiser.get(f"{API}/studies/").json()["results"] if row["id"] == study["id"])
        found = study["simulated"], study["partly_simulated"]
        assert found == (row["simulated"], row["partly_simulated"])
        return found

    assert labels("human") == (False, False)
    assert labels("simulated") == (True, True), "the films are not"
    Case.objects.filter(pk=lab.cases[0].pk).update(simulated=True)
    assert labels("human") == (True, True)
    Case.objects.filter(pk__in=[case.pk for case in lab.cases]).update(simulated=True)
    assert labels("human", "simulated") == (True, True)
    assert labels("simulated") == (True, False)


def test_too_many_items_are_refused(lab: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gazeapp.ratings.plan.MAX_ITEMS", 5)
    study = plan(lab.organiser, lab.cases, ["human", "model"], [lab.ada])
    assert reasons(start(lab.organiser, study)) == ["6 items are too many for one study; 5 are the most."]


def test_without_a_champion_the_versions_that_are_here_can_be_rated(
    lab: SimpleNamespace, settings: Any, tmp_path: Any
) -> None:
    settings.MEDGAZE_MODEL = tmp_path
    version("older", "f" * 64)
    (row,) = lab.organiser.get(f"{API}/choices/").json()["models"]
    assert row == {"sha256": "f" * 64, "name": "older", "simulated": True}


def test_another_faculty_member_neither_sees_nor_changes_a_plan_and_an_admin_does(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["human"], [lab.ada])
    url = f"{API}/studies/{study['id']}/"
    for ask in (lab.first.get, lab.first.delete):
        assert ask(url).status_code == 404
    assert lab.first.post(url + "start/").status_code == 404
    assert lab.first.get(f"{API}/studies/").json()["results"] == []
    assert lab.manager.patch(url, {"name": "Other"}, format="json").json()["name"] == "Other"


def test_controls_of_studies_that_were_there_before_stay_displaced(lab: SimpleNamespace) -> None:
    """By the seed that displaced them then, which is the control's own; the way back leaves them as they were."""
    consent(lab.second_resident, research=True)
    for case in lab.cases:
        reading(case, lab.second_resident, path(70), age_days=1)
    start(lab.organiser, plan(lab.organiser, lab.cases, ["human", "shuffled"], [lab.ada]))
    now = dict(Item.objects.values_list("pk", "reference"))
    migration = import_module("gazeapp.ratings.migrations.0004_displaced_controls")
    migration.wrap(apps, None)
    for pk, reference in now.items():
        kind, seed, *_ = reference.split(":")
        wrapped = f"displaced:{seed}:{reference}" if kind == "shuffled" else reference
        assert Item.objects.get(pk=pk).reference == wrapped
    migration.unwrap(apps, None)
    assert dict(Item.objects.values_list("pk", "reference")) == now
