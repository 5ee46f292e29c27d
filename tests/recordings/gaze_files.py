"""Eye trackers' files made for tests, and the job that looks into one."""

from __future__ import annotations

from gazeapp.core.models import Job
from gazeapp.core.services import claim
from gazeapp.recordings.models import ImportSession
from worker import handlers

URL = "/api/v1/recordings/imports/"


def look(import_id: str) -> None:
    """The job, run here."""
    job = ImportSession.objects.get(pk=import_id).job
    assert job is not None
    lease = claim(Job.Queue.IO, only=job.pk)
    assert lease is not None
    with lease:
        handlers.load("import")(lease)


def dwells(
    places: list[tuple[float, float]], *, hz: int = 500, each_s: float = 0.4
) -> list[tuple[float, float, float]]:
    """(ms, x, y) of an eye that rests at each place."""
    step = 1000 / hz
    return [(round(i * step, 1), *places[int(i / hz / each_s)]) for i in range(int(len(places) * each_s * hz))]


def asc(*trials: tuple[str, list[tuple[float, float, float]]], screen: str = "0 0 1919 1079", more: str = "") -> str:
    """An EyeLink file with these trials of the left eye."""
    lines = [
        "** CONVERTED FROM C:\\data\\Miller_John.edf using edfapi",
        "** TYPE: EDF_FILE BINARY EVENT SAMPLE TAGGED",
        "** EYELINK II CL v6.12 Feb  1 2018 (EyeLink Portable Duo)",
        *([f"MSG\t1 DISPLAY_COORDS {screen}"] if screen else []),
        "MSG\t2 !CAL VALIDATION HV9 L LEFT  GOOD ERROR 0.27 avg. 0.83 max  OFFSET 0.11 deg. 3.7,2.4 pix.",
    ]
    start = 1000.0
    for name, rows in trials:
        lines += [
            f"MSG\t{start - 10} TRIALID {name}",
            f"START\t{start:.0f} \tLEFT\tSAMPLES\tEVENTS",
            "EVENTS\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
            "SAMPLES\tGAZE\tLEFT\tRATE\t 500.00\tTRACKING\tCR\tFILTER\t2",
            *(f"{start + t:.1f}\t{x:.1f}\t{y:.1f}\t 800.0\t..." for t, x, y in rows),
            more.format(start=start),
            f"END\t{start + 9000:.0f} \tSAMPLES\tEVENTS\tRES\t  47.75\t  45.92",
        ]
        start += 10_000
    return "\n".join(lines)
