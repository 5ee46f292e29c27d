"""Which case a trial may belong to, by what the file says in it. A proposal only: a person confirms it.

A trial is matched by its name or one of its messages: a case's title, its id, the beginning of its film's sha256, or
the name of a picture that is called as the case is. What fits several cases fits none.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from gazeapp.cases.models import Case
from gazeapp.cases.selectors import cases_open_to
from gazeapp.recordings.sandbox_client import TrialText

PICTURE = re.compile(r"([^\s/\\]+)\.(?:png|jpe?g|dcm|dicom|bmp|tiff?)\b", re.IGNORECASE)
SHA256 = re.compile(r"\b[0-9a-f]{8,64}\b", re.IGNORECASE)
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)
MOST = 5000  # texts that are looked for


def importable_cases(user: Any) -> QuerySet[Case]:
    """The cases to which a person may bring a recording: those whose film they may see, and that are complete."""
    return cases_open_to(user).filter(state=Case.State.READY, held=False)


def proposals(user: Any, trials: Sequence[TrialText]) -> list[tuple[Case, str] | None]:
    """For each trial the one case that its words fit, with what fitted: id, film, picture, title, or only."""
    cases = importable_cases(user)
    texts = [[trial.name, *trial.messages] for trial in trials]
    flat = [text for some in texts for text in some][:MOST]
    titles = _by_title(
        cases, {_plain(text) for text in flat} | {_plain(name) for text in flat for name in _names(text)}
    )
    ids = _by_id(cases, {found for text in flat for found in UUID.findall(text)})
    films = _by_film(cases, {found.lower() for text in flat for found in SHA256.findall(text)})
    few = list(cases[:2])
    alone = few[0] if len(few) == 1 else None
    return [_of_trial(some, titles, ids, films) or ((alone, "only") if alone else None) for some in texts]


Found = dict[str, list[Case]]


def _of_trial(texts: list[str], titles: Found, ids: Found, films: Found) -> tuple[Case, str] | None:
    fits: list[tuple[str, list[Case]]] = []
    for text in texts:
        fits += [("id", ids.get(found.lower(), [])) for found in UUID.findall(text)]
        fits += [("film", films.get(found.lower(), [])) for found in SHA256.findall(text)]
        fits += [("picture", titles.get(_plain(name), [])) for name in _names(text)]
        fits.append(("title", titles.get(_plain(text), [])))
    for how in ("id", "film", "picture", "title"):
        found = {case.pk: case for why, cases in fits if why == how for case in cases}
        if len(found) == 1:
            return next(iter(found.values())), how
        if found:
            return None
    return None


def _names(text: str) -> list[str]:
    """Of the pictures that a text names: without and with their ending."""
    return [name for found in PICTURE.finditer(text) for name in (found[1], found[0])]


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _by_title(cases: QuerySet[Case], wanted: set[str]) -> Found:
    found: Found = defaultdict(list)
    for case in cases.annotate(small=Lower("title")).filter(small__in=wanted - {""}):
        found[_plain(case.title)].append(case)
    return found


def _by_id(cases: QuerySet[Case], wanted: set[str]) -> Found:
    return {str(case.pk): [case] for case in cases.filter(pk__in=[uuid.UUID(one) for one in wanted])} if wanted else {}


def _by_film(cases: QuerySet[Case], wanted: set[str]) -> Found:
    found: Found = defaultdict(list)
    some = sorted(wanted)[:100]
    if some:
        fits = Q()
        for start in some:
            fits |= Q(film__sha256__startswith=start)
        for case in cases.filter(fits):
            for start in some:
                if str(case.film_id).startswith(start):
                    found[start].append(case)
    return found
