"""EGD-CXR's layout, simulated: one reader on a 1920 x 1080 screen at 60 Hz, films as DICOM in MIMIC-CXR's folders.

With its traps: bars beside the film, sides padded to even, gaze off the film (negative X_ORIGINAL), samples without a
valid eye, calibration images, sessions whose FPOGS counts from the tracker's start, quoted newlines, boxes in the order
x1, x2, y1, y2, a misspelt mask, empty word timings. Every fourth film is read again in a later session. The dictation's
timing has nothing to do with the gaze.
"""

from __future__ import annotations

import json
import wave
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ml.simulator.films import Looked, SimulatedFilm, Slot
from ml.simulator.trees import dictation
from ml.simulator.trees.dicomfile import write_dicom
from ml.simulator.trees.mimic_cxr import film_path
from ml.simulator.trees.parts import Part, Tables, lines

SCREEN_W, SCREEN_H = 1920, 1080
RATE = 60.0
SACCADE_S = 0.03  # between two fixations
_GAZE = (
    "SESSION_ID,MEDIA_ID,DICOM_ID,CNT,Time (in secs),TIMETICK(f=10000000),FPOGX,FPOGY,FPOGS,FPOGD,FPOGID,FPOGV,BPOGX,"
    "BPOGY,BPOGV,LPCX,LPCY,LPD,LPS,LPV,RPCX,RPCY,RPD,RPS,RPV,BKID,BKDUR,BKPMIN,LPMM,LPMMV,RPMM,RPMMV,SACCADE_MAG,"
    "SACCADE_DIR,VID_FRAME,X_ORIGINAL,Y_ORIGINAL"
)
_FINDINGS = (
    "Normal,CHF,pneumonia,consolidation,enlarged_cardiac_silhouette,linear__patchy_atelectasis,"
    "lobar__segmental_collapse,not_otherwise_specified_opacity___pleural__parenchymal_opacity__,"
    "pleural_effusion_or_thickening,pulmonary_edema__hazy_opacity,normal_anatomically,elevated_hemidiaphragm,"
    "hyperaeration,vascular_redistribution"
)
_CHX = (
    "atelectasis,cardiomegaly,consolidation,edema,enlarged_cardiomediastinum,fracture,lung_lesion,"
    "lung_opacity,no_finding,pleural_effusion,pleural_other,pneumonia,pneumothorax,support_devices"
)
GAZE, FINDINGS = tuple(_GAZE.split(",")), tuple(_FINDINGS.split(","))
CHX = tuple(f"{name}__chx" for name in _CHX.split(","))
PADS = ("image_top_pad", "image_bottom_pad", "image_left_pad", "image_right_pad")
MASTER = (
    "dicom_id", "path", "study_id", "patient_id", "stay_id", "gender", "anchor_age", *PADS,
    *(name for k in range(1, 10) for name in (f"dx{k}", f"dx{k}_icd")), "normal_reports", *FINDINGS, *CHX,
    "cxr_exam_indication",
)  # fmt: skip
LABEL_OF = {
    "consolidation": "consolidation", "atelectasis": "linear__patchy_atelectasis",
    "effusion": "pleural_effusion_or_thickening", "interstitial": "pulmonary_edema__hazy_opacity",
    "opacity": "not_otherwise_specified_opacity___pleural__parenchymal_opacity__",
}  # fmt: skip
MASKS = {"left_lung": "left lung", "right_lung": "right lung", "mediastanum": "mediastinum", "aortic_knob": "aorta"}
TABLES: Tables = {
    "master_sheet.csv": MASTER,
    "fixations.csv": GAZE,
    "eye_gaze.csv": GAZE,
    "bounding_boxes.csv": ("dicom_id", "bbox_name", "x1", "x2", "y1", "y2"),
}
SESSION = 30  # films of one session
LATER = 1000  # of a session in which films are read again: its number above that of the first


def readers(slot: Slot) -> tuple[int, ...]:
    return (0, 0) if slot.index % 4 == 2 else (0,)


