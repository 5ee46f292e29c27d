"""Headless Chromium, a tiny server for the viewer's harness page, and the whole reading room as processes."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.reading_room import PATIENCE, REPORT, Visit, film_file, open_room
from tests.live.stack import Stack, eventually

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "static"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGS = [
    "--headless=new",
    "--no-sandbox",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TYPES = {
    "": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".bin": "application/octet-stream",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser at a time: two cores do not draw two films faster."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


Launch = Callable[[float], Browser]


@pytest.fixture(scope="module")
def launch() -> Iterator[Launch]:
    """A module's own Chromium a device ratio: Playwright's loop must not run while other modules use the database.

    The ratio is a real one: an emulated ratio is not snapped to device pixels as a real screen's is.
    """
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed.")
    if not (STATIC / "dist" / "room.js").exists() or not (STATIC / "harness" / "harness.js").exists():
        pytest.fail("The front end is not built: npm ci && npm run build && npm run harness")
    browsers: dict[float, Browser] = {}
    with sync_playwright() as playwright:

        def start(dpr: float) -> Browser:
            if dpr not in browsers:
                args = [*ARGS, f"--force-device-scale-factor={dpr}", "--window-size=1000,800"]
                browsers[dpr] = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
            return browsers[dpr]

        yield start
        for browser in browsers.values():
            browser.close()


@pytest.fixture
def new_page(launch: Launch) -> Iterator[Callable[..., Page]]:
    """Makes pages; whatever a page says on its console as an error (a CSP violation too) fails the test."""
    contexts: list[BrowserContext] = []
    said: list[str] = []

    def make(dpr: float = 1, **options: object) -> Page:
        if dpr != 1:
            options = {"no_viewport": True, **options}
        context = launch(dpr).new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda line: said.append(line.text) if line.type == "error" else None)
        page.said = said  # type: ignore[attr-defined]
        return page

    yield make
    for context in contexts:
        context.close()
    assert not said, said


class _Files(BaseHTTPRequestHandler):
    """Serves what is in `files` by path, and what was built under /dist/ and /harness/."""

    def __init__(self, files: dict[str, bytes], *args: object) -> None:
        self.files = files
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        content = self.files.get(path)
        if content is None and path.startswith(("/dist/", "/harness/")) and ".." not in path:
            file = STATIC / path.removeprefix("/")
            content = file.read_bytes() if file.is_file() else None
        self.send_response(200 if content is not None else 404)
        self.send_header("Content-Type", TYPES.get(Path(path).suffix, "text/plain"))
        self.send_header("Content-Length", str(len(content or b"")))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def serve() -> Iterator[Callable[[dict[str, bytes]], str]]:
    """Starts a server for the given files and gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(files: dict[str, bytes]) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Files, files))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def shared_stack() -> Iterator[Stack]:
    """The whole reading room as processes, with a database of its own: started once, since a start takes ten seconds.
    Its tests bring people and films of their own."""
    with Stack() as stack:
        yield stack


@pytest.fixture(scope="module")
def stack(shared_stack: Stack) -> Stack:
    return shared_stack


@pytest.fixture
def visit(stack: Stack, new_page: Callable[..., Page]) -> Callable[..., Page]:
    """A page of somebody new who is signed in, with the given roles."""

    def make(*roles: str, **options: object) -> Page:
        name = f"p{secrets.token_hex(4)}"
        person = stack.ask("person", username=name, roles=list(roles or ("resident",)))
        page = new_page(**{"viewport": {"width": 1366, "height": 768}, "base_url": stack.url, **options})
        page.name = name  # type: ignore[attr-defined]
        page.context.add_cookies([{"name": "sessionid", "value": person["cookie"], "url": stack.url}])
        return page

    return make


@pytest.fixture(scope="module")
def read_case(stack: Stack) -> SimpleNamespace:
    """Somebody's case with its reading, made once for the tests that only look at it."""
    name = f"p{secrets.token_hex(4)}"
    person = stack.ask("person", username=name, roles=["resident"])
    with film_file().open("rb") as file, httpx.Client(base_url=stack.url, timeout=30) as client:
        client.headers["Authorization"] = f"Bearer {person['token']}"
        sent = client.post("/api/v1/cases/", data={"report": REPORT, "title": "Test"}, files={"file": file})
        assert sent.status_code == 202, sent.text
        path = f"/cases/{sent.json()['id']}/"

        def predicted() -> bool:
            case = client.get(f"/api/v1{path}").json()
            assert case["state"] != "refused", case
            return bool(
                case["prediction"] and client.get(f"/api/v1/predictions/{case['prediction']}/").json()["reading"]
            )

        eventually(predicted, PATIENCE / 1000)
    return SimpleNamespace(path=path, cookie=person["cookie"])


@pytest.fixture
def room(stack: Stack, read_case: SimpleNamespace, new_page: Visit) -> Page:
    """The reading room of that case."""
    page = new_page(viewport={"width": 1366, "height": 768}, base_url=stack.url)
    page.context.add_cookies([{"name": "sessionid", "value": read_case.cookie, "url": stack.url}])
    page.goto(read_case.path)
    open_room(page)
    return page
