"""The files of a release, in a folder of its own. The same choice gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from gazeapp.cases.storage import film_pixels
from gazeapp.core.problems import Problem
from gazeapp.exports import citing, collecting
from gazeapp.exports.selection import Chosen
from gazeapp.exports.tables import RATINGS
from gazeapp.exports.terms import TERMS
from ml.data.export import INDEX, About, write_export

Progress = Callable[[str, int, int], None]  # stage, how many are done, of how many
README = """# {name}, release {version}

{sentence}

- `dataset.json` says what this is: name, version, licence, citation, counts, and the sha256 of every other file.
- `dictionary.json` explains every column of every table, and the sources of gaze.
- `cases.csv`, `readings.csv`, `fixations.csv`{more}: UTF-8, comma-separated, one header line.
- `TERMS.txt` says what you agreed to, `CITATION.cff` how to cite.

Places are fractions of the film (x from the left edge, y from the top), times are seconds from the moment the film was
shown. Readers, cases and patients go by pseudonyms that are this release's own.{simulated}

    from ml.data.export import read_export        # the program that these come from: checks every digest
    cases = read_export(folder, films_needed=False)

For research and teaching, not for diagnosis.
"""


def write(data: Path, chosen: Chosen, sentence: str, on_progress: Progress) -> dict[str, Any]:
    """Everything of a release into the empty folder ``data``; gives dataset.json. ``sentence``: the counts in words."""
    query = chosen.query
    if query.films:
        _films(data / "films", chosen, on_progress)
    version = citing.content_version(chosen.digest)
    more = ", `ratings.csv`" if query.ratings else ""
    more += " and the folder `films/`" * query.films + " and the folder `reports/`" * query.reports
    note = "\n\nSome of it is simulated: the columns `simulated` and `source` say which."
    readme = README.format(
        name=citing.NAME, version=version, sentence=sentence, more=more, simulated=note * chosen.simulated
    )
    _text(data / "README.md", readme)
    _text(data / "TERMS.txt", f"Version {TERMS.version}\n\n{TERMS.text}")
    _text(data / "CITATION.cff", citing.cff(version))
    cases = len(chosen.cases())
    write_export(
        data,
        collecting.cases(chosen, on_progress=lambda done: on_progress("writing", done, cases)),
        About(citing.NAME, version, TERMS.licence, citing.citation(version)),
        reports=query.reports,
        more=[(RATINGS, collecting.ratings(chosen))] if query.ratings else [],
        in_order=True,
    )
    index: dict[str, Any] = json.loads((data / INDEX).read_text(encoding="utf-8"))
    return index


def _films(folder: Path, chosen: Chosen, on_progress: Progress) -> None:
    """The films as 16-bit grey PNG, each called by the address of its pixels."""
    folder.mkdir()
    films = chosen.films()
    for number, sha256 in enumerate(films):
        on_progress("films", number, len(films))
        try:
            pixels = film_pixels(sha256)
        except (OSError, ValueError) as error:
            raise Problem(
                "film-lost", "A film of this release is missing or damaged.", f"Film {sha256}; tell an admin.", code=410
            ) from error
        _png(folder / f"{sha256}.png", pixels)


def _png(path: Path, pixels: Any) -> None:
    from PIL import Image

    grey = np.ascontiguousarray(pixels, "<u2")
    Image.frombytes("I;16", (grey.shape[1], grey.shape[0]), grey.tobytes()).save(path, "PNG", compress_level=6)


def _text(path: Path, text: str) -> None:
    path.write_bytes(text.encode())
