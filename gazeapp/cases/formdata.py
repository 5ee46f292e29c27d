"""multipart/form-data whose text is read as reports are, whatever a script encoded it in."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from rest_framework import serializers
from rest_framework.parsers import DataAndFiles

from gazeapp.cases import reports
from gazeapp.core.parsers import Form
from gazeapp.core.problems import Problem


def read_text(raw: bytes) -> str:
    """The text that somebody sent as bytes.

    Raises:
        Problem: report-unreadable.
    """
    try:
        return reports.decode(raw)
    except reports.NoText:
        raise Problem(
            "report-unreadable",
            "A text that was sent cannot be read.",
            "It is not plain text, or it breaks off. Save it as a UTF-8 text file and send it again.",
            code=400,
        ) from None


class TextPartsParser(Form):
    """Django reads text parts as UTF-8 and puts U+FFFD where they are not; here `read_text` reads their bytes."""

    def read(self, stream: Any, media_type: str | None, parser_context: Any) -> DataAndFiles:
        parsed = super().read(stream, media_type, {**(parser_context or {}), "encoding": "latin-1"})  # byte by byte
        data = QueryDict(mutable=True)
        try:
            for name, values in parsed.data.lists():
                data.setlist(name, [read_text(value.encode("latin-1")) for value in values])
        except Problem:
            for _, files in parsed.files.lists():  # the request has none to close yet
                for file in files:
                    file.close()
            raise
        return DataAndFiles(data, parsed.files)


class ReportField(serializers.CharField):
    """A report as text, or as a text file."""

    def to_internal_value(self, data: Any) -> str:
        if isinstance(data, UploadedFile):
            data = read_text(data.read(reports.MAX_BYTES))  # longer: too many characters in any encoding
        return str(super().to_internal_value(data))
