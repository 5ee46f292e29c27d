"""``python -m ml gate``: the verdict as a file, as a table and as progress, and refusals that say what is wrong."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ml.cli import main
from ml.evaluation.gate import frozen

FEW = ["--cases", "6", "--threads", "1", "--device", "cpu"]


def gate(champion: Path, candidate: Path, out: Path, *more: str) -> dict[str, Any]:
    main(["gate", "--champion", str(champion), "--candidate", str(candidate), "--out", str(out), *FEW, *more])
    verdict: dict[str, Any] = json.loads(out.read_text())
    return verdict


def test_the_same_models_give_the_same_verdict_but_for_the_seconds(
    tmp_path: Path, tiny_folder: Path, mixture_folder: Path
) -> None:
    first, second = (gate(tiny_folder, mixture_folder, tmp_path / name) for name in ("a.json", "b.json"))
    assert first.pop("seconds") > 0 and second.pop("seconds") > 0
    assert first == second


def test_a_candidate_that_fails_is_a_verdict_and_no_error(
    tmp_path: Path, mixture_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An untrained model is no better than the baselines, whatever the champion is."""
    verdict = gate(mixture_folder, mixture_folder, tmp_path / "out.json")
    said = capsys.readouterr().out
    assert verdict["passed"] is False and said.endswith("The candidate FAILED.\n")
    for row in verdict["rows"]:
        assert f"  {'passed' if row['passed'] else 'FAILED'}: {row['rule']}" in said
    assert said.startswith("6 simulated cases, 18 readings.")


def test_progress_is_appended_as_lines_of_json(tmp_path: Path, mixture_folder: Path) -> None:
    progress = tmp_path / "progress.jsonl"
    progress.write_text('{"event": "before"}\n')
    gate(mixture_folder, mixture_folder, tmp_path / "out.json", "--progress", str(progress))
    before, *events = [json.loads(line) for line in progress.read_text().splitlines()]
    assert before == {"event": "before"} and all(event.pop("at") for event in events)
    stage = {"event": "stage", "stage": "judging", "of": 12}
    assert events[0] == {**stage, "done": 0} and events[-1] == {**stage, "done": 12}


def test_what_was_left_out_is_said(
    tmp_path: Path, tiny_folder: Path, mixture_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gate(mixture_folder, tiny_folder, tmp_path / "out.json")
    assert "negative log-likelihood left out: the candidate: it was trained by l1" in capsys.readouterr().out


@pytest.mark.parametrize("damage", ["absent", "cut short", "other shapes", "no processor", "no json"])
def test_a_candidate_that_cannot_be_loaded_is_status_2_and_a_message(
    tmp_path: Path, mixture_folder: Path, refused: Callable[..., str], damage: str
) -> None:
    folder, out, progress = tmp_path / "candidate", tmp_path / "out.json", tmp_path / "progress.jsonl"
    if damage != "absent":
        shutil.copytree(mixture_folder, folder)
    if damage == "cut short":
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:-100])
    if damage == "other shapes":
        config = json.loads((folder / "config.json").read_text())
        (folder / "config.json").write_text(json.dumps({**config, "num_modes": 5}))
    if damage == "no processor":
        (folder / "processor_config.json").unlink()
    if damage == "no json":
        (folder / "config.json").write_text("{")
    words = ["--champion", str(mixture_folder), "--candidate", str(folder), "--out", str(out), *FEW]
    said = refused("gate", *words, "--progress", str(progress))
    assert said.startswith(f"the candidate cannot be loaded from {folder}: ") and len(said) > len(str(folder)) + 45
    assert not out.exists()
    event = json.loads(progress.read_text().splitlines()[-1])
    assert event["event"] == "refused" and event["message"] == said.strip()


def test_a_champion_that_cannot_be_loaded_is_called_by_its_role(
    tmp_path: Path, mixture_folder: Path, refused: Callable[..., str]
) -> None:
    words = ["--champion", str(tmp_path), "--candidate", str(mixture_folder), "--out", str(tmp_path / "out.json")]
    assert refused("gate", *words, *FEW).startswith("the champion cannot be loaded")


def test_a_changed_set_is_status_2_and_said(
    tmp_path: Path, mixture_folder: Path, refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Path(shutil.copytree(frozen.SET, tmp_path / "set"))
    monkeypatch.setattr(frozen, "SET", root)
    (root / "judged" / "reports" / "g001.txt").write_text("Clear.")
    words = ["--champion", str(mixture_folder), "--candidate", str(mixture_folder), "--out", str(tmp_path / "o.json")]
    assert "g001.txt: changed" in refused("gate", *words, *FEW)


def test_fewer_than_two_cases_or_no_thread_is_refused(tmp_path: Path, refused: Callable[..., str]) -> None:
    words = ["--champion", str(tmp_path), "--candidate", str(tmp_path), "--out", str(tmp_path / "o.json")]
    for more in ("1", "0", "-4"):
        assert "--cases must be 2 or more" in refused("gate", *words, "--cases", more)
    assert "--threads must be 1 or more" in refused("gate", *words, "--threads", "0")
