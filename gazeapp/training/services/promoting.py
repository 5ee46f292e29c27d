"""Promotion by the gate's verdict: a version that passed beside what serves now needs no further words."""

from __future__ import annotations

from typing import Any

from gazeapp.core.problems import Problem
from gazeapp.core.text import written
from gazeapp.scanpaths import services as scanpaths
from gazeapp.scanpaths.models import ModelVersion, Promotion
from gazeapp.training import selectors
from gazeapp.training.models import Verdict
from gazeapp.training.services.judging import serving

LEAST_CHARS = 10  # of a reason to promote what the gate did not pass


def promote(*, version: ModelVersion, by: Any, reason: str = "") -> Promotion:
    """From now on new predictions use this version. What the gate failed, or never judged beside the version that
    serves now, is promoted only with a written reason.

    Raises:
        Problem: reason-needed; and those of `scanpaths.services.promote`.
    """
    champion = serving()
    verdict = selectors.verdict_beside(version, champion)
    passed = verdict is not None and verdict.passed
    if not passed and champion != version and len(written(reason)) < LEAST_CHARS:
        found = "The gate has failed this version." if verdict else "The gate has not judged this version."
        raise Problem(
            "reason-needed",
            found if verdict or not version.verdicts.exists() else "The gate judged it beside another version.",
            f"Write why it is to serve all the same, in at least {LEAST_CHARS} characters.",
            code=400,
        )
    return scanpaths.promote(
        version=version, by=by, reason=written(reason) or _passed(champion), over=champion.pk if passed else None
    )


def promote_passed(*, verdict: Verdict, by: Any) -> Promotion | None:
    """Without anybody's hand, as a schedule may be told to: only what passed, and only over what it was judged beside.
    None where it serves already.

    Raises:
        Problem: champion-changed; model-gone, model-damaged.
    """
    if not verdict.passed:
        raise ValueError("the gate failed it")
    try:
        return scanpaths.promote(
            version=verdict.version, by=by, reason=_passed(verdict.champion), over=verdict.champion_id
        )
    except Problem as problem:
        if problem.kind == "already-champion":
            return None
        raise


def _passed(champion: ModelVersion) -> str:
    return f"It passed the gate beside {champion}."
