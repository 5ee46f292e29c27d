"""What `python -m ml train` and `ml gate` do, in a moment and without torch: a real process with the same command line.

A "training" is a chain of digests over data and seed, a checkpoint every second step; its model is the parent's with
other last bytes. Env STAND_IN (JSON) says what befalls it: step_s, refuse, says, die_at, mute_at, break_at, code.
"""

from __future__ import annotations

import argparse
import datetime
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from ml.medgaze.model_info import CONFIG, MANIFEST, PROCESSOR, WEIGHTS, read_model_info, write_manifest  # noqa: E402

FATE: dict[str, Any] = json.loads(os.environ.get("STAND_IN", "{}"))
EVERY = 2
TORN = "It cannot be loaded: its weights are torn."


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    acts = parser.add_subparsers(dest="act", required=True)
    train = acts.add_parser("train")
    for name in ("--from", "--data", "--run", "--films", "--reports", "--progress"):
        train.add_argument(name, type=Path, required=True, dest=name.strip("-").replace("from", "parent"))
    for name in ("--name", "--sources"):
        train.add_argument(name, required=True)
    for name in ("--seed", "--threads"):
        train.add_argument(name, type=int, required=True)
    train.add_argument("--steps", type=int, default=6)
    train.add_argument("--minutes", type=float)
    gate = acts.add_parser("gate")
    for name in ("--champion", "--candidate", "--out", "--progress"):
        gate.add_argument(name, type=Path, required=True)
    gate.add_argument("--threads", type=int)
    return parser.parse_args()


def write_event(path: Path, event: str, **more: Any) -> None:
    with path.open("a") as file:
        at = datetime.datetime.now(datetime.UTC).isoformat()
        file.write(json.dumps({"event": event, "at": at, **more}) + "\n")


def refuse(wanted: argparse.Namespace, kind: str) -> None:
    write_event(wanted.progress, "refused", kind=kind, message=FATE.get("says", f"It was {kind}."))
    sys.exit(2)


def train(wanted: argparse.Namespace) -> None:
    assert (wanted.data / "dataset.json").is_file(), "no data"
    assert wanted.films.is_dir() and wanted.reports.is_dir(), "nowhere to look for films and reports"
    wanted.run.mkdir(parents=True, exist_ok=True)
    write_event(wanted.progress, "stage", stage="preparing", done=1, of=1)
    if "refuse" in FATE:
        refuse(wanted, FATE["refuse"])
    done = sorted(int(path.name.split("-")[1]) for path in wanted.run.glob("checkpoint-*"))
    step = done[-1] if done else 0
    state = (wanted.run / f"checkpoint-{step}").read_text() if done else first_state(wanted)
    if done:
        write_event(wanted.progress, "resumed", step=step)
    write_event(wanted.progress, "stage", stage="training", done=None, of=None)
    while step < wanted.steps:
        step += 1
        time.sleep(FATE.get("step_s", 0.0))
        state = hashlib.sha256(f"{state}{step}".encode()).hexdigest()
        loss = int(state[:4], 16) / 65536
        write_event(
            wanted.progress,
            "step",
            step=step,
            of=wanted.steps,
            loss=loss,
            seconds_a_step=0.25,
            eta_s=1.0,
            memory_mb=100,
        )
        print(f"step {step}: {loss:.3f}", flush=True)
        if step == FATE.get("die_at") and fresh(wanted):
            os.kill(os.getpid(), signal.SIGKILL)
        if step == FATE.get("break_at"):
            raise RuntimeError("broken")
        if step % EVERY == 0:
            (wanted.run / f"checkpoint-{step}").write_text(state)
            if step == FATE.get("mute_at"):  # between the checkpoint and the word of it
                os.kill(os.getpid(), signal.SIGKILL)
            write_event(wanted.progress, "checkpoint", step=step)
    write_event(wanted.progress, "validated", step=step, loss=0.5)
    write_event(wanted.progress, "stage", stage="comparing", done=1, of=1)
    none = {"value": 0.0, "low": None, "high": None}
    row = {
        "metric": "ScanMatch", "higher_is_better": True, "cases": 2, "readings": 2, "sentence": "No difference.",
        "before": none, "after": none, "difference": none,
    }  # fmt: skip
    write_event(wanted.progress, "held-out", rows=[row])
    save(wanted, state)
    ended = {"steps": step, "kept_step": step, "validation_loss": 0.5, "seconds": 1.0, "memory_mb": 100}
    write_event(wanted.progress, "finished", model=str(wanted.run / "model"), **ended)


def first_state(wanted: argparse.Namespace) -> str:
    index = (wanted.data / "dataset.json").read_bytes()
    return hashlib.sha256(index + str(wanted.seed).encode()).hexdigest()


def fresh(wanted: argparse.Namespace) -> bool:
    """Whether its death is still to come: with `once`, only the first time."""
    mark = wanted.run / "died"
    if FATE.get("once") and mark.exists():
        return False
    mark.touch()
    return True


def save(wanted: argparse.Namespace, state: str) -> None:
    folder = wanted.run / "model"
    folder.mkdir(exist_ok=True)
    for name in (CONFIG, PROCESSOR):
        shutil.copy(wanted.parent / name, folder / name)
    weights = (wanted.parent / WEIGHTS).read_bytes()
    unchanged = FATE.get("learns") is False
    (folder / WEIGHTS).write_bytes(weights if unchanged else weights[:-8] + bytes.fromhex(state)[:8])
    (folder / MANIFEST).unlink(missing_ok=True)
    parent = read_model_info(wanted.parent).sha256
    write_manifest(folder, name=wanted.name, scores={"nll": 1.0}, baselines={}, parent=parent)


def gate(wanted: argparse.Namespace) -> None:
    from tests.training.comparison import comparison

    write_event(wanted.progress, "stage", stage="judging", done=1, of=2)
    if FATE.get("gate") == "refuse":
        write_event(wanted.progress, "refused", kind="refused", message=FATE.get("says", TORN))
        sys.exit(2)
    if FATE.get("gate") == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    pair = read_model_info(wanted.candidate).sha256, read_model_info(wanted.champion).sha256
    wanted.out.write_text(json.dumps(comparison(*pair, passed=FATE.get("passes", True))))


if __name__ == "__main__":
    wanted = arguments()
    with (wanted.progress.parent / "calls").open("a") as calls:
        calls.write(wanted.act + "\n")
    {"train": train, "gate": gate}[wanted.act](wanted)
