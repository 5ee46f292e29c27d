"""Short names for what is seen on chest films, offered wherever somebody labels a finding. Free text is taken too."""

from __future__ import annotations

FINDING_LABELS = (
    "atelectasis",
    "cardiomegaly",
    "cavity",
    "cervical rib",
    "consolidation",
    "emphysema",
    "fracture",
    "ground-glass opacity",
    "hiatal hernia",
    "hilar enlargement",
    "interstitial opacity",
    "line or tube",
    "mass",
    "mediastinal widening",
    "nodule",
    "opacity",
    "pleural effusion",
    "pleural thickening",
    "pneumomediastinum",
    "pneumothorax",
    "pulmonary oedema",
    "raised diaphragm",
    "rib lesion",
    "scar",
    "subdiaphragmatic air",
    "tuberculosis",
)
