"""Sign-in: a demo person may sign in only while the demo runs."""

from __future__ import annotations

from allauth.account.auth_backends import AuthenticationBackend
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser


class PeopleBackend(AuthenticationBackend):
    """User name or e-mail with a password. Also asked at every request, so a demo person's session ends with the demo."""

    def user_can_authenticate(self, user: AbstractBaseUser | None) -> bool:
        allowed: bool = super().user_can_authenticate(user)
        return allowed and (settings.DEMO or not getattr(user, "is_demo", False))
