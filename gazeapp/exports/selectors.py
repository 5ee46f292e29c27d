"""Reading research data: which readings a question finds, releases, requests, and whom a withdrawal concerns.

Consent is asked here, each time, through `recordings.selectors.consented`: nothing in this app reaches a recording in
another way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, F, Func, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum
from django.http import Http404

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.models import Consent
from gazeapp.cases.models import Case, CaseSet, FilmVerdict, SetCase
from gazeapp.cases.selectors import films_rated, keys_closed_to
from gazeapp.core import registry
from gazeapp.core.problems import Problem
from gazeapp.core.selectors import job_summary, uuid_of
from gazeapp.exports import derived
from gazeapp.exports.models import DataRequest, DataUse, Download, Release, ReleaseReading
from gazeapp.exports.query import Query
from gazeapp.exports.terms import TERMS
from gazeapp.recordings.models import FixationSet, Reader, Recording, Source
from gazeapp.recordings.selectors import consented
from ml.data.plurals import plural

RELEASED_TO = ("researcher", "admin")
FEW = 5  # people; fewer may be recognised by what they did
Asked = Query | Mapping[str, Any] | None


# --- which readings ---------------------------------------------------------------------------------------------------


class Length(Func):
    """How many there are in a list of a JSON column."""

    function = "JSON_ARRAY_LENGTH"
    output_field = IntegerField()

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, function="JSONB_ARRAY_LENGTH", **more)


def readings(query: Asked, purpose: str = Purpose.RESEARCH) -> QuerySet[Recording]:
    """The complete readings that a question finds and whose readers agree to the purpose today: of cases that are
    published, ready and not held, on the film that the case has now, with at least one fixation."""
    asked = Query.read(query)
    shown = {"case__published": True, "case__held": False, "case__state": Case.State.READY}
    found = consented(purpose).filter(source__in=asked.sources, case__film=F("film_sha256"), **shown)
    found = found.filter(Exists(counting().filter(recording=OuterRef("pk"))))
    made_up = Q(source=Source.SIMULATED) | Q(reader__simulated=True) | Q(case__simulated=True)
    if asked.simulated == "only":
        found = found.filter(made_up)
    elif asked.simulated == "without":
        found = found.exclude(made_up)
    if asked.set:
        found = found.filter(case__in=SetCase.objects.filter(case_set=asked.set, agreed=True).values("case"))
    return found


def readings_of(release: Release, purpose: str) -> QuerySet[Recording]:
    """Those readings of a release that are still here, and whose readers agree to the purpose today."""
    held = ReleaseReading.objects.filter(release=release, recording__isnull=False).values("recording")
    return readings({**release.query, "films": False}, purpose).filter(pk__in=held)


def counting() -> QuerySet[FixationSet]:
    """The fixation sets that count, with how many fixations each has (`length`), where it has any."""
    return FixationSet.objects.filter(counts=True).exclude(fixations=[]).annotate(length=Length("fixations"))


def counts(query: Asked, purpose: str = Purpose.RESEARCH) -> dict[str, Any]:
    """How much a question finds today, and a sentence that says it."""
    asked = Query.read(query)
    return without_fixations(counted(readings(asked, purpose), asked))


def without_fixations(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Counts that anybody may ask for anything: whoever rates readings blind could know one by its length."""
    told = {name: n for name, n in numbers.items() if name != "fixations"}
    return {**told, "sentence": sentence(told)}


def counted(found: QuerySet[Recording], asked: Query, until: datetime | None = None) -> dict[str, Any]:
    """How much there is of these readings, with what the question wants beside them as it was ``until`` then (None:
    now)."""
    found = found.order_by()
    made_up = Q(reader__simulated=True) | Q(source=Source.SIMULATED)
    total = found.aggregate(
        cases=Count("case", distinct=True),
        readings=Count("pk"),
        readers=Count("reader", distinct=True),
        people=Count("reader", distinct=True, filter=~made_up),
        simulated_readings=Count("pk", filter=made_up),
    )
    length = counting().filter(recording__in=found.values("pk")).aggregate(n=Sum("length"))["n"]
    by_source = dict(found.values_list("source").annotate(n=Count("pk")).order_by("source"))
    cases = Case.objects.filter(pk__in=found.values("case"))
    numbers: dict[str, Any] = {
        **total,
        "fixations": length or 0,
        "by_source": by_source,
        "predictions": derived.predictions_of(cases, until).count() if asked.predictions else 0,
        "ratings": len(derived.rated(found, _bases(found, cases, asked, until), until)) if asked.ratings else 0,
        "few": 0 < total["people"] < FEW,
    }
    return {**numbers, "sentence": sentence(numbers)}


def _bases(found: QuerySet[Recording], cases: QuerySet[Case], asked: Query, until: datetime | None) -> set[UUID]:
    """The fixation sets and predictions whose ratings come along."""
    bases = set(counting().filter(recording__in=found.values("pk")).values_list("pk", flat=True))
    if asked.predictions:
        bases |= set(derived.predictions_of(cases, until).values_list("pk", flat=True))
    return bases


