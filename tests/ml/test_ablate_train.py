"""``python -m ml ablate --train``: variants trained on the readings they are to learn from, and scored in one table."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from ml.cli import Refusal, ablate, main, parser
from ml.cli.evaluate import read_split
from ml.data.prepared import load_prepared
from ml.evaluation import study
from ml.evaluation.harness import Difference
from ml.evaluation.plan import plan
from ml.evaluation.questions import questions
from ml.evaluation.report.study import _effect
from ml.evaluation.variants import VARIANTS
from ml.medgaze.modeling import MedGazeModel
from ml.metrics.cases import ModelRun
from ml.metrics.intervals import Estimate
from ml.training.batches import Chosen, Readings
from ml.training.run import RunRefused, train
from ml.training.settings import load_settings
from tests.ml.kit import tiny_config
from tests.ml.test_ablate_plan import prepared

TINY = load_settings("vlc-tiny")
NAMES = ["text-only", "tokens-128", "leave-one-reader-out"]
ARMS = ["base", "text-only", "tokens-32", "tokens-128", "without reader a", "without reader b"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared data, and a study of it in ``out``."""
    root = tmp_path_factory.mktemp("study")
    prepared(root, [("a", "b")] * 24)
    main(command(root))
    return root


def command(root: Path, *names: str, out: str = "out") -> list[str]:
    few = ["--samples", "2", "--metric", "ScanMatch", "--metric", "mIoU", "--device", "cpu"]
    where = ["--data", str(root / "data"), "--out", str(root / out), "--settings", "vlc-tiny", "--steps", "3"]
    return ["ablate", *where, *few, "--train", *(names or NAMES)]


def written(root: Path, *folder: str) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads((root.joinpath("out", *folder) / "evaluation.json").read_text())
    return found


def test_readings_that_are_not_to_be_learnt_from_weigh_nothing(place: Path) -> None:
    whole = load_prepared(place / "data" / "train")
    chosen = Chosen.of(whole, Readings("reader", "b", others=True))
    alone = whole.batch([0, 1, 2], "a")
    model = MedGazeModel.build(tiny_config()).eval()
    losses = [
        model(**inputs, generator=torch.Generator().manual_seed(1)).loss for inputs in (chosen.batch([0, 1, 2]), alone)
    ]
    torch.testing.assert_close(*losses)
    north = Chosen.of(whole, Readings("site", "north"))
    assert [number for number, _ in north.hidden] == [n for n, c in enumerate(whole.cases) if c.site == "north"]
    assert len(Chosen.of(whole, None)) == len(whole)


def test_a_run_does_not_go_on_with_other_readings(place: Path) -> None:
    with pytest.raises(RunRefused, match="readings differ"):
        train(
            plan(TINY, place / "data", ["leave-one-reader-out"], steps=3)[0].settings, place / "data",
            place / "out" / "runs" / "base", readings=Readings("reader", "a"), show=False, cpu=True,
        )  # fmt: skip


def test_every_model_is_trained_scored_and_told_of(place: Path) -> None:
    found = written(place)
    assert found["models"] == ARMS
    study = {row["name"]: row for row in found["study"]}  # type: ignore[index]
    assert study["text-only"]["differs"] == {"see_film": False} and study["base"]["differs"] == {}
    assert study["tokens-128"]["differs"] == {"max_text_tokens": 128, "memory_positions": "learned"}
    assert (study["base"]["readings"], study["without reader a"]["readings"]) == (32, 16)
    assert {row["steps"] for row in study.values()} == {3}
    pairs = {(row["first"], row["second"]) for row in found["differences"]}
    assert pairs == {*((name, "base") for name in ARMS[1:]), ("tokens-32", "tokens-128")}
    assert found["about"]["text-only"]["training readings"] == 32  # type: ignore[index]


def test_text_and_page_say_what_each_change_does(place: Path) -> None:
    text, page = ((place / "out" / f"evaluation.{ending}").read_text() for ending in ("txt", "html"))
    assert text.startswith("Models\n  base: the settings as they are")
    assert "What each change does, on all readings (8 of 4 films): first less second" in text
    assert "text-only - base" in text and "another-seed shows how large that is" in text
    assert page.index("What each change does") < page.index("How far from trivial to human")
    assert "href='reader-a/evaluation.html'" in page and (place / "out" / "reader-a" / "evaluation.html").exists()


