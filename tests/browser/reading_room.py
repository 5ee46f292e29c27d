"""What the tests of the reading room do again and again: upload, wait for film and reading, look where things are."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Page
from pydicom.data import get_testdata_file

from tests.live.stack import Stack

Visit = Callable[..., Page]
ACCENT = (0x7C, 0xC4, 0xFF)  # only the current fixation has this colour
REPORT = (
    "Several rounded opacities in both lungs, the largest at the right base. No pleural effusion. The heart is normal."
)
PATIENCE = 60_000  # ms; the first prediction of a cold worker loads the model


@pytest.fixture(scope="module")
def own_stack() -> Iterator[Stack]:
    """For a module whose tests count what is there, or learn from all of it: ``stack = own_stack``."""
    with Stack() as stack:
        yield stack


def film_file() -> Path:
    """A real chest film, JPEG 2000, from the package pydicom-data."""
    found = get_testdata_file("RG1_J2KR.dcm", download=False)
    assert found is not None
    return Path(str(found))


def until(page: Page, condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Waits as `eventually` does, and lets in meanwhile what happens on the page: its address, its requests."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, "did not come true"
        page.wait_for_timeout(50)


def upload(page: Page, *files: Path | str) -> None:
    page.goto("/cases/new/")
    page.set_input_files("#files", [str(file) for file in files])


def open_room(page: Page) -> None:
    """Until film and reading are there."""
    page.wait_for_url(re.compile(r"/cases/[0-9a-f-]{36}/"), timeout=PATIENCE)
    page.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    page.wait_for_selector("[data-status][data-state=done]", timeout=PATIENCE)


def ask(page: Page, url: str) -> Any:
    answer = page.request.get(url)
    assert answer.ok, answer.text()
    return answer.json()


def send(page: Page, method: str, path: str, body: dict[str, Any]) -> Any:
    """As the page's own scripts do."""
    token = next(c["value"] for c in page.context.cookies() if c["name"] == "csrftoken") if page.url else ""
    answer = page.request.fetch(path, method=method, data=body, headers={"X-CSRFToken": token, "Referer": page.url})
    assert answer.ok, answer.text()
    return answer.json()


def samples(page: Page) -> list[list[dict[str, float]]]:
    """The fixations of each sample of the case's newest reading, as the API has them."""
    match = re.search(r"/cases/([0-9a-f-]{36})/", page.url)
    assert match is not None
    case = ask(page, f"/api/v1/cases/{match[1]}/")
    return [path["fixations"] for path in ask(page, f"/api/v1/predictions/{case['prediction']}/")["reading"]["samples"]]


def stored(page: Page) -> tuple[dict[str, Any], list[dict[str, float]]]:
    """The case's film and the fixations of its reading, as the API has them."""
    match = re.search(r"/cases/([0-9a-f-]{36})/", page.url)
    assert match is not None
    case = ask(page, f"/api/v1/cases/{match[1]}/")
    return case["film"], ask(page, f"/api/v1/predictions/{case['prediction']}/")["reading"]["samples"][0]["fixations"]


def ring(
    page: Page, color: tuple[int, int, int] = ACCENT, near: tuple[float, float] | None = None
) -> tuple[float, float] | None:
    """Where the current fixation is drawn: the middle of the pixels of its colour, CSS px of the viewport; of those
    within 40 px of a place, if one is given."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture: NDArray[Any] = np.asarray(
        Image.open(io.BytesIO(page.locator("[data-viewport]").screenshot())).convert("RGB")
    )
    rows, columns = np.nonzero(np.abs(picture.astype(int) - color).max(axis=2) < 24)
    if near is not None:
        close = np.hypot(columns - near[0], rows - near[1]) < 40
        rows, columns = rows[close], columns[close]
    if len(rows) < 40:
        return None
    return (columns.min() + columns.max() + 1) / 2, (rows.min() + rows.max() + 1) / 2
