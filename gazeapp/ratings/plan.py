"""What a study would show: a path reference for each source of each case, and everything that stands in the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from gazeapp.accounts.consents import Purpose
from gazeapp.accounts.models import User
from gazeapp.cases.models import Case
from gazeapp.cases.selectors import REVIEWERS, cases_open_to
from gazeapp.ratings import knowing, sources
from gazeapp.ratings.drawing import drawn
from gazeapp.ratings.knowing import Known
from gazeapp.ratings.models import Item, Rater, Source, Study, StudyCase
from gazeapp.ratings.reasons import Reason, id_of, lacks, title_of
from gazeapp.recordings.models import FixationSet
from gazeapp.recordings.models import Source as Device
from gazeapp.recordings.selectors import consented
from ml.data.plurals import plural

MAX_CASES, MAX_SOURCES, MAX_RATERS = 200, 8, 40
MAX_ITEMS = 400  # cases × sources; the board shows a cell a rater and item
Kind = Source.Kind


@dataclass(frozen=True, slots=True)
class Reading:
    """A complete reading that may be used today, by its fixation set, and the account of its reader, or of whoever
    brought it of a reader without one."""

    id: UUID
    person: int | None


Readings = dict[tuple[str, str], list[Reading]]  # by film and kind


@dataclass(slots=True)
class Plan:
    """``readings``: of each film by kind; ``paths``: {(study case, source): reference}, of those that there are."""

    cases: list[StudyCase]
    sources: list[Source]
    raters: list[Rater]
    readings: Readings
    paths: dict[tuple[int, int], str] = field(default_factory=dict)
    reasons: list[Reason] = field(default_factory=list)
    remarks: list[Reason] = field(default_factory=list)  # they stop nothing


def plan_of(study: Study) -> Plan:
    """The plan as it stands today; it reads, and changes nothing."""
    cases = list(study.cases.select_related("case__film", "case__received").order_by("position"))
    films = {place.film_sha256 for place in cases}
    found = Plan(
        cases=cases,
        sources=list(study.sources.order_by("number")),
        raters=list(study.raters.filter(dropped_at=None).select_related("user").order_by("row")),
        readings=readings_of(films, aperture=study.aperture),
    )
    found.reasons += _amounts(found)
    found.reasons += _cases(found.cases)
    if study.organiser_id in {rater.user_id for rater in found.raters} or films & set(
        _films_rated_elsewhere(study.organiser, study)
    ):
        found.remarks.append(Reason(NO_CELLS))
    for source in found.sources:
        if source.kind == Kind.MODEL:
            by_model = drawn(study, source, found.cases)
            found.reasons += by_model.reasons
            found.paths |= {(place, source.pk): path for place, path in by_model.paths.items()}
            continue
        for place in found.cases:
            path = _path(study, found, source, place)
            if isinstance(path, Reason):
                found.reasons.append(path)
            else:
                found.paths[place.pk, source.pk] = path
    found.remarks += _displace_shared(study, found)
    used = _readers(found.cases, found.sources, found.readings)
    for rater in found.raters:
        found.reasons += raters_reasons(rater.user, study, found.cases, used)
        if known := known_again(rater.user, found.sources, films):
            told = found.reasons if knowing.goes_beyond(known, rater.knew) else found.remarks
            told.append(knows_reason(rater.user, known))
    return found


def raters_reasons(
    person: User, study: Study, cases: Sequence[StudyCase], used: Iterable[tuple[StudyCase, int]]
) -> list[Reason]:
    """Why this person cannot rate in the study. ``used``: who knows a reading in it, by case."""
    name = person.display_name
    if not person.has_role(*REVIEWERS):
        return [Reason(f"{name} is not faculty (or is away).", rater=person.pk)]
    here = [place for place in cases if place.case_id is not None]
    may_see = set(cases_open_to(person).filter(pk__in=[p.case_id for p in here]).values_list("pk", flat=True))
    elsewhere = set(_films_rated_elsewhere(person, study))
    wrong = [
        *((place, "may not see {}.") for place in here if place.case_id not in may_see),
        *((place, "is the reader of a reading of {}, or brought it.") for place, who in used if who == person.pk),
        *((place, "rates {} in another study that is running.") for place in here if place.film_sha256 in elsewhere),
    ]
    return [Reason(f"{name} {words.format(title_of(place))}", id_of(place), rater=person.pk) for place, words in wrong]


def _displace_shared(study: Study, found: Plan) -> list[Reason]:
    """Readings of which more than one item is made, where a film has fewer than `sources.TAKES` asks for: the controls
    among these items are displaced. Others are not: it is seen by the numbers that a path was."""
    used = Counter(sources.base_of(path) for path in found.paths.values())
    shared = {base for base, items in used.items() if items > 1 and base[0] == "fixations"}
    for (place, source), path in found.paths.items():
        if sources.base_of(path) in shared:
            found.paths[place, source] = sources.displaced(path, study.seed)
    words = (
        f"More than one item is made of {plural(len(shared), 'reading')}, which a rater who compares numbers could "
        "find out. It takes four readings of each film to avoid that."
    )
    return [Reason(words)] if shared else []


def known_again(person: User, chosen: Iterable[Source], films: Collection[str]) -> Known:
    """What this person may know again of a study that compares these sources: nothing where all are a model's."""
    return knowing.known(person, films) if made_of(chosen) else {}


