"""How far to trust a recording, in a word and its reasons. The bounds are ours, for a first look only."""

from __future__ import annotations

from dataclasses import dataclass

from gazeapp.recordings.models import Recording, Source

GOOD, FAIR = 0.05, 0.2  # of the samples without a place, or of the places beside the film


@dataclass(frozen=True)
class Quality:
    grade: str  # good, fair, poor; empty while nothing is known
    words: str


def percent(share: float) -> str:
    """A share in words: what is little is not nothing."""
    return "under 1 %" if 0 < share < 0.01 else f"{share * 100:.0f} %"


def of(recording: Recording) -> Quality:
    """Of a complete recording; nothing of one that is still being made."""
    known = recording.quality
    if recording.state != Recording.State.SEALED or "lost" not in known:
        return Quality("", "")
    lost, off = float(known["lost"]), float(known.get("off_film", 0.0))
    missing = float(known.get("missing", 0.0))
    worst = max(lost, off, missing)
    grade = "good" if worst <= GOOD else "fair" if worst <= FAIR else "poor"
    words = [f"{percent(lost)} {'off the film' if recording.source == Source.APERTURE else 'lost'}"]
    if not recording.samples:
        grade, words = "", ["fixations only"]
    if off > 0.005:
        words.append(f"{percent(off)} beside the film")
    if "accuracy_deg" in known:
        words.append(f"error {known['accuracy_deg']:.2f}°")
    if known.get("gaps"):
        gaps = f"{known['gaps']} gap{'s' if known['gaps'] != 1 else ''}"
        words.append(f"{gaps}, {percent(missing)} of the time" if missing > 0.005 else gaps)
    return Quality(grade, ", ".join(words))
