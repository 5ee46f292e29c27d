"""Jobs and events as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.core import selectors
from gazeapp.core.models import Event, Job


class ProblemSerializer(serializers.Serializer[Any]):
    """An RFC 9457 problem."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()


class JobSummarySerializer(serializers.Serializer[Any]):
    """A job in short, as it stands inside other objects."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    stage = serializers.CharField()
    progress = serializers.FloatField(allow_null=True)
    error = ProblemSerializer(allow_null=True)
    place = serializers.IntegerField(allow_null=True, help_text="0 while it runs, 1 when it is next.")


class JobSerializer(serializers.ModelSerializer[Job]):
    """One piece of accepted work."""

    owner = serializers.SerializerMethodField()
    place = serializers.SerializerMethodField(help_text="0 while it runs, 1 when it is next, null when it is over.")
    error = ProblemSerializer(allow_null=True, read_only=True)

    class Meta:
        model = Job
        fields = (
            "id", "kind", "queue", "state", "subject", "owner", "inputs", "attempt", "stage", "progress", "place",
            "error", "created_at", "queued_at", "started_at", "finished_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(
        {"type": ["object", "null"], "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}}
    )
    def get_owner(self, job: Job) -> dict[str, Any] | None:
        return {"id": job.owner.pk, "name": str(job.owner)} if job.owner else None

    @extend_schema_field({"type": ["integer", "null"]})
    def get_place(self, job: Job) -> int | None:
        return selectors.queue_place(job)


class EventSerializer(serializers.ModelSerializer[Event]):
    """One event of a subject's log."""

    event = serializers.CharField(source="type")
    data = serializers.JSONField()  # type: ignore[assignment]

    class Meta:
        model = Event
        fields = ("subject", "seq", "event", "data", "created_at")
        read_only_fields = fields


class EventPageSerializer(serializers.Serializer[Any]):
    """The events that follow a number. ``state`` is there when a reader starts anew, or asks for what is swept away."""

    subject = serializers.CharField()
    seq = serializers.IntegerField(help_text="Ask for `after` this number next.")
    state = serializers.DictField(allow_null=True)
    events = EventSerializer(many=True)
