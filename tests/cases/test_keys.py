"""Writing an answer key: drafts, what they must hold to be approved, versions, and two authors at once."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.cases import services
from gazeapp.cases.models import AnswerKey, Case, Finding
from gazeapp.core.models import AuditEvent, Event
from tests.cases.films import stored_case
from tests.cases.teaching import ELLIPSE, open_set

pytestmark = pytest.mark.django_db
FINDING = {"label": "nodule", "shape": ELLIPSE, "importance": 3, "note": "Behind the rib."}


@pytest.fixture
def case(cast: SimpleNamespace) -> Case:
    return stored_case(cast.resident, np.arange(64 * 48).reshape(64, 48))


@pytest.fixture
def api(case: Case, cast: SimpleNamespace, client_for: Any) -> Any:
    """Asks as faculty: api("put", {...}), or with a path below the key's."""

    def ask(method: str, body: Any = None, path: str = "", person: Any = None) -> Any:
        client = client_for(person or cast.faculty)
        return getattr(client, method)(f"/api/v1/cases/{case.pk}/key/{path}", body, format="json")

    return ask


def saved(api: Any, **more: Any) -> Any:
    """The draft as it was saved."""
    answer = api("put", {"normal": False, "findings": [FINDING], "changed_at": None, **more})
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_draft_keeps_what_was_drawn_and_numbers_it(api: Any, cast: SimpleNamespace) -> None:
    polygon = {"kind": "polygon", "points": [[0.1, 0.1], [0.2, 0.1], [0.2, 0.3]]}
    draft = saved(api, note="Look at the apices.", findings=[FINDING, {"shape": polygon}])
    assert (draft["version"], draft["state"], draft["normal"], draft["note"]) == (
        1,
        "draft",
        False,
        "Look at the apices.",
    )
    first, second = draft["findings"]
    assert {name: first[name] for name in FINDING} == FINDING
    assert (first["number"], second["number"]) == (1, 2)
    assert (second["label"], second["importance"], second["shape"]) == ("", 2, polygon)
    assert api("get").json() == {"approved": None, "draft": draft}
    assert draft["author"]["name"] == cast.faculty.display_name


def test_saving_again_replaces_the_one_draft(api: Any, case: Case) -> None:
    first = saved(api)
    again = saved(api, normal=True, findings=[], changed_at=first["changed_at"])
    assert (again["id"], again["version"], again["findings"]) == (first["id"], 1, [])
    assert case.keys.count() == 1 and not Finding.objects.exists()


@pytest.mark.parametrize("stale", [None, "2026-01-01T00:00:00Z"])
def test_two_authors_do_not_write_over_each_other_silently(api: Any, cast: SimpleNamespace, stale: Any) -> None:
    mine = saved(api)
    for method, path in (("put", ""), ("post", "approve/")):
        answer = api(method, {"normal": True, "changed_at": stale}, path, cast.admin)
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/changed-meanwhile")
    assert api("delete", path=f"?changed_at={stale or ''}").status_code in {400, 409}
    assert api("get").json()["draft"] == mine


def test_a_draft_that_was_approved_meanwhile_is_not_begun_again_unseen(api: Any) -> None:
    draft = saved(api)
    assert api("post", {"changed_at": draft["changed_at"]}, "approve/").status_code == 200
    answer = api("put", {"normal": True, "changed_at": draft["changed_at"]})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/changed-meanwhile")


def test_an_approved_key_stays_as_it_is_and_a_change_begins_the_next_version(
    api: Any, case: Case, cast: SimpleNamespace
) -> None:
    draft = saved(api)
    answer = api("post", {"changed_at": draft["changed_at"]}, "approve/").json()
    assert (answer["approved"]["state"], answer["approved"]["version"]) == ("approved", 1)
    assert answer["approved"]["approved_by"]["name"] == cast.faculty.display_name
    second = saved(api, normal=True, findings=[])
    assert second["version"] == 2
    kept = api("get").json()["approved"]
    assert kept == answer["approved"] and kept["findings"] == draft["findings"]
    assert [key.version for key in AnswerKey.objects.filter(case=case)] == [2, 1]


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        ({"normal": None}, "Say whether the film is normal."),
        ({"findings": []}, "A film that is not normal needs a finding."),
        ({"normal": True}, "A normal film has incidental findings only."),
        ({"findings": [{**FINDING, "label": " "}]}, "Finding 1 has no label."),
        ({"findings": [FINDING, {**FINDING, "shape": {**ELLIPSE, "x": 0.05}}]}, "Finding 2 reaches over"),
        ({"findings": [{**FINDING, "shape": {**ELLIPSE, "y": 0.98}}]}, "Finding 1 reaches over"),
    ],
)
def test_what_is_not_complete_is_not_approved(api: Any, draft: dict[str, Any], fault: str) -> None:
    seen = saved(api, **draft)["changed_at"]
    answer = api("post", {"changed_at": seen}, "approve/")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/key-incomplete")
    assert len(answer.json()["faults"]) == 1 and fault in answer.json()["faults"][0]
    assert api("get").json()["approved"] is None


