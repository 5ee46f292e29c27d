"""One owner with one private case, its prediction, its job, its answer key and draft, its place in a practice set that
waits for the owner's yes, an unfinished upload, a token, and an open attempt. The case and another one stand on the
ladder, and faculty has compared two. Faculty's running study has the admin as its only rater. The researcher asks for a
release; another one is ready. A training of the admin's waits, and a schedule of theirs stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from django.conf import settings
from django.utils import timezone

from gazeapp.accounts.services import make_link, make_token
from gazeapp.cases.models import Case
from gazeapp.cases.services import create_upload
from gazeapp.core.models import Job
from gazeapp.difficulty.models import Comparison
from gazeapp.difficulty.services import compare, recompute
from gazeapp.exports.models import DataRequest
from gazeapp.exports.services import request_release
from gazeapp.practice.models import Attempt
from gazeapp.practice.services import begin, take
from gazeapp.ratings.models import Assignment
from gazeapp.ratings.services import change_study, make_study, start
from gazeapp.recordings.services import start_import
from gazeapp.scanpaths.models import ModelVersion, Prediction
from gazeapp.scanpaths.selectors import current_model
from gazeapp.training.models import TrainingRun
from gazeapp.training.services import make_schedule
from tests.cases.films import stored_case
from tests.cases.teaching import key_of, open_set
from tests.conftest import make_cast
from tests.exports.small import small_release
from tests.practice.conftest import consent
from tests.ratings.study import film_case, path, reading, simulated_reader

REPORT = "Clear lungs."


def compared(cast: SimpleNamespace, case: Case) -> tuple[Case, Comparison]:
    """A second case on the ladder, which nobody has compared with the first; and faculty's comparison with a third."""
    others = [stored_case(cast.faculty, np.arange(48 * 40).reshape(48, 40) + n, title=f"Film {n}") for n in (2, 3)]
    for other in others:
        key_of(other, cast.faculty)
    recompute()
    made = compare(first=case, second=others[1], by=cast.faculty, harder="first", seconds=3.0)
    return others[0], made


def begun_attempt(cast: SimpleNamespace) -> tuple[Attempt, str]:
    """The owner has begun to read a case of an open practice set; nobody else has answered about consent."""
    case = stored_case(cast.faculty, np.arange(48 * 40).reshape(48, 40) + 1, title="A closed key")
    key_of(case, cast.faculty)
    open_set(cast.faculty, case)
    consent(cast.resident)
    attempt, _ = begin(user=cast.resident)
    return attempt, take(attempt=attempt)


def running_study(cast: SimpleNamespace) -> Assignment:
    """What the admin is to rate first in faculty's study of one simulated reading."""
    case = film_case(cast.faculty, 7)
    reading(case, simulated_reader(), path(1), source="simulated")
    study = make_study(by=cast.faculty, name="Whose eye")
    chosen = [{"kind": "simulated"}]
    start(
        study=change_study(study=study, by=cast.faculty, cases=[case.pk], chosen=chosen, raters=[cast.admin.pk]),
        by=cast.faculty,
    )
    return Assignment.objects.select_related("rater").get(rater__study=study, position=1)


def requested(cast: SimpleNamespace) -> DataRequest:
    """The researcher asks for what a simulated reader saw of a published case, and for its film."""
    case = film_case(cast.faculty, 8, published=True)
    reading(case, simulated_reader(), path(2), source="simulated")
    query = {"films": True}
    return request_release(by=cast.researcher, name="Gaze", why="To learn from it.", query=query)


