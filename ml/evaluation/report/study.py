"""What a study puts before its scores: which models there are, and what each change did."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ml.evaluation.harness import Difference
from ml.evaluation.report.parts import section, table
from ml.evaluation.study import Answer, Learnt
from ml.evaluation.tables import cell, lead
from ml.evaluation.variants import BASE

CAUTION = (
    "Intervals are over films, one comparison at a time: of twenty changes that do nothing, one is expected to exclude "
    "0. They know nothing of the luck of a training run: another-seed shows how large that is."
)
HEADS = ("model", "what it is", "differs in", "trained parameters", "learnt from", "training", "own validation loss")


def text(learnt: Sequence[Learnt], answers: Sequence[Answer]) -> str:
    """For the terminal and the text file."""
    lines = ["Models"]
    for name, what, differs, parameters, data, steps, loss in _models(learnt, answers[0]):
        lines.append(f"  {name}: {what}{f' ({differs})' if differs else ''}")
        validated = f", own validation loss {loss}" if loss else ""
        lines.append(f"      {parameters} trained parameters, {data}, {steps}{validated}")
    for one in answers:
        names, rows = lead(one.evaluation), _effects(one)
        grid = [["", *(_head(one, name) for name in names)], *([f"  {name}", *cells] for name, cells in rows)]
        widths = [max(map(len, column)) + 2 for column in zip(*grid, strict=True)]
        lines += ["", f"What each change does, on {_scope(one)}: first less second"]
        lines += ["".join(map(str.ljust, row, widths)).rstrip() for row in grid]
    return "\n".join([*lines, "", CAUTION])


def front(learnt: Sequence[Learnt], answers: Sequence[Answer], links: Sequence[str]) -> str:
    """The page's first sections; ``links``: the pages of all answers but the first."""
    parts = []
    for one, link in zip(answers, ["", *links], strict=True):
        heads = ["first - second", *(_head(one, name) for name in lead(one.evaluation))]
        more = f" <small><a href='{escape(link)}'>all its scores</a></small>" if link else ""
        rows = table(heads, [[name, *(effect.replace(" [", "\n[") for effect in of)] for name, of in _effects(one)])
        parts.append(f"<h3>On {escape(_scope(one))}{more}</h3><div class='lines'>{rows}</div>")
    models = section("Models", f"<div class='prose'>{table(HEADS, _models(learnt, answers[0]))}</div>")
    return section("What each change does", f"<p>{CAUTION}</p>{''.join(parts)}") + models


def _scope(one: Answer) -> str:
    found = one.evaluation
    return f"{one.about} ({found.readings} of {found.films} films)"


def _head(one: Answer, metric: str) -> str:
    return metric if one.evaluation.recipes[metric]["higher_is_better"] else f"{metric} (lower)"


def _effects(answer: Answer) -> list[tuple[str, list[str]]]:
    """Base's own scores; then a row a pair, a cell a metric: the difference, its interval and what that says."""
    found, names = answer.evaluation, lead(answer.evaluation)
    rows: dict[tuple[str, str], dict[str, Difference]] = {}
    for gap in found.differences:
        rows.setdefault((gap.first, gap.second), {})[gap.metric] = gap
    base = [cell(found.scores[name].get(BASE), found.films) for name in names]
    return [
        (BASE, base),
        *((f"{one} - {other}", [_effect(of[n], found.films) for n in names]) for (one, other), of in rows.items()),
    ]


def _effect(gap: Difference, films: int) -> str:
    """With the films both were scored on, where those are not all: a mean over the easy ones may flatter."""
    verdict = "" if not gap.better else " better" if gap.better == gap.first else " worse"
    return str(gap.estimate).replace(" [", f"{verdict} [") + (f" n={gap.cases}" if gap.cases < films else "")


def _models(learnt: Sequence[Learnt], first: Answer) -> list[list[str]]:
    rows = []
    for one in learnt:
        steps = f"{one.training['steps']} steps of batch {one.arm.settings.batch}"
        if one.training["kept_step"] != one.training["steps"]:
            steps += f", best at {one.training['kept_step']}"
        differs = ", ".join(f"{name} {value}" for name, value in one.differs.items())
        parameters = first.evaluation.about[one.arm.name]["trained parameters"]
        data, loss = f"{one.readings} readings of {one.cases} cases", one.training["validation_loss"]
        validated = "" if loss is None else f"{loss:.3f}"
        rows.append([one.arm.name, one.arm.description, differs, f"{parameters:,}", data, steps, validated])
    return rows
