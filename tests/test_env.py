"""Settings come from the environment, typed; what cannot be read stops the start and says what to set."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from webapp import env

NAME = "READING_ROOM_TEST"


@pytest.fixture(autouse=True)
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(NAME, raising=False)
    monkeypatch.delenv(f"{NAME}_FILE", raising=False)


def test_a_text_is_its_value_or_its_default_and_may_be_empty(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.text(NAME, "default") == "default"
    assert env.text(NAME, "") == ""
    monkeypatch.setenv(NAME, "value")
    assert env.text(NAME, "default") == "value"
    monkeypatch.setenv(NAME, "")
    assert env.text(NAME, "default") == ""


def test_a_text_without_default_must_be_set() -> None:
    with pytest.raises(ImproperlyConfigured, match=f"Set {NAME} "):
        env.text(NAME)


def test_a_mounted_secret_wins_and_loses_its_line_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("geheim ä\n", encoding="utf-8")
    monkeypatch.setenv(NAME, "value")
    monkeypatch.setenv(f"{NAME}_FILE", str(tmp_path / "secret"))
    assert env.text(NAME) == "geheim ä"


@pytest.mark.parametrize(
    ("value", "meant"),
    [("1", True), ("true", True), ("YES", True), ("On", True), ("0", False), ("False", False), ("no", False)]
    + [("off", False), ("", False)],
)
def test_a_flag_may_be_written_in_any_usual_way(monkeypatch: pytest.MonkeyPatch, value: str, meant: bool) -> None:
    monkeypatch.setenv(NAME, value)
    assert env.flag(NAME, not meant) is meant


@pytest.mark.parametrize("default", [True, False])
def test_a_flag_that_is_not_set_has_its_default(default: bool) -> None:
    assert env.flag(NAME, default) is default


@pytest.mark.parametrize("value", ["maybe", "2", " 1"])
def test_a_flag_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv(NAME, value)
    with pytest.raises(ImproperlyConfigured, match="true or false"):
        env.flag(NAME, False)


def test_a_number_is_whole_or_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.number(NAME, 7) == 7
    monkeypatch.setenv(NAME, "0")
    assert env.number(NAME, 7) == 0
    for value in ("", "1.5", "ten"):
        monkeypatch.setenv(NAME, value)
        with pytest.raises(ImproperlyConfigured, match=f"{NAME} must be a whole number"):
            env.number(NAME, 7)


def test_words_are_cut_at_commas_and_lose_their_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert env.words(NAME) == []
    assert env.words(NAME, "a,b") == ["a", "b"]
    monkeypatch.setenv(NAME, " one , two words,, three,")
    assert env.words(NAME, "a,b") == ["one", "two words", "three"]
