"""Data sets named on the command line: films from elsewhere, readings by source, and what was left out is said."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ml.cli import main
from ml.data.export import About, read_export, write_export
from ml.data.prepared import load_prepared
from ml.data.types import GazeCase
from ml.simulator.films import share_projection

ABOUT = About("release", "1", "CC-BY-4.0", "Somebody, 2026.")


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``set``: a simulated export. ``release``: the same without films and reports, in which one reading of every case
    was made with the cursor. ``split.json``: of both."""
    share_projection(None)  # the projected CT takes seconds
    root = tmp_path_factory.mktemp("sets")
    main(["simulate", "--layout", "export", "--cases", "20", "--long-side", "64", "--out", str(root / "set")])
    write_export(root / "release", map(by_cursor, read_export(root / "set")), ABOUT, reports=False)
    main(["split", str(root / "release"), "--out", str(root / "split.json")])
    return root


def by_cursor(case: GazeCase) -> GazeCase:
    first, *others = case.readings
    provenance = replace(first.provenance, gaze="aperture", simulated=False)
    return replace(case, readings=(replace(first, provenance=provenance), *others))


def preparing(root: Path, out: Path) -> list[str]:
    where = ["--split", str(root / "split.json"), "--settings", "vlc-tiny", "--out", str(out)]
    return ["prepare", str(root / "release"), *where]


def sources(out: Path) -> list[str]:
    cases = [case for part in ("train", "validate", "test") for case in load_prepared(out / part).cases]
    return [provenance["gaze"] for case in cases for provenance in case.provenance]


def test_a_release_without_films_is_split_but_not_prepared(
    place: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    why = "came neither with the export nor from elsewhere; name the folder that holds it"
    assert why in refused(*preparing(place, tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_a_split_that_compares_pixels_needs_the_films(place: Path, tmp_path: Path, refused: Callable[..., str]) -> None:
    arguments = ["split", str(place / "release"), "--pixels", "--out", str(tmp_path / "s.json")]
    assert "name the folder that holds it" in refused(*arguments)
    main([*arguments, "--films", str(place / "set" / "films")])


def test_films_and_reports_from_elsewhere_are_prepared_and_the_cursor_is_left_out_and_said(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    held = ["--films", str(place / "set" / "films"), "--reports", str(place / "set" / "reports")]
    main([*preparing(place, tmp_path / "out"), *held])
    said = capsys.readouterr().out
    assert "left out: reading of source aperture, which nobody asked for, 20" in said and "blank one" not in said
    assert set(sources(tmp_path / "out")) == {"simulated"}
    assert all(case.report for case in load_prepared(tmp_path / "out" / "train").cases)


def test_a_named_source_is_prepared_alone(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*preparing(place, tmp_path / "out"), "--films", str(place / "set" / "films"), "--sources", "aperture"])
    assert sources(tmp_path / "out") == ["aperture"] * 20
    assert "read with a blank one, 20" in capsys.readouterr().out


def test_what_was_read_and_written_again_is_the_same_data_set(place: Path, tmp_path: Path) -> None:
    shutil.copytree(place / "set" / "films", tmp_path / "films")
    write_export(tmp_path, read_export(place / "set"), ABOUT, reports=True)
    for name in ("cases.csv", "readings.csv", "fixations.csv", "dictionary.json"):
        assert (tmp_path / name).read_bytes() == (place / "set" / name).read_bytes()
