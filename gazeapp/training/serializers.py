"""Model versions, verdicts and promotions as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gazeapp.core.serializers import JobSummarySerializer
from gazeapp.scanpaths.models import ModelVersion

REASON_CHARS = 1000


class NamedVersionSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    name = serializers.CharField()


class VerdictShortSerializer(serializers.Serializer[Any]):
    passed = serializers.BooleanField()
    against = serializers.CharField(help_text="sha256 of the champion that it was judged beside.")
    at = serializers.DateTimeField()
    stale = serializers.BooleanField(help_text="Another version serves since.")


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
    judging = JobSummarySerializer(allow_null=True, help_text="What judges it or failed to; for admins.")
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
