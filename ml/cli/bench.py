"""How long a prediction takes on this machine, and how much memory it needs.

For each model and device, at each precision: time to load, peak memory (each measurement is a process of its own), p50
and p95 of one case alone, cases a second in batches of 8 and 32, time in each stage and part, and what is gained where
the film or the report was seen before. First in each table: the same weights the way the published code runs them,
every case alone and all of it computed anew in float32.

Precisions: served what the site's worker runs: fp32, except a small language model on a CPU that multiplies bfloat16
by itself; fp32 all float32; bf16 all bfloat16, except a referenced backbone; int8 as bf16, with 8-bit weights in the
language model's linear layers (CPU only). Presets get random weights, which time like trained ones; their time to load
is that of making them. `paper`, `plus` and `open` need 13 GB of free memory in fp32, 7 GB in bf16; with
--language-layers only a part of their language model is made, by which precisions and caches can be compared with less.

  python -m ml bench                                 the bundled demo model on this machine's CPU and, if any, GPU
  python -m ml bench --preset paper --device cpu     the published size
  python -m ml bench --model var/runs/7 --json speed.json
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from ml.cli import Refusal
from ml.cli.places import DEMO, write_figures

HELP = "how long a prediction takes here, and how much memory"
PRECISIONS = {"cpu": ("served", "fp32", "bf16", "int8"), "cuda": ("fp32", "bf16")}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--preset", action="append", help="random weights of this preset; may be given several times")
    what.add_argument("--model", type=Path, default=None, help="folder of a saved model (the bundled one)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="auto: all there are")
    parser.add_argument("--precision", action="append", choices=PRECISIONS["cpu"], help="only this one; may repeat")
    parser.add_argument("--language-layers", type=int, default=None, help="of a preset's large language model (all)")
    parser.add_argument("--rounds", type=int, default=40, help="timed predictions a row")
    parser.add_argument("--threads", type=int, default=None, help="CPU threads (as many as cores)")
    parser.add_argument("--most-seconds", type=float, default=60.0, help="a row takes no longer, with fewer rounds")
    parser.add_argument("--json", type=Path, default=None, help="also write all figures to this file")


def run(arguments: argparse.Namespace) -> None:
    import os

    import torch

    from ml.bench import table
    from ml.bench.child import in_child
    from ml.bench.measure import Spec
    from ml.medgaze.presets import PRESETS

    if unknown := sorted(set(arguments.preset or ()) - set(PRESETS)):
        raise Refusal(f"no preset {', '.join(unknown)}; there are {', '.join(PRESETS)}")
    if arguments.language_layers is not None and (arguments.language_layers < 1 or not arguments.preset):
        raise Refusal("--language-layers is 1 or more, with --preset")
    folder = arguments.model or DEMO
    if not arguments.preset and not (folder / "config.json").is_file():
        raise Refusal(f"{folder} is no saved model: give --model FOLDER or --preset NAME")
    models = arguments.preset or [str(folder.resolve())]
    gpu = torch.cuda.is_available()
    if arguments.device != "cpu" and not gpu:
        print("No CUDA device here: only the CPU is measured.", file=sys.stderr)
    devices = [d for d in ("cpu", "cuda") if arguments.device in (d, "auto") and (d == "cpu" or gpu)]
    threads = arguments.threads or os.cpu_count() or 1
    plan = [
        Spec(model, device, precision, arguments.rounds, threads, arguments.language_layers, arguments.most_seconds)
        for model in models
        for device in devices
        for precision in PRECISIONS[device]
        if precision in (arguments.precision or PRECISIONS[device])
    ]
    load_average = [round(v, 2) for v in os.getloadavg()]
    began, results = time.monotonic(), []
    for number, spec in enumerate(plan):
        left = (
            f", about {(time.monotonic() - began) / number * (len(plan) - number) / 60:.0f} min left" if number else ""
        )
        print(f"[{number + 1}/{len(plan)}] {_name(spec.model)} {spec.device} {spec.precision}{left}", file=sys.stderr)
        results.append({"on": spec.device, **in_child(spec), "model": _name(spec.model)})
        if arguments.json is not None:  # each time: what a long bench has measured outlives its end
            write_figures({"threads": threads, "load_average": load_average, "results": results}, arguments.json)
    for model in models:
        for device in devices:
            own = [r for r in results if (r["model"], r["on"]) == (_name(model), device)]
            named = next((r["device"] for r in own if "device" in r), device)
            part = "" if arguments.language_layers is None else f" with {arguments.language_layers} language layers"
            print(f"\n{_name(model)}{part} on {named}" + (f", {threads} threads" if device == "cpu" else ""))
            print(table.text(own))
    print(f"\nload average before: {load_average}")


def _name(model: str) -> str:
    """A preset's name, or the name of a folder without the way to it."""
    return Path(model).name
