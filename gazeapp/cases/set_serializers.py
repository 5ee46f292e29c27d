"""What the API says of practice sets, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.cases import selectors
from gazeapp.cases.models import CaseSet, SetCase
from gazeapp.cases.serializers import PersonSerializer, thumbnail_address
from gazeapp.cases.services.sets import MAX_CASES
from gazeapp.core.serializers import NameField


class SetSerializer(serializers.ModelSerializer[CaseSet]):
    owner = PersonSerializer()
    cases = serializers.IntegerField(help_text="How many stand in it.")
    keyed = serializers.SerializerMethodField(help_text="How many of them have an approved key.")
    waiting = serializers.IntegerField(help_text="How many wait for their owner's yes.")

    class Meta:
        model = CaseSet
        fields = (
            "id",
            "name",
            "description",
            "owner",
            "open",
            "simulated",
            "cases",
            "keyed",
            "waiting",
            "created_at",
            "opened_at",
            "closed_at",
        )
        read_only_fields = fields

    def get_keyed(self, case_set: Any) -> int:
        return case_set.keyed or 0


class PlaceSerializer(serializers.ModelSerializer[SetCase]):
    case = serializers.UUIDField(source="case_id")
    title = serializers.CharField(source="case.title")
    state = serializers.CharField(source="case.state")
    published = serializers.BooleanField(source="case.published")
    owner = PersonSerializer(source="case.owner")
    thumbnail = serializers.SerializerMethodField(help_text="Address of a small PNG; empty when there is no film.")
    key_version = serializers.IntegerField(allow_null=True, help_text="Of the approved key; empty without one.")
    draft_version = serializers.IntegerField(allow_null=True, help_text="Of the draft that is being worked on.")
    answered_at = serializers.DateTimeField(
        source="agreed_at", allow_null=True, help_text="When the owner said yes or no; empty while the question waits."
    )

    class Meta:
        model = SetCase
        fields = (
            "case",
            "position",
            "title",
            "state",
            "published",
            "owner",
            "thumbnail",
            "key_version",
            "draft_version",
            "agreed",
            "answered_at",
        )
        read_only_fields = fields

    def get_thumbnail(self, place: SetCase) -> str:
        return thumbnail_address(place.case) if place.case.film_id else ""


class SetDetailSerializer(SetSerializer):
    places = serializers.SerializerMethodField()

    class Meta:
        model = CaseSet
        fields = (*SetSerializer.Meta.fields, "places")
        read_only_fields = fields

    @extend_schema_field(PlaceSerializer(many=True))
    def get_places(self, case_set: CaseSet) -> Any:
        return PlaceSerializer(selectors.places_of(case_set), many=True).data


class NewSetSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False, default="")


class SetChangeSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120, required=False)
    description = serializers.CharField(max_length=2000, allow_blank=True, required=False)
    order = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MAX_CASES,
        help_text="Every case of the set, in its new order.",
    )


class AddCaseSerializer(serializers.Serializer[Any]):
    case = serializers.UUIDField()


class AgreeSerializer(serializers.Serializer[Any]):
    agreed = serializers.BooleanField(default=True)
