"""The predictor, loaded once a process. Nothing here is imported by the web process or by the worker of queue `io`."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings

from gazeapp.core.problems import Problem

if TYPE_CHECKING:
    from ml.predictor import MedGazePredictor

log = logging.getLogger(__name__)
_lock = threading.Lock()
_predictor: MedGazePredictor | None = None


def predictor() -> MedGazePredictor:
    """The loaded model. The first caller loads it, others wait for that."""
    global _predictor
    with _lock:
        if _predictor is None:
            began = time.monotonic()
            from ml.machine import short_waits

            short_waits()
            from ml.predictor import MedGazePredictor

            if not settings.MEDGAZE_MODEL.exists():
                raise Problem("no-model", "There is no model to predict with.", "Set MEDGAZE_MODEL.", code=503)
            try:
                _predictor = MedGazePredictor.load(settings.MEDGAZE_MODEL, device=settings.MEDGAZE_DEVICE, quick=True)
            except Exception as error:  # whatever stands in that folder, trying again will not mend it
                log.exception("the model in MEDGAZE_MODEL does not load")
                raise Problem(
                    "model-unusable",
                    "The model does not load.",
                    f"An administrator must look at the predict worker's log ({type(error).__name__}).",
                    code=503,
                ) from error
            log.info("model loaded in %.1f s", time.monotonic() - began)
    return _predictor


def warm_up() -> None:
    """Load the model and read one grey film with it, so that the first real prediction is as fast as the next."""
    try:
        began = time.monotonic()
        grey = np.full((256, 256), 2048, np.uint16)
        grey[64:192, 64:192] = 3072
        predictor().predict(grey, "The lungs are clear.", samples=1, seed=0)
        log.info("warm after %.1f s", time.monotonic() - began)
    except Exception:
        log.exception("warm-up failed; the first prediction will say why")
