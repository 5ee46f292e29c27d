"""Signing out closes the live sockets of that browser session. (Roles, deactivation: gazeapp.accounts.signals.)"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest

from gazeapp.core.live import close_sockets


@receiver(user_logged_out)
def signed_out(request: HttpRequest, user: Any, **more: Any) -> None:
    if user is not None and request.session.session_key:
        close_sockets(session_key=request.session.session_key)
