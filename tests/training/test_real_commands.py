"""The real `python -m ml train` and `ml gate`, few steps of a tiny model: killed, gone on with, judged."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from gazeapp.core.models import Job
from gazeapp.recordings.models import Reader
from gazeapp.scanpaths import store
from gazeapp.training import services
from gazeapp.training.models import TrainingRun, Verdict
from gazeapp.training.runs import run_dict
from tests.cases.films import stored_case
from tests.ratings.study import path, reading
from tests.training.conftest import CONSENTED, again, kill_child_at, woken

pytestmark = pytest.mark.django_db
CASES = 16
STEPS = 90  # a checkpoint every six: some seconds stay after the first, in which it is killed


@pytest.fixture
def readings(models: SimpleNamespace, cast: SimpleNamespace) -> None:
    """Small films of noise, each read by two simulated readers."""
    readers = [Reader.objects.create(pseudonym=f"Simulated {n}", simulated=True) for n in range(2)]
    for number in range(CASES):
        pixels = np.random.default_rng(number).integers(0, 4096, (64, 48))
        case = stored_case(cast.faculty, pixels, title=f"Film {number}", report="Clear lungs.", published=True)
        for n, reader in enumerate(readers):
            reading(case, reader, path(2 * number + n, 5), source="simulated")


def trained(run: TrainingRun) -> TrainingRun:
    woken()
    run = again(run)
    assert run.job.error is None, run.job.error
    return run


def test_a_training_that_is_killed_goes_on_to_the_version_of_one_that_was_not_and_is_judged(
    readings: None, models: SimpleNamespace, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = {"by": cast.admin, "data": CONSENTED, "steps": STEPS, "seed": 3}
    first = trained(services.create_run(name="Undisturbed", **wish))
    assert first.version is not None and first.job.state == Job.State.DONE
    assert store.checked(first.version) and first.version.parent == models.champion
    shown = run_dict(first)
    assert [step for step, _ in shown["losses"]][-1] == STEPS
    assert {row["metric"] for row in shown["held_out"]} and all(row["sentence"] for row in shown["held_out"])
    verdict = Verdict.objects.get(version=first.version)
    assert verdict.champion == models.champion and verdict.rows and shown["passed"] == verdict.passed
    killed = services.create_run(name="Killed", **wish)
    with monkeypatch.context() as patch:
        kill_child_at(patch, "checkpoint")
        woken()
    assert again(killed).job.state == Job.State.QUEUED
    second = trained(killed)
    assert run_dict(second)["resumed"], "it began at the beginning"
    assert second.version == first.version
