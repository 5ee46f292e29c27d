"""Rating and the ladder in Chromium: three raters at once while the organiser's board moves, results that a script
makes again of the exported answers, and a ladder that moves on a page where nobody touches anything."""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import defaultdict
from typing import Any

import numpy as np
from playwright.sync_api import Page, expect
from scipy import stats

from tests.browser.reading_room import PATIENCE, Visit, ask, own_stack, send, until
from tests.live.stack import Stack

SOURCES = {"Simulated reading": "simulated", "Order shuffled": "shuffled"}
CASES, RATERS = 3, 3
ITEMS = CASES * len(SOURCES)
SHOWINGS = ITEMS + 1  # one of ten is shown again

stack = own_stack  # its ladder holds all cases that are there


def plan(page: Page, names: list[str]) -> str:
    """A study of all cases that the organiser has, planned and started by hand; gives its address."""
    page.goto("/studies/")
    page.get_by_label("A new study").fill("Does order matter?")
    page.get_by_role("button", name="Plan it").click()
    page.get_by_role("button", name="Add cases").click()
    for number in range(CASES):
        page.locator("dialog.picker").get_by_role("button", name=f"Film {number}", exact=True).click()
    page.locator("dialog.picker").get_by_role("button", name="Done").click()
    for source in SOURCES.values():
        page.locator(f"[data-sources] input[value={source}]").check()
    for name in names:
        page.locator("[data-raters] label", has_text=name).locator("input").check()
    nothing = page.get_by_text("Nothing stands in the way of starting.")
    expect(nothing).to_be_visible()
    model = page.locator("[data-sources] input[value^='model ']")
    model.check()  # a worker draws its readings for the plan, and the page hears of it by itself
    expect(page.get_by_text(f"of {CASES} readings drawn for this study.")).to_be_visible()
    expect(nothing).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_text("predicted", exact=False).first).to_be_visible()
    model.uncheck()
    expect(page.locator("[data-saved]")).to_contain_text("saved")
    expect(nothing).to_be_visible()
    page.get_by_role("button", name="Start …").click()
    page.locator("dialog[open]").get_by_role("button", name=re.compile("^Start")).click()
    expect(page.get_by_text(f"0 of {SHOWINGS * RATERS} answers are in.")).to_be_visible()
    return page.url


def open_item(page: Page) -> None:
    page.goto("/rate/")
    page.get_by_role("link", name="Rate next").click()


LATE = """() => {
    const ask = window.fetch;
    window.fetch = async (what, ...how) => {
        if (/ratings[/]items[/][^/]+[/]$/.test(what.url ?? what)) await new Promise((go) => setTimeout(go, 600));
        return ask(what, ...how);
    };
}"""


def answer(page: Page, number: int, values: tuple[int, ...], *, typed: bool = False) -> None:
    """The item before this page, by the digits alone; ``typed``: they were, while it was on its way."""
    expect(page.locator("[data-number]")).to_have_text(re.compile(rf"^Item {number} of {SHOWINGS}"), timeout=PATIENCE)
    expect(page.locator("[data-questions] [role=radiogroup], [data-questions] fieldset")).to_have_count(4)
    if not typed:
        expect(page.locator("[data-submit][data-ready=false]")).to_be_enabled()
        type_digits(page, values)
    expect(page.locator("[data-submit][data-ready=true]")).to_be_enabled()
    chosen = page.locator("[data-questions] input:checked").evaluate_all("(all) => all.map((one) => Number(one.value))")
    assert tuple(chosen) == values
    page.keyboard.press("Enter")


def type_digits(page: Page, values: tuple[int, ...]) -> None:
    for value in values:
        page.keyboard.press(str(value))


