"""Pages of recordings: what the list says, what it filters, and what it keeps to itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gazeapp.recordings import quality
from gazeapp.recordings.models import Reader, Recording
from tests.cases.teaching import open_set
from tests.recordings.gaze_files import URL, asc, dwells

MIDDLE = [(960.0, 540.0), (690.0, 540.0), (1230.0, 540.0)]


@pytest.fixture
def saved(cast: Any, cases: Any, bring: Callable[..., dict[str, Any]], client_for: Callable[..., Any]) -> str:
    """The resident's recording of the wide film, brought from a file."""
    found = bring(cast.resident, asc(("x", dwells(MIDDLE))))
    body = {"whose": {"mine": True}, "trials": [{"trial": 1, "case": str(cases.wide.pk), "eye": "left"}]}
    answer = client_for(cast.resident).post(f"{URL}{found['id']}/save/", body, format="json")
    return str(answer.json()["recordings"][0])


def test_the_list_says_case_source_device_rate_and_quality(saved: str, cast: Any, client_for: Any) -> None:
    page = client_for(cast.resident).get("/recordings/").content.decode()
    for words in ("Wide film", "Imported eye-tracker file", "EyeLink Portable Duo", "500 Hz", "0 % lost, error 0.27°"):
        assert words in page


def test_the_list_is_filtered_by_source_and_by_whose(saved: str, cast: Any, client_for: Any) -> None:
    client = client_for(cast.resident)
    assert saved in client.get("/recordings/?source=import&whose=mine").content.decode()
    assert saved not in client.get("/recordings/?source=aperture").content.decode()
    assert saved not in client.get("/recordings/?whose=others").content.decode()
    assert "No recording fits" in client.get("/recordings/?whose=others").content.decode()


def test_neither_list_nor_page_tells_of_a_case_that_is_closed_again(
    saved: str, cast: Any, cases: Any, client_for: Any, practised: Any
) -> None:
    client = client_for(cast.resident)
    pages = ("/recordings/", f"/recordings/{saved}/")
    assert all(str(cases.wide.title) in client.get(page).content.decode() for page in pages)
    open_set(cast.faculty, cases.wide)
    for page in pages:
        content = client.get(page).content.decode()
        assert cases.wide.title not in content
        assert str(cases.wide.pk) not in content


def test_a_deleted_recording_is_on_no_page(saved: str, cast: Any, client_for: Any) -> None:
    client = client_for(cast.resident)
    assert client.delete(f"/api/v1/recordings/{saved}/").status_code == 204
    assert saved not in client.get("/recordings/").content.decode()
    assert client.get(f"/recordings/{saved}/").status_code == 404


@pytest.mark.parametrize(
    ("known", "grade", "words"),
    [
        ({"lost": 0.05, "gaps": 0}, "good", "5 % lost"),
        ({"lost": 0.004, "gaps": 1}, "good", "under 1 % lost, 1 gap"),
        ({"lost": 0.06, "off_film": 0.2, "gaps": 0}, "fair", "6 % lost, 20 % beside the film"),
        ({"lost": 0.0, "off_film": 0.21, "gaps": 0}, "poor", "0 % lost, 21 % beside the film"),
        ({}, "", ""),
    ],
)
def test_quality_is_a_word_with_its_reasons(known: dict[str, float], grade: str, words: str) -> None:
    row = Recording(reader=Reader(), source="import", state="sealed", quality=known, samples=10)
    assert quality.of(row) == quality.Quality(grade, words)


def test_what_the_pointer_did_beside_the_film_is_not_called_lost() -> None:
    row = Recording(reader=Reader(), source="aperture", state="sealed", quality={"lost": 0.1, "gaps": 0}, samples=10)
    assert quality.of(row).words == "10 % off the film"
