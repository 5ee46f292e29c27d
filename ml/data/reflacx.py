"""REFLACX 1.0.0 (PMC9206650): five radiologists, EyeLink 1000 Plus, screen 3840 x 2160, a dictated report a reading.

``main_data/metadata_phase_{1,2,3}.csv`` lists the readings; ``main_data/<id>/`` holds each one's fixations and words.
Fixations are in px of the original film, times in seconds from the start of the audio recording. Readers zoomed and
panned: each fixation carries the part of the film that was shown and where on the screen, by which fixations on the
screen's button and beside the shown part are known and left out. Readings whose eye tracking was discarded are skipped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ml.data.marker import SIMULATED_SITE, is_simulated
from ml.data.mimic_cxr import SITE, SPLITS, Mimic, refuse_nothing
from ml.data.paths import PathBuilder
from ml.data.tables import Row, find_tables, rows
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report, Sentence
from ml.gaze.scanpath import Scanpath

NAME = "reflacx"
METADATA = (
    "id", "split", "eye_tracking_data_discarded", "image", "dicom_id", "subject_id", "image_size_x", "image_size_y",
)  # fmt: skip
SHOWN = tuple(f"{edge}_shown_from_image" for edge in ("xmin", "ymin", "xmax", "ymax"))
ON_SCREEN = tuple(f"{edge}_in_screen_coordinates" for edge in ("xmin", "ymin", "xmax", "ymax"))
FIXATIONS = (
    "timestamp_start_fixation", "timestamp_end_fixation", "x_position", "y_position", *SHOWN, *ON_SCREEN,
)  # fmt: skip
WORDS = ("word", "timestamp_start_word", "timestamp_end_word")
CHEST = ("xmin", "ymin", "xmax", "ymax")
BUTTON = (10.0, 933.0, 650.0, 1122.0)  # x0, y0, x1, y1 on the screen, px: the authors' own example filter
NOT_LABELS = frozenset({*METADATA, "Other"})


def read_reflacx(root: Path, *, mimic: Sequence[Path] = (), skipped: Counter[str] | None = None) -> list[GazeCase]:
    """One case a film, with every reading of it. ``mimic``: MIMIC-CXR(-JPG) roots, where the films lie.

    The case's report is the first reading's; each reading has its own. ``skipped`` counts what was left out and why.
    Raises DataError where a table is missing or wrong, or nothing is left.
    """
    left_out: Counter[str] = Counter() if skipped is None else skipped
    main = main_folder(root)
    files = Mimic(root, *mimic)
    simulated = is_simulated(root)
    films: dict[str, _Film] = {}
    tables = find_tables(main, METADATA)
    if not tables:
        raise DataError(f"{main}: no REFLACX metadata table (metadata_phase_1.csv ...); get the files")
    seen: set[str] = set()
    for table in tables:
        for row in rows(table, METADATA):
            name = row.needed("id")
            if name in seen:
                raise row.fault(f"reading {name} is listed twice; keep each metadata file once")
            seen.add(name)
            reason = _add(row, main / name, films, files, simulated)
            if reason:
                left_out[reason] += 1
    cases = [film.case(simulated) for film in films.values()]
    refuse_nothing(cases, tables[0], left_out)
    return cases


def main_folder(root: Path) -> Path:
    """``main_data`` of a whole release, or the folder itself where it is that one."""
    return root / "main_data" if (root / "main_data").is_dir() else root


@dataclass(slots=True)
class _Film:
    """A film and what the rows about it have brought so far."""

    file: FilmFile
    subject: str
    split: str
    report: Report
    readings: list[GazeReading] = field(default_factory=list)
    labels: dict[str, list[float]] = field(default_factory=dict)
    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)

    def case(self, simulated: bool) -> GazeCase:
        return GazeCase(
            key=self.file.key,
            film=self.file,
            report=self.report,
            patient=self.subject,
            site=SIMULATED_SITE if simulated else SITE,
            dataset=NAME,
            readings=tuple(self.readings),
            labels={name: sum(values) / len(values) for name, values in self.labels.items()},
            official_split=self.split,
            boxes=self.boxes,
            simulated=simulated,
        )


def _add(row: Row, folder: Path, films: dict[str, _Film], files: Mimic, simulated: bool) -> str:
    """Adds one reading to its film; a reason where it is left out."""
    if row.flag("eye_tracking_data_discarded"):
        return "eye tracking discarded"
    key, subject, split = row.needed("dicom_id"), row.needed("subject_id"), row.needed("split")
    if split not in SPLITS:
        raise row.fault(f"split is {split!r}; train, validate or test is needed")
    study = _study(row, subject)
    report, starts_s = _dictated(folder)
    report = report or files.report(subject, study)
    if report is None:
        return "no report"
    if not (folder / "fixations.csv").is_file():
        return "no fixations"
    size = row.decimal("image_size_x"), row.decimal("image_size_y")
    scanpath, dropped = _scanpath(folder / "fixations.csv", size)
    if not scanpath.fixations:
        return "no fixation on the film"
    if key not in films:
        file = files.film(subject, study, key)
        if file is None:
            return "no film file"
        films[key] = _Film(file, subject, split, report)
    film = films[key]
    if (film.subject, film.split) != (subject, split):
        raise row.fault(f"film {key} has another patient or split in an earlier row; get the metadata files anew")
    provenance = Provenance(
        dataset=NAME,
        source=f"{folder.parent.name}/{folder.name}",
        simulated=simulated,
        mapping=f"px of the {size[0]:g} x {size[1]:g} film; button and unshown parts by each fixation's rectangles",
        dropped=dropped,
    )
    film.readings.append(GazeReading(_reader(row), scanpath, provenance, report, starts_s))
    for name, text in row.values.items():
        if name not in NOT_LABELS and text.strip():
            film.labels.setdefault(name, []).append(_certainty(row, name))
    chest = folder / "chest_bounding_box.csv"
    if chest.is_file() and "chest" not in film.boxes:
        for box in rows(chest, CHEST):
            x0, y0, x1, y1 = (box.decimal(edge) for edge in CHEST)
            film.boxes["chest"] = (x0 / size[0], y0 / size[1], x1 / size[0], y1 / size[1])
    return ""


def _reader(row: Row) -> str:
    """``P102R009922``: phase 1, reader 02, reading 009922."""
    match = re.fullmatch(r"P[123](\d+)R\d+", row.needed("id"))
    if not match:
        raise row.fault(f"id {row.text('id')!r} is not like P102R009922 (phase, reader, R, number); get the file anew")
    return f"reflacx-{match[1]}"


def _study(row: Row, subject: str) -> str:
    """The study out of ``.../p10/p10000032/s50414267/<dicom_id>.jpg``."""
    match = re.search(r"/p(\d+)/s(\d+)/", row.needed("image"))
    if not match or match[1] != subject:
        raise row.fault(f"image {row.text('image')!r} does not name a study of patient {subject}; get the file anew")
    return match[2]


def _certainty(row: Row, name: str) -> float:
    """0..5; the labels that are only there or not (support devices) as 1 or 0."""
    if row.text(name).lower() in ("true", "false"):
        return float(row.flag(name))
    return row.decimal(name)


def _scanpath(path: Path, size: tuple[float, float]) -> tuple[Scanpath, dict[str, int]]:
    out = PathBuilder()
    for row in rows(path, FIXATIONS):
        x, y = row.number_or_none("x_position"), row.number_or_none("y_position")
        start, end = row.decimal("timestamp_start_fixation"), row.decimal("timestamp_end_fixation")
        if end < start:
            raise row.fault("the fixation ends before it starts; take the row out, or get the file anew")
        if x is not None and y is not None and 0 <= x <= size[0] and 0 <= y <= size[1]:
            shown = [row.decimal(name) for name in SHOWN]
            screen = _on_screen(x, y, shown, [row.decimal(name) for name in ON_SCREEN])
            if screen and _inside(screen, BUTTON):
                out.dropped["on button"] += 1
                continue
            if not _inside((x, y), shown):
                out.dropped["beside the shown part"] += 1
                continue
        out.add(None if x is None else x / size[0], None if y is None else y / size[1], start, end - start)
    scanpath = out.scanpath(str(path))
    return scanpath, dict(out.dropped)


def _on_screen(x: float, y: float, shown: Sequence[float], screen: Sequence[float]) -> tuple[float, float] | None:
    """Where on the screen a film place was, by what was shown of the film and where."""
    if shown[2] <= shown[0] or shown[3] <= shown[1]:
        return None
    across, down = (x - shown[0]) / (shown[2] - shown[0]), (y - shown[1]) / (shown[3] - shown[1])
    return screen[0] + across * (screen[2] - screen[0]), screen[1] + down * (screen[3] - screen[1])


def _inside(place: Sequence[float], box: Sequence[float]) -> bool:
    return box[0] <= place[0] <= box[2] and box[1] <= place[1] <= box[3]


def _dictated(folder: Path) -> tuple[Report | None, float | None]:
    """The reading's own report by sentence, and when its first word was said. Punctuation stands as words of its own;
    the release's README once names the file in the plural."""
    names = ("timestamps_transcription.csv", "timestamps_transcriptions.csv")
    path = next((folder / name for name in names if (folder / name).is_file()), None)
    text_file = folder / "transcription.txt"
    text = " ".join(text_file.read_text(encoding="utf-8-sig").split()) if text_file.is_file() else ""
    sentences: list[Sentence] = []
    words: list[str] = []
    start, end = 0.0, 0.0
    for row in rows(path, WORDS) if path else ():
        word = row.text("word")
        if not word:
            continue
        begins, ends = row.number_or_none("timestamp_start_word"), row.number_or_none("timestamp_end_word")
        if not words:
            start = end if begins is None else begins
        end = end if ends is None else ends
        words.append(word)
        if word == ".":
            sentences.append(Sentence(_joined(words), start, end))
            words = []
    if words:
        sentences.append(Sentence(_joined(words), start, end))
    text = text or " ".join(s.text for s in sentences)
    return (Report(text, tuple(sentences)) if text else None), (sentences[0].start_s if sentences else None)


def _joined(words: Sequence[str]) -> str:
    return re.sub(r"\s+([.,;:?!])", r"\1", " ".join(words))
