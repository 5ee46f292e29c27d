"""What the API says of eye trackers' files on their way in, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from gazeapp.cases.models import Case
from gazeapp.cases.serializers import thumbnail_address
from gazeapp.core.selectors import job_summary
from gazeapp.core.serializers import JobSummarySerializer, ProblemSerializer
from gazeapp.recordings import matching, reading, sandbox_client, selectors, spool
from gazeapp.recordings.importers.session import Frame
from gazeapp.recordings.models import ImportSession, Reader
from gazeapp.recordings.reading import Place
from gazeapp.recordings.serializers import GazeFixationSerializer
from gazeapp.recordings.services.saving import PURPOSES, Whose

EYES = ("left", "right", "mean", "gaze")


class GazeFileSerializer(serializers.Serializer[Any]):
    file = serializers.FileField(
        allow_empty_file=True, help_text="EyeLink ASC, or a table whose columns say their unit."
    )


class StartedImportSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    subject = serializers.CharField(help_text="The live subject that tells of it.")


class PlaceSerializer(serializers.Serializer[Any]):
    """Where the film lay; only what the file leaves open."""

    screen_px = serializers.ListField(
        child=serializers.IntegerField(min_value=100, max_value=20_000),
        min_length=2,
        max_length=2,
        required=False,
        allow_null=True,
        help_text="Width and height of the screen, where the file does not say them.",
    )
    box = serializers.ListField(
        child=serializers.FloatField(min_value=-100_000, max_value=200_000),
        min_length=3,
        max_length=3,
        required=False,
        allow_null=True,
        help_text="Left, top and width of the film in screen px; its height follows. Empty: fitted and centred.",
    )
    film_px = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=65_535),
        min_length=2,
        max_length=2,
        required=False,
        allow_null=True,
        help_text="Columns and rows of the film whose pixels the file counts in.",
    )


class ChosenSerializer(PlaceSerializer):
    """One trial, the case it belongs to, and the eye that is used."""

    trial = serializers.IntegerField(min_value=1, help_text="Its number in the file, from 1.")
    case = serializers.UUIDField()
    eye = serializers.ChoiceField(choices=EYES)


class WhoseSerializer(serializers.Serializer[Any]):
    """Whose gaze it is: `mine`, or a `reader` brought before, or a new one with pseudonym and basis."""

    mine = serializers.BooleanField(default=False)
    reader = serializers.UUIDField(required=False, allow_null=True, default=None)
    pseudonym = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    basis = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    purposes = serializers.ListField(
        child=serializers.ChoiceField(choices=PURPOSES), required=False, default=list, max_length=3
    )


class SaveImportSerializer(serializers.Serializer[Any]):
    whose = WhoseSerializer()
    trials = serializers.ListField(child=ChosenSerializer(), max_length=500)

    def whose_it_is(self) -> Whose:
        given = dict(self.validated_data["whose"])
        return Whose(**{**given, "purposes": tuple(given["purposes"])})


class BoxSerializer(serializers.Serializer[Any]):
    left = serializers.FloatField()
    top = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class PreviewSerializer(serializers.Serializer[reading.Reading]):
    """A trial over a film, before anything is saved."""

    eye = serializers.CharField()
    fixations = GazeFixationSerializer(many=True, help_text="Ours (I-DT), in film fractions.")
    tracker = GazeFixationSerializer(many=True, allow_null=True, help_text="The tracker's own, if the file has them.")
    samples = serializers.SerializerMethodField()
    rate_hz = serializers.FloatField(allow_null=True)
    duration_s = serializers.FloatField()
    lost = serializers.FloatField(help_text="Share of samples without a place.")
    off_film = serializers.FloatField(help_text="Share of the places that lie beside the film.")
    screen_px = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    box = BoxSerializer(allow_null=True, help_text="Where the film lay on the screen, px.")

    def get_samples(self, one: reading.Reading) -> int:
        return len(one.samples.time_s)


class ImportCaseSerializer(serializers.Serializer[Case]):
    """A case as far as matching needs it."""

    id = serializers.UUIDField(source="pk")
    title = serializers.CharField()
    thumbnail = serializers.SerializerMethodField()
    rows = serializers.IntegerField(source="film.rows")
    columns = serializers.IntegerField(source="film.columns")

    def get_thumbnail(self, case: Case) -> str:
        return thumbnail_address(case)


class ProposalSerializer(serializers.Serializer[Any]):
    case = ImportCaseSerializer()
    why = serializers.CharField(help_text="id, film, picture, title, or only: what fitted.")


class EyeSerializer(serializers.Serializer[Any]):
    eye = serializers.CharField()
    samples = serializers.IntegerField()
    lost = serializers.FloatField(allow_null=True)
    fixations = serializers.IntegerField(help_text="The tracker's own.")


class TrialSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    name = serializers.CharField(help_text="As the file has it; shown to its owner, kept nowhere.")
    duration_s = serializers.FloatField()
    eyes = EyeSerializer(many=True, help_text="Those that can be chosen, the best first.")
    proposal = ProposalSerializer(allow_null=True)


class RecognisedSerializer(serializers.Serializer[Any]):
    format = serializers.CharField()
    frame = serializers.ChoiceField(choices=[str(frame) for frame in Frame])
    device = serializers.CharField()
    rate_hz = serializers.FloatField(allow_null=True)
    screen_px = serializers.ListField(child=serializers.IntegerField(), allow_null=True)
    accuracy_deg = serializers.DictField(child=serializers.FloatField())
    notes = serializers.ListField(child=serializers.CharField())


class BroughtReaderSerializer(serializers.ModelSerializer[Reader]):
    class Meta:
        model = Reader
        fields = ("id", "pseudonym", "basis", "for_teaching", "for_research", "for_training")


class ImportSerializer(serializers.ModelSerializer[ImportSession]):
    """A file in short, as it stands in the list."""

    subject = serializers.CharField()
    problem = ProblemSerializer(allow_null=True)
    job = serializers.SerializerMethodField()
    recordings = serializers.SerializerMethodField(help_text="Ids, once it is saved.")

    class Meta:
        model = ImportSession
        fields = ("id", "subject", "state", "problem", "size", "created_at", "expires_at", "job", "recordings")
        read_only_fields = fields

    @extend_schema_field(JobSummarySerializer(allow_null=True))
    def get_job(self, session: ImportSession) -> dict[str, Any] | None:
        return job_summary(session.job)

    @extend_schema_field(serializers.ListField(child=serializers.UUIDField()))
    def get_recordings(self, session: ImportSession) -> list[str]:
        return [trial["recording"] for trial in (session.mapping or {}).get("trials", [])]


class ImportDetailSerializer(ImportSerializer):
    """A file with what was recognised in it, while it is being matched."""

    recognised = serializers.SerializerMethodField()
    trials = serializers.SerializerMethodField()
    readers = serializers.SerializerMethodField(help_text="Readers without an account whom you brought before.")

    class Meta(ImportSerializer.Meta):
        fields = (*ImportSerializer.Meta.fields, "recognised", "trials", "readers")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(RecognisedSerializer(allow_null=True))
    def get_recognised(self, session: ImportSession) -> Any:
        return RecognisedSerializer(session.recognised).data if session.recognised else None

    @extend_schema_field(TrialSerializer(many=True))
    def get_trials(self, session: ImportSession) -> Any:
        if session.state != ImportSession.State.RECOGNISED or not session.recognised:
            return []
        texts = sandbox_client.trial_texts(spool.work_path(session.pk))
        trials = session.recognised["trials"]
        if len(texts) != len(trials):
            raise sandbox_client.gone()
        proposed = matching.proposals(self.context["request"].user, texts)
        rows = []
        for trial, text, found in zip(trials, texts, proposed, strict=True):
            proposal = {"case": found[0], "why": found[1]} if found else None
            rows.append({**trial, "name": text.name, "eyes": _eyes(trial), "proposal": proposal})
        return TrialSerializer(rows, many=True).data

    @extend_schema_field(BroughtReaderSerializer(many=True))
    def get_readers(self, session: ImportSession) -> Any:
        return BroughtReaderSerializer(selectors.readers_brought_by(self.context["request"].user), many=True).data


def place_of(given: dict[str, Any]) -> Place:
    return Place(
        **{name: tuple(value) if (value := given.get(name)) else None for name in ("screen_px", "box", "film_px")}
    )


def _eyes(trial: dict[str, Any]) -> list[dict[str, Any]]:
    rows = []
    for eye in reading.eyes_of(trial):
        of = trial["eyes"].get(eye) or (trial["eyes"]["left"] if eye == "mean" else {})
        own = trial["fixations"].get(eye, {}).get("count", 0)
        lost = None if eye == "mean" else of.get("lost")
        rows.append({"eye": eye, "samples": of.get("samples", 0), "lost": lost, "fixations": own})
    return rows
