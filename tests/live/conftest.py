from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest

from tests.live.journey import tiny_model
from tests.live.stack import QUICK, Stack


@pytest.fixture(scope="session")
def live_server_processes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The reading room as processes: Valkey, workers, web server, beat, under their supervisor. Its model is tiny."""
    with Stack(MEDGAZE_MODEL=str(tiny_model(tmp_path_factory.mktemp("model"))), **QUICK) as stack:
        yield stack


@pytest.fixture
def stack(live_server_processes: Stack) -> Stack:
    return live_server_processes


@pytest.fixture
def fresh(stack: Stack) -> Iterator[Stack]:
    """A second stack, just started; gone after the test, however it ends."""
    with Stack(MEDGAZE_MODEL=stack.environment["MEDGAZE_MODEL"], **QUICK) as another:
        yield another


@pytest.fixture
def newcomer(stack: Stack) -> Callable[..., SimpleNamespace]:
    """A new signed-in person of the live database: name, pk, cookie, token, subject."""

    def make(*roles: str) -> SimpleNamespace:
        name = f"p{secrets.token_hex(4)}"
        made = stack.ask("person", username=name, roles=list(roles or ("resident",)))
        return SimpleNamespace(name=name, subject=f"user:{made['pk']}", **made)

    return make
