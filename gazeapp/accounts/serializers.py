from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gazeapp.accounts.models import TokenNote
from gazeapp.core.serializers import NameField


class MeSerializer(serializers.Serializer):
    """The person who asks."""

    id = serializers.IntegerField(read_only=True)
    username = serializers.CharField(read_only=True)
    name = serializers.CharField(source="display_name", read_only=True)
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)


class TokenSerializer(serializers.Serializer):
    """An API token, without its secret."""

    key = serializers.CharField(source="token_key", read_only=True, help_text="Public part; names the token.")
    name = serializers.SerializerMethodField(help_text="Where it is used.")
    scope = serializers.SerializerMethodField(help_text="all, or releases: research releases only.")
    created = serializers.DateTimeField(read_only=True)
    expiry = serializers.DateTimeField(read_only=True)

    def get_name(self, token: Any) -> str:
        return token.note.name if hasattr(token, "note") else ""

    def get_scope(self, token: Any) -> str:
        return token.note.scope if hasattr(token, "note") else TokenNote.Scope.ALL


class NewTokenSerializer(serializers.Serializer):
    name = NameField(max_length=80, allow_blank=True, default="", help_text="Where it is used.")
    scope = serializers.ChoiceField(choices=TokenNote.Scope.choices, default=TokenNote.Scope.ALL)
    days = serializers.IntegerField(min_value=1, max_value=365, required=False, help_text="Days until it expires.")


class MadeTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="The secret; shown this once.")


class ConsentsSerializer(serializers.Serializer):
    """Whether readings may be used for a purpose; null where that was not answered yet."""

    teaching = serializers.BooleanField(allow_null=True)
    research = serializers.BooleanField(allow_null=True)
    training = serializers.BooleanField(allow_null=True)
