"""EyeLink ASC: what SR Research's edf2asc writes (EyeLink 1000 Plus User Manual, section "ASC file format").

Blocks between START and END are trials; a TRIALID message inside a block begins another one, and one before a block
names it. Times are milliseconds of the tracker's clock. A fixation (EFIX) lasts to the end of its last sample.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from gazeapp.recordings.importers.session import (
    MAX_MESSAGES,
    MAX_SAMPLES,
    MAX_TRIALS,
    FileRefused,
    Frame,
    Samples,
    Session,
    TrackerFixation,
    Trial,
    check_rate,
)

EYES = {"L": "left", "R": "right"}
_COORDS = re.compile(r"(?:DISPLAY_COORDS|GAZE_COORDS)\s+([-\d.]+)[ ,]+([-\d.]+)[ ,]+([-\d.]+)[ ,]+([-\d.]+)")
_VALIDATION = re.compile(r"!CAL VALIDATION .*\b(LEFT|RIGHT)\b.*ERROR\s+([\d.]+) avg\.")
_TRIAL = re.compile(r"TRIALID\b[ :]*(.*)")
_DISPLAY_SOFTWARE = (
    "!",
    "RECCFG",
    "ELCL",
    "GAZE_COORDS",
    "DISPLAY_COORDS",
    "THRESHOLDS",
    "CAMERA",
    "PUPIL_DATA",
    "VALIDATE",
)


def recognises(text: str) -> bool:
    head = text[:4000]
    return head.startswith("** CONVERTED FROM") or bool(re.search(r"^\*\* TYPE: EDF_FILE", head, re.MULTILINE))


def read(text: str) -> Session:
    """Raises FileRefused."""
    reader = _Reader()
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            reader.take(line)
        except (ValueError, IndexError) as fault:
            if isinstance(fault, FileRefused):
                raise
            raise FileRefused("damaged", f"Line {number} cannot be read as EyeLink ASC.") from None
    return reader.session()


@dataclass
class _Block:
    """A trial while it is read: milliseconds and pixels as they stand in the file."""

    name: str
    start_ms: float
    eyes: tuple[str, ...]
    rows: list[tuple[float, ...]] = field(default_factory=list)  # t, then x, y of each eye
    fixations: list[tuple[str, float, float, float, float]] = field(default_factory=list)  # eye, start, duration, x, y
    messages: list[tuple[float, str]] = field(default_factory=list)


class _Reader:
    def __init__(self) -> None:
        self.blocks: list[_Block] = []
        self.open: _Block | None = None
        self.next_name = ""
        self.device = ""
        self.rate_hz: float | None = None
        self.screen: tuple[int, int] | None = None
        self.accuracy: dict[str, float] = {}
        self.samples = 0

    def take(self, line: str) -> None:
        if line[:1].isdigit():
            self._sample(line)
        elif line.startswith("MSG"):
            self._message(line)
        elif line.startswith("EFIX"):
            self._fixation(line)
        elif line.startswith("START"):
            self._start(line)
        elif line.startswith("END"):
            self.open = None
        elif line.startswith("SAMPLES") and self.open is not None:
            self._kind_of_samples(line.split())
        elif line.startswith("EVENTS"):
            self._kind_of_events(line.split())
        elif line.startswith("** EYELINK"):
            self.device = line[3:].split("(")[-1].rstrip(") ").strip() if "(" in line else line[3:].strip()

    def session(self) -> Session:
        trials = [_trial(block) for block in self.blocks if block.rows or block.fixations]
        if not trials:
            raise FileRefused("empty", "This EyeLink file holds neither samples nor fixations.")
        if self.screen is None:
            raise FileRefused(
                "screen-in-doubt",
                "This EyeLink file does not say how large the screen was (DISPLAY_COORDS, GAZE_COORDS).",
            )
        session = Session(
            "EyeLink ASC", Frame.SCREEN_PX, trials, self.device, self.rate_hz, self.screen, dict(self.accuracy)
        )
        if not any(block.rows for block in self.blocks):
            session.notes.append("The file holds the tracker's own fixations only, no samples.")
        check_rate(session)
        return session

    # --- lines ------------------------------------------------------------------------------------------------------

    def _start(self, line: str) -> None:
        words = line.split()
        eyes = tuple(name for word, name in (("LEFT", "left"), ("RIGHT", "right")) if word in words)
        if not eyes:
            raise FileRefused("eye-in-doubt", "A recording block does not say which eye was recorded.")
        self._begin(float(words[1]), eyes)

    def _begin(self, start_ms: float, eyes: tuple[str, ...]) -> None:
        if len(self.blocks) >= MAX_TRIALS:
            raise FileRefused("too-long", f"This file holds more than {MAX_TRIALS} trials.")
        name = self.next_name or f"Trial {len(self.blocks) + 1}"
        self.next_name = ""
        self.open = _Block(name, start_ms, eyes)
        self.blocks.append(self.open)

    def _kind_of_samples(self, words: list[str]) -> None:
        if "GAZE" not in words:
            raise FileRefused("frame-in-doubt", "Samples are not given as GAZE in pixels of the screen.")
        self._rate(words)

    def _kind_of_events(self, words: list[str]) -> None:
        if "GAZE" not in words:
            raise FileRefused("frame-in-doubt", "Events are not given as GAZE in pixels of the screen.")
        self._rate(words)

    def _rate(self, words: list[str]) -> None:
        if "RATE" in words:
            self.rate_hz = float(words[words.index("RATE") + 1])

    def _sample(self, line: str) -> None:
        block = self.open
        if block is None:
            return
        words = line.split()
        row = [float(words[0])]
        for eye in range(len(block.eyes)):
            for word in words[1 + 3 * eye : 3 + 3 * eye]:
                row.append(float("nan") if word == "." else float(word))
        if len(row) != 1 + 2 * len(block.eyes):
            raise ValueError("too few columns")
        block.rows.append(tuple(row))
        self.samples += 1
        if self.samples > MAX_SAMPLES:
            raise FileRefused("too-long", f"This file holds more than {MAX_SAMPLES:,} samples.")

    def _fixation(self, line: str) -> None:
        """EFIX eye start end duration x y pupil; the duration includes the last sample."""
        words = line.split()
        if self.open is not None and words[5] != "." and words[6] != ".":
            start, duration, x, y = (float(words[i]) for i in (2, 4, 5, 6))
            self.open.fixations.append((EYES[words[1]], start, duration, x, y))

    def _message(self, line: str) -> None:
        words = line.split(None, 2)
        if len(words) < 3:
            return
        at, message = float(words[1]), words[2]
        if coords := _COORDS.search(message):
            left, top, right, bottom = (float(value) for value in coords.groups())
            self.screen = (_extent(right - left), _extent(bottom - top))
        elif validation := _VALIDATION.search(message):
            self.accuracy[validation[1].lower()] = float(validation[2])
        elif trial := _TRIAL.search(message):
            self.next_name = trial[1].strip()[:80] or f"Trial {len(self.blocks) + 1}"
            if self.open is not None:
                self._begin(at, self.open.eyes)
        elif (
            self.open is not None
            and len(self.open.messages) < MAX_MESSAGES
            and not message.startswith(_DISPLAY_SOFTWARE)
        ):
            self.open.messages.append((at, message[:80]))


def _extent(span: float) -> int:
    """Pixels between the first and last coordinate: 0 to 1279 are 1280, and 0 to 1920, as others write it, 1920."""
    if not 100 <= span <= 20_000:
        raise FileRefused("screen-in-doubt", "The size of the screen that the file gives cannot be.")
    pixels = round(span)
    return pixels + pixels % 2


def _trial(block: _Block) -> Trial:
    trial = Trial(
        block.name,
        messages=[((at - block.start_ms) / 1000, message) for at, message in block.messages if at >= block.start_ms],
    )
    if block.rows:
        table = np.array(block.rows, np.float64)
        if np.isinf(table).any() or np.isnan(table[:, 0]).any():
            raise FileRefused("damaged", "This EyeLink file holds a number beyond any screen or clock.")
        table = table[np.concatenate([[True], np.diff(table[:, 0]) > 0])]  # a clock that stands or goes back
        time_s = (table[:, 0] - block.start_ms) / 1000
        for number, eye in enumerate(block.eyes):
            trial.eyes[eye] = Samples(time_s, table[:, 1 + 2 * number], table[:, 2 + 2 * number])
    for eye in block.eyes:
        found = tuple(_fixations(block, eye))
        if found:
            trial.fixations[eye] = found
    return trial


def _fixations(block: _Block, eye: str) -> Iterator[TrackerFixation]:
    """Those that began in this trial; one that began before its stimulus belongs to neither."""
    for whose, start_ms, duration_ms, x, y in block.fixations:
        if whose == eye and start_ms >= block.start_ms:
            yield TrackerFixation(x, y, (start_ms - block.start_ms) / 1000, duration_ms / 1000)
