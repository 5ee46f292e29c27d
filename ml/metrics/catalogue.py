"""All metrics by name, which of them are shown where, and the scoring of many pairs at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ml.metrics.amounts import FixationDurationError, LengthError, TotalDurationError
from ml.metrics.base import Metric
from ml.metrics.multimatch import DIMENSIONS, MultiMatch
from ml.metrics.overlap import MapCorrelation, MapOverlap
from ml.metrics.paths import Floats, PathRefused, Reason, checked
from ml.metrics.regions import Coverage, RedundancyError, RegionOrder
from ml.metrics.saliency import AucJudd, Correlation, Divergence, NormalisedScanpathSaliency
from ml.metrics.scanmatch import ScanMatch
from ml.metrics.sed import StringEdit
from ml.metrics.stde import TimeDelayEmbedding

SCANMATCH, MIOU = "ScanMatch", "mIoU"
METRICS: dict[str, Metric[Any]] = {
    SCANMATCH: ScanMatch(),
    "ScanMatch, places only": ScanMatch(bin_s=0),
    MIOU: MapOverlap(),
    "mCC": MapCorrelation(),
    "CC": Correlation(),
    "mMM": MultiMatch(),
    "mD-MM": MultiMatch(dimensions=("duration",)),
    **{f"MultiMatch {name}": MultiMatch(dimensions=(name,)) for name in DIMENSIONS[:4]},
    "SED": StringEdit(),
    "STDE": TimeDelayEmbedding(),
    "NSS": NormalisedScanpathSaliency(),
    "AUC-Judd": AucJudd(),
    "KL": Divergence(),
    "region order": RegionOrder(),
    "region coverage": Coverage(),
    "region redundancy error": RedundancyError(),
    "total duration error": TotalDurationError(),
    "fixation duration error": FixationDurationError(),
    "length error": LengthError(),
}
STANDARD = tuple(name for name in METRICS if not name.startswith("MultiMatch "))  # what an evaluation scores
LEAD = (SCANMATCH, MIOU, "CC", "mMM", "mD-MM", "length error")  # shown first; the others stand in the full list
MAP_METRICS = tuple(name for name, one in METRICS.items() if hasattr(one, "heat"))  # see where, and never in what order
LIKELIHOOD, LIKELIHOOD_UNIT = "negative log-likelihood", "nats a fixation"  # of a model, not of a pair of paths


class UnknownMetric(KeyError):
    """No metric of that name; the message lists the names."""

    def __str__(self) -> str:
        return str(self.args[0])


def metric(name: str) -> Metric[Any]:
    """The metric of that name with its standard recipe; raises :class:`UnknownMetric`."""
    if name not in METRICS:
        raise UnknownMetric(f"no metric is called {name!r}; there are {', '.join(METRICS)}")
    return METRICS[name]


@dataclass(frozen=True, slots=True)
class RefusedPair:
    """A pair that was not scored: its number, whose path was at fault, and why."""

    index: int
    side: str  # predicted or truth
    reason: Reason
    message: str


@dataclass(frozen=True, slots=True)
class PairScores:
    """``scores`` (P,), NaN where refused; every NaN has its entry in ``refused``."""

    scores: Floats
    refused: tuple[RefusedPair, ...]


def score_pairs(metric: Metric[Any], predicted: Sequence[ArrayLike], truth: Sequence[ArrayLike]) -> PairScores:
    """``predicted[i]`` against ``truth[i]``. A path that stands in several pairs is checked and prepared once."""
    predicted, truth = list(predicted), list(truth)  # rows of one array would be new objects at every look
    ready: dict[int, Any] = {}
    for path in _distinct([*predicted, *truth]):
        try:
            ready[id(path)] = metric.prepare(checked(path, metric.at_least))
        except PathRefused as refusal:
            ready[id(path)] = refusal
    refused, kept = [], []
    for index, pair in enumerate(zip(predicted, truth, strict=True)):
        faults = [(side, ready[id(path)]) for side, path in zip(("predicted", "truth"), pair, strict=True)]
        faults = [(side, fault) for side, fault in faults if isinstance(fault, PathRefused)]
        refused += [RefusedPair(index, side, fault.reason, str(fault)) for side, fault in faults[:1]]
        if not faults:
            kept.append(index)
    scores = np.full(len(predicted), np.nan)
    if kept:
        scores[kept] = metric.compare([ready[id(predicted[i])] for i in kept], [ready[id(truth[i])] for i in kept])
    return PairScores(scores, tuple(refused))


def _distinct(paths: Iterable[ArrayLike]) -> Iterable[ArrayLike]:
    return {id(path): path for path in paths}.values()
