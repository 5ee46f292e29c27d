"""Model versions: registered from a folder, promoted, rolled back; what waits keeps the version that it names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from gazeapp.cases.models import Case
from gazeapp.core.models import AuditEvent
from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors, services, store
from gazeapp.scanpaths.models import ModelVersion, Prediction, Promotion
from ml.medgaze.model_info import CARD, CONFIG, PROCESSOR, WEIGHTS, read_model_info, write_manifest
from tests.scanpaths.versions import copied, edit_json, flip_a_byte, make_folders
from worker import predictors, tasks

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_folders(tmp_path_factory.mktemp("models"))


@pytest.fixture(autouse=True)
def model(folders: list[Path], settings: Any, tmp_path: Path) -> Iterator[None]:
    """In place of the stand-in: a server set up with the first of the folders, with nothing in memory."""
    settings.MEDGAZE_MODEL = copied(folders[0], tmp_path / "seed")
    settings.MEDIA_ROOT = tmp_path / "media"
    predictors._loaded.clear()
    yield
    predictors._loaded.clear()


@pytest.fixture
def second(folders: list[Path], cast: SimpleNamespace) -> ModelVersion:
    return services.register_model(folder=folders[1], by=cast.admin)


@pytest.fixture
def third(folders: list[Path], cast: SimpleNamespace) -> ModelVersion:
    return services.register_model(folder=folders[2], by=cast.admin)


def work(prediction: Prediction) -> Prediction:
    """What a worker does when it is woken."""
    tasks.run_job(queue="predict", sent_at=timezone.now().isoformat())
    return Prediction.objects.select_related("job").get(pk=prediction.pk)


def ask(case: Case, **more: Any) -> Prediction:
    return services.request_prediction(case=case, by=case.owner, **more)


def states() -> dict[str, str]:
    return dict(ModelVersion.objects.values_list("sha256", "state"))


def serving() -> str:
    return selectors.current_model().sha256


def kind(problem: pytest.ExceptionInfo[Problem]) -> str:
    return problem.value.kind


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_folder_becomes_a_candidate_with_all_that_it_says_of_itself(
    folders: list[Path], tmp_path: Path, cast: SimpleNamespace
) -> None:
    folder = copied(folders[1], tmp_path / "new")
    (folder / CARD).write_text("A card.")
    info = write_manifest(folder, name="better", scores={"nll": 1.5}, baselines={"centre": 2.5}, seed=7)
    made = services.register_model(folder=folder, by=cast.admin)
    found = ModelVersion.objects.get(pk=made.pk)
    assert found.info == info
    assert (found.name, found.card, found.state, found.simulated) == ("better", "A card.", "candidate", info.simulated)
    assert found.metrics == {"scores": {"nll": 1.5}, "baselines": {"centre": 2.5}, "notes": {"seed": 7}}
    assert AuditEvent.objects.get(verb="model.register").target == f"model:{info.sha256}"
    assert serving() != found.sha256


def test_its_files_are_copied_so_that_the_folder_may_go(folders: list[Path], tmp_path: Path) -> None:
    folder = copied(folders[1], tmp_path / "new")
    made = services.register_model(folder=folder, by="test")
    flip_a_byte(folder / WEIGHTS)
    assert set(made.files) == {WEIGHTS, CONFIG, PROCESSOR}
    assert read_model_info(store.checked(made)).sha256 == made.sha256


def test_a_folder_that_is_here_already_is_the_same_version(folders: list[Path], second: ModelVersion) -> None:
    assert services.register_model(folder=folders[1], by="test") == second
    assert ModelVersion.objects.count() == 1


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, PROCESSOR])
def test_a_folder_without_one_of_its_files_is_refused_by_name(name: str, folders: list[Path], tmp_path: Path) -> None:
    folder = copied(folders[1], tmp_path / "new")
    (folder / name).unlink()
    with pytest.raises(Problem) as problem:
        services.register_model(folder=folder, by="test")
    assert kind(problem) == "model-refused"
    assert name in problem.value.detail
    assert not ModelVersion.objects.exists()


def test_what_is_no_model_is_refused_with_the_reason(folders: list[Path], tmp_path: Path) -> None:
    short = copied(folders[1], tmp_path / "short")
    (short / WEIGHTS).write_bytes((short / WEIGHTS).read_bytes()[:-1])
    other = copied(folders[1], tmp_path / "other")
    edit_json(other / CONFIG, model_type="bert")
    spoilt = copied(folders[1], tmp_path / "spoilt")
    (spoilt / CONFIG).write_text("{")
    listed = copied(folders[1], tmp_path / "listed")
    (listed / CONFIG).write_text("[]")
    bare = copied(folders[1], tmp_path / "bare")
    (bare / CONFIG).write_text('{"model_type": "medgaze"}')
    reasons = {short: "cut short", other: "'bert'", spoilt: "Expecting", listed: "list", bare: "does not say"}
    for folder, reason in {**reasons, tmp_path / "nowhere": WEIGHTS}.items():
        with pytest.raises(Problem) as problem:
            services.register_model(folder=folder, by="test")
        assert kind(problem) == "model-refused"
        assert reason in problem.value.detail or reason == WEIGHTS, problem.value.detail
    assert not ModelVersion.objects.exists()


def test_a_full_disk_leaves_no_version_behind(folders: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(Problem, match="could not be copied") as problem:
        services.register_model(folder=folders[1], by="test")
    assert problem.value.detail == "No space left on device."
    assert not ModelVersion.objects.exists()
    monkeypatch.undo()


def test_a_version_and_a_promotion_are_never_changed(second: ModelVersion, cast: SimpleNamespace) -> None:
    second.name = "another"
    with pytest.raises(ValueError, match="never changed"):
        second.save()
    promotion = services.promote(version=second, by=cast.admin, reason="Better.")
    promotion.reason = "Worse."
    with pytest.raises(ValueError, match="never changed"):
        promotion.save()
    with pytest.raises(ValueError, match="never deleted"):
        promotion.delete()


# --- the first champion -----------------------------------------------------------------------------------------------


def test_before_anything_was_promoted_the_folder_of_the_setting_serves_and_nothing_is_written(
    settings: Any, case: Case
) -> None:
    assert serving() == read_model_info(settings.MEDGAZE_MODEL).sha256
    ask(case)
    assert not ModelVersion.objects.exists()


def test_the_worker_registers_the_folder_of_the_setting_as_the_first_champion(case: Case, settings: Any) -> None:
    asked = work(ask(case))
    assert asked.reading is not None
    assert states() == {asked.model_sha256: "champion"}
    (promotion,) = Promotion.objects.all()
    assert (promotion.version_id, promotion.previous, promotion.by) == (asked.model_sha256, None, None)


def test_once_seeded_the_setting_says_nothing(case: Case, settings: Any, folders: list[Path], tmp_path: Path) -> None:
    first = work(ask(case)).model_sha256
    settings.MEDGAZE_MODEL = folders[1]
    assert serving() == first
    predictors._loaded.clear()
    assert work(ask(case, seed=1)).reading is not None
    settings.MEDGAZE_MODEL = tmp_path / "none"
    services.seed_champion()
    assert (serving(), ModelVersion.objects.count(), Promotion.objects.count()) == (first, 1, 1)


def test_without_a_folder_nothing_is_seeded_and_there_is_no_model(settings: Any, tmp_path: Path) -> None:
    settings.MEDGAZE_MODEL = tmp_path / "none"
    services.seed_champion()
    assert not Promotion.objects.exists()
    with pytest.raises(Problem) as problem:
        selectors.current_model()
    assert kind(problem) == "no-model"


@pytest.mark.parametrize("how", ["cut short", "no configuration", "configuration that is none"])
def test_a_damaged_folder_is_said_to_be_damaged_and_not_missing(how: str, case: Case, settings: Any) -> None:
    folder: Path = settings.MEDGAZE_MODEL
    if how == "cut short":
        (folder / WEIGHTS).write_bytes((folder / WEIGHTS).read_bytes()[:-100])
    elif how == "no configuration":
        (folder / CONFIG).unlink()
    else:
        (folder / CONFIG).write_text("[]")
    with pytest.raises(Problem) as problem:
        selectors.current_model()
    assert kind(problem) == "model-damaged" and "MEDGAZE_MODEL" in problem.value.detail
    assert services.case_ready(case=case, by=case.owner) is None  # the case itself is ready all the same


# --- promoting and rolling back ---------------------------------------------------------------------------------------


def test_a_promotion_changes_what_new_predictions_use_and_leaves_waiting_ones_alone(
    case: Case, second: ModelVersion, cast: SimpleNamespace
) -> None:
    waiting = ask(case)
    services.promote(version=second, by=cast.admin, reason="Better on the gate.")
    new = ask(case)
    assert (new.pk != waiting.pk, new.model_sha256, new.model_name) == (True, second.sha256, second.name)
    done = work(waiting)
    assert done.reading is not None
    assert done.reading["model_sha256"] == done.model_sha256 != second.sha256
    newest = work(new)
    assert newest.reading is not None
    assert newest.reading["model_sha256"] == second.sha256
    assert newest.reading["samples"] != done.reading["samples"]


def test_a_promotion_says_who_why_and_what_served_until_then(
    second: ModelVersion, third: ModelVersion, cast: SimpleNamespace
) -> None:
    services.promote(version=second, by=cast.admin, reason=" Better. ")
    made = services.promote(version=third, by=cast.admin, reason="Better still.")
    assert (made.version, made.previous, made.by, made.reason) == (third, second, cast.admin, "Better still.")
    assert Promotion.objects.count() == 3  # with the first champion
    assert sorted(states().values()) == ["champion", "retired", "retired"]
    assert states()[third.pk] == "champion"
    last = AuditEvent.objects.filter(verb="model.promote").order_by("-id")[0]
    assert (last.actor, last.target) == (f"user:{cast.admin.pk}", f"model:{third.pk}")
    assert (last.detail["promotion"], last.detail["previous"]) == (made.pk, second.pk)


def test_it_counts_at_once_and_costs_one_query_and_no_file(second: ModelVersion, cast: SimpleNamespace) -> None:
    services.promote(version=second, by=cast.admin, reason="Better.")
    (store.folder_of(second.sha256) / WEIGHTS).unlink()
    with CaptureQueriesContext(connection) as asked:
        assert selectors.current_model() == second.info
    assert len(asked) == 1


@pytest.mark.parametrize("reason", ["", "  ", "x" * 1001])
def test_without_a_reason_nothing_is_promoted_or_rolled_back(
    reason: str, second: ModelVersion, cast: SimpleNamespace
) -> None:
    for act in (
        lambda: services.promote(version=second, by=cast.admin, reason=reason),
        lambda: services.roll_back(by=cast.admin, reason=reason),
    ):
        with pytest.raises(Problem) as problem:
            act()
        assert kind(problem) == "no-reason"
    assert serving() != second.sha256


def test_the_champion_is_not_promoted_again(second: ModelVersion, cast: SimpleNamespace) -> None:
    services.promote(version=second, by=cast.admin, reason="Better.")
    with pytest.raises(Problem) as problem:
        services.promote(version=second, by=cast.admin, reason="Better.")
    assert kind(problem) == "already-champion"


def test_a_roll_back_leads_to_the_version_before_and_a_second_one_further_back(
    second: ModelVersion, third: ModelVersion, cast: SimpleNamespace
) -> None:
    first = serving()
    services.promote(version=second, by=cast.admin, reason="Better.")
    services.promote(version=third, by=cast.admin, reason="Better still.")
    back = services.roll_back(by=cast.admin, reason="It reads too short.")
    assert (serving(), back.previous, states()[third.pk]) == (second.pk, third, "retired")
    services.roll_back(by=cast.admin, reason="So does this one.")
    assert serving() == first
    assert AuditEvent.objects.filter(verb="model.roll-back").count() == 2
    with pytest.raises(Problem) as problem:
        services.roll_back(by=cast.admin, reason="And this.")
    assert kind(problem) == "nothing-before"
    services.promote(version=third, by=cast.admin, reason="It was right after all.")
    services.roll_back(by=cast.admin, reason="No.")
    assert serving() == first


def test_after_a_roll_back_the_reading_that_is_shown_is_the_champions(
    case: Case, second: ModelVersion, cast: SimpleNamespace
) -> None:
    old = work(ask(case))
    services.promote(version=second, by=cast.admin, reason="Better.")
    waits = ask(case)
    assert selectors.predictions_of([case]) == {case.pk: str(old.pk)}
    new = work(waits)
    assert selectors.predictions_of([case]) == {case.pk: str(new.pk)}
    services.roll_back(by=cast.admin, reason="Worse.")
    assert selectors.predictions_of([case]) == {case.pk: str(old.pk)}
    assert ask(case) == old


def test_a_reading_of_a_retired_version_still_says_whether_it_learnt_from_simulated_readings(
    case: Case, second: ModelVersion, cast: SimpleNamespace
) -> None:
    old = work(ask(case))
    simulated = selectors.current_model().simulated
    services.promote(version=second, by=cast.admin, reason="Better.")
    assert selectors.model_dict(old)["simulated"] is simulated


# --- damaged files ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [WEIGHTS, CONFIG, PROCESSOR])
def test_a_changed_byte_is_refused_and_said_to_be_damaged(
    name: str, case: Case, second: ModelVersion, cast: SimpleNamespace
) -> None:
    services.promote(version=second, by=cast.admin, reason="Better.")
    flip_a_byte(store.folder_of(second.sha256) / name)
    failed = work(ask(case))
    assert failed.job is not None and failed.job.error is not None
    assert (failed.job.state, failed.job.error["type"]) == ("failed", "/problems/model-damaged")
    assert "is damaged" in failed.job.error["title"]
    assert name in failed.job.error["detail"]


def test_files_that_are_gone_are_said_to_be_gone(case: Case, second: ModelVersion, cast: SimpleNamespace) -> None:
    services.promote(version=second, by=cast.admin, reason="Better.")
    (store.folder_of(second.sha256) / WEIGHTS).unlink()
    failed = work(ask(case))
    assert failed.job is not None and failed.job.error is not None
    assert failed.job.error["type"] == "/problems/model-gone"


def test_a_damaged_version_neither_is_promoted_nor_gone_back_to(
    second: ModelVersion, third: ModelVersion, cast: SimpleNamespace
) -> None:
    services.promote(version=second, by=cast.admin, reason="Better.")
    flip_a_byte(store.folder_of(third.sha256) / WEIGHTS)
    with pytest.raises(Problem) as problem:
        services.promote(version=third, by=cast.admin, reason="Better still.")
    assert kind(problem) == "model-damaged"
    first = Promotion.objects.order_by("pk")[0].version
    flip_a_byte(store.folder_of(first.sha256) / WEIGHTS)
    with pytest.raises(Problem):
        services.roll_back(by=cast.admin, reason="Worse.")
    assert serving() == second.sha256


def test_registering_it_again_mends_it_and_another_folder_does_not(
    folders: list[Path], second: ModelVersion, tmp_path: Path
) -> None:
    folder = store.folder_of(second.sha256)
    flip_a_byte(folder / CONFIG)
    (folder / WEIGHTS).unlink()
    spaced = copied(folders[1], tmp_path / "spaced")  # the same version, other bytes
    (spaced / CONFIG).write_text((spaced / CONFIG).read_text() + " ")
    with pytest.raises(Problem) as problem:
        services.register_model(folder=spaced, by="test")
    assert kind(problem) == "model-damaged"
    assert services.register_model(folder=folders[1], by="test") == second
    assert store.checked(second) == folder


def test_a_version_that_does_not_load_fails_in_words_and_the_one_before_can_be_gone_back_to(
    case: Case, folders: list[Path], tmp_path: Path, cast: SimpleNamespace
) -> None:
    folder = copied(folders[1], tmp_path / "new")
    edit_json(folder / CONFIG, language_sha256="0" * 64, language_reference="/nowhere/at/all")
    services.promote(version=services.register_model(folder=folder, by="test"), by=cast.admin, reason="Better.")
    failed = work(ask(case))
    assert failed.job is not None and failed.job.error is not None
    assert failed.job.error["type"] == "/problems/model-unusable"
    services.roll_back(by=cast.admin, reason="It does not load.")
    assert work(ask(case)).reading is not None


# --- in a worker's memory ---------------------------------------------------------------------------------------------


def test_two_versions_stay_in_memory_and_a_third_takes_the_place_of_the_one_used_longest_ago(
    second: ModelVersion, third: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []
    load = predictors._load
    monkeypatch.setattr(predictors, "_load", lambda version: (loads.append(version.sha256), load(version))[1])
    first = serving()
    a, b = predictors.predictor(first), predictors.predictor(second.sha256)
    assert predictors.predictor(first) is a
    assert predictors.predictor(second.sha256) is b
    predictors.predictor(first)
    predictors.predictor(third.sha256)  # in place of the second
    assert set(predictors._loaded) == {first, third.sha256}
    assert predictors.predictor(first) is a
    assert loads == [first, second.sha256, third.sha256]


def test_a_predictor_answers_under_the_name_of_its_version(second: ModelVersion) -> None:
    assert predictors.predictor(second.sha256).model_info.sha256 == second.sha256


def test_warming_up_registers_the_first_champion_and_loads_what_serves(
    second: ModelVersion, cast: SimpleNamespace
) -> None:
    first = serving()
    predictors.warm_up()
    assert (states()[first], set(predictors._loaded)) == ("champion", {first})
    services.promote(version=second, by=cast.admin, reason="Better.")
    predictors.warm_up()
    assert set(predictors._loaded) == {first, second.sha256}


def test_a_server_whose_own_folder_was_registered_by_hand_still_gets_its_first_champion(settings: Any) -> None:
    version = services.register_model(folder=settings.MEDGAZE_MODEL, by="test")
    assert states()[version.sha256] == "candidate"
    predictors.warm_up()
    assert states()[version.sha256] == "champion"
