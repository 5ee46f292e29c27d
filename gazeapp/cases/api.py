"""Cases and films over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.generics import ListAPIView
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases import selectors, services, storage
from gazeapp.cases.filters import CaseFilter
from gazeapp.cases.formdata import TextPartsParser
from gazeapp.cases.models import Case, Upload
from gazeapp.cases.serializers import (
    CaseChangeSerializer,
    CaseSerializer,
    ConfirmReportSerializer,
    FilmDetailSerializer,
    FilmFileSerializer,
    FlaggedTextsSerializer,
    NewCaseSerializer,
    StartedSerializer,
)
from gazeapp.cases.spool import spool_uploads
from gazeapp.cases.tus import upload_address
from gazeapp.core.parsers import JsonObject
from gazeapp.core.problems import Problem


def started(upload: Upload) -> dict[str, str]:
    return {"id": str(upload.case_id), "subject": upload.case.subject, "upload": upload_address(upload)}


def require_uploader(user: Any) -> None:
    if not user.has_role(*selectors.UPLOADERS):
        raise PermissionDenied


class CaseList(ListAPIView[Case]):
    """The cases you may see, newest first; and the door for new ones."""

    serializer_class = CaseSerializer
    filterset_class = CaseFilter
    parser_classes = (JsonObject, TextPartsParser)
    queryset = Case.objects.none()

    def initialize_request(self, request: Any, *args: Any, **kwargs: Any) -> Request:
        if request.method == "POST":
            spool_uploads(request)  # before anything reads the body
        return super().initialize_request(request, *args, **kwargs)

    def get_queryset(self) -> QuerySet[Case]:
        return selectors.cases_visible_to(self.request.user)

    @extend_schema(
        request={"application/json": NewCaseSerializer, "multipart/form-data": FilmFileSerializer},
        responses={201: StartedSerializer, 202: StartedSerializer},
    )
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Announce a film (JSON, its bytes follow by tus) or send it whole (multipart). 429 `too-many-uploads`: as many
        of yours are on their way or wait to be taken in as one person may have."""
        require_uploader(request.user)
        if (request.content_type or "").startswith("multipart/"):
            sent = FilmFileSerializer(data=request.data)
            _check_file(request)
            sent.is_valid(raise_exception=True)
            file = sent.validated_data["file"]
            upload = services.create_upload(
                owner=request.user,
                size=file.size,
                filename=file.name,
                report=sent.validated_data["report"],
                title=sent.validated_data["title"],
            )
            services.receive_file(upload=upload, file=file)
            return Response(started(upload), 202)
        new = NewCaseSerializer(data=request.data)
        new.is_valid(raise_exception=True)
        upload = services.create_upload(owner=request.user, **new.validated_data)
        return Response(started(upload), 201, headers={"Location": upload_address(upload)})


def _check_file(request: Request) -> None:
    """An empty file field gets the film's own words, not a form's."""
    file = request.data.get("file") if hasattr(request.data, "get") else None
    if file is not None and getattr(file, "size", 1) == 0:
        from gazeapp.cases import refusals

        raise refusals.problem("film-empty")


class CaseDetail(APIView):
    """One case with its film and report."""

    @extend_schema(responses=CaseSerializer)
    def get(self, request: Request, case_id: Any) -> Response:
        return _case(request, selectors.case_for(request.user, case_id, "view"))

    @extend_schema(request=CaseChangeSerializer, responses=CaseSerializer)
    def patch(self, request: Request, case_id: Any) -> Response:
        """Change title, report, note, or whether it is published. A new report starts a new prediction.

        Texts that may name somebody are refused (422, `identity-suspected`): `flagged` lists them all with their marks.
        """
        case = selectors.case_for(request.user, case_id, "view")
        change = CaseChangeSerializer(data=request.data, partial=True)
        if set(request.data) - {"published", "confirmed"} or not request.data:
            selectors.case_for(request.user, case_id, "edit")
        if "published" in request.data:
            selectors.case_for(request.user, case_id, "publish")
        change.is_valid(raise_exception=True)
        return _case(request, services.edit_case(case=case, by=request.user, **change.validated_data))

    @extend_schema(responses={204: None})
    def delete(self, request: Request, case_id: Any) -> Response:
        """Delete the case, and its film unless another case has it too."""
        services.delete_case(case=selectors.case_for(request.user, case_id, "delete"), by=request.user)
        return Response(status=204)


