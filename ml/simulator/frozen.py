"""The bench, frozen: which simulator code and which seeds a published figure was measured with.

``frozen.json`` holds every version of the bench: digests of the files that decide what a case is, the seeds of the test
and of the baselines' training cases, and a digest of what the code makes (``sample_sha256``: another NumPy may draw
other numbers from the same seeds). Changing one of the files makes :func:`changed` tell, and a test fail, until

    python -m ml.simulator.frozen "why the simulator changed"

adds the next version: figures of one version do not compare with those of another. Where names, comments or imports
changed and nothing that the code makes, ``python -m ml.simulator.frozen --renamed`` takes the files' new digests into
the version that is there, after a look at what they make.
"""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ml.simulator import projection
from ml.simulator.cases import Case, simulate_case
from ml.simulator.pool import make_pool

HERE = Path(__file__).parent
RECORD = HERE / "frozen.json"
FILES = (
    "anatomy", "cases", "drawing", "exposure", "findings", "framing", "pool", "projection", "readers", "regions",
    "reports", "vocabulary", "warp",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Seeds:
    """Seeds of worlds and cases. Training never uses either."""

    test_worlds: int
    test_seed: int
    train_worlds: int
    train_seed: int

    @classmethod
    def trial(cls, number: int) -> Seeds:
        """Seeds to tune the simulator on, far from those of any version."""
        return cls(120, 5_000_000 + number, 60, 6_000_000 + number)


def version() -> str:
    """What every result of the bench carries: the version's number and the digest of its files when it was frozen."""
    last = _versions()[-1]
    ct = "" if projection.ct_folder() else ", without the chest CT"
    return f"{last['version']} ({last['digest']}{ct})"


def seeds() -> Seeds:
    return Seeds(**_versions()[-1]["seeds"])


def changed() -> list[str]:
    """Files that differ from those of the last version, by name; empty where the bench is the frozen one."""
    then, now = _versions()[-1]["files"], digests()
    return sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))


def digests() -> dict[str, str]:
    """sha256 of each file that decides what a case is."""
    return {f"{name}.py": hashlib.sha256((HERE / f"{name}.py").read_bytes()).hexdigest() for name in FILES}


def sample_sha256(seed: int | None = None) -> str:
    """Digest of twenty cases' words and lengths, on worlds that need no CT. Places are left out: they may differ in the
    last digit from machine to machine."""
    return _over([[case.report.text, [len(path) for path in case.readings]] for case in _sample(seed)])


def places_sha256(seed: int | None = None) -> str:
    """Digest of the same cases' fixations, boxes and greys, rounded: for comparing two states of the code on one
    machine."""
    return _over(
        [
            [
                [np.round(path, 4).tolist() for path in case.readings],
                {name: np.round(box, 4).tolist() for name, box in case.boxes.items()},
                np.round(case.film.mean(axis=0), 1).tolist(),
            ]
            for case in _sample(seed)
        ]
    )


def _sample(seed: int | None) -> list[Case]:
    seed = seeds().test_seed if seed is None else seed
    pool = make_pool(2, seed, projected=False)
    return [simulate_case(pool[i % len(pool)], (seed, i), long_side=64) for i in range(20)]


def raise_version(why: str) -> int:
    """Freeze the files as they are now under the next number, with seeds that nothing was tuned on. Refused where
    nothing changed."""
    versions = _versions()
    if not changed():
        raise ValueError("the simulator is the frozen one; there is nothing to raise")
    number = versions[-1]["version"] + 1
    last = seeds()
    fresh = replace(last, test_seed=last.test_seed + 1, train_seed=last.train_seed + 1)
    made = {"sample_sha256": sample_sha256(fresh.test_seed), "places_sha256": places_sha256(fresh.test_seed)}
    files = digests()
    about = {"version": number, "digest": _over(files)[:12], "why": why, "seeds": asdict(fresh)}
    versions.append({**about, "files": files, **made})
    _write(versions)
    return int(number)


def renamed() -> int:
    """Take the files' digests as they are now into the last version. Refused where what they make is another."""
    *former, last = _versions()
    if (sample_sha256(), places_sha256()) != (last["sample_sha256"], last["places_sha256"]):
        raise ValueError("the simulator makes other cases than the frozen one: raise its version and say why")
    _write([*former, last | {"files": digests()}])
    return int(last["version"])


def _write(versions: list[dict[str, Any]]) -> None:
    RECORD.write_text(json.dumps({"versions": versions}, indent=1) + "\n", encoding="utf-8")


def _versions() -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = json.loads(RECORD.read_text(encoding="utf-8"))["versions"]
    return versions


def _over(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"bench {version()}; changed since: {', '.join(changed()) or 'nothing'}")
    print(f"bench version {renamed() if sys.argv[1] == '--renamed' else raise_version(sys.argv[1])}")
