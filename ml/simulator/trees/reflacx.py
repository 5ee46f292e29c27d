"""REFLACX's layout, simulated: five readers on a 3840 x 2160 screen, films as JPEG in MIMIC-CXR-JPG's folders.

With its traps: columns of fixations in another order for each reading, other labels in phase 1, discarded readings
that have no folder, zoomed and panned views, fixations off the film, on the screen's button and with a lost eye,
punctuation as words. Every fifth film is read by all five (phase 2), the others by one. The samples (``gaze_data``) are
left out: nothing here reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ml.simulator.films import Looked, SimulatedFilm, Slot
from ml.simulator.trees import dictation
from ml.simulator.trees.mimic_cxr import film_path, part_of
from ml.simulator.trees.parts import Part, Tables, lines

SCREEN_W, SCREEN_H = 3840, 2160
BESIDE = 700  # px of the screen left free on either side of an unzoomed film, where the button is
SACCADE_S = 0.03
KEYS = ("id", "split", "eye_tracking_data_discarded", "image", "dicom_id", "subject_id", "image_size_x", "image_size_y")
LABELS = {
    1: ("Airway wall thickening", "Atelectasis", "Consolidation", "Enlarged cardiac silhouette", "Groundglass opacity",
        "Mass", "Nodule", "Pleural effusion", "Pneumothorax", "Pulmonary edema"),
    2: ("Abnormal mediastinal contour", "Atelectasis", "Consolidation", "Enlarged cardiac silhouette",
        "Groundglass opacity", "Interstitial lung disease", "Lung nodule or mass", "Pleural abnormality",
        "Pneumothorax", "Pulmonary edema"),
}  # fmt: skip
LABELS[3] = LABELS[2]
LABELS_OF = {
    "opacity": ("Groundglass opacity",), "consolidation": ("Consolidation",), "atelectasis": ("Atelectasis",),
    "nodule": ("Nodule", "Lung nodule or mass"), "mass": ("Mass", "Lung nodule or mass"),
    "granuloma": ("Nodule", "Lung nodule or mass"), "effusion": ("Pleural effusion", "Pleural abnormality"),
    "pneumothorax": ("Pneumothorax",), "interstitial": ("Interstitial lung disease", "Pulmonary edema"),
}  # fmt: skip
TABLES: Tables = {
    f"main_data/metadata_phase_{phase}.csv": (*KEYS, *LABELS[phase], "Support devices", "Other") for phase in (1, 2, 3)
}
FIXATIONS = (
    "timestamp_start_fixation", "timestamp_end_fixation", "x_position", "y_position", "pupil_area_normalized",
    "window_width", "window_level", "angular_resolution_x_pixels_per_degree", "angular_resolution_y_pixels_per_degree",
    "xmin_shown_from_image", "ymin_shown_from_image", "xmax_shown_from_image", "ymax_shown_from_image",
    "xmin_in_screen_coordinates", "ymin_in_screen_coordinates", "xmax_in_screen_coordinates",
    "ymax_in_screen_coordinates",
)  # fmt: skip


def phase_of(slot: Slot) -> int:
    return {0: 2, 1: 1}.get(slot.index % 5, 3)


def readers(slot: Slot) -> tuple[int, ...]:
    return (0, 1, 2, 3, 4) if phase_of(slot) == 2 else (slot.index % 5,)


def reading_id(slot: Slot, reader: int) -> str:
    return f"P{phase_of(slot)}{reader + 1:02d}R{slot.index * 5 + reader:06d}"


def write_film(root: Path, film: SimulatedFilm) -> Part:
    slot, phase = film.slot, phase_of(film.slot)
    path = film_path(root, slot, ".jpg")
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(film.pixels).save(path, quality=95)
    height, width = film.pixels.shape
    table = []
    here = {label for kind in film.kinds for label in LABELS_OF.get(kind, ())}

    def row(name: str, discarded: bool) -> list[Any]:
        image = f"physionet.org/files/mimic-cxr-jpg/2.0.0/{path.relative_to(root).as_posix()}"
        labels = [5 if label in here else 0 for label in LABELS[phase]]
        return [
            name, part_of(slot), discarded, image, slot.key, slot.subject, width, height, *labels, False,
            "simulated|no patient",
        ]  # fmt: skip

    for looked in film.readings:
        name = reading_id(slot, looked.reader)
        table.append(row(name, False))
        _write_reading(root / "main_data" / name, film, looked)
    if slot.index % 8 == 3:
        table.append(row(f"P{phase}05R{900000 + slot.index}", True))
    return {f"main_data/metadata_phase_{phase}.csv": lines(table)}


def _write_reading(folder: Path, film: SimulatedFilm, looked: Looked) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    height, width = film.pixels.shape
    rng = np.random.default_rng([film.slot.index, looked.reader, 7])
    order = rng.permutation(len(FIXATIONS))
    table = _fixations(looked, width, height, rng)
    _write(folder / "fixations.csv", [[FIXATIONS[i] for i in order], *([row[i] for i in order] for row in table)])
    spoken = dictation.words(looked, marks_apart=True)
    columns = ["word", "timestamp_start_word", "timestamp_end_word"]
    _write(folder / "timestamps_transcription.csv", [columns, *([w, start, end] for w, start, end in spoken)])
    (folder / "transcription.txt").write_text(" ".join(looked.report.text.split()), encoding="utf-8")
    edges = ["xmin", "ymin", "xmax", "ymax"]
    lungs = [film.boxes[name] for name in ("right lung", "left lung") if name in film.boxes]
    if lungs:
        low, high = np.min(lungs, axis=0)[:2], np.max(lungs, axis=0)[2:]
        chest = [round(v) for v in (low[0] * width, low[1] * height, high[0] * width, high[1] * height)]
        _write(folder / "chest_bounding_box.csv", [edges, chest])
    labels = [*LABELS[phase_of(film.slot)]]
    _write(folder / "anomaly_location_ellipses.csv", [[*edges, "certainty", *labels]])


def _fixations(looked: Looked, width: int, height: int, rng: np.random.Generator) -> list[list[Any]]:
    """Rows in the order of FIXATIONS, the true ones and, in between, those a reader of the set must leave out."""
    whole = (0.0, 0.0, float(width), float(height))
    scale = min(SCREEN_H / height, (SCREEN_W - 2 * BESIDE) / width)
    left, top = (SCREEN_W - scale * width) / 2, (SCREEN_H - scale * height) / 2
    film_at = (left, top, left + scale * width, top + scale * height)
    screen = (0.0, 0.0, float(SCREEN_W), float(SCREEN_H))
    out: list[list[Any]] = []
    now = 0.2

    def add(x: Any, y: Any, seconds: float, shown: Sequence[float], at: Sequence[float]) -> None:
        nonlocal now
        start, end = round(now, 3), round(now + seconds, 3)
        out.append([start, end, x, y, 1.0, 1.0, 0.5, 60.0, 60.0, *shown, *at])
        now = end + SACCADE_S

    for x, y, seconds in looked.path:
        x_px, y_px = round(float(x) * width, 2), round(float(y) * height, 2)
        draw = rng.random()
        if draw < 0.04:
            add(-0.1 * width, y_px, 0.2, whole, film_at)  # off the film
        elif draw < 0.07:
            add("", "", 0.15, whole, film_at)  # eye lost
        elif draw < 0.10:  # on the button, over a film zoomed to the whole screen: 300, 1000 of the screen
            add(round(300 / SCREEN_W * width, 2), round(1000 / SCREEN_H * height, 2), 0.3, whole, screen)
        elif draw < 0.13:  # beside the part that is shown
            add(0.1 * width, 0.1 * height, 0.2, (0.5 * width, 0.5 * height, width, height), film_at)
        if rng.random() < 0.15:  # zoomed: a quarter of the film about the place fills the screen
            half_w, half_h = width / 4, height / 4
            shown = (x_px - half_w, y_px - half_h, x_px + half_w, y_px + half_h)
            add(x_px, y_px, float(seconds), [round(v, 2) for v in shown], screen)
        else:
            add(x_px, y_px, float(seconds), whole, film_at)
    return out


def _write(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    path.write_text(lines(rows), encoding="utf-8")


def write_rest(root: Path, slots: Sequence[Slot]) -> None:
    """Nothing beside films, readings and metadata."""
