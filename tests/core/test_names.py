"""Names that people give: what cannot be seen is no part of them, at every door."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.exceptions import ValidationError

from gazeapp.accounts.serializers import NewTokenSerializer
from gazeapp.cases.set_serializers import NewSetSerializer, SetChangeSerializer
from gazeapp.exports.serializers import NewDataRequestSerializer
from gazeapp.ratings.serializers import NewStudySerializer, StudyChangeSerializer
from gazeapp.training.schedule_serializers import NewScheduleSerializer
from gazeapp.training.serializers import NewRunSerializer

NAMED: list[Any] = [
    NewTokenSerializer, NewSetSerializer, SetChangeSerializer, NewDataRequestSerializer, NewRunSerializer,
    NewScheduleSerializer, NewStudySerializer, StudyChangeSerializer,
]  # fmt: skip


@pytest.mark.parametrize("serializer", NAMED)
@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Films of May ", "Films of May"),
        ("Films\u202e of\u200b May\u2066", "Films of May"),
        ("Films\n\nof\tMay", "Films of May"),
        ("Films\x07 of May\x1b", "Films of May"),
        ("Röntgen, 6. Mai: 胸部", "Röntgen, 6. Mai: 胸部"),
    ],
)
def test_a_name_is_one_line_that_can_be_seen(serializer: Any, typed: str, kept: str) -> None:
    assert serializer().fields["name"].run_validation(typed) == kept


@pytest.mark.parametrize("serializer", NAMED)
@pytest.mark.parametrize("typed", ["\u202e", "\u200b\u2066", "\x07\x1b"])
def test_a_name_of_which_nothing_can_be_seen_is_none(serializer: Any, typed: str) -> None:
    name = serializer().fields["name"]
    if name.allow_blank:
        assert name.run_validation(typed) == ""
    else:
        with pytest.raises(ValidationError):
            name.run_validation(typed)
