"""Results of a closed study: equal to what a script works out of answers.csv alone, and to the paper's own table."""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from itertools import combinations, product
from types import SimpleNamespace
from typing import Any

import pytest
from scipy.stats import fisher_exact

from gazeapp.ratings import services
from gazeapp.ratings.models import Assignment, Study
from tests.ratings.study import (
    ANSWERS,
    close,
    film_case,
    path,
    plan,
    predicted,
    queued,
    rate_all,
    reading,
    start,
    submit,
)

pytestmark = pytest.mark.django_db
QUESTIONS = ("human_like", "comprehensive", "redundant", "confidence")


def table(client: Any, url: str, name: str = "answers.csv") -> list[dict[str, str]]:
    answer = client.get(url + name)
    assert answer.headers["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


@pytest.fixture
def closed(running: SimpleNamespace) -> SimpleNamespace:
    """Ada and ben answer in ways of their own; ada corrects one; ben stops before his repeats."""
    for n in range(10):
        submit(
            running.first,
            queued(running.first)[0]["next"],
            human_like=n % 2, comprehensive=1 + n % 5, redundant=1 + n % 3, confidence=3, seconds=10 + n,
        )  # fmt: skip
        if n == 2:
            corrected = str(Assignment.objects.get(rater__user=running.ada, position=3).pk)
            submit(running.first, corrected, comprehensive=5, redundant=5, correction=True, note="=1+1")
    for n in range(9):
        submit(
            running.second,
            queued(running.second)[0]["next"],
            human_like=int(n % 3 > 0), comprehensive=5 - n % 4, redundant=1 + n % 2, confidence=1 + n % 5, seconds=8,
        )  # fmt: skip
    close(running.organiser, running.study)
    running.found = running.organiser.get(running.url + "results/").json()
    return running


def test_counts_and_means_are_what_a_script_works_out_of_the_table(closed: SimpleNamespace) -> None:
    rows = [row for row in table(closed.organiser, closed.url) if row["counts"] == "1" and row["repeat"] == "0"]
    assert len(rows) == 18
    for question in QUESTIONS:
        by_source = defaultdict(list)
        for row in rows:
            by_source[row["source"]].append(int(row[question]))
        shown = closed.found["results"]["questions"][question]["sources"]
        assert set(shown) == set(by_source)
        for source, values in by_source.items():
            assert shown[source]["n"] == len(values) == 6
            assert shown[source]["mean"] == pytest.approx(sum(values) / len(values))
            counts = {int(level): n for level, n in shown[source]["counts"].items() if n}
            assert counts == Counter(values)
            assert shown[source]["low"] <= shown[source]["mean"] <= shown[source]["high"]


def test_cliff_s_delta_is_what_a_script_works_out_of_the_table(closed: SimpleNamespace) -> None:
    """P(a > b) - P(a < b) over all pairs of an answer of the one and of the other."""
    rows = [row for row in table(closed.organiser, closed.url) if row["counts"] == "1" and row["repeat"] == "0"]
    values = defaultdict(list)
    for row in rows:
        values[row["kind"]].append(int(row["comprehensive"]))
    signs = [(a > b) - (a < b) for a, b in product(values["model"], values["human"])]
    label = next(row["source"] for row in rows if row["kind"] == "model")
    shown = closed.found["results"]["questions"]["comprehensive"]["sources"][label]["to_human"]
    assert shown["delta"] == pytest.approx(sum(signs) / len(signs))
    assert closed.found["reference"] == next(row["source"] for row in rows if row["kind"] == "human")


def ordinal_alpha(units: list[list[int]]) -> float:
    """Krippendorff's alpha from its definition, with the ordinal difference (2011, section D), pair by pair."""
    units = [values for values in units if len(values) > 1]
    n = Counter(value for values in units for value in values)

    def apart(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        return (sum(n[level] for level in range(low, high + 1)) - (n[low] + n[high]) / 2) ** 2

    total = sum(n.values())
    seen = sum(
        2 * apart(a, b) / (len(values) - 1) for values in units for a, b in combinations(values, 2)
    ) / total  # fmt: skip
    chance = sum(n[a] * n[b] * apart(a, b) for a in n for b in n) / (total * (total - 1))
    return 1 - seen / chance


def test_alpha_and_raw_agreement_are_what_a_script_works_out_of_the_table(closed: SimpleNamespace) -> None:
    units = defaultdict(list)
    for row in table(closed.organiser, closed.url):
        if row["counts"] == "1" and row["repeat"] == "0":
            units[row["item"]].append(int(row["redundant"]))
    shown = closed.found["results"]["questions"]["redundant"]["agreement"]
    assert shown["alpha"] == pytest.approx(ordinal_alpha(list(units.values())))
    assert shown["raw"] == pytest.approx(sum(a == b for a, b in units.values()) / 9)
    assert (shown["items"], shown["raters"]) == (9, 2)


def test_repeats_are_what_a_script_works_out_of_the_table(closed: SimpleNamespace) -> None:
    rows = [row for row in table(closed.organiser, closed.url) if row["counts"] == "1"]
    again = [row for row in rows if row["repeat"] == "1"]
    assert [row["rater"] for row in again] == ["Rater 1"]
    (first,) = [r for r in rows if (r["item"], r["rater"], r["repeat"]) == (again[0]["item"], "Rater 1", "0")]
    shown = closed.found["results"]["questions"]["redundant"]["repeats"]
    assert (shown["n"], shown["equal"]) == (1, int(first["redundant"] == again[0]["redundant"]))


def test_the_table_has_every_answer_and_says_which_counts(closed: SimpleNamespace) -> None:
    rows = table(closed.organiser, closed.url)
    assert len(rows) == 20
    (old, new) = (row for row in rows if (row["item"], row["rater"], row["repeat"]) == key_of_corrected(rows))
    assert [(row["answer_number"], row["counts"], row["comprehensive"]) for row in (old, new)] == [
        ("1", "0", "3"),
        ("2", "1", "5"),
    ]
    assert closed.found["corrections"] == 1
    assert {row["rater"] for row in rows} == {"Rater 1", "Rater 2"}
    assert {row["title"] for row in rows} == {"Case 1", "Case 2", "Case 3"}


def key_of_corrected(rows: list[dict[str, str]]) -> tuple[str, str, str]:
    row = next(row for row in rows if row["answer_number"] == "2")
    return row["item"], row["rater"], row["repeat"]


def test_a_note_that_a_spreadsheet_would_run_stays_a_text(closed: SimpleNamespace) -> None:
    notes = {row["note"] for row in table(closed.organiser, closed.url)}
    assert notes == {"", "'=1+1"}


def test_names_stand_in_no_table(closed: SimpleNamespace) -> None:
    for name in ("answers.csv", "results.csv"):
        text = closed.organiser.get(closed.url + name).text
        assert not [name for name in ("ada", "ben", "faculty", "resident") if name in text]


def test_after_closing_each_item_has_its_case_and_source(closed: SimpleNamespace) -> None:
    rows = table(closed.organiser, closed.url)
    told = {(str(row["number"]), row["case"], row["source"]) for row in closed.found["items"]}
    assert told == {(row["item"], row["title"], row["source"]) for row in rows}


def test_results_worked_out_again_are_the_same(closed: SimpleNamespace) -> None:
    study = Study.objects.get()
    assert study.results == closed.found["results"]
    Study.objects.update(results=None)
    assert closed.organiser.get(closed.url + "results/").json()["results"] == study.results
    assert Study.objects.get().results == study.results


def test_the_results_table_has_what_the_page_has(closed: SimpleNamespace) -> None:
    rows = table(closed.organiser, closed.url, "results.csv")
    questions = closed.found["results"]["questions"]
    means = {(row["question"], row["source"]): float(row["value"]) for row in rows if row["what"] == "mean"}
    assert means == {
        (name, source): pytest.approx(row["mean"])
        for name, question in questions.items()
        for source, row in question["sources"].items()
    }
    alphas = {row["question"]: row["value"] for row in rows if row["what"] == "alpha"}
    assert float(alphas["redundant"]) == pytest.approx(questions["redundant"]["agreement"]["alpha"])


def test_the_organiser_s_own_rating_is_not_said_where_there_is_none(closed: SimpleNamespace) -> None:
    assert closed.found["organiser_rated"] is False and closed.found["dropped"] == []


# --- the paper --------------------------------------------------------------------------------------------------------

# Table 3 of doi 10.1038/s41598-025-97935-y: how many of 20 readings got each level.
PAPER = {
    "human": {"human_like": (1, 19), "comprehensive": (0, 0, 0, 8, 12), "redundant": (5, 11, 4, 0, 0)},
    "model": {"human_like": (7, 13), "comprehensive": (0, 0, 2, 8, 10), "redundant": (9, 7, 3, 1, 0)},
}


def levels(counts: tuple[int, ...]) -> list[int]:
    first = 0 if len(counts) == 2 else 1
    return [level for level, n in enumerate(counts, first) for _ in range(n)]


def test_the_paper_s_table_entered_as_data_gives_the_paper_s_numbers(lab: SimpleNamespace) -> None:
    """Means 4.40 v 4.60 and 1.80 v 1.95, 13 v 19 of 20 human-like, Fisher's exact p = .044."""
    cases = [film_case(lab.faculty, 100 + n) for n in range(20)]
    for n, case in enumerate(cases):
        reading(case, lab.resident, path(n))
        predicted(case, path(30 + n))
    study = plan(lab.organiser, cases, ["human", "model"], [lab.ada], repeats=0)
    assert start(lab.organiser, study).status_code == 200
    shown = Assignment.objects.select_related("rater__study", "item__case", "item__source").order_by("position")
    for assignment in shown:
        counts = PAPER[assignment.item.source.kind]
        at = assignment.item.case.position - 1
        answers = {**ANSWERS, **{name: levels(counts[name])[at] for name in counts}}
        services.submit(assignment=assignment, answers=answers, seconds=20)
    close(lab.organiser, study)
    url = f"/api/v1/ratings/studies/{study['id']}/"
    found = lab.organiser.get(url + "results/").json()
    human, model = (source["label"] for source in study["sources"])
    asked = found["results"]["questions"]
    assert asked["human_like"]["sources"][model]["counts"] == {"0": 7, "1": 13}
    assert asked["human_like"]["sources"][human]["counts"] == {"0": 1, "1": 19}
    to = asked["human_like"]["sources"][model]["to_human"]
    assert (round(to["p"], 3), to["test"]) == (0.044, "Fisher's exact test")
    assert to["p"] == pytest.approx(fisher_exact([[13, 7], [19, 1]])[1])
    means = {name: [round(asked[name]["sources"][s]["mean"], 2) for s in (model, human)] for name in QUESTIONS[1:3]}
    assert means == {"comprehensive": [4.40, 4.60], "redundant": [1.80, 1.95]}
    assert asked["human_like"]["agreement"]["alpha"] is None and asked["human_like"]["agreement"]["words"]


def test_without_a_human_source_the_simulated_readings_are_what_others_are_compared_to(lab: SimpleNamespace) -> None:
    study = plan(lab.organiser, lab.cases, ["model", "simulated"], [lab.ada])
    start(lab.organiser, study)
    rate_all(lab.first)
    close(lab.organiser, study)
    found = lab.organiser.get(f"/api/v1/ratings/studies/{study['id']}/results/").json()
    model, simulated = (source["label"] for source in study["sources"])
    assert found["reference"] == simulated
    rows = found["results"]["questions"]["redundant"]["sources"]
    assert rows[simulated]["to_human"] is None and rows[model]["to_human"]["delta"] == 0
