"""Several write to the ladder at once: nobody blocks another for good, and nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from gazeapp.accounts.services import make_person
from gazeapp.core.models import Event, EventLog
from gazeapp.difficulty.models import Ability, Comparison, Place
from gazeapp.difficulty.services import recompute
from tests.difficulty.conftest import API, compare
from tests.difficulty.test_recompute import rows
from tests.practice.conftest import consent
from tests.practice.reading import ELSEWHERE, HIT, read

pytestmark = pytest.mark.django_db(transaction=True)
READERS = 3


def test_readings_comparisons_and_undos_at_once_all_count_and_give_what_recomputing_gives(
    ladder: SimpleNamespace, client_for: Callable[[Any], APIClient]
) -> None:
    readers = [make_person(username=f"reader{n}", password=None, roles=["resident"], by="test") for n in range(READERS)]
    for reader in readers:
        consent(reader)
    together, errors = threading.Barrier(READERS + 2), []

    def at_once(work: Callable[[], None]) -> threading.Thread:
        def run() -> None:
            try:
                together.wait(20)
                work()
            except BaseException as error:
                errors.append(error)
            finally:
                connection.close()

        return threading.Thread(target=run)

    def reading(client: APIClient, number: int) -> Callable[[], None]:
        def work() -> None:
            for turn in range(3):
                read(client, HIT if (turn + number) % 2 else ELSEWHERE)

        return work

    def comparing(client: APIClient, *, undone: bool) -> Callable[[], None]:
        def work() -> None:
            for first, second in ((0, 1), (2, 1), (0, 2)):
                made = compare(client, ladder.cases[first], ladder.cases[second], "left")
                assert made.status_code == 201, made.json()
                if undone:
                    assert client.post(f"{API}/comparisons/{made.json()['id']}/undo/").status_code == 200

        return work

    threads = [at_once(reading(client_for(reader), n)) for n, reader in enumerate(readers)]
    threads.append(at_once(comparing(client_for(ladder.faculty), undone=False)))
    threads.append(at_once(comparing(client_for(ladder.admin), undone=True)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == [] and not any(thread.is_alive() for thread in threads)
    assert sorted(Place.objects.values_list("attempts", "comparisons")) == [(READERS, 2)] * 3
    assert list(Ability.objects.values_list("attempts", flat=True)) == [3] * READERS
    assert Comparison.objects.filter(undone_at=None).count() == 3
    seqs = list(Event.objects.filter(subject="ladder").order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, EventLog.objects.get(subject="ladder").last_seq + 1))
    before = rows()
    recompute()
    assert rows() == before
