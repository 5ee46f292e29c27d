"""One batch of a recording as a page sends it: looked through once, then written in one canonical spelling.

`{"samples": [[t, x, y], …], "views": [[t, {…}], …], "events": [[t, name, {…}], …]}`. Times are seconds from film onset
and grow; places are film fractions, null where the pointer or eye was off the film or lost.
"""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any, NoReturn

from gazeapp.core.problems import Problem

MAX_SAMPLES, MAX_VIEWS, MAX_EVENTS = 2000, 500, 200
MAX_TIME_S = 4 * 3600.0
OUTSIDE = 3.0  # films; a pointer may lie beside the film, not in the next room
EVENTS = frozenset({"blur", "focus", "hidden", "visible", "resize", "resume", "aperture", "tracker"})
VIEW = {
    "scale": float,
    "x": float,
    "y": float,
    "rotation": float,
    "flip": bool,
    "center": float,
    "width": float,
    "invert": bool,
    "box": list,
}


@dataclass(frozen=True, slots=True)
class Batch:
    """``content`` is the canonical JSON that is stored, and that a second sending must equal."""

    content: bytes
    samples: int
    start_s: float | None  # the first and last time of anything in it
    end_s: float | None
    first_sample_s: float | None
    last_sample_s: float | None

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def read(body: dict[str, Any]) -> Batch:
    """The batch in a request's body. Raises Problem (invalid-batch), with what is wrong."""
    unknown = set(body) - {"samples", "views", "events", "writer"}
    if unknown:
        _refuse(f"There is no {sorted(unknown)[0]!r} in a batch.")
    samples = _rows(body, "samples", MAX_SAMPLES)
    views = _rows(body, "views", MAX_VIEWS)
    events = _rows(body, "events", MAX_EVENTS)
    for row in samples:
        if len(row) != 3 or (row[1] is None) != (row[2] is None) or not all(_is_place(value) for value in row[1:]):
            _refuse("A sample is [seconds, x, y] with places in film fractions, or both null.")
    for row in views:
        if len(row) != 2 or not isinstance(row[1], dict) or not all(_is_view(*item) for item in row[1].items()):
            _refuse(f"A view is [seconds, {{…}}] with some of {', '.join(VIEW)}.")
    for row in events:
        if (
            len(row) not in {2, 3}
            or not isinstance(row[1], str)
            or row[1] not in EVENTS
            or (len(row) == 3 and not _is_flat(row[2]))
        ):
            _refuse(f"An event is [seconds, name] with one of {', '.join(sorted(EVENTS))}.")
    times = [_times(rows, name) for rows, name in ((samples, "samples"), (views, "views"), (events, "events"))]
    strictly = times[0]
    if any(later <= earlier for earlier, later in zip(strictly, strictly[1:], strict=False)):
        _refuse("The times of samples must grow.")
    every = [time for some in times for time in some]
    content = json.dumps({"events": events, "samples": samples, "views": views}, separators=(",", ":"), sort_keys=True)
    return Batch(
        content.encode(),
        len(samples),
        min(every) if every else None,
        max(every) if every else None,
        strictly[0] if strictly else None,
        strictly[-1] if strictly else None,
    )


def _rows(body: dict[str, Any], name: str, most: int) -> list[Any]:
    rows = body.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, list) and row for row in rows):
        _refuse(f"`{name}` must be a list of lists.")
    if len(rows) > most:
        _refuse(f"At most {most} {name} are taken in one batch.")
    return rows


def _times(rows: list[Any], name: str) -> list[float]:
    times = [row[0] for row in rows]
    if not all(_is_number(time) and 0 <= time <= MAX_TIME_S for time in times):
        _refuse(f"Times of {name} are seconds from film onset, from 0 to {MAX_TIME_S:.0f}.")
    if any(later < earlier for earlier, later in zip(times, times[1:], strict=False)):
        _refuse(f"The times of {name} must not go back.")
    return times


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_place(value: Any) -> bool:
    return value is None or (_is_number(value) and -OUTSIDE <= value <= OUTSIDE)


def _is_view(name: Any, value: Any) -> bool:
    kind = VIEW.get(name)
    if kind is float:
        return _is_number(value) and abs(value) < 1e9
    if kind is bool:
        return isinstance(value, bool)
    if kind is not list or not isinstance(value, list) or len(value) != 2:
        return False
    return all(_is_number(side) and 0 <= side < 1e6 for side in value)


def _is_flat(detail: Any) -> bool:
    """A small object of numbers, flags and short words."""
    if not isinstance(detail, dict) or len(detail) > 8 or any(len(name) > 40 for name in detail):
        return False
    return all(v is None or isinstance(v, bool) or _is_number(v) or _is_word(v) for v in detail.values())


def _is_word(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 40


def _refuse(detail: str) -> NoReturn:
    raise Problem("invalid-batch", "This batch of samples is not one.", detail)