def test_three_raters_rate_at_once_while_the_board_moves_and_the_results_are_the_answers(
    stack: Stack, visit: Visit
) -> None:
    organiser = visit("faculty")
    stack.ask("practice_set", author=organiser.name, readers=[], cases=CASES)  # type: ignore[attr-defined]
    stack.ask("simulated_readings", author=organiser.name)  # type: ignore[attr-defined]
    raters = [visit("faculty") for _ in range(RATERS)]
    address = plan(organiser, [page.name for page in raters])  # type: ignore[attr-defined]
    for page in raters:
        open_item(page)
    raters[0].evaluate(LATE)
    dice = np.random.default_rng(3)
    hasty = raters[0]
    wanted = {
        (page, number): (int(dice.integers(2)), *(int(value) for value in dice.integers(1, 6, 3)))
        for page in raters
        for number in range(1, SHOWINGS + 1)
    }
    for number in range(1, SHOWINGS + 1):
        for page in raters:
            answer(page, number, wanted[page, number], typed=page is hasty and number > 1)
            if page is hasty and number < SHOWINGS:
                type_digits(page, wanted[page, number + 1])
        done = number * RATERS
        expect(organiser.get_by_text(f"{done} of {SHOWINGS * RATERS} answers are in.")).to_be_visible()
    study = re.search(r"[0-9a-f-]{36}", address)
    assert study is not None
    base = f"/api/v1/ratings/studies/{study[0]}/"
    for page in raters:
        expect(page.get_by_text("That was the last one. Thank you.")).to_be_visible()
    for page in (*raters, organiser):
        for name in ("results/", "results.csv", "answers.csv"):
            assert page.request.get(base + name).status in {403, 404, 409}

    organiser.get_by_role("button", name="Close the study …").click()
    organiser.locator("dialog[open]").get_by_role("button", name="Close it").click()
    expect(organiser.get_by_role("tab", name="Results")).to_be_visible()
    rows = list(csv.DictReader(io.StringIO(organiser.request.get(f"{base}answers.csv").text())))
    assert len(rows) == SHOWINGS * RATERS
    check(ask(organiser, f"{base}results/")["results"]["questions"], rows)
    expect(organiser.get_by_text("First showings only;")).to_be_visible()
    shown = organiser.locator("main").inner_text()
    for source in SOURCES:
        mean = np.mean([int(row["comprehensive"]) for row in first(rows) if row["source"] == source])
        assert f"{mean:.2f}" in shown


def first(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["repeat"] in {"0", "no", "False", "false", ""}]


def check(found: dict[str, Any], rows: list[dict[str, str]]) -> None:
    """Counts, means, Cliff's delta, the sign-flip test and alpha, worked out of the table alone."""
    for question in ("human_like", "comprehensive", "redundant", "confidence"):
        said = found[question]
        of: dict[str, list[int]] = defaultdict(list)
        by_case: dict[tuple[str, str], list[int]] = defaultdict(list)
        by_item: dict[str, list[int]] = defaultdict(list)
        for row in first(rows):
            value = int(row[question])
            of[row["source"]].append(value)
            by_case[row["source"], row["case"]].append(value)
            by_item[row["item"]].append(value)
        for source, values in of.items():
            row = said["sources"][source]
            assert (row["n"], row["cases"]) == (CASES * RATERS, CASES)
            assert {int(level): n for level, n in row["counts"].items() if n} == {
                v: values.count(v) for v in set(values)
            }
            assert abs(row["mean"] - np.mean(values)) < 1e-9
        human, control = (of[source] for source in SOURCES)
        pairs = [np.sign(a - b) for a, b in itertools.product(control, human)]
        compared = said["sources"]["Order shuffled"]["to_human"]
        assert abs(compared["delta"] - np.mean(pairs)) < 1e-9
        cases = sorted({case for _, case in by_case})
        apart = np.array(
            [np.mean(by_case["Order shuffled", c]) - np.mean(by_case["Simulated reading", c]) for c in cases]
        )
        test = stats.permutation_test(
            (apart,), np.sum, permutation_type="samples", n_resamples=np.inf, alternative="two-sided"
        )
        if compared["p"] is not None:
            assert abs(compared["p"] - test.pvalue) < 1e-9
        if said["agreement"]["alpha"] is not None:
            assert abs(said["agreement"]["alpha"] - alpha(list(by_item.values()))) < 1e-9


def alpha(items: list[list[int]]) -> float:
    """Krippendorff's ordinal alpha as one minus observed over expected disagreement of pairs, pair by pair."""
    values = [value for item in items for value in item]
    count = {value: values.count(value) for value in set(values)}

    def apart(a: int, b: int) -> float:
        low, high = min(a, b), max(a, b)
        between = sum(n for value, n in count.items() if low <= value <= high)
        return float((between - (count[a] + count[b]) / 2) ** 2) if a != b else 0.0

    within = sum(
        sum(apart(a, b) for a, b in itertools.permutations(item, 2)) / (len(item) - 1) for item in items
    ) / len(values)
    overall = sum(apart(a, b) for a, b in itertools.permutations(values, 2)) / (len(values) * (len(values) - 1))
    return 1 - within / overall


