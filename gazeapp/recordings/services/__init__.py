"""Writes to recordings: what a page records, and what comes as an eye tracker's file."""

from gazeapp.recordings import storage
from gazeapp.recordings.services.imports import (
    discard_import,
    import_job_changed,
    recognise,
    start_import,
    sweep_imports,
)
from gazeapp.recordings.services.recording import (
    check_writer,
    discard,
    reader_of,
    receive_part,
    seal,
    start_recording,
    sweep_orphans,
    take,
)
from gazeapp.recordings.services.saving import save_import

__all__ = [
    "check_writer",
    "discard",
    "discard_import",
    "import_job_changed",
    "reader_of",
    "receive_part",
    "recognise",
    "save_import",
    "seal",
    "start_import",
    "start_recording",
    "storage",
    "sweep_imports",
    "sweep_orphans",
    "take",
]
