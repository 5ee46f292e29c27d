"""An evaluation as lines for people."""

from __future__ import annotations

from ml.evaluation.baselines import TRIVIAL
from ml.evaluation.calibration import DURATION_LEVEL
from ml.evaluation.harness import Evaluation, Score, shuffled
from ml.metrics.cases import INTER_READER, SAME_READER
from ml.metrics.catalogue import LEAD

COLUMNS = 4  # metrics side by side
WIDTH = 32


def row_names(found: Evaluation) -> list[str]:
    """Models and their ablations first, then what they stand beside, worst-informed first, people last."""
    rows: list[str] = []
    for model in found.models:
        rows += [model, *(name for name, of in found.ablations.items() if of == model), shuffled(model)]
    return [*rows, *TRIVIAL, INTER_READER, SAME_READER]


def lead(found: Evaluation) -> list[str]:
    """The metrics to show where not all can be."""
    return [name for name in LEAD if name in found.scores] or list(found.scores)[:4]


def text(found: Evaluation) -> str:
    """The whole result."""
    lines = [
        f"{found.cases} cases of {found.films} films, {found.readings} readings.",
        "Mean over films [95 % bootstrap interval]. n: films scored, where some could not be.",
    ]
    names = list(found.scores)
    label = max(len(row) for row in row_names(found)) + 2
    for start in range(0, len(names), COLUMNS):
        part = names[start : start + COLUMNS]
        heads = (f"{name}{'' if found.recipes[name]['higher_is_better'] else ' (lower)'}" for name in part)
        lines += ["", " " * label + "".join(head.ljust(WIDTH) for head in heads).rstrip()]
        for row in row_names(found):
            cells = [cell(found.scores[name].get(row), found.films) for name in part]
            if any(cells):
                lines.append(row.ljust(label) + "".join(one.ljust(WIDTH) for one in cells).rstrip())
    return "\n".join(
        [*lines, *_shares(found), *_differences(found), *_difficulty(found), *_calibration(found), *_left_out(found)]
    )


def headed(note: str, text: str) -> str:
    """``note``, where there is one, on a line of its own before the text."""
    return f"{note}\n{text}" if note else text


def cell(score: Score | None, films: int) -> str:
    """The figure, and of how many cases where some could not be scored: a mean over the easy ones would flatter."""
    if score is None or not score.cases:
        return ""
    return f"{score.estimate}{f' n={score.cases}' if score.cases < films else ''}"


def _shares(found: Evaluation) -> list[str]:
    lines = ["", "Share of the way from the best trivial baseline to the other readers"]
    for name, shares in found.shares.items():
        for model, share in shares.items():
            if share is not None:
                lines.append(f"  {name}: {model} {share} over {share.baseline}, gap {share.gap}, {share.cases} cases")
    return lines if len(lines) > 2 else [*lines, "  none: no case was read by two readers"]


def _differences(found: Evaluation) -> list[str]:
    if not found.differences:
        return []
    lines = ["", "Paired differences, first less second"]
    for gap in found.differences:
        verdict = f"{gap.better} is better" if gap.better else "not told apart"
        lines.append(f"  {gap.metric}: {gap.first} - {gap.second} {gap.estimate} ({gap.cases} cases): {verdict}")
    return lines


def _difficulty(found: Evaluation) -> list[str]:
    lines = ["", "Difficulty: rank correlation with the readers' own total fixation duration"]
    for rank in found.difficulty.rankings:
        lines.append(f"  {rank.predictor}: Spearman {rank.spearman}, Kendall {rank.kendall} ({rank.cases} cases)")
    return lines


def _calibration(found: Evaluation) -> list[str]:
    lines = ["", "Calibration: share of the readers' fixations inside"]
    for model, truth in found.calibration.items():
        for way, levels in (("ellipse, in order", truth.in_order), ("region of its draws", truth.by_place)):
            lines += [f"  {model}, {level:.0%} {way}: {levels[level]}" for level in (0.5, 0.9) if level in levels]
        if truth.duration is not None:
            lines.append(f"  {model}, {DURATION_LEVEL:.0%} interval of durations: {truth.duration}")
    return lines if len(lines) > 2 else []


def _left_out(found: Evaluation) -> list[str]:
    counts = {name: len(refused) for name, refused in found.refused.items() if refused}
    if not counts:
        return []
    lines = ["", "Pairs refused and left out of every mean"]
    for name, count in counts.items():
        first = found.refused[name][0]
        lines.append(f"  {name}: {count}, such as {first.row}, case {first.case}, {first.side}: {first.message}")
    return lines
