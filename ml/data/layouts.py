"""Reads any data set: which layout a folder has is recognised by headers and column names, never by file names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from ml.data import egd_cxr, export, mimic_cxr, reflacx
from ml.data.export import Films, Reports
from ml.data.gaze_sources import only
from ml.data.tables import find_tables
from ml.data.types import DataError, GazeCase


class Reader(Protocol):
    def __call__(
        self, root: Path, *, mimic: Sequence[Path] = (), skipped: Counter[str] | None = None
    ) -> list[GazeCase]: ...


@dataclass(frozen=True, slots=True)
class Layout:
    """How a layout is recognised and read. ``films_only``: other sets keep its files among theirs."""

    is_here: Callable[[Path], bool]
    read: Reader
    films_only: bool = False


LAYOUTS: dict[str, Layout] = {
    egd_cxr.NAME: Layout(lambda root: bool(find_tables(root, egd_cxr.GAZE)), egd_cxr.read_egd_cxr),
    reflacx.NAME: Layout(
        lambda root: bool(find_tables(reflacx.main_folder(root), reflacx.METADATA)), reflacx.read_reflacx
    ),
    export.NAME: Layout(export.is_export, export.read_export),
    mimic_cxr.NAME: Layout(
        lambda root: bool(find_tables(root, mimic_cxr.METADATA)), mimic_cxr.read_mimic_cxr, films_only=True
    ),
}


def load_dataset(
    root: Path,
    *,
    layout: str = "auto",
    mimic: Sequence[Path] = (),
    skipped: Counter[str] | None = None,
    sources: Collection[str] | None = None,
    films: Films | None = None,
    reports: Reports | None = None,
    films_needed: bool = True,
) -> list[GazeCase]:
    """The cases of a data set's folder. ``mimic``: folders of MIMIC-CXR(-JPG), where films and reports of sets lie that
    ship without them. ``films``, ``reports``: where those of this app's exports are that came without them;
    ``films_needed`` False where nobody will open such films. ``sources``: whose readings are wanted
    (``ml.data.gaze_sources``); the cursor's and a model's only where they are named. ``skipped`` counts what was left
    out and why. Raises DataError; its message says what to do."""
    name = recognise(root) if layout == "auto" else layout
    if name not in LAYOUTS:
        raise DataError(f"{root}: no layout is called {name!r}; choose one of auto, {', '.join(LAYOUTS)}")
    if name == export.NAME:
        return export.read_export(
            root, skipped=skipped, sources=sources, films=films, reports=reports, films_needed=films_needed
        )
    cases = LAYOUTS[name].read(root, mimic=mimic, skipped=skipped)
    return cases if sources is None else only(cases, sources, skipped)


def recognise(root: Path) -> str:
    """The name of the folder's layout."""
    if not root.is_dir():
        raise DataError(f"{root}: there is no such folder")
    found = [name for name, layout in LAYOUTS.items() if layout.is_here(root)]
    with_gaze = [name for name in found if not LAYOUTS[name].films_only]
    if len(with_gaze) > 1:
        raise DataError(f"{root}: could be {' or '.join(with_gaze)}; say which with --layout")
    if not found:
        raise DataError(
            f"{root}: no known data set. Looked for the tables of {', '.join(LAYOUTS)} by their column names; name the "
            "folder that holds the set's tables"
        )
    return (with_gaze or found)[0]


def combined(*sets: Iterable[GazeCase]) -> list[GazeCase]:
    """Several sets as one. Each case's key gets its set's name before it, and its site's where sets of one name are of
    several sites; a film that two sets hold stays one film, and its patient one patient (``film_id``, ``person``), so
    that no split can part them."""
    everything = [case for cases in sets for case in cases]
    sites = Counter(dataset for dataset, _ in {(case.dataset, case.site) for case in everything})
    out: dict[str, GazeCase] = {}
    for case in everything:
        whose = case.dataset if sites[case.dataset] == 1 else f"{case.dataset}/{case.site}"
        key = f"{whose}:{case.key}"
        if key in out:
            raise DataError(f"case {key} is in two of the sets; give each set once")
        out[key] = replace(case, key=key)
    return list(out.values())
