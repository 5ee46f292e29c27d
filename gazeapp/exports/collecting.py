"""What stands behind a release's ids, case by case, as `ml` writes it: relative times, pseudonyms, kinds of device."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from gazeapp.cases.models import Case
from gazeapp.exports.devices import kind_of
from gazeapp.exports.selection import Chosen, Row
from gazeapp.ratings import questions
from gazeapp.ratings.models import Answer
from gazeapp.recordings.models import FixationSet, Source
from gazeapp.scanpaths.models import Prediction
from ml.data.export import NAME
from ml.data.types import FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.gaze.scanpath import Fixation, Scanpath

SITE, SIMULATED_SITE = "reading-room", "simulated"
AT_ONCE = 50  # cases read from the database together
Thing = TypeVar("Thing")


def cases(chosen: Chosen, *, on_progress: Callable[[int], None]) -> Iterator[GazeCase]:
    """The cases with their readings, in the order of their names. ``on_progress`` hears how many were given so far."""
    given = 0
    for together in _batched(chosen.cases(), AT_ONCE):
        on_progress(given)
        wanted = [case for _, case, _ in together]
        columns = ("pk", "film", "simulated", "film__rows", "film__columns")
        texts = (*columns, "report") if chosen.query.reports else columns
        found = Case.objects.select_related("film").only(*texts).in_bulk(wanted)
        sets = _sets([row.fixation_set for _, _, rows in together for row in rows])
        predicted = _predicted([pk for case in wanted for pk in chosen.predictions.get(case, [])])
        for name, case, rows in together:
            yield _case(chosen, name, found[case], rows, sets, predicted)
            given += 1
    on_progress(given)


def _sets(wanted: list[UUID]) -> dict[UUID, FixationSet]:
    return FixationSet.objects.select_related("recording__reader").in_bulk(wanted)


def _predicted(wanted: list[UUID]) -> dict[UUID, Prediction]:
    return Prediction.objects.in_bulk(wanted)


def _case(
    chosen: Chosen,
    name: str,
    case: Case,
    rows: list[Row],
    sets: dict[UUID, FixationSet],
    predicted: dict[UUID, Prediction],
) -> GazeCase:
    film = case.film
    assert film is not None  # chosen by it
    people = [_reading(chosen, sets[row.fixation_set]) for row in rows]
    models = [_prediction(predicted[pk]) for pk in chosen.predictions.get(case.pk, [])]
    return GazeCase(
        key=name,
        film=FilmFile(Path("films") / f"{film.pk}.png", film.columns, film.rows, film.pk, film.pk),
        report=Report(case.report if chosen.query.reports else ""),
        patient=chosen.names.of("patient", film.pk),
        site=SIMULATED_SITE if case.simulated else SITE,
        dataset=NAME,
        readings=(*people, *models),
        simulated=case.simulated,
    )


def _reading(chosen: Chosen, fixation_set: FixationSet) -> GazeReading:
    recording = fixation_set.recording
    simulated = recording.reader.simulated or recording.source == Source.SIMULATED
    gaze = Provenance(
        dataset=NAME,
        source="",
        simulated=simulated,
        gaze=recording.source,
        device=kind_of(recording.device),
        rate_hz=None if recording.rate_hz is None else float(round(recording.rate_hz)),
    )
    path = Scanpath(_fixations(fixation_set.fixations), "human")
    return GazeReading(chosen.names.of("reader", recording.reader_id), path, gaze)


def _prediction(prediction: Prediction) -> GazeReading:
    """The first sample. Its reader is called by the model version: its name is words that somebody typed."""
    sample = (prediction.reading or {})["samples"][0]
    made = Provenance(dataset=NAME, source="", gaze="model", model_sha256=prediction.model_sha256)
    path = Scanpath(_fixations(sample["fixations"]), "model")
    return GazeReading(f"model-{prediction.model_sha256[:12]}", path, made)


def _fixations(rows: list[dict[str, Any]]) -> tuple[Fixation, ...]:
    return tuple(Fixation(row["x"], row["y"], row["onset_s"], row["duration_s"]) for row in rows)


def ratings(chosen: Chosen) -> Iterator[dict[str, str | int]]:
    """The rows of `tables.RATINGS`, in an order that says nothing of when they were given."""
    names = chosen.names
    for together in _batched(sorted(chosen.answers, key=lambda rated: names.order("answer", rated.pk)), 500):
        found = Answer.objects.select_related("assignment__rater__study", "assignment__rater__user")
        rows = found.in_bulk([rated.pk for rated in together])
        for rated in together:
            answer, place = rows[rated.pk], chosen.places[rated.base]
            rater = answer.assignment.rater
            yield {
                "study": names.of("study", rater.study_id),
                "case": names.of("case", rated.case),
                "shown": rated.shown,
                "reading_case": place.case,
                "reading": place.number,
                "rater": names.of("rater", rater.user_id),
                "repeat": int(answer.assignment.repeat),
                **{name: getattr(answer, name) for name in questions.NAMES},
                "seconds": f"{answer.seconds:.1f}",
                "simulated": int(rater.study.simulated or rater.user.is_demo),
            }


def _batched(things: Iterable[Thing], size: int) -> Iterator[list[Thing]]:
    waiting = iter(things)
    while together := list(islice(waiting, size)):
        yield together
