"""What the API says of cases and films, and what it takes."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.reverse import reverse

from gazeapp.cases import reports, selectors
from gazeapp.cases.formdata import ReportField
from gazeapp.cases.models import Case
from gazeapp.core.serializers import ProblemSerializer


class WindowSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    center = serializers.FloatField(help_text="In stored values.")
    width = serializers.FloatField()


class FilmSerializer(serializers.Serializer[Case]):
    """A case's film and how its own file wants it shown. Black is at center - width/2, white at center + width/2."""

    sha256 = serializers.CharField(source="film_id", help_text="Of size, then little-endian pixels.")
    rows = serializers.IntegerField(source="film.rows")
    columns = serializers.IntegerField(source="film.columns")
    bits = serializers.IntegerField(source="received.bits", help_text="Significant bits of the stored values.")
    window_center = serializers.FloatField(source="received.window_center", help_text="Default window, stored values.")
    window_width = serializers.FloatField(source="received.window_width")
    windows = WindowSerializer(source="received.windows", many=True, help_text="Further windows.")
    row_spacing_mm = serializers.FloatField(
        source="received.row_spacing_mm", allow_null=True, help_text="Empty when unknown."
    )
    column_spacing_mm = serializers.FloatField(source="received.column_spacing_mm", allow_null=True)
    modality = serializers.CharField(source="received.modality", help_text="CR, DX, or XR for a picture file.")
    view = serializers.CharField(source="received.view", help_text="PA, AP, or empty.")
    pixels = serializers.SerializerMethodField(
        help_text="Address of the gzip'd little-endian uint16 values, row by row."
    )
    thumbnail = serializers.SerializerMethodField(help_text="Address of a PNG of at most 320 px.")

    def get_pixels(self, case: Case) -> str:
        return str(reverse("film-pixels", args=[case.film_id]))

    def get_thumbnail(self, case: Case) -> str:
        return thumbnail_address(case)


class FilmDetailSerializer(FilmSerializer):
    source = serializers.JSONField(  # type: ignore[assignment]  # the stubs know another `source`
        source="received.source", help_text="What the source said: format, transfer syntax, photometric, rescale."
    )
    header = serializers.JSONField(source="received.header", help_text="Allow-listed header elements, by keyword.")
    deidentified = serializers.JSONField(
        source="received.deidentified", help_text="PS3.15 method codes, and how many elements were kept and removed."
    )


def thumbnail_address(case: Case) -> str:
    """Of a case whose film is in."""
    return str(reverse("film-thumbnail", args=[case.film_id, case.received.thumbnail]))


class PersonSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(source="display_name")


class MaySerializer(serializers.Serializer[Any]):
    edit = serializers.BooleanField()
    delete = serializers.BooleanField()
    predict = serializers.BooleanField()
    publish = serializers.BooleanField()
    release = serializers.BooleanField(help_text="Release or reject its film.")
    hide = serializers.BooleanField(help_text="Hide its film at once: an identity is seen on it.")
    confirm = serializers.BooleanField(help_text="Confirm its report.")
    author = serializers.BooleanField(help_text="Write its answer key, and put it into practice sets.")


class QuestionSerializer(serializers.Serializer[Any]):
    """A practice set that its case is to stand in, if the owner says yes."""

    set = serializers.UUIDField(source="case_set_id")
    name = serializers.CharField(source="case_set.name", help_text="Of the set.")
    asked_by = PersonSerializer(source="added_by", allow_null=True)
    agreed = serializers.SerializerMethodField(help_text="The owner's answer; empty while the question waits.")

    def get_agreed(self, place: Any) -> bool | None:
        return place.agreed if place.agreed_at else None


