"""Every write of this app."""

from __future__ import annotations

from gazeapp.scanpaths.services.predictions import (
    MAX_SAMPLES,
    ask_for_prediction,
    case_ready,
    predict_job_changed,
    refuse_more_predictions,
    report_of,
    request_for_study,
    request_prediction,
    request_regions,
    store_reading,
    store_regions,
)
from gazeapp.scanpaths.services.versions import (
    LOCK,
    promote,
    register_model,
    roll_back,
    seed_champion,
    version_here,
)

__all__ = [
    "LOCK",
    "MAX_SAMPLES",
    "ask_for_prediction",
    "case_ready",
    "predict_job_changed",
    "promote",
    "refuse_more_predictions",
    "register_model",
    "report_of",
    "request_for_study",
    "request_prediction",
    "request_regions",
    "roll_back",
    "seed_champion",
    "store_reading",
    "store_regions",
    "version_here",
]
