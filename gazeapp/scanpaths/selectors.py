"""Reading predictions, with their guard."""

from __future__ import annotations

import uuid
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import Case as Choice
from django.db.models import Subquery, When
from django.http import Http404

from gazeapp.cases.models import Case
from gazeapp.cases.selectors import cases_open_to, films_rated
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import job_summary, uuid_of
from gazeapp.scanpaths.models import FilmRegions, ModelVersion, Prediction, Promotion

if TYPE_CHECKING:
    from ml.medgaze.model_info import ModelInfo


def newest_promotion() -> Promotion | None:
    """The one that counts, with its version."""
    return Promotion.objects.select_related("version").defer("version__card").order_by("-pk").first()


def current_model() -> ModelInfo:
    """The model that new predictions use: the version promoted last; before the first promotion the folder in the
    setting MEDGAZE_MODEL. One query, and no file is read once a version was promoted.

    Raises:
        Problem: when nothing was promoted: no-model, when that folder is missing; model-damaged, when it is no model.
    """
    promotion = newest_promotion()
    if promotion is not None:
        return promotion.version.info
    folder = settings.MEDGAZE_MODEL
    try:
        stamps = [path.stat().st_mtime_ns for path in Path(folder).iterdir()]
    except OSError:
        stamps = []
    if not stamps:
        raise Problem(
            "no-model", "There is no model to predict with.", "Ask an administrator to set MEDGAZE_MODEL.", code=503
        )
    try:
        return _model_info(folder, max(stamps))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise Problem(
            "model-damaged",
            "The model of this server is damaged.",
            "Ask an administrator to put the files of the folder MEDGAZE_MODEL back, or to set another one.",
            code=503,
        ) from error


@lru_cache(maxsize=4)
def _model_info(folder: Path, stamp: int) -> ModelInfo:
    from ml.medgaze.model_info import check_files, read_model_info

    check_files(folder)
    return read_model_info(folder)


def promotions_in_force() -> list[Promotion]:
    """Those that were not taken back, the oldest first: the last one counts, a roll back leads to the one before."""
    standing: list[Promotion] = []
    for promotion in Promotion.objects.select_related("version", "by").defer("version__card").order_by("pk"):
        if promotion.undoes_id is None:
            standing.append(promotion)
        else:
            standing.pop()
    return standing


def rates_blind(user: Any, film_sha256: str) -> bool:
    """Whether this person rates readings of the film in a study that is running."""
    return film_sha256 in films_rated(user)


def refuse_raters(user: Any, film_sha256: str) -> None:
    """Raises Problem (rated-blind) for somebody who rates readings of the film in a study that is running."""
    if rates_blind(user, film_sha256):
        raise Problem(
            "rated-blind",
            "You rate readings of this film in a study.",
            "The predicted reading opens to you when the study closes.",
            code=403,
        )


def prediction_for(user: Any, prediction_id: Any) -> Prediction:
    """The prediction, for whoever may view a case with the same film and report. Strangers get 404.

    Raises:
        Http404; Problem: rated-blind.
    """
    open_ones = Prediction.objects.filter(for_study=False).select_related("job")
    prediction = open_ones.filter(pk=uuid_of(prediction_id)).first()
    if prediction is None:
        raise Http404
    cases = cases_open_to(user).filter(
        state=Case.State.READY, film_id=prediction.film_sha256, report_sha256=prediction.report_sha256
    )
    if not cases.exists():
        raise Http404
    refuse_raters(user, prediction.film_sha256)
    return prediction


def predictions_of(cases: list[Case]) -> dict[uuid.UUID, str]:
    """The prediction to show of each case's film and report: a finished one first, among those the champion's, then the
    newest. (So a version that was rolled back does not go on showing where the champion has read.) Two queries at
    most, for lists."""
    films = {case.film_id for case in cases if case.film_id and case.report_sha256}
    if not films:
        return {}
    newest: dict[tuple[str, str], str] = {}
    champion = Promotion.objects.order_by("-pk").values("version_id")[:1]
    serves = When(model_sha256=Subquery(champion), then=1)
    open_ones = Prediction.objects.filter(film_sha256__in=films, for_study=False)
    rows = open_ones.order_by(Choice(serves, default=0), "created_at")
    for finished in (False, True):  # later ones win: finished over not, the champion's over others', newer over older
        for film, report, pk in rows.filter(finished_at__isnull=not finished).values_list(
            "film_sha256", "report_sha256", "id"
        ):
            newest[film, report] = str(pk)
    keys = {case.pk: (case.film_id or "", case.report_sha256) for case in cases}
    return {pk: newest[key] for pk, key in keys.items() if key in newest}


def prediction_to_show(case: Case) -> Prediction | None:
    """The case's newest prediction, a finished one first, without asking who looks: the caller has."""
    found = predictions_of([case]).get(case.pk)
    return Prediction.objects.select_related("job").filter(pk=found).first() if found else None


def regions_of(film_sha256: str) -> FilmRegions | None:
    """The newest regions that were found on a film, without asking who looks: the caller has."""
    found = FilmRegions.objects.filter(film_sha256=film_sha256, boxes__isnull=False)
    return found.order_by("-found_at").first()


def state_of(prediction: Prediction) -> str:
    """queued, running, done, failed or cancelled."""
    if prediction.reading is not None:
        return str(Job.State.DONE)
    if prediction.job is None:
        return str(Job.State.CANCELLED)
    if prediction.job.state == Job.State.DONE:
        return str(Job.State.RUNNING)  # between two reads: the reading is stored in the same transaction
    return str(prediction.job.state)


def prediction_dict(prediction: Prediction) -> dict[str, Any]:
    """The prediction as API and live snapshot show it."""
    return {
        "id": str(prediction.id),
        "subject": prediction.subject,
        "state": state_of(prediction),
        "job": job_summary(prediction.job),
        "samples": prediction.samples,
        "seed": prediction.seed,
        "model": model_dict(prediction),
        "reading": None if prediction.reading is None else reading_dict(prediction.reading),
        "created_at": prediction.created_at.isoformat(),
        "finished_at": prediction.finished_at.isoformat() if prediction.finished_at else None,
    }


def reading_dict(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored reading; those of former versions did not say what they read of the report but its length, which began
    with it."""
    chars = stored.get("report_read_chars")
    former = {"report_read": [[0, chars]] if chars else [], "report_skipped": [], "report_names_place": None}
    return former | stored


def model_dict(prediction: Prediction) -> dict[str, Any]:
    """Which model, and whether it learnt from simulated readings (None when nothing is known of that model here)."""
    known = ModelVersion.objects.filter(pk=prediction.model_sha256).values_list("simulated", flat=True)
    simulated = known.first()
    if simulated is None:
        try:
            info = current_model()
            if info.sha256 == prediction.model_sha256:
                simulated = info.simulated
        except Problem:
            pass
    return {"name": prediction.model_name, "sha256": prediction.model_sha256, "simulated": simulated}


def live_prediction(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of subject ``prediction:<id>``."""
    try:
        return prediction_dict(prediction_for(user, ident))
    except Problem as problem:  # rated-blind
        raise PermissionDenied from problem
