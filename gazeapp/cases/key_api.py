"""Answer keys over HTTP."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.cases import selectors, services
from gazeapp.cases.key_serializers import (
    ApprovedSerializer,
    ApproveSerializer,
    DraftSerializer,
    KeySerializer,
    KeysSerializer,
    KeyVersionSerializer,
    SeenSerializer,
)


class CaseKey(APIView):
    """A case's answer key: the approved one, and for authors the draft."""

    @extend_schema(responses=KeysSerializer)
    def get(self, request: Request, case_id: Any) -> Response:
        case = selectors.case_for(request.user, case_id, "view")
        approved = selectors.approved_key(case) if selectors.may_see_key(request.user, case) else None
        draft = selectors.draft_of(case) if selectors.may(request.user, case, "author") else None
        return Response(KeysSerializer({"approved": approved, "draft": draft}).data)

    @extend_schema(request=DraftSerializer, responses=KeySerializer)
    def put(self, request: Request, case_id: Any) -> Response:
        """Save the draft, whole. `changed_at` names the one you saw; another answers 409 `changed-meanwhile`."""
        case = selectors.case_for(request.user, case_id, "author")
        sent = DraftSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        draft = services.save_draft(case=case, by=request.user, seen=given.pop("changed_at"), **given)
        return Response(KeySerializer(draft).data)

    @extend_schema(parameters=[SeenSerializer], responses={204: None})
    def delete(self, request: Request, case_id: Any) -> Response:
        """Throw the draft away. The approved key goes on to count."""
        case = selectors.case_for(request.user, case_id, "author")
        services.discard_draft(case=case, by=request.user, seen=_seen(request.query_params)["changed_at"])
        return Response(status=204)


class CaseKeyApprove(APIView):
    """Make the draft the key that counts. It never changes again; a later change begins a new draft.

    Texts that may name somebody are refused (422, `identity-suspected`) unless `confirmed` holds their digest.
    """

    @extend_schema(request=ApproveSerializer, responses=ApprovedSerializer)
    def post(self, request: Request, case_id: Any) -> Response:
        case = selectors.case_for(request.user, case_id, "author")
        sent = ApproveSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        given = dict(sent.validated_data)
        key = services.approve(
            case=case, by=request.user, seen=given["changed_at"], confirmed=given.get("confirmed", [])
        )
        following = selectors.next_to_author(request.user, case)
        return Response(ApprovedSerializer({"approved": key, "next": following.pk if following else None}).data)


class CaseKeyVersions(APIView):
    """Every version of the key, newest first, and how many attempts each has judged."""

    @extend_schema(responses=KeyVersionSerializer(many=True))
    def get(self, request: Request, case_id: Any) -> Response:
        case = selectors.case_for(request.user, case_id, "author")
        keys = case.keys.select_related("author", "approved_by").prefetch_related("findings").order_by("-version")
        context = {"attempts": selectors.key_attempts(case)}
        return Response(KeyVersionSerializer(keys, many=True, context=context).data)


def _seen(data: Any) -> dict[str, Any]:
    sent = SeenSerializer(data=data)
    sent.is_valid(raise_exception=True)
    return dict(sent.validated_data)
