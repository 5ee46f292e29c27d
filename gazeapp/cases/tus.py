"""Resumable uploads: tus 1.0 (https://tus.io/protocols/resumable-upload) with creation, termination, checksum,
expiration."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import PermissionDenied, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from gazeapp.accounts.api import person
from gazeapp.cases import selectors, services
from gazeapp.cases.formdata import read_text
from gazeapp.cases.models import Upload
from gazeapp.cases.serializers import NewCaseSerializer
from gazeapp.core.problems import Problem

VERSION = "1.0.0"
EXTENSIONS = "creation,termination,checksum,expiration"
PIECE = 256 * 1024
OVERRIDES = ("PATCH", "DELETE")
CHECKSUMS = {"sha1": 20, "sha256": 32}  # bytes of each digest
BYTES_TYPE = "application/offset+octet-stream"

_RESUMABLE = OpenApiParameter("Tus-Resumable", str, OpenApiParameter.HEADER, required=True, enum=[VERSION])


def upload_address(upload: Upload) -> str:
    return str(reverse("upload", args=[upload.pk]))


class _Tus(APIView):
    parser_classes = ()  # the body is never parsed, only read

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Some networks let no PATCH or DELETE through: such clients POST and name the method in a header."""
        named = request.headers.get("X-HTTP-Method-Override", "").upper()
        if request.method == "POST" and named in OVERRIDES:
            request.method = named
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method != "OPTIONS" and request.headers.get("Tus-Resumable") != VERSION:
            raise Problem(
                "tus-version", "This address speaks tus 1.0.0.", "Send the header Tus-Resumable: 1.0.0.", code=412
            )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        if response.status_code == 412:
            response["Tus-Version"] = VERSION
        return response

    @extend_schema(exclude=True)
    def options(self, request: Request, *args: Any, **kwargs: Any) -> Response:  # type: ignore[override]
        return Response(
            status=204,
            headers={
                "Tus-Version": VERSION,
                "Tus-Extension": EXTENSIONS,
                "Tus-Max-Size": str(settings.UPLOAD_MAX_BYTES),
                "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
            },
        )


class UploadCreate(_Tus):
    """Announce a film: its size, and as metadata its file name, report and title. 429 `too-many-uploads`: as many of
    yours are on their way or wait to be taken in as one person may have."""

    @extend_schema(
        request=None,
        parameters=[
            _RESUMABLE,
            OpenApiParameter("Upload-Length", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("Upload-Metadata", str, OpenApiParameter.HEADER, description="filename, report, title"),
        ],
        responses={201: OpenApiTypes.OBJECT},
    )
    def post(self, request: Request) -> Response:
        if not person(request).has_role(*selectors.UPLOADERS):
            raise PermissionDenied
        metadata = _metadata(request.headers.get("Upload-Metadata", ""))
        new = NewCaseSerializer(
            data={
                "size": _number(request, "Upload-Length"),
                "filename": metadata.get("filename", metadata.get("name", "")),
                "report": metadata.get("report", ""),
                "title": metadata.get("title", ""),
            }
        )
        new.is_valid(raise_exception=True)
        upload = services.create_upload(owner=request.user, **new.validated_data)
        body = {"id": str(upload.case_id), "subject": upload.case.subject, "upload": upload_address(upload)}
        return Response(body, 201, headers={"Location": upload_address(upload), **_expires(upload)})


class UploadBytes(_Tus):
    """The bytes of one upload; for its owner only."""

    @extend_schema(
        methods=["HEAD"],
        parameters=[_RESUMABLE],
        responses={200: None},
        description="How many bytes are here (Upload-Offset) of how many (Upload-Length).",
    )
    def head(self, request: Request, upload_id: Any) -> Response:
        upload = selectors.upload_for(request.user, upload_id)
        return Response(headers={**_offset(upload), "Upload-Length": str(upload.size)})

    @extend_schema(
        request={BYTES_TYPE: OpenApiTypes.BINARY},
        parameters=[
            _RESUMABLE,
            OpenApiParameter("Upload-Offset", int, OpenApiParameter.HEADER, required=True),
            OpenApiParameter("Upload-Checksum", str, OpenApiParameter.HEADER, description="sha256 <base64>, or sha1"),
        ],
        responses={204: None},
    )
    def patch(self, request: Request, upload_id: Any) -> Response:
        """Append bytes at the offset."""
        upload = selectors.upload_for(request.user, upload_id)
        if (request.content_type or "").split(";")[0].strip() != BYTES_TYPE:
            raise UnsupportedMediaType(BYTES_TYPE)
        services.receive(
            upload=upload,
            offset=_number(request, "Upload-Offset"),
            pieces=_pieces(request._request),
            checksum=_checksum(request.headers.get("Upload-Checksum")),
        )
        return Response(status=204, headers=_offset(upload))

    @extend_schema(parameters=[_RESUMABLE], responses={204: None})
    def delete(self, request: Request, upload_id: Any) -> Response:
        """Give up an unfinished upload: its bytes and its case go."""
        services.terminate(upload=selectors.upload_for(request.user, upload_id))
        return Response(status=204)


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The raw body, piece by piece; it is as long as it is, whatever its header says."""
    while piece := request.read(PIECE):
        yield piece


def _expires(upload: Upload) -> dict[str, str]:
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}


def _offset(upload: Upload) -> dict[str, str]:
    return {"Upload-Offset": str(upload.offset), **_expires(upload)}


def _number(request: Request, header: str) -> int:
    value = request.headers.get(header, "")
    if not (value.isascii() and value.isdigit() and len(value) <= 15):
        raise Problem("invalid", f"The header {header} must be a whole number.", code=400)
    return int(value)


def _checksum(header: str | None) -> tuple[str, bytes] | None:
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if CHECKSUMS.get(algorithm) != len(digest):
        raise Problem("invalid", "The checksum must be: sha256 or sha1, a space, the digest in base64.", code=400)
    return algorithm, digest


def _metadata(header: str) -> dict[str, str]:
    """`key base64, key base64`; each key once. Values are read as report files are."""
    metadata: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _, value = pair.partition(" ")
        try:
            raw = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            raise Problem("invalid", "Upload-Metadata must be pairs of a key and base64'd text.", code=400) from None
        if key in metadata:
            raise Problem("invalid", "Upload-Metadata holds the same key twice.", code=400)
        metadata[key] = read_text(raw)
    return metadata
