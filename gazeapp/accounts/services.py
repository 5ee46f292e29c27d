"""Writes about people."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone
from knox.models import AuthToken
from knox.settings import knox_settings

from gazeapp.accounts import guesses, selectors
from gazeapp.accounts.consents import TEXTS, Purpose
from gazeapp.accounts.models import Consent, OneTimeLink, Role, TokenNote, User
from gazeapp.core import audit
from gazeapp.core.live import close_sockets
from gazeapp.core.problems import Problem

LINK_LIFE = timedelta(hours=1)


def lock_people(ids: Iterable[int]) -> None:
    """Hold these people until the transaction ends: what somebody comes to see, and a start of a study that asks what
    they have seen, come one after the other."""
    list(User.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))


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
    """A new person with roles. Without a password they cannot sign in until they set one by a one-time link.

    Raises:
        ValidationError: the name or the address is not one, or would also find somebody else.
    """
    first, _, last = full_name.partition(" ")
    user = User(username=username, email=email, first_name=first, last_name=last, is_demo=demo)
    user.set_password(password)
    user.full_clean()
    user.save()
    set_roles(user=user, roles=roles, by=by)
    return user


@transaction.atomic
def answer_consent(*, person: User, answers: Mapping[str, bool], versions: Mapping[str, int]) -> None:
    """Write down what somebody answers, to the texts that they were shown. It counts from the next query on.

    Raises:
        Problem: text-changed, when a text is no longer the one that was shown.
    """
    for purpose, given in answers.items():
        if versions.get(purpose) != TEXTS[Purpose(purpose)].version:
            raise Problem("text-changed", "The question was reworded meanwhile.", "Read it and answer again.", code=409)
        Consent.objects.create(person=person, purpose=purpose, version=versions[purpose], given=given)
    audit.record(person, "consent", f"user:{person.pk}", **dict(answers))


@transaction.atomic
def make_token(*, user: User, days: int | None = None, name: str = "", scope: str = "all") -> tuple[AuthToken, str]:
    """A new API token that reaches as far as its scope says (`TokenNote.Scope`). The secret is returned once; only its
    digest is stored.

    Raises:
        Problem: too-many-tokens, when the person already holds the allowed number of live ones.
    """
    limit = knox_settings.TOKEN_LIMIT_PER_USER
    if AuthToken.objects.filter(user=user, expiry__gt=timezone.now()).count() >= limit:
        raise Problem("too-many-tokens", f"You already have {limit} tokens.", "Delete one first.", code=409)
    ttl = timedelta(days=days) if days else knox_settings.TOKEN_TTL
    token, secret = AuthToken.objects.create(user, expiry=ttl)
    TokenNote.objects.create(token=token, name=name, scope=TokenNote.Scope(scope))
    audit.record(f"user:{user.pk}", "token-made", f"token:{token.token_key}", scope=scope)
    return token, secret


@transaction.atomic
def delete_token(*, token: AuthToken) -> None:
    audit.record(f"user:{token.user_id}", "token-deleted", f"token:{token.token_key}")
    token.delete()


def reauthenticate(*, user: User, password: str, request: Any) -> None:
    """Who is signed in shows their password again, before something that cannot be undone. Wrong ones are counted by
    the same limits as at sign-in. Call it outside of a transaction, which would undo the counting.

    Raises:
        Problem: wrong-password, or too-many when there were too many of them.
    """
    asked: HttpRequest = getattr(request, "_request", request)  # of REST framework's
    try:
        found = get_adapter(asked).authenticate(asked, username=user.username, password=password)
    except ImmediateHttpResponse:
        raise Problem(
            "too-many",
            "Too many wrong passwords.",
            "Wait a quarter of an hour, then try again.",
            code=429,
            retry_after_s=guesses.WAIT_S,
        ) from None
    if found is None or found.pk != user.pk or not found.is_active:  # allauth hands on who is deactivated
        raise Problem("wrong-password", "That is not your password.", "Nothing was changed.", code=403)


@transaction.atomic
def make_link(*, user: User, kind: str, by: User) -> str:
    """A one-time link for a person who lost their password or second factor, as its secret; only a digest is stored. A
    link of the same kind that was made before no longer works.

    Raises:
        Problem: own-account, deactivated or no-second-factor.
    """
    if user.pk == by.pk:
        raise Problem("own-account", "You cannot make a link for yourself.", "Ask another administrator.", code=403)
    if not user.is_active:
        raise Problem("deactivated", "This person is deactivated.", "Make them active first.", code=409)
    if kind not in selectors.link_kinds(user):
        raise Problem("no-second-factor", "This person has no second factor.", "They sign in without one.", code=409)
    secret = secrets.token_urlsafe(32)
    OneTimeLink.objects.update_or_create(
        user=user,
        kind=kind,
        defaults={
            "digest": selectors.link_digest(secret),
            "made_by": by,
            "expires_at": timezone.now() + LINK_LIFE,
            "used_at": None,
            "wrong": 0,
        },
    )
    audit.record(by, "link-made", f"user:{user.pk}", kind=kind)
    return secret


@transaction.atomic
def set_password_by_link(*, link: OneTimeLink, password: str) -> None:
    """Give the link's person a new password (already validated); their sessions and API tokens end with the old one.

    Raises:
        Problem: link-over.
    """
    _spend(link)
    user = link.user
    user.set_password(password)
    user.save(update_fields=["password"])
    audit.record(user, "link-used", f"user:{user.pk}", kind=link.kind)


def remove_second_factor_by_link(*, link: OneTimeLink, password: str) -> None:
    """Take the second factor and its recovery codes away from the link's person, who shows the password for it. The
    link bears five wrong passwords of its own, whatever is going on at the sign-in page.

    Raises:
        Problem: link-over or wrong-password.
    """
    tries = OneTimeLink.objects.filter(pk=link.pk, digest=link.digest, wrong__lt=OneTimeLink.TRIES)
    if not tries.update(wrong=F("wrong") + 1):
        raise _over()
    if not link.user.check_password(password):
        audit.record(link.user, "link-wrong-password", f"user:{link.user_id}")
        raise Problem("wrong-password", "That is not your password.", "Nothing was changed.", code=400)
    with transaction.atomic():
        _spend(link)
        Authenticator.objects.filter(user=link.user).delete()
        audit.record(link.user, "link-used", f"user:{link.user_id}", kind=link.kind)


def end_access(user: User) -> None:
    """After a password was replaced or a person deactivated: API tokens and live sockets end (Django's sessions end by
    themselves, but for the one in which the password was changed)."""
    AuthToken.objects.filter(user=user).delete()
    close_sockets(user_id=user.pk)


def _spend(link: OneTimeLink) -> None:
    """Mark the link as used, by whoever comes first. Locked before: the update asks through joins, so PostgreSQL finds
    its row as it was before it waited for another, and two at once would both come in."""
    OneTimeLink.objects.select_for_update().filter(pk=link.pk).first()
    fresh = selectors.live_links().filter(pk=link.pk, digest=link.digest)
    if not fresh.update(used_at=timezone.now()):
        raise _over()


def _over() -> Problem:
    return Problem("link-over", "This link no longer works.", "Ask an administrator for a new one.", code=404)
