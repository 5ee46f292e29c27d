"""People. Roles are Django groups of the same name, so that one person may hold several."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils.functional import cached_property

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.names import fold


class Role(models.TextChoices):
    RESIDENT = "resident"
    FACULTY = "faculty"
    ADMIN = "admin"
    RESEARCHER = "researcher"


class User(AbstractUser):
    """A person who signs in, by user name or e-mail address. Both are stored folded, and looked up folded."""

    is_demo = models.BooleanField(
        default=False, editable=False, help_text="Made by the demo with a random password; cannot sign in outside it."
    )
    _password_taken = False  # by `set_unusable_password`, and not saved yet

    @classmethod
    def normalize_username(cls, username: Any) -> Any:
        return fold(username) if isinstance(username, str) else username  # a form that was refused passes None

    def clean(self) -> None:
        """Raises ValidationError for an address or name that would also find somebody else."""
        super().clean()
        self.email = self.email.strip().lower()
        if not self.email.isascii():
            raise ValidationError({"email": "Write the address in plain letters (xn--… for the part after the @)."})
        others = User.objects.exclude(pk=self.pk)
        if self.email and others.filter(Q(email=self.email) | Q(username=self.email)).exists():
            raise ValidationError({"email": "Somebody else signs in with this address."})
        if others.filter(email=self.username).exclude(email="").exists():
            raise ValidationError({"username": "Somebody else signs in with this as their address."})

    def set_unusable_password(self) -> None:
        super().set_unusable_password()
        self._password_taken = True

    @transaction.atomic
    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """What an old password opened ends with it, in the same transaction (`signals.password_replaced`)."""
        self.username, self.email = fold(self.username), self.email.strip().lower()
        super().save(*args, update_fields=update_fields, **kwargs)
        self._password_taken = False

    @property
    def has_new_password(self) -> bool:
        """Whether a password was set or taken away since the last save; not where Django only hashed it anew."""
        return getattr(self, "_password", None) is not None or self._password_taken

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


class OneTimeLink(models.Model):
    """A way back in that an admin makes and hands over. The newest of a kind replaces the one before it."""

    class Kind(models.TextChoices):
        PASSWORD = "password", "a new password"
        SECOND_FACTOR = "second-factor", "the second factor off"

    TRIES = 5  # wrong passwords that a link which asks for one survives

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the secret; the secret is not kept.")
    made_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    made_at = models.DateTimeField(auto_now=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    wrong = models.PositiveSmallIntegerField(default=0, help_text="Wrong passwords given on its page.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="one_link_a_person_and_kind")]


class TokenNote(models.Model):
    """What a person's API token is for, and how far it reaches. A token without one is from before, and reaches all."""

    class Scope(models.TextChoices):
        ALL = "all", "All that its person may do"
        RELEASES = "releases", "Research releases only"

    token = models.OneToOneField(
        settings.KNOX_TOKEN_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="note"
    )
    name = models.CharField(max_length=80, blank=True, help_text="Where it is used; for its person.")
    scope = models.CharField(max_length=8, choices=Scope.choices, default=Scope.ALL)


class Consent(models.Model):
    """One answer to one of the questions in `consents.TEXTS`. Rows are only added; the newest of a purpose counts, and
    only while its text is the one that is asked today."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=8, choices=Purpose.choices)
    version = models.PositiveSmallIntegerField(help_text="Of the text that was shown.")
    given = models.BooleanField(help_text="Yes; no means refused or withdrawn.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["person", "purpose", "-id"], name="newest_consent")]