def knows_reason(person: User, known: Known) -> Reason:
    """Why the organiser would rather take somebody else."""
    words = f"{person.display_name} may know readings of these films again: {knowing.words(known)}."
    return Reason(words, rater=person.pk, known=True)


def _films_rated_elsewhere(person: User, study: Study) -> QuerySet[StudyCase, str]:
    """Who rates a film in one running study cannot plan another with one source of it, and so learn how that looks.
    Nor can who was dropped there: they may be asked to go on."""
    rates = StudyCase.objects.filter(study__state=Study.State.RUNNING, study__raters__user=person)
    return rates.exclude(study=study).values_list("film_sha256", flat=True)


def readers_of(study: Study) -> list[tuple[StudyCase, int]]:
    """Who knows a reading of a film in a study that has started, each with the case: also of one withdrawn since."""
    cases = list(study.cases.select_related("case"))
    readings = readings_of({place.film_sha256 for place in cases}, aperture=study.aperture)
    references = Item.objects.filter(study=study).exclude(source__kind=Kind.MODEL).values_list("reference", flat=True)
    used = FixationSet.objects.filter(pk__in={sources.base_of(reference)[1] for reference in references})
    people = used.annotate(who=WHO).filter(who__isnull=False).values_list("recording__film_sha256", "who")
    places = {place.film_sha256: place for place in cases}
    shown = [(places[film], person) for film, person in people if film in places]
    return list(dict.fromkeys([*shown, *_readers(cases, study.sources.all(), readings)]))


def _amounts(found: Plan) -> list[Reason]:
    reasons = [
        Reason(f"Choose at least one {what}.")
        for what, chosen in (("case", found.cases), ("source", found.sources), ("rater", found.raters))
        if not chosen
    ]
    if (items := len(found.cases) * len(found.sources)) > MAX_ITEMS:
        reasons.append(Reason(f"{items} items are too many for one study; {MAX_ITEMS} are the most."))
    return reasons


def _cases(cases: list[StudyCase]) -> list[Reason]:
    """Cases that cannot be shown, and films that would be shown twice."""
    reasons, seen = [], dict[str, StudyCase]()
    for place in cases:
        case = place.case
        if case is None:
            reasons.append(Reason("A case of the study was deleted: take it out."))
        elif not shows(case, place.film_sha256):
            reasons.append(
                Reason(f"{title_of(place)} cannot be shown: it is not ready, or held for a look.", id_of(place))
            )
        if (twin := seen.setdefault(place.film_sha256, place)) is not place:
            reasons.append(Reason(f"{title_of(place)} has the same film as {title_of(twin)}.", id_of(place)))
    return reasons


def shows(case: Case, film_sha256: str) -> bool:
    """Whether raters may be shown this case's film."""
    return case.film_id == film_sha256 and case.state == Case.State.READY and not case.held


