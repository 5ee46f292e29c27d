"""The card of a model that ``evaluate`` scored: what it is, what it learnt from, how it did beside everything trivial,
and what it is not for. Every figure in it comes from the evaluation.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ml.evaluation.calibration import DURATION_LEVEL
from ml.evaluation.harness import Evaluation, shuffled
from ml.evaluation.tables import cell, lead, row_names
from ml.medgaze.model_info import CARD, ModelInfo, described, write_manifest

WRITTEN = "<!-- written by python -m ml evaluate -->"
LIMITS = """## Limits

- Gaze is where eyes rested, not what was thought. The model predicts looking; it finds and diagnoses nothing.
- MultiMatch (mMM, mD-MM) hardly tells models from trivial predictors; ScanMatch, mIoU and CC do.
- The figures hold for readings like those of this split; on other sites, readers and devices nothing was measured.
- Shapes of scanpaths come from the readers it learnt from, their order, their pace and their tracker included.
"""


class CardRefused(ValueError):
    """The model's folder holds a card of somebody's own."""


def model_card(found: Evaluation, name: str, info: ModelInfo, folder: Path, about: Mapping[str, Any]) -> str:
    """``found`` scored the model ``name`` that lies in ``folder``; ``about``: ``split``, digests of the ``data``, and
    the ``note`` to print beside results, empty where there is none. -> Markdown."""
    head = [WRITTEN, f"# {name}", "\n".join(described(info))]
    parts = [*head, _learnt(folder), _scores(found, name, about), _more(found, name), LIMITS.strip()]
    return "\n\n".join(part for part in parts if part) + "\n"


def record(card: str, found: Evaluation, name: str, info: ModelInfo, folder: Path) -> None:
    """Put the card and the leading figures into the model's folder, where ``convert`` and the registry take them from.

    Raises :class:`CardRefused` before anything is written, as :func:`refuse_own` does.
    """
    refuse_own(folder)
    figures: dict[str, dict[str, Any]] = {row: {} for row in _rows(found, name)}
    for metric in lead(found):
        for row, score in found.scores[metric].items():
            if row in figures and score.cases:
                figures[row][metric] = asdict(score.estimate)
    write_manifest(folder, name=info.name, scores=figures.pop(name), baselines=figures, **info.notes)
    (folder / CARD).write_text(card, encoding="utf-8")


def refuse_own(folder: Path) -> None:
    """Raise :class:`CardRefused` where a card lies in the folder that ``evaluate`` did not write."""
    place = folder / CARD
    if place.exists() and not place.read_text(encoding="utf-8").startswith(WRITTEN):
        raise CardRefused(f"{place} was not written by evaluate and is kept: move it away to record this one")


def _rows(found: Evaluation, name: str) -> list[str]:
    """The model's own rows and what every model stands beside; nothing of other models."""
    others = [model for model in found.models if model != name]
    foreign = {shuffled(model) for model in others} | {r for r, of in found.ablations.items() if of != name}
    return [row for row in row_names(found) if row not in foreign and row not in others]


def _learnt(folder: Path) -> str:
    path = folder / "training.json"
    if not path.is_file():
        return ""
    training = json.loads(path.read_text())
    settings, data = training["settings"], training["data"]
    digests = ", ".join(f"{part} `{digest[:12]}`" for part, digest in data.items() if digest)
    taken = "taken over" if training.get("stage1") else "none"
    return "\n".join([
        "## What it learnt from",
        "",
        f"- prepared data: {digests}; stage 1: {taken}",
        f"- {training['steps']} steps of batch {settings['batch']}, seed {settings['seed']}, weights kept from step "
        f"{training['kept_step']}",
        f"- readings: {'all of the training split' if training.get('readings') is None else training['readings']}",
    ])  # fmt: skip


def _scores(found: Evaluation, name: str, about: Mapping[str, Any]) -> str:
    shown = lead(found)
    digests = ", ".join(f"{part} `{digest[:12]}`" for part, digest in about.get("data", {}).items())
    lines = ["## Scores", ""]
    lines += [about["note"], ""] if about.get("note") else []
    lines += [
        f"{found.cases} cases of {found.films} films, {found.readings} readings, split {about.get('split', 'test')}"
        f"{f' ({digests})' if digests else ''}. Mean over films [95 % bootstrap interval].",
        "",
        f"| | {' | '.join(m if found.recipes[m]['higher_is_better'] else f'{m} (lower)' for m in shown)} |",
        "|---" * (len(shown) + 1) + "|",
    ]
    for row in _rows(found, name):
        cells = [cell(found.scores[metric].get(row), found.films) for metric in shown]
        if any(cells):
            lines.append(f"| {row} | {' | '.join(cells)} |")
    shares = [f"{m} {share}" for m in shown if (share := found.shares[m].get(name)) is not None]
    way = (
        "; ".join(shares) if shares else "not known, for readers do not certainly agree better than a trivial predictor"
    )
    return "\n".join([*lines, "", f"Share of the way from the best trivial baseline to the other readers: {way}."])


def _more(found: Evaluation, name: str) -> str:
    truth, lines = found.calibration[name], ["## Calibration and difficulty", ""]
    for way, levels in (("ellipse, in order", truth.in_order), ("region of its draws", truth.by_place)):
        lines += [
            f"- {level:.0%} {way}: holds {levels[level]} of the readers' fixations"
            for level in (0.5, 0.9)
            if level in levels
        ]
    if truth.duration is not None:
        lines.append(f"- {DURATION_LEVEL:.0%} interval of durations: holds {truth.duration}")
    others = tuple(f"{model}, " for model in found.models if model != name)
    lines += [
        f"- difficulty by {rank.predictor}: Spearman {rank.spearman} with the readers' own total fixation duration"
        for rank in found.difficulty.rankings
        if not rank.predictor.startswith(others)
    ]
    return "\n".join(lines) if len(lines) > 2 else ""
