"""Films, verdicts on them, cases and uploads, and what is taught by them. A film is immutable and content-addressed; a
case joins it to a report and to its owner, and keeps what its own file said of the film. What an author says of a case
stands in its answer keys; a case set (a practice set on pages) is what residents are given to read."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from numpy import asarray

from ml.gaze import shapes


class Film(models.Model):
    """One de-identified image, stored once: 16-bit pixels, bright is bright whatever the source's photometric meaning.

    The address covers all that stands in this row; what files with these pixels say beside them stands in `Received`.
    """

    sha256 = models.CharField(primary_key=True, max_length=64, help_text="Of size, then little-endian pixels.")
    rows = models.PositiveIntegerField()
    columns = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)
    signature = models.BinaryField(default=b"", help_text="What the picture looks like, as in `FilmVerdict`.")
    values = models.CharField(max_length=64, blank=True, db_index=True, help_text="As in `FilmVerdict`.")

    def __str__(self) -> str:
        return f"film {self.sha256[:12]}"


class FilmVerdict(models.Model):
    """What is held of a film's pixels. It names them by their address and outlives every film and case, so that nobody
    undoes it by deleting and uploading again. Without a row nothing speaks against them; the audit trail tells how a
    verdict came about."""

    class Verdict(models.TextChoices):
        WAITING = "waiting"  # something speaks for an identity on it; nobody has looked
        HIDDEN = "hidden"  # somebody saw an identity on it; nobody else has looked
        RELEASED = "released"  # faculty or an admin looked and saw none
        REJECTED = "rejected"  # faculty or an admin looked, and it is not to be kept

    HELD = (Verdict.WAITING, Verdict.HIDDEN)
    AGAINST = (*HELD, Verdict.REJECTED)

    sha256 = models.CharField(primary_key=True, max_length=64, help_text="The film's address; there may be no film.")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    kind = models.CharField(max_length=40, blank=True, help_text="Why it waits or waited: a kind of refusals.HOLDS.")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who said so; empty when it was found while taking the film in.",
    )
    at = models.DateTimeField(help_text="Since when.")
    signature = models.BinaryField(
        default=b"", help_text="What the picture looks like (`likeness`); empty if that is not known, or is nothing."
    )
    values = models.CharField(
        max_length=64, blank=True, db_index=True, help_text="sha256 of its values without its size; empty if not known."
    )
    words = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="sha256 of what its file stored, whatever the header made of it; empty if not known.",
    )

    def __str__(self) -> str:
        return f"film {self.sha256[:12]} {self.verdict}"


class Case(models.Model):
    """A film with its report. Its owner, faculty and admins see it; once published, everybody who is signed in with a
    role."""

    class State(models.TextChoices):
        RECEIVING = "receiving"  # bytes are still coming
        INGESTING = "ingesting"  # in the queue or in the sandbox
        QUARANTINED = "quarantined"  # a person must look at it first
        CONFIRMING = "confirming"  # the uploader must confirm the report's marks
        READY = "ready"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="cases")
    title = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=State.choices, default=State.RECEIVING)
    film = models.ForeignKey(Film, null=True, on_delete=models.PROTECT, related_name="cases")
    report = models.TextField(blank=True, help_text="De-identified report text; empty until confirmed.")
    report_sha256 = models.CharField(max_length=64, blank=True)
    published = models.BooleanField(default=False, help_text="In the library for every role.")
    simulated = models.BooleanField(default=False, help_text="Film made by the simulator.")
    note = models.TextField(blank=True, help_text="Where film and report come from, attribution.")
    held = models.BooleanField(
        default=False,
        help_text="Only faculty and admins see the pixels until one releases them. Follows the verdict on its film.",
    )
    problem = models.JSONField(null=True, help_text="Why it was refused or waits: an RFC 9457 problem.")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["owner", "state"]), models.Index(fields=["film", "report_sha256"])]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> str:
        return f"case:{self.id}"

    @property
    def aspect(self) -> float:
        """Height of its film over its width, as they are on the patient where the pixels are not square. The film is
        in."""
        film, received = self.film, getattr(self, "received", None)
        assert film is not None
        down, across = (received.row_spacing_mm, received.column_spacing_mm) if received else (None, None)
        return film.rows / film.columns * (down / across if down and across else 1.0)


class Received(models.Model):
    """What a case's own file said beside the pixels: how to show the film, and what was kept of its header.

    It belongs to the case: a second file with the same pixels changes nothing of how the first one is shown.
    """

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.CASCADE, related_name="received")
    bits = models.PositiveSmallIntegerField(help_text="Significant bits of the stored values, at most 16.")
    window_center = models.FloatField(help_text="Default window, in stored values.")
    window_width = models.FloatField()
    windows = models.JSONField(default=list, help_text="Further windows: [{name, center, width}].")
    row_spacing_mm = models.FloatField(null=True, help_text="Empty when unknown (a stored 0 is unknown).")
    column_spacing_mm = models.FloatField(null=True)
    modality = models.CharField(max_length=8, help_text="CR, DX, or XR for a picture file.")
    view = models.CharField(max_length=8, blank=True, help_text="PA, AP, or empty.")
    source = models.JSONField(
        default=dict, help_text="What the source said: format, transfer syntax, photometric, rescale."
    )
    header = models.JSONField(default=dict, help_text="The allow-listed header elements, by DICOM keyword.")
    deidentified = models.JSONField(default=dict, help_text="PS3.15 method codes and counts of what was removed.")
    thumbnail = models.CharField(max_length=64, help_text="sha256 of the PNG that was drawn in this window.")
    words = models.CharField(
        max_length=64,
        blank=True,
        db_index=True,
        help_text="sha256 of what the file stored, whatever its header made of it; empty if not known.",
    )

    def __str__(self) -> str:
        return f"received for {self.case_id}"


class Upload(models.Model):
    """Bytes on their way into the quarantine folder (tus). File name and raw report stay in that folder, never here."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="upload")
    size = models.PositiveBigIntegerField(help_text="Bytes announced.")
    offset = models.PositiveBigIntegerField(default=0, help_text="Bytes received and on disk.")
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)


