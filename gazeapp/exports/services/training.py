"""Readings for a training: of people who agree to training today, whatever a release was made for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from gazeapp.accounts.consents import Purpose
from gazeapp.cases.models import Case
from gazeapp.core.problems import Problem
from gazeapp.exports import selection, selectors, writing
from gazeapp.exports.models import Release
from gazeapp.exports.query import Query
from gazeapp.recordings.models import Recording


def write_for_training(
    folder: Path,
    *,
    release: Release | None,
    query: Mapping[str, Any] | None,
    progress: Callable[[int, int], None] | None = None,
    reports: Path | None = None,
) -> dict[str, Any]:
    """An export without films and reports into the empty ``folder``, of the readings of a release, or of a question,
    whose readers agree to training today; gives its dataset.json. The same data is the same bytes.

    progress: called with how many cases are written, and of how many. ``reports``: a folder outside of it that gets
    `<case>.txt` for every case, as `ml` looks for them; films are found under the media root by their hashes.

    Raises:
        Problem: nothing-to-train-from.
    """
    found, asked = _found(release, query)
    chosen = selection.choose(found, asked)
    if not chosen.rows:
        raise Problem(
            "nothing-to-train-from",
            "There are no readings to train from.",
            "Nobody whose readings fit agrees to training, or none fits.",
            code=409,
        )
    sentence = selectors.sentence(selectors.counted(found, asked))
    folder.mkdir(parents=True, exist_ok=True)

    def on_progress(stage: str, done: int, of: int) -> None:
        if progress is not None:
            progress(done, of)

    index = writing.write(folder, chosen, sentence, on_progress)
    if reports is not None:
        _reports(reports, chosen)
    return index


def _found(release: Release | None, query: Mapping[str, Any] | None) -> tuple[QuerySet[Recording], Query]:
    """Gaze alone: neither films nor what others made of the readings."""
    asked = Query.read(query if release is None else release.query)
    alone = replace(asked, predictions=False, ratings=False, films=False, reports=False)
    if release is not None:
        return selectors.readings_of(release, Purpose.TRAINING), alone
    return selectors.readings(alone, Purpose.TRAINING), alone


def _reports(folder: Path, chosen: selection.Chosen) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    names = {case: name for name, case, _ in chosen.cases()}
    for pk, report in Case.objects.filter(pk__in=list(names)).values_list("pk", "report").iterator(500):
        (folder / f"{names[pk]}.txt").write_bytes(report.encode())
