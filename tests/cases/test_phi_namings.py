"""Made-up headers and reports: no name of the header stands unmarked."""

from __future__ import annotations

import pytest

from tests.cases.namings import CHARSETS, namings, unmarked


def test_no_name_of_a_header_stands_unmarked_in_its_report() -> None:
    missed = [f"{left!r}: {naming.says}" for naming in namings(seed=20, count=100) if (left := unmarked(naming))]
    assert missed == []


@pytest.mark.parametrize("codec", list(CHARSETS))
def test_every_character_set_is_among_them(codec: str) -> None:
    """A test that drew only UTF-8 would say little."""
    assert len(CHARSETS) >= 8
    assert sum(f" {codec} " in naming.says for naming in namings(seed=20, count=100)) >= 3