def write_film(root: Path, film: SimulatedFilm) -> Part:
    slot = film.slot
    height, width = film.pixels.shape
    path = film_path(root, slot, ".dcm")
    write_dicom(path, film.pixels, slot)
    _dictated(root, film, film.readings[0])
    screen = _Screen(width, height)
    rows = [row for before, looked in enumerate(film.readings) for row in _gaze(slot, looked, screen, before)]
    labels = {LABEL_OF[kind] for kind in film.kinds if kind in LABEL_OF}
    age = 20 + 10 * (slot.patient % 7)
    master = [
        slot.key, path.relative_to(root).as_posix(), slot.study, slot.subject, "", "FM"[slot.patient % 2],
        f"{age} - {age + 10}", screen.top, screen.bottom, screen.left, screen.right, *[""] * 18, "",
        int(not film.kinds), *(int(name in labels) for name in FINDINGS[1:]),
        *("1.0" if name == "no_finding__chx" and not film.kinds else "-1.0" if k == slot.index % 14 else ""
          for k, name in enumerate(CHX)),
        "simulated patient,\n\"no one\" with cough" if slot.index % 3 == 0 else "simulated, evaluate for pneumonia",
    ]  # fmt: skip
    boxes = [
        [slot.key, name, f"{b[0] * width:.2f}", f"{b[2] * width:.2f}", f"{b[1] * height:.2f}", f"{b[3] * height:.2f}"]
        for name in ("right lung", "left lung", "heart")
        if (b := film.boxes.get(name))
    ]
    if slot.index % SESSION == 0:
        rows = [*_calibration(slot), *rows]
    return {
        "master_sheet.csv": lines([master]),
        "fixations.csv": lines(row.cells() for row in rows),
        "eye_gaze.csv": lines(cells for row in rows for cells in row.samples()),
        "bounding_boxes.csv": lines(boxes),
    }


class _Screen:
    """Where the film lies on the screen: as large as fits, bars beside it, its sides padded to even first."""

    def __init__(self, width: int, height: int) -> None:
        self.even_w, self.even_h = width + width % 2, height + height % 2
        scale = min(SCREEN_W / self.even_w, SCREEN_H / self.even_h)
        self.shown_w, self.shown_h = round(self.even_w * scale), round(self.even_h * scale)
        self.left, self.top = (SCREEN_W - self.shown_w) // 2, (SCREEN_H - self.shown_h) // 2
        self.right, self.bottom = SCREEN_W - self.shown_w - self.left, SCREEN_H - self.shown_h - self.top
        self.width, self.height = width, height

    def fraction(self, x: float, y: float) -> tuple[float, float]:
        """Film fractions -> screen fractions."""
        across, down = x * self.width / self.even_w, y * self.height / self.even_h
        return (self.left + across * self.shown_w) / SCREEN_W, (self.top + down * self.shown_h) / SCREEN_H

    def original(self, x: float, y: float) -> tuple[int, int]:
        """Film fractions -> whole px of the film; negative where they lie off it, as the set has it."""
        inside = 0 <= x <= 1 and 0 <= y <= 1
        return (int(x * self.width), int(y * self.height)) if inside else (-1, -1 - int(abs(y)))


class _Row:
    """One fixation as the tracker's software writes it."""

    def __init__(
        self, slot: Slot, dicom: str, number: int, xy: tuple[float, float], original: tuple[int, int], onset_s: float,
        duration_s: float, *, valid: bool = True, tracker_s: float = 0.0, later: bool = False,
    ) -> None:  # fmt: skip
        self.slot, self.dicom, self.number, self.xy, self.original = slot, dicom, number, xy, original
        self.onset_s, self.duration_s, self.valid, self.tracker_s = onset_s, duration_s, valid, tracker_s
        self.session = slot.index // SESSION + 1 + LATER * later

    def cells(self, so_far_s: float | None = None) -> list[str | int]:
        """The row ``so_far_s`` into the fixation; its last one by default, which is the one in fixations.csv."""
        duration = self.duration_s if so_far_s is None else so_far_s
        time = self.onset_s + duration
        x, y = f"{self.xy[0]:.5f}", f"{self.xy[1]:.5f}"
        return [
            self.session, self.slot.index % SESSION, self.dicom, int(time * RATE), f"{time:.5f}",
            int((time + self.tracker_s) * 1e7), x, y, f"{self.onset_s + self.tracker_s:.5f}", f"{duration:.5f}",
            self.number, int(self.valid), x, y, int(self.valid), "0.4", "0.5", "18.2", "1.0", 1, "0.6", "0.5", "18.0",
            "1.0", 1, 0, "0.0", 12, "3.5", 1, "3.4", 1, "0.0", "0.0", int(time * 10), *self.original,
        ]  # fmt: skip

    def samples(self) -> list[list[str | int]]:
        steps = np.arange(1.0, self.duration_s * RATE) / RATE
        return [*(self.cells(float(s)) for s in steps if s < self.duration_s - 1e-9), self.cells()]


