"""EGD-CXR 1.0.0 (doi 10.13026/qfdz-zr67; Sci Data 8:92, 2021): one reader, Gazepoint GP3 HD, screen 1920 x 1080.

``FPOGX/FPOGY`` are fractions of the screen. The film was shown with bars (pads) at its sides, its own sides padded to
an even number of pixels W x H first: x = (FPOGX * 1920 - left) * W / (1920 - left - right), y likewise. The set's own
``X_ORIGINAL/Y_ORIGINAL`` (whole px of the original film, negative off the film) must agree with that, else the table
of pads, the gaze and the film do not belong together. Rows about an image that is no film are calibration; ids are
found in any case of letters, and cut short. A recording is one film in one session.
"""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ml.data.egd_transcripts import transcript
from ml.data.marker import SIMULATED_SITE, is_simulated
from ml.data.mimic_cxr import SITE, Mimic, refuse_nothing
from ml.data.paths import PathBuilder
from ml.data.tables import Row, find_table, find_tables, rows
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report

NAME = "egd-cxr"
READER = "egd-1"
SCREEN_W, SCREEN_H = 1920, 1080
MASTER = ("dicom_id", "path", "study_id", "patient_id", "anchor_age", "cxr_exam_indication")
GAZE = ("SESSION_ID", "DICOM_ID", "Time (in secs)", "FPOGX", "FPOGY", "FPOGS", "FPOGD", "FPOGID", "FPOGV")
BOXES = ("dicom_id", "bbox_name", "x1", "x2", "y1", "y2")
SIDES = ("left", "right", "top", "bottom")
NO_LABELS = frozenset(
    {"dicom_id", "path", "study_id", "patient_id", "stay_id", "gender", "anchor_age", "cxr_exam_indication",
     "normal_reports", *(f"image_{side}_pad" for side in SIDES), *(f"image_{side}" for side in SIDES)}
)  # fmt: skip
TOLERANCE_PX = 3.0  # median distance of our mapping from X_ORIGINAL, Y_ORIGINAL
DICOM_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{1,8}){1,4}-?(\.dcm)?", re.IGNORECASE)  # of MIMIC-CXR, whole or cut short
SHORTEST_ID = 4  # letters; fewer are no id that was cut short
SAME_CLOCK_S = 0.1  # FPOGS counts from the film's onset when it is this close to the samples' time


def read_egd_cxr(root: Path, *, mimic: Sequence[Path] = (), skipped: Counter[str] | None = None) -> list[GazeCase]:
    """Every film that has its file, gaze and words. ``mimic``: MIMIC-CXR roots, where the films (and reports) lie.

    ``skipped`` counts what was left out and why. Raises DataError where a table is missing or wrong, or nothing is
    left.
    """
    left_out: Counter[str] = Counter() if skipped is None else skipped
    files = Mimic(root, *mimic)
    master = find_table(root, MASTER, "EGD-CXR master sheet")
    sheet = {row.needed("dicom_id"): row for row in rows(master, MASTER)}
    gaze = _gaze_table(root)
    ids = _Ids(master, sheet)
    recordings = _recordings(gaze, ids, left_out)
    boxes = _boxes(root, ids)
    simulated = is_simulated(root)
    cases = []
    for key, row in sheet.items():
        subject, study = _folder(row)
        film = files.film(subject, study, key)
        report = transcript(root, key) or files.report(subject, study)
        if film is None or report is None or key not in recordings:
            left_out["no film file" if film is None else "no report" if report is None else "no gaze"] += 1
            continue
        readings = tuple(
            _reading(fixations, row, film, report, gaze, session, simulated)
            for session, fixations in recordings[key].items()
        )
        seen = tuple(reading for reading in readings if reading.scanpath.fixations)
        if not seen:
            left_out["no fixation on the film"] += 1
            continue
        case = GazeCase(
            key=key,
            film=film,
            report=report,
            patient=subject,
            site=SIMULATED_SITE if simulated else SITE,
            dataset=NAME,
            readings=seen,
            labels=_labels(row),
            boxes={name: _fractions(box, film) for name, box in boxes.get(key, {}).items()},
            simulated=simulated,
        )
        cases.append(case)
    refuse_nothing(cases, master, left_out)
    return cases


# --- gaze


