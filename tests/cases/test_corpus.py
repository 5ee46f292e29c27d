"""Every DICOM file that the packages carry, through the real ingest function: the verdicts are frozen in verdicts.json.

After a deliberate change, `WRITE_VERDICTS=1` makes this test write the file anew; read the difference then.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pydicom
import pytest

from gazeapp.cases import quarantine, services
from gazeapp.cases.models import Case, Film
from gazeapp.core.models import Job
from tests.cases.films import PACKAGED, REPORT

VERDICTS = Path(__file__).with_name("verdicts.json")
ROOTS = {"pydicom": Path(pydicom.__file__).parent / "data", "pydicom-data": PACKAGED}
FOLDERS = ("test_files", "charset_files", "palettes")


def packaged_files() -> Iterator[tuple[str, Path]]:
    for name, root in ROOTS.items():
        for folder in [root / part for part in FOLDERS] if name == "pydicom" else [root]:
            for path in sorted(folder.rglob("*")):
                if path.is_file() and path.suffix not in {".py", ".pyc"}:
                    yield f"{name}/{path.relative_to(root)}", path


def verdict(case: Case) -> str:
    kind = (case.problem or {}).get("type", "").removeprefix("/problems/")
    return f"{case.state} {kind}".strip()


@pytest.mark.django_db
def test_every_packaged_file_gets_its_verdict_and_leaves_nothing(cast: SimpleNamespace, no_words: None) -> None:
    expected = json.loads(VERDICTS.read_text()) if VERDICTS.exists() else {}
    files = dict(packaged_files())
    assert len(files) >= 270
    found, slow = {}, []
    for name, path in files.items():
        started = time.process_time()
        case = services.take_in(owner=cast.resident, path=path, report=REPORT, now=True)
        found[name] = verdict(case)
        if time.process_time() - started > 5:
            slow.append(name)
        assert case.state in {"ready", "quarantined", "refused"}
    if os.environ.get("WRITE_VERDICTS"):
        VERDICTS.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")
        expected = found
    assert set(files) == set(expected)
    assert {name: kind for name, kind in found.items() if kind != expected[name]} == {}
    assert slow == []
    assert set(Job.objects.filter(kind="ingest").values_list("state", flat=True)) == {"done"}
    assert [path for path in quarantine.root().rglob("*") if path.is_file()] == []
    assert Film.objects.count() == len({c.film_id for c in Case.objects.filter(film__isnull=False)})
