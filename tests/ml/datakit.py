"""Small file trees in the official layouts, written row by row, so that a test can bend any of them."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

SUBJECT, STUDY = "10000032", "50414267"
FOLDER = f"files/p10/p{SUBJECT}/s{STUDY}"


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> None:
    """Columns that a row does not have stay blank."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def write_film(root: Path, key: str, width: int, height: int, folder: str = FOLDER) -> None:
    path = root / folder / f"{key}.jpg"
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((height, width), 90, np.uint8)).save(path)


def write_report(root: Path, text: str = "FINAL REPORT\n FINDINGS: Clear lungs.\n", folder: str = FOLDER) -> None:
    path = (root / folder).with_suffix(".txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def digests(folder: Path) -> dict[str, str]:
    """sha256 of every file below a folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


EGD_MASTER = (
    "dicom_id", "path", "study_id", "patient_id", "stay_id", "gender", "anchor_age", "image_top_pad",
    "image_bottom_pad", "image_left_pad", "image_right_pad", "dx1", "dx1_icd", "normal_reports", "Normal", "CHF",
    "edema__chx", "cxr_exam_indication",
)  # fmt: skip
EGD_GAZE = (
    "SESSION_ID", "MEDIA_ID", "DICOM_ID", "CNT", "Time (in secs)", "TIMETICK(f=10000000)", "FPOGX", "FPOGY", "FPOGS",
    "FPOGD", "FPOGID", "FPOGV", "X_ORIGINAL", "Y_ORIGINAL",
)  # fmt: skip


class EgdTree:
    """EGD-CXR with one film of 401 x 300 px, shown 1448 x 1080 on the screen with bars of 236 px left and right.

    The film is padded to 402 x 300 first; film px x, y are seen at screen px 236 + x * 1448 / 402, y * 1080 / 300.
    """

    width, height = 401, 300
    left, shown = 236, 1448

    def __init__(self, root: Path) -> None:
        self.root = root
        self.master: list[dict[str, Any]] = [
            {
                "dicom_id": "film-a", "path": f"{FOLDER}/film-a.dcm", "study_id": STUDY, "patient_id": SUBJECT,
                "anchor_age": "20 - 30", "image_top_pad": 0, "image_bottom_pad": 0, "image_left_pad": self.left,
                "image_right_pad": self.left, "dx1": "cough", "CHF": 1, "edema__chx": -1,
                "cxr_exam_indication": "first line\nsecond \"line\"",
            }
        ]  # fmt: skip
        self.master_columns: Sequence[str] = EGD_MASTER
        self.gaze: list[dict[str, Any]] = [self.fixation(100, 150, 1.0, 0.25), self.fixation(300, 75, 1.5, 0.5)]
        self.transcript: dict[str, Any] | None = {
            "full_text": "Heart is large. No effusion.",
            "time_stamped_text": [
                {"phrase": "Heart is", "begin_time": 2.0, "end_time": 2.5},
                {"phrase": "large.", "begin_time": 2.5, "end_time": 3.0},
                {"phrase": "No effusion.", "begin_time": 3.5, "end_time": 4.0},
            ],
        }
        write_film(root, "film-a", self.width, self.height)

    def fixation(self, x_px: float, y_px: float, onset: float, duration: float, **more: Any) -> dict[str, Any]:
        inside = 0 <= x_px <= self.width and 0 <= y_px <= self.height
        return {
            "SESSION_ID": 1, "DICOM_ID": "film-a", "Time (in secs)": onset + duration,
            "FPOGX": (self.left + x_px * self.shown / 402) / 1920, "FPOGY": y_px * 3.6 / 1080, "FPOGS": onset,
            "FPOGD": duration, "FPOGID": round(onset * 100), "FPOGV": 1,
            "X_ORIGINAL": int(x_px) if inside else -2, "Y_ORIGINAL": int(y_px) if inside else -1, **more,
        }  # fmt: skip

    def write(self, gaze_name: str = "fixations.csv", columns: Sequence[str] = EGD_GAZE) -> Path:
        write_csv(self.root / "master_sheet.csv", self.master_columns, self.master)
        write_csv(self.root / gaze_name, columns, self.gaze)
        if self.transcript is not None:
            folder = self.root / "audio_segmentation_transcripts" / "film-a"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "transcript.json").write_text(json.dumps(self.transcript))
        return self.root


REFLACX_META = (
    "id", "split", "eye_tracking_data_discarded", "image", "dicom_id", "subject_id", "image_size_x", "image_size_y",
)  # fmt: skip
REFLACX_FIXATIONS = (
    "timestamp_start_fixation", "timestamp_end_fixation", "x_position", "y_position", "pupil_area_normalized",
    "window_width", "window_level", "angular_resolution_x_pixels_per_degree", "angular_resolution_y_pixels_per_degree",
    "xmin_shown_from_image", "ymin_shown_from_image", "xmax_shown_from_image", "ymax_shown_from_image",
    "xmin_in_screen_coordinates", "ymin_in_screen_coordinates", "xmax_in_screen_coordinates",
    "ymax_in_screen_coordinates",
)  # fmt: skip


class ReflacxTree:
    """REFLACX with films of 400 x 300 px, shown whole at screen 800..3040 x 240..1920 unless a fixation says other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.readings: dict[str, list[dict[str, Any]]] = {}
        self.phases: dict[int, list[dict[str, Any]]] = {}
        self.labels: dict[int, Sequence[str]] = {1: ("Mass", "Nodule"), 2: ("Lung nodule or mass",)}
        self.fixation_columns: Sequence[str] = REFLACX_FIXATIONS

    def reading(self, name: str, fixations: Sequence[Mapping[str, Any]], film: str = "film-a", **more: Any) -> None:
        row = {
            "id": name, "split": "train", "eye_tracking_data_discarded": False,
            "image": f"physionet.org/files/mimic-cxr-jpg/2.0.0/{FOLDER}/{film}.jpg", "dicom_id": film,
            "subject_id": SUBJECT, "image_size_x": 400, "image_size_y": 300, "Support devices": False,
            "Other": "scar|clip", **more,
        }  # fmt: skip
        self.phases.setdefault(int(name[1]), []).append(row)
        self.readings[name] = [dict(f) for f in fixations]
        if not (self.root / FOLDER / f"{film}.jpg").exists():
            write_film(self.root, film, 400, 300)

    @staticmethod
    def fixation(
        x: Any, y: Any, start: float, end: float, shown: Sequence[float] = (0, 0, 400, 300),
        screen: Sequence[float] = (800, 240, 3040, 1920),
    ) -> dict[str, Any]:  # fmt: skip
        edges = ("xmin", "ymin", "xmax", "ymax")
        return {
            "timestamp_start_fixation": start, "timestamp_end_fixation": end, "x_position": x, "y_position": y,
            **{f"{e}_shown_from_image": v for e, v in zip(edges, shown, strict=True)},
            **{f"{e}_in_screen_coordinates": v for e, v in zip(edges, screen, strict=True)},
        }  # fmt: skip

    def write(self, words: Sequence[tuple[str, float, float]] = (("Clear", 1.5, 2.0), (".", 2.0, 2.0))) -> Path:
        main = self.root / "main_data"
        for phase, listed in self.phases.items():
            columns = (*REFLACX_META, *self.labels.get(phase, self.labels[2]), "Support devices", "Other")
            write_csv(main / f"metadata_phase_{phase}.csv", columns, listed)
        for name, fixations in self.readings.items():
            write_csv(main / name / "fixations.csv", self.fixation_columns, fixations)
            columns = ("word", "timestamp_start_word", "timestamp_end_word")
            spoken = [dict(zip(columns, word, strict=True)) for word in words]
            write_csv(main / name / "timestamps_transcription.csv", columns, spoken)
        return self.root
