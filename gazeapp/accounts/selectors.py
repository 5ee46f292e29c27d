"""Reads about people."""

from __future__ import annotations

from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from knox.models import AuthToken

from gazeapp.accounts.models import User


def tokens_of(user: User) -> QuerySet[AuthToken]:
    tokens: QuerySet[AuthToken] = AuthToken.objects.filter(user=user, expiry__gt=timezone.now())
    return tokens.order_by("-created")


def token_for(user: User, key: str) -> AuthToken:
    """One's own token by its public key.

    Raises:
        Http404: it is not theirs or does not exist.
    """
    token = tokens_of(user).filter(token_key=key).first()
    if token is None:
        raise Http404
    return token
