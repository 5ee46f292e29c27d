"""How many of torch's threads work at what. Only the CPU's; on another device all is left as it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import torch

One = TypeVar("One")
Other = TypeVar("Other")


@contextmanager
def small_steps(device: torch.device) -> Iterator[None]:
    """Decoder steps and medoids are hundreds of small operations one after the other: threads would wait for each other
    at each, and on busy cores for whatever else runs. oneDNN takes longer to prepare a small one than torch to do it.
    """
    if device.type != "cpu":
        yield
        return
    one_dnn = _use_one_dnn(False)
    try:
        with threads(1):
            yield
    finally:
        _use_one_dnn(one_dnn)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """torch computes with ``count`` threads what is begun here."""
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def side_by_side(one: Callable[[], One], other: Callable[[], Other]) -> tuple[One, Other]:
    """What both give, computed at the same time with half of torch's threads each, without gradients. An error of
    either is raised when both have ended.

    Halves because small nets gain little from more threads: on 2 cores two of 11 and 10 ms on a thread each, 10 and 10
    on two, take 17 ms together.
    """
    half = max(1, torch.get_num_threads() // 2)

    def beside() -> Other:
        with torch.inference_mode():  # both are a thread's own
            torch.set_num_threads(half)
            return other()

    with threads(half), ThreadPoolExecutor(1) as executor:
        theirs = executor.submit(beside)
        with torch.inference_mode():
            ours = one()
        return ours, theirs.result()


def _use_one_dnn(allowed: bool) -> bool:
    """Let torch use oneDNN or not; whether it might before. (``mkldnn.flags`` would set three more things.)"""
    before, *_ = torch.backends.mkldnn.set_flags(_enabled=allowed, _fp32_precision=None)  # type: ignore[no-untyped-call]
    return bool(before)
