"""Files that mean harm, or are no gaze at all: each is one refusal, in time and memory, and the next is read."""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from gazeapp.core.problems import Problem
from gazeapp.core.sandbox.helper import HelperProcess
from gazeapp.recordings import sandbox_client
from gazeapp.recordings.importers.opening import LIMITS, decode
from tests.recordings.gaze_files import asc, dwells

MIDDLE = [(960.0, 540.0), (690.0, 270.0)]


@pytest.fixture(scope="module", autouse=True)
def ended() -> Iterator[None]:
    yield
    sandbox_client.importer.stop()


@pytest.fixture
def opened(tmp_path: Path) -> Any:
    def open_(content: bytes) -> dict[str, Any]:
        path, work = tmp_path / "file", tmp_path / "work"
        path.write_bytes(content)
        work.mkdir(exist_ok=True)
        for old in work.iterdir():
            old.unlink()
        began = time.monotonic()
        try:
            return sandbox_client.open_session(path, work)
        finally:
            assert time.monotonic() - began < LIMITS.wall_seconds

    return open_


def zipped(content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("gaze.asc", content)
    return file.getvalue()


HOSTILE: dict[str, tuple[Any, str]] = {
    "a line of 100 MB": (lambda: b"time_s,x_film,y_film\n" + b"1" * 100_000_000, "gaze-too-long"),
    "a line of 10 MB": (lambda: b"time_s,x_film,y_film\n" + b"1" * 10_000_000, "gaze-damaged"),
    "a header of 10 million columns": (lambda: b"time_s,x_film,y_film" + b",a" * 10_000_000, "gaze-damaged"),
    "a header of 10,000 columns": (lambda: b"time_s,x_film,y_film" + b",a" * 9_900, "gaze-empty"),
    "a header that is almost one": (lambda: b"time_s,x_film" + b",a" * 40_000, "gaze-not-recognised"),
    "a row of 60,000 cells": (lambda: b"time_s,x_film,y_film\n" + b"1," * 60_000, "gaze-damaged"),
    "a quote that never ends": (
        lambda: b'time_s,x_film,y_film\n0,.1,"' + b"\n".join([b"1" * 1000] * 400),
        "gaze-damaged",
    ),
    "NUL": (lambda: b"time_s,x_film,y_film\n0,\0,1\n", "gaze-not-recognised"),
    "binary": (lambda: bytes(range(256)) * 1000, "gaze-not-recognised"),
    "an EDF file": (lambda: b"SR_RESEARCH_COMBINED_FILE" + b"\1" * 1000, "gaze-not-recognised"),
    "a zip bomb": (lambda: zipped(b"0" * 50_000_000), "gaze-not-recognised"),
    "a gzip bomb": (lambda: gzip.compress(b"0" * 50_000_000), "gaze-not-recognised"),
    "million trials": (
        lambda: b"time_s,x_film,y_film,trial\n" + b"\n".join(b"0,.5,.5,%d" % i for i in range(1000)),
        "gaze-too-long",
    ),
    "blocks without end": (
        lambda: (asc(("x", dwells(MIDDLE))) + "\nSTART 1 LEFT" * 600).encode(),
        "gaze-too-long",
    ),
    "numbers beyond all": (lambda: asc(("x", [(0, 1e308, 1), (1, 2, 3)])).replace("0.0\t", "1e999\t").encode(), "?"),
    "a clock of nonsense": (lambda: b"time_s,x_film,y_film\n1e308,.5,.5\n2e308,.5,.5\n", "gaze-damaged"),
    "letters of one byte": (lambda: "time_s,x_film,y_film,naïve\n".encode("latin-1"), "gaze-empty"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_it_is_one_refusal_with_words_that_quote_nothing(what: str, opened: Any) -> None:
    content, kind = HOSTILE[what]
    with pytest.raises(Problem) as caught:
        opened(content())
    problem = caught.value
    assert 400 <= problem.code < 500
    assert problem.title and problem.detail
    assert kind in {"?", problem.kind}
    assert len(problem.detail) < 400


def test_the_next_file_is_read_after_one_that_was_too_much(opened: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"".join(b"%d.5,.5,.5\n" % i for i in range(3_000_000))
    with pytest.raises(Problem) as caught:
        opened(b"time_ms,x_film,y_film\n" + rows)
    assert caught.value.kind == "gaze-too-long"
    assert len(opened(asc(("x", dwells(MIDDLE))).encode())["trials"]) == 1


@pytest.mark.parametrize("crash", ["memory", "hang", "signal", "babble", "liar"])
def test_a_child_that_dies_hangs_or_lies_is_one_refusal(
    crash: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = HelperProcess("tests.recordings.hostile_importer")
    monkeypatch.setattr(sandbox_client, "importer", hostile)
    path, work = tmp_path / "file", tmp_path / "work"
    path.write_text(crash)
    work.mkdir()
    try:
        for _ in range(2):
            with pytest.raises(Problem) as caught:
                sandbox_client.open_session(path, work)
            assert caught.value.kind in {"gaze-too-complex", "gaze-unreadable"}
    finally:
        hostile.stop()


def test_a_long_recording_stays_within_its_memory(opened: Any, tmp_path: Path) -> None:
    """Half a million samples of two eyes, as a long session at 1 kHz has them."""
    rows = "\n".join(f"{1000 + i}\t 960.1\t 540.2\t 800.0\t 961.1\t 541.2\t 810.0\t ....." for i in range(500_000))
    head = asc(("x", [])).replace("LEFT\tSAMPLES", "LEFT\tRIGHT\tSAMPLES").rsplit("\n", 2)[0]
    found = opened(f"{head}\n{rows}\nEND\t9\n".encode())
    assert found["trials"][0]["eyes"]["right"]["samples"] == 500_000
    assert (tmp_path / "work" / "gaze.bin").stat().st_size == 2 * 3 * 8 * 500_000
    answer = json.loads((tmp_path / "work" / "result.json").read_text())
    assert answer["ok"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "latin-1"])
def test_text_is_read_in_the_encoding_it_is_in(encoding: str) -> None:
    assert decode("time_µs, Ä".encode(encoding)) == "time_µs, Ä"


def test_the_helper_has_none_of_our_secrets_and_no_django(opened: Any) -> None:
    opened(asc(("x", dwells(MIDDLE))).encode())
    process = sandbox_client.importer._process
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ").read_text()
    assert not [word for word in ("SECRET", "REDIS", "DATABASE") if word in environment]
    import subprocess

    code = "import sys, gazeapp.recordings.importers.opening; print([m for m in sys.modules if m.startswith('django')])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "[]"
    assert resource.getrlimit(resource.RLIMIT_AS)[0] != LIMITS.address_space  # ours are as they were
