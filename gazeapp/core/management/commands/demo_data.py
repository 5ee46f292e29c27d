"""The demo's cases: a real film and five simulated ones, through the same door as everybody's."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from gazeapp.accounts.models import User
from gazeapp.cases.models import Case
from gazeapp.cases.services import take_in
from gazeapp.core import audit, demo
from gazeapp.core.models import AuditEvent

FILMS = Path(__file__).resolve().parents[2] / "demo_films"
WAIT_S = 120.0
REAL = (
    "Real film from the PyPI package pydicom-data (MIT licence), encoded as {encoding}. It comes without a report: "
    "this one was written for the demo from what the film shows, and no radiologist has checked it."
)
SIMULATED = "Simulated film and report (ml/simulator): drawn, not taken of anybody."


@dataclass(frozen=True)
class Item:
    """One demo case: its file, and what the demo says of it."""

    file: str
    owner: str
    title: str
    report: str
    encoding: str = ""  # of the real film; empty for simulated ones

    @property
    def path(self) -> Path | None:
        if not self.encoding:
            return FILMS / self.file
        store = importlib.util.find_spec("data_store")  # the module inside pydicom-data
        folder = store.submodule_search_locations if store else None
        path = Path(folder[0]) / "data" / self.file if folder else None
        return path if path and path.exists() else None


ITEMS = (
    Item(
        "RG1_UNCR.dcm",
        "resident",
        "Rounded opacities in both lungs",
        "Chest, frontal view. Several large rounded opacities in both lungs. On the right they lie in the mid"
        " zone, in the lower zone beside the heart, and at the base against the chest wall; the last has a "
        "dark centre, which suggests a cavity. On the left there is one lateral to the hilum and two more in "
        "the mid and lower zones. A thin tube crosses the left upper zone. The heart is not enlarged. No "
        "pleural effusion. Impression: multiple masses in both lungs.",
        "uncompressed",
    ),
    Item(
        "right-base.png",
        "faculty",
        "Simulated: consolidation at the right base",
        "Consolidation at the right lung base. The left lung is clear. No pleural effusion.",
    ),
    Item(
        "left-apex.png",
        "faculty",
        "Simulated: consolidation at the left apex",
        "Dense consolidation at the left apex. The right lung is clear. The heart is not enlarged.",
    ),
    Item(
        "left-nodule.png",
        "faculty",
        "Simulated: nodule in the left mid zone",
        "Small dense nodule in the left mid zone, near its outer border. No other opacity. No pleural effusion.",
    ),
    Item(
        "left-hilum.png",
        "faculty",
        "Simulated: left hilum and right effusion",
        "Patchy consolidation at the left hilum. Small effusion in the right costophrenic angle.",
    ),
    Item(
        "both-mid.png",
        "faculty",
        "Simulated: markings in both mid zones",
        "Increased interstitial markings in both mid zones. The apices and the bases are clear.",
    ),
)


class Command(BaseCommand):
    help = "Take in the demo's films as their owners would, once each (demo mode only)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-wait", action="store_true", help="Do not wait until the first film is ready.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's films belong to demo mode (MEDGAZE_DEMO=1).")
        people = {user.username: user for user in User.objects.filter(is_demo=True)}
        there = set(AuditEvent.objects.filter(verb="demo.case").values_list("target", flat=True))
        first: Case | None = None
        for item in ITEMS:
            if f"film:{item.file}" in there or item.owner not in people:
                continue
            if item.path is None:
                self.stderr.write(f"{item.file} is not here (package pydicom-data); leaving it out.")
                continue
            case = self.take(item, people[item.owner])
            first = first or case
        if first is not None and not options["no_wait"]:
            self.wait_for(first)
        audit.record("demo", demo.BEGUN, "demo")

    def take(self, item: Item, owner: User) -> Case:
        assert item.path is not None
        with transaction.atomic():
            case = take_in(
                owner=owner,
                path=item.path,
                report=item.report,
                title=item.title,
                note=REAL.format(encoding=item.encoding) if item.encoding else SIMULATED,
                published=True,
                simulated=not item.encoding,
            )
            audit.record("demo", "demo.case", f"film:{item.file}", case=str(case.pk))
        return case

    def wait_for(self, case: Case) -> None:
        """Until the first film is on the shelf, so that whoever follows the printed address finds something to open."""
        began = time.monotonic()
        while time.monotonic() - began < WAIT_S:
            case.refresh_from_db(fields=["state", "problem"])
            if case.state not in {Case.State.RECEIVING, Case.State.INGESTING}:
                if case.state != Case.State.READY:
                    self.stderr.write(f"{case.title}: {case.state} {case.problem or ''}")
                return
            time.sleep(0.2)
        self.stderr.write(f"{case.title}: not ready after {WAIT_S:.0f} s; see the worker's log.")
