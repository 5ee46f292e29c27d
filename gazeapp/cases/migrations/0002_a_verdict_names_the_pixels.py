"""How a film is shown and what its header said move to the case; what was said of its pixels gets a row of its own."""

import hashlib
from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone

SETTINGS = (
    "bits",
    "window_center",
    "window_width",
    "windows",
    "row_spacing_mm",
    "column_spacing_mm",
    "modality",
    "view",
    "source",
    "header",
    "deidentified",
)
SAID = {"film.hide": "hidden", "film.release": "released", "film.reject": "rejected"}
HIDDEN = {
    "type": "/problems/film-hidden",
    "title": "Somebody saw an identity on this film; a faculty member or admin looks at it.",
    "status": 409,
    "detail": "It is hidden from everybody else until then.",
}
NO_THUMBNAIL = "0" * 64  # its file was missing already


def move(apps, schema_editor):
    """Each case gets what its film's row said; each film what the audit trail and the held cases say of its pixels."""
    received(apps)
    verdicts(apps)


def received(apps):
    Case, Received = apps.get_model("cases", "Case"), apps.get_model("cases", "Received")
    thumbnails = {}
    for case in Case.objects.filter(film__isnull=False).select_related("film").iterator():
        film = case.film
        if film.pk not in thumbnails:
            thumbnails[film.pk] = named_by_content(film.pk)
        settings_of = {name: getattr(film, name) for name in SETTINGS}
        Received.objects.create(case=case, thumbnail=thumbnails[film.pk], **settings_of)


def named_by_content(sha256):
    """The film's one thumbnail under its new name. The old file stays until the film goes, so that this can run twice."""
    folder = Path(settings.MEDIA_ROOT) / "films" / sha256[:2]
    try:
        content = (folder / f"{sha256}.png").read_bytes()
    except FileNotFoundError:
        return NO_THUMBNAIL
    digest = hashlib.sha256(content).hexdigest()
    target = folder / f"{sha256}.{digest}.png"
    temporary = folder / f".{target.name}"
    temporary.write_bytes(content)
    temporary.replace(target)
    return digest


def verdicts(apps):
    """What the audit trail and the held cases say of the pixels; what waits now waits in every case that has them.

    A hidden or rejected film that came in again afterwards waits as a hidden one. A released one with a held case waits
    too: which of the two was later is not told for all of them, and looking again costs one click.
    """
    Case, FilmVerdict = apps.get_model("cases", "Case"), apps.get_model("cases", "FilmVerdict")
    stored = dict(apps.get_model("cases", "Film").objects.values_list("pk", "hidden"))
    found = said_so_far(apps)
    held = {}
    for case in Case.objects.filter(held=True, film__isnull=False).order_by("-created_at"):
        held[case.film_id] = case  # the oldest one tells why
    for sha256, hidden in stored.items():
        said = found.get(sha256)
        if hidden or (said and said.verdict in ("hidden", "rejected")):
            verdict, problem = "hidden", HIDDEN
        elif sha256 in held:
            verdict, problem = "waiting", held[sha256].problem or HIDDEN
        else:
            continue
        said = said or FilmVerdict(sha256=sha256, at=timezone.now())
        said.verdict, said.kind = verdict, str(problem["type"]).removeprefix("/problems/")[:40]
        found[sha256] = said
        cases = Case.objects.filter(film_id=sha256)
        cases.filter(state="ready").update(state="quarantined")
        cases.filter(held=False).update(held=True, problem=problem)
    FilmVerdict.objects.bulk_create(found.values())


def said_so_far(apps):
    """The last that a person said of each film, by its address."""
    FilmVerdict, AuditEvent = apps.get_model("cases", "FilmVerdict"), apps.get_model("core", "AuditEvent")
    people = set(apps.get_model(settings.AUTH_USER_MODEL).objects.values_list("pk", flat=True))
    found = {}
    for event in AuditEvent.objects.filter(verb__in=SAID).order_by("id").iterator():
        actor, _, key = event.actor.partition(":")
        by = int(key) if actor == "user" and key.isdigit() and int(key) in people else None
        verdict = SAID[event.verb]
        kind = "film-hidden" if verdict == "hidden" else ""
        if sha256 := event.detail.get("film"):
            found[sha256] = FilmVerdict(sha256=sha256, verdict=verdict, kind=kind, by_id=by, at=event.at)
    return found


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0001_initial"),
        ("core", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Received",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="received",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                (
                    "bits",
                    models.PositiveSmallIntegerField(help_text="Significant bits of the stored values, at most 16."),
                ),
                ("window_center", models.FloatField(help_text="Default window, in stored values.")),
                ("window_width", models.FloatField()),
                ("windows", models.JSONField(default=list, help_text="Further windows: [{name, center, width}].")),
                (
                    "row_spacing_mm",
                    models.FloatField(help_text="Empty when unknown (a stored 0 is unknown).", null=True),
                ),
                ("column_spacing_mm", models.FloatField(null=True)),
                ("modality", models.CharField(help_text="CR, DX, or XR for a picture file.", max_length=8)),
                ("view", models.CharField(blank=True, help_text="PA, AP, or empty.", max_length=8)),
                (
                    "source",
                    models.JSONField(
                        default=dict, help_text="What the source said: format, transfer syntax, photometric, rescale."
                    ),
                ),
                (
                    "header",
                    models.JSONField(default=dict, help_text="The allow-listed header elements, by DICOM keyword."),
                ),
                (
                    "deidentified",
                    models.JSONField(default=dict, help_text="PS3.15 method codes and counts of what was removed."),
                ),
                (
                    "thumbnail",
                    models.CharField(help_text="sha256 of the PNG that was drawn in this window.", max_length=64),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FilmVerdict",
            fields=[
                (
                    "sha256",
                    models.CharField(
                        help_text="The film's address; there may be no film.",
                        max_length=64,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("hidden", "Hidden"),
                            ("released", "Released"),
                            ("rejected", "Rejected"),
                        ],
                        max_length=8,
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        blank=True, help_text="Why it waits or waited: a kind of refusals.HOLDS.", max_length=40
                    ),
                ),
                ("at", models.DateTimeField(help_text="Since when.")),
                (
                    "by",
                    models.ForeignKey(
                        help_text="Who said so; empty when it was found while taking the film in.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(move),
        migrations.RemoveField(
            model_name="film",
            name="bits",
        ),
        migrations.RemoveField(
            model_name="film",
            name="column_spacing_mm",
        ),
        migrations.RemoveField(
            model_name="film",
            name="deidentified",
        ),
        migrations.RemoveField(
            model_name="film",
            name="header",
        ),
        migrations.RemoveField(
            model_name="film",
            name="hidden",
        ),
        migrations.RemoveField(
            model_name="film",
            name="modality",
        ),
        migrations.RemoveField(
            model_name="film",
            name="row_spacing_mm",
        ),
        migrations.RemoveField(
            model_name="film",
            name="source",
        ),
        migrations.RemoveField(
            model_name="film",
            name="view",
        ),
        migrations.RemoveField(
            model_name="film",
            name="window_center",
        ),
        migrations.RemoveField(
            model_name="film",
            name="window_width",
        ),
        migrations.RemoveField(
            model_name="film",
            name="windows",
        ),
        migrations.AlterField(
            model_name="case",
            name="held",
            field=models.BooleanField(
                default=False,
                help_text="Only faculty and admins see the pixels until one releases them. Follows the verdict on its film.",
            ),
        ),
    ]
