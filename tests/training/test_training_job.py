"""The train job: from consented readings to a judged candidate, and all that can befall it on the way. The children are
real processes; only what they do is a stand-in (program.py)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.core.models import AuditEvent, Event, Job
from gazeapp.recordings.models import Reader
from gazeapp.scanpaths import selectors as scanpaths
from gazeapp.scanpaths import store
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.training import folders, services
from gazeapp.training.models import RunReading, TrainingRun, Verdict
from gazeapp.training.runs import run_dict
from ml.medgaze.model_info import WEIGHTS
from tests.practice.conftest import consent
from tests.scanpaths.versions import flip_a_byte
from tests.training.conftest import Room, lapse
from worker.handlers import train

pytestmark = pytest.mark.django_db
State = Job.State


class Killed(BaseException):
    """The worker is gone between two lines: nothing of it runs on."""


def kill_worker_at(monkeypatch: pytest.MonkeyPatch, event: str, step: int) -> None:
    heard = train.Work._on_line

    def hear(self: train.Work, line: dict[str, Any]) -> None:
        heard(self, line)
        if line["event"] == event and line.get("step") == step:
            raise Killed

    monkeypatch.setattr(train.Work, "_on_line", hear)


def problem_of(run: TrainingRun) -> str:
    assert run.job.error is not None, run.job.state
    return str(run.job.error["type"]).removeprefix("/problems/")


def told(run: TrainingRun, type: str) -> list[dict[str, Any]]:
    return [e.data for e in Event.objects.filter(subject=run.subject, type=type).order_by("seq")]


def test_a_run_becomes_a_judged_candidate_with_its_parent_and_its_scores(room: Room) -> None:
    run = room.work(room.create(seed=7))
    assert run is not None and run.version is not None
    assert (run.job.state, run.job.progress) == (State.DONE, 1.0)
    assert (run.version.name, run.version.state, run.version.parent) == ("A run", "candidate", room.models.champion)
    assert run.result is not None and (run.result["steps"], run.result["held_out"][0]["metric"]) == (6, "ScanMatch")
    verdict = Verdict.objects.get(version=run.version)
    assert (verdict.champion, verdict.passed) == (room.models.champion, True)
    assert scanpaths.current_model().sha256 == room.models.champion.pk, "nothing is promoted by itself"
    assert store.checked(run.version)
    shown = run_dict(run)
    assert (shown["passed"], shown["verdict"]["id"], shown["step"], len(shown["losses"])) == (True, verdict.pk, 6, 6)
    verbs = AuditEvent.objects.filter(target__in=[run.subject, f"model:{run.version.pk}"]).values_list(
        "verb", flat=True
    )
    assert sorted(verbs) == ["model.register", "model.verdict", "training.create"]


def test_its_page_is_told_of_stages_steps_checkpoints_and_the_end(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "STEP_EVENT_EVERY_S", 0.0)
    monkeypatch.setattr("gazeapp.core.lease.MIN_EVENT_GAP_S", 0.0)
    run = room.work(room.create())
    assert run is not None and run.version is not None
    stages = list(dict.fromkeys(stage["stage"] for stage in told(run, "run.stage")))
    assert stages == ["data", "preparing", "training", "comparing", "registering", "judging"]
    assert [step["step"] for step in told(run, "run.step")] == [1, 2, 3, 4, 5, 6]
    assert told(run, "run.step")[0].keys() == {"step", "of", "loss", "eta_s", "memory_mb"}
    assert [at["step"] for at in told(run, "run.checkpoint")] == [2, 4, 6]
    assert told(run, "run.validated") == [{"step": 6, "loss": 0.5}]
    assert told(run, "run.done") == [{"version": run.version.pk}]


def test_after_it_only_log_progress_and_verdict_stay(room: Room) -> None:
    run = room.work(room.create())
    assert run is not None
    left = {path.name for path in folders.of(run.pk).iterdir()}
    assert left == {".lock", "log.txt", "progress.jsonl", "gate.jsonl", "verdict.json", "calls"}
    assert folders.log_tail(folders.of(run.pk))[-1].startswith("step 6:")


# --- consent ----------------------------------------------------------------------------------------------------------


def readers_of(run: TrainingRun) -> set[str]:
    return set(RunReading.objects.filter(run=run).values_list("reader__pseudonym", flat=True))


def agree(room: Room, *, training: bool) -> None:
    consent(room.cast.resident, teaching=True, research=True, training=training)


def test_consent_to_training_is_asked_when_the_data_are_written_not_when_the_run_is_asked_for(room: Room) -> None:
    resident = Reader.objects.get(user=room.cast.resident).pseudonym
    agree(room, training=True)
    run = room.create()
    assert run.counts["readings"] == 6
    agree(room, training=False)
    run = room.work(run)  # type: ignore[assignment]
    assert readers_of(run) == {"Simulated 1"}
    assert (run.counts["readings"], run.counts["people"], run.dataset["counts"]["readings"]) == (5, 0, 5)  # type: ignore[index]
    agree(room, training=True)
    assert resident in readers_of(room.work(room.create(seed=1)))  # type: ignore[arg-type]


def test_who_agrees_to_research_alone_is_not_learnt_from(room: Room) -> None:
    consent(room.cast.resident, teaching=True, research=True, training=False)
    assert readers_of(room.work(room.create())) == {"Simulated 1"}  # type: ignore[arg-type]


def test_a_run_that_is_gone_on_with_after_a_withdrawal_begins_anew_without_that_person(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    agree(room, training=True)
    run = room.create()
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_worker_at(patch, "checkpoint", 4)
        room.work(run)
    agree(room, training=False)
    lapse(run)
    run = room.work(run)  # type: ignore[assignment]
    assert readers_of(run) == {"Simulated 1"}
    assert run_dict(run)["resumed"] is None, "the checkpoints had seen the withdrawn reading"
    assert (folders.of(run.pk) / folders.PROGRESS).read_text().count('"preparing"') == 1, "of the first attempt"
    assert run.job.state == State.DONE


def test_it_says_how_many_readings_it_learnt_from_were_withdrawn_since(room: Room) -> None:
    agree(room, training=True)
    run = room.work(room.create())
    assert run is not None and run_dict(run)["withdrawn"] == 0
    agree(room, training=False)
    assert run_dict(run)["withdrawn"] == 1
    reader = Reader.objects.get(user=room.cast.resident)
    from gazeapp.training.selectors import runs_of_readers

    assert runs_of_readers([reader.pk]) == {reader.pk: [{"id": str(run.pk), "name": "A run"}]}


def test_when_nobody_agrees_any_more_it_fails_and_says_what_to_do(room: Room) -> None:
    run = room.create()
    RunReading.objects.all().delete()
    for found in room.readings:
        found.recording.delete()
    run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, problem_of(run), run.version) == (State.FAILED, "training-no-data", None)
    assert "Choose other data" in run.job.error["detail"]  # type: ignore[index]


# --- killed, and gone on with -----------------------------------------------------------------------------------------


def undisturbed(room: Room) -> str:
    """The version that the run makes when nothing befalls it; forgotten again."""
    run = room.work(room.create(name="Undisturbed", seed=3))
    assert run is not None and run.version is not None
    sha256 = run.version.sha256
    Verdict.objects.filter(version=run.version)._raw_delete("default")
    TrainingRun.objects.filter(pk=run.pk).delete()
    ModelVersion.objects.filter(pk=sha256).delete()
    return sha256


def test_a_killed_child_goes_on_from_its_checkpoint_to_the_same_version_and_registers_it_once(room: Room) -> None:
    wanted = undisturbed(room)
    room.fate(die_at=5, once=True)
    run = room.work(room.create(seed=3))
    assert run is not None and (run.job.state, run.job.strikes) == (State.QUEUED, 1)
    run = room.work(run)
    assert run is not None and run.version is not None
    assert (run.job.state, run.version.sha256) == (State.DONE, wanted)
    assert run_dict(run)["resumed"] == 4
    assert [step for step, _ in run_dict(run)["losses"]] == [1, 2, 3, 4, 5, 6], "what came after the checkpoint is void"
    assert ModelVersion.objects.count() == 4
    assert AuditEvent.objects.filter(verb="model.register", target=f"model:{wanted}").count() == 2  # once forgotten


def test_a_killed_worker_and_an_emptied_broker_cost_nothing_but_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = undisturbed(room)
    run = room.create(seed=3)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        kill_worker_at(patch, "step", 3)
        room.fate(step_s=0.2)
        room.work(run)
    Job.objects.filter(pk=run.job_id).update(published_at=None)  # nobody will be woken for it
    lapse(run)
    run = room.work(run)  # type: ignore[assignment]
    assert run.version is not None and run.version.sha256 == wanted
    assert run_dict(run)["resumed"] == 2


def test_what_is_done_is_not_done_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after each part: data, training, registration, verdict."""
    run = room.create()
    for part, calls in (
        ("_learn", []),
        ("_register", ["train"]),
        ("_judge", ["train"]),
        ("_pace", ["train", "gate"]),
    ):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(train.Work, part, lambda *_: (_ for _ in ()).throw(Killed))
            room.work(run)
        assert room.calls(run) == calls, part
        lapse(run)
        Job.objects.filter(pk=run.job_id).update(strikes=0)
    run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, room.calls(run)) == (State.DONE, ["train", "gate"])
    assert (ModelVersion.objects.filter(name="A run").count(), Verdict.objects.count()) == (1, 1)


