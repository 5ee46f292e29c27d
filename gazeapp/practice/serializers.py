"""Attempts as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from gazeapp.cases.finding_labels import FINDING_LABELS
from gazeapp.cases.serializers import WindowSerializer
from gazeapp.practice import selectors
from gazeapp.practice.models import Attempt
from gazeapp.recordings.selectors import end_s, next_seq

MAX_MARKS = 50


class AttemptMarkSerializer(serializers.Serializer[Any]):
    """Where something is seen: film fractions, how sure (1 to 5), what, and when (seconds from film onset)."""

    x = serializers.FloatField(min_value=0, max_value=1)
    y = serializers.FloatField(min_value=0, max_value=1)
    confidence = serializers.IntegerField(min_value=1, max_value=5)
    label = serializers.CharField(max_length=60, allow_blank=True, default="")  # type: ignore[assignment]
    at_s = serializers.FloatField(min_value=0, allow_null=True, default=None)


class PracticeFilmSerializer(serializers.Serializer[Any]):
    """A film as it is read: its pixels and how to show them, and nothing that its case or header says."""

    sha256 = serializers.CharField(source="film_id")
    rows = serializers.IntegerField(source="film.rows")
    columns = serializers.IntegerField(source="film.columns")
    bits = serializers.IntegerField(source="received.bits")
    window_center = serializers.FloatField(source="received.window_center")
    window_width = serializers.FloatField(source="received.window_width")
    windows = WindowSerializer(source="received.windows", many=True)
    row_spacing_mm = serializers.FloatField(source="received.row_spacing_mm", allow_null=True)
    column_spacing_mm = serializers.FloatField(source="received.column_spacing_mm", allow_null=True)
    modality = serializers.CharField(source="received.modality")
    view = serializers.CharField(source="received.view")
    pixels = serializers.SerializerMethodField()
    thumbnail = serializers.SerializerMethodField(help_text="Empty: it would show the case's own window.")

    def get_pixels(self, case: Any) -> str:
        return str(reverse("film-pixels", args=[case.film_id]))

    def get_thumbnail(self, case: Any) -> str:
        return ""


class AttemptRecordingSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    next_seq = serializers.IntegerField(help_text="The number of the next batch.")
    end_s = serializers.FloatField(help_text="The last time that is acknowledged; the clock goes on from there.")
    writer = serializers.CharField(allow_null=True, help_text="Given by taking the attempt; sent with every batch.")


class AttemptSerializer(serializers.Serializer[Attempt]):
    id = serializers.UUIDField()
    number = serializers.IntegerField(help_text="Its place in the session.")
    of = serializers.SerializerMethodField(help_text="Cases in the session.")
    state = serializers.ChoiceField(choices=Attempt.State.choices)
    repeat = serializers.BooleanField(help_text="Due again after a miss.")
    simulated = serializers.SerializerMethodField(help_text="The film was made by a simulator.")
    film = serializers.SerializerMethodField(help_text="Empty when it was deleted or hidden meanwhile.")
    recording = serializers.SerializerMethodField(help_text="Where batches go; empty once the attempt is over.")
    marks = AttemptMarkSerializer(many=True)
    answer = serializers.ChoiceField(choices=Attempt.Answer.choices, allow_blank=True)
    success = serializers.BooleanField(allow_null=True, help_text="Empty until committed.")
    found = serializers.IntegerField(help_text="Findings that count and were hit.")
    findings = serializers.IntegerField(help_text="Findings that count; 0 until committed.")
    labels = serializers.SerializerMethodField(help_text="Terms to offer for a mark.")
    started_at = serializers.DateTimeField(source="created_at")
    committed_at = serializers.DateTimeField(allow_null=True)
    feedback = serializers.SerializerMethodField(help_text="Address of its feedback page, once committed.")

    def get_of(self, attempt: Attempt) -> int | None:
        return attempt.session.size if attempt.session else None

    def get_simulated(self, attempt: Attempt) -> bool:
        return attempt.case is not None and attempt.case.simulated

    @extend_schema_field(PracticeFilmSerializer(allow_null=True))
    def get_film(self, attempt: Attempt) -> dict[str, Any] | None:
        return dict(PracticeFilmSerializer(attempt.case).data) if selectors.can_be_read(attempt) else None

    @extend_schema_field(AttemptRecordingSerializer(allow_null=True))
    def get_recording(self, attempt: Attempt) -> dict[str, Any] | None:
        recording = attempt.recording
        if recording is None or attempt.state != Attempt.State.OPEN:
            return None
        return {
            "id": str(recording.pk),
            "next_seq": next_seq(recording),
            "end_s": end_s(recording),
            "writer": self.context.get("writer"),
        }

    def get_labels(self, attempt: Attempt) -> list[str]:
        return list(FINDING_LABELS)

    def get_feedback(self, attempt: Attempt) -> str | None:
        if attempt.state != Attempt.State.COMMITTED:
            return None
        return str(reverse("practice:feedback", args=[attempt.pk]))


class AttemptRowSerializer(serializers.Serializer[Attempt]):
    """An attempt in a list."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=Attempt.State.choices)
    repeat = serializers.BooleanField()
    answer = serializers.ChoiceField(choices=Attempt.Answer.choices, allow_blank=True)
    success = serializers.BooleanField(allow_null=True)
    found = serializers.IntegerField()
    findings = serializers.IntegerField()
    started_at = serializers.DateTimeField(source="created_at")
    committed_at = serializers.DateTimeField(allow_null=True)
    recording = serializers.UUIDField(source="recording_id", allow_null=True)