def test_who_was_left_out_is_scored_alone_and_all_of_them_together(place: Path) -> None:
    one, all_of_them = written(place, "reader-a"), written(place, "each-reader-left-out-in-turn")
    assert one["models"] == ["base", "without reader a"] and one["readings"] == 4
    assert all_of_them["models"] == ["base", "model without the reader"] and all_of_them["readings"] == 8


def test_a_reader_is_read_by_the_model_that_never_saw_this_reader(place: Path) -> None:
    arms = plan(TINY, place / "data", ["leave-one-reader-out"])
    known = load_prepared(place / "data" / "test").cases
    together = questions(arms, read_split(place / "data", "test"), known)[1]
    for arm, (_, case) in zip(together.rows["model without the reader"], together.cases, strict=True):
        assert [f"without reader {reader}" for reader, _ in case.readings] == [arm]


def test_the_prepared_data_of_a_variant_is_what_its_model_asks_for(place: Path) -> None:
    """32 padded tokens in the data that was given; 32 and 128 unpadded in what was made of it."""
    made = [load_prepared(folder).settings.max_text_tokens for folder in (place / "out" / "data").glob("*/train")]
    assert load_prepared(place / "data" / "train").settings.max_text_tokens == 32 and sorted(made) == [32, 128]


def test_a_finished_model_is_not_trained_again(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runs = place / "again" / "runs"
    shutil.copytree(place / "out" / "runs", runs)
    files = sorted(runs.glob("*/model/model.safetensors"))
    before = [file.stat().st_mtime_ns for file in files]
    main(command(place, "text-only", "another-seed", out="again"))
    said = capsys.readouterr().out
    assert said.count("trained before, kept") == 2 and "[3/3] another-seed: nothing but the seed" in said
    assert before == [file.stat().st_mtime_ns for file in files] and (runs / "another-seed" / "model").is_dir()


def test_settings_with_data_of_their_own_are_run_on_their_own_films(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Films of 60 x 40: stretched to the square for base, kept in shape for the other."""
    shapes: dict[str, tuple[int, ...]] = {}
    whole = study.run_arm

    def run_arm(learnt: study.Learnt, cases: Any, **how: Any) -> ModelRun:
        shapes[learnt.arm.name] = cases[0].film.shape
        return whole(learnt, cases, **how)

    monkeypatch.setattr(study, "run_arm", run_arm)
    own, other = prepared(place, [("a", "b")] * 24, "boxed", letterbox=True), place / "boxed.yaml"
    other.write_text("stage: vlc\nmodel: {preset: tiny, letterbox: true}\npasses: 9\nbatch: 4\n")
    main(command(place, f"{other}={own}", out="own"))
    rows = {row["name"]: row for row in json.loads((place / "own" / "evaluation.json").read_text())["study"]}
    assert rows["boxed"]["steps"] == 3 and rows["boxed"]["differs"].items() >= {"letterbox": True, "batch": 4}.items()
    assert shapes == {"base": (32, 32), "boxed": (21, 32)} and not (place / "own" / "data").exists()


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (["text-only", "no-stage1", "single-set"], "no-stage1: changes nothing.*\nsingle-set: all training readings"),
        (["text-onyl"], "did you mean text-only"),
    ],
)
def test_what_cannot_be_served_is_refused_before_anything_is_trained(
    names: list[str], why: str, place: Path, refused: Callable[..., str]
) -> None:
    assert re.search(why, refused(*command(place, *names, out="never")))
    assert not (place / "never").exists()


def test_what_the_command_needs_is_told(place: Path) -> None:
    asked = parser().parse_args(command(place))
    for name, value, why in (
        ("settings", None, "needs --settings"), ("steps", 0, "1 or more"), ("settings", "vr2-tiny", "stage vr2"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=why):
            ablate.run(type(asked)(**{**vars(asked), name: value}))
    with pytest.raises(SystemExit):
        parser().parse_args([*command(place), "--model", "m"])


def test_the_help_lists_every_variant_without_waiting_for_torch() -> None:
    code = "import sys; from ml.cli import parser; parser(); assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    sub = next(a for a in parser()._actions if a.dest == "command").choices["ablate"]  # type: ignore[index]
    text = sub.format_help()
    assert all(f"  {name} " in text for name in VARIANTS)


def test_a_difference_over_some_of_the_films_says_over_how_many() -> None:
    gap = Difference("mMM", "a", "base", Estimate(0.03, 0.01, 0.05), cases=10, better="a")
    assert _effect(gap, 15) == "0.030 better [0.010, 0.050] n=10" and _effect(gap, 10) == "0.030 better [0.010, 0.050]"
