"""A resident who has answered about consent, and an open practice set."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from gazeapp.accounts.consents import TEXTS
from gazeapp.accounts.services import answer_consent
from gazeapp.cases.models import Case
from tests.cases.films import stored_case
from tests.cases.teaching import key_of, open_set


def consent(person: Any, **given: bool) -> None:
    """Yes to what is named, no to the rest."""
    answers = {purpose: given.get(purpose, False) for purpose in TEXTS}
    answer_consent(person=person, answers=answers, versions={purpose: text.version for purpose, text in TEXTS.items()})


def film(number: int) -> np.ndarray:
    """(64, 48) of its own values a number."""
    return np.arange(64 * 48).reshape(64, 48) + number


def teaching_case(author: Any, number: int, *, normal: bool = False, **more: Any) -> Case:
    """A ready case with an approved key: one nodule at (.3, .6), or normal."""
    case = stored_case(author, film(number), title=f"Case {number}", **more)
    key_of(case, author, normal=normal)
    return case


@pytest.fixture
def teaching(cast: SimpleNamespace) -> SimpleNamespace:
    """Three cases in an open set, the last one normal; everybody has answered about consent, with no."""
    for person in (cast.resident, cast.second_resident, cast.faculty, cast.admin):
        consent(person)
    cases = [teaching_case(cast.faculty, n, normal=n == 3) for n in (1, 2, 3)]
    return SimpleNamespace(**vars(cast), cases=cases, set=open_set(cast.faculty, *cases))
