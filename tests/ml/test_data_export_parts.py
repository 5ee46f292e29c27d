"""Exports without films or reports, readings by their source, and exports of version 1."""

from __future__ import annotations

import hashlib
import json
import logging
import struct
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gazeapp.cases.storage import store_film
from ml.data.export import read_export
from ml.data.export.reading import NO_REPORT
from ml.data.pixels import load_film, pixels_sha256
from ml.data.prepare import cases_sha256
from ml.data.types import DataError, FilmFile, GazeCase, GazeReading, Provenance, Report
from ml.gaze.scanpath import Fixation, Scanpath
from tests.ml.exportkit import ADDRESS, PIXELS, bend, case, export, keep_film, reading


def bare(root: Path) -> Path:
    """An export of one case without its film and report."""
    return export(root, films=False, reports=False)


# --- films and reports from elsewhere


def test_the_address_of_a_film_is_over_its_size_and_little_endian_pixels() -> None:
    by_hand = hashlib.sha256(b"3x4\n" + struct.pack("<12H", *range(12))).hexdigest()
    assert pixels_sha256(PIXELS) == pixels_sha256(PIXELS.astype(np.uint8)) == by_hand
    assert pixels_sha256(PIXELS.astype(">u2").astype(np.uint16)) == by_hand != pixels_sha256(PIXELS.reshape(4, 3))


def test_an_export_without_films_and_reports_holds_neither(tmp_path: Path) -> None:
    names = {path.relative_to(tmp_path).as_posix() for path in bare(tmp_path).rglob("*")}
    assert names == {"cases.csv", "readings.csv", "fixations.csv", "dictionary.json", "dataset.json"}
    assert "effusion" not in "".join((tmp_path / name).read_text() for name in names)


def test_a_film_that_is_needed_and_nowhere_is_refused_with_what_to_do(tmp_path: Path) -> None:
    bare(tmp_path)
    for nowhere in (None, tmp_path, lambda sha256: None):
        with pytest.raises(DataError, match=rf"cases\.csv, row 2: film {ADDRESS} .*name the folder that holds it"):
            read_export(tmp_path, films=nowhere)


def test_where_no_film_is_opened_none_is_needed(tmp_path: Path) -> None:
    (read,) = read_export(bare(tmp_path), films_needed=False)
    assert len(read.readings) == 1
    with pytest.raises(DataError, match="the film is missing"):
        load_film(read.film)


@pytest.mark.parametrize("below", ["", ADDRESS[:2]])
def test_a_film_is_found_in_a_folder_by_its_hash(tmp_path: Path, below: str) -> None:
    keep_film(tmp_path / "held" / below)
    (read,) = read_export(bare(tmp_path / "x"), films=[tmp_path / "nothing", tmp_path / "held"])
    assert np.array_equal(load_film(read.film), PIXELS)


def test_whoever_knows_where_films_are_is_asked_by_hash(tmp_path: Path) -> None:
    keep_film(tmp_path / "held")
    held = {ADDRESS: tmp_path / "held" / f"{ADDRESS}.png"}
    (read,) = read_export(bare(tmp_path / "x"), films=held.get)
    assert read.film.path == held[ADDRESS]


