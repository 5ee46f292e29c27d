"""What the API says of studies and items, and what it takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from gazeapp.cases.serializers import PersonSerializer
from gazeapp.core.serializers import NameField
from gazeapp.ratings import plan
from gazeapp.ratings.models import Source, Study
from gazeapp.ratings.representations import RatedFilmSerializer

LEVELS = {"human_like": (0, 1), "comprehensive": (1, 5), "redundant": (1, 5), "confidence": (1, 5)}
NOTE_CHARS = 2000


# --- studies ----------------------------------------------------------------------------------------------------------


PARTLY = "People's films or readings are in it too."


class StudyRowSerializer(serializers.ModelSerializer[Study]):
    """A study in a list."""

    organiser = PersonSerializer()
    mine = serializers.SerializerMethodField()
    partly_simulated = serializers.SerializerMethodField(help_text=PARTLY)
    cases = serializers.IntegerField(source="case_count", help_text="How many.")
    sources = serializers.IntegerField(source="source_count")
    raters = serializers.IntegerField(source="rater_count", help_text="How many rate in it now.")
    done = serializers.IntegerField(source="done_count", help_text="Answered showings, of all raters.")
    of = serializers.IntegerField(source="of_count", help_text="Of so many; without what a dropped rater left.")

    class Meta:
        model = Study
        fields = (
            "id", "name", "state", "organiser", "mine", "simulated", "partly_simulated", "cases", "sources", "raters",
            "done", "of", "created_at", "started_at", "closed_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_mine(self, study: Study) -> bool:
        return bool(study.organiser_id == self.context["request"].user.pk)

    def get_partly_simulated(self, study: Any) -> bool:
        return bool(study.simulated and study.beside_simulated)


class StudyReadingsSerializer(serializers.Serializer[Any]):
    human = serializers.IntegerField(help_text="Readings of the film that may be used.")
    simulated = serializers.IntegerField()
    model = serializers.BooleanField(help_text="Whether the chosen models have read it.")


class StudyCaseSerializer(serializers.Serializer[Any]):
    case = serializers.UUIDField(allow_null=True, help_text="Empty when it was deleted.")
    title = serializers.CharField()
    simulated = serializers.BooleanField()
    private = serializers.CharField(
        allow_null=True, help_text="Whose it is, where it is not published; raters will see it."
    )
    thumbnail = serializers.CharField(allow_null=True)
    readings = StudyReadingsSerializer()


class OfferedAskedSerializer(serializers.Serializer[Any]):
    case = serializers.ListField(child=serializers.UUIDField(), max_length=100, help_text="Cases, each named once.")


class OfferedCaseSerializer(serializers.Serializer[Any]):
    case = serializers.UUIDField()
    human = serializers.IntegerField(help_text="Readings of its film by people that the study may use.")
    simulated = serializers.IntegerField(help_text="Readings by simulated readers.")
    key = serializers.BooleanField(help_text="Whether it has an approved answer key.")
    private = serializers.CharField(
        allow_null=True, help_text="Whose it is, where it is not published; raters will see it."
    )


class OfferedSerializer(serializers.Serializer[Any]):
    cases = OfferedCaseSerializer(many=True)


class StudySourceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Source.Kind.choices)
    model = serializers.CharField(help_text="sha256 of the model version, for kind model.")
    label = serializers.CharField(help_text="How results call it.")  # type: ignore[assignment]


class StudyRaterSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(help_text="Of the person.")
    name = serializers.CharField()
    added_at = serializers.DateTimeField()
    dropped_at = serializers.DateTimeField(allow_null=True)
    done = serializers.IntegerField()
    of = serializers.IntegerField(help_text="What is passed over counts neither as done nor here.")


class StudyWidthSerializer(serializers.Serializer[Any]):
    words = serializers.CharField()
    mean = serializers.FloatField(allow_null=True, help_text="Half width of a mean's 95 % interval, in levels.")
    share = serializers.FloatField(allow_null=True, help_text="Half width of a share's 95 % interval.")


class StudyReasonSerializer(serializers.Serializer[Any]):
    """Why it cannot start, or what to know before."""

    words = serializers.CharField()
    case = serializers.UUIDField(allow_null=True)
    source = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    rater = serializers.IntegerField(allow_null=True)
    drawing = serializers.ChoiceField(
        choices=["waits", "undrawn"],
        allow_null=True,
        help_text="Of a model's readings: `waits` goes away by itself, `undrawn` when a start is asked for.",
    )
    known = serializers.BooleanField(
        help_text="The rater may know readings again, and can be taken all the same (`although_known`)."
    )


class StudySerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=Study.State.choices)
    organiser = PersonSerializer()
    mine = serializers.BooleanField()
    simulated = serializers.BooleanField(help_text="Films or readers are simulated.")
    partly_simulated = serializers.BooleanField(help_text=PARTLY)
    cases = StudyCaseSerializer(many=True)
    sources = StudySourceSerializer(many=True)
    raters = StudyRaterSerializer(many=True)
    repeats = serializers.FloatField(help_text="Share of the items that a rater sees twice.")
    aperture = serializers.BooleanField(help_text="Whether dwells of the cursor aperture count as human readings.")
    width = StudyWidthSerializer()
    items = serializers.IntegerField(help_text="Cases times sources.")
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    problems = StudyReasonSerializer(many=True, help_text="What a start would refuse.")
    remarks = StudyReasonSerializer(many=True, help_text="What the organiser should know; it stops nothing.")


class NewStudySerializer(serializers.Serializer[Any]):
    name = NameField(max_length=120)


class ChosenSourceSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Source.Kind.choices)
    model = serializers.CharField(
        max_length=64, required=False, allow_blank=True, default="", help_text="The one of today unless it is given."
    )


class StudyChangeSerializer(serializers.Serializer[Any]):
    """Lists replace what was there."""

    name = NameField(max_length=120, required=False)
    cases = serializers.ListField(child=serializers.UUIDField(), required=False, max_length=plan.MAX_CASES)
    sources = ChosenSourceSerializer(many=True, required=False, max_length=plan.MAX_SOURCES)  # type: ignore[call-arg]
    raters = serializers.ListField(
        child=serializers.IntegerField(min_value=0, max_value=2**31 - 1),
        required=False,
        max_length=plan.MAX_RATERS,
        help_text="Ids of people.",
    )
    repeats = serializers.FloatField(min_value=0, max_value=0.5, required=False)
    aperture = serializers.BooleanField(required=False)


class AddRaterSerializer(serializers.Serializer[Any]):
    user = serializers.IntegerField(min_value=0, max_value=2**31 - 1)
    although_known = serializers.BooleanField(
        default=False,
        help_text="Take them although they may know readings of the study's films again; the results say so.",
    )


class RatingModelSerializer(serializers.Serializer[Any]):
    sha256 = serializers.CharField()
    name = serializers.CharField()
    simulated = serializers.BooleanField(
        allow_null=True, help_text="Whether it learnt from simulated readers; empty when it is not known any more."
    )


class RatingKindSerializer(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=Source.Kind.choices)
    label = serializers.CharField()  # type: ignore[assignment]
    words = serializers.CharField()


class RatingChoicesSerializer(serializers.Serializer[Any]):
    raters = PersonSerializer(many=True)
    models = RatingModelSerializer(many=True)
    kinds = RatingKindSerializer(many=True)


class StudyBoardSerializer(serializers.Serializer[Any]):
    """Who has rated what; no answer and no source."""

    study = serializers.DictField()
    seq = serializers.IntegerField(help_text="Of board:<study>; later events are news.")
    blind = serializers.BooleanField(help_text="You rate its films: items, cells and medians are left out.")
    raters = serializers.ListField(
        child=serializers.DictField(), help_text="id, name, dropped, done, of, unseen_repeats."
    )
    items = serializers.ListField(child=serializers.DictField(), help_text="number")
    cells = serializers.DictField(
        child=serializers.DictField(),
        help_text="By <rater>:<item number>: state and repeat_state (waiting, shown, answered, withdrawn), seconds.",
    )
    medians = serializers.ListField(child=serializers.DictField(), help_text="number, seconds (median, or empty)")
    holds = serializers.ListField(child=serializers.DictField(), help_text="What holds it up: words.")


class StudyResultsSerializer(serializers.Serializer[Any]):
    study = StudySerializer()
    results = serializers.DictField(help_text="questions (sources, agreement, repeats), raters.")
    reference = serializers.CharField(allow_null=True, help_text="Label of the source that others are compared to.")
    dropped = serializers.ListField(
        child=serializers.DictField(), help_text="rater, name, answers, dropped_at, returned_at"
    )
    knowing = serializers.ListField(
        child=serializers.DictField(),
        help_text="Raters who were taken although they may have known readings again: rater, name, words",
    )
    withdrawn = serializers.IntegerField(help_text="Items whose reading or case is not there any more.")
    corrections = serializers.IntegerField()
    organiser_rated = serializers.BooleanField()
    questions = serializers.ListField(child=serializers.DictField(), help_text="name, title, scale, levels")
    items = serializers.ListField(child=serializers.DictField(), help_text="number, case, source, withdrawn")
    protocol = serializers.DictField(allow_null=True, help_text="As it was frozen at the start.")


# --- rating -----------------------------------------------------------------------------------------------------------


class QueueRowSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the study.")
    name = serializers.CharField()
    done = serializers.IntegerField()
    of = serializers.IntegerField()
    minutes = serializers.IntegerField(help_text="What is left, by one's own median time an item.")
    next = serializers.UUIDField(allow_null=True, help_text="The assignment to go on with.")
    then = serializers.CharField(allow_null=True, help_text="Address of the pixels of the item after that one.")
    simulated = serializers.BooleanField()
    partly_simulated = serializers.BooleanField(help_text="Some of its films are not.")


class RatingQueueSerializer(serializers.Serializer[Any]):
    studies = QueueRowSerializer(many=True)


class RatingLevelSerializer(serializers.Serializer[Any]):
    value = serializers.IntegerField()
    words = serializers.CharField()


class RatingQuestionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    title = serializers.CharField()
    scale = serializers.CharField(help_text="nominal or ordinal")
    levels = RatingLevelSerializer(many=True)


class RatedFixationSerializer(serializers.Serializer[Any]):
    x = serializers.FloatField(help_text="Film fraction.")
    y = serializers.FloatField()
    onset_s = serializers.FloatField()
    duration_s = serializers.FloatField()


def _level(name: str, **more: Any) -> serializers.IntegerField:
    low, high = LEVELS[name]
    return serializers.IntegerField(min_value=low, max_value=high, **more)


class RatingDraftSerializer(serializers.Serializer[Any]):
    human_like = _level("human_like", allow_null=True, default=None)
    comprehensive = _level("comprehensive", allow_null=True, default=None)
    redundant = _level("redundant", allow_null=True, default=None)
    confidence = _level("confidence", allow_null=True, default=None)
    note = serializers.CharField(max_length=NOTE_CHARS, allow_blank=True, default="")


class RatingSavedSerializer(serializers.Serializer[Any]):
    saved_at = serializers.DateTimeField()


class RatingAnswerSerializer(serializers.Serializer[Any]):
    human_like = _level("human_like")
    comprehensive = _level("comprehensive")
    redundant = _level("redundant")
    confidence = _level("confidence")
    note = serializers.CharField(max_length=NOTE_CHARS, allow_blank=True, default="")


class RatingSubmitSerializer(RatingAnswerSerializer):
    seconds = serializers.FloatField(min_value=0, max_value=86_400, help_text="That the answer took.")
    correction = serializers.BooleanField(default=False, help_text="Other answers than those submitted before.")


class RatingNextSerializer(serializers.Serializer[Any]):
    next = serializers.UUIDField(allow_null=True)
    then = serializers.CharField(allow_null=True, help_text="Address of the pixels of the item after that one.")
    done = serializers.IntegerField()
    of = serializers.IntegerField()


class RatingItemSerializer(serializers.Serializer[Any]):
    """One item, blind: nothing in it but the fixations depends on the source."""

    id = serializers.UUIDField()
    film = RatedFilmSerializer()
    simulated = serializers.BooleanField(help_text="The film was made by a simulator.")
    fixations = RatedFixationSerializer(many=True)
    duration_s = serializers.FloatField()
    questions = RatingQuestionSerializer(many=True)
    draft = RatingDraftSerializer(allow_null=True)
    answer = RatingAnswerSerializer(allow_null=True, help_text="One's own, the newest.")
    locked = serializers.BooleanField(help_text="Submitted; other answers are a correction.")
