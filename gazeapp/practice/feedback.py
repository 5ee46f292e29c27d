"""What a person sees after the commit: marks against the key, misses by class, order, and likeness to other readings.

The result is a function of its inputs, so the same inputs are worked out once. Readings themselves are attached when it
is shown, since whose readings may be shown changes with consent.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from django.db import IntegrityError, transaction

from gazeapp.accounts.consents import Purpose
from gazeapp.cases.models import AnswerKey
from gazeapp.cases.selectors import approved_key
from gazeapp.core.problems import Problem
from gazeapp.practice import scoring
from gazeapp.practice.models import Attempt, Disagreement, Feedback, Review
from gazeapp.recordings.models import FixationSet, Recording, Source
from gazeapp.recordings.selectors import consented, fixation_set
from gazeapp.scanpaths import selectors as scanpaths
from gazeapp.scanpaths.models import FilmRegions, Prediction
from ml.gaze.marks import CUTS_S, GROWN, USEFUL_FIELD, dwell_s, miss_class
from ml.gaze.order import FEWEST_COMMON, first_visits, order_agreement
from ml.gaze.shapes import box
from ml.metrics.likeness import likenesses

MOST_OTHERS = 2  # other people's readings shown beside the own and the predicted one
VERSION = 2  # of this computation: a change of what it gives is a new version
WHOLE_LUNGS = {"right lung", "left lung"}  # hold the zones, so they say nothing of order


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that feedback is made of; each is immutable."""

    attempt: Attempt
    key: AnswerKey
    own: FixationSet | None
    prediction: Prediction | None
    regions: FilmRegions | None
    others: tuple[FixationSet, ...]

    def ids(self) -> dict[str, Any]:
        return {
            "version": VERSION,
            "key": str(self.key.pk),
            "fixations": str(self.own.pk) if self.own else None,
            "prediction": str(self.prediction.pk) if self.prediction else None,
            "regions": self.regions.pk if self.regions else None,
            "others": [str(other.pk) for other in self.others],
        }


RATED = "You rate readings of this film in a study: the predicted reading opens to you when it closes."


def feedback_for(attempt: Attempt) -> dict[str, Any]:
    """The feedback as API and page show it.

    Raises:
        Problem: not-committed; case-gone.
    """
    if attempt.state != Attempt.State.COMMITTED:
        raise Problem("not-committed", "Read and commit the case first.", code=409)
    if attempt.case is None or attempt.key is None:
        raise Problem("case-gone", "This case was deleted.", "Your recording is kept under Recordings.", code=410)
    inputs = _inputs(attempt)
    ids = inputs.ids()
    digest = hashlib.sha256(json.dumps(ids, sort_keys=True).encode()).hexdigest()
    row = Feedback.objects.filter(attempt=attempt, inputs_sha256=digest).first()
    if row is None:
        result = work_out(inputs)
        try:
            with transaction.atomic():
                row = Feedback.objects.create(attempt=attempt, inputs=ids, inputs_sha256=digest, result=result)
        except IntegrityError:  # asked for twice at once
            row = Feedback.objects.get(attempt=attempt, inputs_sha256=digest)
    found = {**row.result, **_around(inputs)}
    if found["prediction"]["state"] == "rated":
        found["order"] = {**found["order"], "words": RATED}
    return found


