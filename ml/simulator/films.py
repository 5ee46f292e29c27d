"""Simulated films with their readings, as the data-set trees need them: patients with several films, several readers.

Everything follows from the plan's seed and the film's number, so any number of processes makes the same tree, and the
same seed makes the same patients and films in every layout. The film of a patient is cut anew from the patient's world.
Readers are the simulator's four habits at different skill; each dictates a report of his own, which may leave a finding
out, and reads with that report in mind. Who reads a film twice has the same report in mind both times. A site of
another name than the usual one has its own patients and its own house style: how bright its films are, how fast and
how completely its readers read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ml.data.marker import SIMULATED_SITE
from ml.simulator import projection
from ml.simulator.cases import Case, simulate_case
from ml.simulator.drawing import World
from ml.simulator.framing import Box
from ml.simulator.pool import SIZE, make_world
from ml.simulator.readers import READERS, Path, Reader, read_film
from ml.simulator.reports import Report, write_report

SKILLS = (1.0, 0.9, 0.8, 0.95, 0.7)  # of five readers: chance to name a finding, and with it care and coverage
FILMS_A_PATIENT = (0.6, 0.25, 0.15)  # shares of patients with one, two and three films


@dataclass(frozen=True, slots=True)
class Plan:
    """What a tree is made from. ``long_side``: px of a film's longer side, about; films differ by a sixth."""

    layout: str
    cases: int
    seed: int
    long_side: int = 512
    site: str = SIMULATED_SITE

    @property
    def seeds(self) -> tuple[int, ...]:
        """Begin every seed: two sites have no patient in common, even with the same ``seed``."""
        return (self.seed,) if self.site == SIMULATED_SITE else (self.seed, *_digits(self.site))


@dataclass(frozen=True, slots=True)
class House:
    """What a site does in its own way."""

    gamma: float = 1.0  # exponent of its films' brightness
    pace: float = 1.0  # its readers' fixations last so many times as long
    coverage: float = 1.0  # and stop at so large a share of the usual stations

    @classmethod
    def of(cls, site: str) -> House:
        """Fixed by the site's name; the usual one's is plain."""
        if site == SIMULATED_SITE:
            return cls()
        rng = np.random.default_rng(_digits(site))
        return cls(2 ** rng.uniform(-0.7, 0.7), 2 ** rng.uniform(-0.4, 0.4), rng.uniform(0.6, 1.0))


def _digits(name: str) -> tuple[int, ...]:
    return tuple(hashlib.sha256(name.encode()).digest()[:4])


@dataclass(frozen=True, slots=True)
class Slot:
    """One film of a plan: whose it is and what it is called. Numbers like MIMIC-CXR's, of which none begins with 9."""

    index: int
    patient: int
    subject: str
    study: str
    key: str
    site: str


@dataclass(frozen=True, slots=True)
class Looked:
    """One reading: reader's number 0..4, his report, and (n, 3) x, y in film fractions and seconds."""

    reader: int
    report: Report
    path: Path


@dataclass(frozen=True, slots=True)
class SimulatedFilm:
    """A film and who read it. ``pixels`` (H, W) uint8, bright is bright."""

    slot: Slot
    pixels: NDArray[np.uint8]
    kinds: tuple[str, ...]  # of the findings on it
    boxes: dict[str, Box]
    readings: tuple[Looked, ...]


def slots(plan: Plan) -> Iterator[Slot]:
    """The films of a plan, a patient's one after another."""
    rng = np.random.default_rng([*plan.seeds, 1])
    first = int(rng.integers(10**6))
    patient, left = -1, 0
    for index in range(plan.cases):
        if left == 0:
            patient, left = patient + 1, 1 + int(rng.choice(len(FILMS_A_PATIENT), p=FILMS_A_PATIENT))
        left -= 1
        digest = hashlib.sha256(f"simulated film {' '.join(map(str, plan.seeds))} {index}".encode()).hexdigest()
        key = "-".join(digest[k : k + 8] for k in range(0, 40, 8))
        yield Slot(index, patient, f"9{first + patient:07d}", f"9{first + index:07d}", key, plan.site)


def make_film(plan: Plan, slot: Slot, readers: tuple[int, ...]) -> SimulatedFilm:
    """The film of that slot, read by those of the five readers; one who is named twice reads it twice."""
    rng = np.random.default_rng([*plan.seeds, slot.index, 2])
    long_side = round(plan.long_side * rng.uniform(5 / 6, 7 / 6))
    world = _world(plan.seeds, slot.patient)
    case = simulate_case(world, (*plan.seeds, slot.index, 3), readers=(), long_side=long_side)
    looked = tuple(_look(plan, slot, case, reader, readers[:k].count(reader)) for k, reader in enumerate(readers))
    return SimulatedFilm(
        slot, _toned(case.film, House.of(plan.site).gamma), tuple(f.kind for f in case.findings), case.boxes, looked
    )


def _look(plan: Plan, slot: Slot, case: Case, reader: int, before: int) -> Looked:
    """What a reader of that skill dictates about the case's film, and how he looks, having read it ``before`` times."""
    rng = np.random.default_rng([*plan.seeds, slot.index, 4, reader])
    skill = SKILLS[reader]
    named = [f for f in case.findings if f.place in case.report.asserted and rng.random() < skill]
    report = write_report(named, tuple(case.boxes), "heart" in case.report.asserted, rng)
    if before:
        rng = np.random.default_rng([*plan.seeds, slot.index, 4, reader, before])
    habit = _housed(_skilled(READERS[reader % len(READERS)], skill), House.of(plan.site))
    path = read_film(habit, case.boxes, report.asserted, case.findings, rng, report.efforts)
    return Looked(reader, report, path)


def _skilled(habit: Reader, skill: float) -> Reader:
    """A less skilled reader stops at fewer stations, looks less exactly and takes longer."""
    return replace(
        habit, coverage=habit.coverage * (0.5 + 0.5 * skill), spread=habit.spread / skill**0.5,
        survey_s=habit.survey_s / skill**0.5,
    )  # fmt: skip


def _housed(habit: Reader, house: House) -> Reader:
    return replace(
        habit, coverage=habit.coverage * house.coverage, survey_s=habit.survey_s * house.pace,
        visit_s=habit.visit_s * house.pace,
    )  # fmt: skip


def _toned(film: NDArray[np.uint8], gamma: float) -> NDArray[np.uint8]:
    """The film as a site with that exponent of brightness shows it; the usual one's as it is, to the bit."""
    table = np.round(255 * (np.arange(256) / 255) ** gamma).astype(np.uint8)
    return np.asarray(table[film])


_parts: list[NDArray[np.float32] | None] = []


def share_projection(parts: NDArray[np.float32] | None) -> None:
    """Give a worker process the projected CT, which takes seconds to make."""
    _parts[:] = [parts]


def projected_ct() -> NDArray[np.float32] | None:
    """The parts of the chest CT, where the package that carries it is installed."""
    folder = projection.ct_folder()
    return projection.projected_parts(folder, SIZE) if folder else None


@lru_cache(maxsize=2)
def _world(seeds: tuple[int, ...], patient: int) -> World:
    if not _parts:
        share_projection(projected_ct())
    return make_world(int(np.random.SeedSequence([*seeds, patient, 5]).generate_state(1)[0]), _parts[0])
