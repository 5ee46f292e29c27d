"""The progress file of a run: what its lines come to, whatever was killed, repeated or cut short."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ml.training.runlog import RunEvents, RunLog


def step(number: int, loss: float, of: int = 100) -> dict[str, object]:
    return {
        "event": "step", "step": number, "of": of, "loss": loss, "seconds_a_step": 0.5, "eta_s": 9.0, "memory_mb": 7,
    }  # fmt: skip


def log_of(*events: dict[str, object]) -> RunLog:
    log = RunLog()
    for event in events:
        log.feed(json.dumps(event))
    return log


def test_a_run_says_where_it_is() -> None:
    log = log_of(
        {"event": "stage", "stage": "preparing", "done": 3, "of": 40},
        {"event": "stage", "stage": "training", "done": 0, "of": 100},
        {"event": "validated", "step": 0, "loss": 2.0},
        step(10, 1.5),
        {"event": "validated", "step": 10, "loss": 1.75},
        {"event": "checkpoint", "step": 10},
    )
    assert (log.stage, log.done, log.of) == ("training", 0, 100)
    assert (log.step, log.steps, log.loss, log.eta_s, log.memory_mb) == (10, 100, 1.5, 9.0, 7.0)
    assert log.losses == [(10, 1.5)] and log.validation == [(0, 2.0), (10, 1.75)] and log.checkpoints == [10]
    assert log.seconds_a_step == 0.5 and log.resumed == 0


def test_what_came_after_the_step_that_a_run_goes_on_from_is_void() -> None:
    before = [step(10, 1.5), {"event": "validated", "step": 10, "loss": 1.7}, {"event": "checkpoint", "step": 10}]
    after = [step(20, 1.2), {"event": "validated", "step": 20, "loss": 1.4}, {"event": "checkpoint", "step": 20}]
    end = [{"event": "held-out", "rows": [{"metric": "ScanMatch"}]}, {"event": "finished", "steps": 20}]
    log = log_of(*before, *after, *end, {"event": "resumed", "step": 10})
    assert log.losses == [(10, 1.5)] and log.validation == [(10, 1.7)] and log.checkpoints == [10]
    assert (log.step, log.loss, log.eta_s, log.held_out, log.finished, log.resumed) == (10, 1.5, None, None, None, 1)
    assert log_of(*before, {"event": "resumed", "step": 0}).loss is None


def test_a_point_that_is_told_again_stands_once() -> None:
    log = log_of({"event": "validated", "step": 0, "loss": 2.0}, {"event": "validated", "step": 0, "loss": 3.0})
    assert log.validation == [(0, 3.0)]


def test_a_refusal_stands_until_another_attempt_begins() -> None:
    refused = {"event": "refused", "kind": "disk-full", "message": "Full. Free some room."}
    log = log_of(step(10, 1.5), refused)
    assert log.refused == refused and log.eta_s is None
    log.feed(json.dumps({"event": "stage", "stage": "preparing", "done": None, "of": None}))
    assert log.refused is None


def test_the_end_of_a_run_is_kept_as_it_was_told() -> None:
    rows = [{"metric": "ScanMatch", "sentence": "Better: ..."}]
    end = {"event": "finished", "model": "RUN/model", "steps": 40, "kept_step": 30, "memory_mb": 900}
    log = log_of(step(30, 1.0, of=100), {"event": "held-out", "rows": rows}, end)
    assert log.held_out == rows and log.finished == end
    assert (log.step, log.memory_mb, log.eta_s) == (40, 900.0, None)


def test_a_long_curve_is_thinned_evenly_and_keeps_its_ends() -> None:
    """1,001 points to 400: about every 2.5th."""
    log = log_of(*(step(number, float(number), of=1001) for number in range(1, 1002)))
    steps = [number for number, _ in log.losses]
    assert len(steps) == 400 and steps[0] == 1 and steps[-1] == 1001
    assert {later - earlier for earlier, later in zip(steps, steps[1:], strict=False)} == {2, 3}


def test_half_a_last_line_is_left_aside(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    whole = json.dumps(step(10, 1.5)) + "\n"
    file.write_text(whole + whole[:20])
    assert RunLog.read(file).losses == [(10, 1.5)]


def test_a_file_that_is_not_there_has_told_nothing(tmp_path: Path) -> None:
    assert RunLog.read(tmp_path / "none").stage is None


@pytest.mark.parametrize("line", ["", "{", "[]", '{"event": 3}', '{"event": "weather"}', '{"event": "step"}', "\x00"])
def test_a_line_that_is_no_event_changes_nothing(line: str) -> None:
    log = log_of(step(10, 1.5))
    log.feed(line)
    assert log.losses == [(10, 1.5)] and log.step == 10


def test_lines_are_appended_with_the_time_and_without_what_json_has_no_number_for(tmp_path: Path) -> None:
    file = tmp_path / "runs" / "progress.jsonl"
    RunEvents(file)("stage", stage="training", done=None, of=3)
    RunEvents(file)("validated", step=3, loss=float("nan"), rows=[{"low": float("inf")}])
    first, second = [json.loads(line) for line in file.read_text().splitlines()]
    assert (first["event"], first["stage"], first["of"]) == ("stage", "training", 3)
    assert first["at"].endswith("+00:00")
    assert second["loss"] is None and second["rows"] == [{"low": None}]
    RunEvents(None)("stage", stage="training")


def test_a_line_that_a_full_disk_cut_short_spoils_no_later_one(tmp_path: Path) -> None:
    file = tmp_path / "progress.jsonl"
    file.write_text('{"event": "st')
    RunEvents(file)("checkpoint", step=4)
    assert RunLog.read(file).checkpoints == [4]
