"""Research data in Chromium: a researcher asks for a release, an admin lets it out, and it is downloaded, also after a
cut and by the very lines that the pages show."""

from __future__ import annotations

import hashlib
import io
import re
import secrets
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.reading_room import PATIENCE, Visit, ask, own_stack
from tests.live.stack import Stack, eventually

CASES = 3
READINGS = re.compile(rf"{CASES}\s*readings")
PASSWORD = "a long pass phrase of nobody"

stack = own_stack  # its release holds all that is there


def name_of(page: Page) -> str:
    return str(page.name)  # type: ignore[attr-defined]


class Script:
    """Somebody new with a token."""

    def __init__(self, stack: Stack, role: str) -> None:
        self.name = f"s{secrets.token_hex(4)}"
        person = stack.ask("person", username=self.name, roles=[role])
        self.client = httpx.Client(base_url=f"{stack.url}/api/v1/", timeout=30)
        self.client.headers["Authorization"] = f"Bearer {person['token']}"

    def send(self, method: str, path: str, **body: Any) -> Any:
        answer = self.client.request(method, path, json=body)
        assert answer.is_success, answer.text
        return answer.json()


@pytest.fixture(scope="module", autouse=True)
def readings(stack: Stack) -> None:
    """A simulated reader's readings of cases that everybody may see."""
    author = Script(stack, "faculty")
    stack.ask("practice_set", author=author.name, readers=[], cases=CASES)
    stack.ask("simulated_readings", author=author.name)
    for case in author.client.get("cases/").json()["results"]:
        author.send("PATCH", f"cases/{case['id']}/", published=True)


@pytest.fixture(scope="module")
def released(stack: Stack, readings: None) -> None:
    """A first release is there."""
    researcher, admin = Script(stack, "researcher"), Script(stack, "admin")
    made = researcher.send("POST", "data/requests/", name="Before", why="To have one.", query={})
    admin.send("POST", f"data/requests/{made['id']}/approve/")
    path = f"data/requests/{made['id']}/"
    eventually(lambda: researcher.client.get(path).json()["state"] == "done", PATIENCE / 1000)


def request_release(page: Page, name: str, tick: Callable[[Page], None] = lambda page: None) -> None:
    """By the form of Browse; ends on one's releases, where the request stands."""
    page.goto("/data/browse/")
    expect(page.locator("[data-counts]")).to_contain_text(READINGS)
    tick(page)
    page.get_by_label("Name").fill(name)
    page.get_by_label("What it is for").fill("To see whether the page keeps its word.")
    page.get_by_role("button", name="Send the request").click()
    page.wait_for_url(re.compile(r"/releases/#request-"))
    expect(page.locator("[data-request]", has_text=name)).to_contain_text("An admin decides.")


def approve(page: Page, name: str) -> None:
    page.locator("[data-request]", has_text=name).get_by_role("button", name=f"Approve: {name}").click()
    expect(page.locator("dialog[open]")).to_contain_text(f"Today it finds {CASES} cases, {CASES} readings by 1 reader")
    page.locator("dialog[open]").get_by_role("button", name="Approve", exact=True).click()


def pasted(lines: str, folder: Path, token: str = "") -> subprocess.CompletedProcess[str]:
    """The lines as a shell runs them."""
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed.")
    before = f"export TOKEN={token}\n" if token else ""
    return subprocess.run(["bash", "-c", before + lines], cwd=folder, capture_output=True, text=True, timeout=60)


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_a_request_becomes_a_release_that_is_downloaded_whole_also_after_a_cut(
    stack: Stack, visit: Visit, tmp_path: Path
) -> None:
    researcher, admin = visit("researcher"), visit("admin")
    request_release(researcher, "First look")

    admin.goto("/data/")
    expect(admin.locator("nav a", has_text="Data")).to_contain_text("1")
    approve(admin, "First look")

    # Nobody touches the researcher's page; it becomes the release's.
    link = researcher.get_by_role("link", name=re.compile("^Open release"))
    expect(link).to_be_visible(timeout=PATIENCE)
    expect(researcher.locator("[data-newest]")).to_contain_text("simulated")
    link.click()

    release = researcher.url.rstrip("/").rsplit("/", 1)[1]
    assert researcher.request.get(f"/api/v1/releases/{release}/archive/").status == 403
    researcher.get_by_role("button", name="Accept the terms").click()
    with researcher.expect_download() as taken:
        researcher.get_by_role("link", name=re.compile("^Download ")).click()
    whole = Path(taken.value.path()).read_bytes()
    about: dict[str, Any] = ask(researcher, f"/api/v1/releases/{release}/")
    assert digest(whole) == about["archive"]["sha256"]
    assert taken.value.suggested_filename == about["archive"]["name"]
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        held = {name: digest(archive.read(name)) for name in archive.namelist() if not name.endswith("/")}
    for file in about["files"]:
        assert [sha for name, sha in held.items() if name.endswith(file["path"])] == [file["sha256"]]

    # Cut in the middle, then the page's own line and the one that checks.
    half = len(whole) // 2
    (tmp_path / about["archive"]["name"]).write_bytes(whole[:half])
    lines = [text for text in researcher.locator(".code pre").all_inner_texts() if about["archive"]["name"] in text]
    token = stack.ask("token", username=name_of(researcher))
    done = pasted("\n".join(lines[:2]), tmp_path, token)
    assert done.returncode == 0, done.stderr
    assert f"Resuming transfer from byte position {half}" in done.stderr
    assert ": OK" in done.stdout
    assert (tmp_path / about["archive"]["name"]).read_bytes() == whole


