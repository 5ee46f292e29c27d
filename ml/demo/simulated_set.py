"""A prepared set of simulated cases: films, readings and what the frozen language model says of the reports, ready
to batch.

Simulating a case and reading its report cost about as much as a training step on it, and training sees each case a few
times; so cases are made once, kept under ``var/``, and found again by a key over the code and seeds that made them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ml.demo import targets
from ml.medgaze.modeling import MedGazeModel
from ml.medgaze.processing import MedGazeProcessor
from ml.simulator import cases, exposure, findings, framing, readers, regions, reports, vocabulary
from ml.simulator.cases import Mix, simulate_case
from ml.simulator.pool import Pool, pool_key
from ml.simulator.readers import READERS
from ml.simulator.regions import REGIONS
from ml.training import augment

BUCKET = 16  # words: reports of a batch are padded to a multiple of it
TEXT_BATCH = 64  # reports the language model reads at once
TRAINING_MIX = Mix(hidden=0.2, loose=0.7, tight=0.5, quiet=0.1)


@dataclass(frozen=True, slots=True)
class CaseBank:
    """``n`` cases as arrays. Places are fractions of the model's square.

    films (n, S, S) uint8 grey 0..255 of 0..1; fixations (n, R, L, 3) x, y, s; lengths (n, R); boxes (n, Z, 4);
    named (n, Z); facts (n, Z, F); finding_boxes (n, S, 4) and groups (n, S) of findings; words (sum
    of tokens, W) float16 and ends (n,): the report of case i is words[ends[i - 1] : ends[i]].
    """

    films: NDArray[np.uint8]
    fixations: NDArray[np.float32]
    lengths: NDArray[np.int16]
    boxes: NDArray[np.float32]
    named: NDArray[np.float32]
    facts: NDArray[np.float32]
    finding_boxes: NDArray[np.float32]
    groups: NDArray[np.int8]
    words: NDArray[np.float16]
    ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.films)

    def batch(
        self,
        index: NDArray[np.int64],
        processor: MedGazeProcessor,
        grid_side: int,
        rng: np.random.Generator | None = None,
    ) -> dict[str, Any]:
        """Keyword arguments of ``MedGazeModel.forward`` for the cases ``index``; with ``rng`` each moved and exposed
        anew."""
        pixels = torch.from_numpy(self.films[index].astype(np.float32) / 255.0)[:, None]
        text, mask = self.reports(index, processor.settings.max_text_tokens)
        boxes, fixations, lengths = self.boxes[index], self.fixations[index], self.lengths[index]
        found = self.finding_boxes[index]
        if rng is not None:
            scale, shift = augment.draw_moves(boxes, rng)
            boxes, found = augment.move_boxes(boxes, scale, shift), augment.move_boxes(found, scale, shift)
            fixations, lengths = augment.move_fixations(fixations, lengths, scale, shift)
            pixels = augment.expose_anew(augment.move_films(pixels, scale, shift), rng)
        slots = np.arange(fixations.shape[2])
        return {
            "pixel_values": processor.normalise(pixels),
            "text_features": text,
            "attention_mask": mask,
            "fixations": torch.from_numpy(fixations),
            "fixation_mask": torch.from_numpy((slots < lengths[..., None]).astype(np.float32)),
            "aux": {
                "cell_regions": torch.from_numpy(targets.region_shares(boxes, grid_side)),
                "region_centres": torch.from_numpy(targets.centres(boxes)),
                "landmarks": torch.from_numpy(targets.landmarks(boxes)),
                "asserted_regions": torch.from_numpy(self.named[index]),
                "asserted_findings": torch.from_numpy(self.facts[index]),
                "cell_findings": torch.from_numpy(targets.finding_shares(found, self.groups[index], grid_side)),
            },
        }

    def reports(self, index: NDArray[np.int64], most: int) -> tuple[Tensor, Tensor]:
        """(B, T, W) states of the reports' words and (B, T) 1 on real words; ``most`` words are read of any."""
        return padded_words([self.words[self._start(i) : self.ends[i]] for i in index], most)

    def _start(self, i: int) -> int:
        return int(self.ends[i - 1]) if i else 0