def sentence(numbers: Mapping[str, Any]) -> str:
    """The counts in words."""
    if not numbers["readings"]:
        return "Nothing yet: no reading fits, or nobody whose reading fits agrees to it."
    people, others = numbers["people"], numbers["readers"] - numbers["people"]
    by = [plural(people, "person", "people")] if people else []
    by += [plural(others, "simulated reader")] if others else []
    words = f"{plural(numbers['cases'], 'case')}, {plural(numbers['readings'], 'reading')} by {' and '.join(by)}"
    words += f", {plural(numbers['fixations'], 'fixation')}." if "fixations" in numbers else "."
    if numbers["few"]:
        words += f" Fewer than {FEW} people read these: whose a reading is may be guessed."
    return words


def sets_to_ask_for() -> list[dict[str, Any]]:
    """The practice sets that hold published cases: id, name, how many."""
    shown = Q(places__agreed=True, places__case__published=True, places__case__state=Case.State.READY)
    found = CaseSet.objects.annotate(n=Count("places", filter=shown)).filter(n__gt=0).order_by("name", "pk")
    return [{"id": str(row.pk), "name": row.name, "cases": row.n} for row in found]


# --- requests ---------------------------------------------------------------------------------------------------------


def requests_for(user: Any) -> QuerySet[DataRequest]:
    """One's own requests; for admins all. Newest first."""
    if not _may_ask(user):
        raise PermissionDenied
    found = DataRequest.objects.select_related("by", "decided_by", "films_by", "closed_by", "release__job")
    return found if user.has_role("admin") else found.filter(by_id=user.pk)


def request_for(user: Any, request_id: Any) -> DataRequest:
    """A request that this person may see; everybody else's does not exist."""
    found = requests_for(user).filter(pk=uuid_of(request_id)).first()
    if found is None:
        raise Http404
    return found


def own_request(user: Any, request_id: Any) -> DataRequest:
    """A request that this person made."""
    found = request_for(user, request_id)
    if found.by_id != user.pk:
        raise PermissionDenied
    return found


def undecided() -> QuerySet[DataRequest]:
    """Requests that wait for an admin: for the first decision, or for that on films and reports."""
    State, Films = DataRequest.State, DataRequest.Films
    films = Q(state=State.APPROVED, films_state=Films.OPEN)
    return DataRequest.objects.filter(Q(state=State.OPEN) | films)


def requests_waiting(user: Any) -> int:
    """How many requests wait for an admin."""
    return undecided().count() if user.has_role("admin") else 0


# --- releases ---------------------------------------------------------------------------------------------------------


def _may_ask(user: Any) -> bool:
    return bool(user.is_authenticated and user.has_role(*RELEASED_TO))


def releases_for(user: Any) -> QuerySet[Release]:
    """All releases, for researchers and admins; without the lists of their files."""
    if not _may_ask(user):
        raise PermissionDenied
    return Release.objects.select_related("job").defer("files")


def release_for(user: Any, release_id: Any) -> Release:
    """One release by its id, or the newest ready one by the word "latest"."""
    found = releases_for(user).defer(None)
    if release_id == "latest":
        release = found.filter(state=Release.State.READY).order_by("-number").first()
    else:
        release = found.filter(pk=uuid_of(release_id)).first()
    if release is None:
        raise Http404
    return release


def closed_words(user: Any, release: Release) -> str | None:
    """Why this person may not have the release now, in words; None when they may."""
    films = ReleaseReading.objects.filter(release=release)
    closed = Case.objects.filter(keys_closed_to(user), film__in=films.values("film_sha256"))
    if closed.exists():
        return (
            "It holds films of practice sets that wait for your own reading. It opens to you when you have read them "
            "all, or when the sets are closed."
        )
    against = FilmVerdict.objects.filter(verdict__in=FilmVerdict.AGAINST, sha256__in=films.values("film_sha256"))
    if release.films and against.exists():
        return "It holds a film that may show an identity. It opens when faculty or an admin has looked at that film."
    if release.pk in of_films_rated(user):
        return "It holds films whose readings you rate in a study. It opens to you when the study closes."
    return None


def of_films_rated(user: Any) -> set[UUID]:
    """The releases that hold readings of films that somebody rates blind."""
    rated = films_rated(user)
    held = ReleaseReading.objects.filter(film_sha256__in=rated)
    return set(held.values_list("release", flat=True)) if rated else set()


def open_release_for(user: Any, release_id: Any) -> Release:
    """A release whose files this person may have, once they agreed to the terms.

    Raises:
        Http404; Problem: release-closed, release-not-ready.
    """
    release = release_for(user, release_id)
    if words := closed_words(user, release):
        raise Problem("release-closed", "This release is closed to you at present.", words, code=403)
    if release.state != Release.State.READY:
        raise Problem("release-not-ready", "This release is not made yet.", "Its page says how far it is.", code=409)
    return release


