"""What the API says of recordings, and how batches are described to it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.recordings import batch, selectors
from gazeapp.recordings.models import Recording


class PartSerializer(serializers.Serializer[Any]):
    """A batch. Times are seconds from film onset and grow; places are film fractions, or both null."""

    writer = serializers.CharField(max_length=64, help_text="The token that taking the recording gave.")
    samples = serializers.ListField(max_length=batch.MAX_SAMPLES, required=False, help_text="[[t, x, y], …]")
    views = serializers.ListField(max_length=batch.MAX_VIEWS, required=False, help_text="[[t, {scale, x, y, …}], …]")
    events = serializers.ListField(max_length=batch.MAX_EVENTS, required=False, help_text="[[t, name, {…}], …]")


class AcknowledgedSerializer(serializers.Serializer[Any]):
    acknowledged = serializers.IntegerField(help_text="This batch is on disk and in the database.")
    next_seq = serializers.IntegerField(help_text="The number of the next batch.")
    end_s = serializers.FloatField(help_text="The last time that is acknowledged.")


class GazeFixationSerializer(serializers.Serializer[Any]):
    """Place in film fractions, times in seconds from film onset."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    onset_s = serializers.FloatField()
    duration_s = serializers.FloatField()


class FixationSetSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    counts = serializers.BooleanField(help_text="The set that replays, feedback and releases use.")
    method = serializers.CharField()
    parameters = serializers.DictField()
    fixations = GazeFixationSerializer(many=True)


class RecordingCaseSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()


class RecordingSerializer(serializers.ModelSerializer[Recording]):
    reader = serializers.CharField(source="reader.pseudonym")
    mine = serializers.SerializerMethodField(help_text="Your own gaze; false for a reader whose file you brought.")
    case = serializers.SerializerMethodField(help_text="Empty where you may not see the case now.")
    duration_s = serializers.FloatField()
    rate_hz = serializers.FloatField(allow_null=True)
    quality = serializers.DictField(help_text="`lost`: share of samples without a place; `gaps`: pauses over .1 s.")

    class Meta:
        model = Recording
        fields = (
            "id",
            "reader",
            "mine",
            "case",
            "source",
            "state",
            "device",
            "rate_hz",
            "duration_s",
            "samples",
            "quality",
            "created_at",
        )

    def get_mine(self, recording: Recording) -> bool:
        return bool(recording.reader.user_id == self._user.pk)

    @extend_schema_field(RecordingCaseSerializer(allow_null=True))
    def get_case(self, recording: Recording) -> Any:
        context: dict[str, Any] = self.context  # type: ignore[assignment]
        if "cases" not in context:
            shown: Any = self.parent.instance if self.parent is not None else [recording]
            context["cases"] = selectors.shown_cases(self._user, shown)
        case = context["cases"].get(recording.case_id)
        return RecordingCaseSerializer(case).data if case else None

    @property
    def _user(self) -> Any:
        return self.context["request"].user


class RecordingDetailSerializer(RecordingSerializer):
    fixation_set = serializers.SerializerMethodField(help_text="Empty until the recording is complete.")
    fixation_sets = serializers.SerializerMethodField(help_text="All of them, the one that counts first.")

    class Meta(RecordingSerializer.Meta):
        fields = (*RecordingSerializer.Meta.fields, "aspect", "fixation_set", "fixation_sets")  # type: ignore[assignment]

    @extend_schema_field(FixationSetSerializer(allow_null=True))
    def get_fixation_set(self, recording: Recording) -> dict[str, Any] | None:
        found = selectors.fixation_set(recording)
        return None if found is None else dict(FixationSetSerializer(found).data)

    @extend_schema_field(FixationSetSerializer(many=True))
    def get_fixation_sets(self, recording: Recording) -> Any:
        return FixationSetSerializer(selectors.fixation_sets(recording), many=True).data


class RecordingLogSerializer(serializers.Serializer[Any]):
    """All batches of a recording, joined."""

    samples = serializers.ListField(help_text="[[t, x, y], …]")
    views = serializers.ListField(help_text="[[t, {…}], …]")
    events = serializers.ListField(help_text="[[t, name, {…}], …]")
