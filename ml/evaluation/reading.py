"""How much a model needs its report: the same cases with reports of other cases, of shuffled or missing words, or none.

What is left of a score when words go says what they were worth. Which words go is drawn anew for each case from one
seed, so that runs of different models lose the same words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ml.data.types import Progress
from ml.evaluation.predicting import OTHER_REPORT, predict_cases
from ml.medgaze.predictor import MedGazePredictor
from ml.metrics.cases import EvaluationCase, ModelRun, another

MASKED = (0.25, 0.5, 0.75)  # shares of a report's words
BLANK = "_"  # stands for a masked word: every vocabulary has it, and the words after it keep their places
NO_REPORT, SHUFFLED = "no report", "words shuffled"

Change = Callable[[str, np.random.Generator], str]


def shuffle(report: str, rng: np.random.Generator) -> str:
    """The same words in an order of chance."""
    return " ".join(rng.permutation(np.array(report.split(), dtype=object)))


def mask(share: float) -> Change:
    """Change that blanks this share of the words, at least one, wherever they stand."""

    def changed(report: str, rng: np.random.Generator) -> str:
        words = report.split()
        gone = rng.permutation(len(words))[: max(1, round(share * len(words)))]
        return " ".join(BLANK if number in set(gone.tolist()) else word for number, word in enumerate(words))

    return changed


CHANGES: dict[str, Change] = {
    SHUFFLED: shuffle,
    **{f"{share:.0%} of the words masked": mask(share) for share in MASKED},
    NO_REPORT: lambda report, rng: "",
}


def changed_reports(cases: Sequence[EvaluationCase], seed: int) -> dict[str, list[str]]:
    """Every way in which the cases' reports are changed, and the reports that come out, in the order of the cases."""
    reports = [case.report for case in cases]
    out = {OTHER_REPORT: [reports[partner] for partner in another(cases)]}
    for name, change in CHANGES.items():
        out[name] = [change(r, np.random.default_rng([seed, number])) for number, r in enumerate(reports)]
    return out


def text_dependence(
    predictor: MedGazePredictor,
    model: ModelRun,
    cases: Sequence[EvaluationCase],
    *,
    seed: int = 0,
    progress: Progress = lambda done, of: None,
) -> list[ModelRun]:
    """A run for each changed report, by the same rule and seeds as ``model``, which read the true ones."""
    films, changed = [case.film for case in cases], changed_reports(cases, seed)
    runs = []
    for number, (what, reports) in enumerate(changed.items()):

        def step(done: int, of: int, number: int = number) -> None:
            progress(number * of + done, len(changed) * of)

        found = predict_cases(predictor, films, reports, samples=1, seed=seed, progress=step)
        runs.append(ModelRun(f"{model.name}, {what}", found, ablation_of=model.name, about=model.about))
    return runs
