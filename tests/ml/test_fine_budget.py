"""A budget in steps or minutes, and the recipe it is spent by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ml.data.prepared import Subset, load_prepared
from ml.training import budget
from ml.training.budget import RECIPE, VALIDATIONS, Budget, budget_of, recipe, settings_of
from ml.training.settings import SettingsError
from tests.ml.finekit import prepared_set
from tests.ml.kit import likelihood_config


@pytest.fixture(scope="module")
def train(tmp_path_factory: pytest.TempPathFactory) -> Subset:
    """16 cases: two batches of eight a pass, 15 passes are 30 steps."""
    data = prepared_set(tmp_path_factory.mktemp("budget"), {"train": 16})
    return load_prepared(data / "train").only(range(16))


def fixed(
    run: Path, train: Subset, own: dict[str, Any] | None = None, *, steps: int | None = None,
    minutes: float | None = None,
) -> Budget:  # fmt: skip
    fields = recipe(own or {}, likelihood_config(), 42)
    return budget_of(run, run / "none", fields, train, None, steps=steps, minutes=minutes, cpu=True)


def machine(monkeypatch: pytest.MonkeyPatch, pace: float, looking: float = 0.0) -> None:
    monkeypatch.setattr(budget, "_timed", lambda *a, **k: (pace, looking))


def test_minutes_are_as_many_steps_as_fit(train: Subset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine(monkeypatch, 6.0)
    assert fixed(tmp_path / "a", train, minutes=2) == Budget(20, 2, 6.0)  # 120 s of 6 s each
    machine(monkeypatch, 1e9)
    assert fixed(tmp_path / "b", train, minutes=2).steps == 1


def test_looks_at_the_validation_cases_are_paid_for_and_take_a_quarter_at_most(
    train: Subset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """15 looks of 2 s leave 90 of 120 s; of 10 s there are three, which leave 90 s too."""
    machine(monkeypatch, 6.0, 2.0)
    assert fixed(tmp_path / "a", train, minutes=2) == Budget(15, 1, 6.0)
    machine(monkeypatch, 6.0, 10.0)
    assert fixed(tmp_path / "b", train, minutes=2) == Budget(15, 5, 6.0)


def test_more_time_than_fifteen_passes_take_is_left_over(
    train: Subset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, 0.001)
    assert fixed(tmp_path / "a", train, minutes=60).steps == 30
    assert fixed(tmp_path / "b", train, {"passes": 40}, minutes=60).steps == 80
    assert fixed(tmp_path / "c", train, {"batch": 4}, minutes=60).steps == 60


def test_steps_are_as_they_are_asked_for(train: Subset, tmp_path: Path) -> None:
    assert fixed(tmp_path / "a", train, steps=1000) == Budget(1000, -(-1000 // VALIDATIONS))
    assert fixed(tmp_path / "b", train, {"steps": 7}).steps == 7
    assert fixed(tmp_path / "c", train, {"steps": 7}, steps=9).steps == 9
    assert fixed(tmp_path / "d", train, {"passes": 2}).steps == 4


def test_a_run_keeps_the_budget_that_it_began_with(
    train: Subset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine(monkeypatch, 6.0)
    first = fixed(tmp_path, train, minutes=2)
    machine(monkeypatch, 1.0)
    assert fixed(tmp_path, train, minutes=2) == first


def test_settings_replace_fields_of_the_recipe_one_by_one() -> None:
    fields = recipe({"optimizer": {"fast_rate": 1e-3}, "batch": 2}, likelihood_config(), 7)
    assert fields["optimizer"] == {**RECIPE["optimizer"], "fast_rate": 1e-3}
    settings = settings_of(fields, Budget(30, 2), validated=True)
    assert (settings.batch, settings.seed, settings.steps, settings.clip) == (2, 7, 30, 1.0)
    assert (settings.save_every, settings.validate_every, settings.patience) == (2, 2, 4)
    alone = settings_of(fields, Budget(30, 2), validated=False)
    assert (alone.validate_every, alone.patience) == (None, None)


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"model": {"preset": "demo"}}, "the saved model decides what it is"),
        ({"stage": "vr2"}, "fine-tuning is stage vlc"),
        ({"batsh": 3}, "did you mean batch"),
        ({"optimizer": {"fast_rate": -1}}, "optimizer.fast_rate is -1"),
        ({"optimizer": 3}, "optimizer is 3"),
        ({"steps": 3, "passes": 3}, "give steps or passes, and not both"),
    ],
)
def test_settings_that_cannot_be_are_said_by_field(own: dict[str, Any], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        recipe(own, likelihood_config(), 42)
