"""Writes about people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.contrib.auth.models import Group
from django.db import transaction
from django.utils import timezone
from knox.models import AuthToken
from knox.settings import knox_settings

from gazeapp.accounts.models import Role, User
from gazeapp.core import audit
from gazeapp.core.problems import Problem


@transaction.atomic
def set_roles(*, user: User, roles: Iterable[str], by: str) -> None:
    """Gives ``user`` exactly these roles. Open sockets learn of it by the groups' change signal."""
    wanted = {Role(role).value for role in roles}
    user.groups.set([Group.objects.get_or_create(name=name)[0] for name in sorted(wanted)])
    user.__dict__.pop("roles", None)
    audit.record(by, "roles", f"user:{user.pk}", roles=sorted(wanted))


@transaction.atomic
def make_person(
    *,
    username: str,
    password: str | None,
    roles: Iterable[str],
    by: str,
    email: str = "",
    full_name: str = "",
    demo: bool = False,
) -> User:
    """A new person with roles. Without a password they cannot sign in until an admin sets one."""
    first, _, last = full_name.partition(" ")
    user = User.objects.create_user(
        username=username, email=email, password=password, first_name=first, last_name=last, is_demo=demo
    )
    set_roles(user=user, roles=roles, by=by)
    return user


@transaction.atomic
def make_token(*, user: User, days: int | None = None) -> tuple[AuthToken, str]:
    """A new API token. The secret is returned once; only its digest is stored.

    Raises:
        Problem: too-many-tokens, when the person already holds the allowed number of live ones.
    """
    limit = knox_settings.TOKEN_LIMIT_PER_USER
    if AuthToken.objects.filter(user=user, expiry__gt=timezone.now()).count() >= limit:
        raise Problem("too-many-tokens", f"You already have {limit} tokens.", "Delete one first.", code=409)
    ttl = timedelta(days=days) if days else knox_settings.TOKEN_TTL
    token, secret = AuthToken.objects.create(user, expiry=ttl)
    audit.record(f"user:{user.pk}", "token-made", f"token:{token.token_key}")
    return token, secret


@transaction.atomic
def delete_token(*, token: AuthToken) -> None:
    audit.record(f"user:{token.user_id}", "token-deleted", f"token:{token.token_key}")
    token.delete()
