"""What every metric is: a frozen recipe that prepares a path once and compares many prepared pairs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ml.metrics.paths import Floats, Path, checked

Prepared = TypeVar("Prepared")


class Metric(ABC, Generic[Prepared]):
    """Subclasses are frozen dataclasses whose fields are the recipe, recorded with every result.

    The first path is the predicted one, the second the truth; it matters only to metrics that say so.
    """

    __slots__ = ()

    higher_is_better: ClassVar[bool] = True
    unit: ClassVar[str] = ""  # blank for what has none
    at_least: ClassVar[int] = 1  # fixations a path needs

    @abstractmethod
    def prepare(self, path: Path) -> Prepared:
        """What of a checked path the comparison needs; made once a path, however often it is compared."""

    @abstractmethod
    def compare(self, predicted: Sequence[Prepared], truth: Sequence[Prepared]) -> Floats:
        """(P,) scores of P pairs."""

    def __call__(self, predicted: ArrayLike, truth: ArrayLike) -> float:
        """One pair; raises :class:`ml.metrics.paths.PathRefused`."""
        first, second = (self.prepare(checked(path, self.at_least)) for path in (predicted, truth))
        return float(self.compare([first], [second])[0])

    def recipe(self) -> dict[str, Any]:
        """The recipe as plain values."""
        return {"kind": type(self).__name__, "higher_is_better": self.higher_is_better, **asdict(self)}  # type: ignore[call-overload]


class PairMetric(Metric[Prepared]):
    """A metric that is quick enough one pair at a time."""

    __slots__ = ()

    @abstractmethod
    def pair(self, predicted: Prepared, truth: Prepared) -> float:
        """Score of one prepared pair."""

    def compare(self, predicted: Sequence[Prepared], truth: Sequence[Prepared]) -> Floats:
        return np.array([self.pair(a, b) for a, b in zip(predicted, truth, strict=True)], np.float64)
