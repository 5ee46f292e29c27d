"""People, for admins: make them, give roles, deactivate."""

from __future__ import annotations

import allauth.mfa.admin  # noqa: F401  (registers what is taken back below; so does the next)
import knox.admin  # noqa: F401
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from knox.models import AuthToken

from gazeapp.accounts.models import User

# Both apps bring forms in which an admin could make a token or a second factor in somebody else's name.
admin.site.unregister([AuthToken, Authenticator])


@admin.register(User)
class PersonAdmin(UserAdmin):
    """A role is a group; staff and superuser flags follow from the admin role and are not set by hand."""

    list_display = ("username", "first_name", "last_name", "is_active", "is_demo")
    list_filter = ("is_active", "groups", "is_demo")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Access", {"fields": ("is_active", "groups")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")
    filter_horizontal = ("groups",)
