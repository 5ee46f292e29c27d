"""Consent is asked when an item is served: what was withdrawn, deleted or held after the start is passed over."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from gazeapp.cases.models import Case
from gazeapp.cases.services import hide
from gazeapp.ratings.models import Assignment, Item
from gazeapp.ratings.selectors import waiting
from gazeapp.recordings import services as recordings
from gazeapp.recordings.models import FixationSet
from gazeapp.scanpaths.models import Prediction
from tests.practice.conftest import consent
from tests.ratings.study import close, item, next_of, queued, rate_all, submit

pytestmark = pytest.mark.django_db


def withdraw(lab: SimpleNamespace, how: str) -> None:
    if how == "consent":
        consent(lab.resident, teaching=True)
    elif how == "recording":
        for one in lab.readings:
            recordings.discard(recording=one.recording, by=lab.resident)
    elif how == "case":
        for case in lab.cases[1:]:
            case.delete()
    elif how == "hidden":
        for case in lab.cases[1:]:
            hide(case=case, by=lab.faculty)
    else:
        Case.objects.filter(pk__in=[case.pk for case in lab.cases[1:]]).update(held=True)


# Of nine items (three cases; human, model, order shuffled): what is left. A film goes with its reading.
LEFT = {"consent": 0, "recording": 0, "case": 3, "hidden": 3, "held": 3}


@pytest.mark.parametrize("how", LEFT)
def test_what_was_withdrawn_after_the_start_is_passed_over(running: SimpleNamespace, how: str) -> None:
    withdraw(running, how)
    done = rate_all(running.first)
    first = [pk for pk in done if not Assignment.objects.get(pk=pk).repeat]
    assert len(first) == LEFT[how]
    (row,) = queued(running.first)
    assert (row["done"], row["of"], row["next"]) == (len(done), 10, None)  # nine, and one of them again
    cells = running.organiser.get(running.url + "board/").json()
    states = [cell["state"] for name, cell in cells["cells"].items() if name.startswith(f"{running.ada.pk}:")]
    assert states.count("withdrawn") == 9 - LEFT[how] and states.count("answered") == LEFT[how]
    gone = 9 - LEFT[how]
    assert any(f"{gone} items cannot be shown any more" in row["words"] for row in cells["holds"])
    close(running.organiser, running.study)
    found = running.organiser.get(running.url + "results/").json()
    assert found["withdrawn"] == gone
    assert sum(row["withdrawn"] for row in found["items"]) == gone


def human_item(running: SimpleNamespace) -> Assignment:
    """Ada's first item of the first film that is a person's reading."""
    return Assignment.objects.get(
        rater__user=running.ada, item__source__kind="human", item__case__position=1, repeat=False
    )


def take_back(running: SimpleNamespace, place: int) -> None:
    recordings.discard(recording=running.readings[place - 1].recording, by=running.resident)


def test_an_item_that_is_open_on_a_page_when_it_is_withdrawn_leads_on(running: SimpleNamespace) -> None:
    """Shown, then withdrawn, then asked for again."""
    assignment = human_item(running)
    assert item(running.first, str(assignment.pk)).status_code == 200
    take_back(running, 1)
    answer = item(running.first, str(assignment.pk))
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/path-gone")
    following = answer.json()["next"]
    assert item(running.first, following).status_code == 200
    assert Assignment.objects.get(pk=following).item.case.position != 1


def test_a_film_is_passed_over_whole_so_that_its_other_items_are_not_known_to_be_the_models(
    running: SimpleNamespace,
) -> None:
    """Ada has rated the first film's reading, Ben none of it: neither sees another item of that film."""
    while True:
        shown = next_of(running.first)
        submit(running.first, shown)
        if Assignment.objects.get(pk=shown).item == human_item(running).item:
            break
    before = {row.pk for row in Assignment.objects.filter(rater__user=running.ada, answered_at__isnull=False)}
    take_back(running, 1)
    films = {
        name: {Assignment.objects.get(pk=pk).item.case.position for pk in rate_all(client)}
        for name, client in (("ada", running.first), ("ben", running.second))
    }
    assert films["ben"] == {2, 3}
    after = Assignment.objects.filter(rater__user=running.ada, answered_at__isnull=False).exclude(pk__in=before)
    assert {row.item.case.position for row in after} <= {2, 3} and after.exists()


