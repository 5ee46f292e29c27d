"""What counts as a success, and when a film comes back.

A success (also for Elo): every finding of importance 2 or 3 is hit and no false mark has a confidence of 4 or 5; for a
normal film the answer is normal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from gazeapp.cases.models import AnswerKey
from ml.gaze import marks as judging
from ml.gaze.marks import Judged, Verdict

COUNTS = 2  # importance from which a finding must be found
SURE = 4  # confidence from which a false mark is held against the reader
REVIEW_AFTER = (timedelta(days=3), timedelta(days=7), timedelta(days=21))  # by successes in a row since the miss


@dataclass(frozen=True, slots=True)
class Outcome:
    judged: Judged
    answer_right: bool
    success: bool
    found: int  # findings that count and were hit
    findings: int  # findings that count


def key_findings(key: AnswerKey, aspect: float) -> list[judging.Finding]:
    """The key's findings as `ml` takes them, in their order."""
    return [
        judging.Finding(finding.label, finding.polygon(aspect), finding.importance)
        for finding in key.findings.order_by("number")
    ]


def score(marks: Sequence[dict[str, Any]], answer: str, key: AnswerKey, *, aspect: float) -> Outcome:
    """The marks and answer of an attempt against a key. A reader who marks something has answered that it is not
    normal."""
    findings = key_findings(key, aspect)
    judged = judging.judge(
        [judging.Mark(m["x"], m["y"], m["confidence"], m["label"]) for m in marks], findings, aspect=aspect
    )
    counting = [number for number, finding in enumerate(findings) if finding.importance >= COUNTS]
    found = sum(bool(judged.hit_by[number]) for number in counting)
    right = (answer == "normal") == bool(key.normal)
    if key.normal:
        success = answer == "normal"
    else:
        false = any(
            verdict is Verdict.FALSE and mark["confidence"] >= SURE
            for mark, (verdict, _) in zip(marks, judged.marks, strict=True)
        )
        success = found == len(counting) and not false
    return Outcome(judged, right, success, found, len(counting))
