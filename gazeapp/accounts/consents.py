"""What people are asked to agree to, one question a purpose. A changed meaning is a new version, and is asked again.

Nobody needs to agree to anything to practise: what is recorded then serves their own feedback only.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models


class Purpose(models.TextChoices):
    TEACHING = "teaching", "Teaching"
    RESEARCH = "research", "Research"
    TRAINING = "training", "Training the model"


@dataclass(frozen=True, slots=True)
class Text:
    version: int
    question: str
    meaning: str


TEXTS: dict[str, Text] = {
    Purpose.TEACHING: Text(
        1,
        "May your readings be shown to others who read the same film?",
        "After their own attempt they see where you looked on it, under a pseudonym. Your name is not shown.",
    ),
    Purpose.RESEARCH: Text(
        2,
        "May your readings and ratings be used in reader studies and in research data?",
        "Raters may see your replays without knowing whose they are. Releases of research data hold your recordings, "
        "and what you answer when you rate, under a pseudonym. What was released before you withdraw cannot be called "
        "back.",
    ),
    Purpose.TRAINING: Text(
        1,
        "May your readings be used to train the model that predicts readings?",
        "The model learns from where people looked. A model that was trained before you withdraw keeps what it learnt.",
    ),
}
