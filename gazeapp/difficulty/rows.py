"""A case's row on the ladder as API, live events and CSV show it, and the scale on which all rows stand.

Bands are fifths of the observed cases: those that were read for the first time or compared LEAST_SEEN times at least.
What was seen less often lies in no band, makes no cut and is not said to part. Observed and predicted difficulty are
compared in standard deviations, both over the cases that have both, so that neither looks harder only because other
cases were read than predicted; while fewer than FEWEST cases have both, each over all that have it, and no case is said
to part.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import log, sqrt
from typing import Any

import numpy as np
from django.db.models import Count, QuerySet

from gazeapp.cases.models import AnswerKey
from gazeapp.core.problems import Problem
from gazeapp.difficulty.models import Place, Workload
from gazeapp.difficulty.selectors import in_a_band, on_ladder
from gazeapp.scanpaths.selectors import current_model
from ml.ladder import elo, place
from ml.metrics.intervals import Z95

FEWEST = 5  # cases that a scale is made of
FIFTHS = (-0.8416, -0.2533, 0.2533, 0.8416)  # of a normal distribution, in SDs
T95_19 = 2.093  # as `Z95`, of Student's t with 19 degrees of freedom


PREDICTED = {"predicted", "parted", "rated"}  # of a row: not the same for everybody


@dataclass(frozen=True, slots=True)
class Scale:
    """What the whole ladder makes of one case's numbers."""

    cuts: tuple[float, ...]  # four, log-odds: band k reaches up to cuts[k - 1]
    mean: float  # of places, log-odds
    sd: float
    log_mean: float  # of the logarithm of predicted seconds
    log_sd: float
    common: bool  # whether both are over the cases that have both
    model: str | None  # sha256 of the model whose predictions are shown
    counts: tuple[int, ...]  # observed cases in each band
    unread: int  # cases that were read for the first time or compared too seldom for a band

    def band(self, where: float) -> int:
        return 1 + bisect_left(self.cuts, where)

    def z(self, where: float) -> float | None:
        return (where - self.mean) / self.sd if self.sd > 0 else None

    def predicted_z(self, seconds: float) -> float | None:
        return (log(seconds) - self.log_mean) / self.log_sd if self.log_sd > 0 and seconds > 0 else None


@dataclass(frozen=True, slots=True)
class LadderRow:
    """A row and whether researchers may have it."""

    data: dict[str, Any]
    published: bool


def workload_model() -> str | None:
    """sha256 of the model version whose workloads the ladder shows: today's; while it has found none, the one that
    found the newest."""
    found = Workload.objects.filter(found_at__isnull=False)
    try:
        today = current_model().sha256
    except Problem:
        today = None
    if today is not None and found.filter(model_sha256=today).exists():
        return today
    return found.order_by("-found_at").values_list("model_sha256", flat=True).first()


def scale(blind: Collection[str] = ()) -> Scale:
    """The scale of the ladder as it stands. ``blind``: films whose predictions are left out of it, since a mean over
    all tells of each to who knows the others."""
    model = workload_model()
    workloads = Workload.objects.filter(model_sha256=model, found_at__isnull=False)
    seconds = {
        (film, report): s
        for film, report, s in workloads.values_list("film_sha256", "report_sha256", "seconds")
        if film not in blind
    }
    rows = list(on_ladder().values_list("place", "attempts", "comparisons", "case__film_id", "case__report_sha256"))
    places = np.array([row[0] for row in rows], float)
    observed = np.array([in_a_band(row[1], row[2]) for row in rows], bool)
    logs = np.array([log(seconds.get((row[3], row[4])) or np.nan) for row in rows], float)
    predicted = np.isfinite(logs)
    both = observed & predicted
    common = int(both.sum()) >= FEWEST
    mean, sd = _mean_sd(places[both if common else observed])
    log_mean, log_sd = _mean_sd(logs[both if common else predicted])
    cuts = (
        tuple(float(cut) for cut in place.bands(places[observed]))
        if observed.sum() >= FEWEST
        else tuple(elo.PRIOR_SD * fifth for fifth in FIFTHS)
    )
    bands = np.searchsorted(np.array(cuts), places[observed], side="left")
    counts = tuple(int(n) for n in np.bincount(bands, minlength=5))
    return Scale(cuts, mean, sd, log_mean, log_sd, common, model, counts, int((~observed).sum()))


