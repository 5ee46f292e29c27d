"""Runs every part of the benchmark and prints what it measured."""

from __future__ import annotations

import importlib
import json
import os
import sys

from tests.bench.row import Row

PARTS = (
    "tests.bench.live",
    "tests.bench.practice",
    "tests.bench.ratings",
    "tests.bench.releases",
    "tests.bench.training",
    "tests.bench.viewer",
    "tests.bench.model",
    "tests.bench.multimatch",
)


def main() -> None:
    wanted = sys.argv[1:] or PARTS
    rows: list[Row] = []
    for part in wanted:
        rows += importlib.import_module(part).measure()
    print(f"\n{'what':<58} {'median':>9} {'p95':>9} {'p99':>9} {'n':>6}  bar")
    for row in rows:
        print(row.line())
    print("\n" + json.dumps([row.to_dict() for row in rows]))
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