def _gaze(slot: Slot, looked: Looked, screen: _Screen, before: int) -> list[_Row]:
    """The reading's fixations, with some off the film and some without a valid eye in between. ``before``: how many
    readings of the film there were earlier."""
    rng = np.random.default_rng([slot.index, 6, before])
    tracker_s = 41.5 + 60 * (slot.index % SESSION) if slot.index // SESSION % 2 else 0.0
    out: list[_Row] = []
    now = 0.1
    for x, y, duration in looked.path:
        if rng.random() < 0.06:
            away = (float(rng.choice([-0.08, 1.1])), float(rng.uniform(0.1, 0.9)))
            here = (slot, slot.key, len(out) + 1, screen.fraction(*away), screen.original(*away), now, 0.2)
            out.append(_Row(*here, valid=rng.random() < 0.5, tracker_s=tracker_s, later=before > 0))
            now += 0.2 + SACCADE_S
        spot, px = screen.fraction(x, y), screen.original(x, y)
        here = (slot, slot.key, len(out) + 1, spot, px, now, float(duration))
        out.append(_Row(*here, tracker_s=tracker_s, later=before > 0))
        now += float(duration) + SACCADE_S
    return out


def _calibration(slot: Slot) -> list[_Row]:
    return [
        _Row(slot, "calibration-image", k + 1, (0.2 + 0.3 * k, 0.5), (100 + 400 * k, 540), 0.5 * k, 0.4)
        for k in range(3)
    ]


def _dictated(root: Path, film: SimulatedFilm, looked: Looked) -> None:
    """The film's folder of words, sound and masks. The sound is one second of silence."""
    folder = root / "audio_segmentation_transcripts" / film.slot.key
    folder.mkdir(parents=True, exist_ok=True)
    phrases = [
        {"phrase": " ".join(word for word, _, _ in part), "begin_time": part[0][1], "end_time": part[-1][2]}
        for part in dictation.phrases(looked)
    ]
    text = " ".join(looked.report.text.split())
    content = {"full_text": text, "time_stamped_text": [] if film.slot.index % 11 == 10 else phrases}
    (folder / "transcript.json").write_text(json.dumps(content), encoding="utf-8")
    with wave.open(str(folder / "audio.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(8000)
        sound.writeframes(b"\x80" * 8000)
    height, width = film.pixels.shape
    for stem, region in MASKS.items():
        if region in film.boxes:
            x0, y0, x1, y1 = film.boxes[region]
            mask = np.zeros((height, width), np.uint8)
            mask[round(y0 * height) : round(y1 * height), round(x0 * width) : round(x1 * width)] = 255
            Image.fromarray(mask).save(folder / f"{stem}.png")


def write_rest(root: Path, slots: Sequence[Slot]) -> None:
    """The three lists of who was taken into the set."""
    folder = root / "inclusion_exclusion_criteria_outputs"
    folder.mkdir(exist_ok=True)
    for position, name in enumerate(("CHF", "normals", "pneumonia")):
        mine = [[slot.key, slot.subject, slot.study] for slot in slots if slot.index % 3 == position]
        (folder / f"{name}.csv").write_text(lines([["dicom_id", "patient_id", "study_id"], *mine]), encoding="utf-8")
