"""Which cases each batch holds: fixed by the settings alone, for any number of devices and wherever a run resumes.

Training is a row of batches of ``batch`` cases. Step n of a run on W devices with A batches each takes W * A of them,
device r the batches r, W + r, 2 W + r ... of the step. One device with twice the accumulation therefore sees what two
devices see, and the randomness of a batch (dropout, samples, wrong pairs) is seeded by its number.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler

from ml.data.prepared import PreparedCase, PreparedSet


class Cases(Protocol):
    """What can be trained on: numbered cases, and the model's keyword arguments for some of them."""

    def __len__(self) -> int: ...

    def batch(self, index: Sequence[int]) -> dict[str, Tensor]: ...


@dataclass(frozen=True, slots=True)
class Pairs:
    """Films and reports of a prepared set, for stage 1."""

    whole: PreparedSet
    text_tokens: int  # words of each report that are read

    def __len__(self) -> int:
        return len(self.whole)

    def batch(self, index: Sequence[int]) -> dict[str, Tensor]:
        out = self.whole.pairs(index)
        return out | {name: out[name][:, : self.text_tokens] for name in ("input_ids", "attention_mask")}


@dataclass(frozen=True, slots=True)
class Readings:
    """Some readings of a data set: those of one reader, site or set, or (``others``) all but those."""

    by: str  # reader, site or set
    name: str  # of that reader, site or set
    others: bool = False

    def have(self, case: PreparedCase, reader: str) -> bool:
        return (group_of(self.by, case, reader) == self.name) != self.others

    def __str__(self) -> str:
        return f"{'without' if self.others else 'only'} {self.by} {self.name}"


def group_of(by: str, case: PreparedCase, reader: str) -> str:
    """The reader, site or set (``by``) that a reading belongs to."""
    return {"reader": reader, "site": case.site, "set": case.dataset}[by]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The cases of a prepared set that have a chosen reading, numbered anew; their other readings count nowhere."""

    whole: PreparedSet
    hidden: tuple[tuple[int, tuple[int, ...]], ...]  # a case: its number in the set, places of its other readings

    @classmethod
    def of(cls, whole: PreparedSet, readings: Readings | None) -> Chosen:
        """All readings without ``readings``."""
        found = []
        for number, case in enumerate(whole.cases):
            hidden = [at for at, who in enumerate(case.readers) if readings and not readings.have(case, who)]
            if len(hidden) < len(case.readers):
                found.append((number, tuple(hidden)))
        return cls(whole, tuple(found))

    def __len__(self) -> int:
        return len(self.hidden)

    def batch(self, index: Sequence[int]) -> dict[str, Tensor]:
        chosen = [self.hidden[i] for i in index]
        out = self.whole.batch([number for number, _ in chosen])
        for row, (_, places) in enumerate(chosen):
            out["fixation_mask"][row, list(places)] = 0
        return out


@dataclass(frozen=True, slots=True)
class Plan:
    """The row of batches of a run."""

    cases: int
    batch: int
    steps: int
    accumulate: int = 1
    devices: int = 1
    seed: int = 0

    def number(self, step: int, within: int, device: int) -> int:
        """Number of the batch that ``device`` takes as its ``within``-th of a step."""
        return (step * self.accumulate + within) * self.devices + device

    def of_device(self, device: int) -> list[int]:
        """Numbers of all batches of a device, in order."""
        return [self.number(s, a, device) for s in range(self.steps) for a in range(self.accumulate)]

    def order(self, turn: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """The cases as pass number ``turn`` goes through them."""
        return np.random.default_rng([self.seed, turn]).permutation(self.cases)

    def seed_of(self, number: int) -> int:
        """Seeds everything random in batch ``number``."""
        return int(np.random.SeedSequence([self.seed, number, 0xBA7C]).generate_state(1, np.uint64)[0] >> 1)


class PlannedBatches(Sampler[list[int]]):
    """The case numbers of one device's batches. A pass leaves out what does not fill a batch, other cases each time."""

    def __init__(self, plan: Plan, device: int) -> None:
        self.plan, self.device = plan, device

    def __len__(self) -> int:
        return self.plan.steps * self.plan.accumulate

    def __iter__(self) -> Iterator[list[int]]:
        plan = self.plan
        size = min(plan.batch, plan.cases)
        a_pass = plan.cases // size
        turn, order = -1, np.zeros(0, np.int64)
        for number in plan.of_device(self.device):
            if number // a_pass != turn:
                turn = number // a_pass
                order = plan.order(turn)
            at = number % a_pass * size
            yield [int(i) for i in order[at : at + size]]


class _Whole(Dataset[dict[str, Tensor]]):
    """Hands PyTorch's loader whole batches, already tensors."""

    def __init__(self, cases: Cases) -> None:
        self.cases = cases

    def __len__(self) -> int:
        return len(self.cases)

    def __getitems__(self, index: list[int]) -> dict[str, Tensor]:
        return self.cases.batch(index)


def _as_is(batch: dict[str, Tensor]) -> dict[str, Tensor]:
    return batch


def loader(cases: Cases, plan: Plan, device: int, processes: int) -> DataLoader[dict[str, Tensor]]:
    """Batches of one device in the plan's order."""
    return DataLoader(
        _Whole(cases),
        batch_sampler=PlannedBatches(plan, device),
        collate_fn=_as_is,  # type: ignore[arg-type]
        num_workers=processes,
        multiprocessing_context="spawn" if processes else None,
        pin_memory=torch.cuda.is_available(),
    )