def waiting_run(cast: SimpleNamespace) -> TrainingRun:
    """A candidate (of which there are no files), and the admin's training that is to begin with it."""
    about = {
        "weights_sha256": "2" * 64, "preset": "tiny", "size_bytes": 1, "max_fixations": 5, "max_text_tokens": 5,
        "num_modes": 1, "decode": "mean", "language": None, "backbone": None,
    }  # fmt: skip
    version = ModelVersion.objects.create(
        sha256="1" * 64, name="Candidate", files={}, simulated=True, metrics={}, about=about
    )
    counts = dict.fromkeys(("readings", "readers", "cases", "people", "simulated_readings"), 1)
    job = Job.objects.create(
        kind="train",
        queue=Job.Queue.TRAIN,
        subject="run:waiting",
        owner=cast.admin,
        key="a run",
        queued_at=timezone.now(),
    )
    return TrainingRun.objects.create(
        name="Spring",
        parent=version,
        data={"kind": "consented", "release": None, "sources": None},
        counts=counts,
        by=cast.admin,
        job=job,
    )


@pytest.fixture(scope="module")
def made_once(module_db: None) -> tuple[SimpleNamespace, dict[Path, bytes]]:
    """The world, and the files that belong to it."""
    made = make_world(make_cast())
    return made, {path: path.read_bytes() for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()}


@pytest.fixture
def world(made_once: tuple[SimpleNamespace, dict[Path, bytes]], db: None) -> SimpleNamespace:
    """Made once for all tests of a module. What each of them writes to the database is undone; here come back the files
    that the last one deleted."""
    made, files = made_once
    for file, content in files.items():
        if not file.exists():
            file.write_bytes(content)
    return SimpleNamespace(**vars(made))


def make_world(cast: SimpleNamespace) -> SimpleNamespace:
    """Ids to fill into addresses, and the actors by the matrix's names."""
    case = stored_case(cast.resident, np.arange(48 * 40).reshape(48, 40), title="A private film", report=REPORT)
    prediction = Prediction.objects.create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        model_sha256=current_model().sha256,
        model_name="demo",
        reading={"samples": [], "seed": 0},
    )
    job = Job.objects.create(
        kind="diagnostic",
        queue=Job.Queue.IO,
        subject=case.subject,
        owner=cast.resident,
        key="a job that runs",
        state=Job.State.RUNNING,
        queued_at=timezone.now(),
        lease_until=timezone.now() + timezone.timedelta(minutes=5),
    )
    key_of(case, cast.faculty)
    draft = key_of(case, cast.faculty, state="draft", normal=True)
    waits = open_set(cast.faculty, case, agreed=False, open=False, opened_at=None)
    token, _ = make_token(user=cast.resident)
    gaze_file = start_import(owner=cast.resident, pieces=[b"time_s,x_film,y_film"])
    attempt, writer = begun_attempt(cast)
    rating = running_study(cast)
    other_case, comparison = compared(cast, case)
    data_request = requested(cast)
    release = small_release(cast.researcher, cast.admin)
    run = waiting_run(cast)
    schedule = make_schedule(by=cast.admin, name="Weekly", weekday=6, hour=2, minute=0, data=run.data)
    upload = create_upload(owner=cast.resident, size=10, filename="film.dcm", report=REPORT)
    return SimpleNamespace(
        actors={
            "anonymous": None,
            "outsider": cast.outsider,
            "owner": cast.resident,
            "stranger": cast.second_resident,
            "faculty": cast.faculty,
            "admin": cast.admin,
            "researcher": cast.researcher,
        },
        case=str(case.pk),
        other_case=str(other_case.pk),
        comparison=str(comparison.pk),
        prediction=str(prediction.pk),
        job=str(job.pk),
        draft=draft.changed_at.isoformat(),
        set=str(waits.pk),
        film=case.film_id,
        attempt=str(attempt.pk),
        recording=str(attempt.recording_id),
        writer=writer,
        model=run.parent_id,
        run=str(run.pk),
        schedule=str(schedule.pk),
        study=str(rating.rater.study_id),
        rating=str(rating.pk),
        rater=str(cast.admin.pk),
        data_request=str(data_request.pk),
        release=str(release.pk),
        thumbnail=case.received.thumbnail,
        token=token.token_key,
        upload=str(upload.pk),
        gaze_file=str(gaze_file.pk),
        link=make_link(user=cast.resident, kind="password", by=cast.admin),
        owner=str(cast.resident.pk),
    )
