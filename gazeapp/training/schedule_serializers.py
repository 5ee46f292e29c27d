"""Schedules as the API takes and shows them."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gazeapp.core.serializers import NameField
from gazeapp.training.serializers import MAX_MINUTES, RunDataSerializer


class NewScheduleSerializer(serializers.Serializer[Any]):
    name = NameField(max_length=60)
    weekday = serializers.IntegerField(
        min_value=0, max_value=6, allow_null=True, default=None, help_text="Monday 0; null: every day."
    )
    hour = serializers.IntegerField(min_value=0, max_value=23, help_text="UTC.")
    minute = serializers.IntegerField(min_value=0, max_value=59, default=0)
    at_least = serializers.IntegerField(min_value=1, max_value=1_000_000, default=1, help_text="New readings.")
    data = RunDataSerializer(  # type: ignore[assignment]
        default=lambda: {"kind": "consented", "release": None, "sources": None}
    )
    minutes = serializers.FloatField(min_value=0.1, max_value=MAX_MINUTES, allow_null=True, default=None)
    enabled = serializers.BooleanField(default=True)
    promote = serializers.BooleanField(default=False, help_text="What passes the gate serves at once.")


class ScheduleLastSerializer(serializers.Serializer[Any]):
    run = serializers.UUIDField(allow_null=True)
    at = serializers.DateTimeField(help_text="When it was due.")
    words = serializers.CharField(help_text="What happened; where no run was started, why.")


class ScheduleSerializer(serializers.Serializer[Any]):
    """A time at which a run starts by itself."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    weekday = serializers.IntegerField(allow_null=True)
    hour = serializers.IntegerField()
    minute = serializers.IntegerField()
    at_least = serializers.IntegerField()
    data = RunDataSerializer()  # type: ignore[assignment]
    minutes = serializers.FloatField(allow_null=True)
    enabled = serializers.BooleanField()
    promote = serializers.BooleanField()
    sentence = serializers.CharField()
    next_at = serializers.DateTimeField(allow_null=True)
    last = ScheduleLastSerializer(allow_null=True)
    new_readings = serializers.IntegerField(help_text="That no run has learnt from which is over or under way.")
    by = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
