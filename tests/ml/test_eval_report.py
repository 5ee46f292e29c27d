"""The report is one page that stands alone, says what is in the tables, and trusts no text it is given."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from ml.evaluation.harness import Evaluation, evaluate
from ml.evaluation.report.page import page
from ml.evaluation.report.svg import Scale
from ml.metrics.cases import ModelRun, PlainCase, Prediction
from tests.ml.golden import random_path

VOID = {"meta", "link", "br"}


class Outline(HTMLParser):
    """Every element and its attributes; fails where one is closed that was not opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def made() -> tuple[str, Evaluation]:
    rng = np.random.default_rng(0)
    film = rng.integers(0, 4096, (50, 40)).astype(np.uint16)
    paths = [random_path(rng, 8) for _ in range(12)]
    cases = [
        PlainCase(f"case <{i}>", film, "No <script>alert(1)</script> & clear.", (("a", p), ("b", p[::-1].copy())), i)
        for i, p in enumerate(paths)
    ]
    spread, bounds = np.tile([0.1, 0.1, 0.0], (8, 1)), np.tile([0.05, 0.6], (8, 1))
    predictions = [Prediction(p, (p, p[::-1].copy()), spread, bounds) for p in paths]
    broken = [Prediction(p * [1, 1, 0 if i == 4 else 1], (p,)) for i, p in enumerate(paths)]
    models = [
        ModelRun("one", predictions, about={"learnt from simulated readings": True}),
        ModelRun("two & three", broken),
        ModelRun("one, another case's report", predictions[::-1], ablation_of="one"),
    ]
    found = evaluate(cases, models, cases, metrics=("ScanMatch", "mIoU", "SED"), limit=4)
    return page(found, cases, models, title="one on <set>"), found


@pytest.fixture(scope="module")
def outline(made: tuple[str, Evaluation]) -> Outline:
    parser = Outline()
    parser.feed(made[0])
    parser.close()
    return parser


def test_the_page_is_well_formed(outline: Outline) -> None:
    assert not outline.open


def test_the_page_asks_for_nothing_from_anywhere(made: tuple[str, Evaluation], outline: Outline) -> None:
    assert "script" not in {tag for tag, _ in outline.seen}
    links = [attrs.get(name) for _, attrs in outline.seen for name in ("src", "href") if name in attrs]
    assert links and all(link and link.startswith(("data:", "#")) for link in links)
    assert not re.search(r"@import|url\(|https?://", made[0])
    assert not [name for _, attrs in outline.seen for name in attrs if name.startswith("on")]


def test_texts_from_outside_are_words_and_not_markup(outline: Outline) -> None:
    words = "".join(outline.words)
    assert "No <script>alert(1)</script> & clear." in words and "one on <set>" in words and "two & three" in words


def test_every_figure_says_in_words_what_it_shows(outline: Outline) -> None:
    pictures = [attrs for tag, attrs in outline.seen if tag == "svg" and attrs.get("role") == "img"]
    labels = [label for attrs in pictures if (label := attrs.get("aria-label"))]
    for start in (
        "ScanMatch: one ",
        "Share of the way",
        "Calibration. Ell",
        "Calibration. Reg",
        "Difficulty: one",
        "Saccade",
    ):
        assert any(start in label for label in labels), start


def test_the_tables_hold_the_figures_of_the_result(made: tuple[str, Evaluation], outline: Outline) -> None:
    words = " ".join(outline.words)
    for row, score in made[1].scores["SED"].items():
        assert not score.cases or (row in words and str(score.estimate) in words), row


def test_the_recipes_say_what_baselines_and_intervals_were_made_with(outline: Outline) -> None:
    words = "|".join(outline.words)
    assert "baselines: centre Gaussian|standard deviation 0.15" in words
    assert "baselines: best constant path|limit 4, readings tried 4, training cases 4" in words
    assert "intervals: bootstrap|draws 2000, draws of difficulty 1000, seed 0" in words


def test_simulated_learning_and_refused_predictions_are_said(outline: Outline) -> None:
    words = " ".join(outline.words)
    assert "Learnt from simulated readings: one." in words
    assert "duration not positive" in words


def test_the_gallery_shows_a_reader_and_every_model_over_the_film_of_some_cases(outline: Outline) -> None:
    symbols = [attrs["id"] for tag, attrs in outline.seen if tag == "symbol"]
    uses = [attrs["href"] for tag, attrs in outline.seen if tag == "use"]
    assert len(symbols) == 6 == len(set(symbols)) and len(uses) == 3 * 6


def test_a_film_that_is_one_grey_and_a_single_model_without_doubt_make_a_page_too() -> None:
    rng = np.random.default_rng(1)
    paths = [random_path(rng, 5) for _ in range(4)]
    cases = [PlainCase(str(i), np.zeros((30, 30), np.uint8), "", (("a", p),)) for i, p in enumerate(paths)]
    models = [ModelRun("m", [Prediction(p) for p in paths])]
    found = evaluate(cases, models, cases, metrics=("mIoU",), limit=3)
    made = page(found, cases, models, title="bare")
    assert "No model said how sure it is" in made and "there is no ceiling" in made and "nan" not in made


def test_ticks_are_round_numbers_inside() -> None:
    assert Scale(0.0, 1.0, 0, 100).ticks() == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    assert Scale(0.13, 0.46, 0, 100).ticks() == [0.2, 0.3, 0.4]
    assert Scale(2.0, 9.0, 10, 80)(5.5) == pytest.approx(45.0)
