"""Every odd film means the same at every door: the app's sandbox, the reader of data sets, the command line.

The files in `odd/` are made up (ramps, noise, invented names), one kind of fault each; `a1_ref.dcm` is their
well-formed sibling: a ramp, its VOI table 12 bits in, 12 bits out.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.pixels import apply_voi_lut

from ml.cli.predict import read_film
from ml.data.pixels import film_size, load_film
from ml.data.types import DataError, FilmFile
from tests.cases.films import examine, problem_of

ODD = Path(__file__).with_name("odd")
RAMP = np.rint(np.linspace(0, 4095, 128)).astype(np.uint16)[None].repeat(96, axis=0)
REFUSED = {
    "b5_XTABLE_LATERAL.dcm": "film-not-frontal",
    "b5_lateral_code.dcm": "film-not-frontal",
    "c1_greyalpha16.png": "film-deep-colour",
    "t_fuji_inv.dcm": "film-polarity",
}
TAKEN = sorted(path.name for path in ODD.iterdir() if path.name not in REFUSED)


def stored(name: str) -> np.ndarray:
    return examine(ODD / name)[1]


@pytest.mark.parametrize("name", TAKEN)
def test_every_door_gives_the_same_array(name: str) -> None:
    path = ODD / name
    app = stored(name)
    data = load_film(FilmFile(path, *film_size(path), name))
    command = read_film(path)
    assert app.dtype == data.dtype == command.dtype == np.uint16
    assert np.array_equal(app, data) and np.array_equal(app, command)


@pytest.mark.parametrize(("name", "kind"), REFUSED.items())
def test_every_door_refuses_with_the_same_words(name: str, kind: str) -> None:
    problem = problem_of(ODD / name)
    assert problem.kind == kind
    for door in (lambda path: load_film(FilmFile(path, *film_size(path), name)), read_film):
        with pytest.raises(DataError) as caught:
            door(ODD / name)
        assert problem.title in str(caught.value) and problem.detail in str(caught.value)


def test_the_well_formed_sibling_is_what_pydicom_makes_of_it() -> None:
    dataset = pydicom.dcmread(ODD / "a1_ref.dcm")
    assert np.array_equal(stored("a1_ref.dcm"), apply_voi_lut(dataset.pixel_array, dataset))


@pytest.mark.parametrize(
    ("name", "remark"),
    [
        ("a1_lut16_data12.dcm", "VOI LUT: the descriptor says 16 bits, the entries use 12"),
        ("a2_lut10_data12.dcm", "VOI LUT: the descriptor says 10 bits, the entries use 12"),
        ("a4_big_endian_lut.dcm", None),
        ("a6_first_ss.dcm", "VOI LUT: first value mapped read as 40000"),
    ],
)
def test_a_table_is_read_by_what_it_holds(name: str, remark: str | None) -> None:
    reference, _ = examine(ODD / "a1_ref.dcm")
    film, pixels = examine(ODD / name)
    assert np.array_equal(pixels, stored("a1_ref.dcm"))
    assert (film.window, film.bits) == (reference.window, 12) == ((2047.5, 4095.0), 12)
    assert film.source.get("remarks") == ([remark] if remark else None)


@pytest.mark.parametrize(
    ("name", "window", "remark"),
    [
        ("a3_empty_voi.dcm", (2047.5, 4095.0), "VOI LUT: left out, it holds no table that can be read"),
        ("b1_center_only.dcm", None, "Windows: 1 centres and 0 widths; what has no partner is left out"),
        (
            "b1_two_centres_one_width.dcm",
            (2047.5, 4095.0),
            "Windows: 2 centres and 1 widths; what has no partner is left out",
        ),
    ],
)
def test_a_good_film_with_a_useless_window_is_taken_in(
    name: str, window: tuple[float, float] | None, remark: str
) -> None:
    film, pixels = examine(ODD / name)
    assert np.array_equal(pixels, RAMP) and film.source["remarks"] == [remark]
    low, high = film.window[0] - film.window[1] / 2, film.window[0] + film.window[1] / 2
    assert film.window == window if window else 0 < low < 600 and 3500 < high < 4095


def test_padding_beyond_the_stored_bits_is_black_and_does_not_count_for_the_window() -> None:
    film, pixels = examine(ODD / "b7_padding.dcm")
    assert (pixels[:, :20] == 0).all(), "20 columns of 63536"
    assert np.array_equal(pixels[:, 20:], RAMP[:, 20:])
    assert film.window[0] - film.window[1] / 2 > 600 and film.window[0] + film.window[1] / 2 <= 4095


def test_greys_that_go_on_above_bits_stored_are_kept() -> None:
    film, pixels = examine(ODD / "b8_beyond.dcm")
    words = np.frombuffer(pydicom.dcmread(ODD / "b8_beyond.dcm").PixelData, "<u2").reshape(96, 128)
    assert np.array_equal(pixels, words) and film.bits == 14
    assert film.window == (8191.5, 16383.0), "the film's own"


def test_a_modality_table_of_12_bits_is_applied() -> None:
    assert np.array_equal(stored("i_modlut12.dcm"), RAMP)


def test_a_contradiction_names_both_elements_and_what_the_sender_can_do() -> None:
    problem = problem_of(ODD / "t_fuji_inv.dcm")
    assert "PhotometricInterpretation is MONOCHROME2" in problem.title
    assert "PresentationLUTShape is INVERSE" in problem.title
    assert "sends the film can correct" in problem.detail and "uncompressed" not in problem.detail


def test_pictures_of_a_camera_are_stored_as_browsers_show_them() -> None:
    """Orientation 2 is mirrored, 6 a quarter turn to the right; of a phone's several pictures the first is the film."""
    mirrored, turned = stored("c2_exif2_mirror.jpg").astype(int), stored("c2_exif6.jpg").astype(int)
    assert (np.diff(mirrored[50]) <= 0).all() and mirrored[50, 0] > 190, "stored dark to bright"
    assert turned.shape == (200, 96), "stored 96 rows, the uppermost white"
    assert (turned[:, -6] > 200).all() and (turned[:, 5] < 50).all()
    assert (np.diff(stored("c4_mpo.jpg").astype(int)[50, ::8]) > 0).all()
