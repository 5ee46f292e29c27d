"""The demo's release and its training: asked for by the demo's researcher, approved and trained from by its admin,
through the same services as anybody's. Of simulated readings, and labelled so. It comes last, and one thing at a time:
whatever a person asks for meanwhile goes first.
"""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from gazeapp.accounts.models import Role, User
from gazeapp.core import audit, demo
from gazeapp.core.models import AuditEvent, Job
from gazeapp.exports import selectors as exports
from gazeapp.exports import services as releases
from gazeapp.exports.models import DataRequest, Release
from gazeapp.training import services as training
from gazeapp.training.estimate import hindrance, in_words
from gazeapp.training.models import TrainingRun

RELEASE, RUN = "Simulated readings of the first films", "First training"
WHY = "To show what a release looks like: every film and every reader in it is simulated."
STEPS = 40  # enough to see a curve; no demo needs a better model
WAIT_S = 1800.0


class Command(BaseCommand):
    help = "Make the demo's release of simulated readings and a short training from it (demo mode only)."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("The demo's release and training belong to demo mode (MEDGAZE_DEMO=1).")
        researcher = User.objects.filter(is_demo=True, username=Role.RESEARCHER.value).first()
        admin = User.objects.filter(is_demo=True, username=Role.ADMIN.value).first()
        if researcher is None or admin is None:
            return
        release = self.release(researcher, admin)
        if release is not None:
            self.training(release, admin)

    def release(self, researcher: User, admin: User) -> Release | None:
        """The one that was made before, else a new one; None where there is nothing to release."""
        asked = DataRequest.objects.filter(pk__in=made(demo.RELEASE)).first()
        if asked is None:
            query = {"simulated": "only", "sources": ["simulated"], "predictions": True, "ratings": True}
            if not exports.readings(query).exists():
                return None
            with transaction.atomic():
                asked = releases.request_release(by=researcher, name=RELEASE, why=WHY, query=query)
                audit.record("demo", demo.RELEASE, f"request:{asked.pk}")
        if asked.state == DataRequest.State.OPEN:
            releases.approve(request=asked, by=admin)
        release = Release.objects.select_related("job").filter(request=asked).first()
        if release is None or release.job is None:  # an admin has decided otherwise
            return None
        return release if self.over(release.job) == Job.State.DONE else None

    def training(self, release: Release, admin: User) -> None:
        """A run that goes on in the train worker if this command is stopped."""
        if TrainingRun.objects.filter(pk__in=made(demo.RUN)).exists():
            return
        data = {"kind": TrainingRun.Kind.RELEASE, "release": str(release.pk), "sources": None}
        training.serving()  # outside of the transaction: it may copy a model
        if problem := hindrance(data):  # of a demo with fewer cases, for instance
            self.stdout.write(f"The demo has no training. {in_words(problem)}")
            return
        with transaction.atomic():
            run = training.create_run(by=admin, name=RUN, data=data, steps=STEPS, later=True)
            audit.record("demo", demo.RUN, run.subject)

    def over(self, job: Job) -> str:
        """The state in which the job ends."""
        began = time.monotonic()
        while time.monotonic() - began < WAIT_S:
            job.refresh_from_db(fields=["state"])
            if job.state not in Job.ACTIVE:
                return job.state
            time.sleep(0.5)
        raise CommandError(f"The demo's release was not ready after {WAIT_S:.0f} s; see the worker's log.")


def made(verb: str) -> list[str]:
    """Ids of what the demo made under this verb of the audit."""
    targets = AuditEvent.objects.filter(verb=verb).values_list("target", flat=True)
    return [target.partition(":")[2] for target in targets]
