"""Three cases that people, a simulated reader and the model have read, an organiser, and two raters beside them."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from rest_framework.test import APIClient

from gazeapp.accounts.services import make_person
from tests.conftest import PASSWORD
from tests.practice.conftest import consent
from tests.ratings import study

ClientFor = Callable[[Any], APIClient]
KINDS = ["human", "model", "shuffled"]


@pytest.fixture
def lab(cast: SimpleNamespace, client_for: ClientFor) -> SimpleNamespace:
    """`organiser` is faculty; `first` and `second` rate (`ada` and `ben`), with a client each."""
    people = {
        name: make_person(username=name, password=PASSWORD, roles=["faculty"], by="test") for name in ("ada", "ben")
    }
    consent(cast.resident, research=True)
    cases = [study.film_case(cast.faculty, number) for number in (1, 2, 3)]
    readings = [study.reading(case, cast.resident, study.path(n)) for n, case in enumerate(cases)]
    for n, case in enumerate(cases):
        study.reading(case, study.simulated_reader(), study.path(10 + n), source="simulated")
        study.predicted(case, study.path(20 + n))
    return SimpleNamespace(
        **vars(cast),
        **people,
        cases=cases,
        readings=readings,
        organiser=client_for(cast.faculty),
        first=client_for(people["ada"]),
        second=client_for(people["ben"]),
        manager=client_for(cast.admin),
    )


@pytest.fixture
def running(lab: SimpleNamespace) -> SimpleNamespace:
    """A study of the three cases and three sources, rated by ada and ben, that has just started."""
    planned = study.plan(lab.organiser, lab.cases, KINDS, [lab.ada, lab.ben])
    started = study.start(lab.organiser, planned)
    assert started.status_code == 200, started.json()
    lab.study = started.json()
    lab.url = f"{study.API}/studies/{lab.study['id']}/"
    return lab