@dataclass(frozen=True, slots=True)
class _Fixation:
    """What is needed of one row: a whole table of rows with their 37 cells would not fit beside the films."""

    row: int
    x: float | None  # fraction of the screen
    y: float | None
    onset_s: float
    duration_s: float
    sample_s: float  # of the fixation's last sample, from the film's onset
    valid: bool
    x_set_px: float | None  # what the set itself says, px of the original film
    y_set_px: float | None

    @classmethod
    def of(cls, row: Row) -> _Fixation:
        x, y = row.number_or_none("FPOGX"), row.number_or_none("FPOGY")
        lost = (x, y) in ((0.0, 0.0), (-1.0, -1.0))
        return cls(
            row.number,
            None if lost else x,
            None if lost else y,
            row.decimal("FPOGS"),
            row.decimal("FPOGD"),
            row.decimal("Time (in secs)"),
            row.text("FPOGV") == "1",
            row.number_or_none("X_ORIGINAL"),
            row.number_or_none("Y_ORIGINAL"),
        )


Sessions = dict[str, list[_Fixation]]


class _Ids:
    """The master sheet's films, found by the ids that other tables give them: programs for tables change the case of
    letters, and cut ids short."""

    def __init__(self, sheet: Path, keys: Iterable[str]) -> None:
        self.sheet = sheet
        self.keys = {key.casefold(): key for key in keys}
        self.found: dict[str, str | None] = {}

    def key(self, row: Row, column: str) -> str | None:
        """The film that a row is about, None where the sheet has none of such an id. Raises DataError where it may be
        several."""
        said = row.needed(column)
        if said not in self.found:
            self.found[said] = self._look_up(said, row)
        return self.found[said]

    def _look_up(self, said: str, row: Row) -> str | None:
        name = said.casefold().removesuffix(".dcm")
        if name in self.keys:
            return self.keys[name]
        longer = [key for folded, key in self.keys.items() if folded.startswith(name)]
        if len(name) < SHORTEST_ID or not longer:
            return None
        if len(longer) > 1:
            raise row.fault(
                f"id {said!r} is cut short and may be any of {len(longer)} films of {self.sheet.name}; "
                "get the table anew"
            )
        return longer[0]


def _recordings(table: Path, ids: _Ids, left_out: Counter[str]) -> dict[str, Sessions]:
    """Fixations by film and session, in the order of the file."""
    out: dict[str, Sessions] = {}
    for row in _last_samples(table) if _holds_samples(table) else rows(table, GAZE):
        film = ids.key(row, "DICOM_ID")
        if film is None:
            of_film = DICOM_ID.fullmatch(row.text("DICOM_ID"))
            left_out["row of a film that the master sheet lacks" if of_film else "row of a calibration image"] += 1
            continue
        out.setdefault(film, {}).setdefault(row.text("SESSION_ID"), []).append(_Fixation.of(row))
    return out


def _gaze_table(root: Path) -> Path:
    """The table of fixations, or of samples where only that is there; the columns are the same, samples repeat
    FPOGID."""
    found = sorted(find_tables(root, GAZE), key=lambda path: path.stat().st_size)
    if not found:
        find_table(root, GAZE, "EGD-CXR gaze table (fixations.csv or eye_gaze.csv)")
    if len(found) > 2:
        raise DataError(
            f"{root}: more than two gaze tables: {', '.join(p.name for p in found)}; keep the release's two"
        )
    return found[0]


def _holds_samples(path: Path) -> bool:
    before = None
    for index, row in enumerate(rows(path, GAZE)):
        now = (row.text("SESSION_ID"), row.text("DICOM_ID"), row.text("FPOGID"))
        if now == before:
            return True
        before = now
        if index > 2000:  # a fixation of 60 Hz samples is a dozen rows
            break
    return False


def _last_samples(path: Path) -> Iterator[Row]:
    """The last valid row of each fixation: its duration grows from sample to sample, and only the last one is whole."""
    last: Row | None = None
    for row in rows(path, GAZE):
        if row.text("FPOGV") != "1":
            continue
        if last is not None and any(row.text(n) != last.text(n) for n in ("SESSION_ID", "DICOM_ID", "FPOGID")):
            yield last
        last = row
    if last is not None:
        yield last


