"""Hands an eye tracker's file to the sandboxed child and takes back a session's facts and numbers, or a refusal.

The child's answer is foreign too: every field is checked before it is believed.
"""

from __future__ import annotations

import json
import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeapp.core.problems import Problem
from gazeapp.core.sandbox.client import NotOpened, Opened, open_file
from gazeapp.core.sandbox.helper import HelperProcess
from gazeapp.core.sandbox.refusal import TOO_COMPLEX
from gazeapp.recordings.importers.opening import LIMITS, NUMBERS
from gazeapp.recordings.importers.session import MAX_MESSAGES, MAX_SAMPLES, MAX_TRIALS, Frame, Samples, TrackerFixation

log = logging.getLogger(__name__)

_PLAIN = re.compile(r"[A-Za-z0-9 .,:;_/()%-]{0,120}")  # a device's name
_WORDS = re.compile(r"[A-Za-z0-9 .,:;?/()=_+'…-]{1,400}")  # a sentence of the importers'
FORMATS = frozenset({"EyeLink ASC", "Table"})
EYES = frozenset({"left", "right", "gaze"})

importer = HelperProcess("gazeapp.recordings.importers")


@dataclass(frozen=True)
class TrialText:
    """The text that the file holds about one trial. Shown to its owner, kept nowhere else."""

    name: str
    messages: tuple[str, ...]


def open_session(path: Path, work: Path) -> dict[str, Any]:
    """What was recognised, without the file's words. Raises Problem for whatever is wrong with the file, OSError for a
    full disk or a machine too busy to look."""
    try:
        opened = open_file(importer, path, work, LIMITS)
    except NotOpened as fault:
        raise _refused(fault) from None
    try:
        return _session(opened, work)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        log.warning("the importer's answer is not believed (%s)", type(fault).__name__)
        raise unreadable() from None


def trial_texts(work: Path) -> list[TrialText]:
    """Names and messages of the trials, in order; empty when they are gone."""
    try:
        trials = json.loads((work / "result.json").read_bytes())["trials"]
        return [
            TrialText(_word(t["name"]), tuple(_word(message) for message in t["messages"][:MAX_MESSAGES]))
            for t in trials
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def samples_of(work: Path, eye: dict[str, Any]) -> Samples:
    """The numbers of one eye of a trial, as ``recognised`` names them. Raises Problem (import-gone)."""
    time_s, x, y = _runs(work, eye["at"], eye["samples"], 3)
    return Samples(time_s, x, y)


def fixations_of(work: Path, eye: dict[str, Any]) -> list[TrackerFixation]:
    """The tracker's own fixations of one eye. Raises Problem (import-gone)."""
    x, y, onset_s, duration_s = _runs(work, eye["at"], eye["count"], 4)
    rows = zip(x, y, onset_s, duration_s, strict=True)
    return [TrackerFixation(*(float(value) for value in row)) for row in rows]


def _runs(work: Path, at: int, length: int, runs: int) -> np.ndarray:
    try:
        values = np.fromfile(work / NUMBERS, "<f8", count=runs * length, offset=8 * at)
        return values.reshape(runs, length)
    except (OSError, ValueError):
        raise gone() from None


def gone() -> Problem:
    return Problem("import-gone", "This file is no longer here.", "Upload it again.", code=410)


def unreadable() -> Problem:
    return Problem(
        "gaze-unreadable", "This file cannot be read.", "It is damaged, or not what an eye tracker writes.", code=422
    )


def _refused(fault: NotOpened) -> Problem:
    """A refusal in the importer's own words, which never quote the file."""
    if fault.kind == TOO_COMPLEX:
        return Problem(
            "gaze-too-complex",
            "This file asks for more memory or time than a recording needs.",
            "It was stopped before it could do harm. Export the session in smaller parts.",
            code=422,
        )
    kind, words = fault.kind, str(fault.data.get("words", ""))
    if not re.fullmatch(r"[a-z-]{1,40}", kind) or not _WORDS.fullmatch(words):
        return unreadable()
    return Problem(f"gaze-{kind}", "This file is not taken.", words, code=422)


def _session(opened: Opened, work: Path) -> dict[str, Any]:
    answer = opened.answer
    frame, format = Frame(answer["frame"]), str(answer["format"])
    if format not in FORMATS or not 0 < len(answer["trials"]) <= MAX_TRIALS:
        raise ValueError("format")
    device = str(answer["device"])
    screen = answer["screen_px"]
    values = (work / NUMBERS).stat().st_size // 8
    trials = [_trial(number, trial, values) for number, trial in enumerate(answer["trials"], start=1)]
    if sum(eye["samples"] for trial in trials for eye in trial["eyes"].values()) > 2 * MAX_SAMPLES:
        raise ValueError("samples")
    return {
        "format": format,
        "frame": str(frame),
        "device": device if _PLAIN.fullmatch(device) else "",
        "rate_hz": _number(answer["rate_hz"], 0.1, 100_000) if answer["rate_hz"] is not None else None,
        "screen_px": [_count(side, 100, 20_000) for side in screen] if screen else None,
        "accuracy_deg": {_eye(eye): round(_number(value, 0, 180), 3) for eye, value in answer["accuracy_deg"].items()},
        "notes": [note for note in map(str, answer["notes"][:10]) if _WORDS.fullmatch(note)],
        "trials": trials,
    }


def _trial(number: int, trial: dict[str, Any], values: int) -> dict[str, Any]:
    eyes = {
        _eye(eye): {
            "samples": (samples := _count(of["samples"], 0, MAX_SAMPLES)),
            "lost": round(_number(of["lost"], 0, 1), 4),
            "at": _count(of["at"], 0, values - 3 * samples),
        }
        for eye, of in trial["eyes"].items()
    }
    fixations = {
        _eye(eye): {
            "count": (count := _count(of["count"], 0, MAX_SAMPLES)),
            "at": _count(of["at"], 0, values - 4 * count),
        }
        for eye, of in trial["fixations"].items()
    }
    duration = round(_number(trial["duration_s"], 0, 1e6), 3)
    return {"number": number, "duration_s": duration, "eyes": eyes, "fixations": fixations}


def _eye(name: Any) -> str:
    if name not in EYES:
        raise ValueError("eye")
    return str(name)


def _count(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError("count")
    return value


def _number(value: Any, low: float, high: float) -> float:
    number = float(value)
    if not (math.isfinite(number) and low <= number <= high):
        raise ValueError("number")
    return number


def _word(text: Any) -> str:
    """A short text that a page can show: without control characters."""
    return "".join(letter for letter in str(text)[:80] if letter.isprintable())