def test_nothing_is_registered_of_a_run_that_was_cancelled_while_its_model_was_saved(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = room.create()
    learn = train.Work._learn

    def learn_and_be_cancelled(self: train.Work) -> Any:
        found = learn(self)
        services.cancel_run(run=run, by=room.cast.admin)
        return found

    monkeypatch.setattr(train.Work, "_learn", learn_and_be_cancelled)
    monkeypatch.setattr("gazeapp.core.lease.CHECK_EVERY_S", 0.0)
    run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, run.version, ModelVersion.objects.count()) == (State.CANCELLED, None, 3)


def test_a_checkpoint_forgives_earlier_strikes_and_three_without_one_say_that_memory_may_have_run_out(
    room: Room,
) -> None:
    run = room.create(steps=20)
    for step in (3, 5, 7, 9, 11):  # always one checkpoint further
        room.fate(die_at=step)
        run = room.work(run)  # type: ignore[assignment]
        assert (run.job.state, run.job.strikes) == (State.QUEUED, 1), step
    for _ in range(2):
        run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, problem_of(run)) == (State.FAILED, "child-killed")
    assert "memory" in run.job.error["detail"]  # type: ignore[index]
    assert run_dict(run)["checkpoints"] == [2, 4, 6, 8, 10]


def test_an_error_of_the_child_is_tried_three_times_and_then_said(room: Room) -> None:
    room.fate(break_at=1)
    run = room.create()
    for _ in range(3):
        run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, problem_of(run), room.calls(run)) == (State.FAILED, "child-broke", ["train"] * 3)
    assert folders.log_tail(folders.of(run.pk))[-1] == "RuntimeError: broken"


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "problem", "advice"),
    [
        ("no-data", "training-no-data", "Choose other data"),
        ("too-little-data", "training-too-little-data", "Wait for more readings, or choose"),
        ("diverged", "training-diverged", "Start another run"),
        ("disk-full", "disk-full", "Make room, then resume"),
        ("out-of-memory", "out-of-memory", "Free some, then resume"),
        ("refused", "training-refused", "It was refused"),
        ("something new", "training-refused", "It was something new"),
    ],
)
def test_what_the_training_refuses_fails_at_once_with_what_to_do(
    kind: str, problem: str, advice: str, room: Room
) -> None:
    room.fate(refuse=kind)
    run = room.work(room.create())
    assert run is not None
    assert (run.job.state, problem_of(run), run.version) == (State.FAILED, problem, None)
    assert advice in run.job.error["detail"]  # type: ignore[index]
    assert ModelVersion.objects.count() == 3


