"""Predictors, at most two a process: the version that a job names is loaded when it is not there. Nothing here is
imported by the web process or by the worker of queue `io`."""

from __future__ import annotations

import gc
import logging
import threading
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from django.conf import settings
from django.db import connection

from gazeapp.core.problems import Problem
from gazeapp.scanpaths import selectors, services, store
from gazeapp.scanpaths.models import ModelVersion

if TYPE_CHECKING:
    from ml.medgaze.predictor import MedGazePredictor

log = logging.getLogger(__name__)
KEPT = 2  # the champion, and the one before it while its jobs run out
_lock = threading.Lock()
_loaded: dict[str, MedGazePredictor] = {}  # by version, the one used last at the end


def predictor(sha256: str) -> MedGazePredictor:
    """The model version of that name. The first caller loads it, others wait for that.

    Raises:
        Problem: model-gone, model-damaged, model-unusable.
    """
    with _lock:
        found = _loaded.pop(sha256, None)
        if found is None:
            version = services.version_here(sha256)
            while len(_loaded) >= KEPT:
                _forget_oldest()
            found = _load(version)
        _loaded[sha256] = found
        return found


def _load(version: ModelVersion) -> MedGazePredictor:
    """Checks every byte, then loads it."""
    began = time.monotonic()
    from ml.medgaze.machine import limit_spinning

    limit_spinning()
    from ml.medgaze.predictor import MedGazePredictor

    folder = store.checked(version)
    try:
        found = MedGazePredictor.load(folder, device=settings.MEDGAZE_DEVICE, optimize=True)
    except Exception as error:  # its files are what was registered, so trying again will not mend it
        log.exception("model version %s does not load", version)
        raise Problem(
            "model-unusable",
            f"Model version {version} does not load.",
            f"An administrator must look at the predict worker's log ({type(error).__name__}).",
            code=503,
        ) from error
    found.model_info = replace(found.model_info, name=version.name, sha256=version.sha256)
    log.info("model version %s loaded in %.1f s", version, time.monotonic() - began)
    return found


def _forget_oldest() -> None:
    """Before another is loaded, so that never more than two take memory."""
    del _loaded[next(iter(_loaded))]
    gc.collect()
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def warm_up() -> None:
    """Load the champion (the first time, register it) and read one grey film with it, so that the first real prediction
    is as fast as the next."""
    try:
        began = time.monotonic()
        services.seed_champion()
        model = predictor(selectors.current_model().sha256)
        grey = np.full((256, 256), 2048, np.uint16)
        grey[64:192, 64:192] = 3072
        model.predict(grey, "The lungs are clear.", samples=1, seed=0)
        log.info("warm after %.1f s", time.monotonic() - began)
    except Exception:
        log.exception("warm-up failed; the first prediction will say why")
    finally:
        if not connection.in_atomic_block:  # a test's
            connection.close()  # of this thread
