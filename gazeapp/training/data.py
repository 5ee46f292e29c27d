"""What a run may learn from: the readings whose readers agree to training now, all of them or those of a release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, QuerySet

from gazeapp.accounts.consents import Purpose
from gazeapp.core.models import Job
from gazeapp.core.problems import Problem
from gazeapp.exports import selectors as exports
from gazeapp.exports.models import Release
from gazeapp.exports.query import Query
from gazeapp.recordings.models import Recording, Source
from gazeapp.training.models import RunReading, TrainingRun
from ml.data.plurals import plural

Data = Mapping[str, Any]  # {kind, release, sources}, as `TrainingRun.data` has it
NONE = dict.fromkeys(("readings", "readers", "cases", "people", "simulated_readings"), 0)
FEWEST_FILMS = 5  # of these ml learns from four, its fewest, and compares on the fifth (ml.training.finedata)
HAS_LEARNT = (*Job.ACTIVE, Job.State.DONE)


def release_of(data: Data) -> Release | None:
    """The release that it names; None where it is of all consented readings.

    Raises:
        Problem: release-gone; release-not-ready.
    """
    if data["kind"] != TrainingRun.Kind.RELEASE:
        return None
    release = Release.objects.filter(pk=data["release"]).first()
    if release is None:
        raise Problem("release-gone", "There is no such release.", "Choose another one.", code=422)
    if release.state != Release.State.READY:
        raise Problem("release-not-ready", "This release is not made yet.", "Its page says how far it is.", code=409)
    return release


def query_of(data: Data) -> dict[str, Any]:
    """The question that finds its readings where it is of no release."""
    return Query.read({"sources": data.get("sources")}).to_dict()


def sources_of(data: Data) -> list[str]:
    """By which kinds of gaze: a release's own, else those that were asked for."""
    release = release_of(data)
    return list(Query.read(release.query if release else query_of(data)).sources)


def readings(data: Data) -> QuerySet[Recording]:
    """Consent is asked here, and each time. Raises Problem as `release_of` does."""
    release = release_of(data)
    if release is not None:
        return exports.readings_of(release, Purpose.TRAINING)
    return exports.readings(query_of(data), Purpose.TRAINING)


def counted(found: QuerySet[Recording]) -> dict[str, int]:
    """How much that is; ``people`` are the readers who are not simulated."""
    simulated = Q(source=Source.SIMULATED) | Q(reader__simulated=True)
    return found.order_by().aggregate(
        readings=Count("pk"),
        readers=Count("reader", distinct=True),
        cases=Count("case", distinct=True),
        people=Count("reader", distinct=True, filter=~simulated),
        simulated_readings=Count("pk", filter=simulated),
    )


def new_readings(data: Data) -> int:
    """How many of them no run has learnt from that is over or under way."""
    learnt = RunReading.objects.filter(run__job__state__in=HAS_LEARNT, recording__isnull=False)
    return readings(data).exclude(pk__in=learnt.values("recording")).count()


def lacking(found: QuerySet[Recording]) -> Problem | None:
    """Why these readings are too few to learn from; None where they are enough."""
    films = found.order_by().values("film_sha256").distinct().count()
    if films == 0:
        return nothing()
    if films < FEWEST_FILMS:
        return Problem(
            "training-too-little-data",
            "There is too little to learn from.",
            f"The readings that fit are of {plural(films, 'film')}, and a training needs {FEWEST_FILMS}: it learns "
            "from most of them and is compared on the others. Choose other data, or wait for readings and consents.",
            code=409,
        )
    return None


def nothing() -> Problem:
    return Problem(
        "training-no-data",
        "There is nothing to learn from.",
        "No reading fits whose reader agrees to training now. Choose other data, or wait for readings and consents.",
        code=409,
    )
