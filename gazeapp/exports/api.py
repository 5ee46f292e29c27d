"""Research data over HTTP: counts, requests and decisions, releases and their files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases.api import AsStored
from gazeapp.core.permissions import IsAdmin, IsResearcherOrAdmin
from gazeapp.exports import ranges, representations, selectors, services, storage
from gazeapp.exports.models import DataRequest, Release
from gazeapp.exports.serializers import (
    CountsQuerySerializer,
    DataApproveFilmsSerializer,
    DataApproveSerializer,
    DataCountsSerializer,
    DataDeclineSerializer,
    DataRequestSerializer,
    NewDataRequestSerializer,
    ReleaseRowSerializer,
    ReleaseSerializer,
    TermsSerializer,
    WithdrawalSerializer,
)

ARCHIVE = "archive"
BYTES = {(200, "application/octet-stream"): OpenApiTypes.BINARY, (206, "application/octet-stream"): OpenApiTypes.BINARY}
RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="bytes=N-, to go on after a cut.")
RELEASE_ID = OpenApiParameter("release_id", str, OpenApiParameter.PATH, description="Its id, or latest.")


def _sent(serializer: Any, data: Any) -> dict[str, Any]:
    wish = serializer(data=data)
    wish.is_valid(raise_exception=True)
    return dict(wish.validated_data)


class DataCounts(APIView):
    """How much a question finds today."""

    permission_classes = (IsResearcherOrAdmin,)

    @extend_schema(parameters=[CountsQuerySerializer], responses=DataCountsSerializer)
    def get(self, request: Request) -> Response:
        asked = _sent(CountsQuerySerializer, request.query_params)
        return Response(DataCountsSerializer(selectors.counts(asked)).data)


class DataRequestList(ListAPIView[DataRequest]):
    """Your requests, newest first, for admins everybody's; and the door for new ones. 429 `too-many-requests`: as many
    of yours are open as one person may have."""

    permission_classes = (IsResearcherOrAdmin,)
    serializer_class = DataRequestSerializer
    queryset = DataRequest.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(selectors.requests_for(request.user))
        rows = [representations.request_dict(request.user, row) for row in page or []]
        return self.get_paginated_response(DataRequestSerializer(rows, many=True).data)

    @extend_schema(request=NewDataRequestSerializer, responses={201: DataRequestSerializer})
    def post(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        made = services.request_release(by=request.user, **_sent(NewDataRequestSerializer, request.data))
        return Response(DataRequestSerializer(representations.request_dict(request.user, made)).data, 201)


class _Requests(APIView):
    permission_classes: Any = (IsResearcherOrAdmin,)

    def represented(self, asked: DataRequest) -> Response:
        shown = representations.request_dict(self.request.user, asked)
        return Response(DataRequestSerializer(shown).data)


class DataRequestDetail(_Requests):
    """One request: how it stands, what it finds today while it is open, and the release that came of it."""

    @extend_schema(responses=DataRequestSerializer)
    def get(self, request: Request, request_id: Any) -> Response:
        found = selectors.request_for(request.user, request_id)
        return Response(DataRequestSerializer(representations.request_dict(request.user, found, today=True)).data)


class DataRequestWithdraw(_Requests):
    """Take your request back, before its release is ready. That is final; ask anew for the data."""

    @extend_schema(request=None, responses=DataRequestSerializer)
    def post(self, request: Request, request_id: Any) -> Response:
        asked = selectors.own_request(request.user, request_id)
        return self.represented(services.withdraw(request=asked, by=request.user))


class _Decisions(_Requests):
    permission_classes = (IsAdmin,)


class DataRequestApprove(_Decisions):
    """Let the data of now out. The release is made at once, unless films or reports wait for their own decision. 403
    `own-request`: you asked for it, and another admin is there."""

    @extend_schema(request=DataApproveSerializer, responses=DataRequestSerializer)
    def post(self, request: Request, request_id: Any) -> Response:
        asked = selectors.request_for(request.user, request_id)
        sent = _sent(DataApproveSerializer, request.data)
        return self.represented(services.approve(request=asked, by=request.user, **sent))


class DataRequestDecline(_Decisions):
    """Say no, and why."""

    @extend_schema(request=DataDeclineSerializer, responses=DataRequestSerializer)
    def post(self, request: Request, request_id: Any) -> Response:
        asked = selectors.request_for(request.user, request_id)
        sent = _sent(DataDeclineSerializer, request.data)
        return self.represented(services.decline(request=asked, by=request.user, **sent))


class DataRequestApproveFilms(_Decisions):
    """Let films and reports go along. 403 `wrong-password`, 429 `too-many` after some of those; 403 `own-request`; 409
    `approve-first`: the release itself is not approved."""

    @extend_schema(request=DataApproveFilmsSerializer, responses=DataRequestSerializer)
    def post(self, request: Request, request_id: Any) -> Response:
        asked = selectors.request_for(request.user, request_id)
        sent = _sent(DataApproveFilmsSerializer, request.data)
        return self.represented(services.approve_films(request=asked, by=request.user, asked_by=request, **sent))


class DataRequestDeclineFilms(_Decisions):
    """The release goes without films and reports. 409 `approve-first`: it is not approved itself."""

    @extend_schema(request=DataDeclineSerializer, responses=DataRequestSerializer)
    def post(self, request: Request, request_id: Any) -> Response:
        asked = selectors.request_for(request.user, request_id)
        sent = _sent(DataDeclineSerializer, request.data)
        return self.represented(services.decline_films(request=asked, by=request.user, **sent))


class DataRequestClose(_Decisions):
    """End a request whose release is not ready, and stop its making. That is final."""

    @extend_schema(request=DataDeclineSerializer, responses=DataRequestSerializer)
    def post(self, request: Request, request_id: Any) -> Response:
        asked = selectors.request_for(request.user, request_id)
        sent = _sent(DataDeclineSerializer, request.data)
        return self.represented(services.close(request=asked, by=request.user, **sent))


class ReleaseList(ListAPIView[Release]):
    """All releases, newest first."""

    permission_classes = (IsResearcherOrAdmin,)
    serializer_class = ReleaseRowSerializer
    queryset = Release.objects.none()

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(selectors.releases_for(request.user))
        rows = representations.release_rows(request.user, page or [])
        return self.get_paginated_response(ReleaseRowSerializer(rows, many=True).data)


class _Releases(APIView):
    permission_classes: Any = (IsResearcherOrAdmin,)

    def represented(self, request: Request, release: Release) -> Response:
        return Response(ReleaseSerializer(representations.release_dict(request.user, release)).data)


class ReleaseDetail(_Releases):
    """One release: what is in it, its files, terms and citation. `latest` is the newest that is ready."""

    @extend_schema(parameters=[RELEASE_ID], responses=ReleaseSerializer)
    def get(self, request: Request, release_id: str) -> Response:
        return self.represented(request, selectors.release_for(request.user, release_id))


class ReleaseTerms(_Releases):
    """Accept the terms under which a release is given out. 403 `release-closed`, 409 `text-changed`."""

    @extend_schema(request=TermsSerializer, responses=ReleaseSerializer)
    def post(self, request: Request, release_id: Any) -> Response:
        release = selectors.open_release_for(request.user, release_id)
        services.accept_terms(release=release, person=request.user, **_sent(TermsSerializer, request.data))
        return self.represented(request, release)


class _Files(_Releases):
    content_negotiation_class = AsStored

    def send(self, request: Request, release: Release, file: str, place: Any, row: dict[str, Any], name: str) -> Any:
        """The file, or the part of it that is asked for; written down first."""
        size, sha256 = row["size_bytes"], row["sha256"]
        part = ranges.asked(request, size, sha256)
        answer = ranges.answer(request, place, part, size=size, sha256=sha256, name=name)
        if part is not None and request.method == "GET":
            services.note_download(release=release, person=request.user, file=file, first_byte=part.first)
        return answer


class ReleaseArchive(_Files):
    """All files of a release in one, from some byte on where a Range asks for that. Accept the terms first."""

    @extend_schema(parameters=[RANGE], responses=BYTES)
    def get(self, request: Request, release_id: Any) -> HttpResponseBase:
        release = selectors.release_to_download(request.user, release_id)
        place, row = storage.archive_of(release)
        return self.send(request, release, ARCHIVE, place, row, storage.archive_name(release))


class ReleaseFile(_Files):
    """One file of a release, from some byte on where a Range asks for that. Accept the terms first."""

    @extend_schema(parameters=[RANGE], responses=BYTES)
    def get(self, request: Request, release_id: Any, path: str) -> HttpResponseBase:
        release = selectors.release_to_download(request.user, release_id)
        found = storage.file_of(release, path)
        if found is None:
            raise Http404
        place, row = found
        return self.send(request, release, path, place, row, place.name)


class DataWithdrawals(APIView):
    """Who does not agree any more, and which releases hold their readings."""

    permission_classes = (IsAdmin,)

    @extend_schema(responses=WithdrawalSerializer(many=True), operation_id="data_withdrawals")
    def get(self, request: Request) -> Response:
        return Response(WithdrawalSerializer(selectors.withdrawals_for(request.user), many=True).data)
