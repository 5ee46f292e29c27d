"""The bench's figures for a terminal, and the bars they are held against."""

from __future__ import annotations

import statistics
from typing import Any

from ml.bench.clock import Figures

GB = 1e9
HEAD = ("", "load s", "weights GB", "peak GB", "p50 ms", "p95 ms", "20 samples", "8, /s", "32, /s", "as published")


def rows(results: list[Figures]) -> list[tuple[str, ...]]:
    """One line a measurement. First, where there are float32 figures, what the published code's way comes to: every
    case alone, all of it computed anew, in float32; that is what float32 one at a time is.
    """
    measured = [result for result in results if "one" in result]
    plain = next((result for result in measured if result["precision"] == "fp32"), None)
    lines: list[tuple[str, ...]] = []
    if plain is not None:
        pace = f"{1e3 / plain['one']['p50_ms']:.3g}"
        memory = f"{plain['predict_peak_bytes'] / GB:.2f}"
        lines.append(("as published: fp32, case by case", "", "", memory, *_latency(plain), "", pace, pace, "1.0x"))
    for result in measured:
        faster = "" if plain is None else f"{plain['one']['p50_ms'] / result['one']['p50_ms']:.1f}x"
        lines.append(
            (
                result["precision"],
                f"{result['load_s']:.1f}",
                f"{result['weights_bytes'] / GB:.2f}",
                f"{max(result['predict_peak_bytes'], result['load_peak_bytes']) / GB:.2f}",
                *_latency(result),
                f"{result['many']['p50_ms']:.0f}",
                *(_pace(batch) for batch in result["batches"].values()),
                faster,
            )
        )
        for name, kept in result.get("kept", {}).items():
            again = "" if plain is None else f"{plain['one']['p50_ms'] / kept['p50_ms']:.1f}x"
            lines.append((f"  {name}", "", "", "", *_latency({"one": kept}), "", "", "", again))
    return lines


def text(results: list[Figures]) -> str:
    """Everything about one model on one device."""
    shown = [HEAD, *rows(results)]
    widths = [max(len(line[i]) for line in shown) for i in range(len(HEAD))]
    lines = [
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))]).rstrip()
        for line in shown
    ]
    lines += [f"{result['precision']}: left out, {result['left_out']}" for result in results if "left_out" in result]
    for result in results:
        if "one" not in result:
            continue
        for what in ("stages", "parts"):
            spent = ", ".join(f"{name} {figures['p50_ms']:.1f}" for name, figures in result[what].items())
            lines.append(f"{result['precision']} {what}, p50 ms: {spent}")
        if away := apart(result, results):
            lines.append(f"{result['precision']} against fp32, largest difference: {away}")
    lines += bars(results)
    return "\n".join(lines)


def apart(result: Figures, results: list[Figures]) -> str:
    """How far the mean path is from float32's, for the same weights."""
    plain = next((r for r in results if r.get("precision") == "fp32" and "says" in r), None)
    if plain is None or plain is result:
        return ""
    away = {
        name: max(abs(a - b) for a, b in zip(result["says"][name], plain["says"][name], strict=True))
        for name in ("place", "duration_s")
    }
    return f"{100 * away['place']:.2f} % of the film's side, {1e3 * away['duration_s']:.0f} ms"


def bars(results: list[Figures]) -> list[str]:
    """The project's own bars, each met or not: `demo` in 150 ms and `paper` on a GPU in 20 ms, a language model's
    share, 20 samples, and whether 8-bit weights are worth their rounding.
    """
    out = []
    halved = next((result for result in results if result["precision"] == "bf16" and "one" in result), None)
    for result in results:
        if "one" not in result:
            continue
        precision, one = result["precision"], result["one"]
        name = f"{result['model']} {precision}"
        if result["model"] == "demo" and precision == "served":
            out.append(_bar(f"{name}: p95", one["p95_ms"], 150.0, "ms"))
        if result["model"] == "paper" and precision == "bf16" and result.get("on") == "cuda":
            out.append(_bar(f"{name}: p50", one["p50_ms"], 20.0, "ms"))
        share = against_language_model(result)
        if share is not None and precision == "bf16" and result.get("on") != "cuda":
            out.append(_bar(f"{name}: one prediction over its language model's own forward", share, 1.5, "x"))
        if precision in ("served", "bf16"):
            out.append(_bar(f"{name}: 20 samples over one", result["many_over_one"], 1.2, "x"))
        if precision == "int8" and halved is not None:
            slower = one["p50_ms"] / halved["one"]["p50_ms"]
            larger = result["predict_peak_bytes"] / halved["predict_peak_bytes"]
            out.append(_bar(f"{name}: time over bf16's", slower, 1.0, "x"))
            out.append(_bar(f"{name}: memory over bf16's", larger, 1.0, "x"))
    return out


def against_language_model(result: Figures) -> float | None:
    """A prediction's time over that of the language model inside it, each run by itself; None without a language model
    as large as the published.
    """
    if result["over_language_model"] is None or result["weights_bytes"] < 2 * GB or result.get("layers") is not None:
        return None
    share: float = statistics.median(result["over_language_model"])
    return share


def _bar(what: str, value: float, most: float, unit: str) -> str:
    return f"{what} {value:.3g} {unit} (at most {most:g} {unit}): {'met' if value <= most else 'NOT MET'}"


def _latency(result: dict[str, Any]) -> tuple[str, str]:
    return f"{result['one']['p50_ms']:.1f}", f"{result['one']['p95_ms']:.1f}"


def _pace(batch: Figures) -> str:
    return f"{batch['cases_per_s']:.3g}" if "cases_per_s" in batch else "-"
