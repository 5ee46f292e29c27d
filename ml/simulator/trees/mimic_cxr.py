"""MIMIC-CXR's layout, simulated: films as DICOM, reports beside their study's folder, metadata, split and labels.

With its traps: laterals among the frontal films, gzip'd tables, reports with headings and a "FINAL REPORT" line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ml.simulator.films import SimulatedFilm, Slot
from ml.simulator.trees.dicomfile import write_dicom
from ml.simulator.trees.parts import Part, Tables, lines

METADATA = (
    "dicom_id", "subject_id", "study_id", "PerformedProcedureStepDescription", "ViewPosition", "Rows", "Columns",
    "StudyDate", "StudyTime", "ProcedureCodeSequence_CodeMeaning", "ViewCodeSequence_CodeMeaning",
    "PatientOrientationCodeSequence_CodeMeaning",
)  # fmt: skip
SPLIT = ("dicom_id", "study_id", "subject_id", "split")
CHEXPERT = (
    "subject_id", "study_id", "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Enlarged Cardiomediastinum",
    "Fracture", "Lung Lesion", "Lung Opacity", "No Finding", "Pleural Effusion", "Pleural Other", "Pneumonia",
    "Pneumothorax", "Support Devices",
)  # fmt: skip
LABEL_OF = {
    "opacity": "Lung Opacity", "consolidation": "Consolidation", "nodule": "Lung Lesion", "mass": "Lung Lesion",
    "atelectasis": "Atelectasis", "interstitial": "Edema", "effusion": "Pleural Effusion",
    "pneumothorax": "Pneumothorax", "granuloma": "Lung Lesion", "cavity": "Lung Lesion",
}  # fmt: skip
TABLES: Tables = {
    "mimic-cxr-2.0.0-metadata.csv.gz": METADATA,
    "mimic-cxr-2.0.0-split.csv.gz": SPLIT,
    "mimic-cxr-2.0.0-chexpert.csv.gz": CHEXPERT,
}


def readers(slot: Slot) -> tuple[int, ...]:
    """Who dictates: one radiologist, whose gaze nobody recorded."""
    return (slot.index % 4,)


def film_path(root: Path, slot: Slot, ending: str) -> Path:
    return study_folder(root, slot) / f"{slot.key}{ending}"


def study_folder(root: Path, slot: Slot) -> Path:
    return root / "files" / f"p{slot.subject[:2]}" / f"p{slot.subject}" / f"s{slot.study}"


def part_of(slot: Slot) -> str:
    """The patient's part in the official split: eight of ten train, one validate, one test."""
    draw = int(hashlib.sha256(slot.subject.encode()).hexdigest(), 16) % 10
    return {0: "test", 1: "validate"}.get(draw, "train")


def write_film(root: Path, film: SimulatedFilm) -> Part:
    slot = film.slot
    write_dicom(film_path(root, slot, ".dcm"), film.pixels, slot)
    report = film.readings[0].report.text
    study_folder(root, slot).with_suffix(".txt").write_text(
        f"{'FINAL REPORT':>45}\n EXAMINATION:  CHEST (SIMULATED)\n\n INDICATION:  ___ simulated, no patient.\n\n"
        f" FINDINGS: \n \n {report}\n \n IMPRESSION: \n \n {report.split('. ')[0].rstrip('.')}.\n",
        encoding="utf-8",
    )
    height, width = film.pixels.shape
    frontal = [
        slot.key, slot.subject, slot.study, "CHEST (SIMULATED)", "PA" if slot.index % 2 else "AP", height, width,
        "", "", "", "", "Erect",
    ]  # fmt: skip
    metadata, split = [frontal], [[slot.key, slot.study, slot.subject, part_of(slot)]]
    if slot.index % 4 == 1:
        lateral = slot.key[::-1]
        metadata.append([lateral, *frontal[1:4], "LATERAL", *frontal[5:]])
        split.append([lateral, *split[0][1:]])
    found = {LABEL_OF[kind] for kind in film.kinds}
    labels = ["1.0" if name in found or (name == "No Finding" and not found) else "" for name in CHEXPERT[2:]]
    return {
        "mimic-cxr-2.0.0-metadata.csv.gz": lines(metadata),
        "mimic-cxr-2.0.0-split.csv.gz": lines(split),
        "mimic-cxr-2.0.0-chexpert.csv.gz": lines([[slot.subject, slot.study, *labels]]),
    }


def write_rest(root: Path, slots: Sequence[Slot]) -> None:
    """Nothing beside films, reports and tables."""
