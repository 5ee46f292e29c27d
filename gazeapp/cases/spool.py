"""Request bodies that carry films: their temporary files lie in the quarantine folder, and their bytes are counted."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest

from gazeapp.cases import quarantine


def folder() -> Path:
    path = quarantine.root() / "spool"
    path.mkdir(mode=0o700, exist_ok=True)
    return path


def spool_uploads(request: HttpRequest) -> None:
    """To be called before anything reads the body."""
    request.upload_handlers = [QuarantineHandler(request)]  # type: ignore[list-item]


class QuarantineHandler(FileUploadHandler):
    """Writes one file into the spool folder, whatever the client calls it, and stops at the size limit."""

    chunk_size = 256 * 1024

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.got = 0
        self.file = tempfile.NamedTemporaryFile(dir=folder())  # noqa: SIM115  (deleted with the request)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self.got += len(raw_data)
        if self.got > settings.UPLOAD_MAX_BYTES:
            self.file.close()
            raise StopUpload(connection_reset=True)
        with quarantine.storage_errors():
            self.file.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        self.file.seek(0)
        return UploadedFile(self.file, self.file_name, self.content_type, self.got, self.charset)
