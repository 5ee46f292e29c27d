"""What a predictor keeps of films and reports: the same answers, less work, a bound."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from ml.gaze.scanpath import Reading
from ml.medgaze.cache import TensorCache, film_sha256
from ml.medgaze.config import MedGazeConfig
from ml.medgaze.predictor import MedGazePredictor
from tests.ml.kit import film, likelihood_config, save_model, tiny_config

REPORTS = ("Opacity in the left lower zone.", "Normal heart.")


def text_first_config() -> MedGazeConfig:
    """The chain of ``plus`` in miniature: report before film, through a decoder language model."""
    return tiny_config(
        text_first=True, max_text_tokens=48, mask_text_padding=True, grid_memory=True, memory_positions="learned"
    )


CONFIGS = {"text first": text_first_config(), "joint": likelihood_config(), "published order": tiny_config()}


@pytest.fixture(scope="module", params=CONFIGS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[MedGazePredictor, ...]:
    """A predictor that keeps, and one that doesn't."""
    folder = save_model(tmp_path_factory.mktemp("cache"), CONFIGS[request.param])
    keeping, plain = (MedGazePredictor.load(folder, device="cpu") for _ in range(2))
    plain.cache.max_bytes = 0
    return keeping, plain


def numbers(reading: Reading) -> np.ndarray:
    return np.array([(f.x, f.y, f.onset_s, f.duration_s) for s in reading.samples for f in s.fixations])


def test_what_is_kept_changes_no_answer(pair: tuple[MedGazePredictor, ...]) -> None:
    """Every film with every report, twice: new film, new report, both known."""
    keeping, plain = pair
    for _ in range(2):
        for seed in (0, 1):
            for report in REPORTS:
                shown = film(seed=seed)
                wanted, got = plain.predict(shown, report, samples=3), keeping.predict(shown, report, samples=3)
                np.testing.assert_allclose(numbers(got), numbers(wanted), rtol=1e-4, atol=1e-5)
    assert len(plain.cache) == 0
    assert len(keeping.cache) >= 2


def count(predictor: MedGazePredictor, monkeypatch: pytest.MonkeyPatch, *parts: str) -> list[str]:
    called: list[str] = []
    for part in parts:
        real = getattr(predictor.model, part)
        monkeypatch.setattr(
            predictor.model, part, lambda *a, _r=real, _p=part, **k: (called.append(_p), _r(*a, **k))[1]
        )
    return called


@pytest.mark.parametrize(("name", "reads"), [("text first", "prefill_report"), ("joint", "report_features")])
def test_only_what_is_new_is_computed(name: str, reads: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    predictor = MedGazePredictor.load(save_model(tmp_path, CONFIGS[name]), device="cpu")
    called = count(predictor, monkeypatch, "film_tokens", reads)
    made = []
    for shown, report in [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0)]:
        predictor.predict(film(seed=shown), REPORTS[report])
        made.append(set(called))  # no order: film and report may be read at the same time
        called.clear()
    assert made == [{"film_tokens", reads}, {reads}, {"film_tokens"}, set(), set()]


def test_a_report_read_once_goes_on_alike_from_film_to_film(tmp_path: Path) -> None:
    """The language model's cache grows as it goes on; the kept one must not."""
    predictor = MedGazePredictor.load(save_model(tmp_path, CONFIGS["text first"]), device="cpu")
    model, tokens = predictor.model, predictor.processor.report(REPORTS[0])
    ids, mask = tokens.input_ids[None], tokens.attention_mask[None]
    with torch.inference_mode():
        read = model.prefill_report(ids, mask)
        assert read is not None
        grids = [
            model.film_tokens(model.film_features(predictor.processor.film(film(seed=s))[0][None])) for s in (0, 1, 0)
        ]
        kept = [model.fuse(grid, read, mask).tokens for grid in grids]
        plain = [model.fuse(grid, ids, mask).tokens for grid in grids]
    torch.testing.assert_close(kept, plain)
    assert all(keys.shape[2] == ids.shape[1] for keys, _ in read.keys_values)


def test_a_language_model_that_reads_both_ways_keeps_nothing_of_the_report(tmp_path: Path) -> None:
    config = tiny_config(
        text_first=True, language_reference="random:tiny-bert", max_text_tokens=48, memory_positions="learned"
    )
    predictor = MedGazePredictor.load(save_model(tmp_path, config), device="cpu")
    tokens = predictor.processor.report(REPORTS[0])
    assert predictor.model.prefill_report(tokens.input_ids[None], tokens.attention_mask[None]) is None
    assert predictor.predict(film(), REPORTS[0]).samples


def test_what_was_asked_for_longest_ago_is_dropped_first() -> None:
    cache, made = TensorCache(3 * 40), []

    def get(name: str) -> None:
        cache.get(lambda: name, lambda: (made.append(name), torch.zeros(10))[1])

    for name in ("a", "b", "c", "a", "d", "a", "b"):
        get(name)
    assert made == ["a", "b", "c", "d", "b"]
    assert (len(cache), cache.bytes) == (3, 120)


def test_what_is_larger_than_the_bound_is_not_kept() -> None:
    cache = TensorCache(39)
    cache.get(lambda: "a", lambda: torch.zeros(10))
    assert (len(cache), cache.bytes) == (0, 0)


def test_threads_that_ask_at_once_leave_the_count_of_bytes_true() -> None:
    cache = TensorCache(20 * 40)

    def ask(start: int) -> None:
        for number in range(start, start + 300):
            cache.get(lambda: str(number % 50), lambda: torch.zeros(10))  # noqa: B023

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ask, range(0, 40, 10)))
    assert (len(cache), cache.bytes) == (20, 20 * 40)


def test_nothing_is_left_after_forgetting() -> None:
    cache = TensorCache(1000)
    cache.get(lambda: "a", lambda: (torch.zeros(10), [torch.zeros(2, dtype=torch.int8)]))
    assert cache.bytes == 42
    cache.clear()
    assert (len(cache), cache.bytes) == (0, 0)


def test_films_of_the_same_bytes_but_another_shape_have_other_digests() -> None:
    pixels = np.zeros((4, 6), np.uint16)
    assert len({film_sha256(p) for p in (pixels, pixels.reshape(6, 4), pixels.astype(np.int16))}) == 3
    assert film_sha256(pixels) == film_sha256(np.zeros((4, 12), np.uint16)[:, ::2])
