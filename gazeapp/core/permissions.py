"""API permissions. Objects are guarded by each app's selectors; here only who may call at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission

from gazeapp.core.navigation import ROLES

if TYPE_CHECKING:  # REST framework imports this module while it loads these
    from rest_framework.request import Request
    from rest_framework.views import APIView


class HasAnyRole(BasePermission):
    """Signed in, active and holding at least one role. The default of every API view."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.has_role(*ROLES)


class IsAdmin(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.has_role("admin")


class IsFacultyOrAdmin(BasePermission):
    """Who teaches: organises and rates studies, compares cases."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.has_role("faculty", "admin")


class IsResearcherOrAdmin(BasePermission):
    """Who asks for research data, or gives it out."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.user.is_authenticated and request.user.has_role("researcher", "admin")
