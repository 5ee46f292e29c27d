"""What the API says of answer keys, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.cases import shapes
from gazeapp.cases.models import AnswerKey, Finding
from gazeapp.cases.serializers import ConfirmedSerializer, PersonSerializer
from gazeapp.cases.services.keys import MAX_FINDINGS

_FRACTION = {"type": "number", "minimum": 0, "maximum": 1}
_RADIUS = {"type": "number", "minimum": shapes.SMALLEST, "maximum": 1, "description": "Semi-axis, film widths."}
SHAPE: dict[str, Any] = {
    "description": "Places are film fractions: x right, y down.",
    "oneOf": [
        {
            "type": "object",
            "required": ["kind", "x", "y", "radius_x", "radius_y", "angle_deg"],
            "properties": {
                "kind": {"type": "string", "enum": ["ellipse"]},
                "x": _FRACTION,
                "y": _FRACTION,
                "radius_x": _RADIUS,
                "radius_y": _RADIUS,
                "angle_deg": {"type": "number", "minimum": -360, "maximum": 360, "description": "Clockwise."},
            },
        },
        {
            "type": "object",
            "required": ["kind", "points"],
            "properties": {
                "kind": {"type": "string", "enum": ["polygon"]},
                "points": {
                    "type": "array",
                    "minItems": 3,
                    "maxItems": shapes.MAX_CORNERS,
                    "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _FRACTION},
                },
            },
        },
    ],
}


@extend_schema_field(SHAPE)
class ShapeField(serializers.JSONField):
    def to_internal_value(self, data: Any) -> dict[str, Any]:
        try:
            return shapes.parsed(super().to_internal_value(data))
        except ValueError as error:
            raise serializers.ValidationError(str(error)) from None


class FindingSerializer(serializers.Serializer[Finding]):
    id = serializers.UUIDField(read_only=True)
    number = serializers.IntegerField(read_only=True, help_text="From 1, in the order they were sent.")
    label = serializers.CharField(  # type: ignore[assignment]  # the stubs know another `label`
        max_length=60, allow_blank=True, required=False, default="", help_text="A radiology term."
    )
    shape = ShapeField()
    importance = serializers.ChoiceField(
        choices=Finding.Importance.choices,
        required=False,
        default=Finding.Importance.RELEVANT,
        help_text="1 incidental, 2 relevant, 3 must not be missed.",
    )
    note = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="", trim_whitespace=False)


class KeySerializer(serializers.ModelSerializer[AnswerKey]):
    findings = FindingSerializer(many=True)
    author = PersonSerializer()
    approved_by = PersonSerializer(allow_null=True)

    class Meta:
        model = AnswerKey
        fields = (
            "id",
            "version",
            "state",
            "normal",
            "note",
            "findings",
            "author",
            "created_at",
            "changed_at",
            "approved_at",
            "approved_by",
        )
        read_only_fields = fields


class KeysSerializer(serializers.Serializer[Any]):
    approved = KeySerializer(allow_null=True, help_text="The key that counts; empty for who may not see it yet.")
    draft = KeySerializer(allow_null=True, help_text="What is being worked on; for authors.")


class SeenSerializer(serializers.Serializer[Any]):
    changed_at = serializers.DateTimeField(
        allow_null=True,
        default=None,
        help_text="`changed_at` of the draft that you have before you; null when there was none.",
    )


class DraftSerializer(SeenSerializer):
    """All of a draft, which replaces what was there."""

    normal = serializers.BooleanField(allow_null=True, default=None)
    note = serializers.CharField(
        max_length=5000, allow_blank=True, required=False, default="", trim_whitespace=False, help_text="Teaching note."
    )
    findings = serializers.ListField(child=FindingSerializer(), required=False, default=list, max_length=MAX_FINDINGS)


class ApproveSerializer(SeenSerializer, ConfirmedSerializer):
    pass


class ApprovedSerializer(serializers.Serializer[Any]):
    approved = KeySerializer()
    next = serializers.UUIDField(allow_null=True, help_text="The case to author next, if one waits.")


class KeyVersionSerializer(serializers.ModelSerializer[AnswerKey]):
    author = PersonSerializer()
    approved_by = PersonSerializer(allow_null=True)
    findings = serializers.SerializerMethodField(help_text="How many.")
    attempts = serializers.SerializerMethodField(help_text="Committed attempts that were judged by it.")

    class Meta:
        model = AnswerKey
        fields = (
            "version",
            "state",
            "normal",
            "findings",
            "attempts",
            "author",
            "changed_at",
            "approved_at",
            "approved_by",
        )
        read_only_fields = fields

    def get_findings(self, key: AnswerKey) -> int:
        return len(key.findings.all())

    def get_attempts(self, key: AnswerKey) -> int:
        attempts: dict[int, int] = self.context["attempts"]
        return attempts.get(key.version, 0)
