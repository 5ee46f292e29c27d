"""Reads about people."""

from __future__ import annotations

import hashlib

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.utils import timezone
from knox.models import AuthToken

from gazeapp.accounts.consents import TEXTS, Purpose
from gazeapp.accounts.models import Consent, OneTimeLink, Role, TokenNote, User
from gazeapp.accounts.names import fold


def person_called(typed: str) -> User | None:
    """The one person whom a typed user name or e-mail address means, however it is spelled. An address that several
    people have means nobody; a name wins over an address."""
    name = fold(typed)
    found = list(User.objects.filter(Q(username=name) | Q(email=name))[:3]) if name else []
    named = [user for user in found if user.username == name]
    return (named or found)[0] if named or len(found) == 1 else None


def people() -> QuerySet[User]:
    """Everybody, with their roles read and whether they have a second factor (`second_factor`)."""
    second = Authenticator.objects.filter(user=OuterRef("pk"), type=Authenticator.Type.TOTP)
    return User.objects.annotate(second_factor=Exists(second)).prefetch_related("groups").order_by("username")


def without_role() -> QuerySet[User]:
    """Active people who hold no role: they can sign in, and do nothing."""
    return people().filter(is_active=True).exclude(groups__name__in=Role.values)


def count_without_role() -> int:
    return without_role().count()


def has_other_admin(user: User) -> bool:
    """Whether somebody else can sign in as an admin."""
    others = User.objects.filter(is_active=True, groups__name=Role.ADMIN).exclude(pk=user.pk)
    return (others if settings.DEMO else others.filter(is_demo=False)).exists()


def link_kinds(user: User) -> dict[str, str]:
    """The kinds of one-time link that can help this person, with their words."""
    kinds = dict(OneTimeLink.Kind.choices)
    if not Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists():
        del kinds[OneTimeLink.Kind.SECOND_FACTOR]
    return kinds


def open_link(secret: str) -> OneTimeLink | None:
    """The link behind a secret, while it can still be used."""
    mine = live_links().filter(digest=link_digest(secret), wrong__lt=OneTimeLink.TRIES)
    return mine.select_related("user").first()


def live_links() -> QuerySet[OneTimeLink]:
    """Links that are not over, for people who may come in, by people who are still admins."""
    return OneTimeLink.objects.filter(
        used_at=None,
        expires_at__gt=timezone.now(),
        user__is_active=True,
        made_by__is_active=True,
        made_by__groups__name=Role.ADMIN,
    )


def link_digest(secret: str) -> str:
    """What is stored of a secret, which is random enough (256 bits) to need no key or salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tokens_of(user: User) -> QuerySet[AuthToken]:
    tokens: QuerySet[AuthToken] = AuthToken.objects.filter(user=user, expiry__gt=timezone.now())
    return tokens.select_related("note").order_by("-created")


def scope_of(token: AuthToken) -> str:
    """How far a token reaches: a `TokenNote.Scope`."""
    note = TokenNote.objects.filter(pk=token.pk).first()
    return note.scope if note else TokenNote.Scope.ALL


def token_for(user: User, key: str) -> AuthToken:
    """One's own token by its public key.

    Raises:
        Http404: it is not theirs or does not exist.
    """
    token = tokens_of(user).filter(token_key=key).first()
    if token is None:
        raise Http404
    return token


def consents_of(user: User) -> dict[str, bool | None]:
    """What a person last answered to each purpose's text of today; None where they were not asked yet."""
    answers: dict[str, bool | None] = dict.fromkeys(Purpose.values)
    for row in Consent.objects.filter(person=user).order_by("id"):
        if row.purpose in TEXTS:
            answers[row.purpose] = row.given if row.version == TEXTS[row.purpose].version else None
    return answers


def is_to_be_asked(user: User) -> bool:
    """Whether a question of consent is open, as before somebody's first recording."""
    return None in consents_of(user).values()


def consenting(purpose: str) -> QuerySet[User]:
    """The active people whose newest answer for this purpose is yes, to the text that is asked today."""
    newest = Consent.objects.filter(person=OuterRef("pk"), purpose=Purpose(purpose)).order_by("-id")
    yes = Consent.objects.filter(given=True, version=TEXTS[Purpose(purpose)].version)
    return User.objects.annotate(newest_consent=Subquery(newest.values("pk")[:1])).filter(
        newest_consent__in=yes.values("pk"), is_active=True
    )
