"""No GPL in the core: reads what the installed packages of requirements.lock say of themselves."""

from __future__ import annotations

import re
from importlib.metadata import metadata
from pathlib import Path

LOCK = Path(__file__).parent.parent / "requirements.lock"
# LGPL and MPL allow use as a library; the GPL and AGPL do not.
STRONG = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public)", re.IGNORECASE)
# Packages that name several licences of which a permissive one may be chosen.
CHOICE: dict[str, str] = {}


def licence_of(package: str) -> str:
    """Licence expression, licence field's first line, and classifiers, joined."""
    data = metadata(package)
    text = [data.get("License-Expression") or "", (data.get("License") or "").split("\n")[0]]
    return " | ".join(filter(None, [*text, *(c for c in data.get_all("Classifier") or [] if c.startswith("License"))]))


def test_no_package_of_the_core_is_under_the_gpl() -> None:
    packages = [line.split("==")[0] for line in LOCK.read_text().splitlines() if "==" in line and line[0] != "#"]
    assert len(packages) > 50
    strong = {p: licence_of(p) for p in ["torch", *packages] if STRONG.search(licence_of(p)) and p not in CHOICE}
    assert strong == {}


def test_the_check_would_notice_the_gpl() -> None:
    assert STRONG.search("GPL-3.0-or-later")
    assert STRONG.search("License :: OSI Approved :: GNU General Public License v3 (GPLv3)")
    assert not STRONG.search("LGPL-3.0-only")
    assert not STRONG.search("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)")
