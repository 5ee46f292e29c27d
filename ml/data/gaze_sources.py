"""How a reading's gaze was found. Sources of unlike kind are never pooled unless somebody names them."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import replace

from ml.data.types import DataError, GazeCase, Provenance

SOURCES = {
    "tracker": "an eye tracker, recorded while the film was read",
    "aperture": "dwells of the disc that a reader moved over a blurred film: where the cursor was, not the eye",
    "clicks": "places that a reader clicked on: no gaze between them",
    "import": "an eye tracker's file, brought in afterwards",
    "simulated": "a simulated reader: no person looked",
    "model": "a model's prediction: no person looked; model_sha256 says which model's",
}
USUAL = frozenset({"tracker", "import", "simulated"})  # read where nobody chose: eyes, and those that stand in for them
OF_SETS = {"egd-cxr": "tracker", "reflacx": "tracker"}  # sets all of whose readings are of one source

log = logging.getLogger(__name__)


def source_of(provenance: Provenance) -> str:
    """One of ``SOURCES``; "" where the set does not say (an export of version 1 that is not simulated)."""
    if provenance.gaze:
        return provenance.gaze
    return "simulated" if provenance.simulated else OF_SETS.get(provenance.dataset, "")


def wanted(sources: Collection[str] | None) -> frozenset[str]:
    """The sources to read: ``USUAL`` where nobody chose. Raises DataError where one is unknown, or none is chosen."""
    if sources is None:
        return USUAL
    unknown = sorted(set(sources) - set(SOURCES))
    if unknown or not sources:
        said = f"no source of gaze is called {unknown[0]!r}" if unknown else "no source of gaze is named"
        raise DataError(f"{said}; choose among {', '.join(SOURCES)}")
    return frozenset(sources)


def left_out(source: str, sources: Collection[str] | None) -> bool:
    """Whether a reading of this source is not to be read. Where nobody chose, one that says no source is read."""
    return bool(source or sources is not None) and source not in wanted(sources)


def reason(source: str) -> str:
    """What is counted for a reading that was left out."""
    return f"reading of source {source}, which nobody asked for" if source else "reading whose source is not said"


def only(cases: Iterable[GazeCase], sources: Collection[str], skipped: Counter[str] | None = None) -> list[GazeCase]:
    """The cases with their readings of these sources alone; cases stay, so that a split of them still fits.
    Raises DataError where a source is unknown."""
    wanted(sources)
    out, missing = [], Counter[str]()
    for case in cases:
        of = [(source_of(reading.provenance), reading) for reading in case.readings]
        missing.update(reason(source) for source, _ in of if left_out(source, sources))
        out.append(replace(case, readings=tuple(r for source, r in of if not left_out(source, sources))))
    report_left_out(missing, skipped)
    return out


def report_left_out(missing: Counter[str], skipped: Counter[str] | None) -> None:
    """Count what was left out where the caller counts; else say it in the log."""
    if skipped is not None:
        skipped.update(missing)
        return
    for what, count in sorted(missing.items()):
        log.warning("left out: %s, %d", what, count)
