"""How a model and the one that came of it read the same held-out cases: paired, with intervals over films.

The likelihood is the one that counts: a proper score, in which place, order, pace and length of a reading enter
(decision 15). ScanMatch of the reading that would be served stands beside it. Each row says in one sentence what these
cases can show, and where they are too few it says that.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ml.data.plurals import plural
from ml.data.prepared import Subset
from ml.data.types import Progress
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import against, as_path, film_key, truths
from ml.metrics.catalogue import LIKELIHOOD, LIKELIHOOD_UNIT, SCANMATCH, metric
from ml.metrics.intervals import bootstrap_mean
from ml.metrics.paths import Floats
from ml.metrics.paths import Path as Scan
from ml.metrics.scores import MetricTable, by_film

FEWEST_FILMS = 5  # under which no interval is given: a bootstrap over so few says little
MOST_CASES = 400  # compared on; of more, as many are drawn
LOSS = "training loss"  # in the likelihood's place, of a model that has none
BEFORE, AFTER = "before", "after"


def losses_of(model: MedGazeModel, cases: Subset) -> NDArray[np.float64]:
    """One number a case, nats a fixation; the training loss where the model has no likelihood."""
    return np.array([_loss(model, cases, number) for number in range(len(cases))])


def compare(
    before: Path, after: Path, cases: Subset, *, part: str, cpu: bool, progress: Progress
) -> list[dict[str, Any]]:
    """Both model folders on ``cases``: a row a metric, as plain values for JSON.

    ``part``: what the cases are of; of the validation cases each sentence says that they chose what was kept. A row:
    ``metric``, ``unit``, ``higher_is_better``, ``before``, ``after`` and ``difference`` (after less before), each with
    ``value``, ``low``, ``high`` (None under :data:`FEWEST_FILMS` films), ``cases`` (films), ``readings``, ``sentence``.
    """
    if len(cases) > MOST_CASES:
        drawn = np.random.default_rng(len(cases)).permutation(len(cases))[:MOST_CASES]
        cases = Subset(cases.whole, np.sort(cases.keep[drawn]), cases.reader)
    read = [cases.evaluation(number) for number in range(len(cases))]
    films = [film_key(case) for case in read]
    losses: dict[str, Floats] = {}
    served: dict[str, list[Scan]] = {}
    name = LOSS
    for turn, (which, folder) in enumerate(((BEFORE, before), (AFTER, after))):
        predictor = MedGazePredictor.load(folder, device="cpu" if cpu else "auto")
        name = LIKELIHOOD if predictor.model.config.loss == "nll" else LOSS
        found: list[float] = []
        served[which] = []
        for number, case in enumerate(read):
            found.append(_loss(predictor.model, cases, number))
            served[which].append(as_path(predictor.predict(case.film, case.report, seed=number).samples[0]))
            progress(turn * len(read) + number + 1, 2 * len(read))
        losses[which] = by_film(np.array(found), films)
    pairs = {which: [against(path, case) for path, case in zip(served[which], read, strict=True)] for which in served}
    table = MetricTable(metric(SCANMATCH), pairs, films)
    everyone = sum(len(case.readings) for case in read)
    unit = LIKELIHOOD_UNIT if name == LIKELIHOOD else ""
    return [
        row(name, unit, False, losses[BEFORE], losses[AFTER], readings=everyone, part=part),
        row(
            SCANMATCH, "", True, table.values[BEFORE], table.values[AFTER],
            readings=sum(len(truths(case)) for case in read), part=part,
        ),
    ]  # fmt: skip


def row(
    name: str, unit: str, higher_is_better: bool, before: Floats, after: Floats, *, readings: int, part: str
) -> dict[str, Any]:
    """One row from a value a film of either model, (films,) each, NaN where a film has none."""
    both = ~np.isnan(before) & ~np.isnan(after)
    before, after = before[both], after[both]
    out = {
        "metric": name,
        "unit": unit,
        "higher_is_better": higher_is_better,
        BEFORE: _estimate(before),
        AFTER: _estimate(after),
        "difference": _estimate(after - before),
        "cases": len(before),
        "readings": readings,
    }
    return {**out, "sentence": _sentence(out, part)}


def _estimate(values: Floats) -> dict[str, float | None]:
    found = bootstrap_mean(values)
    bounded = len(values) >= FEWEST_FILMS
    return {
        "value": found.value if len(values) else None,
        "low": found.low if bounded else None,
        "high": found.high if bounded else None,
    }


def _sentence(row: dict[str, Any], part: str) -> str:
    gap, films, readings, name = row["difference"], row["cases"], row["readings"], row["metric"]
    if not films:
        return f"Nothing can be said of {name}: no held-out reading could be scored."
    unit = f" {row['unit']}" if row["unit"] else ""
    way = "higher" if gap["value"] > 0 else "lower"
    effect = f"the new weights' {name} is {way} by {abs(gap['value']):.3f}{unit}"
    seen = f"{plural(readings, 'reading')} of {plural(films, 'held-out film')}"
    if gap["low"] is None:
        sentence = f"Too few to say: on {seen} {effect}, which may be chance."
    elif gap["low"] > 0 or gap["high"] < 0:
        good = (gap["value"] > 0) == row["higher_is_better"]
        least, most = sorted((abs(gap["low"]), abs(gap["high"])))
        sentence = f"{'Better' if good else 'Worse'}: on {seen} {effect} (95 % interval {least:.3f} to {most:.3f})."
    else:
        bounds = f"{gap['value']:+.3f}{unit}, 95 % interval {gap['low']:+.3f} to {gap['high']:+.3f}"
        sentence = f"No difference in {name} that {seen} can show: {bounds}."
    if part == "validate":
        sentence += " These cases also chose which step was kept, so it is too good by that."
    return sentence


def _loss(model: MedGazeModel, cases: Subset, number: int) -> float:
    inputs = {name: value.to(model.device) for name, value in cases.batch([number]).items()}
    torch.manual_seed(number)
    with torch.no_grad():
        losses = model(**inputs).losses
    assert losses is not None
    return float(losses.get("nll", losses["path"]))
