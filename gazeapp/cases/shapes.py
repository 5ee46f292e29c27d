"""The shapes of findings as they come from outside: what is one, and whether it lies on the film.

An ellipse has its middle in film fractions, its two radii in film widths and its angle in degrees clockwise; a polygon
has its corners in film fractions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ml.gaze import shapes

MAX_CORNERS = 200
SMALLEST = 0.002  # film widths; what is smaller cannot be seen, let alone hit
SLACK = 1e-4  # film fractions: what rounding may add, a tenth of a pixel
_ELLIPSE = ("x", "y", "radius_x", "radius_y", "angle_deg")


def parsed(value: Any) -> dict[str, Any]:
    """The shape with just its own fields, as numbers.

    Raises:
        ValueError: it is none, in words.
    """
    if not isinstance(value, Mapping):
        raise ValueError("A shape is an object with a kind: ellipse or polygon.")
    if value.get("kind") == "ellipse":
        return _ellipse(value)
    if value.get("kind") == "polygon":
        return _polygon(value)
    raise ValueError("The kind of a shape is ellipse or polygon.")


def on_film(shape: Mapping[str, Any], aspect: float) -> bool:
    """Whether all of a parsed shape lies on the film, whose height is ``aspect`` times its width."""
    if shape["kind"] == "polygon":
        corners = shape["points"]
    else:
        corners = shapes.ellipse(**{name: shape[name] for name in _ELLIPSE}, aspect=aspect).tolist()
    return all(-SLACK <= place <= 1 + SLACK for corner in corners for place in corner)


def _ellipse(value: Mapping[str, Any]) -> dict[str, Any]:
    shape: dict[str, Any] = {"kind": "ellipse"}
    for name in _ELLIPSE:
        if name == "angle_deg":
            shape[name] = _number(value.get(name, 0), name, -360, 360)
        elif name.startswith("radius"):
            shape[name] = _number(value.get(name), name, SMALLEST, 1)
        else:
            shape[name] = _number(value.get(name), name, 0, 1)
    return shape


def _polygon(value: Mapping[str, Any]) -> dict[str, Any]:
    points = value.get("points")
    if not isinstance(points, list) or not 3 <= len(points) <= MAX_CORNERS:
        raise ValueError(f"A polygon has 3 to {MAX_CORNERS} points.")
    if not all(isinstance(point, list) and len(point) == 2 for point in points):
        raise ValueError("A point is [x, y].")
    return {"kind": "polygon", "points": [[_number(v, "a point", 0, 1) for v in point] for point in points]}


def _number(value: Any, name: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"{name} is a number from {low} to {high}.")
    return float(value)