def padded_words(reports: Sequence[NDArray[np.float16]], most: int) -> tuple[Tensor, Tensor]:
    """Reports of (T, W) states each -> (B, T, W) float32 and (B, T) 1 on real words.

    T is the longest report's length brought up to a multiple of ``BUCKET``, ``most`` at most: for each new T oneDNN
    writes itself new code for every product, which took a quarter of a training step.
    """
    longest = max(len(words) for words in reports)
    count = max(longest, min(-(-longest // BUCKET) * BUCKET, most))
    text = torch.zeros(len(reports), count, reports[0].shape[1])
    mask = torch.zeros(len(reports), count, dtype=torch.int64)
    for row, words in enumerate(reports):
        text[row, : len(words)] = torch.from_numpy(words.astype(np.float32))
        mask[row, : len(words)] = 1
    return text, mask


def batches(
    bank: CaseBank, processor: MedGazeProcessor, *, grid_side: int, batch: int, seed: int, start: int, stop: int
) -> Iterator[dict[str, Any]]:
    """The batches of steps ``start`` .. ``stop``: seeded passes over the bank, each case a little different each time,
    the same whatever the start."""
    a_pass = max(1, len(bank) // batch)
    order, current = np.zeros(0, np.int64), -1
    for step in range(start, stop):
        if step // a_pass != current:
            current = step // a_pass
            order = np.random.default_rng([seed, current]).permutation(len(bank))
        at = step % a_pass * batch
        yield bank.batch(order[at : at + batch], processor, grid_side, np.random.default_rng([seed, step, 0xA6]))


def make_case(pool: Pool, processor: MedGazeProcessor, seed: int, index: int) -> tuple[dict[str, NDArray[Any]], str]:
    """Case number ``index`` of a seed, read once by every simulated reader, through the processor any film goes
    through: its arrays by their names in :class:`CaseBank`, and its report."""
    world = int(np.random.default_rng([seed, index, 1]).integers(len(pool)))
    everyone = tuple(range(len(READERS)))
    size = processor.settings.image_size
    case = simulate_case(pool[world], (seed, index, 2), readers=everyone, long_side=size, mix=TRAINING_MIX)
    pixels, transform = processor.film(case.film)
    grey = pixels[:1] * processor.settings.image_std[0] + processor.settings.image_mean[0]
    fixations, mask = processor.fixations(case.readings, transform)
    finding_boxes, groups = targets.finding_boxes(case.findings, transform)
    arrays = {
        "films": (grey[0] * 255).round().clamp(0, 255).to(torch.uint8).numpy(),
        "fixations": fixations.numpy(),
        "lengths": mask.sum(-1).numpy().astype(np.int16),
        "boxes": targets.square_boxes(case.boxes, transform),
        "named": targets.named_regions(case.report.asserted),
        "facts": targets.stated_facts(case.report, case.findings),
        "finding_boxes": finding_boxes,
        "groups": groups,
    }
    return arrays, case.report.text


def prepare_cases(
    model: MedGazeModel, processor: MedGazeProcessor, pool: Pool, *, count: int, seed: int, workers: int = 1
) -> CaseBank:
    """Simulate ``count`` cases and read their reports; the same for any number of workers."""
    if workers > 1:
        with ProcessPoolExecutor(workers, initializer=_share, initargs=(pool, processor, seed)) as executor:
            made = list(executor.map(_make_shared, range(count), chunksize=64))
    else:
        made = [make_case(pool, processor, seed, index) for index in range(count)]
    words = read_reports(model, processor, [text for _, text in made])
    stacked = {name: np.stack([arrays[name] for arrays, _ in made]) for name in made[0][0]}
    return CaseBank(**stacked, words=np.concatenate(words), ends=np.cumsum([len(w) for w in words]))


_shared: list[Any] = []


def _share(pool: Pool, processor: MedGazeProcessor, seed: int) -> None:
    torch.set_num_threads(1)
    _shared[:] = [pool, processor, seed]


def _make_shared(index: int) -> tuple[dict[str, NDArray[Any]], str]:
    return make_case(_shared[0], _shared[1], _shared[2], index)


def read_reports(model: MedGazeModel, processor: MedGazeProcessor, texts: list[str]) -> list[NDArray[np.float16]]:
    """What the frozen language model says of each report: (tokens, W), batched by length."""
    tokens = [processor.report(text) for text in texts]
    order = np.argsort([len(t.input_ids) for t in tokens], kind="stable")
    out: list[NDArray[np.float16]] = [np.zeros((0, 0), np.float16)] * len(texts)
    for at in range(0, len(order), TEXT_BATCH):
        part = order[at : at + TEXT_BATCH]
        ids, mask = processor.collate_reports([tokens[i] for i in part])
        states = model.report_features(ids, mask).numpy().astype(np.float16)
        for row, i in enumerate(part):
            out[i] = states[row, : len(tokens[i].input_ids)]
    return out


def load_cases(
    folder: Path,
    model: MedGazeModel,
    processor: MedGazeProcessor,
    pool: Pool,
    *,
    count: int,
    seed: int,
    workers: int = 1,
) -> CaseBank:
    """The prepared cases from ``folder`` when the same code made them there before, else made now and kept."""
    base = folder / f"cases-{cases_key(model, pool, count, seed)}"
    fields = CaseBank.__slots__
    if not (base / "done").exists():
        bank = prepare_cases(model, processor, pool, count=count, seed=seed, workers=workers)
        base.mkdir(parents=True, exist_ok=True)
        for field in fields:
            np.save(base / f"{field}.npy", getattr(bank, field))
        (base / "done").touch()
    return CaseBank(**{field: np.load(base / f"{field}.npy", mmap_mode="r") for field in fields})


def cases_key(model: MedGazeModel, pool: Pool, count: int, seed: int) -> str:
    """A name that changes with seeds, sizes, simulating code and language model."""
    config = model.config
    facts = [
        count,
        seed,
        len(pool),
        config.vision.image_size,
        config.decoder.max_fixations,
        config.language.max_text_tokens,
        config.language.report_parts,
        config.language.sha256,
        asdict(TRAINING_MIX),
    ]
    digest = hashlib.sha256(json.dumps([facts, pool_key(len(pool), 0, pool.masks.shape[1]), list(REGIONS)]).encode())
    for module in (cases, exposure, findings, framing, readers, regions, reports, vocabulary, targets):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:12]