def test_an_organiser_takes_raters_who_know_the_films_all_the_same_in_the_plan_and_later(
    stack: Stack, visit: Visit
) -> None:
    organiser, first, second = visit("faculty"), visit("faculty"), visit("faculty")
    names = [first.name, second.name]  # type: ignore[attr-defined]
    stack.ask("readings_to_learn_from", author=organiser.name, cases=2)  # type: ignore[attr-defined]
    for name in names:
        stack.ask("practised", author=organiser.name, reader=name)  # type: ignore[attr-defined]
    organiser.goto("/studies/")
    study = send(organiser, "POST", "/api/v1/ratings/studies/", {"name": "Who has seen them?"})["id"]
    body = {
        "cases": [row["id"] for row in ask(organiser, "/api/v1/cases/?owner=me")["results"]],
        "sources": [{"kind": "simulated"}],
        "raters": [ask(first, "/api/v1/me/")["id"]],
        "repeats": 0,
    }
    send(organiser, "PATCH", f"/api/v1/ratings/studies/{study}/", body)
    organiser.goto(f"/studies/{study}/")
    expect(organiser.get_by_text("may know readings of these films again: practised 2 of them.")).to_be_visible()
    organiser.get_by_role("button", name="Take this rater all the same").click()
    organiser.get_by_role("button", name="Take them", exact=True).click()
    expect(organiser.get_by_text("Nothing stands in the way of starting.")).to_be_visible()
    expect(organiser.get_by_role("heading", name="To know before you start")).to_be_visible()
    organiser.get_by_role("button", name="Start …").click()
    organiser.locator("dialog[open]").get_by_role("button", name=re.compile("^Start")).click()
    expect(organiser.get_by_text("0 of 2 answers are in.")).to_be_visible()

    organiser.get_by_label("Add a rater").select_option(label=names[1])
    organiser.get_by_role("button", name="Add", exact=True).click()
    organiser.get_by_role("button", name="Take them", exact=True).click()
    expect(organiser.get_by_text("0 of 4 answers are in.")).to_be_visible()
    organiser.said.clear()  # type: ignore[attr-defined]  # the refusal
    organiser.get_by_role("button", name="Close the study …").click()
    organiser.locator("dialog[open]").get_by_role("button", name="Close it").click()
    for name in names:
        expect(
            organiser.get_by_text(f"{name} was taken although they may have known readings of these films again")
        ).to_be_visible()


def test_a_comparison_on_one_page_and_a_commit_on_another_move_the_ladder_on_a_third(
    stack: Stack, visit: Visit
) -> None:
    watcher, comparer, reader = visit("faculty"), visit("faculty"), visit("resident")
    stack.ask("ladder_set", author=watcher.name, readers=[reader.name], cases=3)  # type: ignore[attr-defined]
    watcher.goto("/ladder/")
    rows = watcher.locator("tr[data-case]")
    expect(rows).to_have_count(3, timeout=PATIENCE)

    comparer.goto("/ladder/harder/")
    expect(comparer.locator("[data-film-status=shown]")).to_have_count(2, timeout=PATIENCE)
    comparer.wait_for_timeout(900)  # sooner a key is taken for one that was meant for the last pair
    comparer.keyboard.press("ArrowLeft")
    compared = watcher.locator("tr[data-case] [data-name=Comparisons]", has_text=re.compile("^1$"))
    expect(compared).to_have_count(2)

    reader.goto("/practice/")
    reader.get_by_role("button", name="Next case").click()
    reader.wait_for_selector("[data-film-status=shown]", timeout=PATIENCE)
    reader.get_by_role("button", name="Start reading").click()
    expect(reader.locator("[data-recording]")).to_have_attribute("data-recording", "recording")
    reader.keyboard.press("n")
    reader.keyboard.press("Enter")
    read = watcher.locator('tr[data-case] [data-name="First attempts"]', has_text=re.compile("^1$"))
    expect(read).to_have_count(1, timeout=PATIENCE)
    until(reader, lambda: "/feedback/" in reader.url, PATIENCE / 1000)
