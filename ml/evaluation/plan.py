"""From names of variants to the models to train; what settings or data cannot serve is refused, with the reason, before
anything is trained.
"""

from __future__ import annotations

import dataclasses
import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ml.data.derive import underivable
from ml.data.prepared import INDEX, PreparedCase, PreparedMismatch, load_prepared
from ml.evaluation.variants import BASE, VARIANTS, Variant
from ml.medgaze.assets import AssetError
from ml.medgaze.config_layout import flat
from ml.training.batches import Chosen, Readings, group_of
from ml.training.settings import SettingsError, TrainingSettings, load_settings

FEWEST = 2  # test films of a reader, site or set: fewer have no interval


class StudyRefused(ValueError):
    """These settings or data cannot serve what was asked for; a line a reason."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One model of the study."""

    name: str
    description: str
    settings: TrainingSettings
    data: Path  # prepared folder; what its model reads of it is derived where it differs
    against: str = BASE
    stage1: Path | None = None
    readings: Readings | None = None  # learnt from; None: all

    @property
    def slug(self) -> str:
        """Its folder's name."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", self.name)

    def same(self, other: Arm) -> bool:
        """Whether both would end as one model."""
        return (self.settings, self.data, self.stage1, self.readings) == (
            other.settings, other.data, other.stage1, other.readings,
        )  # fmt: skip


def plan(
    base: TrainingSettings, data: Path, names: Sequence[str], *, split: str = "test", steps: int | None = None,
    stage1: Path | None = None,
) -> list[Arm]:  # fmt: skip
    """The models to train, base first. A name is one of :data:`VARIANTS`, with ``:WHICH`` for a single reader, site or
    set; or settings to compare with, ``SETTINGS`` or, prepared for them from the same split, ``SETTINGS=PREPARED``.
    """
    prepared = load_prepared(data / "train", base.config())
    steps = steps or base.steps_for(len(Chosen.of(prepared, None)))
    root = Arm(BASE, "the settings as they are", _settings(base, steps), data, stage1=stage1)
    parts = {name: load_prepared(data / name).cases for name in ("train", "validate", split) if _is_there(data / name)}
    arms, wrong = [root], []
    for name in names:
        try:
            found = _arms(name, root, parts, split, steps)
            for arm in found:
                _check_data(arm, root, split)
                if any(arm.name == other.name and not arm.same(other) for other in arms):
                    raise StudyRefused(f"another model is called {arm.name} already: give it another name")
        except (StudyRefused, SettingsError, PreparedMismatch, AssetError) as refusal:
            wrong.append(f"{name}: {refusal}")
            continue
        arms += [arm for arm in found if not any(arm.name == other.name for other in arms)]
    if wrong:
        raise StudyRefused("\n".join(wrong))
    known = {arm.name for arm in arms}
    return [arm if arm.against in known else dataclasses.replace(arm, against=BASE) for arm in arms]


def _is_there(folder: Path) -> bool:
    return (folder / INDEX).exists()


def _settings(settings: TrainingSettings, steps: int, seed: int = 0, **model: Any) -> TrainingSettings:
    changed = dataclasses.replace(
        settings, steps=steps, passes=None, seed=settings.seed + seed, model={**settings.model, **model}
    )
    try:
        changed.config()
    except ValueError as error:
        raise StudyRefused(f"does not go with these settings: {error}") from error
    return changed


def _arms(name: str, root: Arm, parts: dict[str, list[PreparedCase]], split: str, steps: int) -> list[Arm]:
    """What a name stands for, after what it is to be compared with."""
    kind, _, which = name.partition(":")
    if kind not in VARIANTS:
        return [_other_settings(name, root, steps)]
    variant = VARIANTS[kind]
    if variant.by:
        return _by_group(variant, which, root, parts, split)
    if which:
        raise StudyRefused("is one model: nothing can be chosen with ':'")
    arm = _one(kind, root)
    if arm.same(root):
        what = "there is no --stage1 to leave out" if not variant.stage1 else "the settings say so already"
        raise StudyRefused(f"changes nothing: {what}")
    if variant.against == BASE:
        return [arm]
    beside = _one(variant.against, root)
    return [dataclasses.replace(arm, against=BASE)] if beside.same(root) else [beside, arm]


def _one(kind: str, root: Arm) -> Arm:
    variant = VARIANTS[kind]
    settings = root.settings
    fields = flat(settings.config().to_dict())
    changes = {key: value for key, value in variant.model.items() if fields[key] != value}
    assert settings.steps is not None
    return dataclasses.replace(
        root, name=kind, description=variant.description,
        settings=_settings(settings, settings.steps, variant.seed, **changes),
        stage1=root.stage1 if variant.stage1 else None, against=variant.against,
    )  # fmt: skip


def _by_group(variant: Variant, which: str, root: Arm, parts: dict[str, list[PreparedCase]], split: str) -> list[Arm]:
    """A model for each reader, site or set; those that cannot be are left out, unless it is the one asked for."""
    by = variant.by
    there = sorted({name for case in parts["train"] for who in case.readers for name in [group_of(by, case, who)]})
    if len(there) < 2:
        raise StudyRefused(f"all training readings are of one {by}, {there[0]}: there is nothing to compare with")
    if which and which not in there:
        raise StudyRefused(f"the training cases have no {by} {which!r}; there are {', '.join(there)}")
    arms, why = [], []
    for name in [which] if which else there:
        readings = Readings(by, name, variant.others)
        reason = _unserved(readings, parts, split, root.settings)
        if reason:
            why.append(reason)
        else:
            description = f"learns from {f'all but {by} {name}' if variant.others else f'{by} {name} alone'}"
            arms.append(dataclasses.replace(root, name=str(readings), description=description, readings=readings))
    if not arms:
        raise StudyRefused("; ".join(why))
    return arms


def _unserved(readings: Readings, parts: dict[str, list[PreparedCase]], split: str, settings: TrainingSettings) -> str:
    """Why no model can learn from these readings and be scored; empty where one can."""
    own = dataclasses.replace(readings, others=False)
    tested = {case.film for case in parts.get(split, []) if any(own.have(case, who) for who in case.readers)}
    if len(tested) < FEWEST:
        return f"{readings.by} {readings.name} has readings of {len(tested)} {split} films, {FEWEST} are the fewest"
    validated = any(readings.have(case, who) for case in parts.get("validate", []) for who in case.readers)
    if settings.patience is not None and not validated:
        return f"no validation case has a reading {readings}, and the settings' patience needs one"
    return ""


def _other_settings(name: str, root: Arm, steps: int) -> Arm:
    """Whole other settings on the same split."""
    given, _, folder = name.partition("=")
    try:
        settings = load_settings(given)
    except SettingsError as error:
        if Path(given).suffix:
            raise
        close = difflib.get_close_matches(given, VARIANTS, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        raise StudyRefused(f"no such variant{hint} There are {', '.join(VARIANTS)}; or give settings") from error
    if settings.stage != "vlc":
        raise StudyRefused(f"is for stage {settings.stage}; models of gaze are compared")
    return Arm(
        Path(given).stem, f"the settings {Path(given).stem}", _settings(settings, steps),
        Path(folder) if folder else root.data, stage1=root.stage1,
    )  # fmt: skip


def _check_data(arm: Arm, root: Arm, split: str) -> None:
    """Refuse an arm whose data cannot be made of the base's, or is prepared from another split."""
    config = arm.settings.config()
    if arm.data == root.data:
        mismatch = underivable(arm.data / "train", config)
        if mismatch:
            raise StudyRefused(
                f"sees films otherwise than {arm.data} holds them: {mismatch}. Prepare the same split for it, and give "
                f"{arm.name}=FOLDER"
            )
        return
    for part in ("train", split):
        ours, own = load_prepared(root.data / part), load_prepared(arm.data / part, config if part == "train" else None)
        same_split = ours.index["origin"].get("split_sha256") == own.index["origin"].get("split_sha256")
        if not same_split or [case.key for case in ours.cases] != [case.key for case in own.cases]:
            raise StudyRefused(f"{arm.data / part} holds other cases than {root.data / part}: prepare the same split")