@pytest.mark.parametrize("findings", [[], [{**FINDING, "importance": 1}]])
def test_a_normal_film_may_have_incidental_findings(api: Any, findings: list[Any]) -> None:
    seen = saved(api, normal=True, findings=findings)["changed_at"]
    assert api("post", {"changed_at": seen}, "approve/").status_code == 200


def test_a_name_in_a_key_is_asked_about_before_it_is_shown_to_anybody(api: Any) -> None:
    seen = saved(api, note="Mr. John Miller, born 12/03/1956, had this before.")["changed_at"]
    answer = api("post", {"changed_at": seen}, "approve/")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/identity-suspected")
    digests = [one["digest"] for one in answer.json()["flagged"]]
    assert api("post", {"changed_at": seen, "confirmed": digests}, "approve/").status_code == 200


@pytest.mark.parametrize(
    "shape",
    [
        None,
        "ellipse",
        {"kind": "circle"},
        {**ELLIPSE, "x": 1.2},
        {**ELLIPSE, "x": True},
        {**ELLIPSE, "radius_x": 0},
        {**ELLIPSE, "angle_deg": "20"},
        {"kind": "polygon", "points": [[0, 0], [1, 1]]},
        {"kind": "polygon", "points": [[0, 0], [1, 1], [2, 2]]},
        {"kind": "polygon", "points": [[0, 0], [1], [0, 1]]},
        {"kind": "polygon", "points": "x"},
    ],
)
def test_what_is_no_shape_is_refused(api: Any, shape: Any) -> None:
    answer = api("put", {"findings": [{**FINDING, "shape": shape}], "changed_at": None})
    assert answer.status_code == 400 and "findings" in answer.json()["errors"]
    assert not AnswerKey.objects.exists()


def test_a_shape_keeps_its_own_fields_only(api: Any) -> None:
    draft = saved(api, findings=[{**FINDING, "shape": {**ELLIPSE, "points": [], "extra": 1}}])
    assert draft["findings"][0]["shape"] == ELLIPSE


def test_a_draft_can_be_thrown_away(api: Any, case: Case) -> None:
    draft = saved(api)
    assert api("delete", path=f"?changed_at={draft['changed_at']}").status_code == 204
    assert not case.keys.exists()
    answer = api("delete")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/no-draft")


def test_versions_say_who_approved_and_how_many_attempts_each_has_judged(
    api: Any, case: Case, cast: SimpleNamespace, practised: SimpleNamespace
) -> None:
    seen = saved(api)["changed_at"]
    api("post", {"changed_at": seen}, "approve/")
    saved(api, normal=True)
    practised.commit(cast.resident, case)
    newest, oldest = api("get", path="versions/").json()
    assert (newest["version"], newest["state"], newest["attempts"]) == (2, "draft", 0)
    assert (oldest["version"], oldest["attempts"], oldest["findings"]) == (1, 1, 1)


def test_followers_of_the_case_hear_of_a_key_but_not_what_is_in_it(api: Any, case: Case) -> None:
    first = saved(api, note="Secret")
    again = saved(api, note="Still secret", changed_at=first["changed_at"])
    api("post", {"changed_at": again["changed_at"]}, "approve/")
    told = Event.objects.filter(subject=case.subject, type="case.key").order_by("seq")
    assert [event.data for event in told] == [{"state": "draft", "version": 1}, {"state": "approved", "version": 1}]
    trail = AuditEvent.objects.filter(verb__startswith="key.").order_by("id")
    assert [row.verb for row in trail] == ["key.draft", "key.approve"]
    assert "ecret" not in str([row.detail for row in trail])


def test_after_approving_the_next_draft_is_named(api: Any, case: Case, cast: SimpleNamespace) -> None:
    mine, set_case, other = (
        stored_case(cast.resident, np.arange(80 + n).reshape(1, 80 + n), title=f"{n}") for n in range(3)
    )
    open_set(cast.faculty, set_case, open=False)

    def approved() -> Any:
        seen = saved(api)["changed_at"]
        return api("post", {"changed_at": seen}, "approve/").json()["next"]

    services.save_draft(case=other, by=cast.admin, normal=True, note="", findings=[], seen=None)
    assert approved() == str(set_case.pk)
    services.save_draft(case=mine, by=cast.faculty, normal=True, note="", findings=[], seen=None)
    assert approved() == str(mine.pk)


def test_a_key_is_gone_with_its_case(api: Any, case: Case, cast: SimpleNamespace) -> None:
    saved(api)
    services.delete_case(case=case, by=cast.resident)
    assert not AnswerKey.objects.exists() and not Finding.objects.exists()
