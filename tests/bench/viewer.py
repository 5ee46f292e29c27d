"""How long a stored film takes to open: from the navigation to its pixels on the canvas, in headless Chromium."""

from __future__ import annotations

import tests.environment  # noqa: F401  (before Django's settings are read)

# isort: split
import shutil
import time
from types import SimpleNamespace

import httpx
from playwright.sync_api import sync_playwright

from tests.bench.row import Row
from tests.browser.conftest import ARGS
from tests.live.journey import real_film
from tests.live.stack import Stack, eventually

OPENINGS = 9


def measure() -> list[Row]:
    stack = Stack(LOG_LEVEL="WARNING")
    try:
        who = SimpleNamespace(**stack.ask("person", username="opener", roles=["resident"]))
        path = stored_case(stack, who)
        return [Row("opening a stored 1955x1841 film to its first pixels", openings(stack, who, path), "s", bar=1.0)]
    finally:
        stack.stop()


def stored_case(stack: Stack, who: SimpleNamespace) -> str:
    """The page of a ready case with a real film."""
    with httpx.Client(base_url=stack.url, timeout=30, headers={"Authorization": f"Bearer {who.token}"}) as client:
        film = {"file": ("film.dcm", real_film("RG1_UNCR.dcm").read_bytes())}
        sent = client.post("/api/v1/cases/", data={"report": "Clear."}, files=film)
        path = f"/cases/{sent.json()['id']}/"
        eventually(lambda: client.get(f"/api/v1{path}").json()["state"] == "ready", 60)
    return path


def openings(stack: Stack, who: SimpleNamespace, path: str) -> list[float]:
    """Seconds of each opening; the first one, which also starts the browser's GPU process, is left out."""
    found = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGS)
        page = browser.new_context(viewport={"width": 1366, "height": 768}, base_url=stack.url).new_page()
        page.context.add_cookies([{"name": "sessionid", "value": who.cookie, "url": stack.url}])
        for _ in range(OPENINGS + 1):
            page.goto("/cases/new/")
            began = time.perf_counter()
            page.goto(path, wait_until="commit")
            page.wait_for_selector("[data-film-status=shown]")
            found.append(time.perf_counter() - began)
        browser.close()
    return found[1:]