@pytest.mark.parametrize(
    "says",
    [
        "/srv/state/training/1/data has 3 readings of 3 cases to learn from; 4 cases are the fewest.",
        "Take more data, or name more --sources.",
        "C:\\state\\data holds no reading.",
        "Prepare other data sets first (python -m ml prepare --model).",
        "dataset.json: changed since it was frozen.",
    ],
)
@pytest.mark.parametrize("kind", ["no-data", "too-little-data", "diverged", "disk-full", "out-of-memory", "refused"])
def test_an_error_of_a_run_names_neither_files_of_the_server_nor_options(kind: str, says: str, room: Room) -> None:
    error = train.refusal({"kind": kind, "message": says})
    assert not any(word in f"{error.title} {error.detail}" for word in ("/", "\\", "--", "python", ".json"))
    assert error.detail, "it says what to do"


def test_the_gates_refusal_names_none_either(room: Room) -> None:
    room.fate(gate="refuse", says="/srv/media/models/1: its weights are torn. Give another folder to --candidate.")
    run = room.work(room.create())
    assert run is not None and problem_of(run) == "gate-refused"
    assert run.job.error["detail"] == "Its log says why; whoever runs the server can look at it."  # type: ignore[index]


def test_readings_that_went_meanwhile_leave_too_few_and_the_run_says_how_many_are_needed(room: Room) -> None:
    run = room.create()
    room.readings[0].recording.delete()
    run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, problem_of(run), room.calls(run)) == (State.FAILED, "training-too-little-data", [])
    assert "of 4 films, and a training needs 5" in run.job.error["detail"]  # type: ignore[index]


