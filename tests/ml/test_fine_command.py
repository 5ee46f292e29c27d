"""python -m ml train --from: one parser with the training of new models, and no wish that is silently ignored."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from ml.cli import main
from ml.cli.train import FINE
from ml.training.runlog import RunLog
from tests.ml.finekit import export_case, export_of, prepared_set, small_model


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("command")
    small_model(root / "base")
    prepared_set(root)
    return root


def where(place: Path, run: str) -> list[str]:
    return ["train", "--data", str(place / "data"), "--run", str(place / run), "--cpu"]


def test_a_saved_model_is_fine_tuned_and_the_comparison_is_printed(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = place / "export"
    export = export_of(root, [export_case(root, n, source="aperture" if n % 2 else "tracker") for n in range(16)])
    settings = place / "own.yaml"
    settings.write_text(yaml.safe_dump({"batch": 4, "optimizer": {"fast_rate": 1e-3}}))
    main([
        "train", "--from", str(place / "base"), "--data", str(export), "--run", str(place / "runs" / "a"), "--cpu",
        "--steps", "3", "--name", "ours", "--seed", "7", "--sources", "tracker,aperture", "--threads", "1",
        "--films", str(place), str(root), "--reports", str(place), "--settings", str(settings),
        "--progress", str(place / "log" / "a.jsonl"),
    ])  # fmt: skip
    out = capsys.readouterr().out.splitlines()
    assert out[-1] == f"the model is in {place / 'runs' / 'a' / 'model'}"
    assert out[-2].startswith("Too few to say: on 6 readings of 3 held-out films") and "ScanMatch" in out[-2]
    assert any(line.startswith("step 3/3") for line in out)
    log = RunLog.read(place / "log" / "a.jsonl")
    assert log.finished is not None and log.finished["steps"] == 3 and log.stage == "saving"


WRONG = {
    "nothing to train": ([], "--settings NAME for a new model, --from MODEL"),
    "a stage-1 model beside a whole one": (["--from", "BASE", "--stage1", "BASE"], "all weights come from the saved"),
    "two budgets": (["--from", "BASE", "--steps", "3", "--minutes", "1"], "two budgets; give one"),
    "no steps": (["--from", "BASE", "--steps", "0"], "--steps is 0: give a number above 0"),
    "no minutes": (["--from", "BASE", "--minutes", "nan"], "--minutes is nan: give a number above 0"),
    "no threads": (["--from", "BASE", "--threads", "-1"], "--threads is -1"),
    "a negative seed": (["--from", "BASE", "--seed", "-1"], "--seed is -1: give 0 or more"),
    "settings of a new model": (["--from", "BASE", "--settings", "vlc-tiny"], "the saved model decides what it is"),
    "settings that are not there": (["--from", "BASE", "--settings", "own.yaml"], "No such file"),
    "sources of a prepared set": (["--from", "BASE", "--sources", "tracker"], "go with an export"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_is_said_with_what_to_do(
    wrong: str, place: Path, tmp_path: Path, refused: Callable[..., str]
) -> None:
    arguments, says = WRONG[wrong]
    given = [str(place / "base") if one == "BASE" else one for one in arguments]
    progress = ["--progress", str(tmp_path / "log.jsonl")] if "--from" in arguments else []
    assert says in refused(*where(place, "wrong"), *given, *progress)
    if progress:
        message = RunLog.read(tmp_path / "log.jsonl").refused
        assert message is not None and message["kind"] == "refused" and says in message["message"]


@pytest.mark.parametrize("name", FINE)
def test_what_belongs_to_fine_tuning_is_refused_for_a_new_model(
    name: str, place: Path, refused: Callable[..., str]
) -> None:
    message = refused(*where(place, "new"), "--settings", "vlc-tiny", f"--{name}", "1")
    assert f"--{name} goes with --from MODEL" in message


def test_several_processes_are_refused(
    place: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    message = refused(*where(place, "two"), "--from", str(place / "base"), "--steps", "1")
    assert "Start it without torchrun" in message