def test_a_film_that_the_reading_room_keeps_is_found_and_read(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    assert store_film(PIXELS.tobytes(), 3, 4, b"thumbnail") == ADDRESS
    (read,) = read_export(bare(tmp_path / "x"), films=tmp_path / "media" / "films")
    assert np.array_equal(load_film(read.film), PIXELS)


def test_another_film_in_its_place_is_refused_when_it_is_opened(tmp_path: Path) -> None:
    (tmp_path / "held").mkdir()
    Image.fromarray(PIXELS[::-1].copy()).save(tmp_path / "held" / f"{ADDRESS}.png")
    (read,) = read_export(bare(tmp_path / "x"), films=tmp_path / "held")
    with pytest.raises(DataError, match="its pixels are not those of film"):
        load_film(read.film)


@pytest.mark.parametrize("rows", [2, 4])
def test_a_kept_film_of_another_size_is_refused_without_unpacking_it_all(
    tmp_path: Path, settings: Any, rows: int
) -> None:  # fmt: skip
    settings.MEDIA_ROOT = tmp_path
    sha256 = store_film(bytes(rows * 4 * 2), rows, 4, b"thumbnail")
    path = tmp_path / "films" / sha256[:2] / f"{sha256}.u16.gz"
    with pytest.raises(DataError, match="not 4 x 3 px of 16 bits"):
        load_film(FilmFile(path, 4, 3, sha256, sha256))


@pytest.mark.parametrize("digest", ["../../etc/passwd", ADDRESS.upper(), ADDRESS[:-1]])
def test_a_film_that_is_not_named_by_a_hash_is_looked_for_nowhere(tmp_path: Path, digest: str) -> None:
    bend(bare(tmp_path), "cases.csv", ADDRESS, digest)
    with pytest.raises(DataError, match=r"row 2: film_sha256 is .* 64 digits"):
        read_export(tmp_path, films=lambda sha256: pytest.fail("was looked for"))


def test_a_report_is_found_by_its_case_and_a_blank_one_is_counted(tmp_path: Path) -> None:
    root, held = bare(tmp_path / "x"), tmp_path / "held"
    held.mkdir()
    (held / "case-1.txt").write_text("Häm.", encoding="utf-8")
    for where in (held, {"case-1": "Häm."}.get):
        (read,) = read_export(root, reports=where, films_needed=False)
        assert read.report.text == "Häm."
    skipped: Counter[str] = Counter()
    (read,) = read_export(root, films_needed=False, skipped=skipped)
    assert read.report.text == "" and skipped == {NO_REPORT: 1}


def test_a_case_that_is_no_name_of_a_file_is_looked_for_nowhere(tmp_path: Path) -> None:
    bend(bare(tmp_path), "cases.csv", "case-1", "../up")
    with pytest.raises(DataError, match=r"row 2: case is '\.\./up'"):
        read_export(tmp_path, films_needed=False, reports=lambda key: pytest.fail("was looked for"))


def test_a_film_is_the_same_data_wherever_its_file_lies(tmp_path: Path) -> None:
    keep_film(tmp_path / "held")
    (tmp_path / "held" / f"{ADDRESS}.png").rename(tmp_path / "other-name.png")
    kept = read_export(export(tmp_path / "a"))
    found = read_export(export(tmp_path / "b", films=False), films=lambda sha256: tmp_path / "other-name.png")
    assert cases_sha256(kept) == cases_sha256(found)


# --- sources


EVERY = ("tracker", "aperture", "clicks", "import", "simulated", "model")


def test_the_cursor_clicks_and_models_are_left_out_unless_named_and_counted(tmp_path: Path) -> None:
    root = export(tmp_path, case(tmp_path, *(reading(s) for s in EVERY), reading("aperture", "r2")))
    skipped: Counter[str] = Counter()
    (read,) = read_export(root, skipped=skipped)
    assert [r.provenance.gaze for r in read.readings] == ["tracker", "import", "simulated"]
    asked = "which nobody asked for"
    assert skipped == {
        f"reading of source aperture, {asked}": 2, f"reading of source clicks, {asked}": 1,
        f"reading of source model, {asked}": 1,
    }  # fmt: skip


@pytest.mark.parametrize("source", EVERY)
def test_a_named_source_is_read_alone(tmp_path: Path, source: str) -> None:
    (read,) = read_export(export(tmp_path, case(tmp_path, *(reading(s) for s in EVERY))), sources=[source])
    assert [r.provenance.gaze for r in read.readings] == [source]


def test_without_a_count_the_log_says_what_was_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    export(tmp_path, case(tmp_path, reading("clicks"), reading("clicks")))
    with caplog.at_level(logging.WARNING):
        (read,) = read_export(tmp_path)
    assert read.readings == () and "left out: reading of source clicks, which nobody asked for, 2" in caplog.text


# --- version 1


def version_1(root: Path, *, simulated: bool) -> Path:
    """An export as version 1 wrote it, byte by byte: one film of 2 x 1 px, read by two."""
    (root / "films").mkdir(parents=True)
    (root / "reports").mkdir()
    Image.fromarray(np.array([[1, 2]], np.uint16)).save(root / "films" / "f.png")
    film = hashlib.sha256((root / "films" / "f.png").read_bytes()).hexdigest()
    (root / "films" / "f.png").rename(root / "films" / f"{film}.png")
    (root / "reports" / "case-1.txt").write_bytes(b"Clear.")
    (root / "cases.csv").write_bytes(
        b"case,film_sha256,film_width_px,film_height_px,patient,site,split,labels_json\r\n"
        + f'case-1,{film},2,1,p-1,site,test,"{{""mass"": 1.0}}"\r\n'.encode()
    )
    (root / "fixations.csv").write_bytes(
        b"case,reading,reader,fixation,onset_s,duration_s,x_fraction,y_fraction\r\n"
        b"case-1,1,'=r,1,0.1000,0.2000,0.250000,0.500000\r\n"
        b"case-1,2,s,1,0.0000,0.3000,0.750000,1.000000\r\n"
        b"case-1,2,s,2,0.4000,0.3000,1.200000,1.000000\r\n"
    )
    files = [path for path in root.rglob("*") if path.is_file()]
    digests = {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    said = {"format": "medgaze-export", "version": 1, "name": "n", "site": "site", "simulated": simulated}
    (root / "dataset.json").write_text(json.dumps({**said, "sha256": digests}))
    return root


@pytest.mark.parametrize("simulated", [True, False])
def test_version_1_is_read_to_the_cases_it_always_was(tmp_path: Path, simulated: bool) -> None:
    root = version_1(tmp_path, simulated=simulated)
    (film,) = (root / "films").iterdir()

    def of(number: int, **dropped: int) -> Provenance:
        source = f"fixations.csv, case case-1, reading {number}"
        lost = {name.replace("_", " "): count for name, count in dropped.items()}
        return Provenance("medgaze-export", source, simulated, "none: film fractions", lost)

    first = GazeReading("=r", Scanpath((Fixation(0.25, 0.5, 0.1, 0.2),), "human"), of(1))
    second = GazeReading("s", Scanpath((Fixation(0.75, 1.0, 0.0, 0.3),), "human"), of(2, off_film=1))
    assert read_export(root) == [
        GazeCase(
            "case-1", FilmFile(film, 2, 1, film.stem), Report("Clear."), "p-1", "site", "medgaze-export",
            (first, second), {"mass": 1.0}, "test", {}, simulated,
        )
    ]  # fmt: skip


def test_a_version_1_that_does_not_say_its_sources_answers_no_choice_of_them(tmp_path: Path) -> None:
    skipped: Counter[str] = Counter()
    (read,) = read_export(version_1(tmp_path, simulated=False), sources=["tracker"], skipped=skipped)
    assert read.readings == () and skipped == {"reading whose source is not said": 2}


def test_readings_of_a_simulated_version_1_are_simulated_ones(tmp_path: Path) -> None:
    root = version_1(tmp_path, simulated=True)
    assert len(read_export(root, sources=["simulated"])[0].readings) == 2
    assert len(read_export(root, sources=["tracker"])[0].readings) == 0


def test_version_1_needs_its_films_and_reports(tmp_path: Path) -> None:
    bend(version_1(tmp_path, simulated=True), "cases.csv", "case-1", "case-2")
    with pytest.raises(DataError, match=r"reports/case-2\.txt is not among the export's files"):
        read_export(tmp_path)
