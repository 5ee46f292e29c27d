"""Random numbers of a seed of any length."""

from __future__ import annotations

import numpy as np
import torch

SHORT = 1 << 32  # PyTorch's CPU generator keeps 32 bits of a seed and drops the others without a word
WORDS = slice(3, 3 + 624)  # of a generator's state as 64-bit words: the Mersenne Twister's own


def generator_of(seed: int) -> torch.Generator:
    """A CPU generator for ``seed`` (0 or more). Seeds below 2**32 are PyTorch's own; longer ones fill all of the
    Mersenne Twister's state by NumPy's ``SeedSequence``, so that nobody finds them by trying: of 32 bits all are tried
    in hours."""
    generator = torch.Generator().manual_seed(seed % SHORT)
    if seed >= SHORT:
        state = generator.get_state()
        state.numpy().view(np.uint64)[WORDS] = np.random.MT19937(np.random.SeedSequence(seed)).state["state"]["key"]
        generator.set_state(state)
    return generator
