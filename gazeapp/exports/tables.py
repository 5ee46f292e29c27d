"""The table of ratings that a release may hold beside the tables of `ml.data.export`."""

from __future__ import annotations

from ml.data.export import Column, Table

RATINGS = Table(
    "ratings.csv",
    "One row an answer: what a rater said of a replay that was shown blind, in a study that is closed.",
    (
        Column("study", "text", "Pseudonym of the study."),
        Column("case", "text", "The case on whose film it was shown."),
        Column("shown", "text", "reading, or the control that was made of one: shuffled, centre, other-case."),
        Column("reading_case", "text", "The case of the reading that was shown, or that the control was made of."),
        Column("reading", "integer", "That reading's number among its case's; its source says readings.csv."),
        Column("rater", "text", "Pseudonym of the rater."),
        Column("repeat", "boolean", "Whether the rater had seen it before, to tell how alike they answer twice."),
        Column("human_like", "integer", "Whether the rater took it for a person's: 0 machine, 1 human."),
        Column("comprehensive", "integer", "How much of what matters was looked at: 1 to 5, by fifths."),
        Column("redundant", "integer", "Needless fixations: 1 hardly any, to 5 very many."),
        Column("confidence", "integer", "1 guessed, to 5 certain."),
        Column("seconds", "number", "From the replay's start to the answer.", "s"),
        Column("simulated", "boolean", "Whether the study holds simulated films, readings or raters."),
    ),
)
