"""Many readings on the live database, made straight in the tables: for measurements and accidents, not for tests of how
they are made."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from gazeapp.accounts.models import User
from gazeapp.cases.models import Case, CaseSet, Film, Received, SetCase
from gazeapp.recordings.models import FixationSet, Reader, Recording


def gaze(author: str, cases: int, readers: int, fixations: int) -> None:
    """Published cases, each read by every one of so many simulated readers, with so many fixations a reading. Their
    films have no pixels."""
    teacher = User.objects.get(username=author)
    first = Film.objects.count() << 20
    films = [Film(sha256=f"{first + n:064x}", rows=64, columns=48) for n in range(cases)]
    Film.objects.bulk_create(films, batch_size=500)
    read = [
        Case(owner=teacher, title=f"Film {n}", state=Case.State.READY, film=film, report="Clear.", published=True,
             report_sha256="0" * 64, simulated=True)
        for n, film in enumerate(films)
    ]  # fmt: skip
    Case.objects.bulk_create(read, batch_size=500)
    shown: dict[str, Any] = {"bits": 12, "window_center": 2048, "window_width": 4096, "modality": "CR"}
    Received.objects.bulk_create([Received(case=case, thumbnail="0" * 64, **shown) for case in read], batch_size=500)
    people = [Reader(pseudonym=f"Simulated {author} {n}"[:40], simulated=True) for n in range(readers)]
    Reader.objects.bulk_create(people)
    dice = np.random.default_rng(0)
    for case in read:
        recordings = [
            Recording(reader=reader, case=case, film_sha256=case.film_id or "", aspect=1.0, source="simulated",
                      state="sealed", device="simulator")
            for reader in people
        ]  # fmt: skip
        Recording.objects.bulk_create(recordings)
        paths = [_path(dice, fixations) for _ in people]
        FixationSet.objects.bulk_create(
            FixationSet(recording=one, method="I-DT", fixations=path)
            for one, path in zip(recordings, paths, strict=True)
        )


def _path(dice: np.random.Generator, n: int) -> list[dict[str, float]]:
    places, seconds = dice.random((n, 2)).round(6), dice.uniform(0.1, 0.6, n).round(4)
    onsets = itertools.accumulate(seconds.tolist()[:-1], initial=0.0)
    return [
        {"x": x, "y": y, "onset_s": round(onset, 4), "duration_s": duration}
        for (x, y), onset, duration in zip(places.tolist(), onsets, seconds.tolist(), strict=True)
    ]


def set_of(author: str) -> str:
    """A closed practice set of all cases of somebody; gives its id."""
    teacher = User.objects.get(username=author)
    made = CaseSet.objects.create(owner=teacher, name=f"Cases of {author}", simulated=True)
    cases = Case.objects.filter(owner=teacher).order_by("pk")
    SetCase.objects.bulk_create(
        SetCase(case_set=made, case=case, position=n, agreed=True) for n, case in enumerate(cases, start=1)
    )
    return str(made.pk)
