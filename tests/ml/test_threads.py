"""Two computations at a time, and torch's threads as they were before."""

from __future__ import annotations

import threading
import time

import pytest
import torch

from ml.medgaze.threads import side_by_side, small_steps

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def two_threads() -> object:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def test_two_run_at_the_same_time_and_give_what_each_gives() -> None:
    both_there = threading.Barrier(2)  # passed only when the other has come, too

    def arrive(name: str) -> str:
        both_there.wait(timeout=20)
        return name

    assert side_by_side(lambda: arrive("film"), lambda: arrive("report")) == ("film", "report")


def test_each_has_half_of_the_threads_and_no_gradients() -> None:
    def state() -> tuple[int, bool]:
        return torch.get_num_threads(), torch.is_inference_mode_enabled()

    assert side_by_side(state, state) == ((1, True), (1, True))
    assert state() == (2, False)


@pytest.mark.parametrize("fails", [0, 1], ids=["one", "other"])
def test_an_error_of_either_is_raised_once_both_have_ended(fails: int) -> None:
    ended: list[int] = []

    def run(number: int) -> None:
        if number == fails:
            raise ValueError(f"{number} cannot")
        time.sleep(0.05)
        ended.append(number)

    with pytest.raises(ValueError, match=f"{fails} cannot"):
        side_by_side(lambda: run(0), lambda: run(1))
    assert ended == [1 - fails]
    assert torch.get_num_threads() == 2


def test_small_steps_take_one_thread_and_give_it_back_after_an_error() -> None:
    used = torch.backends.mkldnn.is_available() and torch._C._get_mkldnn_enabled()
    with pytest.raises(ZeroDivisionError), small_steps(CPU):
        assert (torch.get_num_threads(), torch._C._get_mkldnn_enabled()) == (1, False)
        raise ZeroDivisionError
    assert (torch.get_num_threads(), torch._C._get_mkldnn_enabled()) == (2, used)