def work_out(inputs: Inputs) -> dict[str, Any]:
    """What follows from the inputs alone; the same inputs give the same result."""
    attempt, key = inputs.attempt, inputs.key
    assert attempt.recording is not None
    aspect = attempt.recording.aspect
    own = _path(inputs.own.fixations if inputs.own else [])
    outcome = scoring.score(attempt.marks, attempt.answer, key, aspect=aspect)
    findings = []
    for number, (finding, row) in enumerate(
        zip(scoring.key_findings(key, aspect), key.findings.order_by("number"), strict=True)
    ):
        marks = outcome.judged.hit_by[number]
        dwelt = dwell_s(own, finding.polygon, aspect=aspect) if len(own) else None
        findings.append(
            {
                "id": str(row.pk),
                "number": row.number,
                "label": row.label,
                "shape": row.shape,
                "importance": row.importance,
                "note": row.note,
                "state": "hit" if marks else "missed",
                "mark": marks[0] if marks else None,
                "dwell_s": None if dwelt is None else round(dwelt, 3),
                "miss": None if marks or dwelt is None else str(miss_class(dwelt)),
                "miss_at": {}
                if marks or dwelt is None
                else {f"{cut:g}": str(miss_class(dwelt, cut)) for cut in CUTS_S},
            }
        )
    marked = [
        {**mark, "verdict": str(verdict), "finding": None if number is None else findings[number]["number"]}
        for mark, (verdict, number) in zip(attempt.marks, outcome.judged.marks, strict=True)
    ]
    predicted = _path(_predicted(inputs.prediction))
    return {
        "key": {"version": key.version, "normal": key.normal, "note": key.note, "findings": findings},
        "marks": marked,
        "answer": {"given": attempt.answer, "right": outcome.answer_right},
        "success": outcome.success,
        "useful_field": USEFUL_FIELD,
        "order": _order(own, predicted, inputs.regions, aspect),
        "similarity": [
            row
            for reference, path in (
                [("predicted", predicted)] if inputs.prediction else []
            ) + [(f"fixations:{other.pk}", _path(other.fixations)) for other in inputs.others]
            for row in _similar(reference, own, path)
        ],
        "regions": {
            "boxes": (inputs.regions.boxes or {}) if inputs.regions else {},
            "problem": inputs.regions.problem if inputs.regions else "The regions of this film are not found yet.",
        },
    }  # fmt: skip


def _inputs(attempt: Attempt) -> Inputs:
    assert attempt.case is not None and attempt.key is not None
    own = _own(attempt)
    regions = scanpaths.regions_of(attempt.film_sha256)
    if scanpaths.rates_blind(attempt.person, attempt.film_sha256):
        return Inputs(attempt, attempt.key, own, None, regions, ())
    prediction = scanpaths.prediction_to_show(attempt.case)
    done = prediction if prediction is not None and prediction.reading is not None else None
    teaching = (
        consented(Purpose.TEACHING)
        .filter(film_sha256=attempt.film_sha256)
        .exclude(reader__user=attempt.person)
        .order_by("reader__simulated", "-created_at", "-id")
    )
    counting = FixationSet.objects.filter(counts=True, recording__in=teaching).select_related("recording__reader")
    others = sorted(counting, key=lambda row: (row.recording.reader.simulated, -row.created_at.timestamp(), row.pk))
    by_reader = {row.recording.reader_id: row for row in reversed(others) if row.fixations}  # one a reader, the newest
    readable = [row for row in others if by_reader.get(row.recording.reader_id) is row][:MOST_OTHERS]
    return Inputs(attempt, attempt.key, own, done, regions, tuple(readable))


def _own(attempt: Attempt) -> FixationSet | None:
    """Where this person looked: the attempt's own recording; without a place in it (they read with an eye tracker) what
    they brought of the same film from one."""
    assert attempt.recording is not None
    own = fixation_set(attempt.recording)
    if own is not None and own.fixations:
        return own
    brought = FixationSet.objects.filter(
        counts=True,
        recording__reader=attempt.recording.reader,
        recording__film_sha256=attempt.film_sha256,
        recording__source__in=[Source.TRACKER, Source.IMPORT],
        recording__state=Recording.State.SEALED,
    ).select_related("recording")
    newest = brought.order_by("-recording__created_at", "-pk")
    return next((row for row in newest if row.fixations), own)