def rows_of(case_ids: Collection[Any]) -> list[LadderRow]:
    """The rows of these cases that stand on the ladder, in the order in which they were asked for."""
    wanted = list(on_ladder().filter(case_id__in=case_ids).select_related("case"))
    if not wanted:
        return []
    order = {case: n for n, case in enumerate(case_ids)}
    wanted.sort(key=lambda row: order[row.case_id])
    return [LadderRow(data, row.case.published) for row, data in zip(wanted, row_dicts(wanted, scale()), strict=True)]


def observed_only(row: dict[str, Any]) -> dict[str, Any]:
    """A row without what the model predicts: it goes out to all, and some rate readings of the film blind."""
    return {name: value for name, value in row.items() if name not in PREDICTED}


def row_dicts(places: Sequence[Place], on: Scale, blind: Collection[str] = ()) -> list[dict[str, Any]]:
    """The rows of these places (with their cases), as the API shows them. Two queries. ``blind``: films of which this
    person must not know what the model predicts.
    """
    keys = newest_keys(place.case_id for place in places)
    films = {place.case.film_id for place in places}
    workloads = {
        (row.film_sha256, row.report_sha256): row
        for row in Workload.objects.filter(
            film_sha256__in=films - set(blind), model_sha256=on.model, found_at__isnull=False
        )
    }
    return [
        {
            **_row(row, on, workloads.get((row.case.film_id or "", row.case.report_sha256)), keys.get(row.case_id)),
            "rated": row.case.film_id in blind,
        }
        for row in places
    ]


def newest_keys(case_ids: Iterable[Any]) -> dict[Any, Any]:
    """The approved key that counts of each case, with `n`, how many findings it has."""
    return {key.case_id: key for key in _approved().filter(case_id__in=list(case_ids)).order_by("version")}


def _approved() -> QuerySet[Any]:
    return AnswerKey.objects.filter(state=AnswerKey.State.APPROVED).annotate(n=Count("findings"))


def _row(row: Place, on: Scale, workload: Workload | None, key: Any) -> dict[str, Any]:
    z = on.z(row.place)
    predicted = _predicted(workload, on) if workload else None
    other = predicted["z"] if predicted else None
    observed = in_a_band(row.attempts, row.comparisons)
    parted = None
    if observed and on.common and z is not None and other is not None and place.parted(z, other):
        parted = "harder" if z > other else "easier"
    return {
        "case": str(row.case_id),
        "title": row.case.title,
        "simulated": row.case.simulated,
        "band": on.band(row.place) if observed else 0,
        "place": row.place,
        "low": row.place - Z95 * row.se,
        "high": row.place + Z95 * row.se,
        "z": z,
        "attempts": row.attempts,
        "successes": row.successes,
        "comparisons": row.comparisons,
        "predicted": predicted,
        "parted": parted,
        "findings": key.n if key else None,
        "normal": key.normal if key else None,
        "changed_at": _iso(row.changed_at),
    }


def _predicted(workload: Workload, on: Scale) -> dict[str, Any]:
    """Mean total fixation duration of the samples, s, with the 95 % interval of that mean (Student's t)."""
    totals = np.array(workload.totals, float)
    mean = float(totals.mean())
    half = T95_19 * float(totals.std(ddof=1)) / sqrt(len(totals)) if len(totals) > 1 else 0.0
    return {
        "seconds": mean,
        "low": max(0.0, mean - half),
        "high": mean + half,
        "z": on.predicted_z(mean),
        "fixations": float(np.mean(workload.counts)),
        "model": workload.model_name,
    }


def _mean_sd(values: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation; without two values there is no scale, which is an SD of 0."""
    return (float(values.mean()), float(values.std(ddof=1))) if len(values) > 1 else (0.0, 0.0)


def _iso(at: datetime) -> str:
    return at.isoformat()
