"""Films and reports of an export that came without them: found in a folder, or by whoever knows where they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

Films = Path | Sequence[Path] | Callable[[str], Path | None]  # film_sha256: the film's file, None where there is none
Reports = Path | Callable[[str], str | None]  # case: its report's text, None where there is none
ENDINGS = (".png", ".dcm", ".jpg", ".jpeg", ".u16.gz")  # the last: as this app keeps films


def film_finder(films: Films | None) -> Callable[[str], Path | None]:
    """Who finds a film's file by its hash. In folders it is called ``<film_sha256>.<ending>`` and lies directly in the
    folder, or in one that is called by the hash's first two digits."""
    if callable(films):
        return films
    folders = [films] if isinstance(films, Path) else list(films or ())

    def find(sha256: str) -> Path | None:
        for folder in folders:
            for place in (folder, folder / sha256[:2]):
                for ending in ENDINGS:
                    if (path := place / f"{sha256}{ending}").is_file():
                        return path
        return None

    return find


def report_finder(reports: Reports | None) -> Callable[[str], str | None]:
    """Who finds a case's report. In a folder it is called ``<case>.txt``, UTF-8."""
    if callable(reports):
        return reports

    def find(case: str) -> str | None:
        path = None if reports is None else reports / f"{case}.txt"
        return path.read_text(encoding="utf-8") if path is not None and path.is_file() else None

    return find
