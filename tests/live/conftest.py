from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.live.house import House


@pytest.fixture(scope="session")
def live_server_processes() -> Iterator[House]:
    """The reading room as processes: Valkey, workers, web server, beat, under their supervisor."""
    house = House()
    yield house
    house.stop()


@pytest.fixture
def house(live_server_processes: House) -> House:
    return live_server_processes


@pytest.fixture
def newcomer(house: House) -> Callable[..., SimpleNamespace]:
    """A new signed-in person of the live database: name, pk, cookie."""

    def make(*roles: str) -> SimpleNamespace:
        name = f"p{secrets.token_hex(4)}"
        made = house.ask("person", username=name, roles=list(roles or ("resident",)))
        return SimpleNamespace(name=name, pk=made["pk"], cookie=made["cookie"], subject=f"user:{made['pk']}")

    return make
