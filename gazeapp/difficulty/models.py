"""The ladder: each case's place by what was observed of it, and how long the model would look at its film.

Places, abilities and what one person found harder are on the log-odds scale; harder is greater.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from gazeapp.cases.models import Case
from gazeapp.core.models import Job
from gazeapp.practice.models import Attempt


class Place(models.Model):
    """Where a case stands. A row is made when its first key is approved; a function of attempts and comparisons."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="ladder_place")
    elo = models.FloatField(default=0.0, help_text="Difficulty from first attempts, log-odds.")
    attempts = models.PositiveIntegerField(default=0, help_text="First attempts that were counted.")
    successes = models.PositiveIntegerField(default=0, help_text="Of these the successes.")
    information = models.FloatField(default=0.0, help_text="Sum of p (1 - p) of these; see ml.ladder.elo.")
    pairs = models.FloatField(null=True, help_text="Difficulty from comparisons, log-odds; empty without any.")
    pairs_se = models.FloatField(null=True, help_text="Its standard error.")
    comparisons = models.PositiveIntegerField(default=0, help_text="Comparisons that count.")
    place = models.FloatField(default=0.0, help_text="Both together, log-odds; harder is greater.")
    se = models.FloatField(help_text="Its standard error, log-odds.")
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["place", "case"], name="places_by_difficulty"),
            models.Index(fields=["comparisons", "id"], name="places_least_compared"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} at {self.place:.2f}"


class Ability(models.Model):
    """How much a person masters, from their first attempts. Used to choose the next case; shown to nobody."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="ability")
    theta = models.FloatField(default=0.0, help_text="Log-odds of success at a case of difficulty 0.")
    attempts = models.PositiveIntegerField(default=0, help_text="First attempts that were counted.")


class Move(models.Model):
    """What an attempt or a comparison made of a case's place; in the order in which they were counted."""

    place = models.ForeignKey(Place, null=True, on_delete=models.SET_NULL, related_name="moves")
    attempt = models.OneToOneField(
        Attempt, null=True, on_delete=models.CASCADE, related_name="ladder_move", help_text="Counted once."
    )
    value = models.FloatField(help_text="The place after it, log-odds.")
    at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)


class Comparison(models.Model):
    """Of two cases the one that somebody found harder. An undone one stays and counts no more."""

    class Harder(models.TextChoices):
        FIRST = "first"
        SECOND = "second"
        EQUAL = "equal"

    first = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", help_text="Shown on the left.")
    second = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+", help_text="Shown on the right.")
    rater = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="comparisons")
    harder = models.CharField(max_length=6, choices=Harder.choices)
    seconds = models.FloatField(help_text="From showing the pair to the answer, s.")
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(
                fields=["rater", "first", "second"], condition=Q(undone_at=None), name="one_comparison_a_rater_and_pair"
            ),
            models.CheckConstraint(condition=~Q(first=F("second")), name="two_different_cases"),
        ]


class Workload(models.Model):
    """Total fixation duration and number of fixations of K sampled readings, by one model version; found once."""

    film_sha256 = models.CharField(max_length=64)
    report_sha256 = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    model_name = models.CharField(max_length=80)
    totals = models.JSONField(default=list, help_text="Fixation duration of each sample, s.")
    counts = models.JSONField(default=list, help_text="Fixations of each sample.")
    seconds = models.FloatField(null=True, help_text="Mean of the totals, s; empty until found.")
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    found_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["film_sha256", "report_sha256", "model_sha256"], name="one_workload_a_film_report_and_model"
            )
        ]
        indexes = [models.Index(fields=["model_sha256", "found_at"], name="workloads_of_a_model")]
