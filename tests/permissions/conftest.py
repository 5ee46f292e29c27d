"""One owner with one private case, its prediction, its job, an unfinished upload and a token."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from django.utils import timezone

from gazeapp.accounts.services import make_link, make_token
from gazeapp.cases.services import create_upload
from gazeapp.core.models import Job
from gazeapp.recordings.models import Source
from gazeapp.recordings.services import reader_of, seal, start_import, start_recording
from gazeapp.scanpaths.models import Prediction
from gazeapp.scanpaths.selectors import current_model
from tests.cases.films import stored_case

REPORT = "Clear lungs."


@pytest.fixture
def world(cast: SimpleNamespace) -> SimpleNamespace:
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
    token, _ = make_token(user=cast.resident)
    recording = start_recording(reader=reader_of(cast.resident), case=case, source=Source.APERTURE, aspect=1.2)
    seal(recording=recording, parts=0)
    gaze_file = start_import(owner=cast.resident, pieces=[b"time_s,x_film,y_film"])
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
        prediction=str(prediction.pk),
        job=str(job.pk),
        film=case.film_id,
        thumbnail=case.received.thumbnail,
        token=token.token_key,
        upload=str(upload.pk),
        recording=str(recording.pk),
        gaze_file=str(gaze_file.pk),
        link=make_link(user=cast.resident, kind="password", by=cast.admin),
        owner=str(cast.resident.pk),
    )
