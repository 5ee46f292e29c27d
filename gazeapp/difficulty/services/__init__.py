"""Every write of this app.

Locks: all that stands on the ladder is written under one lock, the row of the event log `ladder`, which is taken after
every other row a transaction writes (attempt, review, case, event logs of case, prediction and person) and before the
audit's. Under it nobody waits for a row that somebody else holds who waits for the ladder: places and abilities are
written under it alone, and a comparison's row, which holds its two cases, is written before it. So two commits, or a
commit and a comparison, follow one another and cannot block each other for good.
"""

from __future__ import annotations

from gazeapp.difficulty.services.attempts import attempt_committed, key_approved
from gazeapp.difficulty.services.comparisons import compare, undo
from gazeapp.difficulty.services.recomputing import recompute
from gazeapp.difficulty.services.sweeping import sweep
from gazeapp.difficulty.services.workloads import report_of, request_workloads, store_workload

__all__ = [
    "attempt_committed",
    "compare",
    "key_approved",
    "recompute",
    "report_of",
    "request_workloads",
    "store_workload",
    "sweep",
    "undo",
]
