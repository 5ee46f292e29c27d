"""The decoders, by the name in ``config.decoder.kind``: from the memory to a distribution over scanpaths.

A decoder is one or several modules of the model, in the order they work.
The first gets the memory, each further one what the one before it gave, and the memory.
"""

from __future__ import annotations

from torch import nn

from ml.medgaze.decoders.autoregressive import AutoregressiveDecoder
from ml.medgaze.decoders.autoregressive_paths import AutoregressivePaths
from ml.medgaze.decoders.distribution import PathDistribution
from ml.medgaze.decoders.parallel import ParallelDecoder, PathHeads

Paths = PathDistribution | AutoregressivePaths

DECODERS: dict[str, dict[str, type[nn.Module]]] = {
    "parallel": {"decoder": ParallelDecoder, "heads": PathHeads},
    "autoregressive": {"autoregressive_decoder": AutoregressiveDecoder},
}
