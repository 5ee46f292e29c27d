"""The pool of worlds: made once from a seed, kept in memory or under ``var/`` so that training never waits for
drawing."""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ml.simulator import anatomy, drawing, projection, warp
from ml.simulator.drawing import LEFT, RIGHT, World

SIZE = 224  # pixels of a world's side
PROJECTED_SHARE = 0.4  # of worlds, where the CT is at hand


@dataclass(frozen=True, slots=True)
class Pool:
    """Worlds as stacked planes: attenuation (n, SIZE, SIZE) float16 in cm of water, masks (n, SIZE, SIZE) uint8."""

    attenuation: NDArray[np.float16]
    masks: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.masks)

    def __getitem__(self, index: int) -> World:
        return World(self.attenuation[index].astype(np.float32), self.masks[index])


def make_world(seed: int, parts: NDArray[np.float32] | None, size: int = SIZE) -> World:
    """World number ``seed``; drawn again (at most a few times) when bending pushed a lung out of it."""
    rng = np.random.default_rng([seed, 0x77])
    for _ in range(20):
        projected = parts is not None and rng.random() < PROJECTED_SHARE
        base = (
            projection.project_world(parts, rng) if projected and parts is not None else drawing.draw_world(rng, size)
        )
        world = warp.bend(base, rng, strength=1.1 if projected else 0.8)
        if all(_inside(world, side) for side in (RIGHT, LEFT)):
            return world
    raise RuntimeError(f"no usable world for seed {seed}")


def _inside(world: World, side: int) -> bool:
    where = (world.masks & side) > 0
    border = where[0].any() or where[-1].any() or where[:, 0].any() or where[:, -1].any()
    return bool(where.sum() > 0.02 * where.size and not border)


def make_pool(count: int, seed: int, *, size: int = SIZE, workers: int = 1, projected: bool = True) -> Pool:
    """``count`` worlds with seeds from ``seed``, the same for any number of workers. ``projected``: use the CT."""
    folder = projection.ct_folder() if projected else None
    parts = projection.projected_parts(folder, size) if folder else None
    seeds = [int(s) for s in np.random.SeedSequence(seed).generate_state(count)]
    if workers <= 1:
        worlds = [make_world(s, parts, size) for s in seeds]
    else:
        with ProcessPoolExecutor(workers, initializer=_share, initargs=(parts, size)) as executor:
            worlds = list(executor.map(_make_shared, seeds, chunksize=32))
    return Pool(
        np.stack([w.attenuation for w in worlds]).astype(np.float16),
        np.stack([w.masks for w in worlds]),
    )


_shared: tuple[NDArray[np.float32] | None, int] = (None, SIZE)


def _share(parts: NDArray[np.float32] | None, size: int) -> None:
    global _shared
    _shared = (parts, size)


def _make_shared(seed: int) -> World:
    return make_world(seed, *_shared)


def load_pool(folder: Path, count: int, seed: int, *, size: int = SIZE, workers: int = 1) -> Pool:
    """The pool from ``folder`` when the same code made it there before, else made now and kept."""
    key = pool_key(count, seed, size)
    base = folder / f"pool-{key}"
    if not (base / "masks.npy").exists():
        pool = make_pool(count, seed, size=size, workers=workers)
        base.mkdir(parents=True, exist_ok=True)
        np.save(base / "attenuation.npy", pool.attenuation)
        partial = base / "masks.partial.npy"
        np.save(partial, pool.masks)
        partial.replace(base / "masks.npy")
    return Pool(np.load(base / "attenuation.npy", mmap_mode="r"), np.load(base / "masks.npy", mmap_mode="r"))


def pool_key(count: int, seed: int, size: int) -> str:
    """A name that changes with the count, the seed, the code that draws, and whether the CT is at hand."""
    digest = hashlib.sha256(json.dumps([count, seed, size, projection.ct_folder() is not None]).encode())
    for module in (anatomy, drawing, projection, warp):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.hexdigest()[:12]