def test_the_citation_is_copied_as_the_release_says_it(released: None, visit: Visit) -> None:
    page = visit("researcher", permissions=["clipboard-read", "clipboard-write"])
    page.goto("/releases/")
    page.get_by_role("link", name="Look into it and download").click()
    about = ask(page, f"/api/v1/releases/{page.url.rstrip('/').rsplit('/', 1)[1]}/")
    page.locator("summary", has_text="BibTeX").click()
    page.get_by_role("button", name="Copy BibTeX").click()
    expect(page.locator("[data-toasts]")).to_contain_text("Copied: BibTeX.")
    assert page.evaluate("navigator.clipboard.readText()") == about["bibtex"]


def test_the_lines_of_the_api_page_work_when_pasted(released: None, visit: Visit, tmp_path: Path) -> None:
    page = visit("researcher")
    page.goto("/access/")
    expect(page.locator("[data-before]")).to_contain_text("Accept the terms")
    page.locator("[data-before] a").click()
    page.get_by_role("button", name="Accept the terms").click()
    expect(page.locator("[data-download]")).to_be_visible()
    page.goto("/access/")
    page.get_by_label("For which program").fill("a notebook")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator("[data-token]", has_text="a notebook")).to_contain_text("releases only")
    lines = page.locator("[data-shell] pre").inner_text()
    done = pasted(f"set -e\n{lines}", tmp_path)
    assert done.returncode == 0, done.stderr
    newest = ask(page, "/api/v1/releases/latest/")
    assert newest["id"] in done.stdout
    assert digest((tmp_path / newest["archive"]["name"]).read_bytes()) == newest["archive"]["sha256"]
    page.reload()
    assert "paste-your-token-here" in page.locator("[data-shell] pre").inner_text()


def test_a_query_stands_in_the_address_and_a_reload_finds_it_again(visit: Visit) -> None:
    page = visit("researcher")
    page.goto("/data/browse/")
    expect(page.locator("[data-counts]")).to_contain_text(READINGS)
    page.get_by_role("checkbox", name="Simulated reader").uncheck()
    expect(page.get_by_text("Nothing yet:")).to_be_visible()
    expect(page.get_by_role("button", name="Send the request")).to_be_disabled()
    assert page.url.endswith("?sources=tracker,import")
    page.get_by_role("checkbox", name="Simulated reader").check()
    page.get_by_role("checkbox", name="Films").check()
    expect(page.get_by_text("Films and reports need a second approval. The release")).to_be_visible()
    assert page.url.endswith("/data/browse/?films=1")
    page.reload()
    expect(page.get_by_role("checkbox", name="Films")).to_be_checked()


def test_films_go_along_only_after_an_admin_gave_the_password(stack: Stack, visit: Visit) -> None:
    researcher, admin = visit("researcher"), visit("admin")
    cookie = stack.ask("set_password", username=name_of(admin), password=PASSWORD)
    admin.context.add_cookies([{"name": "sessionid", "value": cookie, "url": stack.url}])
    request_release(researcher, "With films", lambda page: page.get_by_role("checkbox", name="Films").check())
    admin.goto("/data/")
    approve(admin, "With films")
    panel = admin.locator("[data-request]", has_text="With films")
    expect(panel).to_contain_text("Films and reports wait for a second approval.")
    panel.get_by_role("button", name="Let films go along").click()
    dialog = admin.locator("dialog[open]")
    dialog.get_by_label("Your password").fill("not mine")
    dialog.get_by_label("Why they may leave here").fill("They are simulated.")
    dialog.get_by_role("button", name="Approve and make it").click()
    expect(dialog.get_by_role("alert")).to_be_visible()
    admin.said.clear()  # type: ignore[attr-defined]  # the console tells of the refusal
    assert dialog.get_by_label("Why they may leave here").input_value() == "They are simulated."
    dialog.get_by_label("Your password").fill(PASSWORD)
    dialog.get_by_role("button", name="Approve and make it").click()
    expect(dialog).to_have_count(0)
    expect(researcher.get_by_role("link", name=re.compile("^Open release"))).to_be_visible(timeout=PATIENCE)
    assert ask(researcher, "/api/v1/releases/latest/")["films"] is True
