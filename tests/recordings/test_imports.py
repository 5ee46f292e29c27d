"""An eye tracker's file from the upload to recordings: recognised, matched, previewed, saved once, forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Q
from django.utils import timezone

from gazeapp.core.jobs import give_up
from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.recordings import selectors, services, spool
from gazeapp.recordings.models import FixationSet, ImportSession, Reader, Recording, RecordingPart
from gazeapp.recordings.reading import Place
from gazeapp.recordings.services.saving import Chosen, Whose
from ml.gaze.detection import detect_fixations
from tests.cases.films import stored_case
from tests.cases.teaching import open_set
from tests.recordings.gaze_files import URL, asc, dwells, look

Bring = Callable[..., dict[str, Any]]
ClientFor = Callable[[Any], Any]
REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "eyelink"
MIDDLE = [
    (960.0, 540.0),
    (690.0, 270.0),
    (1230.0, 810.0),
]  # of a square film on 1920 × 1080: (.5, .5) (.25, .25) (.75, .75)
MINE = {"mine": True}


def chosen(case: Any, trial: int = 1, eye: str = "left", **place: Any) -> dict[str, Any]:
    return {"trial": trial, "case": str(case.pk), "eye": eye, **place}


def save(client: Any, brought: dict[str, Any], *trials: dict[str, Any], whose: dict[str, Any] | None = None) -> Any:
    return client.post(f"{URL}{brought['id']}/save/", {"whose": whose or MINE, "trials": list(trials)}, format="json")


# --- recognised ------------------------------------------------------------------------------------------------------


def test_a_file_is_recognised_with_device_rate_screen_and_its_trials(cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("Square film", dwells(MIDDLE)), ("another", dwells(MIDDLE))))
    assert found["state"] == "recognised"
    facts = found["recognised"]
    assert (facts["format"], facts["device"], facts["rate_hz"]) == ("EyeLink ASC", "EyeLink Portable Duo", 500.0)
    assert (facts["screen_px"], facts["accuracy_deg"]) == ([1920, 1080], {"left": 0.27})
    assert [trial["name"] for trial in found["trials"]] == ["Square film", "another"]
    assert found["trials"][0]["eyes"] == [{"eye": "left", "samples": 600, "lost": 0.0, "fixations": 0}]


def test_a_trial_is_proposed_to_the_case_whose_title_it_says(cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("square FILM", dwells(MIDDLE)), ("neither", dwells(MIDDLE))))
    first, second = (trial["proposal"] for trial in found["trials"])
    assert (first["case"]["id"], first["why"]) == (str(cases.square.pk), "title")
    assert second is None


@pytest.mark.parametrize("how", ["id", "film", "picture"])
def test_a_trial_is_proposed_by_id_film_or_picture(how: str, cast: Any, cases: Any, bring: Bring) -> None:
    stored_case(cast.resident, np.arange(64 * 65).reshape(64, 65), title="wide")
    words = {
        "id": f"case {cases.wide.pk}",
        "film": f"sha {cases.wide.film_id[:12]}",
        "picture": "show C:\\images\\wide.png",
    }
    found = bring(cast.resident, asc((words[how], dwells(MIDDLE))))
    assert found["trials"][0]["proposal"]["why"] == how


def test_what_fits_two_cases_is_proposed_to_none(cast: Any, cases: Any, bring: Bring) -> None:
    stored_case(cast.resident, np.arange(64 * 66).reshape(64, 66), title="Square film")
    assert bring(cast.resident, asc(("Square film", dwells(MIDDLE))))["trials"][0]["proposal"] is None


def test_the_only_case_is_proposed_to_every_trial(cast: Any, cases: Any, bring: Bring) -> None:
    cases.wide.delete()
    assert bring(cast.resident, asc(("x", dwells(MIDDLE))))["trials"][0]["proposal"]["why"] == "only"


def test_nothing_that_the_file_says_or_is_called_is_kept_or_logged(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    found = bring(cast.resident, asc(("Doe Jane 1.2.1970", dwells(MIDDLE))), name="Miller_John.asc")
    client = client_for(cast.resident)
    client.post(f"{URL}{found['id']}/preview/", chosen(cases.square), format="json")
    assert save(client, found, chosen(cases.square)).status_code == 200
    rows = [ImportSession, Recording, RecordingPart, FixationSet, Job, Event, AuditEvent]
    kept = json.dumps([list(model.objects.values()) for model in rows], default=str) + caplog.text
    kept += "".join(str(path) for path in Path(settings.QUARANTINE_DIR).rglob("*"))
    assert not [word for word in ("Miller", "John", "Doe", "Jane", "1.2.1970") if word in kept]


def test_the_bytes_as_they_came_go_as_soon_as_they_are_recognised(cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    folder = spool.folder(ImportSession.objects.get(pk=found["id"]).pk)
    assert not (folder / "file").exists()
    assert (folder / "work" / "gaze.bin").exists()
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_refused_file_says_why_and_nothing_of_it_stays(cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE)), screen=""))
    assert (found["state"], found["problem"]["type"]) == ("refused", "/problems/gaze-screen-in-doubt")
    assert "how large the screen was" in found["problem"]["detail"]
    assert not spool.folder(ImportSession.objects.get(pk=found["id"]).pk).exists()


def test_the_job_done_twice_changes_nothing(cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    before = ImportSession.objects.values().get()
    services.recognise(session_id=found["id"], lease=SimpleNamespace(finish=lambda write=None: None))  # type: ignore[arg-type]
    assert ImportSession.objects.values().get() == before


# --- previewed -------------------------------------------------------------------------------------------------------


def test_the_preview_shows_fixations_on_the_film_and_writes_nothing(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    answer = client_for(cast.resident).post(f"{URL}{found['id']}/preview/", chosen(cases.square), format="json").json()
    assert [(f["x"], f["y"]) for f in answer["fixations"]] == [(0.5, 0.5), (0.25, 0.25), (0.75, 0.75)]
    assert answer["fixations"][1]["onset_s"] == 0.4
    assert (answer["rate_hz"], answer["lost"], answer["off_film"]) == (500.0, 0.0, 0.0)
    assert answer["box"] == {"left": 420.0, "top": 0.0, "width": 1080.0, "height": 1080.0}
    assert not Recording.objects.exists()


def test_a_box_that_somebody_gives_moves_the_places(cast: Any, cases: Any, bring: Bring, client_for: ClientFor) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    body = chosen(cases.square, box=[690, 270, 540])
    answer = client_for(cast.resident).post(f"{URL}{found['id']}/preview/", body, format="json").json()
    assert [(f["x"], f["y"]) for f in answer["fixations"]] == [(0.5, 0.5), (0.0, 0.0), (1.0, 1.0)]


@pytest.mark.parametrize(
    ("header", "place", "kind"),
    [
        ("time_ms,x_px,y_px", {}, "screen-unknown"),
        ("time_ms,x_px,y_px", {"screen_px": [1920, 1080], "box": [0, 0, 100]}, "mapping-in-doubt"),
        ("time_ms,x_px,y_px", {"screen_px": [1920, 1080], "box": [3000, 0, 500]}, "box-invalid"),
        ("time_ms,x_filmpx,y_filmpx", {}, "film-size-unknown"),
        ("time_ms,x_filmpx,y_filmpx", {"film_px": [2048, 2048]}, "film-size-differs"),
        ("time_ms,x_filmpx,y_filmpx", {"film_px": [64, 64]}, "mapping-in-doubt"),  # the right size, other pixels
    ],
)
def test_what_is_in_doubt_is_refused_with_its_reason(
    header: str, place: dict[str, Any], kind: str, cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    rows = "\n".join(f"{t},{x},{y}" for t, x, y in dwells(MIDDLE))
    found = bring(cast.resident, f"{header}\n{rows}")
    body = chosen(cases.square, eye="gaze", **place)
    answer = client_for(cast.resident).post(f"{URL}{found['id']}/preview/", body, format="json")
    assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{kind}")
    refused = save(client_for(cast.resident), found, body)
    assert (refused.json()["type"], refused.json()["trial"]) == (f"/problems/{kind}", 1)
    assert not Recording.objects.exists()


def test_a_trial_without_its_eye_or_without_fixations_is_refused(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE)[:20])))
    client = client_for(cast.resident)
    for body, kind in ((chosen(cases.square, eye="right"), "eye-unknown"), (chosen(cases.square), "no-fixations")):
        answer = client.post(f"{URL}{found['id']}/preview/", body, format="json")
        assert answer.json()["type"] == f"/problems/{kind}"


# --- saved -----------------------------------------------------------------------------------------------------------


def test_each_trial_becomes_a_sealed_recording_with_our_fixations(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE)), ("y", dwells(MIDDLE * 3))))
    answer = save(client_for(cast.resident), found, chosen(cases.square), chosen(cases.wide, 2))
    assert answer.status_code == 200
    first, second = (Recording.objects.get(pk=pk) for pk in answer.json()["recordings"])
    assert (first.source, first.state, first.device, first.rate_hz) == (
        "import",
        "sealed",
        "EyeLink Portable Duo",
        500.0,
    )
    assert (first.case_id, first.film_sha256, first.samples) == (cases.square.pk, cases.square.film_id, 600)
    assert first.reader.user == cast.resident
    assert (first.quality["eye"], first.quality["accuracy_deg"]) == ("left", 0.27)
    assert first.quality["geometry"]["film_box_px"] == {"left": 420, "top": 0, "width": 1080, "height": 1080}
    assert (second.case_id, second.aspect) == (cases.wide.pk, 0.5)
    samples = selectors.samples_of(first)
    again = detect_fixations(samples.time_s, samples.x, samples.y, aspect=first.aspect)
    counted = selectors.fixation_set(first)
    assert counted is not None
    assert [(f["x"], f["onset_s"]) for f in counted.fixations] == [(round(f.x, 6), round(f.onset_s, 6)) for f in again]


def test_long_trials_are_stored_in_batches_like_those_of_a_page(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE * 4, hz=1000))))
    save(client_for(cast.resident), found, chosen(cases.square))
    parts = RecordingPart.objects.order_by("seq")
    assert [(part.seq, part.samples) for part in parts] == [(0, 2000), (1, 2000), (2, 800)]
    assert parts[2].end_s == pytest.approx(4.799)


def test_the_trackers_own_fixations_are_kept_beside_ours_and_do_not_count(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    own = "EFIX L   1002\t1400\t399\t  960.0\t  540.0\t    791\nEFIX L 1402 1600 199 9999.0 -9999.0 800"
    found = bring(cast.resident, asc(("x", dwells(MIDDLE)), more=own))
    save(client_for(cast.resident), found, chosen(cases.square))
    ours, tracker = FixationSet.objects.order_by("-counts")
    assert (ours.method, tracker.method, tracker.counts) == ("I-DT", "tracker", False)
    assert tracker.fixations == [{"x": 0.5, "y": 0.5, "onset_s": 0.002, "duration_s": 0.399}]


def test_a_file_of_fixations_alone_counts_with_them(cast: Any, cases: Any, bring: Bring, client_for: ClientFor) -> None:
    found = bring(cast.resident, "onset_ms,duration_ms,x_film,y_film\n0,300,.5,.5\n350,200,.2,.8\n")
    answer = save(client_for(cast.resident), found, chosen(cases.square, eye="gaze"))
    assert answer.status_code == 200, answer.content
    recording = Recording.objects.get()
    assert (recording.samples, recording.rate_hz, recording.duration_s) == (0, None, 0.55)
    assert (FixationSet.objects.get().method, FixationSet.objects.get().counts) == ("tracker", True)


def test_saving_twice_makes_nothing_twice(cast: Any, cases: Any, bring: Bring, client_for: ClientFor) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    client = client_for(cast.resident)
    first, second = (save(client, found, chosen(cases.square)).json() for _ in range(2))
    assert first["recordings"] == second["recordings"]
    assert Recording.objects.count() == 1
    assert AuditEvent.objects.filter(verb="recording.import").count() == 1


def test_two_that_save_at_once_make_one_recording(cast: Any, cases: Any, bring: Bring, client_for: ClientFor) -> None:
    """The second has looked before the first was through, and then finds it done; later ones find it at once."""
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    seen = ImportSession.objects.get(pk=found["id"])
    first = save(client_for(cast.resident), found, chosen(cases.square)).json()["recordings"]
    trials = [Chosen(1, cases.square, "left", Place())]
    for session in (seen, ImportSession.objects.get(pk=found["id"])):
        again = services.save_import(session=session, by=cast.resident, whose=Whose(mine=True), trials=trials)
        assert [trial["recording"] for trial in again.mapping["trials"]] == first
    assert Recording.objects.count() == 1


def test_all_trials_are_saved_or_none(cast: Any, cases: Any, bring: Bring, client_for: ClientFor) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE)), ("y", dwells([(5.0, 5.0)]))))
    answer = save(client_for(cast.resident), found, chosen(cases.square), chosen(cases.square, 2))
    assert (answer.json()["type"], answer.json()["trial"]) == ("/problems/mapping-in-doubt", 2)
    assert not Recording.objects.exists()
    assert ImportSession.objects.get().state == "recognised"


def test_after_saving_or_discarding_nothing_of_the_file_is_left(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_for(cast.resident)
    kept, given_up = (bring(cast.resident, asc(("x", dwells(MIDDLE)))) for _ in range(2))
    with django_capture_on_commit_callbacks(execute=True):
        save(client, kept, chosen(cases.square))
        assert client.delete(f"{URL}{given_up['id']}/").status_code == 204
    left = {path.name for path in spool.root().iterdir()}
    assert not left & {kept["id"], given_up["id"]}
    assert client.get(URL).json()["results"] == []
    assert client.delete(f"{URL}{kept['id']}/").json()["type"] == "/problems/import-over"


def test_a_file_that_nobody_saves_is_deleted_after_a_day(cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    assert services.sweep_imports() == 0
    ImportSession.objects.update(expires_at=timezone.now() - timezone.timedelta(seconds=1))
    assert services.sweep_imports() == 1
    assert ImportSession.objects.get(pk=found["id"]).problem["type"] == "/problems/import-expired"


# --- whose -----------------------------------------------------------------------------------------------------------


def test_a_reader_without_an_account_needs_a_pseudonym_and_a_basis(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    client = client_for(cast.faculty)
    found = bring(cast.faculty, asc(("x", dwells(MIDDLE))))
    body = chosen(cases.square)
    assert save(client, found, body, whose={"pseudonym": "R 7"}).json()["type"] == "/problems/reader-incomplete"
    whose = {"pseudonym": "R 7", "basis": "Consent form of study 12", "purposes": ["research"]}
    answer = save(client, found, body, whose=whose)
    assert answer.status_code == 200
    reader = Reader.objects.get(pseudonym="R 7")
    assert (reader.user, reader.declared_by, reader.for_research, reader.for_training) == (
        None,
        cast.faculty,
        True,
        False,
    )
    assert [r.pk for r in selectors.consented("research")] == [Recording.objects.get().pk]
    assert not selectors.consented("training").exists()
    assert client.get("/api/v1/recordings/").json()["results"][0]["reader"] == "R 7"
    assert client_for(cast.admin).get("/api/v1/recordings/").json()["results"] == []


def test_a_reader_brought_before_is_chosen_again_and_no_pseudonym_is_given_twice(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    client = client_for(cast.faculty)
    new = {"pseudonym": "R 7", "basis": "Consent form of study 12"}
    save(client, bring(cast.faculty, asc(("x", dwells(MIDDLE)))), chosen(cases.square), whose=new)
    found = bring(cast.faculty, asc(("x", dwells(MIDDLE))))
    assert save(client, found, chosen(cases.square), whose=new).json()["type"] == "/problems/pseudonym-taken"
    (known,) = found["readers"]
    assert save(client, found, chosen(cases.square), whose={"reader": known["id"]}).status_code == 200
    assert Reader.objects.filter(user=None).count() == 1
    other = bring(cast.admin, asc(("x", dwells(MIDDLE))))
    refused = save(client_for(cast.admin), other, chosen(cases.square), whose={"reader": known["id"]})
    assert refused.json()["type"] == "/problems/reader-unknown"


def test_a_resident_brings_only_their_own_and_is_asked_for_consent_first(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    whose = {"pseudonym": "R 7", "basis": "None"}
    assert save(client_for(cast.resident), found, chosen(cases.square), whose=whose).status_code == 403
    stranger = bring(cast.second_resident, asc(("x", dwells(MIDDLE))))
    answer = save(client_for(cast.second_resident), stranger, chosen(cases.wide))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/consent-unanswered")


def test_a_case_that_one_may_not_see_is_as_one_that_does_not_exist(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    found = bring(cast.second_resident, asc(("Square film", dwells(MIDDLE))))
    client = client_for(cast.second_resident)
    assert (found["trials"][0]["proposal"] or {}).get("why") != "title"
    hidden = client.post(f"{URL}{found['id']}/preview/", chosen(cases.square), format="json").json()
    missing = SimpleNamespace(pk="00000000-0000-4000-8000-000000000000")
    absent = client.post(f"{URL}{found['id']}/preview/", chosen(missing), format="json").json()
    assert hidden == absent
    assert hidden["type"] == "/problems/case-unknown"


def test_a_film_that_waits_to_be_read_is_not_among_a_residents_cases(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor, practised: Any
) -> None:
    open_set(cast.faculty, cases.wide)
    found = bring(cast.resident, asc(("Wide film", dwells(MIDDLE))))
    client = client_for(cast.resident)
    assert found["trials"][0]["proposal"]["case"]["id"] == str(cases.square.pk)  # the only one left
    answer = client.post(f"{URL}{found['id']}/preview/", chosen(cases.wide), format="json")
    assert answer.json()["type"] == "/problems/case-unknown"
    practised.commit(cast.resident, cases.wide)
    assert client.post(f"{URL}{found['id']}/preview/", chosen(cases.wide), format="json").status_code == 200


def test_a_recording_does_not_tell_of_a_case_that_is_closed_to_its_reader(
    cast: Any, cases: Any, bring: Bring, client_for: ClientFor, practised: Any
) -> None:
    client = client_for(cast.resident)
    answer = save(client, bring(cast.resident, asc(("x", dwells(MIDDLE)))), chosen(cases.wide))
    (recording,) = answer.json()["recordings"]
    assert client.get(f"/api/v1/recordings/{recording}/").json()["case"]["title"] == "Wide film"
    open_set(cast.faculty, cases.wide)
    assert client.get(f"/api/v1/recordings/{recording}/").json()["case"] is None
    assert client.get("/api/v1/recordings/").json()["results"][0]["case"] is None


# --- at the door -----------------------------------------------------------------------------------------------------


def test_an_empty_file_and_too_many_files_are_refused(cast: Any, client_for: ClientFor, bring: Bring) -> None:
    client = client_for(cast.resident)
    answer = client.post(URL, {"file": SimpleUploadedFile("a.asc", b"")}, format="multipart")
    assert answer.json()["type"] == "/problems/gaze-empty"
    for _ in range(20):
        assert client.post(URL, {"file": SimpleUploadedFile("a", b"x")}, format="multipart").status_code == 202
    answer = client.post(URL, {"file": SimpleUploadedFile("a", b"x")}, format="multipart")
    assert (answer.status_code, answer.json()["type"]) == (429, "/problems/too-many-imports")
    assert len(list(spool.root().iterdir())) >= 20


def test_a_file_over_the_limit_is_cut_off(cast: Any, client_for: ClientFor, settings: Any) -> None:
    settings.UPLOAD_MAX_BYTES = 1000
    answer = client_for(cast.resident).post(URL, {"file": SimpleUploadedFile("a", b"x" * 5000)}, format="multipart")
    assert answer.status_code == 400
    assert not ImportSession.objects.exists()


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "a\\..\\b.asc", "x" * 300])
def test_a_path_in_the_name_leads_nowhere(name: str, cast: Any, cases: Any, bring: Bring) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))), name=name)
    assert found["state"] == "recognised"
    assert sorted(path.name for path in spool.root().iterdir() if path.name == found["id"]) == [found["id"]]


def test_a_cancelled_job_ends_its_file(
    cast: Any, client_for: ClientFor, django_capture_on_commit_callbacks: Any
) -> None:
    client = client_for(cast.resident)
    sent = client.post(URL, {"file": SimpleUploadedFile("a", b"x")}, format="multipart").json()
    session = ImportSession.objects.get(pk=sent["id"])
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(f"/api/v1/jobs/{session.job_id}/cancel/").status_code == 200
    assert client.get(f"{URL}{sent['id']}/").json()["problem"]["type"] == "/problems/import-cancelled"
    assert not spool.folder(session.pk).exists()


def test_a_file_whose_job_failed_is_kept_for_another_try(cast: Any, cases: Any, client_for: ClientFor) -> None:
    client = client_for(cast.resident)
    content = SimpleUploadedFile("a", asc(("x", dwells(MIDDLE))).encode())
    sent = client.post(URL, {"file": content}, format="multipart").json()
    job = ImportSession.objects.get(pk=sent["id"]).job
    give_up(job.pk, when=Q())
    assert client.get(f"{URL}{sent['id']}/").json()["problem"]["type"] == "/problems/import-failed"
    assert services.sweep_imports() == 0
    assert client_for(cast.admin).post(f"/api/v1/jobs/{job.pk}/retry/").status_code == 202
    look(sent["id"])
    assert client.get(f"{URL}{sent['id']}/").json()["state"] == "recognised"
    client.delete(f"{URL}{sent['id']}/")
    assert ImportSession.objects.get().state == "discarded"


def test_the_live_subject_is_its_owners_alone(cast: Any, cases: Any, bring: Bring, client_for: ClientFor) -> None:
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    events = f"/api/v1/events/?subject={found['subject']}"
    assert client_for(cast.resident).get(events).json()["state"]["state"] == "recognised"
    assert client_for(cast.admin).get(events).status_code == 404


# --- real files ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "trial", "eyes"),
    [
        ("eyelink_monocular_example.asc", 5, ["left"]),
        ("eyelink_monocular_2khz_example.asc", 5, ["left"]),
        ("eyelink_binocular_example.asc", 2, ["right", "left", "mean"]),
    ],
)
def test_a_real_recording_goes_all_the_way(
    file: str, trial: int, eyes: list[str], cast: Any, cases: Any, bring: Bring, client_for: ClientFor
) -> None:
    path = REAL / file
    if not path.exists():
        pytest.skip("the open EyeLink recordings are not here")
    found = bring(cast.resident, path.read_bytes())
    assert [eye["eye"] for eye in found["trials"][trial - 1]["eyes"]] == eyes
    client = client_for(cast.resident)
    # The text that was read lay at the screen's left edge, so the film is said to fill the screen's width.
    body = chosen(cases.wide, trial, eyes[0], box=[0, 0, found["recognised"]["screen_px"][0]])
    answer = save(client, found, body)
    assert answer.status_code == 200, answer.content
    sets = client.get(f"/api/v1/recordings/{answer.json()['recordings'][0]}/").json()["fixation_sets"]
    assert {one["method"] for one in sets} == {"I-DT", "tracker"}
