"""What must follow when a person's standing changes."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest
from knox.models import AuthToken

from gazeapp.accounts.models import Role, User
from gazeapp.core import audit
from gazeapp.core.live import close_sockets


@receiver(m2m_changed, sender=User.groups.through)
def roles_changed(instance: User | Group, action: str, reverse: bool, **kwargs: Any) -> None:
    """Admins, and only they, reach the record pages; open sockets are closed so that the new roles count at once."""
    if reverse or not isinstance(instance, User) or not action.startswith("post_"):
        return
    instance.__dict__.pop("roles", None)
    is_admin = Role.ADMIN in instance.roles
    if (instance.is_staff, instance.is_superuser) != (is_admin, is_admin):
        instance.is_staff = instance.is_superuser = is_admin
        User.objects.filter(pk=instance.pk).update(is_staff=is_admin, is_superuser=is_admin)
    close_sockets(user_id=instance.pk)


@receiver(post_save, sender=User)
def person_deactivated(instance: User, **kwargs: Any) -> None:
    if not instance.is_active:
        AuthToken.objects.filter(user=instance).delete()
        close_sockets(user_id=instance.pk)


@receiver(user_logged_in)
def signed_in(user: User, **kwargs: Any) -> None:
    audit.record(f"user:{user.pk}", "sign-in", f"user:{user.pk}")


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """The typed name is not kept: people type passwords into it."""
    audit.record("anonymous", "sign-in-failed", "accounts")
