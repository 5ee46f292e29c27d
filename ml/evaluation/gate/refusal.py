"""Why there is no verdict."""

from __future__ import annotations

from ml.metrics.cases import EvaluationError


class GateRefused(EvaluationError):
    """A model cannot be loaded or says nothing usable, or the frozen set is not the frozen one; the message says which
    and what to do."""
