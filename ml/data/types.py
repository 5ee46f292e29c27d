"""The one type every gaze data set becomes: a film with its report and the readings of it.

Places are image fractions (x right, y down, 0..1 over the stored film); times are seconds from film onset. A fixation
that lies off the film is kept out of ``Scanpath`` by the reader of the set and counted in ``Provenance.dropped``.
Sets that took their films from one archive share its ``site``: films and patients are told apart by ``film_id`` and
``person``, so that a film that two sets hold is one film. Nothing here imports torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ml.gaze.scanpath import Scanpath

Progress = Callable[[int, int], None]  # called with how many are done, and of how many


class DataError(ValueError):
    """A data set on disk is not what its layout promises; the message names file, row and what to do."""


@dataclass(frozen=True, slots=True)
class FilmFile:
    """Pixels on disk: not opened before ``ml.data.pixels.load_film`` is asked."""

    path: Path
    width_px: int
    height_px: int
    key: str  # what the set calls the film (dicom_id): the film's identity in splits
    pixels_sha256: str = ""  # what its pixels are, where the set says so: others in their place are refused


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of the report and when it was spoken (s from film onset), where the set has it."""

    text: str
    start_s: float | None = None
    end_s: float | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """The whole text; by sentence with spoken timing where the set has it."""

    text: str
    sentences: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where one reading came from, and what was left out of it."""

    dataset: str  # egd-cxr, reflacx, mimic-cxr, medgaze-export
    source: str  # file and row range or folder, inside the set's own root
    simulated: bool = False  # the reader is
    mapping: str = ""  # how the tracker's coordinates became film fractions
    dropped: dict[str, int] = field(default_factory=dict)  # reason: fixations left out
    gaze: str = ""  # how it was found: one of ml.data.gaze_sources.SOURCES; "" where the set does not say
    device: str = ""
    rate_hz: float | None = None  # median rate of the samples
    model_sha256: str = ""  # the model version that made it, where gaze is "model"


@dataclass(frozen=True, slots=True)
class GazeReading:
    """One reader's scanpath over the case's film.

    ``report`` is what this reader dictated while looking, in sets where each reader did (REFLACX); None where the
    case's report is the only one. Fixations that start before ``dictation_start_s`` are the silent phase.
    """

    reader: str
    scanpath: Scanpath
    provenance: Provenance
    report: Report | None = None
    dictation_start_s: float | None = None  # s from film onset; None where speech was not timed


@dataclass(frozen=True, slots=True)
class GazeCase:
    """One film, its report, and everyone who read it. ``readings`` is empty in sets without gaze (MIMIC-CXR)."""

    key: str  # unique in the data set
    film: FilmFile
    report: Report
    patient: str
    site: str  # archive the film comes from: bidmc for MIMIC-CXR and both sets built on it, simulated, or a site's name
    dataset: str
    readings: tuple[GazeReading, ...] = ()
    labels: dict[str, float] = field(default_factory=dict)  # finding: certainty as the set gives it
    official_split: str = ""  # train, validate or test where the set says so
    boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)  # x0, y0, x1, y1 of named regions
    simulated: bool = False

    @property
    def person(self) -> str:
        """Identity of the patient over all sets."""
        return f"{self.site}/{self.patient}"

    @property
    def film_id(self) -> str:
        """Identity of the film over all sets."""
        return f"{self.site}/{self.film.key}"