def test_one_item_of_a_film_that_is_gone_closes_the_others_when_they_are_asked_for(running: SimpleNamespace) -> None:
    own = Assignment.objects.filter(rater__user=running.ada, repeat=False, item__case__position=1)
    model = own.get(item__source__kind="model")
    assert item(running.first, str(model.pk)).status_code == 200
    take_back(running, 1)
    assert item(running.first, str(model.pk)).status_code == 410


def test_the_refusal_is_the_same_whatever_is_gone(running: SimpleNamespace) -> None:
    """So a rater does not learn that it was a person's reading, or the model's."""
    own = Assignment.objects.filter(rater__user=running.ada, repeat=False, item__case__position=1)
    human, model = own.get(item__source__kind="human"), own.get(item__source__kind="model")
    FixationSet.objects.all().delete()
    Prediction.objects.all().delete()
    first, second = (item(running.first, str(one.pk)) for one in (human, model))
    assert (first.status_code, first.content) == (410, second.content)


def test_what_nobody_could_see_once_stays_passed_over_for_all(running: SimpleNamespace) -> None:
    """Also when it is agreed to again. The other films are there again."""
    withdraw(running, "consent")
    item(running.first, str(human_item(running).pk))
    consent(running.resident, research=True)
    assert {row.case.position for row in Item.objects.exclude(gone_at=None)} == {1}
    assert Item.objects.exclude(gone_at=None).count() == 3
    assert item(running.first, str(human_item(running).pk)).status_code == 410
    assert {Assignment.objects.get(pk=pk).item.case.position for pk in rate_all(running.second)} == {2, 3}


def test_a_reading_that_breaks_after_the_start_does_not_hold_a_rater_up(running: SimpleNamespace) -> None:
    """By its row it is there, but nothing of it can be shown: the queue would lead to it for ever."""
    FixationSet.objects.filter(recording=running.readings[0].recording).update(fixations=[])
    answered = 0
    ident = queued(running.first)[0]["next"]
    for _ in range(20):
        if ident is None:
            break
        answer = item(running.first, ident)
        if answer.status_code == 200:
            answer = submit(running.first, ident)
            answered += 1
        ident = answer.json()["next"]
    assert answered >= 6
    assert queued(running.first)[0]["next"] is None


def test_an_answer_given_before_the_withdrawal_stays(running: SimpleNamespace) -> None:
    for _ in range(10):
        submit(running.first, next_of(running.first))
    withdraw(running, "consent")
    (row,) = queued(running.first)
    assert (row["done"], row["of"]) == (10, 10)
    close(running.organiser, running.study)
    found = running.organiser.get(running.url + "results/").json()
    assert {row["n"] for row in found["results"]["questions"]["redundant"]["sources"].values()} == {3}
    assert found["withdrawn"] == 9


def test_no_number_in_the_queue_moves_by_a_withdrawal(running: SimpleNamespace) -> None:
    """Fewer to come would tell that a person's reading was among them; as many, that it was the one just answered."""
    submit(running.first, next_of(running.first))
    (before,) = queued(running.first)
    take_back(running, 1)
    (after,) = queued(running.first)
    assert (before["done"], before["of"]) == (after["done"], after["of"]) == (1, 10)
    assert before["minutes"] == after["minutes"]


def test_when_all_that_is_left_was_withdrawn_nothing_waits(running: SimpleNamespace) -> None:
    FixationSet.objects.all().delete()
    Prediction.objects.all().delete()
    (row,) = queued(running.first)
    assert (row["done"], row["of"], row["next"], row["minutes"]) == (0, 10, None, 0)
    assert waiting(running.ada) == 0
