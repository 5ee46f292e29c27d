"""Model versions and verdicts as pages and API show them."""

from __future__ import annotations

from typing import Any

from django.http import Http404

from gazeapp.core.models import Job
from gazeapp.core.selectors import job_summary
from gazeapp.scanpaths.models import ModelVersion, Prediction, Promotion
from gazeapp.scanpaths.selectors import promotions_in_force
from gazeapp.training import selectors
from gazeapp.training.models import TrainingRun, Verdict

IN_INFO = (
    "preset", "max_fixations", "max_text_tokens", "num_modes", "decode", "language", "backbone", "weights_sha256",
)  # fmt: skip
JUDGING = "judging"  # of a training, the stage that is the gate's


def models_dict(user: Any) -> dict[str, Any]:
    """What serves, and every version, the newest first."""
    versions = list(ModelVersion.objects.select_related("parent").defer("card", "parent__card"))
    rows = _rows(user, versions)
    return {"champion": next((row for row in rows if row["state"] == "champion"), None), "models": rows}


def champion_dict(user: Any) -> dict[str, Any]:
    return {"champion": models_dict(user)["champion"]}


def model_dict(user: Any, version: ModelVersion) -> dict[str, Any]:
    """All of a version. How many readings it has predicted is for admins."""
    serving = _serving()
    verdicts = Verdict.objects.filter(version=version).select_related("champion")
    admin = selectors.is_admin(user)
    predicted = Prediction.objects.filter(model_sha256=version.pk, finished_at__isnull=False)
    return {
        **_rows(user, [version])[0],
        "card": version.card,
        "info": {name: version.about.get(name) for name in IN_INFO},
        "scores": version.metrics.get("scores", {}),
        "baselines": version.metrics.get("baselines", {}),
        "notes": version.metrics.get("notes", {}),
        "verdicts": [verdict_dict(verdict, serving) for verdict in verdicts],
        "promotions": [row for row in history() if row["version"]["sha256"] == version.pk],
        "predictions": predicted.count() if admin else None,
    }


def judging_dict(job: Job | None) -> dict[str, Any] | None:
    """What judges a version, how far that is, and whose events tell of it. The progress of a training is of the whole
    run, so it says nothing here."""
    if job is None:
        return None
    judges = job.kind == "judge" or job.stage == JUDGING
    done, of = selectors.counted(job) if judges else (None, None)
    progress = done / of if done is not None and of else job.progress if job.kind == "judge" else None
    return {**(job_summary(job) or {}), "progress": progress, "done": done, "of": of, "subject": job.subject}


def live_model(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `model:<sha256>`, for admins: what judges it."""
    if not selectors.is_admin(user):
        raise Http404
    return {"judging": judging_dict(selectors.judging(selectors.version_for(user, ident)))}


def history() -> list[dict[str, Any]]:
    """Every promotion and roll back, the newest first."""
    standing = {promotion.pk for promotion in promotions_in_force()}
    rows = Promotion.objects.select_related("version", "previous", "by").defer("version__card", "previous__card")
    return [
        {
            "id": row.pk,
            "version": named(row.version),
            "previous": named(row.previous),
            "undoes": row.undoes_id,
            "by": row.by.display_name if row.by else None,
            "at": row.at.isoformat(),
            "reason": row.reason,
            "in_force": row.pk in standing,
        }
        for row in rows
    ]


def verdict_dict(verdict: Verdict, serving: str | None) -> dict[str, Any]:
    return {
        "id": verdict.pk,
        "champion": named(verdict.champion),
        "passed": verdict.passed,
        "rules": verdict.rules,
        "set": verdict.set,
        "rows": verdict.rows,
        "left_out": verdict.left_out,
        "at": verdict.at.isoformat(),
        "stale": selectors.is_stale(verdict, serving),
    }


def named(version: ModelVersion | None) -> dict[str, str] | None:
    """A version as it is named inside other things."""
    return {"sha256": version.pk, "name": version.name} if version else None


def live_models(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `models`, for every role."""
    if ident or not selectors.has_role(user):
        raise Http404
    return models_dict(user)


def _rows(user: Any, versions: list[ModelVersion]) -> list[dict[str, Any]]:
    serving = _serving()
    verdicts = selectors.verdicts_of(versions, serving)
    runs: dict[str | None, Any] = {}
    judging: dict[str, Job] = {}
    if selectors.is_admin(user):
        judging = selectors.judging_of(versions)
        made = TrainingRun.objects.filter(version__in=versions).order_by("-created_at")  # the first that made it counts
        runs = dict(made.values_list("version_id", "pk"))
    return [
        {
            "sha256": version.pk,
            "name": version.name,
            "state": version.state,
            "simulated": version.simulated,
            "parent": named(version.parent),
            "created_at": version.created_at.isoformat(),
            "size_bytes": version.about.get("size_bytes"),
            "run": str(runs[version.pk]) if version.pk in runs else None,
            "verdict": _short(verdicts.get(version.pk), serving),
            "judging": judging_dict(judging.get(version.pk)),
        }
        for version in versions
    ]


def _short(verdict: Verdict | None, serving: str | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "passed": verdict.passed,
        "against": verdict.champion_id,
        "at": verdict.at.isoformat(),
        "stale": selectors.is_stale(verdict, serving),
    }


def _serving() -> str | None:
    champion = selectors.champion()
    return champion.pk if champion else None
