"""The gate that a candidate passes before it may become champion: a paired comparison on a frozen simulated set.

Both models read the same films and reports, each by its own decoding rule, and are scored against the same readings
(:mod:`judging`); trivial baselines stand beside them; what must hold is data (:mod:`rules`). The set lies in the
repository (:mod:`frozen`) and is made from seeds that no training and no bench uses
(:mod:`ml.demo.gate_set`).

How many cases it takes, and where the margins come from: docs/decisions/0029.
"""

from ml.evaluation.gate.frozen import GateRefused
from ml.evaluation.gate.judging import judge

__all__ = ["GateRefused", "judge"]