def test_a_refusal_of_an_earlier_attempt_does_not_count_again(room: Room) -> None:
    room.fate(refuse="disk-full")
    run = room.work(room.create())
    assert run is not None
    room.fate()
    services.resume_run(run=run, by=room.cast.admin)
    run = room.work(run)
    assert run is not None and (run.job.state, run.job.error) == (State.DONE, None)


@pytest.mark.parametrize("full", ["data", "copy"])
def test_a_full_disk_here_registers_nothing_and_resuming_makes_it_good(
    full: str, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = room.create()
    with monkeypatch.context() as patch:
        if full == "data":
            patch.setattr("gazeapp.training.services.working.write_for_training", no_room)
        else:
            patch.setattr(store, "_copied", no_room)
        run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, problem_of(run)) == (State.FAILED, "disk-full")
    assert "Make room, then resume" in run.job.error["detail"]  # type: ignore[index]
    assert (run.version, ModelVersion.objects.count()) == (None, 3)
    services.resume_run(run=run, by=room.cast.admin)
    run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, room.calls(run)) == (State.DONE, ["train", "gate"])


def no_room(*args: Any, **more: Any) -> Any:
    raise OSError(28, "No space left on device")


def test_a_damaged_parent_is_said_before_anything_is_learnt(room: Room) -> None:
    run = room.create()
    flip_a_byte(store.folder_of(room.models.champion.pk) / WEIGHTS)
    run = room.work(run)  # type: ignore[assignment]
    assert (problem_of(run), room.calls(run)) == ("model-damaged", [])


# --- cancelled and resumed --------------------------------------------------------------------------------------------


