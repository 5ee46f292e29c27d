"""What feedback shows: the key of the commit, other readings while their people consent, order, likeness, and numbers
that are worked out once for each set of inputs."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from rest_framework.test import APIClient

from gazeapp.accounts.services import make_person
from gazeapp.cases.models import AnswerKey, Case, Film
from gazeapp.core import registry
from gazeapp.practice import feedback as feedbacks
from gazeapp.practice.models import Attempt, Disagreement, Feedback
from gazeapp.recordings import services as recordings
from gazeapp.recordings.models import Reader
from gazeapp.scanpaths.models import FilmRegions, Prediction
from gazeapp.scanpaths.selectors import current_model
from ml.metrics.likeness import likenesses
from tests.cases.teaching import key_of
from tests.practice.conftest import consent
from tests.practice.reading import API, ELSEWHERE, HIT, begin, commit, dwells, feedback, read

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
PREDICTED = [(0.7, 0.3, 0.4), (0.3, 0.6, 0.5), (0.5, 0.5, 0.3), (0.2, 0.2, 0.2)]
PLACES = ((0.3, 0.6), (0.7, 0.3), (0.5, 0.5), (0.2, 0.2), (0.8, 0.8))
BOXES = {
    "right lower": [0.2, 0.5, 0.4, 0.7],
    "left upper": [0.6, 0.2, 0.8, 0.4],
    "heart": [0.45, 0.45, 0.55, 0.55],
    "right upper": [0.1, 0.1, 0.3, 0.3],
    "right lung": [0.0, 0.0, 0.5, 1.0],
}


@pytest.fixture
def resident(teaching: SimpleNamespace, client_for: ClientFor) -> APIClient:
    return client_for(teaching.resident)


def predict(case: Case) -> Prediction:
    onsets = np.cumsum([0.0, *(row[2] for row in PREDICTED)])
    fixations = [
        {"x": x, "y": y, "onset_s": float(onset), "duration_s": d, "ellipse": None}
        for (x, y, d), onset in zip(PREDICTED, onsets, strict=False)
    ]
    from django.utils import timezone

    return Prediction.objects.create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        model_sha256=current_model().sha256,
        model_name="demo",
        reading={"samples": [{"fixations": fixations, "source": "model", "capped": False}], "seed": 0},
        finished_at=timezone.now(),
    )


def regions(case: Case, problem: str = "") -> FilmRegions:
    from django.utils import timezone

    FilmRegions.objects.filter(film_sha256=case.film_id).delete()
    return FilmRegions.objects.create(
        film_sha256=case.film_id,
        model_sha256=current_model().sha256,
        boxes={} if problem else BOXES,
        problem=problem,
        found_at=timezone.now(),
    )


def another_reading(case: Case, **reader: Any) -> str:
    """A sealed recording of somebody else; gives their pseudonym."""
    owner = reader.pop("owner", None) or Reader.objects.create(pseudonym=f"R{Reader.objects.count()}", **reader)
    made = recordings.start_recording(reader=owner, case=case, source="simulated", aspect=case.aspect)
    writer = recordings.take(made)
    recordings.receive_part(
        recording=made, seq=0, writer=writer, body={"samples": dwells((0.5, 0.5), (0.2, 0.2), (0.3, 0.6))}
    )
    recordings.seal(recording=made, parts=1)
    return str(owner.pseudonym)


def labels(found: dict[str, Any], role: str) -> list[str]:
    return [reading["label"] for reading in found["readings"] if reading["role"] == role]


def test_feedback_says_how_far_from_a_finding_a_mark_still_hits_it(resident: APIClient) -> None:
    assert feedback(resident, read(resident, HIT))["hit_margin"] == 0.05


def test_without_a_prediction_the_feedback_is_there_and_says_so(resident: APIClient) -> None:
    found = feedback(resident, read(resident, HIT))
    assert found["prediction"] == {"state": "none"}
    assert labels(found, "predicted") == [] and found["similarity"] == [] and found["model"] is None


def test_a_predicted_reading_that_comes_later_is_in_the_next_look(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    attempt = read(resident, HIT, places=PLACES)
    feedback(resident, attempt)
    predict(teaching.cases[0])
    found = feedback(resident, attempt)
    assert labels(found, "predicted") == ["Predicted reading"]
    assert found["model"]["sha256"] == current_model().sha256
    assert Feedback.objects.count() == 2


def test_likeness_to_the_predicted_reading_is_that_of_the_fixations_shown(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    predict(teaching.cases[0])
    found = feedback(resident, read(resident, HIT, places=PLACES))
    own = [(f["x"], f["y"], f["duration_s"]) for f in found["readings"][0]["fixations"]]
    wanted = {row.measure: row.value for row in likenesses(own, PREDICTED)}
    assert {row["measure"]: row["value"] for row in found["similarity"]} == pytest.approx(wanted)
    assert all(row["shuffles"] == 99 for row in found["similarity"])


def test_the_order_of_first_visits_is_told_by_region_and_against_shuffles(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    """Own: right lower, left upper, heart, right upper. Predicted: left upper, right lower, heart, right upper. Of the
    six pairs five agree and one does not: tau is 4/6. A whole lung holds zones and says nothing of order."""
    predict(teaching.cases[0])
    regions(teaching.cases[0])
    order = feedback(resident, read(resident, HIT, places=PLACES))["order"]
    assert order["own"] == ["right lower", "left upper", "heart", "right upper"]
    assert order["predicted"] == ["left upper", "right lower", "heart", "right upper"]
    assert order["tau"] == pytest.approx(4 / 6)
    assert 0 <= order["percentile"] <= 100 and order["shuffles"] == 999
    assert f"{order['percentile']:.0f} %" in order["words"]


def test_three_regions_in_common_are_too_few_to_say(resident: APIClient, teaching: SimpleNamespace) -> None:
    predict(teaching.cases[0])
    regions(teaching.cases[0])
    order = feedback(resident, read(resident, HIT, places=PLACES[:3]))["order"]
    assert order["percentile"] is None
    assert order["words"] == "Too few to say: both visited 3 regions, and it takes 4."


def test_a_film_whose_regions_were_not_found_says_why_and_the_rest_is_there(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    predict(teaching.cases[0])
    regions(teaching.cases[0], problem="The right lung was not found on this film.")
    found = feedback(resident, read(resident, HIT, places=PLACES))
    assert found["order"] == {"words": "The right lung was not found on this film."}
    assert found["regions"]["problem"] == "The right lung was not found on this film."
    assert found["similarity"] and found["success"]


def test_the_same_inputs_are_worked_out_once_and_give_the_same(
    resident: APIClient, teaching: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict(teaching.cases[0])
    regions(teaching.cases[0])
    attempt = read(resident, HIT, places=PLACES)
    first = feedback(resident, attempt)
    stored = Feedback.objects.get().result
    Feedback.objects.all().delete()
    assert feedback(resident, attempt) == first
    assert Feedback.objects.get().result == stored
    monkeypatch.setattr(feedbacks, "work_out", lambda inputs: pytest.fail("worked out again"))
    assert feedback(resident, attempt) == first


def test_a_simulated_readers_reading_stands_beside_it(resident: APIClient, teaching: SimpleNamespace) -> None:
    name = another_reading(teaching.cases[0], simulated=True)
    found = feedback(resident, read(resident, HIT, places=PLACES))
    assert labels(found, "other") == [name]
    assert {row["to"] for row in found["similarity"]} == {found["readings"][-1]["id"]}


def test_another_residents_reading_is_shown_while_they_agree_and_gone_when_they_do_not(
    resident: APIClient, teaching: SimpleNamespace, client_for: ClientFor
) -> None:
    read(client_for(teaching.second_resident), HIT, places=PLACES)
    attempt = read(resident, HIT, places=PLACES)
    assert labels(feedback(resident, attempt), "other") == []
    consent(teaching.second_resident, research=True, training=True)
    assert labels(feedback(resident, attempt), "other") == []
    consent(teaching.second_resident, teaching=True)
    (shown,) = labels(feedback(resident, attempt), "other")
    assert shown == Reader.objects.get(user=teaching.second_resident).pseudonym
    assert teaching.second_resident.username not in str(feedback(resident, attempt))
    consent(teaching.second_resident)
    found = feedback(resident, attempt)
    assert labels(found, "other") == [] and found["similarity"] == []


def test_ones_own_readings_are_not_another_persons(resident: APIClient, teaching: SimpleNamespace) -> None:
    consent(teaching.resident, teaching=True)
    assert labels(feedback(resident, read(resident, HIT, places=PLACES)), "other") == []


def test_a_reader_stands_there_once(resident: APIClient, teaching: SimpleNamespace) -> None:
    twice = Reader.objects.create(pseudonym="Twice", basis="Ethics vote 12", for_teaching=True)
    for _ in range(2):
        another_reading(teaching.cases[0], owner=twice)
    other = another_reading(teaching.cases[0], simulated=True)
    assert labels(feedback(resident, read(resident, HIT, places=PLACES)), "other") == ["Twice", other]


def test_without_gaze_nothing_is_said_of_where_somebody_looked(resident: APIClient) -> None:
    attempt = begin(resident)
    done = commit(resident, attempt, answer="abnormal", aperture=False).json()
    found = feedback(resident, done)
    (finding,) = found["key"]["findings"]
    assert (finding["state"], finding["miss"], finding["miss_at"], finding["dwell_s"]) == ("missed", None, {}, None)
    assert found["coverage"]["words"].startswith("Where you looked was not recorded.")


def test_what_a_tracker_reader_brings_of_the_film_stands_for_their_own_reading(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    done = commit(resident, begin(resident), answer="abnormal", aperture=False).json()
    own = recordings.reader_of(teaching.resident)
    made = recordings.start_recording(reader=own, case=teaching.cases[0], source="import", aspect=64 / 48)
    recordings.receive_part(
        recording=made, seq=0, writer=recordings.take(made), body={"samples": dwells((0.3, 0.6), seconds=2.0)}
    )
    recordings.seal(recording=made, parts=1)
    found = feedback(resident, done)
    assert (found["readings"][0]["source"], found["coverage"]["words"]) == ("import", "")
    (finding,) = found["key"]["findings"]
    assert (finding["miss"], round(finding["dwell_s"], 1)) == ("decision", 2.0)


def test_a_recording_that_was_deleted_is_said_and_changes_no_count(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    done = read(resident, ELSEWHERE, places=((0.3, 0.6), (0.9, 0.1)))
    assert feedback(resident, done)["key"]["findings"][0]["miss"] == "recognition"
    assert resident.delete(f"/api/v1/recordings/{Attempt.objects.get().recording_id}/").status_code == 204
    found = feedback(resident, done)
    assert found["key"]["findings"][0]["miss"] is None
    assert found["coverage"]["words"].startswith("You deleted this recording")
    assert resident.get(f"{API}/progress/").json()["misses"]["recognition"] == 1


def test_people_come_before_simulated_readers_and_two_are_enough(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    for _ in range(3):
        another_reading(teaching.cases[0], simulated=True)
    person = another_reading(teaching.cases[0], basis="Ethics vote 12", for_teaching=True)
    found = labels(feedback(resident, read(resident, HIT, places=PLACES)), "other")
    assert len(found) == 2 and found[0] == person


def test_feedback_stays_with_the_key_of_its_commit_and_says_that_there_is_a_newer_one(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    attempt = read(resident, HIT)
    key_of(teaching.cases[0], teaching.faculty, normal=True)
    found = feedback(resident, attempt)
    assert (found["key"]["version"], found["newer_key"], found["success"]) == (1, True, True)
    assert len(found["key"]["findings"]) == 1


def test_a_draft_of_a_newer_key_is_nobodys_business_yet(resident: APIClient, teaching: SimpleNamespace) -> None:
    attempt = read(resident, HIT)
    key_of(teaching.cases[0], teaching.faculty, state="draft", normal=True, note="Not yet")
    found = feedback(resident, attempt)
    assert found["newer_key"] is False and "Not yet" not in str(found)


def test_the_key_of_the_commit_is_the_one_of_that_moment(resident: APIClient, teaching: SimpleNamespace) -> None:
    attempt = begin(resident)
    key_of(teaching.cases[0], teaching.faculty, normal=True)
    assert commit(resident, attempt, answer="normal").json()["success"] is True
    assert Attempt.objects.get(pk=attempt["id"]).key == AnswerKey.objects.get(version=2)


def test_feedback_on_a_case_that_was_deleted_says_so(resident: APIClient, teaching: SimpleNamespace) -> None:
    attempt = read(resident, HIT)
    teaching.cases[0].delete()
    answer = resident.get(f"{API}/attempts/{attempt['id']}/feedback/")
    assert (answer.status_code, answer.json()["type"]) == (410, "/problems/case-gone")


def test_an_objection_reaches_faculty_and_is_gone_when_they_close_it(
    resident: APIClient, teaching: SimpleNamespace, client_for: ClientFor
) -> None:
    attempt = read(resident, HIT)
    url = f"{API}/attempts/{attempt['id']}/disagree/"
    assert resident.post(url, {"words": "I see nothing there."}, format="json").status_code == 201
    assert resident.post(url, {"words": "I see <b>nothing</b> there."}, format="json").status_code == 201
    assert feedback(resident, attempt)["disagreed"] is True
    faculty = client_for(teaching.faculty)
    page = faculty.get("/teaching/").text
    assert page.count("I see &lt;b&gt;nothing&lt;/b&gt; there.") == 1
    assert teaching.resident.username not in page
    said = Disagreement.objects.get()
    assert resident.post(f"/teaching/objections/{said.pk}/close/").status_code == 403
    assert faculty.post(f"/teaching/objections/{said.pk}/close/").status_code == 302
    assert "nothing" not in faculty.get("/teaching/").text


@pytest.mark.parametrize(
    "words", ["Mr John Smith has no nodule.", "MRN 1234567 shows it better.", "Seen on 12.03.2024."]
)
def test_an_objection_names_nobody(resident: APIClient, teaching: SimpleNamespace, words: str) -> None:
    attempt = read(resident, HIT)
    answer = resident.post(f"{API}/attempts/{attempt['id']}/disagree/", {"words": words}, format="json")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/identity-suspected")
    assert not Disagreement.objects.exists()


def test_a_normal_film_called_abnormal_is_no_success_even_without_a_mark(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    read(resident, HIT), read(resident, HIT)
    attempt = begin(resident)
    done = commit(resident, attempt, answer="abnormal").json()
    assert (done["success"], done["answer"]) == (False, "abnormal")
    assert feedback(resident, done)["answer"] == {"given": "abnormal", "right": False}


@pytest.mark.parametrize(("confidence", "success"), [(3, True), (4, False)])
def test_a_false_mark_spoils_a_success_from_confidence_four(
    resident: APIClient, confidence: int, success: bool
) -> None:
    assert read(resident, HIT, {**ELSEWHERE, "confidence": confidence})["success"] is success


def test_a_mark_with_the_right_name_in_the_wrong_place_is_misplaced_and_spoils_nothing(resident: APIClient) -> None:
    done = read(resident, HIT, {"x": 0.9, "y": 0.1, "confidence": 5, "label": "Nodule"})
    assert done["success"] is True
    assert [mark["verdict"] for mark in feedback(resident, done)["marks"]] == ["hit", "misplaced"]


def test_a_dwell_beside_the_film_is_shown_and_compared_with_nothing(
    resident: APIClient, teaching: SimpleNamespace
) -> None:
    predict(teaching.cases[0])
    found = feedback(resident, read(resident, HIT, places=((0.3, 0.6), (1.2, 0.5), (0.7, 0.3), (0.5, 0.5))))
    assert len(found["readings"][0]["fixations"]) == 4
    inside = [(f["x"], f["y"], f["duration_s"]) for f in found["readings"][0]["fixations"] if f["x"] <= 1]
    wanted = {row.measure: row.value for row in likenesses(inside, PREDICTED)}
    assert {row["measure"]: row["value"] for row in found["similarity"]} == pytest.approx(wanted)


@pytest.mark.parametrize(("importance", "success"), [(1, True), (2, False), (3, False)])
def test_a_missed_finding_spoils_a_success_from_importance_two(
    resident: APIClient, teaching: SimpleNamespace, importance: int, success: bool
) -> None:
    key = teaching.cases[0].keys.get()
    shape = {"kind": "ellipse", "x": 0.8, "y": 0.8, "radius_x": 0.02, "radius_y": 0.02, "angle_deg": 0}
    key.findings.create(number=2, label="scar", shape=shape, importance=importance)
    done = read(resident, HIT)
    assert (done["success"], done["found"], done["findings"]) == (success, 1, 1 if success else 2)


def test_the_feedback_of_faculty_who_try_a_case_is_their_own(teaching: SimpleNamespace, client_for: ClientFor) -> None:
    other = make_person(username="teacher", password=None, roles=["faculty"], by="test")
    consent(other)
    client = client_for(other)
    assert feedback(client, read(client, HIT))["success"]


def rated_by_faculty(user: Any) -> Any:
    """Stands in for the app that keeps studies."""
    films = Film.objects.all() if user.has_role("faculty") else Film.objects.none()
    return films.values_list("pk", flat=True)


def test_who_rates_the_films_readings_blind_is_shown_their_own_alone(
    teaching: SimpleNamespace, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    clients = [client_for(teaching.faculty), client_for(teaching.admin)]
    seen = []
    for case in teaching.cases:  # the faculty member's own uploads are not given to them
        Case.objects.filter(pk=case.pk).update(owner=teaching.resident)
        predict(case)
        another_reading(case, simulated=True)
    monkeypatch.setattr(registry, "FILMS_RATED", "tests.practice.test_feedback.rated_by_faculty")
    for client in clients:
        found = feedback(client, read(client, HIT, places=PLACES))
        assert ("You rate readings" in found["order"]["words"]) is (client is clients[0])
        seen.append(([row["role"] for row in found["readings"]], found["prediction"]["state"], found["similarity"]))
    assert seen[0] == (["own"], "rated", [])
    assert seen[1][:2] == (["own", "predicted", "other"], "done") and seen[1][2]