class ReportMarks(APIView):
    """The report as it was sent, with marks on what may name somebody."""

    @extend_schema(responses=FlaggedTextsSerializer)
    def get(self, request: Request, case_id: Any) -> Response:
        case = selectors.case_for(request.user, case_id, "confirm")
        answer = Response(selectors.report_marks(request.user, case))
        answer["Cache-Control"] = "no-store"
        return answer


class ConfirmReport(APIView):
    """Say what the report is, having seen the marks. The text as it was sent is deleted.

    A text that still may name somebody is refused once more (422) unless `confirmed` holds its digest.
    """

    @extend_schema(request=ConfirmReportSerializer, responses=CaseSerializer)
    def post(self, request: Request, case_id: Any) -> Response:
        case = selectors.case_for(request.user, case_id, "confirm")
        sent = ConfirmReportSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        return _case(request, services.confirm_report(case=case, by=request.user, **sent.validated_data))


class _Review(APIView):
    def review(self, request: Request, case_id: Any, verb: Any) -> Response:
        return _case(request, verb(case=selectors.case_for(request.user, case_id, "release"), by=request.user))


class Release(_Review):
    """You looked, and the film shows no identity: let others see it."""

    @extend_schema(request=None, responses=CaseSerializer)
    def post(self, request: Request, case_id: Any) -> Response:
        return self.review(request, case_id, services.release)


class Reject(_Review):
    """The film shows an identity or does not belong here: delete its pixels."""

    @extend_schema(request=None, responses=CaseSerializer)
    def post(self, request: Request, case_id: Any) -> Response:
        return self.review(request, case_id, services.reject)


class Hide(APIView):
    """You saw an identity on the film: hide it at once, with everything drawn over it.

    Whoever sees the film may; waiting for somebody with the right role would leave the name on show."""

    @extend_schema(request=None, responses=CaseSerializer)
    def post(self, request: Request, case_id: Any) -> Response:
        return _case(request, services.hide(case=selectors.case_for(request.user, case_id, "hide"), by=request.user))


class AsStored(BaseContentNegotiation):
    """Films are what they are, whatever the client would rather have; errors stay JSON."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return next(iter(parsers), None)

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class _FilmView(APIView):
    content_negotiation_class = AsStored

    def tagged(self, request: Request, tag: str, answer: HttpResponse | None = None) -> HttpResponse | None:
        """Labels an answer as one that its browser keeps, and asks about each time: who may see it today is asked
        before. Or, asked for one the client has, says so with 304 (a proxy may have weakened the tag on its way)."""
        if answer is None:
            held = [word.strip().removeprefix("W/") for word in request.headers.get("If-None-Match", "").split(",")]
            if tag not in held:
                return None
            answer = HttpResponse(status=304)
        answer["ETag"] = tag
        answer["Cache-Control"] = "private, no-cache"
        return answer


class CaseFilm(APIView):
    """How to show a case's film, and what its file said of it."""

    @extend_schema(responses=FilmDetailSerializer)
    def get(self, request: Request, case_id: Any) -> Response:
        return Response(FilmDetailSerializer(selectors.open_case_for(request.user, case_id)).data)


class FilmPixels(_FilmView):
    """The film's values: gzip'd little-endian uint16, row by row."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, sha256: str) -> HttpResponse:
        film = selectors.film_for(request.user, sha256)
        tag = f'"{film.sha256}-u16"'
        if same := self.tagged(request, tag):
            return same
        answer = HttpResponse(_stored(storage.pixels_path(film.sha256)), content_type="application/octet-stream")
        answer["Content-Encoding"] = "gzip"
        answer["Content-Disposition"] = "attachment"
        self.tagged(request, tag, answer)
        return answer


class FilmThumbnail(_FilmView):
    """A small PNG of the film, as one case's default window shows it; the address is the picture's own."""

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request, sha256: str, thumbnail: str) -> HttpResponse:
        selectors.film_for(request.user, sha256, thumbnail)
        tag = f'"{thumbnail}"'
        if same := self.tagged(request, tag):
            return same
        answer = HttpResponse(_stored(storage.thumbnail_path(sha256, thumbnail)), content_type="image/png")
        self.tagged(request, tag, answer)
        return answer


def _stored(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Problem("film-lost", "This film's file is missing.", "Tell an admin.", code=410) from None


def _case(request: Request, case: Case) -> Response:
    return Response(CaseSerializer(case, context={"request": request}).data)
