"""The bench itself: every row is there, memory is told apart, what does not fit or does not exist is said."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from ml.bench import child, subjects
from ml.bench.child import in_child
from ml.bench.clock import figures, in_turn, part_times, timed
from ml.bench.measure import Spec, measure
from ml.bench.table import against_language_model, bars, text
from ml.cli import main
from ml.medgaze import memory
from ml.medgaze.presets import preset

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def measured() -> list[dict[str, Any]]:
    """One as the bench measures, in a process of its own, and one here."""
    one, other = (Spec("tiny", "cpu", precision, rounds=2, threads=1) for precision in ("fp32", "int8"))
    return [in_child(one), measure(other)]


def test_p50_and_p95_of_known_times() -> None:
    """1 to 21 ms: the middle one is the 11th; 0.95 * 20 = 19 places after the first stands 20."""
    row = figures([float(t) for t in range(21, 0, -1)])
    assert (row["runs"], row["p50_ms"], row["p95_ms"]) == (21, 11.0, 20.0)


def test_untimed_rounds_are_left_out_and_a_slow_row_stops_early() -> None:
    calls: list[int] = []
    assert len(timed(lambda: calls.append(1), CPU, rounds=5, warm=2)) == 5
    assert len(calls) == 7
    assert len(timed(lambda: time.sleep(0.02), CPU, rounds=50, warm=0, most_s=0.03)) == 2


def test_calls_in_turn_are_timed_in_whole_rounds() -> None:
    order: list[str] = []
    runs = {name: lambda name=name: order.append(name) for name in "ab"}  # type: ignore[misc]
    assert {name: len(times) for name, times in in_turn(runs, CPU, 3, most_s=60).items()} == {"a": 3, "b": 3}
    assert "".join(order) == "ababab"
    assert {name: len(times) for name, times in in_turn(runs, CPU, 3, most_s=0).items()} == {"a": 1, "b": 1}


def test_a_part_is_timed_at_each_forward_and_no_longer() -> None:
    part = nn.Linear(2, 2)
    with part_times({"part": part}, CPU) as spans:
        part(torch.zeros(1, 2))
        part(torch.zeros(1, 2))
    part(torch.zeros(1, 2))
    assert len(spans["part"]) == 2


def test_every_row_is_measured(measured: list[dict[str, Any]]) -> None:
    for result in measured:
        assert result["one"]["p50_ms"] > 0
        assert set(result["stages"]) == {"film", "report", "gaze", "decode"}
        assert {"backbone", "visual encoder", "MedFormer", "language model", "fixation decoder", "heads"} <= set(
            result["parts"]
        )
        assert {size: batch["cases_per_s"] > 0 for size, batch in result["batches"].items()} == {"8": True, "32": True}
        assert set(result["kept"]) == {"both new", "film known, new report", "report known, new film", "both known"}
        assert result["predict_peak_bytes"] > 0
    assert [r["dtypes"] for r in measured] == [
        {"trained": "float32", "language": "float32"},
        {"trained": "bfloat16", "language": "int8"},
    ]


def test_a_language_model_with_computed_positions_is_made_whole() -> None:
    config = preset("open", language_reference="random:tiny-neox", language_width=16)
    made = subjects._large_language_model(config, "float32", CPU)
    states = made.encode(torch.tensor([[5, 6, 7], [5, 6, 7]]), torch.ones(2, 3, dtype=torch.long))
    assert states.shape == (2, 3, 16) and states.isfinite().all()
    assert not torch.allclose(states[0, 0], states[0, 1])


def test_precisions_of_one_preset_share_their_weights(measured: list[dict[str, Any]]) -> None:
    """bfloat16 tells 256 steps between two powers of two apart: a few of 128 px is what rounding may cost."""
    one, other = (torch.tensor(r["says"]["place"]) for r in measured)
    assert 0 < (one - other).abs().max() < 0.05


def test_the_table_holds_the_published_way_beside_ours(measured: list[dict[str, Any]]) -> None:
    lines = text(measured).splitlines()
    assert lines[1].startswith("as published: fp32, case by case")
    assert [line.split()[0] for line in lines[2:] if line and line[0] != " "][:1] == ["fp32"]
    assert any(line.startswith("int8 against fp32, largest difference:") for line in lines)


def result(model: str, precision: str, p50: float, p95: float, many: float, **more: Any) -> dict[str, Any]:
    return {
        "model": model, "precision": precision, "weights_bytes": 6e9 if model == "paper" else 1,
        "one": {"p50_ms": p50, "p95_ms": p95}, "many_over_one": many, "over_language_model": None, **more,
    }  # fmt: skip


def test_a_bar_says_whether_it_is_met() -> None:
    assert bars([result("demo", "served", 100.0, 149.0, 1.1)]) == [
        "demo served: p95 149 ms (at most 150 ms): met",
        "demo served: 20 samples over one 1.1 x (at most 1.2 x): met",
    ]
    assert bars([result("paper", "bf16", 100.0, 79.0, 1.3, over_language_model=[9.0, 2.0, 1.0])]) == [
        "paper bf16: one prediction over its language model's own forward 2 x (at most 1.5 x): NOT MET",
        "paper bf16: 20 samples over one 1.3 x (at most 1.2 x): NOT MET",
    ]


def test_on_a_gpu_the_published_size_is_held_to_20_ms() -> None:
    assert bars([result("paper", "bf16", 19.0, 30.0, 1.0, on="cuda", over_language_model=[9.0])]) == [
        "paper bf16: p50 19 ms (at most 20 ms): met",
        "paper bf16: 20 samples over one 1 x (at most 1.2 x): met",
    ]


def test_8_bit_weights_are_held_against_bfloat16_in_time_and_memory() -> None:
    whole = result("tiny", "bf16", 10.0, 10.0, 1.0, predict_peak_bytes=6e9)
    eight = result("tiny", "int8", 12.0, 12.0, 1.0, predict_peak_bytes=3e9)
    assert bars([whole, eight])[1:] == [
        "tiny int8: time over bf16's 1.2 x (at most 1 x): NOT MET",
        "tiny int8: memory over bf16's 0.5 x (at most 1 x): met",
    ]


def test_a_model_that_does_not_fit_is_left_out_with_what_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free", lambda device: 10**9)
    with pytest.raises(subjects.TooLarge, match=r"needs 5\.3 GB for the language model, 1\.0 GB are free"):
        subjects._large_language_model(preset("paper", language_reference="random:opt-2.7b"), "bfloat16", CPU)


def test_a_part_of_a_large_language_model_is_made_as_asked() -> None:
    """Two of the 32 layers. The bars are for the whole."""
    config = preset("paper", language_reference="random:opt-2.7b")
    part = subjects._large_language_model(config, "int8", CPU, layers=2)
    assert len(part.model.decoder.layers) == 2
    result = {"over_language_model": [1.0], "weights_bytes": 9e9, "precision": "bf16"}
    assert against_language_model({**result, "layers": 2}) is None
    assert against_language_model({**result, "layers": None}) == 1.0


def test_a_child_that_fails_says_why() -> None:
    result = in_child(Spec("no-such-folder", "cpu", "fp32", threads=1))
    assert "no-such-folder" in result["left_out"]


@pytest.mark.skipif(not memory.CLEAR.exists(), reason="only Linux tells a process its memory")
def test_a_peak_can_be_forgotten() -> None:
    large = torch.ones(16 << 20)
    peak = memory.peak(CPU)
    del large
    memory.forget_peak(CPU)
    assert memory.peak(CPU) < peak - (32 << 20)


def test_the_command_prints_a_table_and_writes_its_figures(
    measured: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[Spec] = []
    monkeypatch.setattr(child, "in_child", lambda spec: asked.append(spec) or measured[0])
    command = ["bench", "--preset", "tiny", "--device", "auto", "--precision", "fp32", "--rounds", "2"]
    main([*command, "--threads", "1", "--most-seconds", "9", "--json", str(tmp_path / "speed.json")])
    said = capsys.readouterr()
    devices = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]
    assert asked == [Spec("tiny", device, "fp32", 2, 1, None, 9.0) for device in devices]
    assert "tiny on " in said.out
    assert "cuda" in devices or "No CUDA device here" in said.err
    written = json.loads((tmp_path / "speed.json").read_text())
    assert [(r["on"], r["model"], r["precision"]) for r in written["results"]] == [(d, "tiny", "fp32") for d in devices]
    assert written["results"][0]["one"] == measured[0]["one"]
