"""Hands a foreign file to the sandbox and takes back a film or a refusal, and nothing else.

The sandbox's answer is foreign too: every field is checked before it is believed.
"""

from __future__ import annotations

import logging
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from gazeapp.cases import refusals
from gazeapp.cases.sandbox import limits
from gazeapp.core.problems import Problem
from gazeapp.core.sandbox.client import NotOpened, open_file
from gazeapp.core.sandbox.helper import HelperProcess
from gazeapp.core.sandbox.refusal import TOO_COMPLEX

log = logging.getLogger(__name__)

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SAFE = re.compile(r"[A-Za-z0-9 .,:;_/()&\[\]=-]{1,80}")

sandbox = HelperProcess("gazeapp.cases.sandbox")


@dataclass(frozen=True)
class Examined:
    """A film as the sandbox left it in its work folder."""

    rows: int
    columns: int
    bits: int
    window: tuple[float, float]
    windows: list[dict[str, Any]]
    spacing: tuple[float, float] | None
    modality: str
    view: str
    source: dict[str, Any]
    words: str  # sha256 of what the file stores, whatever its header makes of it
    kept: dict[str, Any]
    removed: int
    identifiers: list[tuple[str, str]]
    hold: str | None
    pixels: Path  # little-endian uint16
    thumbnail: Path  # PNG
    looks: list[tuple[Path, int, int]]  # grey bytes, height, width: for the text detector
    seconds: float
    peak_kb: int


def examine(path: Path, work: Path) -> Examined:
    """Runs the sandbox on one file. Raises Problem for whatever is wrong with it, OSError for a full disk or
    a machine too busy to look: neither is the film's fault, so the job comes back."""
    try:
        opened = open_file(sandbox, path, work, limits.FILM)
    except NotOpened as fault:
        raise refused("film-too-complex" if fault.kind == TOO_COMPLEX else fault.kind, fault.data) from None
    try:
        return _film(opened.answer, work, opened.seconds, opened.peak_kb)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        log.warning("the sandbox's answer is not believed (%s)", type(fault).__name__)
        raise refusals.problem("film-unreadable") from None


def refused(kind: str, data: dict[str, Any]) -> Problem:
    safe = {name: value for name, value in data.items() if isinstance(value, int) or _SAFE.fullmatch(str(value))}
    if kind == "film-too-large":
        safe["limit_mb"] = settings.UPLOAD_MAX_BYTES // 1024**2
    return refusals.problem(kind if kind not in refusals.HOLDS else "film-unreadable", **safe)


def _film(answer: dict[str, Any], work: Path, seconds: float, peak_kb: int) -> Examined:
    rows, columns = int(answer["rows"]), int(answer["columns"])
    if not (0 < rows <= 65535 and 0 < columns <= 65535 and rows * columns <= limits.BOUNDS.most_pixels):
        raise ValueError("size")
    pixels = work / "pixels.bin"
    if pixels.stat().st_size != rows * columns * 2:
        raise ValueError("pixels")
    looks = []
    for number, (height, width) in enumerate(answer["looks"][:2]):
        look = work / f"look-{number}.bin"
        if look.stat().st_size != int(height) * int(width):
            raise ValueError("look")
        looks.append((look, int(height), int(width)))
    hold = answer["hold"]
    if hold is not None and hold not in refusals.HOLDS:
        raise ValueError("hold")
    view, modality = str(answer["view"]), str(answer["modality"])
    if view not in {"", "PA", "AP"} or modality not in {"CR", "DX", "XR"}:
        raise ValueError("view")
    words = str(answer["words"])
    if not _SHA256.fullmatch(words):
        raise ValueError("words")
    spacing = answer["spacing"]
    return Examined(
        rows=rows,
        columns=columns,
        bits=min(16, max(1, int(answer["bits"]))),
        window=(_number(answer["window"][0]), _number(answer["window"][1])),
        windows=[
            {"name": str(w["name"])[:20], "center": _number(w["center"]), "width": _number(w["width"])}
            for w in answer["windows"][:5]
        ],
        spacing=(_number(spacing[0]), _number(spacing[1])) if spacing else None,
        modality=modality,
        view=view,
        source=_plain(answer["source"]),
        words=words,
        kept=_plain(answer["kept"]),
        removed=int(answer["removed"]),
        identifiers=[(str(kind), str(text)) for kind, text in answer["identifiers"]],
        hold=hold,
        pixels=pixels,
        thumbnail=work / "thumbnail.png",
        looks=looks,
        seconds=seconds,
        peak_kb=peak_kb,
    )


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("number")
    return number


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Codes and numbers only."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        parts = value if isinstance(value, list) else [value]
        if not all(isinstance(part, (bool, int, float)) or _SAFE.fullmatch(str(part)) for part in parts):
            raise ValueError("text")
        plain[str(name)[:60]] = value
    return plain
