"""A server set up with the first of three tiny models, the other two registered."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.core import services as jobs
from gazeapp.core.models import Job
from gazeapp.recordings.models import FixationSet
from gazeapp.scanpaths import services as scanpaths
from gazeapp.training import folders, services
from gazeapp.training.data import FEWEST_FILMS
from gazeapp.training.models import TrainingRun
from gazeapp.training.services import serving
from tests.ratings.study import film_case, path, reading, simulated_reader
from tests.scanpaths.versions import copied, make_folders
from worker import child as run_child_module
from worker import tasks
from worker.handlers import judge, train

CONSENTED = {"kind": "consented", "release": None, "sources": None}


@pytest.fixture(scope="session")
def model_folders(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return make_folders(tmp_path_factory.mktemp("models"))


@pytest.fixture
def models(
    model_folders: list[Path], settings: Any, tmp_path: Path, cast: SimpleNamespace
) -> Iterator[SimpleNamespace]:
    """`champion` serves, `candidate` and `other` are registered."""
    settings.MEDGAZE_MODEL = copied(model_folders[0], tmp_path / "seed")
    settings.MEDIA_ROOT, settings.STATE_DIR = tmp_path / "media", tmp_path / "state"
    yield SimpleNamespace(
        champion=serving(),
        candidate=scanpaths.register_model(folder=model_folders[1], by=cast.admin),
        other=scanpaths.register_model(folder=model_folders[2], by=cast.admin),
    )


@pytest.fixture
def admin(cast: SimpleNamespace, client_for: Callable[[Any], APIClient]) -> APIClient:
    return client_for(cast.admin)


class Room(SimpleNamespace):
    """Readings to learn from, and a train worker whose `ml` is a stand-in."""

    readings: list[FixationSet]

    def create(self, **more: Any) -> TrainingRun:
        values = {"by": self.cast.admin, "name": "A run", "data": CONSENTED, "steps": 6, **more}
        return services.create_run(**values)

    def fate(self, **said: Any) -> None:
        """What befalls the next child, see tests/training/program.py."""
        os.environ["STAND_IN"] = json.dumps(said)

    def work(self, run: TrainingRun | None = None) -> TrainingRun | None:
        woken()
        return again(run) if run else None

    def calls(self, run: TrainingRun) -> list[str]:
        """Which children were started for it."""
        path = folders.of(run.pk) / "calls"
        return path.read_text().split() if path.exists() else []


def woken() -> None:
    """What a worker of trainings does when it is woken."""
    tasks.run_job(queue="train", sent_at=timezone.now().isoformat())


def kill_child_at(monkeypatch: pytest.MonkeyPatch, event: str) -> None:
    """The child is killed by -9 when it has told of this for the first time."""
    heard = train.Work._on_line
    told: list[str] = []

    def hear(self: train.Work, line: dict[str, Any]) -> None:
        heard(self, line)
        told.append(line["event"])
        if told.count(event) == 1 and line["event"] == event:
            me = Path("/proc/self/task")
            for child in " ".join(path.read_text() for path in me.glob("*/children")).split():
                if b"\0train\0" in Path(f"/proc/{child}/cmdline").read_bytes():
                    os.kill(int(child), signal.SIGKILL)

    monkeypatch.setattr(train.Work, "_on_line", hear)


def again(run: TrainingRun) -> TrainingRun:
    return TrainingRun.objects.select_related("job", "version", "parent", "by", "schedule").get(pk=run.pk)


def lapse(run: TrainingRun) -> None:
    """Its worker was lost: the lease runs out and the job is taken back."""
    Job.objects.filter(pk=run.job_id).update(lease_until=timezone.now() - timedelta(seconds=1))
    jobs.reconcile()


@pytest.fixture
def room(models: SimpleNamespace, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Room:
    """Five published films, each read by a simulated reader, and the first by the resident, who has not consented."""
    cases = [film_case(cast.faculty, n, published=True) for n in range(FEWEST_FILMS)]
    readings = [reading(case, simulated_reader(), path(n), source="simulated") for n, case in enumerate(cases)]
    own = reading(cases[0], cast.resident, path(9))
    monkeypatch.setenv("STAND_IN", "{}")
    monkeypatch.setattr(judge, "ML", (sys.executable, str(Path(__file__).with_name("program.py"))))
    monkeypatch.setattr(run_child_module, "LOOK_EVERY_S", 0.02)
    return Room(models=models, cast=cast, cases=cases, readings=readings, own=own)
