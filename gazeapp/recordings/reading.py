"""One trial of a file as a reading of one case's film: mapped, looked through, its fixations found. Nothing is written.

The preview and what is saved come from here, so that a person saves what they saw.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gazeapp.cases.models import Case
from gazeapp.core.problems import Problem
from gazeapp.recordings import sandbox_client
from gazeapp.recordings.importers import placing
from gazeapp.recordings.importers.placing import Box
from gazeapp.recordings.importers.session import Frame, Samples
from ml.gaze.detection import Dispersion, detect_fixations

MOST_OFF = 0.5  # of the places may lie beside the film; with more the mapping is in doubt
MAX_SAMPLES = 600_000  # of one trial: five minutes at 2 kHz
OUTSIDE = 2.9  # films; what lies further away is no place of this film at all
METHOD = "I-DT"


@dataclass(frozen=True)
class Place:
    """What a person says of where the film lay. Empty: as the file says, fitted and centred."""

    screen_px: tuple[int, int] | None = None  # width, height; only where the file does not say
    box: tuple[float, float, float] | None = None  # left, top, width in screen px
    film_px: tuple[int, int] | None = None  # columns, rows of the film that the file's pixels are of


@dataclass(frozen=True)
class Reading:
    """Places in film fractions, times in seconds from the trial's start."""

    case: Case
    eye: str
    frame: str
    samples: Samples
    fixations: list[dict[str, float]]  # ours
    tracker: list[dict[str, float]] | None  # the tracker's own
    screen_px: tuple[int, int] | None
    box: Box | None
    lost: float  # share of the samples without a place
    off_film: float  # share of the places that lie beside the film
    rate_hz: float | None
    duration_s: float

    @property
    def quality(self) -> dict[str, Any]:
        steps = np.diff(self.samples.time_s)
        box = self.box and {name: round(value, 2) for name, value in asdict(self.box).items()}
        return {
            "lost": round(self.lost, 4),
            "gaps": int((steps > 0.1).sum()),
            "off_film": round(self.off_film, 4),
            "eye": self.eye,
            "geometry": {"frame": self.frame, "screen_px": self.screen_px, "film_box_px": box},
        }


def eyes_of(trial: Mapping[str, Any]) -> list[str]:
    """The eyes that can be chosen: those of the file, the one with less loss first, and the mean of two."""
    if not trial["eyes"]:
        return sorted(trial["fixations"], key=lambda eye: (-trial["fixations"][eye]["count"], eye))
    eyes = sorted(trial["eyes"], key=lambda eye: (trial["eyes"][eye]["lost"], eye))
    both = [trial["eyes"].get(eye) for eye in ("left", "right")]
    same = all(both) and both[0]["samples"] == both[1]["samples"]
    return [*eyes, "mean"] if same else eyes


def read(work: Path, recognised: Mapping[str, Any], number: int, case: Case, eye: str, place: Place) -> Reading:
    """Trial ``number`` (from 1) of a recognised file on this case's film.

    Raises:
        Problem: trial-unknown, eye-unknown, screen-unknown, film-size-differs, box-invalid, trial-too-long,
            nothing-seen, mapping-in-doubt, no-fixations, import-gone.
    """
    trial = _trial(recognised, number)
    if eye not in eyes_of(trial):
        raise Problem("eye-unknown", "This trial has no such eye.", "Choose one of those that were recorded.", code=422)
    frame = Frame(recognised["frame"])
    screen, box, film = _geometry(frame, recognised, case, place)
    samples = _samples(work, trial, eye)
    x, y = placing.film_fractions(samples.x, samples.y, frame, screen_px=screen, box=box, film_px=film)
    far = (np.abs(x) > OUTSIDE) | (np.abs(y) > OUTSIDE) | np.isnan(x) | np.isnan(y)
    samples = Samples(samples.time_s, np.where(far, np.nan, x), np.where(far, np.nan, y))
    tracker = _tracker(work, trial, eye, frame, screen, box, film)
    off = placing.off_film(x, y)
    if not len(samples.time_s):
        places = np.array([(f["x"], f["y"]) for f in tracker or []], np.float64).reshape(-1, 2)
        off = placing.off_film(places[:, 0], places[:, 1])
    _look_through(samples, tracker, off)
    found = detect_fixations(samples.time_s, samples.x, samples.y, aspect=case.aspect, by=Dispersion())
    ours = [_row(f.x, f.y, f.onset_s, f.duration_s) for f in found]
    if not ours and not tracker:
        raise Problem(
            "no-fixations", "There is no fixation in this trial.", "It is too short, or the eye was lost.", code=422
        )
    steps = np.diff(samples.time_s)
    ends = [f["onset_s"] + f["duration_s"] for f in (tracker or [])[-1:]]
    return Reading(
        case=case,
        eye=eye,
        frame=str(frame),
        samples=samples,
        fixations=ours,
        tracker=tracker,
        screen_px=screen,
        box=box,
        lost=samples.lost,
        off_film=off,
        rate_hz=round(1.0 / float(np.median(steps)), 1) if len(steps) else None,
        duration_s=float(samples.time_s[-1]) if len(samples.time_s) else max(ends, default=0.0),
    )


