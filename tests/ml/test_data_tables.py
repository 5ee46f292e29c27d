"""Tables and pixels: columns by name, real CSV, gzip by content, faults that can be found; bright is bright."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.data import get_testdata_file

from ml.data.pixels import film_size, load_film
from ml.data.tables import find_table, header, rows
from ml.data.types import DataError, FilmFile
from tests.cases.films import dicom, file_bytes


def table(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_columns_are_found_by_name_in_any_order(tmp_path: Path) -> None:
    first = next(rows(table(tmp_path, "b,a\n2,1\n"), ("a", "b")))
    assert (first.decimal("a"), first.decimal("b")) == (1, 2)


def test_a_quoted_newline_stays_inside_its_record(tmp_path: Path) -> None:
    records = list(rows(table(tmp_path, 'a,b\n"one\ntwo, ""three""",4\n5,6\n')))
    assert [r.text("a") for r in records] == ['one\ntwo, "three"', "5"]
    assert [r.number for r in records] == [2, 3]


def test_a_byte_order_mark_and_a_trailing_comma_are_not_read_as_names(tmp_path: Path) -> None:
    path = table(tmp_path, "\ufeffa,b,\n1,2,\n")
    assert header(path) == ("a", "b")
    assert next(rows(path, ("a", "b"))).values == {"a": "1", "b": "2"}


def test_gzip_is_told_by_content(tmp_path: Path) -> None:
    path = table(tmp_path, gzip.compress(b"a,b\n1,2\n"))
    assert find_table(tmp_path, ("b",), "table") == path
    assert next(rows(path)).decimal("b") == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a\n1\n", "row 1: no column b"),
        ("a,b\n1\n", "row 2: 1 cells where the header has 2"),
        ("a,b\n1,2\n3,4,5\n", "row 3: 3 cells"),
        ("a,a,b\n1,2,3\n", "stands twice"),
        ('a,b\n"1,2\n', "not a CSV record"),
        (b"a,b\n\xff\xfe,2\n", "cannot be read"),
        (gzip.compress(b"a,b\n1,2\n" * 999, mtime=0)[:-20], "cannot be read"),
    ],
)
def test_a_broken_table_names_file_and_row(tmp_path: Path, content: str | bytes, message: str) -> None:
    path = table(tmp_path, content)
    with pytest.raises(DataError, match=message) as error:
        list(rows(path, ("a", "b")))
    assert str(path) in str(error.value)


@pytest.mark.parametrize("cell", ["1;5", "1,5", "x", "inf"])
def test_what_is_no_number_is_refused_with_its_row(tmp_path: Path, cell: str) -> None:
    row = next(rows(table(tmp_path, f'a,b\n"{cell}",2\n')))
    with pytest.raises(DataError, match=r"t\.csv, row 2: a is"):
        row.decimal("a")


@pytest.mark.parametrize("cell", ["", ".", "NaN"])
def test_a_missing_value_is_none_and_not_zero(tmp_path: Path, cell: str) -> None:
    assert next(rows(table(tmp_path, f"a,b\n{cell},2\n"))).number_or_none("a") is None


def test_two_tables_that_could_be_the_one_are_refused(tmp_path: Path) -> None:
    for name in ("one", "two.csv"):
        (tmp_path / name).write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="more than one sheet: one, two.csv"):
        find_table(tmp_path, ("a",), "sheet")


# --- pixels: what the values of a DICOM film mean, tests/cases says

RAMP = np.arange(12, dtype=np.uint16).reshape(3, 4) * 100  # 0 .. 1100, brightest at the lower right


@pytest.mark.parametrize("law", ["LINEAR", "LINEAR_EXACT"])
def test_a_window_changes_nothing_of_what_the_model_gets(tmp_path: Path, law: str) -> None:
    """Here as in the app: docs/decisions/0030."""
    narrow = dicom(RAMP, WindowCenter=550, WindowWidth=101, VOILUTFunction=law)
    (tmp_path / "a").write_bytes(file_bytes(narrow))
    assert np.array_equal(load_film(FilmFile(tmp_path / "a", 4, 3, "film")), RAMP)


def test_pixels_that_are_not_square_are_stretched_and_the_size_says_so(tmp_path: Path) -> None:
    film = tmp_path / "a"
    film.write_bytes(file_bytes(dicom(RAMP, PixelAspectRatio=["2", "1"])))
    assert film_size(film) == (4, 6)
    pixels = load_film(FilmFile(film, 4, 6, "film"))
    assert pixels.shape == (6, 4) and (pixels[0] == RAMP[0]).all() and (pixels[5] == RAMP[2]).all()


def test_a_real_film_is_decoded_and_lossy_and_lossless_agree() -> None:
    """The chest film of pydicom-data, 1955 x 1841, 15 bits, window 15000/30000."""
    films = [Path(str(get_testdata_file(name))) for name in ("RG1_UNCR.dcm", "RG1_J2KR.dcm")]
    first, second = (load_film(FilmFile(path, *film_size(path), path.name)) for path in films)
    assert first.shape == (1955, 1841) or first.shape == (1841, 1955)
    assert first.dtype == np.uint16 and np.array_equal(first, second)


def test_png_of_16_bits_and_jpeg_are_told_by_content(tmp_path: Path) -> None:
    Image.fromarray(RAMP).save(tmp_path / "a.dcm", "PNG")
    Image.fromarray((RAMP // 5).astype(np.uint8)).save(tmp_path / "b.png", "JPEG", quality=100)
    assert np.array_equal(load_film(FilmFile(tmp_path / "a.dcm", 4, 3, "a")), RAMP)
    assert np.abs(load_film(FilmFile(tmp_path / "b.png", 4, 3, "b")).astype(int) - RAMP // 5).max() < 6


@pytest.mark.parametrize(("name", "message"), [("gone", "missing"), ("text", "not a DICOM"), ("film", "says 5 x 3")])
def test_a_film_that_is_not_what_the_set_says_is_refused(tmp_path: Path, name: str, message: str) -> None:
    (tmp_path / "text").write_text("no film")
    Image.fromarray(RAMP).save(tmp_path / "film", "PNG")
    with pytest.raises(DataError, match=message):
        load_film(FilmFile(tmp_path / name, 5, 3, name))
