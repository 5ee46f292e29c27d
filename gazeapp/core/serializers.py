"""Jobs, events and the overview as the API shows them."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.core import selectors
from gazeapp.core.models import Event, Job
from gazeapp.core.text import written


class ReasonField(serializers.CharField):
    """A reason that somebody can read: what cannot be seen does not count."""

    def to_internal_value(self, data: Any) -> str:
        text = written(super().to_internal_value(data))
        if not text and not self.allow_blank:
            self.fail("blank")
        return text


class NameField(ReasonField):
    """A name, in one line: what cannot be seen is no part of it."""

    def to_internal_value(self, data: Any) -> str:
        return " ".join(super().to_internal_value(data).split())


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


class WorkSerializer(serializers.Serializer[Any]):
    """What a worker does now."""

    id = serializers.UUIDField(help_text="Of the job.")
    kind = serializers.CharField()
    words = serializers.CharField(help_text="What this kind of job does, e.g. takes in a film.")
    stage = serializers.CharField()
    progress = serializers.FloatField(allow_null=True, help_text="Share done, 0 to 1.")
    since = serializers.DateTimeField()
    subject = serializers.CharField()


class WorkerSerializer(serializers.Serializer[Any]):
    """One process that works."""

    name = serializers.CharField()
    queues = serializers.ListField(child=serializers.CharField())
    host = serializers.CharField()
    pid = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    memory_mb = serializers.IntegerField(allow_null=True, help_text="Of it and what it started, in MiB.")
    job = WorkSerializer(allow_null=True)
    seen_s = serializers.FloatField(help_text="Seconds since it was last heard.")


class QueueSerializer(serializers.Serializer[Any]):
    """How much waits in one queue."""

    queue = serializers.ChoiceField(choices=Job.Queue.choices)
    waiting = serializers.IntegerField()
    later = serializers.IntegerField(help_text="Of those that wait: nobody waits for them.")
    running = serializers.IntegerField()
    oldest_s = serializers.IntegerField(allow_null=True, help_text="How long the oldest has waited, in seconds.")
    oldest_awaited_s = serializers.IntegerField(allow_null=True, help_text="The same of those that somebody waits for.")
    workers = serializers.IntegerField(help_text="Processes that hear it.")


class DiskSerializer(serializers.Serializer[Any]):
    free_bytes = serializers.IntegerField()
    total_bytes = serializers.IntegerField()
    low = serializers.BooleanField()


class BrokerSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField()
    ms = serializers.FloatField(allow_null=True, help_text="How long an answer took.")


class DatabaseSerializer(serializers.Serializer[Any]):
    kind = serializers.CharField()
    ok = serializers.BooleanField()
    ms = serializers.FloatField(help_text="How long an answer took.")
    size_bytes = serializers.IntegerField()


class ClockSerializer(serializers.Serializer[Any]):
    ok = serializers.BooleanField(help_text="Whether the beat was heard lately.")


class PersonInShortSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class FailureSerializer(serializers.Serializer[Any]):
    """A job that failed in the last day."""

    id = serializers.UUIDField()
    kind = serializers.CharField()
    words = serializers.CharField()
    title = serializers.CharField()
    detail = serializers.CharField()
    refused = serializers.BooleanField(help_text="What was sent in is at fault: trying again will not help.")
    at = serializers.DateTimeField()
    subject = serializers.CharField()
    owner = PersonInShortSerializer(allow_null=True)


class WithoutRoleSerializer(serializers.Serializer[Any]):
    without_role = serializers.IntegerField(help_text="Active people who hold no role.")


class ServingSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    name = serializers.CharField()
    since = serializers.DateTimeField()


class TrainsSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the run.")
    name = serializers.CharField()
    progress = serializers.FloatField(allow_null=True, help_text="Share done, 0 to 1.")
    eta_s = serializers.FloatField(allow_null=True)


class ModelsInShortSerializer(serializers.Serializer[Any]):
    champion = ServingSerializer(allow_null=True)
    candidates = serializers.IntegerField()
    passed = serializers.IntegerField(help_text="Of the candidates: by the gate, beside the champion of now.")
    running = TrainsSerializer(many=True)


class DataInShortSerializer(serializers.Serializer[Any]):
    requests = serializers.IntegerField(help_text="Requests that wait for a decision.")
    releases = serializers.IntegerField()


class OverviewSerializer(serializers.Serializer[Any]):
    """The machine at a glance."""

    workers = WorkerSerializer(many=True)
    queues = QueueSerializer(many=True)
    clock = ClockSerializer()
    starting = serializers.BooleanField(help_text="Just started: some processes are still on their way.")
    disk = DiskSerializer()
    broker = BrokerSerializer()
    database = DatabaseSerializer()
    failures = FailureSerializer(many=True, help_text="The newest twenty.")
    failed = serializers.IntegerField(help_text="All of the last day.")
    people = WithoutRoleSerializer()
    quarantine = serializers.IntegerField(help_text="Films that wait for a look.")
    models = ModelsInShortSerializer(required=False)
    data = DataInShortSerializer(required=False)  # type: ignore[assignment]
    unread = serializers.ListField(child=serializers.CharField(), help_text="Parts that could not be read.")
