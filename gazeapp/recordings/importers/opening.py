"""What the sandboxed child does with one eye-tracker file: read it, leave numbers in `gaze.bin` and the rest as JSON.

`gaze.bin` is little-endian float64, one run of values after another; each run is named in the answer by where it begins
(`at`, in values) and how long it is. An eye's samples are three runs of `samples` values: seconds, x, y. An eye's
fixations are four of `count` values: x, y, onset, duration (s).
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from gazeapp.core.sandbox.limits import Limits
from gazeapp.core.sandbox.refusal import Refused
from gazeapp.recordings import importers
from gazeapp.recordings.importers.session import FileRefused, Floats, Trial

LIMITS = Limits(
    address_space=2 * 1024**3,
    cpu_seconds=90,
    wall_seconds=150,
    file_bytes=200 * 1024**2,
    result_bytes=4 * 1024**2,
)
MAX_BYTES = 2 * importers.MAX_CHARS  # UTF-16 takes two a character
NUMBERS = "gaze.bin"


def open_session(path: Path, work: Path) -> dict[str, Any]:
    """The session's facts; its numbers lie in ``work``. Raises Refused."""
    if path.stat().st_size > MAX_BYTES:
        raise Refused("too-long", words=f"This file has more than {MAX_BYTES // 1_000_000} MB.")
    try:
        session = importers.read(decode(path.read_bytes()))
    except FileRefused as refused:
        raise Refused(refused.kind, words=str(refused)) from None
    with (work / NUMBERS).open("wb") as file:
        trials = [_trial(trial, file) for trial in session.trials]
    return {
        "format": session.format,
        "frame": str(session.frame),
        "device": session.device,
        "rate_hz": session.rate_hz,
        "screen_px": session.screen_px,
        "accuracy_deg": session.accuracy_deg,
        "notes": session.notes,
        "trials": trials,
    }


def decode(content: bytes) -> str:
    """Text of a file in UTF-8, in UTF-16 that says so, or else byte by byte."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def _trial(trial: Trial, file: BinaryIO) -> dict[str, Any]:
    eyes = {
        eye: {
            "samples": len(samples.time_s),
            "lost": samples.lost,
            "at": _put(file, samples.time_s, samples.x, samples.y),
        }
        for eye, samples in trial.eyes.items()
    }
    fixations = {}
    for eye, path in trial.fixations.items():
        rows = np.array([(f.x, f.y, f.onset_s, f.duration_s) for f in path], np.float64).reshape(-1, 4)
        fixations[eye] = {"count": len(rows), "at": _put(file, *rows.T)}
    return {
        "name": trial.name,
        "messages": [message for _, message in trial.messages],
        "duration_s": trial.duration_s,
        "eyes": eyes,
        "fixations": fixations,
    }


def _put(file: BinaryIO, *runs: Floats) -> int:
    at = file.tell() // 8
    for run in runs:
        file.write(np.ascontiguousarray(run, "<f8").tobytes())
    return at
