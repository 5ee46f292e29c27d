"""Judge a candidate against the champion on the frozen simulated set, and say whether it may take its place.

  python -m ml gate --champion ml/weights/demo --candidate var/runs/fine/model --out verdict.json

Prints a table of metric, champion, candidate, difference with its 95 % interval, the hardest trivial baseline, and the
verdict by each rule (ml/evaluation/gate/rules.json), and writes all of it as JSON. Status 0 whether it passed or not;
2 where there is no verdict, because a model cannot be loaded or gives no reading, or the frozen set was changed.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from ml.cli import Refusal

HELP = "judge a candidate against the champion on the frozen simulated set"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--champion", type=Path, required=True, help="model folder")
    parser.add_argument("--candidate", type=Path, required=True, help="model folder")
    parser.add_argument("--out", type=Path, required=True, help="JSON file for the verdict")
    parser.add_argument("--progress", type=Path, default=None, help="append a JSON line to this file now and then")
    parser.add_argument("--threads", type=int, default=None, help="of torch (default: as many as there are cores)")
    parser.add_argument("--cases", type=int, default=None, help="only the first so many: to try it, not to judge by")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")


def run(arguments: argparse.Namespace) -> None:
    from ml.data.files import write_json
    from ml.evaluation.gate import GateRefused, judge
    from ml.training.runlog import RunEvents

    for name, least in (("threads", 1), ("cases", 2)):
        if (given := getattr(arguments, name)) is not None and given < least:
            raise Refusal(f"--{name} must be {least} or more")
    events = RunEvents(arguments.progress)
    try:
        verdict = judge(
            arguments.champion, arguments.candidate, cases=arguments.cases, threads=arguments.threads,
            device=arguments.device,
            progress=lambda done, of: events("stage", stage="judging", done=done, of=of),
        )  # fmt: skip
    except GateRefused as refused:
        events("refused", kind="refused", message=str(refused))
        raise Refusal(str(refused)) from refused
    write_json(arguments.out, verdict)
    print(table(verdict))


def table(verdict: dict[str, Any]) -> str:
    """The verdict as lines for people."""
    about = verdict["set"]
    lines = [
        f"{about['cases']} simulated cases, {about['readings']} readings. Mean [95 % bootstrap interval over cases]."
    ]
    for row in verdict["rows"]:
        unit = f", {row['unit']}" if row["unit"] else ""
        beside = "" if row["baseline"] is None else f"; {row['baseline']['name']} {_number(row['baseline']['value'])}"
        lines += [
            "",
            f"{row['metric']}{unit}: champion {_number(row['champion']['value'])}, candidate "
            f"{_number(row['candidate']['value'])}, difference {_estimate(row['difference'])}{beside}",
            f"  {'passed' if row['passed'] else 'FAILED'}: {row['rule']}",
        ]
        if row["cases"] < about["cases"]:
            lines.append(f"  only {row['cases']} cases have a score of both, which fails by itself")
    lines += ["", *(f"{row['metric']} left out: {row['reason']}" for row in verdict["left_out"])]
    return "\n".join([*lines, f"The candidate {'passed' if verdict['passed'] else 'FAILED'}."])


def _estimate(estimate: dict[str, float | None]) -> str:
    return f"{_number(estimate['value'])} [{_number(estimate['low'])}, {_number(estimate['high'])}]"


def _number(value: float | None) -> str:
    return "none" if value is None else f"{value:.3f}"