def accepted_at(user: Any, release: Release) -> Any:
    """When this person agreed to the terms of today for the release; None before."""
    agreed = DataUse.objects.filter(release=release, person_id=user.pk, version=TERMS.version)
    return agreed.values_list("at", flat=True).first()


def release_to_download(user: Any, release_id: Any) -> Release:
    """A release whose files this person may have now. Raises as `open_release_for` does, and Problem
    (terms-not-accepted)."""
    release = open_release_for(user, release_id)
    if accepted_at(user, release) is None:
        raise Problem(
            "terms-not-accepted",
            "Accept the terms first.",
            f"Read them on the release's page, or send their version ({TERMS.version}) to its address ending terms/.",
            code=403,
        )
    return release


def downloaded_films(user: Any) -> QuerySet[ReleaseReading, tuple[str, UUID]]:
    """sha256 of the films in the releases that this person was sent files of, each with the release."""
    sent = Download.objects.filter(person_id=user.pk)
    return ReleaseReading.objects.filter(release__in=sent.values("release")).values_list("film_sha256", "release")


# --- withdrawals ------------------------------------------------------------------------------------------------------


def withdrawn_readings() -> QuerySet[ReleaseReading]:
    """What releases hold of people who do not agree to research any more, or of recordings that were deleted."""
    return ReleaseReading.objects.exclude(recording__in=consented(Purpose.RESEARCH).values("pk"))


def holding_withdrawn(releases: Iterable[Release]) -> dict[UUID, int]:
    """{release: how many of its readings are withdrawn today}; releases without any are left out."""
    rows = withdrawn_readings().filter(release__in=[release.pk for release in releases])
    return dict(rows.values_list("release").annotate(n=Count("pk")).order_by("release"))


def withdrawals_for(user: Any) -> list[dict[str, Any]]:
    """Who does not agree any more to research or training, and what holds their readings; the newest first."""
    if not user.has_role("admin"):
        raise PermissionDenied
    rows: dict[UUID, dict[str, Any]] = {}
    for reader, purpose, at in _refused():
        row = rows.setdefault(reader.pk, {"reader": reader, "at": at, "purposes": []})
        row["at"] = max(row["at"], at)
        row["purposes"].append(purpose)
    held: dict[UUID, list[dict[str, str]]] = {}
    for reader, pk, number in _held():
        held.setdefault(reader.pk, []).append({"id": str(pk), "version": str(number)})
        rows.setdefault(reader.pk, {"reader": reader, "at": None, "purposes": [Purpose.RESEARCH.value]})
    runs = registry.load(registry.RUNS_OF_READERS)(list(rows)) if registry.RUNS_OF_READERS else {}
    found = [
        {
            "at": row["at"],
            "reader": row["reader"].pseudonym,
            "purposes": sorted(row["purposes"]),
            "releases": held.get(pk, []),
            "runs": runs.get(pk, []),
        }
        for pk, row in rows.items()
    ]
    return sorted(found, key=lambda row: (row["at"] is not None, row["at"], row["reader"]), reverse=True)


def _refused() -> list[tuple[Reader, str, Any]]:
    """(reader, purpose, when) of people who agreed once, and whose newest answer is no."""
    out: list[tuple[Reader, str, Any]] = []
    for purpose in (Purpose.RESEARCH, Purpose.TRAINING):
        answers = Consent.objects.filter(person=OuterRef("user"), purpose=purpose)
        newest = answers.order_by("-id")
        left = Reader.objects.filter(Exists(answers.filter(given=True))).annotate(
            answer=Subquery(newest.values("given")[:1]), answered_at=Subquery(newest.values("at")[:1])
        )
        out += [(reader, purpose.value, reader.answered_at) for reader in left.filter(answer=False)]
    return out


def _held() -> list[tuple[Reader, UUID, int]]:
    """(reader, release, its number) of what ready releases hold of people who do not agree any more."""
    rows = withdrawn_readings().exclude(recording=None).values_list("reader", "release", "release__number").distinct()
    found = list(rows.order_by("release__number", "reader"))
    readers = Reader.objects.in_bulk({reader for reader, *_ in found})
    return [(readers[reader], release, number) for reader, release, number in found]


# --- live, and what other apps show -----------------------------------------------------------------------------------


def live_release(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `release:<id>`."""
    if not _may_ask(user):
        raise Http404
    release = release_for(user, ident)
    return {"state": release.state, "job": job_summary(release.job)}


def live_requests(user: Any, ident: str) -> dict[str, Any]:
    """The snapshot of `requests`: how many wait; for admins."""
    if ident or not user.has_role("admin"):
        raise Http404
    return {"waiting": requests_waiting(user)}


def overview() -> dict[str, int]:
    """For the admins' first page: requests that wait, releases that are ready."""
    ready = Release.objects.filter(state=Release.State.READY)
    return {"requests": undecided().count(), "releases": ready.count()}
