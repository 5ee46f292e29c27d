"""Who am I, and my API tokens."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from gazeapp.accounts import selectors, services
from gazeapp.accounts.models import User
from gazeapp.accounts.serializers import (
    ConsentsSerializer,
    MadeTokenSerializer,
    MeSerializer,
    NewTokenSerializer,
    TokenSerializer,
)


def person(request: Request) -> User:
    """The signed-in person; the default permission has already refused everybody else."""
    assert not isinstance(request.user, AnonymousUser)
    return request.user


class MeView(APIView):
    @extend_schema(responses=MeSerializer)
    def get(self, request: Request) -> Response:
        user = person(request)
        return Response(
            {"id": user.pk, "username": user.username, "name": user.display_name, "roles": sorted(user.roles)}
        )


class TokenListView(APIView):
    @extend_schema(responses=TokenSerializer(many=True), operation_id="tokens_list")
    def get(self, request: Request) -> Response:
        return Response(TokenSerializer(selectors.tokens_of(person(request)), many=True).data)

    @extend_schema(request=NewTokenSerializer, responses={201: MadeTokenSerializer})
    def post(self, request: Request) -> Response:
        wish = NewTokenSerializer(data=request.data)
        wish.is_valid(raise_exception=True)
        token, secret = services.make_token(user=person(request), **wish.validated_data)
        return Response({**TokenSerializer(token).data, "token": secret}, status.HTTP_201_CREATED)


class TokenView(APIView):
    @extend_schema(responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        services.delete_token(token=selectors.token_for(person(request), key))
        return Response(status=status.HTTP_204_NO_CONTENT)


class ConsentsView(APIView):
    """What you agreed to, by purpose. null: you were not asked yet."""

    @extend_schema(responses=ConsentsSerializer)
    def get(self, request: Request) -> Response:
        return Response(selectors.consents_of(person(request)))
