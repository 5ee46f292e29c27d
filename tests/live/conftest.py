from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.live.house import QUICK, House
from tests.live.journey import tiny_model


@pytest.fixture(scope="session")
def live_server_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The reading room as processes: Valkey, workers, web server, beat, under their supervisor. Its model is tiny."""
    with House(MEDGAZE_MODEL=str(tiny_model(tmp_path_factory.mktemp("model"))), **QUICK) as house:
        yield house


@pytest.fixture
def house(live_server_processes: House) -> House:
    return live_server_processes


@pytest.fixture
def fresh(house: House) -> Iterator[House]:
    """A second house, just started; gone after the test, however it ends."""
    with House(MEDGAZE_MODEL=house.environment["MEDGAZE_MODEL"], **QUICK) as another:
        yield another


@pytest.fixture
def newcomer(house: House) -> Callable[..., SimpleNamespace]:
    """A new signed-in person of the live database: name, pk, cookie, token, subject."""

    def make(*roles: str) -> SimpleNamespace:
        name = f"p{secrets.token_hex(4)}"
        made = house.ask("person", username=name, roles=list(roles or ("resident",)))
        return SimpleNamespace(name=name, subject=f"user:{made['pk']}", **made)

    return make
