"""The ladder as the API takes and shows it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rest_framework import serializers

from gazeapp.difficulty.selectors import MOST, PAGE
from gazeapp.practice.serializers import PracticeFilmSerializer


class LadderQuerySerializer(serializers.Serializer[Any]):
    band = serializers.IntegerField(min_value=0, max_value=5, required=False)
    after = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    limit = serializers.IntegerField(min_value=1, max_value=MOST, required=False, default=PAGE)


class PredictedWorkloadSerializer(serializers.Serializer[Any]):
    """Total fixation duration that a model version predicts, over 20 sampled readings."""

    seconds = serializers.FloatField(help_text="Mean, s.")
    low = serializers.FloatField(help_text="Of the mean's 95 % interval, s.")
    high = serializers.FloatField()
    z = serializers.FloatField(allow_null=True, help_text="Of its logarithm, in SDs of the ladder's cases.")
    fixations = serializers.FloatField(help_text="Mean number.")
    model = serializers.CharField()


class LadderRowSerializer(serializers.Serializer[Any]):
    """A case on the ladder. Places are log-odds; harder is greater."""

    case = serializers.UUIDField()
    title = serializers.CharField()
    simulated = serializers.BooleanField()
    band = serializers.IntegerField(
        help_text="1 easiest to 5 hardest: fifths of the observed cases; 0 not observed yet."
    )
    place = serializers.FloatField(help_text="Observed difficulty, log-odds; 0 where nothing was observed.")
    low = serializers.FloatField(help_text="Of its 95 % interval.")
    high = serializers.FloatField()
    z = serializers.FloatField(allow_null=True, help_text="The place in SDs of the ladder's cases.")
    attempts = serializers.IntegerField(help_text="First attempts.")
    successes = serializers.IntegerField()
    comparisons = serializers.IntegerField()
    predicted = PredictedWorkloadSerializer(allow_null=True)
    parted = serializers.ChoiceField(
        choices=["harder", "easier"], allow_null=True, help_text="Observed against predicted, by more than one SD."
    )
    rated = serializers.BooleanField(
        help_text="You rate its readings in a running study: `predicted` is closed to you."
    )
    findings = serializers.IntegerField(allow_null=True, help_text="In the key that counts.")
    normal = serializers.BooleanField(allow_null=True)
    changed_at = serializers.DateTimeField()


class LadderSerializer(serializers.Serializer[Any]):
    cases = serializers.IntegerField()
    bands = serializers.ListField(child=serializers.FloatField(), help_text="Four cut points, log-odds.")
    counts = serializers.ListField(child=serializers.IntegerField(), help_text="Cases in bands 1 to 5.")
    unread = serializers.IntegerField(
        help_text="Cases in no band: read for the first time or compared fewer than three times."
    )
    subject = serializers.CharField(
        help_text="The live subject that tells of moves; its rows are without `predicted`, `parted` and `rated`."
    )
    common = serializers.BooleanField(help_text="Whether observed and predicted stand on one scale and can part.")
    rows = LadderRowSerializer(many=True)
    next = serializers.CharField(allow_null=True, help_text="Cursor of the next rows.")


class MissedFindingSerializer(serializers.Serializer[Any]):
    label = serializers.CharField()  # type: ignore[assignment]
    importance = serializers.IntegerField()
    missed = serializers.IntegerField()
    of = serializers.IntegerField(help_text="First attempts judged by this key.")


class ComparedSerializer(serializers.Serializer[Any]):
    case = serializers.UUIDField()
    against = serializers.CharField(help_text="The other case's title.")
    harder = serializers.ChoiceField(choices=["this", "against", "equal"])
    at = serializers.DateTimeField()


class PlaceThenSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField()
    place = serializers.FloatField()


class LadderReasonsSerializer(LadderRowSerializer):
    simulated_attempts = serializers.IntegerField(help_text="Of the first attempts those of simulated residents.")
    missed = MissedFindingSerializer(many=True)
    against = ComparedSerializer(many=True)
    report_words = serializers.IntegerField()
    history = PlaceThenSerializer(many=True, help_text="The newest fifty, the oldest first.")


class LadderEstimateSerializer(serializers.Serializer[Any]):
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)


class LadderAgreementRowSerializer(serializers.Serializer[Any]):
    predictor = serializers.CharField()
    n = serializers.IntegerField()
    spearman = LadderEstimateSerializer()
    kendall = LadderEstimateSerializer()
    words = serializers.CharField(help_text="Why there is no number; else empty.")


class LadderAgreementSerializer(serializers.Serializer[Any]):
    observed = serializers.IntegerField()
    rows = LadderAgreementRowSerializer(many=True)


class PairQuerySerializer(serializers.Serializer[Any]):
    besides = serializers.CharField(
        max_length=80, required=False, default="", help_text="Two cases, with a comma: the pair on the page already."
    )

    def validate_besides(self, text: str) -> list[UUID]:
        try:
            pair = [UUID(part) for part in text.split(",")] if text else []
        except ValueError as error:
            raise serializers.ValidationError("Ids of cases, with a comma between them.") from error
        if len(pair) not in {0, 2}:
            raise serializers.ValidationError("Two cases, or none.")
        return pair


class PairSideSerializer(serializers.Serializer[Any]):
    case = serializers.UUIDField(source="pk")
    film = PracticeFilmSerializer(source="*")


class PairSerializer(serializers.Serializer[Any]):
    left = PairSideSerializer()
    right = PairSideSerializer()


class LastComparisonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    harder = serializers.ChoiceField(choices=["left", "right", "equal"])
    pair = PairSerializer()


class NextPairSerializer(serializers.Serializer[Any]):
    pair = PairSerializer(allow_null=True)
    last = LastComparisonSerializer(allow_null=True, help_text="Your newest one that counts; it can be undone.")
    done = serializers.IntegerField(help_text="Your comparisons that count.")
    words = serializers.CharField(help_text="Why there is no pair; else empty.")


class ComparisonSentSerializer(serializers.Serializer[Any]):
    left = serializers.UUIDField()
    right = serializers.UUIDField()
    harder = serializers.ChoiceField(choices=["left", "right", "equal"])
    seconds = serializers.FloatField(min_value=0, max_value=86_400, default=0.0)


class ComparisonDoneSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    done = serializers.IntegerField(help_text="Your comparisons that count.")
