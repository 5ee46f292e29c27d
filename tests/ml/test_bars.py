"""The bars: an interval must lie within its limits for every training seed; and the card's table of adapters."""

from __future__ import annotations

from typing import Any

from ml.demo import bars, card
from ml.metrics.cases import SAME_READER


def interval(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


def verdict(file: str, *seeds: dict[str, Any]) -> bars.Verdict:
    (found,) = [v for v in bars.verdicts({file: seeds}) if v.bar.file == file]
    return found


def gain(value: float, low: float, high: float) -> dict[str, Any]:
    return {"held_out": {"loss": {"gain": interval(value, low, high)}}}


def test_a_bar_is_met_by_the_lower_bound_and_not_by_the_mean() -> None:
    assert verdict("adapt", gain(0.05, 0.01, 0.09)).met
    assert not verdict("adapt", gain(0.05, -0.01, 0.11)).met


def test_the_worst_seed_decides() -> None:
    assert not verdict("adapt", gain(0.05, 0.01, 0.09), gain(0.02, -0.02, 0.06)).met


def test_the_overfit_check_is_met_by_the_mean_of_its_cases_which_stand_for_no_others() -> None:
    assert verdict("overfit", {"mIoU": interval(0.91, 0.88, 0.94)}).met
    assert not verdict("overfit", {"mIoU": interval(0.89, 0.85, 0.93)}).met


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
