"""One handler a kind of job: a function that takes a lease, works, and finishes it. Imported at first use, so that the
worker that takes in films never loads torch."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.module_loading import import_string

from gazeapp.core.lease import Lease

HANDLERS: dict[str, str] = {
    "import": "worker.handlers.gaze.recognise",
    "ingest": "worker.handlers.ingest.ingest",
    "predict": "worker.handlers.predict.predict",
    "judge": "worker.handlers.judge.judge",
    "regions": "worker.handlers.regions.regions",
    "train": "worker.handlers.train.train",
    "workload": "worker.handlers.workload.workload",
    "release": "worker.handlers.release.release",
    "count": "worker.handlers.diagnostic.count",
    "sleep": "worker.handlers.diagnostic.sleep",
}


def load(kind: str) -> Callable[[Lease], None]:
    """The handler of a kind of job. A KeyError here means that this worker is older than the web process."""
    handler: Callable[[Lease], None] = import_string(HANDLERS[kind])
    return handler
