"""The bars: an interval must lie within its limits for every training seed; and the card's table of adapters."""

from __future__ import annotations

from typing import Any

from ml.evaluation import bars, card
from ml.evaluation.harness import SAME_READER


def figures(value: float, low: float, high: float) -> dict[str, Any]:
    return {"mIoU": {"value": value, "low": low, "high": high}}


def overfit(*seeds: dict[str, Any]) -> bars.Verdict:
    (found,) = [v for v in bars.verdicts({"overfit": seeds}) if v.bar.file == "overfit"]
    return found


def test_a_bar_is_met_by_the_lower_bound_and_not_by_the_mean() -> None:
    assert overfit(figures(0.95, 0.91, 0.98)).met
    assert not overfit(figures(0.95, 0.89, 0.98)).met


def test_the_worst_seed_decides() -> None:
    assert not overfit(figures(0.95, 0.91, 0.98), figures(0.92, 0.88, 0.95)).met


def test_what_was_not_measured_is_not_met() -> None:
    found = bars.verdicts({})
    assert len(found) == len(bars.BARS) and not any(verdict.met for verdict in found)
    assert "not measured" in bars.table(found)


def test_an_upper_limit_holds_the_upper_bound() -> None:
    denied = next(bar for bar in bars.BARS if "denied" in bar.name)
    assert denied.met((1.0, 0.9, 1.3)) and not denied.met((1.0, 0.9, 1.31))


def test_the_card_sets_an_adapter_beside_the_general_model_and_its_reader_beside_himself() -> None:
    some = {"value": 0.4, "low": 0.3, "high": 0.5}
    held = {"loss": {"gain": some}, "ScanMatch": {"general": some, "adapted": some, "gain": some}}
    about = {"reader": "r1", "cases": {"train": 9, "test": 7}, "held_out": held, "ceilings": {}}
    again = {**about, "reader": "r2", "ceilings": {SAME_READER: {"score": some, "films": 3}}}
    first, second = card.adapters([about, again]).splitlines()[-2:]
    figure = "0.400 [0.300, 0.500]"
    assert first == f"| r1 | 9 | 7 | {' | '.join([figure] * 4)} | no film read twice |"
    assert second.endswith(f"| {figure} on 3 films |")
    assert card.adapters([]) == ""
