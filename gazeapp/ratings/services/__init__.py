"""Writes to studies: their plan and course, and what raters answer."""

from gazeapp.ratings.services.answering import save_draft, show, submit
from gazeapp.ratings.services.lifecycle import add_rater, close, drop_rater, results_of, start
from gazeapp.ratings.services.planning import change_study, delete_study, make_study

__all__ = [
    "add_rater",
    "change_study",
    "close",
    "delete_study",
    "drop_rater",
    "make_study",
    "results_of",
    "save_draft",
    "show",
    "start",
    "submit",
]
