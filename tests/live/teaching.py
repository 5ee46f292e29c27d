"""Practice sets on the live database, small and large, made straight in the tables: for measurements, not for tests of
how they are made."""

from __future__ import annotations

import itertools
import uuid
from datetime import timedelta
from typing import Any

import numpy as np
from django.utils import timezone

from gazeapp.accounts.models import User
from gazeapp.accounts.services import make_person
from gazeapp.cases.models import AnswerKey, Case, CaseSet, Film, Received, SetCase
from gazeapp.cases.services import approve
from gazeapp.difficulty.models import Workload
from gazeapp.difficulty.services import recompute
from gazeapp.practice.models import Attempt
from gazeapp.recordings.models import FixationSet, Reader, Recording
from gazeapp.scanpaths.models import FilmRegions, Prediction
from gazeapp.scanpaths.selectors import current_model
from gazeapp.scanpaths.services import request_regions
from ml.demo.regions import SHOWN
from tests.cases.films import stored_case
from tests.cases.teaching import key_of, open_set
from tests.practice.conftest import consent


def practice_set(author: str, readers: list[str], cases: int, fixations: int = 40) -> None:
    """An open set of small films, each with a key, regions and a predicted reading of so many fixations."""
    teacher = User.objects.get(username=author)
    for reader in readers:
        consent(User.objects.get(username=reader))
    made = [stored_case(teacher, np.arange(64 * 48).reshape(64, 48) + n, title=f"Film {n}") for n in range(cases)]
    for number, case in enumerate(made):
        key_of(case, teacher)
        rng = np.random.default_rng(number)
        path = [
            {"x": float(x), "y": float(y), "onset_s": 0.3 * n, "duration_s": 0.28, "ellipse": None}
            for n, (x, y) in enumerate(rng.random((fixations, 2)))
        ]
        model = current_model().sha256
        Prediction.objects.create(
            film_sha256=case.film_id,
            report_sha256=case.report_sha256,
            model_sha256=model,
            model_name="demo",
            reading={"samples": [{"fixations": path, "source": "model", "capped": False}], "seed": number},
            finished_at=timezone.now(),
        )
        boxes = {name: [*sorted(rng.random(2)), *sorted(rng.random(2))] for name in SHOWN}
        boxes = {name: [b[0], b[2], b[1], b[3]] for name, b in boxes.items()}
        FilmRegions.objects.create(film_sha256=case.film_id, model_sha256=model, boxes=boxes, found_at=timezone.now())
    open_set(teacher, *made)


def noise(owner: User, seed: int) -> Case:
    """A ready case with a film of random values."""
    return stored_case(owner, np.random.default_rng(seed).integers(0, 4096, (64, 48)), title=f"Film {seed}")


def approved_case(author: str, seed: int) -> dict[str, str]:
    """A case whose key was just approved, with a film of random values; and the job that predicts its workload."""
    teacher = User.objects.get(username=author)
    case = noise(teacher, seed)
    draft = key_of(case, teacher, state="draft")
    approve(case=case, by=teacher, seen=draft.changed_at)
    return {"case": str(case.pk), "job": str(Workload.objects.get(film_sha256=case.film_id).job_id)}


def simulated_readings(author: str, fixations: int = 12) -> None:
    """A simulated reader's reading of each of somebody's cases."""
    reader = Reader.objects.create(pseudonym=f"Simulated reader of {author}"[:40], simulated=True)
    for number, case in enumerate(Case.objects.filter(owner__username=author)):
        places = np.random.default_rng(number).random((fixations, 2))
        path = [{"x": x, "y": y, "onset_s": 0.1 * n, "duration_s": 0.1} for n, (x, y) in enumerate(places.tolist())]
        recording = Recording.objects.create(
            reader=reader, case=case, film_sha256=case.film_id or "", aspect=1.0, source="simulated", state="sealed"
        )
        FixationSet.objects.create(recording=recording, method="I-DT", fixations=path)


def practised(author: str, reader: str) -> None:
    """The reader has committed an attempt at each of the author's cases."""
    person = User.objects.get(username=reader)
    for case in Case.objects.filter(owner__username=author):
        Attempt.objects.create(person=person, case=case, film_sha256=case.film_id or "", state="committed")


