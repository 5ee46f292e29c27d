"""A stack with published cases that people and a simulated reader have read."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.conftest import signed_in
from tests.practice.conftest import consent
from tests.ratings import study


@pytest.fixture
def lab(cast: SimpleNamespace) -> SimpleNamespace:
    return make_lab(cast)


def make_lab(cast: SimpleNamespace) -> SimpleNamespace:
    """Three published cases. Two residents who agree to research and training have read each by eye tracker, and so has
    a simulated reader. `asks` is the researcher's client, `decides` the admin's."""
    for person in (cast.resident, cast.second_resident):
        consent(person, research=True, training=True)
    cases = [study.film_case(cast.faculty, number, published=True) for number in (1, 2, 3)]
    for n, case in enumerate(cases):
        study.reading(case, cast.resident, study.path(n))
        study.reading(case, cast.second_resident, study.path(10 + n, 5))
        study.reading(case, study.simulated_reader(), study.path(20 + n), source="simulated")
    return SimpleNamespace(**vars(cast), cases=cases, asks=signed_in(cast.researcher), decides=signed_in(cast.admin))