class AnswerKey(models.Model):
    """What an author says is to be seen on a case's film. Versions count up from 1; the newest approved one counts.

    An approved key never changes again, since readings were judged by it: to change one, a draft begins as its copy.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        APPROVED = "approved"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="keys")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    normal = models.BooleanField(null=True, help_text="Whether the film is normal; empty while nobody has said.")
    note = models.TextField(blank=True, help_text="Teaching note: what a resident reads after the attempt.")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(help_text="When the draft was last saved. Names what somebody has seen of it.")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ("case", "-version")
        constraints = [
            models.UniqueConstraint(fields=["case", "version"], name="one_key_a_case_and_version"),
            models.UniqueConstraint(fields=["case"], condition=Q(state="draft"), name="one_draft_a_case"),
        ]

    def __str__(self) -> str:
        return f"key {self.version} of case {self.case_id}, {self.state}"


class Finding(models.Model):
    """One thing to be seen, and where. Its shape is an ellipse or a polygon in film fractions (see `shapes.py`)."""

    class Importance(models.IntegerChoices):
        INCIDENTAL = 1, "incidental"
        RELEVANT = 2, "relevant"
        CRITICAL = 3, "must not be missed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.ForeignKey(AnswerKey, on_delete=models.CASCADE, related_name="findings")
    number = models.PositiveSmallIntegerField(help_text="From 1, as it stands beside the shape.")
    label = models.CharField(max_length=60, blank=True, help_text="A radiology term; blank only in a draft.")
    shape = models.JSONField(
        help_text="Ellipse {kind, x, y, radius_x, radius_y, angle_deg} or polygon {kind, points}. Places are film "
        "fractions, radii film widths, the angle degrees clockwise."
    )
    importance = models.PositiveSmallIntegerField(choices=Importance.choices, default=Importance.RELEVANT)
    note = models.TextField(blank=True, help_text="What to learn from this finding.")

    class Meta:
        ordering = ("number",)
        constraints = [models.UniqueConstraint(fields=["key", "number"], name="one_finding_a_key_and_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.label}"

    def polygon(self, aspect: float) -> Any:
        """(k, 2) corners in film fractions; ``aspect`` is the film's height over its width."""
        if self.shape["kind"] == "polygon":
            return asarray(self.shape["points"], float)
        place = {name: self.shape[name] for name in ("x", "y", "radius_x", "radius_y", "angle_deg")}
        return shapes.ellipse(**place, aspect=aspect)


class CaseSet(models.Model):
    """A practice set. While it is open, its cases are read in practice, and their films are closed elsewhere to
    residents who have not read them yet."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    description = models.TextField(blank=True, help_text="For the authors; residents are not shown it.")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    open = models.BooleanField(default=False)
    simulated = models.BooleanField(default=False, help_text="Made by the demo from the simulator's films.")
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(null=True, help_text="Last time; empty before the first.")
    closed_at = models.DateTimeField(null=True, help_text="Empty before it was open, and while it is.")

    class Meta:
        ordering = ("-created_at", "-id")

    def __str__(self) -> str:
        return self.name


class SetCase(models.Model):
    """A case's place in a set. Another person's unpublished case waits there for its owner's yes."""

    case_set = models.ForeignKey(CaseSet, on_delete=models.CASCADE, related_name="places")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="places")
    position = models.PositiveIntegerField(help_text="From 1; residents get the cases in this order.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    agreed = models.BooleanField(help_text="Whether it may be practised. False and answered means: its owner said no.")
    agreed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    agreed_at = models.DateTimeField(null=True, help_text="When the question was answered; empty while it waits.")

    class Meta:
        ordering = ("case_set", "position", "pk")
        constraints = [models.UniqueConstraint(fields=["case_set", "case"], name="one_place_a_set_and_case")]
        indexes = [models.Index(fields=["case_set", "position"], name="places_in_order")]

    def __str__(self) -> str:
        return f"{self.case_id} in {self.case_set_id}"