def readings_to_learn_from(author: str, cases: int) -> None:
    """Published films of random values, each with a simulated reader's reading."""
    teacher = User.objects.get(username=author)
    for seed in range(1000, 1000 + cases):
        case = noise(teacher, seed)
        Case.objects.filter(pk=case.pk).update(published=True, report="Clear lungs.")
    simulated_readings(author, fixations=5)


def ladder_set(author: str, readers: list[str], cases: int) -> list[str]:
    """An open set of cases that stand on the ladder; gives them."""
    teacher = User.objects.get(username=author)
    for reader in readers:
        consent(User.objects.get(username=reader))
    made = [approved_case(author, seed)["case"] for seed in range(100, 100 + cases)]
    open_set(teacher, *(Case.objects.get(pk=case) for case in made))
    return made


def unseen_film(author: str, seed: int) -> dict[str, str]:
    """A case with a film of random values, and the job that finds its regions."""
    teacher = User.objects.get(username=author)
    case = noise(teacher, seed)
    regions = request_regions(film_sha256=case.film_id or "", by=teacher)
    return {"case": str(case.pk), "job": str(regions.job_id)}


def crowd(author: str, cases: int, attempts: int, people: int) -> None:
    """Many cases in one open set and on the ladder, each with a workload, and many first attempts of many people,
    spread evenly, with more successes at what is easy."""
    teacher = User.objects.get(username=author)
    now = timezone.now()
    films = [Film(sha256=f"{n:064x}", rows=64, columns=48) for n in range(cases)]
    Film.objects.bulk_create(films, batch_size=1000)
    rows = [
        Case(
            owner=teacher, title=f"Film {n}", state=Case.State.READY, film=film, report="Clear.", report_sha256="0" * 64
        )
        for n, film in enumerate(films)
    ]
    Case.objects.bulk_create(rows, batch_size=500)
    shown: dict[str, Any] = {"bits": 12, "window_center": 2048, "window_width": 4096, "modality": "CR", "thumbnail": ""}
    Received.objects.bulk_create([Received(case=case, **shown) for case in rows], batch_size=500)
    AnswerKey.objects.bulk_create(
        [
            AnswerKey(case=case, version=1, state="approved", normal=True, author=teacher, changed_at=now)
            for case in rows
        ],
        batch_size=500,
    )
    big = CaseSet.objects.create(owner=teacher, name="Many", open=True, opened_at=now)
    SetCase.objects.bulk_create(
        [SetCase(case_set=big, case=case, position=n + 1, agreed=True) for n, case in enumerate(rows)], batch_size=500
    )
    readers = []
    for n in range(people):
        reader = make_person(username=f"crowd{n}", password=None, roles=["resident"], by="test")
        consent(reader)
        readers.append(reader)
    dice = np.random.default_rng(0)
    mastered, hard = dice.normal(0, 1, people), dice.normal(0, 1, cases)
    done = (
        Attempt(id=uuid.uuid4(), person=readers[reader], case=rows[case], film_sha256=films[case].sha256,
                state="committed", answer="normal", committed_at=now + timedelta(seconds=n),
                success=bool(dice.random() < 1 / (1 + np.exp(hard[case] - mastered[reader]))))
        for n, (reader, case) in enumerate(((n + n // cases) % people, n % cases) for n in itertools.count())
    )  # fmt: skip
    left = attempts
    while left > 0:
        Attempt.objects.bulk_create(list(itertools.islice(done, min(left, 2000))), batch_size=1000)
        left -= 2000
    totals = dice.gamma(4.0, 3.0, (cases, 20))
    model = {"model_sha256": current_model().sha256, "model_name": "demo", "counts": [30] * 20, "found_at": now}
    Workload.objects.bulk_create(
        [
            Workload(film_sha256=film.sha256, report_sha256="0" * 64, totals=row.tolist(), seconds=row.mean(), **model)
            for film, row in zip(films, totals, strict=True)
        ],
        batch_size=500,
    )
    recompute()
