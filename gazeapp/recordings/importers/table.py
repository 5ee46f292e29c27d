"""A table of samples or fixations whose columns say their unit: CSV or TSV, with a decimal point or a decimal comma.

    time_ms  x_px  y_px  [eye]  [trial]          samples on a screen; its size is asked for
    time_s   x_film  y_film  [trial]             samples as fractions of the film
    onset_s  duration_s  x_film  y_film          fixations

Units stand behind the last underscore or in brackets ("gaze x [px]", "Timestamp (ms)"). A column without one is refused
rather than guessed at: off by a thousand is the commonest fault of such files.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from gazeapp.recordings.importers.session import (
    MAX_SAMPLES,
    MAX_TRIALS,
    FileRefused,
    Frame,
    Samples,
    Session,
    TrackerFixation,
    Trial,
    check_rate,
)

Unit = TypeVar("Unit")
SECONDS = {
    "s": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "seconds": 1.0,
    "ms": 1e-3,
    "us": 1e-6,
    "μs": 1e-6,
    "µs": 1e-6,
    "ns": 1e-9,
}
PLACES = {"px": Frame.SCREEN_PX, "screen": Frame.SCREEN, "film": Frame.FILM, "filmpx": Frame.FILM_PX}
MAX_HEADER = 20_000  # characters
LOST = (0.0, -1.0)  # what trackers write for both places of a lost eye
MISSING = frozenset({"", ".", "na", "n/a", "nan", "null", "none", "-"})
TIME_WORDS = {"time", "timestamp", "t", "recordingtime", "sampletime"}
ONSET_WORDS = {"onset", "start", "fixationonset", "fixationstart"}
DURATION_WORDS = {"duration", "dur", "fixationduration"}
TRIAL_WORDS = {"trial", "case", "image", "film", "stimulus", "trialid", "caseid", "media", "medianame"}
_UNIT = re.compile(r"^(?P<name>.*?)\s*(?:[\[(]\s*(?P<bracket>[^\])]*)[\])]|[_ ](?P<tail>[a-zμµ]+))$")


@dataclass(frozen=True)
class _Columns:
    """Numbers of the columns that count, and what their units make of them."""

    time: int
    seconds: float  # of one unit of time
    duration: int | None
    duration_seconds: float
    x: int
    y: int
    frame: Frame
    eye: int | None
    trial: int | None


def recognises(text: str) -> bool:
    """Whether the first line is a header with at least three columns, one of them named like a time or an x."""
    header = _header(text)
    names = {_name(word) for word in header}
    return (
        len(header) >= 3 and bool(names & (TIME_WORDS | ONSET_WORDS)) and any(_is_place(word, "x") for word in header)
    )


def read(text: str) -> Session:
    """Raises FileRefused."""
    columns = _columns(_header(text))
    try:
        return _session(_gather(text, columns), columns)
    except csv.Error:
        raise FileRefused("damaged", "This table has a cell that never ends.") from None


def _gather(text: str, columns: _Columns) -> dict[tuple[str, str], list[tuple[float, ...]]]:
    """(time, x, y, duration) of each row, by trial and eye."""
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text))
    next(rows, None)
    number = _number_reader(_delimiter(text))
    gathered: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    names: set[str] = set()
    for line, row in enumerate(rows, start=2):
        if not any(cell.strip() for cell in row):
            continue
        try:
            values = (number(row[columns.time]), number(row[columns.x]), number(row[columns.y]))
            lasting = number(row[columns.duration]) if columns.duration is not None else 0.0
            trial = row[columns.trial].strip()[:80] if columns.trial is not None else "Trial 1"
            eye = _eye(row[columns.eye]) if columns.eye is not None else "gaze"
        except (IndexError, ValueError):
            raise FileRefused(
                "damaged", f"Line {line} of this table has a cell that is no number, or too few cells."
            ) from None
        if np.isnan(values[0]):
            raise FileRefused("damaged", f"Line {line} of this table has no time.")
        gathered.setdefault((trial, eye), []).append((*values, lasting))
        names.add(trial)
        if line > MAX_SAMPLES:
            raise FileRefused("too-long", f"This file holds more than {MAX_SAMPLES:,} rows.")
        if len(names) > MAX_TRIALS:
            raise FileRefused("too-long", f"This file holds more than {MAX_TRIALS} trials.")
    if not gathered:
        raise FileRefused("empty", "This table has a header and no rows.")
    return gathered


def _session(gathered: dict[tuple[str, str], list[tuple[float, ...]]], columns: _Columns) -> Session:
    trials: dict[str, Trial] = {}
    zeros = 0
    session = Session("Table", columns.frame, [])
    first = {name: min(rows[0][0] for (whose, _), rows in gathered.items() if whose == name) for name, _ in gathered}
    for (name, eye), rows in gathered.items():
        trial = trials.setdefault(name, Trial(name))
        values = np.array(rows, np.float64)
        time_s = (values[:, 0] - first[name]) * columns.seconds
        if (np.diff(time_s) <= 0).any():
            raise FileRefused(
                "time-in-doubt", f"The time of trial {list(trials).index(name) + 1} does not grow from row to row."
            )
        lost = np.isin(values[:, 1], LOST) & (values[:, 1] == values[:, 2])
        zeros += int(lost.sum())
        values[lost, 1:3] = np.nan
        _check_places(values[:, 1], values[:, 2], columns.frame)
        if columns.duration is None:
            trial.eyes[eye] = Samples(time_s, values[:, 1], values[:, 2])
            continue
        lasting = values[:, 3] * columns.duration_seconds
        if not (np.isfinite(lasting).all() and (lasting > 0).all() and (lasting < 60).all()):
            raise FileRefused("time-in-doubt", "A fixation lasts no time, or more than a minute.")
        seen = ~(np.isnan(values[:, 1]) | np.isnan(values[:, 2]))
        trial.fixations[eye] = tuple(
            TrackerFixation(float(x), float(y), float(onset), float(duration))
            for x, y, onset, duration in zip(values[seen, 1], values[seen, 2], time_s[seen], lasting[seen], strict=True)
        )
    session.trials = list(trials.values())
    if zeros:
        lost = "1 row" if zeros == 1 else f"{zeros:,} rows"
        session.notes.append(f"{lost} with both places 0 or -1 {'was' if zeros == 1 else 'were'} taken as a lost eye.")
    check_rate(session)
    return session


def _check_places(x: np.ndarray, y: np.ndarray, frame: Frame) -> None:
    """Most places of a fraction lie in 0 to 1, and most pixels do not; else the unit is in doubt."""
    known = np.concatenate([x[~np.isnan(x)], y[~np.isnan(y)]])
    if not len(known):
        return
    small = float(((known >= -0.5) & (known <= 1.5)).mean())
    if frame in {Frame.SCREEN, Frame.FILM} and small < 0.5:
        raise FileRefused("unit-in-doubt", "Places said to be fractions lie mostly outside 0 to 1.")
    if frame in {Frame.SCREEN_PX, Frame.FILM_PX} and small > 0.9:
        raise FileRefused("unit-in-doubt", "Places said to be pixels lie between 0 and 1: are they fractions?")


# --- the header -----------------------------------------------------------------------------------------------------


def _header(text: str) -> list[str]:
    line = text[: MAX_HEADER + 1].lstrip("\ufeff").split("\n", 1)[0]
    if len(line) > MAX_HEADER:
        return []
    return [word.strip() for word in next(csv.reader([line], delimiter=_delimiter(text)), [])]


def _delimiter(text: str) -> str:
    line = text[:MAX_HEADER].lstrip("\ufeff").split("\n", 1)[0]
    return max("\t;,", key=line.count)


def _split(word: str) -> tuple[str, str]:
    """Name and unit of a column: letters and digits only, small."""
    found = _UNIT.match(word.strip().lower())
    if not found:
        return _plain(word), ""
    return _plain(found["name"]), _plain(found["bracket"] or found["tail"] or "")


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9μµ]", "", word.lower())


def _name(word: str) -> str:
    name, unit = _split(word)
    return name if unit in SECONDS or unit in PLACES else _plain(word)


def _is_place(word: str, axis: str) -> bool:
    name, unit = _split(word)
    return (name if unit in PLACES else _plain(word)) in {
        axis,
        f"gaze{axis}",
        f"{axis}position",
        f"fixation{axis}",
        f"gazepoint{axis}",
    }


def _columns(header: list[str]) -> _Columns:
    def one(wanted: Callable[[str], bool], what: str) -> int:
        found = [number for number, word in enumerate(header) if wanted(word)]
        if len(found) != 1:
            which = "no column" if not found else f"{len(found)} columns"
            raise FileRefused("columns-in-doubt", f"This table has {which} for {what}.")
        return found[0]

    def maybe(words: set[str]) -> int | None:
        return next((number for number, word in enumerate(header) if _name(word) in words), None)

    duration = maybe(DURATION_WORDS)
    onsets = TIME_WORDS | ONSET_WORDS if duration is not None else TIME_WORDS
    time = one(lambda word: _name(word) in onsets, "the time (time_s, time_ms …)")
    x, y = one(lambda word: _is_place(word, "x"), "x"), one(lambda word: _is_place(word, "y"), "y")
    frames = [
        _unit(header[number], axis, PLACES, "px, screen, film or filmpx") for axis, number in (("x", x), ("y", y))
    ]
    if frames[0] != frames[1]:
        raise FileRefused("unit-in-doubt", "x and y have different units.")
    return _Columns(
        time=time,
        seconds=_unit(header[time], "time", SECONDS, "s, ms, us or ns"),
        duration=duration,
        duration_seconds=_unit(header[duration], "duration", SECONDS, "s, ms, us or ns")
        if duration is not None
        else 1.0,
        x=x,
        y=y,
        frame=frames[0],
        eye=maybe({"eye"}),
        trial=maybe(TRIAL_WORDS),
    )


def _unit(word: str, what: str, units: dict[str, Unit], choices: str) -> Unit:
    unit = _split(word)[1]
    if unit not in units:
        raise FileRefused(
            "unit-in-doubt",
            f"A column of {what} does not say its unit ({choices}), as in {what}_{choices.split(',')[0]}.",
        )
    return units[unit]


def _eye(cell: str) -> str:
    eye = {"l": "left", "left": "left", "r": "right", "right": "right", "": "gaze"}.get(cell.strip().lower())
    if eye is None:
        raise ValueError(cell)
    return eye


def _number_reader(delimiter: str) -> Callable[[str], float]:
    """A decimal comma is one where commas do not part the columns."""

    def number(cell: str) -> float:
        cell = cell.strip()
        if cell.lower() in MISSING:
            return float("nan")
        value = float(cell.replace(",", ".") if delimiter != "," else cell)
        if np.isinf(value):
            raise ValueError(cell)
        return value

    return number
