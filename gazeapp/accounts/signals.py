"""What must follow when a person's standing changes."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import password_reset
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db.models.signals import m2m_changed, post_save
from django.dispatch import receiver
from django.http import HttpRequest

from gazeapp.accounts.models import OneTimeLink, Role, User
from gazeapp.accounts.services import end_access
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
        OneTimeLink.objects.filter(user=instance).delete()
        end_access(instance)


@receiver(post_save, sender=User)
def password_replaced(instance: User, created: bool, **kwargs: Any) -> None:
    """By whatever page or command: what the one before opened is out, and a link that would replace it is over."""
    if instance.has_new_password and not created:
        OneTimeLink.objects.filter(user=instance, kind=OneTimeLink.Kind.PASSWORD, used_at=None).delete()
        end_access(instance)


@receiver(user_logged_in)
def signed_in(user: User, **kwargs: Any) -> None:
    audit.record(f"user:{user.pk}", "sign-in", f"user:{user.pk}")


@receiver(user_login_failed)
def sign_in_failed(credentials: dict[str, Any], request: HttpRequest | None = None, **kwargs: Any) -> None:
    """The typed name is not kept: people type passwords into it."""
    audit.record("anonymous", "sign-in-failed", "accounts")


@receiver(authentication_failed)
def second_factor_failed(user: User, **kwargs: Any) -> None:
    """Somebody knows this person's password and not the second factor."""
    audit.record(f"user:{user.pk}", "second-factor-failed", f"user:{user.pk}")


@receiver(password_reset)
def password_reset_by_mail(user: User, **kwargs: Any) -> None:
    audit.record(f"user:{user.pk}", "password-reset", f"user:{user.pk}")
