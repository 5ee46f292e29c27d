"""The commands of a study, on a small set of noise films: from prepared arrays to a picture of a scanpath."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from ml.cli import main
from ml.cli.predict import draw
from ml.data.prepared import load_prepared
from ml.gaze.scanpath import Fixation, Scanpath
from ml.medgaze.config import MedGazeConfig
from ml.training.settings import load_settings
from tests.ml.gaze import gaze_cases, prepare_parts


def on(root: Path, run: str) -> list[str]:
    return ["--data", str(root / "data"), "--run", str(root / run), "--cpu"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prepared data, and both stages run on it by the commands."""
    root = tmp_path_factory.mktemp("study")
    cases = gaze_cases(root / "films", 16)
    prepare_parts(cases, root / "data", load_settings("vlc-tiny").config(), train=10, validate=2, test=4)
    for stage, extra in (("vr2", []), ("vlc", ["--stage1", str(root / "vr2" / "model")])):
        command = {"vr2": "pretrain", "vlc": "train"}[stage]
        main([command, "--settings", f"{stage}-tiny", *on(root, stage), *extra])
    return root


def test_training_says_the_time_left_and_where_the_model_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["train", "--settings", "vlc-tiny", *on(place, "again")])
    out = capsys.readouterr().out
    assert "step 40/40" in out and "min left" in out
    assert out.splitlines()[-1] == f"the model is in {place / 'again' / 'model'}"
    assert json.loads((place / "again" / "model" / "config.json").read_text())["simulated"] is True


def test_what_is_taken_over_from_stage_1_is_said_before_the_first_step(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", "--settings", "vlc-tiny", *on(place, "from-stage-1"), "--stage1", str(place / "vr2" / "model")])
    taken = json.loads((place / "from-stage-1" / "model" / "training.json").read_text())["stage1"]
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith(f"stage 1: {len(taken['matched'])} (")
    assert taken["missing"] == [] and "begun anew: 0;" in first


def test_stage_1_says_whose_encoder_it_begins_from(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["pretrain", "--settings", "vr2-tiny", *on(place, "lent"), "--start", str(place / "vlc" / "model")])
    first = capsys.readouterr().out.splitlines()[0]
    assert "tensors taken over" in first and "vision" in first.split("; ")[0]


def test_a_reader_is_adapted_to_and_compared(
    place: Path, capsys: pytest.CaptureFixture[str], refused: Callable[..., str]
) -> None:
    model = ["--model", str(place / "vlc" / "model"), "--data", str(place / "data")]
    main(["adapt", *model, "--reader", "b", "--out", str(place / "b"), "--passes", "2"])
    out = capsys.readouterr().out
    assert "on 4 held-out cases" in out and "ScanMatch: " in out and "gain" in out
    assert "inter-reader: " in out and "on 4 films" in out
    assert out.splitlines()[-1] == "  b read no held-out film twice: there is no same-reader ceiling"
    message = refused("adapt", *model, "--reader", "z", "--out", str(place / "z"))
    assert "4 are the fewest" in message and "Who reads there: a, b" in message
    nowhere = [*model[:2], "--data", str(place / "films"), "--reader", "b", "--out", str(place / "z")]
    assert "is not a prepared set" in refused("adapt", *nowhere)


def test_what_a_person_can_mend_is_said_without_a_traceback(place: Path, refused: Callable[..., str]) -> None:
    data = ["--data", str(place / "data"), "--run", str(place / "x")]
    assert "did you mean vlc-tiny" in refused("train", "--settings", "vlc-tny", *data)
    assert "use python -m ml pretrain" in refused("train", "--settings", "vr2-tiny", *data)
    assert "prepared for another model" in refused("train", "--settings", "vlc-small", *data)
    nowhere = ["--data", str(place / "films"), "--run", str(place / "x")]
    assert "is not a prepared set" in refused("train", "--settings", "vlc-tiny", *nowhere)


def test_a_set_is_prepared_for_a_saved_model_as_for_its_settings(
    place: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    data, split, model = str(tmp_path / "set"), str(tmp_path / "split.json"), place / "vlc" / "model"
    main(["simulate", "--layout", "egd-cxr", "--cases", "12", "--long-side", "64", "--out", data])
    main(["split", data, "--out", split])
    main(["prepare", data, "--split", split, "--model", str(model), "--out", str(tmp_path / "out")])
    load_prepared(tmp_path / "out" / "train", MedGazeConfig.from_pretrained(model))
    refused("prepare", data, "--split", split, "--model", str(place / "films"), "--out", str(tmp_path / "x"))


def test_predict_answers_with_a_scanpath_and_a_picture(place: Path, refused: Callable[..., str]) -> None:
    report, answer, picture = place / "report.txt", place / "answer.json", place / "picture.png"
    report.write_text("Opacity in the left lung.")
    film = str(place / "films" / "film-001.png")
    model = ["--model", str(place / "vlc" / "model")]
    main(["predict", film, str(report), *model, "--json", str(answer), "--picture", str(picture), "--samples", "2"])
    found = json.loads(answer.read_text())
    assert len(found["samples"]) == 2 and found["simulated"] is True
    assert all(0 <= f["x"] <= 1 and f["duration_s"] > 0 for f in found["samples"][0]["fixations"])
    assert Image.open(picture).size == (1200, 800)
    assert "there is no such file" in refused("predict", "absent.png", str(report), *model)


def test_the_picture_shows_a_fixation_where_it_is(tmp_path: Path) -> None:
    """A black 60 x 40 film drawn 1200 x 800; half a second at (.25, .5) is a circle of radius 20 about (300, 400)."""
    draw(np.zeros((40, 60), np.uint8), Scanpath((Fixation(0.25, 0.5, 0.0, 0.5),)), tmp_path / "one.png")
    lit = np.asarray(Image.open(tmp_path / "one.png").convert("L")) > 60
    rows, columns = np.nonzero(lit)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(300, abs=1)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(400, abs=1)
    assert (columns.max() - columns.min()) / 2 == pytest.approx(20, abs=1.5)


def test_a_simulated_set_goes_through_prepare_and_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, split = str(tmp_path / "set"), str(tmp_path / "split.json")
    main(["simulate", "--layout", "reflacx", "--cases", "24", "--long-side", "64", "--out", data])
    main(["split", data, "--out", split])
    arguments = ["prepare", data, "--split", split, "--settings", "vlc-tiny", "--out", str(tmp_path / "out")]
    main(arguments)
    lines = capsys.readouterr().out.splitlines()[-3:]
    assert [line.split(":")[0] for line in lines] == ["train", "validate", "test"]
    assert all("readings" in line and "0 films left out" in line for line in lines)
    main(arguments)  # nothing is left to do, and the same is printed
    assert capsys.readouterr().out.splitlines()[-3:] == lines
    main(["train", "--settings", "vlc-tiny", "--data", str(tmp_path / "out"), "--run", str(tmp_path / "run"), "--cpu"])
    assert json.loads((tmp_path / "run" / "model" / "config.json").read_text())["simulated"] is True
