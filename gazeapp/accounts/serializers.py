from __future__ import annotations

from rest_framework import serializers


class MeSerializer(serializers.Serializer):
    """The person who asks."""

    id = serializers.IntegerField(read_only=True)
    username = serializers.CharField(read_only=True)
    name = serializers.CharField(source="display_name", read_only=True)
    roles = serializers.ListField(child=serializers.CharField(), read_only=True)


class TokenSerializer(serializers.Serializer):
    """An API token, without its secret."""

    key = serializers.CharField(source="token_key", read_only=True, help_text="Public part; names the token.")
    created = serializers.DateTimeField(read_only=True)
    expiry = serializers.DateTimeField(read_only=True)


class NewTokenSerializer(serializers.Serializer):
    days = serializers.IntegerField(min_value=1, max_value=365, required=False, help_text="Days until it expires.")


class MadeTokenSerializer(TokenSerializer):
    token = serializers.CharField(read_only=True, help_text="The secret; shown this once.")


class ConsentsSerializer(serializers.Serializer):
    """Whether readings may be used for a purpose; null where that was not answered yet."""

    teaching = serializers.BooleanField(allow_null=True)
    research = serializers.BooleanField(allow_null=True)
    training = serializers.BooleanField(allow_null=True)