def _trial(recognised: Mapping[str, Any], number: int) -> Mapping[str, Any]:
    trials = recognised["trials"]
    if not 1 <= number <= len(trials):
        raise Problem("trial-unknown", "This file has no such trial.", code=422)
    trial: Mapping[str, Any] = trials[number - 1]
    return trial


def _geometry(
    frame: Frame, recognised: Mapping[str, Any], case: Case, place: Place
) -> tuple[tuple[int, int] | None, Box | None, tuple[int, int] | None]:
    """Screen, box on it, and film size, as far as this frame needs them."""
    film = case.film
    assert film is not None
    if frame == Frame.FILM_PX:
        if place.film_px is None:
            raise Problem(
                "film-size-unknown",
                "How large is the film in the file's pixels?",
                "Say its columns and rows: pixels of another size would land elsewhere.",
                code=422,
            )
        if place.film_px != (film.columns, film.rows):
            raise Problem(
                "film-size-differs",
                "This is another film, or another size of it.",
                f"The case's film has {film.columns} × {film.rows} px, the file's pixels are of "
                f"{place.film_px[0]} × {place.film_px[1]}.",
                code=422,
            )
        return None, None, place.film_px
    if frame == Frame.FILM:
        return None, None, None
    screen_px = recognised["screen_px"]
    screen = (int(screen_px[0]), int(screen_px[1])) if screen_px else place.screen_px
    if screen is None:
        raise Problem(
            "screen-unknown",
            "How large was the screen?",
            "The file does not say it; give its width and height in pixels.",
            code=422,
        )
    if place.box is None:
        return screen, placing.fitted(screen, case.aspect), None
    left, top, width = place.box
    box = Box(left, top, width, width * case.aspect)
    beside = left >= screen[0] or top >= screen[1] or left + width <= 0 or top + box.height <= 0
    if not 20 <= width <= 10 * screen[0] or beside:
        raise Problem(
            "box-invalid",
            "The film cannot have lain there.",
            "Its box must lie on the screen, 20 px wide or more.",
            code=422,
        )
    return screen, box, None


def _samples(work: Path, trial: Mapping[str, Any], eye: str) -> Samples:
    """Of the chosen eye; none where the file has fixations only. What came before the trial's start is left out."""
    if not trial["eyes"]:
        none = np.empty(0)
        return Samples(none, none, none)
    wanted = ["left", "right"] if eye == "mean" else [eye]
    if trial["eyes"][wanted[0]]["samples"] > MAX_SAMPLES:
        raise Problem(
            "trial-too-long",
            "This trial is too long for one reading of a film.",
            f"At most {MAX_SAMPLES:,} samples are taken; split the recording by film.",
            code=422,
        )
    eyes = [sandbox_client.samples_of(work, trial["eyes"][one]) for one in wanted]
    try:
        samples = placing.mean_of_eyes(*eyes) if eye == "mean" else eyes[0]
    except ValueError:
        raise Problem("eye-unknown", "The two eyes do not share a clock.", "Choose one of them.", code=422) from None
    late = samples.time_s >= 0
    return Samples(samples.time_s[late], samples.x[late], samples.y[late])


def _tracker(
    work: Path,
    trial: Mapping[str, Any],
    eye: str,
    frame: Frame,
    screen: tuple[int, int] | None,
    box: Box | None,
    film: tuple[int, int] | None,
) -> list[dict[str, float]] | None:
    """The tracker's own fixations of this eye, those on the film or near it. It has none of the mean of two eyes."""
    if eye not in trial["fixations"]:
        return None
    found = sandbox_client.fixations_of(work, trial["fixations"][eye])
    x, y = placing.film_fractions(
        np.array([f.x for f in found], np.float64),
        np.array([f.y for f in found], np.float64),
        frame,
        screen_px=screen,
        box=box,
        film_px=film,
    )
    rows = (
        _row(float(across), float(down), f.onset_s, f.duration_s)
        for across, down, f in zip(x, y, found, strict=True)
        if abs(across) <= OUTSIDE and abs(down) <= OUTSIDE
    )
    return [row for row in rows if all(map(math.isfinite, row.values())) and row["onset_s"] >= 0] or None


def _look_through(samples: Samples, tracker: list[dict[str, float]] | None, off: float) -> None:
    if len(samples.time_s) and samples.lost >= 1 and off == 0:
        raise Problem(
            "nothing-seen", "The eye was lost all the time.", "Choose the other eye, or leave it out.", code=422
        )
    if off > MOST_OFF:
        raise Problem(
            "mapping-in-doubt",
            f"{off * 100:.0f} % of the places lie beside the film.",
            "Another film, another box on the screen, or another unit: check them. Nothing was saved.",
            code=422,
        )


def _row(x: float, y: float, onset_s: float, duration_s: float) -> dict[str, float]:
    return {
        "x": round(x, 6),
        "y": round(y, 6),
        "onset_s": round(onset_s, 6),
        "duration_s": round(duration_s, 6),
    }
