"""Sign-in: who is meant by what was typed, and that a demo person may sign in only while the demo runs."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from gazeapp.accounts.selectors import person_called


def is_stranded(user: Any) -> bool:
    """Whether this is a demo person outside the demo."""
    return bool(getattr(user, "is_demo", False)) and not settings.DEMO


class PeopleBackend(AuthenticationBackend):
    """User name or e-mail with a password. Also asked at every request: a demo session ends with the demo."""

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        allowed: bool = super().user_can_authenticate(user)
        return allowed and not is_stranded(user)

    def _authenticate(self, request: HttpRequest | None, **credentials: Any) -> AbstractBaseUser | None:
        """The one person whose guesses were counted (`guesses.take`), and nobody whom a database's own idea of equal
        names would add. allauth hashes once for nobody too, so that both take the same time."""
        typed = credentials.get("username") or credentials.get("email") or ""
        return self._check_password(person_called(typed), credentials["password"])

    def _check_password(self, user: AbstractBaseUser | None, password: str) -> AbstractBaseUser | None:
        """allauth would hand an unallowed person with the right password on to its "inactive" page, that is, sign in
        anybody who is active. A stranded demo person is told the same as for a wrong password."""
        found: AbstractBaseUser | None = super()._check_password(user, password)
        if is_stranded(user):
            self.unstash_authenticated_user()
            return None
        return found