class CaseSerializer(serializers.ModelSerializer[Case]):
    owner = PersonSerializer()
    mine = serializers.SerializerMethodField()
    film = serializers.SerializerMethodField(
        help_text="Empty until the film is in, and while it waits for a look by others."
    )
    report = serializers.SerializerMethodField(help_text="Empty until the report is settled.")
    problem = ProblemSerializer(allow_null=True, help_text="Why it was refused or waits (RFC 9457).")
    prediction = serializers.SerializerMethodField(help_text="Id of its newest prediction.")
    rated = serializers.SerializerMethodField(
        help_text="You rate its readings in a running study: until that closes, what is predicted is closed to you."
    )
    may = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField(help_text="For its owner: practice sets that want it.")

    class Meta:
        model = Case
        fields = (
            "id",
            "title",
            "state",
            "owner",
            "mine",
            "published",
            "simulated",
            "note",
            "problem",
            "created_at",
            "film",
            "report",
            "report_sha256",
            "prediction",
            "rated",
            "may",
            "questions",
        )
        read_only_fields = fields

    def get_mine(self, case: Case) -> bool:
        return bool(case.owner_id == self._user.pk)

    @extend_schema_field(FilmSerializer(allow_null=True))
    def get_film(self, case: Case) -> Any:
        return FilmSerializer(case).data if selectors.is_open(self._user, case) else None

    def get_report(self, case: Case) -> str | None:
        settled = case.state in {Case.State.READY, Case.State.QUARANTINED}
        return case.report if settled else None

    def get_prediction(self, case: Case) -> str | None:
        if not selectors.is_open(self._user, case):
            return None
        context: dict[str, Any] = self.context  # type: ignore[assignment]
        if "predictions" not in context:
            shown: Any = self.parent.instance if self.parent is not None else [case]
            context["predictions"] = selectors.predictions_of(shown)
        found: str | None = context["predictions"].get(case.pk)
        return found

    def get_rated(self, case: Case) -> bool:
        context: dict[str, Any] = self.context  # type: ignore[assignment]
        if "rated" not in context:  # of all cases of a list at once
            context["rated"] = selectors.films_rated(self._user)
        return case.film_id in context["rated"]

    @extend_schema_field(MaySerializer)
    def get_may(self, case: Case) -> dict[str, bool]:
        """What this person may do now: permission and state together."""
        user, state, settled = self._user, case.state, {Case.State.READY, Case.State.QUARANTINED}
        return {
            "edit": selectors.may(user, case, "edit") and state in settled,
            "delete": selectors.may(user, case, "delete"),
            "predict": selectors.may(user, case, "predict"),
            "publish": selectors.may(user, case, "publish") and state in settled,
            "hide": selectors.may(user, case, "hide") and state == Case.State.READY,
            "release": selectors.may(user, case, "release") and case.film_id is not None,
            "confirm": selectors.may(user, case, "confirm") and state == Case.State.CONFIRMING,
            "author": selectors.may(user, case, "author"),
        }

    @extend_schema_field(QuestionSerializer(many=True))
    def get_questions(self, case: Case) -> Any:
        context: dict[str, Any] = self.context  # type: ignore[assignment]
        if "questions" not in context:  # of all cases of a list at once
            context["questions"] = list(selectors.questions_for(self._user))
        return QuestionSerializer([q for q in context["questions"] if q.case_id == case.pk], many=True).data

    @property
    def _user(self) -> Any:
        return self.context["request"].user


class NewCaseSerializer(serializers.Serializer[Any]):
    """Announces a film whose bytes follow by tus."""

    size = serializers.IntegerField(min_value=0, help_text="Bytes of the file.")
    filename = serializers.CharField(
        required=False, allow_blank=True, default="", help_text="Kept in quarantine only, 255 characters of it."
    )
    report = serializers.CharField(
        required=False, allow_blank=True, default="", trim_whitespace=False, max_length=reports.MAX_CHARS
    )
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class FilmFileSerializer(serializers.Serializer[Any]):
    """The same in one request, for scripts: multipart/form-data."""

    file = serializers.FileField()
    report = ReportField(
        required=False,
        allow_blank=True,
        default="",
        trim_whitespace=False,
        max_length=reports.MAX_CHARS,
        help_text="Text, or a text file: by its byte order mark, else UTF-8, else Windows-1252.",
    )
    title = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")


class StartedSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField(help_text="Of the case.")
    subject = serializers.CharField(help_text="What to subscribe to: case:<id>.")
    upload = serializers.CharField(help_text="Where the bytes go (tus 1.0).")


class ConfirmedSerializer(serializers.Serializer[Any]):
    confirmed = serializers.ListField(
        child=serializers.CharField(max_length=64),
        required=False,
        default=list,
        max_length=10,
        help_text="The `digest` of each marked text that was seen and names no patient (`flagged` of a 422 answer).",
    )


class CaseChangeSerializer(ConfirmedSerializer):
    title = serializers.CharField(max_length=120, required=False)
    report = serializers.CharField(
        required=False, allow_blank=True, trim_whitespace=False, max_length=reports.MAX_CHARS
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=5000)
    published = serializers.BooleanField(required=False)


class MarkSerializer(serializers.Serializer[Any]):
    start = serializers.IntegerField(help_text="First character.")
    end = serializers.IntegerField(help_text="Character after the last.")
    kind = serializers.CharField(help_text="name, date, number, phone, e-mail, place, age, address")
    suggestion = serializers.CharField(help_text="What to put there instead.")


class FlaggedSerializer(serializers.Serializer[Any]):
    field = serializers.CharField(help_text="title, report or note")
    text = serializers.CharField(help_text="As it would be kept.")
    marks = MarkSerializer(many=True)
    digest = serializers.CharField(help_text="Send it back in `confirmed` to keep exactly this text.")


class FlaggedTextsSerializer(serializers.Serializer[Any]):
    flagged = FlaggedSerializer(many=True, help_text="What may name somebody, a text each.")


class ConfirmReportSerializer(ConfirmedSerializer):
    text = serializers.CharField(
        allow_blank=True, trim_whitespace=False, max_length=reports.MAX_CHARS, help_text="The report as it may be kept."
    )