WHO = Coalesce("recording__reader__user", "recording__reader__declared_by")


def readings_of(films: set[str], *, aperture: bool) -> Readings:
    """The readings of each film by people and by simulated readers."""
    devices = [Device.TRACKER, Device.IMPORT, *([Device.APERTURE] if aperture else [])]
    simulated = Q(recording__reader__simulated=True) | Q(recording__source=Device.SIMULATED)
    people = Q(recording__source__in=devices, recording__reader__simulated=False)
    rows = (
        FixationSet.objects.filter(simulated | people, counts=True)
        .filter(recording__in=consented(Purpose.RESEARCH).filter(film_sha256__in=films))
        .exclude(fixations=[])
        .annotate(who=WHO)
        .order_by("-recording__created_at", "-pk")
        .values_list(
            "pk",
            "recording__film_sha256",
            "who",
            "recording__reader__simulated",
            "recording__source",
        )
    )
    there: Readings = {}
    for pk, film, person, made_up, device in rows:
        kind = str(Kind.SIMULATED if made_up or device == Device.SIMULATED else Kind.HUMAN)
        there.setdefault((film, kind), []).append(Reading(pk, person))
    return there


def _path(study: Study, found: Plan, source: Source, place: StudyCase) -> str | Reason:
    """The reference of one item that is a reading or made from one, or why there is none."""
    kind = made_of(found.sources) if source.kind in Source.CONTROLS else source.kind
    if kind is None:
        return lacks(source, place, "a control is made from a reading: add human or simulated readings")
    own, other = _taken(study, found, source, place, kind), None
    if own is None:
        return lacks(source, place, WITHOUT[kind])
    if source.kind == Kind.OTHER_CASE:
        following = _following(found.cases, place)
        if following is None:
            return lacks(source, place, "that takes a second case with another film")
        other = _taken(study, found, source, following, kind)
        if other is None:
            return lacks(source, place, f"the next case, {title_of(following)}, has no reading to show")
    return sources.reference(
        source.kind, of=own.id, other=other.id if other else None, seed=study.seed, film_sha256=place.film_sha256
    )


def _taken(study: Study, found: Plan, source: Source, place: StudyCase, kind: str) -> Reading | None:
    """The reading of a case that a source shows or is made of. The study's seed deals them, film by film: by age, one
    person would be a source's reader throughout wherever readers' files came one after the other, and their pace would
    tell it."""
    readings = found.readings.get((place.film_sha256, kind), [])
    dealt = sorted(readings, key=lambda reading: sources.lot(study.seed, str(reading.id)))
    return dealt[min(sources.TAKES.get(Kind(source.kind), 0), len(dealt) - 1)] if dealt else None


NO_CELLS = (
    "The organiser rates films of this study: meanwhile the board shows them how far each rater was at midnight, and "
    "not who rated which item or how long it took."
)
WITHOUT = {
    str(Kind.HUMAN): "it has no complete reading by somebody who agreed to research",
    str(Kind.SIMULATED): "no simulated reader has read it",
}


def made_of(chosen: Iterable[Source]) -> str | None:
    """The kind of reading that the controls of these sources are made from, and that the others are compared to."""
    kinds = {source.kind for source in chosen}
    return next((str(kind) for kind in sources.CONTROL_OF if kind in kinds), None)


def _following(cases: list[StudyCase], place: StudyCase) -> StudyCase | None:
    """The next case with another film, going round."""
    at = cases.index(place)
    return next((one for one in cases[at + 1 :] + cases[:at] if one.film_sha256 != place.film_sha256), None)


def _readers(cases: Iterable[StudyCase], chosen: Iterable[Source], readings: Readings) -> list[tuple[StudyCase, int]]:
    """Who knows a reading of a film that might be shown, each with the case. All of the film's, whichever are dealt to
    these sources: who adds a source and sees another name would know whose reading that source shows."""
    kinds = sorted({source.kind for source in chosen})
    known = [
        (place, reading.person)
        for place in cases
        for kind in kinds
        for reading in readings.get((place.film_sha256, kind), [])
        if reading.person is not None
    ]
    return list(dict.fromkeys(known))
