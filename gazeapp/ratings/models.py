"""Studies: an organiser picks cases, sources and raters; each rater judges every source of every case, blind.

What an item shows is a path reference, resolved when it is served, so that consent is asked each time. Until the study
is closed nothing outside this app may join an item, its number or an assignment to a source.
"""

from __future__ import annotations

import secrets
import uuid
from typing import Any

from django.conf import settings
from django.db import models

from gazeapp.cases.models import Case


def new_seed() -> int:
    """A number that nobody can guess: whoever knew it could work out which item is of which source."""
    return secrets.randbits(62)


class Study(models.Model):
    """One question to raters: whose readings, of which cases. Its protocol is frozen when it starts."""

    class State(models.TextChoices):
        PLAN = "plan"  # everything may be changed
        RUNNING = "running"  # raters rate; raters may come and go
        CLOSED = "closed"  # nothing more is taken; the results are open

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    organiser = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="studies")
    state = models.CharField(max_length=7, choices=State.choices, default=State.PLAN)
    seed = models.PositiveBigIntegerField(default=new_seed, help_text="Of all that is shuffled; secret until closing.")
    repeats = models.FloatField(default=0.1, help_text="Share of the items that a rater sees twice.")
    aperture = models.BooleanField(
        default=False, help_text="Whether dwells of the cursor aperture may serve as human readings."
    )
    simulated = models.BooleanField(
        default=False, help_text="Holds simulated films, readings or raters; labelled so wherever it shows."
    )
    protocol = models.JSONField(null=True, help_text="What was to be rated, of whom and by whom; frozen at the start.")
    results = models.JSONField(null=True, help_text="Of `ml.rating.results`, a function of the answers; after closing.")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "studies"
        ordering = ("-created_at", "-id")
        indexes = [models.Index(fields=["organiser", "-created_at"]), models.Index(fields=["state", "-created_at"])]

    def __str__(self) -> str:
        return self.name


class StudyCase(models.Model):
    """A case of a study. Its film stays known when the case is deleted, but nothing of it is shown then."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="cases")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="+")
    film_sha256 = models.CharField(max_length=64, help_text="Outlives the case.")
    position = models.PositiveIntegerField(help_text="From 1, as the organiser has them.")

    class Meta:
        ordering = ("study", "position")
        constraints = [
            models.UniqueConstraint(fields=["study", "case"], name="one_place_a_study_and_case"),
            models.UniqueConstraint(fields=["study", "position"], name="one_study_case_a_position"),
        ]


class Source(models.Model):
    """Whose readings a study compares: people's, a model version's, or a control made from a reading."""

    class Kind(models.TextChoices):
        HUMAN = "human"
        SIMULATED = "simulated"
        MODEL = "model"
        SHUFFLED = "shuffled"
        OTHER_CASE = "other-case"
        CENTRE = "centre"

    CONTROLS = (Kind.SHUFFLED, Kind.OTHER_CASE, Kind.CENTRE)

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="sources")
    number = models.PositiveSmallIntegerField(help_text="From 1, as the organiser has them.")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    model_sha256 = models.CharField(max_length=64, blank=True, help_text="The model version, for kind model.")
    label = models.CharField(max_length=120, help_text="How results and tables call it; once a study.")

    class Meta:
        ordering = ("study", "number")
        constraints = [
            models.UniqueConstraint(fields=["study", "kind", "model_sha256"], name="one_source_a_kind_and_model"),
            models.UniqueConstraint(fields=["study", "label"], name="one_source_a_label"),
        ]


class Rater(models.Model):
    """A person who rates in a study. Who is dropped rates no more; what they have answered stays."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="raters")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rates_in")
    row = models.PositiveSmallIntegerField(help_text="Of the Latin square: 0, 1, 2 … in the order of coming.")
    added_at = models.DateTimeField(auto_now_add=True)
    dropped_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True, help_text="Was dropped before then, and asked to go on.")
    knew = models.JSONField(
        null=True,
        help_text="Of which films of the study they may know readings again (`knowing`): the organiser takes them all "
        "the same, and is asked anew when they know more.",
    )

    class Meta:
        ordering = ("study", "row")
        constraints = [
            models.UniqueConstraint(fields=["study", "user"], name="once_a_rater_of_a_study"),
            models.UniqueConstraint(fields=["study", "row"], name="one_rater_a_row"),
        ]


class Item(models.Model):
    """One source's path of one case. Its number is drawn by lot and says nothing of either."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="items")
    case = models.ForeignKey(StudyCase, on_delete=models.CASCADE, related_name="items")
    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="items")
    reference = models.CharField(max_length=200, help_text="Path reference; see `scanpaths.paths`.")
    number = models.PositiveIntegerField(help_text="From 1, by lot; what the board shows.")
    gone_at = models.DateTimeField(
        null=True, help_text="When a rater was to see it and it could not be shown; it is passed over from then on."
    )

    class Meta:
        ordering = ("study", "number")
        constraints = [
            models.UniqueConstraint(fields=["study", "number"], name="one_item_a_number"),
            models.UniqueConstraint(fields=["case", "source"], name="one_item_a_case_and_source"),
        ]


class Assignment(models.Model):
    """One showing of one item to one rater. Its id is the only name under which the rater knows it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    rater = models.ForeignKey(Rater, on_delete=models.CASCADE, related_name="assignments")
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="assignments")
    position = models.PositiveIntegerField(help_text="From 1, in the order in which the rater sees them.")
    repeat = models.BooleanField(default=False, help_text="Seen before, to tell how alike a rater answers twice.")
    first_shown_at = models.DateTimeField(null=True)
    draft = models.JSONField(null=True, help_text="Answers so far, until they are submitted.")
    answered_at = models.DateTimeField(null=True, help_text="When it was submitted first.")
    seconds = models.FloatField(null=True, help_text="From the replay's start to that, as the page counted.")

    class Meta:
        ordering = ("rater", "position")
        constraints = [
            models.UniqueConstraint(fields=["rater", "position"], name="one_assignment_a_position"),
            models.UniqueConstraint(fields=["rater", "item", "repeat"], name="an_item_once_and_once_again"),
        ]


class Answer(models.Model):
    """What a rater said of a showing. Never changed: a correction is a further row, and the newest counts."""

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="answers")
    number = models.PositiveSmallIntegerField(help_text="From 1; more are corrections.")
    human_like = models.PositiveSmallIntegerField(help_text="0 machine, 1 human.")
    comprehensive = models.PositiveSmallIntegerField(help_text="1 to 5, by fifths of the important regions.")
    redundant = models.PositiveSmallIntegerField(help_text="1 hardly any needless fixations, to 5 very many.")
    confidence = models.PositiveSmallIntegerField(help_text="1 guessed, to 5 certain.")
    note = models.CharField(max_length=2000, blank=True)
    seconds = models.FloatField(help_text="As the page counted, for this answer.")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("assignment", "number")
        constraints = [models.UniqueConstraint(fields=["assignment", "number"], name="one_answer_a_number")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Raises ValueError for a row that is here already."""
        if not self._state.adding:
            raise ValueError("an answer is never changed; a correction is a further row")
        super().save(*args, **kwargs)
