"""Film and report to tensors, fixations there and back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from ml.gaze.scanpath import Fixation, Scanpath
from ml.medgaze.presets import preset
from ml.medgaze.processing import FilmRefused, MedGazeProcessor
from tests.ml.kit import film, likelihood_config, tiny_config
from tests.ml.reports import LONG, LONG_AS_READ

LETTERBOX = MedGazeProcessor.from_config(likelihood_config())
STRETCH = MedGazeProcessor.from_config(tiny_config())


@pytest.mark.parametrize("processor", [LETTERBOX, STRETCH], ids=["letterbox", "stretch"])
@pytest.mark.parametrize("size", [(640, 480), (333, 1001), (7, 2000), (1, 1), (2048, 2500)])
def test_places_survive_the_way_there_and_back(processor: MedGazeProcessor, size: tuple[int, int]) -> None:
    transform = processor.transform(*size)
    xy = np.random.default_rng(0).random((50, 2))
    np.testing.assert_allclose(transform.to_film(transform.to_square(xy)), xy, atol=1e-12)
    assert transform.to_square(xy).min() >= 0
    assert transform.to_square(xy).max() <= 1


@pytest.mark.parametrize("processor", [LETTERBOX, STRETCH], ids=["letterbox", "stretch"])
@pytest.mark.parametrize("spot", [(0.15, 0.2), (0.5, 0.5), (0.9, 0.75)])
def test_a_bright_spot_lands_where_its_coordinates_do(processor: MedGazeProcessor, spot: tuple[float, float]) -> None:
    pixels = np.zeros((400, 600), dtype=np.uint16)
    x, y = int(spot[0] * 600), int(spot[1] * 400)
    pixels[y - 20 : y + 20, x - 20 : x + 20] = 4000
    tensor, transform = processor.film(pixels)
    light = tensor[0] - tensor[0].min()
    side = light.shape[0]
    centre = (torch.arange(side) + 0.5) / side
    found = [(light.sum(1 - axis) * centre).sum() / light.sum() for axis in (1, 0)]
    np.testing.assert_allclose(found, transform.to_square(np.array([x / 600, y / 400])), atol=0.01)


def test_a_letterboxed_film_keeps_its_aspect_and_a_stretched_one_fills_the_square() -> None:
    assert LETTERBOX.transform(400, 200).scale == (1.0, 0.5)
    assert STRETCH.transform(400, 200).scale == (1.0, 1.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint16, np.int32, np.float32, np.float64])
def test_the_number_type_of_a_film_does_not_matter(dtype: type) -> None:
    small = (film() // 32).astype(np.uint8)
    torch.testing.assert_close(LETTERBOX.film(small.astype(dtype))[0], LETTERBOX.film(small)[0])


def test_brightness_and_contrast_of_a_film_do_not_matter() -> None:
    pixels = film().astype(np.float64)
    torch.testing.assert_close(LETTERBOX.film(pixels * 7 - 3000)[0], LETTERBOX.film(pixels)[0], atol=1e-4, rtol=0)


def test_a_few_burnt_pixels_do_not_darken_the_film() -> None:
    pixels = film(200, 160)
    burnt = pixels.copy()
    burnt[:3, :3] = 65535
    difference = (LETTERBOX.film(burnt)[0] - LETTERBOX.film(pixels)[0]).abs()
    assert difference.median() < 0.05


@pytest.mark.parametrize("value", [0.0, 7.0, float("nan"), float("inf")])
def test_an_empty_film_gives_finite_numbers(value: float) -> None:
    tensor, _ = LETTERBOX.film(np.full((20, 30), value, dtype=np.float32))
    assert tensor.isfinite().all()


@pytest.mark.parametrize("shape", [(10,), (10, 10, 3), (0, 5)])
def test_what_is_no_film_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(FilmRefused):
        LETTERBOX.film(np.zeros(shape))


def test_a_film_of_words_is_refused() -> None:
    with pytest.raises(FilmRefused, match="numbers"):
        LETTERBOX.film(np.array([["a", "b"]]))


def test_a_short_report_is_read_whole() -> None:
    read = LETTERBOX.report("Clear lungs.")
    assert (read.read, read.skipped, read.dropped_tokens) == (((0, 12),), (), 0)
    assert read.attention_mask.all()


def test_a_long_report_says_where_it_was_cut_and_how_much_is_lost() -> None:
    text = "x" * 100
    read = LETTERBOX.report(text)
    assert len(read.input_ids) == 48
    assert (read.read, read.dropped_tokens) == (((0, 47),), 53)


def test_a_cut_never_splits_a_character() -> None:
    text = "a" * 46 + "é" * 10
    assert LETTERBOX.report(text).read == ((0, 46),)


def test_the_published_newline_is_not_counted_as_a_lost_token() -> None:
    text = "y" * 31  # 31 bytes and the start mark fill the 32 tokens; only the added newline falls away
    read = STRETCH.report(text)
    assert (read.read, read.dropped_tokens) == (((0, 31),), 0)


def test_the_published_positions_get_their_fixed_number_of_tokens() -> None:
    read = STRETCH.report("short")
    assert len(read.input_ids) == 32
    assert read.attention_mask.sum() == 7


def test_the_packaged_tokenizer_cuts_at_a_word_it_read() -> None:
    processor = MedGazeProcessor.from_config(preset("small", max_text_tokens=12))
    text = "Small left pleural effusion. Heart size is normal. No pneumothorax is seen."
    read = processor.report(text)
    assert len(read.input_ids) == 12
    ((start, end),) = read.read
    assert (start, text[:end]) == (0, "Small left pleural effusion. Heart")  # in 10 pieces, and two marks
    rest = processor.report(text[end:])
    assert read.dropped_tokens == len(rest.input_ids) - 2 + rest.dropped_tokens


def test_an_empty_report_still_has_a_token_to_look_at() -> None:
    read = LETTERBOX.report("")
    assert len(read.input_ids) >= 1
    assert (read.read, read.dropped_tokens) == ((), 0)


def spoken(**fields: Any) -> MedGazeProcessor:
    return MedGazeProcessor.from_config(likelihood_config(report_parts="spoken", report_suffix="", **fields))


def words(processor: MedGazeProcessor, text: str) -> str:
    """What the byte tokenizer was given: an id is 5 and the byte, behind a start mark."""
    return bytes(int(token) - 5 for token in processor.report(text).input_ids[1:]).decode()


def test_of_what_a_report_says_of_its_film_the_affirmed_is_read_first() -> None:
    report = "HISTORY: Ill.\nFINDINGS: No edema.\nLeft\nnodule.\n"
    read = spoken().report(report)
    assert words(spoken(), report) == "Left nodule. No edema."
    assert (read.read, read.skipped, read.dropped_tokens) == (((24, 46),), ((0, 23),), 0)


def test_what_does_not_fit_is_cut_from_the_denials() -> None:
    report = "No edema. Left nodule."
    read = spoken(max_text_tokens=18).report(report)  # a start mark and 17 of 22 bytes: "Left nodule. No e"
    assert (read.read, read.dropped_tokens) == (((0, 4), (10, 22)), 5)


def test_a_report_of_nothing_said_of_the_film_is_not_read() -> None:
    read = spoken().report("HISTORY: Ill.")
    assert (len(read.input_ids), read.read, read.skipped, read.dropped_tokens) == (1, (), ((0, 13),), 0)


def test_the_packaged_tokenizer_reads_all_of_a_long_reports_impression_and_the_findings_as_far_as_they_fit() -> None:
    """Impression: the first three of ``LONG_AS_READ``. What is read is told in the order of the text."""
    processor = MedGazeProcessor.from_config(preset("small", report_parts="spoken"))
    read = processor.report(LONG)
    impression = " ".join(LONG_AS_READ[:3])
    said = " ".join(" ".join(LONG[start:end].split()) for start, end in read.read)
    assert said.startswith(LONG_AS_READ[3]) and said.endswith(f" {impression}")
    assert len(read.input_ids) == 128
    findings = said.removesuffix(f" {impression}")
    rest = " ".join(LONG_AS_READ).removeprefix(f"{impression} {findings}")
    after = processor.report(rest)
    assert read.dropped_tokens == len(after.input_ids) - 2 + after.dropped_tokens
    assert [LONG[start:end].split()[-1] for start, end in read.skipped] == ["FINDINGS:", "IMPRESSION:"]


def test_a_model_without_text_reads_no_report() -> None:
    read = MedGazeProcessor.from_config(tiny_config(fusion="vision", memory_positions="none")).report("Clear.")
    assert (len(read.input_ids), read.read, read.skipped, read.dropped_tokens) == (0, (), (), 0)


def test_readings_become_padded_rows_of_the_square() -> None:
    transform = LETTERBOX.transform(400, 200)
    path = Scanpath((Fixation(0.5, 0.0, 0.0, 0.2), Fixation(1.0, 1.0, 0.2, 0.3)))
    rows, mask = LETTERBOX.fixations([path, np.tile([0.5, 0.5, 0.1], (9, 1)), np.zeros((0, 3))], transform)
    torch.testing.assert_close(rows[0, :2], torch.tensor([[0.5, 0.25, 0.2], [1.0, 0.75, 0.3]]))
    assert mask.sum(1).tolist() == [2, 6, 0]
    assert rows[0, 2:].eq(-3).all()


def test_a_saved_processor_does_what_it_did(tmp_path: Path) -> None:
    LETTERBOX.save_pretrained(tmp_path)
    loaded = MedGazeProcessor.from_pretrained(tmp_path)
    assert loaded.settings == LETTERBOX.settings
    assert "report_parts" not in json.loads((tmp_path / "processor_config.json").read_text())  # as before there was any
    assert torch.equal(loaded.film(film())[0], LETTERBOX.film(film())[0])


def test_a_saved_processor_reads_the_parts_that_it_read(tmp_path: Path) -> None:
    spoken().save_pretrained(tmp_path)
    assert MedGazeProcessor.from_pretrained(tmp_path).settings.report_parts == "spoken"
