"""Small models saved once a session. Nothing here reaches for the network: language models are random or local
folders.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from ml.cli import main
from tests.ml.kit import likelihood_config, save_model, tiny_config


@pytest.fixture(scope="session", autouse=True)
def _one_thread_from_the_first() -> None:
    """Also for what a module's fixtures compute before its first test: other thread counts round otherwise."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _one_thread_and_fresh_seed() -> Iterator[None]:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    yield


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Gives words to ``python -m ml`` that it must refuse with status 2; what it said on standard error."""

    def run(*words: str) -> str:
        with pytest.raises(SystemExit) as ended:
            main(list(words))
        assert ended.value.code == 2
        return capsys.readouterr().err

    return run


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published chain, tiny, saved with its processor."""
    return save_model(tmp_path_factory.mktemp("tiny"), tiny_config())


@pytest.fixture(scope="session")
def mixture_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model with a mixture over scanpaths and the medoid rule, saved with its processor."""
    return save_model(tmp_path_factory.mktemp("mixture"), likelihood_config())


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model to be fine-tuned."""
    from tests.ml.finekit import small_model  # late: it brings the trainer, which few files need

    return small_model(tmp_path_factory.mktemp("base") / "model")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What it is fine-tuned on: prepared, with train, validate and test."""
    from tests.ml.finekit import prepared_set

    return prepared_set(tmp_path_factory.mktemp("fine"))
