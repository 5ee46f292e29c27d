"""Model versions and runs as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gazeapp.core.models import Job
from gazeapp.core.serializers import JobSummarySerializer, NameField, ProblemSerializer
from gazeapp.recordings.models import Source
from gazeapp.scanpaths.models import ModelVersion
from gazeapp.training import runs
from gazeapp.training.models import TrainingRun

REASON_CHARS = 1000
MAX_STEPS, MAX_MINUTES = 1_000_000, 1440


class NamedVersionSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    name = serializers.CharField()


class VerdictShortSerializer(serializers.Serializer[Any]):
    passed = serializers.BooleanField()
    against = serializers.CharField(help_text="sha256 of the champion that it was judged beside.")
    at = serializers.DateTimeField()
    stale = serializers.BooleanField(help_text="Another version serves since.")


class JudgingSerializer(JobSummarySerializer):
    """The job that judges a version: one of its own, or the training that made it."""

    done = serializers.IntegerField(allow_null=True, help_text="Predictions that the gate has made for it.")
    of = serializers.IntegerField(allow_null=True, help_text="Of so many.")
    subject = serializers.CharField(help_text="Follow it on /ws/live/ or /api/v1/events/.")


class ModelRowSerializer(serializers.Serializer[Any]):
    """A model version in short."""

    sha256 = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=ModelVersion.State.choices)
    simulated = serializers.BooleanField(help_text="Learnt from simulated readings.")
    parent = NamedVersionSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    size_bytes = serializers.IntegerField(allow_null=True, help_text="Of its weights.")
    run = serializers.UUIDField(allow_null=True, help_text="That made it; for admins.")
    verdict = VerdictShortSerializer(allow_null=True, help_text="Beside what serves now, else the newest.")
    judging = JudgingSerializer(allow_null=True, help_text="What judges it or failed to; for admins.")


class ModelListSerializer(serializers.Serializer[Any]):
    champion = ModelRowSerializer(allow_null=True, help_text="What new predictions use.")
    models = ModelRowSerializer(many=True)


class ChampionSerializer(serializers.Serializer[Any]):
    champion = ModelRowSerializer(allow_null=True)


class VerdictSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    champion = NamedVersionSerializer()
    passed = serializers.BooleanField()
    rules = serializers.DictField(help_text="version, sha256")
    set = serializers.DictField(help_text="name, sha256, cases, readings, simulated")
    rows = serializers.ListField(
        child=serializers.DictField(),
        help_text="metric, unit, higher_is_better, champion, candidate, difference {value, low, high}, baseline, rule, "
        "kind, margin, passed",
    )
    left_out = serializers.ListField(
        child=serializers.DictField(), help_text="metric, reason: why the two cannot be compared by it"
    )
    at = serializers.DateTimeField()
    stale = serializers.BooleanField()


class PromotionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    version = NamedVersionSerializer()
    previous = NamedVersionSerializer(allow_null=True, help_text="What served until then.")
    undoes = serializers.IntegerField(allow_null=True, help_text="The promotion that this roll back takes back.")
    by = serializers.CharField(allow_null=True, help_text="Null when no person did it.")
    at = serializers.DateTimeField()
    reason = serializers.CharField()
    in_force = serializers.BooleanField(help_text="It stands: no roll back took it back. The newest of these serves.")


class ModelVersionSerializer(ModelRowSerializer):
    """A model version. For training, not for diagnosis."""

    card = serializers.CharField(help_text="Markdown.")
    info = serializers.DictField(
        help_text="preset, max_fixations, max_text_tokens, num_modes, decode, language, backbone, weights_sha256"
    )
    scores = serializers.DictField()
    baselines = serializers.DictField()
    notes = serializers.DictField()
    verdicts = VerdictSerializer(many=True)
    promotions = PromotionSerializer(many=True)
    predictions = serializers.IntegerField(allow_null=True, help_text="Readings it has predicted; for admins.")


class PromoteSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=4096, trim_whitespace=False, help_text="One's own, again.")
    reason = serializers.CharField(max_length=REASON_CHARS, allow_blank=True, default="")


class RollBackSerializer(serializers.Serializer[Any]):
    password = serializers.CharField(max_length=4096, trim_whitespace=False, help_text="One's own, again.")
    reason = serializers.CharField(max_length=REASON_CHARS)


class AcceptedJobSerializer(serializers.Serializer[Any]):
    job = JobSummarySerializer()


# --- runs -------------------------------------------------------------------------------------------------------------


class RunDataSerializer(serializers.Serializer[Any]):
    """What a run learns from: the readings whose readers agree to training when it begins."""

    kind = serializers.ChoiceField(choices=TrainingRun.Kind.choices, help_text="All of them, or those of a release.")
    release = serializers.UUIDField(allow_null=True, default=None)
    sources = serializers.ListField(
        child=serializers.ChoiceField(choices=Source.choices),
        allow_null=True,
        allow_empty=False,
        default=None,
        help_text="By which kinds of gaze; null: the usual ones. A release has its own.",
    )

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        """As it stands in rows."""
        kind, release, sources = (given.get(name) for name in ("kind", "release", "sources"))  # a change may leave out
        if kind is None:
            raise serializers.ValidationError({"kind": ["Say which readings: all of them, or those of a release."]})
        of_release = kind == TrainingRun.Kind.RELEASE
        if of_release and release is None:
            raise serializers.ValidationError({"release": ["Name the release."]})
        return {
            "kind": kind,
            "release": str(release) if of_release else None,
            "sources": None if of_release or sources is None else sorted(set(sources)),
        }


class BudgetSerializer(serializers.Serializer[Any]):
    steps = serializers.IntegerField(min_value=1, max_value=MAX_STEPS, allow_null=True, default=None)
    minutes = serializers.FloatField(
        min_value=0.1, max_value=MAX_MINUTES, allow_null=True, default=None, help_text="Of training; or steps."
    )


class NewRunSerializer(BudgetSerializer):
    name = NameField(max_length=80)
    data = RunDataSerializer()  # type: ignore[assignment]
    seed = serializers.IntegerField(min_value=0, max_value=2**31 - 1, default=0)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of the language."""
        version = serializers.CharField(
            max_length=64, allow_null=True, default=None, help_text="sha256; null: the champion.", source="parent"
        )
        return {**super().get_fields(), "from": version}


