"""Attempts: a person reads a film, marks what they see, and commits. Everything that follows is derived from them."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from gazeapp.cases.models import AnswerKey, Case
from gazeapp.recordings.models import Recording


class PracticeSession(models.Model):
    """A stretch of practice: so many cases in one sitting."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="practice_sessions")
    size = models.PositiveSmallIntegerField(default=20, help_text="Cases in it.")
    started_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-started_at"])]


class Attempt(models.Model):
    """One reading of one case by one person. A commit freezes it."""

    class State(models.TextChoices):
        OPEN = "open"
        COMMITTED = "committed"
        SKIPPED = "skipped"  # counts for nothing; the case returns later

    class Answer(models.TextChoices):
        NORMAL = "normal"
        ABNORMAL = "abnormal"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="attempts")
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="attempts")
    film_sha256 = models.CharField(max_length=64, help_text="Outlives the case.")
    recording = models.OneToOneField(Recording, null=True, on_delete=models.SET_NULL, related_name="attempt")
    session = models.ForeignKey(PracticeSession, null=True, on_delete=models.SET_NULL, related_name="attempts")
    number = models.PositiveSmallIntegerField(default=1, help_text="Its place in the session, from 1.")
    repeat = models.BooleanField(default=False, help_text="Due again after a miss.")
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    marks = models.JSONField(default=list, help_text="[{x, y, confidence, label, at_s}] in film fractions.")
    answer = models.CharField(max_length=8, choices=Answer.choices, blank=True)
    key = models.ForeignKey(AnswerKey, null=True, on_delete=models.SET_NULL, related_name="attempts")
    success = models.BooleanField(null=True, help_text="By the key of its commit; see `practice.scoring`.")
    found = models.PositiveSmallIntegerField(default=0, help_text="Findings of importance 2 or 3 that were hit.")
    findings = models.PositiveSmallIntegerField(default=0, help_text="Findings of importance 2 or 3 in the key.")
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "case"], condition=Q(state="open"), name="one_open_attempt_a_person_and_case"
            )
        ]
        indexes = [
            models.Index(fields=["person", "film_sha256", "state"], name="attempts_by_film"),
            models.Index(fields=["person", "-created_at"], name="attempts_newest_first"),
            models.Index(fields=["case", "state"], name="attempts_of_a_case"),
        ]


class Review(models.Model):
    """A film that a person is shown again: after a miss soon, after each success later, until it is known."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reviews")
    film_sha256 = models.CharField(max_length=64)
    step = models.PositiveSmallIntegerField(default=0, help_text="Successes in a row since the miss.")
    due_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "film_sha256"], name="one_review_a_film")]
        indexes = [models.Index(fields=["person", "due_at"])]


class Feedback(models.Model):
    """What was worked out of an attempt; a function of its inputs, so a row a set of inputs, and none is edited."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="feedback")
    inputs = models.JSONField(help_text="Ids of key, fixations, prediction, regions and other reading it was made of.")
    inputs_sha256 = models.CharField(max_length=64)
    result = models.JSONField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["attempt", "inputs_sha256"], name="one_feedback_a_set_of_inputs")
        ]


class Disagreement(models.Model):
    """Somebody who has committed an attempt says that the key is wrong; faculty make a new version, or close it."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="disagreements")
    key = models.ForeignKey(AnswerKey, null=True, on_delete=models.SET_NULL, related_name="disagreements")
    words = models.CharField(max_length=1000)
    at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
