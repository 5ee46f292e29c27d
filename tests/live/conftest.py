from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.live.house import House
from tests.live.journey import tiny_model


@pytest.fixture(scope="session")
def live_server_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The reading room as processes: Valkey, workers, web server, beat, under their supervisor. Its model is tiny."""
    house = House(MEDGAZE_MODEL=str(tiny_model(tmp_path_factory.mktemp("model"))))
    yield house
    house.stop()


@pytest.fixture
def house(live_server_processes: House) -> House:
    return live_server_processes


@pytest.fixture
def newcomer(house: House) -> Callable[..., SimpleNamespace]:
    """A new signed-in person of the live database: name, pk, cookie, token, subject."""

    def make(*roles: str) -> SimpleNamespace:
        name = f"p{secrets.token_hex(4)}"
        made = house.ask("person", username=name, roles=list(roles or ("resident",)))
        return SimpleNamespace(name=name, subject=f"user:{made['pk']}", **made)

    return make