class EstimateQuerySerializer(BudgetSerializer):
    kind = serializers.ChoiceField(choices=TrainingRun.Kind.choices, default=TrainingRun.Kind.CONSENTED)
    release = serializers.UUIDField(allow_null=True, default=None)
    sources = serializers.CharField(max_length=100, default="", allow_blank=True, help_text="With commas.")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        sources = [source.strip() for source in given.pop("sources").split(",") if source.strip()]
        data = RunDataSerializer(
            data={"kind": given.pop("kind"), "release": given.pop("release"), "sources": sources or None}
        )
        data.is_valid(raise_exception=True)
        return {**given, "data": data.validated_data}


class RunCountsSerializer(serializers.Serializer[Any]):
    readings = serializers.IntegerField()
    readers = serializers.IntegerField()
    cases = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Readers who are not simulated.")
    simulated_readings = serializers.IntegerField()


class RunEstimateSerializer(serializers.Serializer[Any]):
    counts = RunCountsSerializer()
    seconds = serializers.IntegerField(allow_null=True)
    sentence = serializers.CharField()
    starts_s = serializers.IntegerField(help_text="Seconds until it starts: what waits or runs comes first.")
    starts = serializers.CharField(help_text="That in words; empty when it starts at once.")
    problem = serializers.CharField(allow_null=True, help_text="Why it cannot start.")


class RunVersionSerializer(NamedVersionSerializer):
    state = serializers.ChoiceField(choices=ModelVersion.State.choices)


class RunScheduleSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class RunRowSerializer(serializers.Serializer[Any]):
    """A training run in short."""

    id = serializers.UUIDField()
    subject = serializers.CharField(help_text="Follow it on /ws/live/ or /api/v1/events/.")
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Job.State.choices)
    stage = serializers.CharField(help_text="data, preparing, training, comparing, saving, registering, judging")
    progress = serializers.FloatField(allow_null=True)
    eta_s = serializers.FloatField(allow_null=True, help_text="Till the end of its training; the rest follows.")
    parent = NamedVersionSerializer()
    version = RunVersionSerializer(allow_null=True, help_text="That it made.")
    passed = serializers.BooleanField(allow_null=True, help_text="The gate; null while it has not judged.")
    readings = serializers.IntegerField()
    by = serializers.CharField(allow_null=True)
    schedule = RunScheduleSerializer(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    job = JobSummarySerializer()

    def to_representation(self, run: Any) -> Any:
        return super().to_representation(runs.run_row(run))


class RunDataShownSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=TrainingRun.Kind.choices)
    release = serializers.UUIDField(allow_null=True)
    sources = serializers.ListField(child=serializers.CharField(), allow_null=True)
    counts = RunCountsSerializer()


class RunSerializer(RunRowSerializer):
    """A training run."""

    data = RunDataShownSerializer()  # type: ignore[assignment]
    steps = serializers.IntegerField(allow_null=True)
    minutes = serializers.FloatField(allow_null=True)
    seed = serializers.IntegerField()
    stage_done = serializers.IntegerField(allow_null=True, help_text="Of its stage, where that counts something.")
    stage_of = serializers.IntegerField(allow_null=True)
    step = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True)
    loss = serializers.FloatField(allow_null=True)
    memory_mb = serializers.FloatField(allow_null=True)
    losses = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()), help_text="step, loss")
    validation = serializers.ListField(child=serializers.ListField(child=serializers.FloatField()))
    checkpoints = serializers.ListField(child=serializers.IntegerField(), help_text="Steps it can go on from.")
    resumed = serializers.IntegerField(allow_null=True, help_text="The step from which it last went on.")
    held_out = serializers.ListField(child=serializers.DictField(), allow_null=True)
    verdict = VerdictSerializer(allow_null=True)
    error = ProblemSerializer(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    withdrawn = serializers.IntegerField(help_text="Readings it learnt from that may not be used any more.")
    note = serializers.CharField(help_text="What became of its promotion, where one was to follow.")

    def to_representation(self, run: Any) -> Any:
        return serializers.Serializer.to_representation(self, runs.run_dict(run))


class RunLogSerializer(serializers.Serializer[Any]):
    lines = serializers.ListField(child=serializers.CharField(), help_text="The last 200.")