class AttemptDraftSerializer(serializers.Serializer[Any]):
    writer = serializers.CharField(max_length=64)
    marks = AttemptMarkSerializer(many=True, max_length=MAX_MARKS)  # type: ignore[call-arg]
    answer = serializers.ChoiceField(choices=Attempt.Answer.choices, allow_blank=True, default="")


class AttemptCommitSerializer(AttemptDraftSerializer):
    parts = serializers.IntegerField(min_value=0, max_value=100_000, help_text="How many batches were sent.")
    aperture = serializers.BooleanField(default=True, help_text="Whether the film was blurred but for a disc.")


class DisagreementSerializer(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=1000)


class ReadingShownSerializer(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Path reference: fixations:<id> or prediction:<id>.")
    role = serializers.CharField(help_text="own, predicted or other.")
    source = serializers.CharField()  # type: ignore[assignment]
    label = serializers.CharField()  # type: ignore[assignment]
    fixations = serializers.ListField()


class FeedbackSerializer(serializers.Serializer[Any]):
    """What came of a committed attempt. For training, not for diagnosis."""

    attempt = serializers.UUIDField()
    case = serializers.UUIDField()
    key = serializers.DictField(
        help_text="version, normal, note, and findings with their state, dwell and kind of miss."
    )
    newer_key = serializers.BooleanField(help_text="The key was changed since; this feedback is by the one it names.")
    marks = serializers.ListField(help_text="Each with its verdict: hit, misplaced or false.")
    answer = serializers.DictField()
    success = serializers.BooleanField()
    useful_field = serializers.FloatField(help_text="Film widths within which a finding counts as looked at.")
    hit_margin = serializers.FloatField(help_text="Film widths around a finding within which a mark still hits it.")
    readings = ReadingShownSerializer(many=True)
    order = serializers.DictField(help_text="First visits of regions, Kendall's tau-b and its percentile of shuffles.")
    similarity = serializers.ListField(help_text="Each with its chance level: mean, and the middle 95 % of shuffles.")
    regions = serializers.DictField()
    coverage = serializers.DictField()
    model = serializers.DictField(allow_null=True)
    prediction = serializers.DictField()
    due = serializers.DateField(allow_null=True, help_text="When the film comes back.")
    disagreed = serializers.BooleanField()
