"""What the API says of research data, and what it takes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.cases.serializers import PersonSerializer
from gazeapp.core.serializers import JobSummarySerializer, NameField, ReasonField
from gazeapp.exports.models import DataRequest, Release
from gazeapp.exports.query import SIMULATED
from gazeapp.recordings.models import Source

WORDS = 4000  # of why somebody asks
REASON = 1000


class DataQuerySerializer(serializers.Serializer[Any]):
    """What is asked of the data."""

    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=Source.choices), required=False, allow_empty=False, max_length=20
    )
    simulated = serializers.ChoiceField(
        choices=SIMULATED,
        default="with",
        help_text="without: neither reader nor film is simulated; only: reader or film is.",
    )
    set = serializers.UUIDField(allow_null=True, default=None, help_text="A practice set; null: all published cases.")
    predictions = serializers.BooleanField(default=False)
    ratings = serializers.BooleanField(default=False, help_text="Of closed studies.")
    films = serializers.BooleanField(default=False, help_text="Needs a second approval.")
    reports = serializers.BooleanField(default=False, help_text="Needs a second approval.")


class CountsQuerySerializer(serializers.Serializer[Any]):
    sources = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="With commas between them."
    )
    simulated = serializers.ChoiceField(choices=SIMULATED, default="with")
    set = serializers.CharField(required=False, default="", allow_blank=True, max_length=40)
    predictions = serializers.BooleanField(default=False)
    ratings = serializers.BooleanField(default=False)

    def validate_sources(self, text: str) -> list[str]:
        return text.split(",")

    def validate_set(self, text: str) -> UUID | None:
        try:
            return UUID(text) if text else None
        except ValueError as error:
            raise serializers.ValidationError("The id of a practice set.") from error


@extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
class BySourceField(serializers.DictField):
    """How many readings of each source."""


class DataCountsSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    readings = serializers.IntegerField()
    readers = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Readers who are not simulated.")
    simulated_readings = serializers.IntegerField()
    by_source = BySourceField(help_text="Readings.")
    predictions = serializers.IntegerField(help_text="0 unless they are asked for.")
    ratings = serializers.IntegerField(help_text="0 unless they are asked for.")
    few = serializers.BooleanField(help_text="Fewer than five people, and at least one: who they are may be guessed.")
    sentence = serializers.CharField()


class NewDataRequestSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120)
    why = serializers.CharField(max_length=WORDS)
    query = DataQuerySerializer()


class DataDecisionSerializer(serializers.Serializer[Any]):
    by = PersonSerializer(allow_null=True)
    at = serializers.DateTimeField()
    reason = serializers.CharField()


class DataFilmsSerializer(serializers.Serializer[Any]):
    """The second approval, of films and reports."""

    asked = serializers.BooleanField()
    state = serializers.ChoiceField(choices=DataRequest.Films.choices)
    by = PersonSerializer(allow_null=True)
    at = serializers.DateTimeField(allow_null=True)
    reason = serializers.CharField()


class RequestedReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.CharField()
    state = serializers.ChoiceField(choices=Release.State.choices)


class DataRequestSerializer(serializers.Serializer[Any]):
    """A request for a release."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    why = serializers.CharField()
    query = DataQuerySerializer()
    counts = DataCountsSerializer(
        help_text="Of when it was made, then of when it was approved; one that is open, by itself: of today."
    )
    state = serializers.ChoiceField(choices=DataRequest.State.choices)
    by = PersonSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    decided = DataDecisionSerializer(allow_null=True)
    films = DataFilmsSerializer()
    closed = DataDecisionSerializer(
        allow_null=True, help_text="Who withdrew or closed it; by nobody where its job was cancelled."
    )
    own = serializers.BooleanField(help_text="You asked for it.")
    may_decide = serializers.BooleanField(
        help_text="You may approve it: as an admin, and your own only where no other admin is."
    )
    release = RequestedReleaseSerializer(allow_null=True)
    job = JobSummarySerializer(allow_null=True)


class DataApproveSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=REASON, allow_blank=True, default="")


class DataDeclineSerializer(serializers.Serializer[Any]):
    reason = ReasonField(max_length=REASON)


class DataApproveFilmsSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=1000, trim_whitespace=False, write_only=True)
    reason = ReasonField(max_length=REASON)


class ReleaseCountsSerializer(serializers.Serializer[Any]):
    """All 0 until it is ready; no fixations either while it holds films whose readings you rate."""

    cases = serializers.IntegerField()
    readings = serializers.IntegerField()
    readers = serializers.IntegerField()
    fixations = serializers.IntegerField()
    people = serializers.IntegerField(required=False)
    by_source = BySourceField(required=False)
    predictions = serializers.IntegerField(required=False)
    ratings = serializers.IntegerField(required=False)
    few = serializers.BooleanField(required=False)


class ReleaseRowSerializer(serializers.Serializer[Any]):
    """A release in a list."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()
    version = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Release.State.choices)
    simulated = serializers.BooleanField(help_text="Whether anything in it is.")
    partly_simulated = serializers.BooleanField(help_text="Whether people's readings are in it too.")
    films = serializers.BooleanField()
    reports = serializers.BooleanField()
    counts = ReleaseCountsSerializer()
    by_source = BySourceField(help_text="Readings.")
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField(help_text="Of dataset.json, which names every other file; empty until it is ready.")
    created_at = serializers.DateTimeField()
    job = JobSummarySerializer(allow_null=True)
    holds_withdrawn = serializers.IntegerField(
        allow_null=True, help_text="How many of its readings are withdrawn today; for admins."
    )


class ReleaseTermsSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    text = serializers.CharField()
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="When you accepted this version.")


class ReleaseFileSerializer(serializers.Serializer[Any]):
    path = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()


class ReleaseArchiveSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    size_bytes = serializers.IntegerField()
    sha256 = serializers.CharField()
    url = serializers.CharField()


class ReleaseSinceSerializer(serializers.Serializer[Any]):
    """Differences to the ready release before it; what went away is below zero."""

    version = serializers.CharField()
    cases = serializers.IntegerField()
    readings = serializers.IntegerField()
    fixations = serializers.IntegerField()
    left = serializers.IntegerField(help_text="Readings of that release that are not in this one.")


class ReleaseSerializer(ReleaseRowSerializer):
    query = DataQuerySerializer()
    licence = serializers.CharField()
    citation = serializers.CharField()
    bibtex = serializers.CharField()
    cff = serializers.CharField()
    terms = ReleaseTermsSerializer()
    files = ReleaseFileSerializer(many=True, help_text="None until it is ready, or while it is closed to you.")
    archive = ReleaseArchiveSerializer(allow_null=True, help_text="All files in one.")
    dictionary = serializers.DictField(help_text="Tables by file with their columns, and the sources of gaze.")
    since = ReleaseSinceSerializer(allow_null=True)
    closed = serializers.CharField(allow_null=True, help_text="Why you may not have it now.")
    may_make_again = serializers.BooleanField(help_text="You may start its making, which failed, once more.")


class TermsSerializer(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=0, max_value=32_000, help_text="Of the terms that you read.")


class HoldingReleaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    version = serializers.CharField()


class HoldingRunSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class WithdrawalSerializer(serializers.Serializer[Any]):
    """Somebody who does not agree any more, and what was made before."""

    at = serializers.DateTimeField(allow_null=True, help_text="Empty where the account is gone.")
    reader = serializers.CharField(help_text="Pseudonym on this site.")
    purposes = serializers.ListField(child=serializers.CharField())
    releases = HoldingReleaseSerializer(many=True)
    runs = HoldingRunSerializer(many=True)
