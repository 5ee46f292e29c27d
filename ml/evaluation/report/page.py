"""The page: what was measured, in pictures, each with the numbers beside it as a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

from ml.evaluation.baselines import TRIVIAL
from ml.evaluation.calibration import DURATION_LEVEL
from ml.evaluation.harness import Evaluation
from ml.evaluation.report import figures, gallery, svg
from ml.evaluation.report.figures import HUMAN_LOOK, TRIVIAL_LOOK, Look
from ml.evaluation.report.parts import section, table
from ml.evaluation.report.style import STYLE
from ml.evaluation.tables import cell, row_names
from ml.metrics.cases import EvaluationCase, ModelRun, usable
from ml.metrics.intervals import Estimate
from ml.metrics.paths import Floats, Path

SHOWN = 6  # cases in the gallery


def page(
    found: Evaluation,
    cases: Sequence[EvaluationCase],
    models: Sequence[ModelRun],
    *,
    title: str,
    front: str = "",
    note: str = "",
) -> str:
    """One self-contained HTML page; ``front``: HTML of sections that come first, ``note``: a warning under the
    title."""
    looks = figures.looks(found.models, found.ablations)
    own = {name: looks[name] for name in found.models}
    runs = [model for model in models if model.ablation_of is None]
    sections = [
        section("How far from trivial to human", _LEGEND_SHARE + _shares(found, own), _share_table(found)),
        section("Every metric", _grid(_bars(found, looks)), _score_table(found)),
        section("Scanpaths", _GALLERY + _gallery(found, cases, runs, own)),
        section(
            "Does it know how sure it is?",
            _CALIBRATION + _legend(own) + _calibration(found, own),
            _calibration_table(found),
        ),
        section("Durations and saccades", _legend(own, _DOTTED) + _distributions(cases, runs, own)),
        section("Difficulty", _DIFFICULTY + _scatters(found, own), _difficulty_table(found)),
        section("Paired differences", _DIFFERENCES, _difference_table(found)) if found.differences else "",
        section("Left out", *_refused(found)),
        section("Recipes", "<p>How every figure was made, to make it again.</p>", _recipes(found)),
    ]
    head = (
        f"<h1>{escape(title)}</h1>{_warning(note)}<p class='lead'>{found.cases} cases of {found.films} films, "
        f"{found.readings} readings. Means over films with 95&nbsp;% bootstrap intervals over films; n says of how "
        "many where some could not be scored. Higher is better unless a metric says lower.</p>"
        f"{_legend(own, _OTHERS if found.ablations else _OTHERS[1:])}{_simulated(found)}"
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><meta name="color-scheme" content="dark">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main>{head}{front}{''.join(sections)}</main></body></html>\n"
    )


_LEGEND_SHARE = (
    "<p>0 is the best predictor that knows nothing of the case, 1 another reader of the same case; the interval "
    "carries the error of both. A consensus of many readings can pass 1.</p>"
)
_GALLERY = (
    "<p>Not picked: cases at even steps from the lowest to the highest score of the first model on the first metric. "
    "A circle's area is its fixation's duration.</p>"
)
_CALIBRATION = (
    "<p>Share of the readers' fixations that lie where the model said they would. On the dashed line a model knows "
    "its own doubt; under it, it is too sure.</p>"
)
_DIFFICULTY = (
    "<p>The reference is the readers' own total fixation duration, not an expert's grading. Counts that need no model "
    "stand beside.</p>"
)

_DIFFERENCES = (
    "<p>Both on the same cases, so that the cases' own ease cancels. The ablations show what report and film are "
    "worth to the model.</p>"
)


_OTHERS = (
    ("ablation (hollow)", Look("circle", svg.INK, hollow=True)),
    ("trivial baseline", TRIVIAL_LOOK),
    ("reader", HUMAN_LOOK),
)
_DOTTED = (("readers (dotted)", HUMAN_LOOK),)


def _legend(own: dict[str, Look], others: Sequence[tuple[str, Look]] = ()) -> str:
    marks = (
        f"<span>{svg.picture(16, 16, [svg.mark(8, 8, look.shape, look.colour, hollow=look.hollow)], '')} "
        f"{escape(name)}</span>"
        for name, look in (*own.items(), *others)
    )
    return f"<p class='legend'>{''.join(marks)}</p>"


def _shares(found: Evaluation, own: dict[str, Look]) -> str:
    """The chart, and the metrics by which readers are not better than a trivial baseline for certain."""
    vague = [name for name, of in found.shares.items() if not any(s is not None and s.certain for s in of.values())]
    note = f"<p>No certain gap between the best baseline and a reader: {escape(', '.join(vague))}.</p>" if vague else ""
    return figures.shares(found.shares, own) + note


def _simulated(found: Evaluation) -> str:
    names = [name for name in found.models if found.about.get(name, {}).get("learnt from simulated readings")]
    return _warning(f"Learnt from simulated readings: {', '.join(names)}." if names else "")


def _warning(words: str) -> str:
    return f"<p class='warning'>{escape(words)}</p>" if words else ""


def _grid(pictures: Iterable[str]) -> str:
    return f"<div class='grid'>{''.join(f'<figure>{one}</figure>' for one in pictures if one)}</div>"


def _bars(found: Evaluation, looks: dict[str, Look]) -> list[str]:
    out = []
    for name, scores in found.scores.items():
        rows = [
            (
                _counted(row, scores[row].cases, found.films),
                scores[row].estimate,
                looks.get(row, TRIVIAL_LOOK if _trivial(row) else HUMAN_LOOK),
            )
            for row in row_names(found)
            if row in scores and scores[row].cases
        ]
        out.append(figures.bars(name, rows, "" if found.recipes[name]["higher_is_better"] else "lower is better"))
    return out


def _counted(row: str, cases: int, films: int) -> str:
    return row if cases == films else f"{row} n={cases}"


def _trivial(row: str) -> bool:
    return row in TRIVIAL or row.endswith(", shuffled case")


def _gallery(found: Evaluation, cases: Sequence[EvaluationCase], runs: Sequence[ModelRun], own: dict[str, Look]) -> str:
    if not runs:
        return ""
    name, by_model = next(iter(found.by_case.items()))
    scores = by_model[runs[0].name]
    order = np.argsort(scores)[: int((~np.isnan(scores)).sum())]
    chosen = (
        [int(order[int(i)]) for i in np.unique(np.linspace(0, len(order) - 1, SHOWN).round())] if len(order) else []
    )
    out = []
    for place in chosen:
        case = cases[place]
        symbol, width, height = gallery.film_symbol(f"film{place}", case.film)
        readers = usable(case)
        panels = [gallery.panel(f"film{place}", width, height, readers[0], "reader", svg.HUMAN)] if readers else []
        panels += [
            gallery.panel(f"film{place}", width, height, run.predictions[place].served, run.name, own[run.name].colour)
            for run in runs
        ]
        figures_ = "".join(f"<figure>{one}</figure>" for one in panels)
        out.append(
            f"<article>{symbol}<h3>{escape(case.key)} <small>{escape(name)} {scores[place]:.2f}</small></h3>"
            f"<div class='row'>{figures_}</div><p class='report'>{escape(case.report)}</p></article>"
        )
    return "".join(out)


def _calibration(found: Evaluation, own: dict[str, Look]) -> str:
    plots = [figures.calibration_plot(found.calibration, own, way) for way in ("in_order", "by_place")]
    return _grid(plots) if any(plots) else "<p>No model said how sure it is.</p>"


def _distributions(cases: Sequence[EvaluationCase], runs: Sequence[ModelRun], own: dict[str, Look]) -> str:
    paths = {"readers": [(path, case.film.shape) for case in cases for path in usable(case)]}
    for run in runs:
        paths[run.name] = [(p.served, case.film.shape) for p, case in zip(run.predictions, cases, strict=True)]
    durations = {name: np.concatenate([np.zeros(0), *(path[:, 2] for path, _ in some)]) for name, some in paths.items()}
    saccades = {name: np.concatenate([np.zeros(0), *(_saccades(*one) for one in some)]) for name, some in paths.items()}
    longest = max((float(np.percentile(v, 99)) for v in durations.values() if len(v)), default=1.0)
    return _grid(
        [
            figures.distribution("Fixation durations", "s", durations, own, longest),
            figures.distribution("Saccade lengths", "of the film's diagonal", saccades, own, 0.8),
        ]
    )


def _saccades(path: Path, shape: tuple[int, ...]) -> Floats:
    """(n - 1,) lengths in film diagonals."""
    height, width = shape[:2]
    steps = np.diff(path[:, :2], axis=0) * [width, height]
    return np.asarray(np.hypot(steps[:, 0], steps[:, 1]) / np.hypot(width, height))


def _scatters(found: Evaluation, own: dict[str, Look]) -> str:
    return _grid(figures.scatter(found.difficulty, name, look) for name, look in own.items())


# --- tables


def _figure(value: Estimate | None) -> str:
    return "" if value is None or not math.isfinite(value.value) else str(value)


def _score_table(found: Evaluation) -> str:
    names = list(found.scores)
    rows = []
    for row in row_names(found):
        cells = [cell(found.scores[name].get(row), found.films) for name in names]
        if any(cells):
            rows.append([row, *cells])
    return table(["", *names], rows)


def _share_table(found: Evaluation) -> str:
    rows = [
        [name, model, str(share), share.baseline, str(share.gap), str(share.cases)]
        for name, of in found.shares.items()
        for model, share in of.items()
        if share is not None
    ]
    if not rows:
        return "<p>No case was read by two readers: there is no ceiling to measure against.</p>"
    return table(["metric", "model", "share", "best baseline", "gap to a reader", "cases"], rows)


def _calibration_table(found: Evaluation) -> str:
    rows = []
    for model, one in found.calibration.items():
        for way, levels in (("ellipses in order", one.in_order), ("regions of its draws", one.by_place)):
            rows += [[model, way, f"{level:.0%}", _figure(estimate)] for level, estimate in levels.items()]
        if one.duration is not None:
            rows.append([model, "interval of durations", f"{DURATION_LEVEL:.0%}", _figure(one.duration)])
        rows.append([model, "fixations judged in order", "", f"{one.judged:.0%}"])
    return table(["model", "what", "promised", "inside"], rows)


def _difficulty_table(found: Evaluation) -> str:
    rows = [[r.predictor, _figure(r.spearman), _figure(r.kendall), str(r.cases)] for r in found.difficulty.rankings]
    return table(["predictor", "Spearman", "Kendall", "cases"], rows)


def _difference_table(found: Evaluation) -> str:
    rows = [
        [d.metric, d.first, d.second, _figure(d.estimate), str(d.cases), d.better or "not told apart"]
        for d in found.differences
    ]
    return table(["metric", "first", "second", "first - second", "cases", "better"], rows)


def _refused(found: Evaluation) -> tuple[str, str]:
    """What is said of it, and the list."""
    rows = [
        [name, r.row, found.keys[r.case], r.side, r.message] for name, some in found.refused.items() for r in some[:20]
    ]
    count = sum(map(len, found.refused.values()))
    if not count:
        return "<p>Nothing: every pair could be scored.</p>", ""
    about = f"<p>{count} pairs were refused and enter no mean; at most 20 a metric are listed.</p>"
    return about, table(["metric", "row", "case", "side", "why"], rows)


def _recipes(found: Evaluation) -> str:
    rows = [[name, found.constants.get(name, ""), _words(recipe)] for name, recipe in found.recipes.items()]
    about = [[name, _words(one)] for name, one in found.about.items() if one]
    models = table(["model", "how it was run"], about) if about else ""
    baselines = [[f"baselines: {name}", _words(one)] for name, one in found.baselines.items()]
    beside = table(["what", "made with"], [*baselines, ["intervals: bootstrap", _words(found.bootstrap)]])
    return models + table(["metric", "best constant path", "recipe"], rows) + beside


def _words(values: dict[str, Any]) -> str:
    """``name value, name value``; inner recipes in brackets."""
    inner = {name: f"({_words(value)})" if isinstance(value, dict) else value for name, value in values.items()}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in inner.items())
