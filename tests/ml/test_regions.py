"""Named regions of a film: the geometry by hand, and the bundled model on films."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.demo.regions import SHOWN, find_regions, regions_from
from ml.medgaze.geometry import FilmTransform
from ml.medgaze.predictor import MedGazePredictor
from ml.simulator.regions import REGIONS

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "data" / "films"
FILM = np.asarray(Image.open(ROOT / "gazeapp" / "core" / "demo_films" / "both-mid.png").convert("L"))
SIDE = 40  # cells of the grid, fine enough to draw boxes on it


def drawn(boxes: dict[str, tuple[float, float, float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Shares and centres as a model would give them that sees these boxes (fractions of the square) exactly."""
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE))
    x, y = (x.ravel() + 0.5) / SIDE, (y.ravel() + 0.5) / SIDE
    shares, centres = np.zeros((SIDE * SIDE, len(REGIONS))), np.full((len(REGIONS), 2), 0.5)
    for name, (x0, y0, x1, y1) in boxes.items():
        shares[:, REGIONS.index(name)] = (x > x0) & (x < x1) & (y > y0) & (y < y1)
        centres[REGIONS.index(name)] = (x0 + x1) / 2, (y0 + y1) / 2
    return shares, centres


CHEST = {
    f"{side} {level}": (x0, 0.2 + 0.2 * row, x1, 0.4 + 0.2 * row)
    for side, x0, x1 in (("right", 0.1, 0.4), ("left", 0.6, 0.9))
    for row, level in enumerate(("upper", "mid", "lower"))
} | {"heart": (0.4, 0.5, 0.7, 0.8)}
SQUARE = FilmTransform.fit(1000, 1000, 160, letterbox=True)


def test_a_lung_is_three_zones_high_and_as_wide_as_their_area_says() -> None:
    found = regions_from(*drawn(CHEST), SQUARE)
    assert found.problem == ""
    assert found.boxes["right lung"] == pytest.approx((0.1, 0.2, 0.4, 0.8))
    assert found.boxes["left lung"] == pytest.approx((0.6, 0.2, 0.9, 0.8))
    assert found.boxes["left lower"] == pytest.approx((0.6, 0.6, 0.9, 0.8))
    assert set(found.boxes) == set(SHOWN)


def test_the_heart_has_the_centre_and_area_that_were_found() -> None:
    """Area .3 x .3 x 1.3 = .117 over .49 of the lungs' .6 = .294 is .398 wide around .55, from .2 + .41 x .6."""
    assert regions_from(*drawn(CHEST), SQUARE).boxes["heart"] == pytest.approx((0.351, 0.446, 0.749, 0.74), abs=0.001)


def test_places_are_fractions_of_the_film_not_of_the_square() -> None:
    """A film half as wide as high stands in the middle half of the square: x .325 to .475 of it are .15 to .45 of the
    film."""
    narrow = {name: (0.25 + (x0 / 2), y0, 0.25 + (x1 / 2), y1) for name, (x0, y0, x1, y1) in CHEST.items()}
    found = regions_from(*drawn(narrow), FilmTransform.fit(500, 1000, 160, letterbox=True))
    assert found.boxes["right lung"] == pytest.approx((0.1, 0.2, 0.4, 0.8), abs=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {name: (0.1, 0.2, 0.9, 0.21) for name in CHEST},  # no height
        {name: (x0, 0.45 + (y0 - 0.5) / 8, x1, 0.45 + (y1 - 0.5) / 8) for name, (x0, y0, x1, y1) in CHEST.items()},
        {name: (1 - x1, y0, 1 - x0, y1) for name, (x0, y0, x1, y1) in CHEST.items()},  # right on the left
    ],
)
def test_lungs_that_cannot_be_are_told_and_no_region_is_given(
    wrong: dict[str, tuple[float, float, float, float]],
) -> None:
    found = regions_from(*drawn(wrong), SQUARE)
    assert found.problem
    assert found.boxes == {}


def test_centres_away_from_their_cells_are_no_chest() -> None:
    shares, centres = drawn(CHEST)
    assert "chest film" in regions_from(shares, centres[:, ::-1], SQUARE).problem


@pytest.fixture(scope="module")
def predictor() -> MedGazePredictor:
    return MedGazePredictor.load(ROOT / "ml" / "weights" / "demo", device="cpu", optimize=True)


def test_noise_and_films_on_their_side_have_no_regions(predictor: MedGazePredictor) -> None:
    noise = np.random.default_rng(0).integers(0, 4096, (800, 700)).astype(np.uint16)
    assert find_regions(predictor, FILM).problem == ""
    for wrong in (noise, np.rot90(FILM)):
        assert find_regions(predictor, np.ascontiguousarray(wrong)).problem


def test_a_mirrored_film_has_its_regions_mirrored(predictor: MedGazePredictor) -> None:
    """Right means the image's left by convention; a film that is read as mirrored is not known to be."""
    one, two = find_regions(predictor, FILM), find_regions(predictor, np.ascontiguousarray(FILM[:, ::-1]))
    x0, y0, x1, y1 = one.boxes["right mid"]
    assert two.boxes["left mid"] == pytest.approx((1 - x1, y0, 1 - x0, y1), abs=0.05)


def test_zones_and_lungs_of_real_films_lie_where_people_drew_them(predictor: MedGazePredictor) -> None:
    """The bar: zones' centres at most .04 off and lung boxes' IoU at least .7, both in the median."""
    if not (REAL / "lungs.csv").exists():
        pytest.skip("the open chest films are not here")
    off, overlap = [], []
    with (REAL / "lungs.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = find_regions(predictor, np.asarray(Image.open(REAL / row["file"]).convert("L")))
            for side in ("right", "left"):
                x0, y0, x1, y1 = (float(row[f"{side}_{corner}"]) for corner in ("x0", "y0", "x1", "y1"))
                for third, level in enumerate(("upper", "mid", "lower")):
                    a0, b0, a1, b1 = found.boxes[f"{side} {level}"]
                    at = y0 + (y1 - y0) * (2 * third + 1) / 6
                    off.append(np.hypot((a0 + a1 - x0 - x1) / 2, (b0 + b1) / 2 - at))
                a0, b0, a1, b1 = found.boxes[f"{side} lung"]
                both = max(0, min(x1, a1) - max(x0, a0)) * max(0, min(y1, b1) - max(y0, b0))
                overlap.append(both / ((x1 - x0) * (y1 - y0) + (a1 - a0) * (b1 - b0) - both))
    assert np.median(off) <= 0.04
    assert np.median(overlap) >= 0.7