def test_a_cancelled_run_stops_its_child_keeps_its_checkpoints_and_can_be_resumed_to_the_same_version(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = undisturbed(room)
    run = room.create(seed=3, steps=6)
    heard = train.Work._on_line
    monkeypatch.setattr("gazeapp.core.lease.CHECK_EVERY_S", 0.05)

    def hear(self: train.Work, line: dict[str, Any]) -> None:
        heard(self, line)
        if line["event"] == "checkpoint" and line["step"] == 2:
            services.cancel_run(run=run, by=room.cast.admin)

    room.fate(step_s=0.3)
    with monkeypatch.context() as patch:
        patch.setattr(train.Work, "_on_line", hear)
        run = room.work(run)  # type: ignore[assignment]
    assert (run.job.state, run.version) == (State.CANCELLED, None)
    progress = folders.of(run.pk) / folders.PROGRESS
    steps = [json.loads(line).get("step") for line in progress.read_text().splitlines()]
    assert max(step or 0 for step in steps) < 5, "the child went on"
    assert run_dict(run)["checkpoints"][:1] == [2]
    assert told(run, "run.stopped") == [{}], "from now on no checkpoint comes"
    room.fate()
    services.resume_run(run=run, by=room.cast.admin)
    run = room.work(run)  # type: ignore[assignment]
    assert run.version is not None and run.version.sha256 == wanted
    verbs = AuditEvent.objects.filter(target=f"job:{run.job_id}").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["job.cancel", "job.retry"]


def test_a_run_says_the_step_that_it_really_resumes_from(room: Room, admin: APIClient) -> None:
    """Its child was killed when the checkpoint of step 4 was on the disk, and had not told of it."""
    room.fate(mute_at=4)
    run = room.work(room.create())  # type: ignore[assignment]
    services.cancel_run(run=run, by=room.cast.admin)
    said = admin.get(f"/api/v1/training/runs/{run.pk}/").json()["checkpoints"][-1]
    room.fate()
    services.resume_run(run=run, by=room.cast.admin)
    run = room.work(run)  # type: ignore[assignment]
    assert (said, run_dict(run)["resumed"]) == (4, 4)


def test_a_run_whose_data_may_not_be_used_any_more_says_no_step_to_resume_from(room: Room) -> None:
    agree(room, training=True)
    room.fate(refuse="disk-full")
    run = room.work(room.create())
    assert run is not None
    (folders.of(run.pk) / folders.RUN / "checkpoint-2").write_text("")
    assert run_dict(run)["checkpoints"] == [2]
    agree(room, training=False)
    assert run_dict(run)["checkpoints"] == []


def test_two_workers_never_work_in_one_folder(room: Room) -> None:
    """One that was thought dead still holds it: the second waits, and stops when its job is cancelled."""
    run = room.create()
    calls: list[int] = []

    def check() -> None:
        calls.append(1)
        if len(calls) == 2:
            raise Killed

    with (
        folders.locked(folders.of(run.pk)) as ours,
        pytest.raises(Killed),
        folders.locked(folders.of(run.pk), check),
    ):
        pass
    assert (ours, len(calls)) == (True, 2)


# --- versions and the gate --------------------------------------------------------------------------------------------


def test_the_same_weights_are_not_a_second_version_and_both_runs_name_it(room: Room) -> None:
    first, second = (room.work(room.create(seed=3)) for _ in range(2))
    assert first is not None and second is not None
    assert first.version == second.version
    assert (ModelVersion.objects.count(), Verdict.objects.count()) == (4, 1)
    assert room.calls(second) == ["train"], "it was judged already"
    from gazeapp.training.versions import models_dict

    row = models_dict(room.cast.admin)["models"][0]
    assert (row["sha256"], row["run"]) == (first.version.pk, str(first.pk))  # type: ignore[union-attr]


def test_a_run_that_changed_no_weight_says_so_and_is_not_judged_beside_itself(room: Room) -> None:
    room.fate(learns=False)
    run = room.work(room.create())
    assert run is not None
    assert (run.job.state, run.version) == (State.DONE, room.models.champion)
    assert run.note == "Nothing was learnt that changes a weight."
    assert room.calls(run) == ["train"]


def test_it_is_judged_beside_what_serves_when_it_is_done(room: Room) -> None:
    run = room.create(parent=room.models.other.pk)
    services.promote(version=room.models.candidate, by=room.cast.admin, reason="It is better, I think.")
    run = room.work(run)  # type: ignore[assignment]
    assert run.version is not None and run.version.parent == room.models.other
    assert Verdict.objects.get().champion == room.models.candidate


def test_a_failed_verdict_leaves_a_candidate_and_a_finished_run(room: Room) -> None:
    room.fate(passes=False)
    run = room.work(room.create())
    assert run is not None and run.version is not None
    assert (run.job.state, run.version.state, run_dict(run)["passed"]) == (State.DONE, "candidate", False)


def test_a_gate_that_cannot_load_the_version_fails_the_run_in_its_words_and_a_retry_judges_alone(room: Room) -> None:
    room.fate(gate="refuse")
    run = room.work(room.create())
    assert run is not None and (run.job.state, problem_of(run)) == (State.FAILED, "gate-refused")
    assert run.job.error["detail"] == "It cannot be loaded: its weights are torn."  # type: ignore[index]
    assert run.version is not None and not Verdict.objects.exists()
    folders.clear(folders.of(run.pk))  # as the sweep does in time
    room.fate()
    services.resume_run(run=run, by=room.cast.admin)
    run = room.work(run)
    assert run is not None and (run.job.state, room.calls(run)) == (State.DONE, ["train", "gate", "gate"])


def test_a_version_from_elsewhere_is_judged_by_a_job_of_its_own(room: Room) -> None:
    job = services.request_judgement(version=room.models.candidate, by=room.cast.admin)
    room.work()
    job.refresh_from_db()
    verdict = Verdict.objects.get()
    assert (job.state, verdict.version, verdict.champion) == (State.DONE, room.models.candidate, room.models.champion)
    assert not folders.of(f"judge-{job.pk}").exists()
    told = Event.objects.filter(subject=job.subject, type="run.stage").values_list("data", flat=True)
    assert list(told) == [{"stage": "judging", "done": 1, "of": 2}], "whoever looks on sees how many there are"


@pytest.mark.parametrize(("fate", "problem"), [("refuse", "gate-refused"), ("die", "child-killed")])
def test_a_judgement_that_cannot_be_made_says_why(fate: str, problem: str, room: Room) -> None:
    job = services.request_judgement(version=room.models.candidate, by=room.cast.admin)
    room.fate(gate=fate)
    for _ in range(3):
        room.work()
    job.refresh_from_db()
    assert job.error is not None and job.error["type"] == f"/problems/{problem}"
    assert not Verdict.objects.exists()


def test_a_version_that_was_promoted_while_its_judgement_waited_is_not_judged_beside_itself(room: Room) -> None:
    job = services.request_judgement(version=room.models.candidate, by=room.cast.admin)
    services.promote(version=room.models.candidate, by=room.cast.admin, reason="It is better, I think.")
    room.work()
    job.refresh_from_db()
    assert (job.state, Verdict.objects.count()) == (State.DONE, 0)
