"""Run by test_migration in a process with a database of its own: rows as they were before a verdict named the pixels,
then the migrations, then what became of them (JSON on stdout)."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path
from typing import Any

import django
import numpy as np

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.db.migrations.executor import MigrationExecutor  # noqa: E402
from django.utils import timezone  # noqa: E402

WAITS = {"type": "/problems/film-words", "title": "Words.", "status": 409, "detail": ""}
OLD = {
    "rows": 2,
    "columns": 3,
    "bits": 12,
    "window_center": 7.5,
    "window_width": 15,
    "windows": [{"name": "W", "center": 1, "width": 2}],
    "row_spacing_mm": 0.2,
    "column_spacing_mm": 0.2,
    "modality": "CR",
    "view": "PA",
    "source": {"format": "DICOM"},
    "header": {"KVP": 120.0},
    "deidentified": {"elements_kept": 1},
}
PICTURE = np.random.default_rng(1).integers(0, 4096, (90, 100)).astype("<u2")


class Before:
    """The database as migration 0001 left it."""

    def __init__(self) -> None:
        call_command("migrate", "cases", "0001", verbosity=0)
        call_command("migrate", "core", "0001", verbosity=0)
        state = MigrationExecutor(connection).loader.project_state(
            [("cases", "0001_initial"), ("core", "0001_initial")]
        )
        self.model = state.apps.get_model
        self.owner = self.model("accounts", "User").objects.create(username="resident", password="!")
        self.films: dict[str, str] = {}

    def film(self, name: str, *, hidden: bool = False, stored: bool = True, **size: int) -> str:
        sha256 = hashlib.sha256(name.encode()).hexdigest()
        self.films[name] = sha256
        if stored:
            self.model("cases", "Film").objects.create(sha256=sha256, hidden=hidden, **{**OLD, **size})
        return sha256

    def case(self, name: str, *, state: str = "ready", held: bool = False) -> None:
        self.model("cases", "Case").objects.create(
            owner=self.owner,
            title=name,
            state=state,
            held=held,
            film_id=self.films[name],
            report="Clear.",
            problem=WAITS if held else None,
        )

    def said(self, verb: str, name: str, actor: str = "") -> None:
        self.model("core", "AuditEvent").objects.create(
            at=timezone.now(),
            actor=actor or f"user:{self.owner.pk}",
            verb=verb,
            target="case:1",
            detail={"film": self.films[name]},
            hash=hashlib.sha256(f"{verb}{name}".encode()).hexdigest(),
        )


def store(sha256: str, pixels: bytes) -> None:
    path = Path(settings.MEDIA_ROOT) / "films" / sha256[:2] / f"{sha256}.u16.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(pixels))


def old_rows() -> dict[str, str]:
    before = Before()
    path = Path(settings.MEDIA_ROOT) / "films" / before.film("plain")[:2] / f"{before.films['plain']}.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a small picture")
    before.case("plain")
    before.case("plain")
    before.film("waits")
    before.case("waits", state="quarantined", held=True)
    before.case("waits")  # the second uploader's copy, which nobody had to look at
    before.film("waits, stored", rows=90, columns=100)
    before.case("waits, stored", state="quarantined", held=True)
    store(before.films["waits, stored"], PICTURE.tobytes())
    before.film("waits, damaged")
    before.case("waits, damaged", state="quarantined", held=True)
    store(before.films["waits, damaged"], PICTURE.tobytes())  # not of the size that its row says
    before.film("hidden", hidden=True)
    before.case("hidden", state="confirming", held=True)
    before.film("released")
    before.case("released")
    before.said("film.release", "released")
    before.film("hidden, deleted")
    before.case("hidden, deleted")  # sent again after its hidden row was gone
    before.said("film.hide", "hidden, deleted", actor="user:999")
    before.film("rejected", stored=False)
    before.said("film.reject", "rejected")
    before.film("rejected, sent again")
    before.case("rejected, sent again")
    before.said("film.reject", "rejected, sent again")
    return before.films


def after(films: dict[str, str]) -> dict[str, Any]:
    call_command("migrate", verbosity=0)
    from gazeapp.cases import likeness, storage
    from gazeapp.cases.models import Case, Film, FilmVerdict

    names = {sha256: name for name, sha256 in films.items()}
    cases: dict[str, list[Any]] = {}
    for case in Case.objects.select_related("received").order_by("created_at"):
        cases.setdefault(case.title, []).append([case.state, case.held, (case.problem or {}).get("type")])
    said = {names[v.sha256]: [v.verdict, v.kind, v.by_id is not None] for v in FilmVerdict.objects.all()}
    plain = Case.objects.filter(title="plain").first()
    assert plain is not None
    received = {name: getattr(plain.received, name) for name in OLD if name not in {"rows", "columns"}}
    thumbnail = storage.thumbnail_path(films["plain"], plain.received.thumbnail)
    return {
        "cases": cases,
        "looks": [
            names[v.sha256] for v in FilmVerdict.objects.all() if bytes(v.signature) == likeness.signature(PICTURE)
        ],
        "film looks": [
            names[f.sha256] for f in Film.objects.all() if bytes(f.signature) == likeness.signature(PICTURE)
        ],
        "no look": [names[v.sha256] for v in FilmVerdict.objects.filter(signature=b"")],
        "said": said,
        "received": received,
        "thumbnail": thumbnail.read_text(),
        "lost": Case.objects.filter(title="waits").values_list("received__thumbnail", flat=True)[0],
    }


if __name__ == "__main__":
    print(json.dumps(after(old_rows())))
