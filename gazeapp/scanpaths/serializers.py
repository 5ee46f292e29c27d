"""Predictions as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gazeapp.core.models import Job
from gazeapp.core.serializers import JobSummarySerializer
from gazeapp.scanpaths.services import MAX_SAMPLES


class PredictionRequestSerializer(serializers.Serializer[Any]):
    samples = serializers.IntegerField(min_value=1, max_value=MAX_SAMPLES, default=1, help_text="Scanpaths to draw.")
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0, help_text="Same seed, same reading.")


class EllipseSerializer(serializers.Serializer[Any]):
    """Uncertainty of a fixation's place: standard deviations (image fractions) and their correlation."""

    sd_x = serializers.FloatField()
    sd_y = serializers.FloatField()
    rho = serializers.FloatField()


class FixationSerializer(serializers.Serializer[Any]):
    """Place in image fractions (0 to 1), times in seconds from film onset."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    onset_s = serializers.FloatField()
    duration_s = serializers.FloatField()
    ellipse = EllipseSerializer(allow_null=True)
    duration_low_s = serializers.FloatField(allow_null=True, help_text="5 % quantile.")
    duration_high_s = serializers.FloatField(allow_null=True, help_text="95 % quantile.")


class ScanpathSerializer(serializers.Serializer[Any]):
    fixations = FixationSerializer(many=True)
    source = serializers.CharField()  # type: ignore[assignment]
    capped = serializers.BooleanField(help_text="The length cap was hit; the reading may go on.")


class SpanField(serializers.ListField):
    """Part of a text: first character and the one behind the last."""

    child = serializers.IntegerField(min_value=0)

    def __init__(self, **options: Any) -> None:
        super().__init__(min_length=2, max_length=2, **options)


class ReadingSerializer(serializers.Serializer[Any]):
    samples = ScanpathSerializer(many=True, help_text="The first is the reading to show.")
    seed = serializers.IntegerField()
    model_sha256 = serializers.CharField()
    report_read = serializers.ListField(
        child=SpanField(),
        help_text="Spans of the report that the model read: [first character, the one behind the last], in Unicode "
        "characters.",
    )
    report_skipped = serializers.ListField(
        child=SpanField(),
        help_text="Spans that are neither findings nor impression (question, technique, comparison), which the model "
        "does not read. What is neither read nor skipped did not fit.",
    )
    report_read_chars = serializers.IntegerField(help_text="How many characters of the report the model read.")
    report_dropped_tokens = serializers.IntegerField(help_text="How many tokens did not fit.")
    report_names_place = serializers.BooleanField(
        allow_null=True,
        help_text="Whether the report asserts something of a place that the model has learnt; null if unknown.",
    )
    corrected = serializers.DictField(child=serializers.IntegerField())


class ModelSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    sha256 = serializers.CharField()
    simulated = serializers.BooleanField(allow_null=True, help_text="Learnt from simulated readings; null if unknown.")


class PredictionSerializer(serializers.Serializer[Any]):
    """A predicted reading. For training, not for diagnosis."""

    id = serializers.UUIDField()
    subject = serializers.CharField(help_text="Follow it on /ws/live/ or /api/v1/events/.")
    state = serializers.ChoiceField(choices=Job.State.choices)
    job = JobSummarySerializer(allow_null=True)
    samples = serializers.IntegerField()
    seed = serializers.IntegerField()
    model = ModelSerializer()
    reading = ReadingSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
