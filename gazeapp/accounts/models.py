"""People. Roles are Django groups of the same name, so that one person may hold several."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.functional import cached_property


class Role(models.TextChoices):
    RESIDENT = "resident"
    FACULTY = "faculty"
    ADMIN = "admin"
    RESEARCHER = "researcher"


class User(AbstractUser):
    """A person who signs in."""

    is_demo = models.BooleanField(
        default=False, editable=False, help_text="Made by the demo with a random password; cannot sign in outside it."
    )

    @cached_property
    def roles(self) -> frozenset[str]:
        """The roles this person holds; read once an instance, since every guard asks."""
        return frozenset(self.groups.values_list("name", flat=True)) & frozenset(Role.values)

    def has_role(self, *roles: str) -> bool:
        """Whether this active person holds any of ``roles``."""
        return self.is_active and not self.roles.isdisjoint(roles)

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username
