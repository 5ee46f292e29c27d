"""The one map between a film and the square the model sees, there and back, for pixels, places and spreads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class FilmTransform:
    """Where the film lies in the model's square of ``size`` px: at (left, top), ``width`` x ``height`` px.

    A stretched film fills the square; a letterboxed one keeps its aspect and leaves bars.
    """

    film_width: int
    film_height: int
    size: int
    left: int
    top: int
    width: int
    height: int

    @classmethod
    def fit(cls, film_width: int, film_height: int, size: int, *, letterbox: bool) -> FilmTransform:
        """The transform of a film of that many pixels."""
        width = height = size
        if letterbox:
            scale = size / max(film_width, film_height)
            width, height = (max(1, round(side * scale)) for side in (film_width, film_height))
        return cls(film_width, film_height, size, (size - width) // 2, (size - height) // 2, width, height)

    @property
    def scale(self) -> tuple[float, float]:
        """Square fractions per film fraction, along x and y."""
        return self.width / self.size, self.height / self.size

    def to_square(self, xy: Floats) -> Floats:
        """(..., 2) film fractions -> fractions of the square."""
        return np.asarray(xy * np.array(self.scale) + np.array([self.left, self.top]) / self.size)

    def to_film(self, xy: Floats) -> Floats:
        """(..., 2) fractions of the square -> film fractions; outside 0..1 where the square shows no film."""
        return np.asarray((xy - np.array([self.left, self.top]) / self.size) / np.array(self.scale))

    def spread_to_film(self, sd: Floats) -> Floats:
        """(..., 2) standard deviations in square fractions -> film fractions."""
        return np.asarray(sd / np.array(self.scale))