def _around(inputs: Inputs) -> dict[str, Any]:
    """What is not worked out but looked up: the readings, what is going on, when the film comes back."""
    attempt = inputs.attempt
    assert attempt.case is not None and attempt.recording is not None
    rated = scanpaths.rates_blind(attempt.person, attempt.film_sha256)
    waiting = None if rated else scanpaths.prediction_to_show(attempt.case)
    newest = approved_key(attempt.case)
    review = Review.objects.filter(person=attempt.person, film_sha256=attempt.film_sha256).first()
    model = scanpaths.model_dict(inputs.prediction) if inputs.prediction else None
    readings = [
        {
            "id": f"fixations:{inputs.own.pk}" if inputs.own else "own",
            "role": "own",
            "source": inputs.own.recording.source if inputs.own else attempt.recording.source,
            "label": "You",
            "fixations": _shown(inputs.own.fixations if inputs.own else []),
        }
    ]
    if inputs.prediction:
        readings.append(
            {
                "id": f"prediction:{inputs.prediction.pk}",
                "role": "predicted",
                "source": "model",
                "label": "Predicted reading",
                "fixations": _shown(_predicted(inputs.prediction)),
            }
        )
    readings += [
        {
            "id": f"fixations:{other.pk}",
            "role": "other",
            "source": other.recording.source,
            "label": other.recording.reader.pseudonym,
            "fixations": _shown(other.fixations),
        }
        for other in inputs.others
    ]
    return {
        "attempt": str(attempt.pk),
        "case": str(attempt.case_id),
        "readings": readings,
        "coverage": {
            "duration_s": attempt.recording.duration_s,
            "fixations": len(inputs.own.fixations) if inputs.own else 0,
            "words": _gaze_words(inputs),
        },
        "model": model,
        "prediction": {"state": scanpaths.state_of(waiting) if waiting else "rated" if rated else "none"},
        "newer_key": newest is not None and newest.pk != inputs.key.pk,
        "due": review.due_at.date().isoformat() if review else None,
        "hit_margin": GROWN,
        "disagreed": Disagreement.objects.filter(attempt=attempt).exists(),
    }


def _gaze_words(inputs: Inputs) -> str:
    """Why nothing can be said of where this person looked; empty where something can."""
    recording = inputs.attempt.recording
    if inputs.own is not None and inputs.own.fixations:
        return ""
    if recording is None or recording.state == Recording.State.DISCARDED:
        return "You deleted this recording, so where you looked is not known any more."
    return (
        "Where you looked was not recorded. Bring the eye tracker's file of this film under Recordings to see it here."
    )


def _order(own: np.ndarray, predicted: np.ndarray, regions: FilmRegions | None, aspect: float) -> dict[str, Any]:
    """In what order regions were first visited, beside the predicted reading's; in words whether that says anything."""
    if regions is None or not regions.boxes:
        return {"words": (regions.problem if regions else "") or "The regions of this film are not found yet."}
    places = {name: box(*corners) for name, corners in regions.boxes.items() if name not in WHOLE_LUNGS}
    visits = {
        "own": first_visits(own, places, aspect=aspect),
        "predicted": first_visits(predicted, places, aspect=aspect),
    }
    if not len(predicted):
        return {**visits, "words": "The predicted reading is not there yet."}
    found = order_agreement(own, predicted, places, aspect=aspect)
    if found.percentile is None or np.isnan(found.tau):
        words = f"Too few to say: both visited {len(found.common)} regions, and it takes {FEWEST_COMMON}."
        return {**visits, "common": list(found.common), "tau": None, "percentile": None, "shuffles": 0, "words": words}
    return {
        **visits,
        "common": list(found.common),
        "tau": found.tau,
        "percentile": found.percentile,
        "shuffles": found.shuffles,
        "words": f"Your order is closer to the predicted reading's than {found.percentile:.0f} % of {found.shuffles} "
        "shuffles of your own fixations.",
    }


def _similar(reference: str, own: np.ndarray, other: np.ndarray) -> list[dict[str, Any]]:
    return [{"to": reference, **asdict(likeness)} for likeness in likenesses(own, other)]


def _path(fixations: list[dict[str, Any]]) -> np.ndarray:
    """(n, 3) x, y, duration of those that lie on the film."""
    rows = [(f["x"], f["y"], f["duration_s"]) for f in fixations if 0 <= f["x"] <= 1 and 0 <= f["y"] <= 1]
    return np.array(rows, np.float64).reshape(-1, 3)


def _predicted(prediction: Prediction | None) -> list[dict[str, Any]]:
    if prediction is None or not prediction.reading or not prediction.reading["samples"]:
        return []
    fixations: list[dict[str, Any]] = prediction.reading["samples"][0]["fixations"]
    return fixations


def _shown(fixations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"ellipse": None, **fixation} for fixation in fixations]