def _reading(
    fixations: Sequence[_Fixation],
    sheet: Row,
    film: FilmFile,
    report: Report,
    table: Path,
    session: str,
    simulated: bool,
) -> GazeReading:
    pads = {side: _pad(sheet, side) for side in SIDES}
    shown_w, shown_h = SCREEN_W - pads["left"] - pads["right"], SCREEN_H - pads["top"] - pads["bottom"]
    if shown_w <= 0 or shown_h <= 0:
        raise sheet.fault(f"pads {pads} leave nothing of the {SCREEN_W} x {SCREEN_H} screen; get the master sheet anew")
    even_w, even_h = film.width_px + film.width_px % 2, film.height_px + film.height_px % 2
    shift = _clock(fixations)
    path, distances = PathBuilder(), []
    for f in fixations:
        if f.x is None or f.y is None:
            path.dropped["missing"] += 1
            continue
        if not f.valid:
            path.dropped["not valid"] += 1
            continue
        x_px = (f.x * SCREEN_W - pads["left"]) * even_w / shown_w
        y_px = (f.y * SCREEN_H - pads["top"]) * even_h / shown_h
        if f.x_set_px is not None and f.y_set_px is not None:
            if f.x_set_px < 0 or f.y_set_px < 0:
                path.dropped["off film"] += 1
                continue
            distances.append(max(abs(x_px - f.x_set_px), abs(y_px - f.y_set_px)))
        path.add(x_px / film.width_px, y_px / film.height_px, f.onset_s + shift, f.duration_s)
    if distances and statistics.median(distances) > TOLERANCE_PX:
        raise DataError(
            f"{table}, row {fixations[0].row}: gaze mapped by the master sheet's pads lies "
            f"{statistics.median(distances):.0f} px from X_ORIGINAL, Y_ORIGINAL of film {film.key} "
            f"({film.width_px} x {film.height_px} px); use the film in its original size and the master sheet of the "
            "same release"
        )
    source = f"{table.name}, session {session}, rows {fixations[0].row} to {fixations[-1].row}"
    scanpath = path.scanpath(f"{table.parent / source}")
    spoken = [s.start_s for s in report.sentences if s.start_s is not None]
    provenance = Provenance(
        dataset=NAME,
        source=source,
        simulated=simulated,
        mapping=f"screen {SCREEN_W} x {SCREEN_H} fractions, pads l{pads['left']:g} r{pads['right']:g} "
        f"t{pads['top']:g} b{pads['bottom']:g} px; onsets moved by {shift:g} s",
        dropped=dict(path.dropped),
    )
    return GazeReading(READER, scanpath, provenance, dictation_start_s=min(spoken) if spoken else None)


def _clock(fixations: Sequence[_Fixation]) -> float:
    """What to add to FPOGS to count from the film's onset. ``Time (in secs)`` of a fixation's last sample does; the
    tracker's own FPOGS may count from its start."""
    shift = statistics.median(f.sample_s - f.duration_s - f.onset_s for f in fixations)
    return shift if abs(shift) > SAME_CLOCK_S else 0.0


def _pad(sheet: Row, side: str) -> float:
    """The bar's width in screen px; an official script names the columns without ``_pad``."""
    value = sheet.number_or_none(f"image_{side}_pad")
    return sheet.decimal(f"image_{side}") if value is None else value


# --- the other tables


def _folder(row: Row) -> tuple[str, str]:
    """Patient and study out of ``files/p15/p15628804/s58573295/<dicom_id>.dcm``, checked against their columns."""
    subject, study = row.needed("patient_id"), row.needed("study_id")
    expected = f"files/p{subject[:2]}/p{subject}/s{study}/"
    if row.text("path") and expected not in row.text("path"):
        raise row.fault(f"path {row.text('path')!r} is not of patient {subject}, study {study}; get the sheet anew")
    return subject, study


def _labels(row: Row) -> dict[str, float]:
    """Findings with the figures the sheet gives them; diagnoses (dx..) and blanks are left out."""
    out = {}
    for name, text in row.values.items():
        if name and name not in NO_LABELS and not name.startswith("dx") and text.strip():
            out[name] = row.decimal(name)
    return out


def _boxes(root: Path, ids: _Ids) -> dict[str, dict[str, tuple[float, float, float, float]]]:
    """Film: region: x0, y0, x1, y1 in px of the original film. The columns stand in the order x1, x2, y1, y2."""
    out: dict[str, dict[str, tuple[float, float, float, float]]] = {}
    for path in find_tables(root, BOXES):
        for row in rows(path, BOXES):
            box = (row.decimal("x1"), row.decimal("y1"), row.decimal("x2"), row.decimal("y2"))
            film = ids.key(row, "dicom_id")
            if film is not None:
                out.setdefault(film, {})[row.needed("bbox_name")] = box
    return out


def _fractions(box: tuple[float, float, float, float], film: FilmFile) -> tuple[float, float, float, float]:
    w, h = film.width_px, film.height_px
    return box[0] / w, box[1] / h, box[2] / w, box[3] / h
