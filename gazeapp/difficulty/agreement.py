"""How far predicted workload goes with observed difficulty, beside the plain measures that would have to be beaten."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np
from django.db.models import F

from gazeapp.cases.selectors import films_rated
from gazeapp.difficulty import rows
from gazeapp.difficulty.models import Workload
from gazeapp.difficulty.selectors import ladder_for
from ml.ladder import correlation

FEWEST = 5  # cases


def agreement_for(user: Any) -> dict[str, Any]:
    """Rank correlations with observed difficulty, over the cases with an attempt or a comparison that this person sees.
    Difficulty from readings is no reading time, so a low number says that the two are different things, too."""
    observed = list(
        ladder_for(user)
        .annotate(seen=F("attempts") + F("comparisons"))
        .filter(seen__gt=0)
        .values_list("case_id", "place", "case__film_id", "case__report_sha256", "case__report")
    )
    model = rows.workload_model()
    found = Workload.objects.filter(model_sha256=model, found_at__isnull=False).exclude(
        film_sha256__in=films_rated(user)
    )
    workloads = {(row.film_sha256, row.report_sha256): row for row in found}
    keys = rows.newest_keys(row[0] for row in observed)
    places = np.array([row[1] for row in observed], float)
    predicted = [workloads.get((film or "", report)) for _, _, film, report, _ in observed]
    measures = {
        "predicted workload": [row.seconds if row else None for row in predicted],
        "report length (words)": [len(text.split()) for *_, text in observed],
        "number of findings": [keys[row[0]].n if row[0] in keys else None for row in observed],
        "number of fixations": [float(np.mean(row.counts)) if row else None for row in predicted],
    }
    return {
        "observed": len(observed),
        "rows": [_row(name, np.array(values, float), places) for name, values in measures.items()],
    }


def _row(name: str, values: np.ndarray, places: np.ndarray) -> dict[str, Any]:
    known = np.isfinite(values)
    n = int(known.sum())
    spearman = correlation.spearman(values[known], places[known])
    kendall = correlation.kendall(values[known], places[known])
    words = ""
    if n < FEWEST:
        words = f"Too few to say: {n} cases have both, and it takes {FEWEST}."
    elif not isfinite(spearman.value):
        words = "Nothing to say: all cases have the same value."
    return {"predictor": name, "n": n, "spearman": _estimate(spearman), "kendall": _estimate(kendall), "words": words}


def _estimate(found: Any) -> dict[str, float | None]:
    values = {"value": found.value, "low": found.low, "high": found.high}
    return {name: float(value) if isfinite(value) else None for name, value in values.items()}
