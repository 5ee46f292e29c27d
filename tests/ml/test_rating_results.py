"""Results of a closed study: the paper's table entered as answers, and what is said where there is too little."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from ml.rating.agreement import alpha
from ml.rating.effects import cliffs_delta
from ml.rating.results import Answer, Question, results

HUMAN_LIKE = Question("human_like", (0, 1), "nominal")
COMPREHENSIVE = Question("comprehensive", (1, 2, 3, 4, 5), "ordinal")
REDUNDANT = Question("redundant", (1, 2, 3, 4, 5), "ordinal")
QUESTIONS = [HUMAN_LIKE, COMPREHENSIVE, REDUNDANT]
# MedGaze (doi 10.1038/s41598-025-97935-y), Table 3: how many of 20 replays got each level.
PAPER = {
    "human_like": {"model": (7, 13), "human": (1, 19)},
    "comprehensive": {"model": (0, 0, 2, 8, 10), "human": (0, 0, 0, 8, 12)},
    "redundant": {"model": (9, 7, 3, 1, 0), "human": (5, 11, 4, 0, 0)},
}


def answer(case: int, source: str, value: int, *, rater="r1", question="comprehensive", repeat=False) -> Answer:
    return Answer(rater, f"c{case:03d}", source, question, value, repeat)


def paper() -> list[Answer]:
    """One rater, twenty cases; which case got which level is not published and does not matter here."""
    found = []
    for question in QUESTIONS:
        for source, counts in PAPER[question.name].items():
            values = [level for level, n in zip(question.levels, counts, strict=True) for _ in range(n)]
            found += [answer(case, source, value, question=question.name) for case, value in enumerate(values)]
    return found


def study(raters=3, cases=8, sources=("human", "model"), seed=0) -> list[Answer]:
    rng = np.random.default_rng(seed)
    return [
        answer(case, source, int(rng.integers(1, 6)), rater=f"r{rater}")
        for rater in range(raters)
        for case in range(cases)
        for source in sources
    ]


def found(answers, *, sources=("human", "model"), human="human", questions=(COMPREHENSIVE,), draws=200) -> dict:
    return results(answers, sources=sources, human=human, questions=questions, draws=draws)


def one(answers, **kwargs) -> dict:
    return found(answers, **kwargs)["questions"]["comprehensive"]


# --- the paper


def test_the_papers_table_gives_its_means_and_its_p() -> None:
    questions = results(paper(), sources=["model", "human"], human="human", questions=QUESTIONS)["questions"]
    means = {
        name: (round(q["sources"]["model"]["mean"], 2), round(q["sources"]["human"]["mean"], 2))
        for name, q in questions.items()
    }
    assert means == {"human_like": (0.65, 0.95), "comprehensive": (4.40, 4.60), "redundant": (1.80, 1.95)}
    model = questions["human_like"]["sources"]["model"]
    assert (model["counts"], model["n"], model["cases"]) == ({"0": 7, "1": 13}, 20, 20)
    assert questions["human_like"]["sources"]["human"]["counts"] == {"0": 1, "1": 19}
    assert model["to_human"]["test"] == "Fisher's exact test"
    assert round(model["to_human"]["p"], 3) == 0.044 and model["to_human"]["delta"] == pytest.approx(-0.3)
    assert questions["comprehensive"]["sources"]["model"]["counts"] == {"1": 0, "2": 0, "3": 2, "4": 8, "5": 10}
    assert questions["comprehensive"]["sources"]["model"]["to_human"]["test"] == "sign-flip test, 20,000 draws"


def test_one_rater_has_no_agreement_and_words_say_so() -> None:
    agreement = one(paper(), questions=QUESTIONS)["agreement"]
    assert agreement == {
        "alpha": None, "low": None, "high": None, "raw": None, "raters": 1, "items": 0,
        "words": "1 rater has answered: agreement takes two.",
    }  # fmt: skip


# --- sources


def test_a_source_has_the_mean_of_its_answers_and_an_interval_that_draws_whole_cases() -> None:
    """Case 0 has answers 1 and 1, case 1 has 5: the mean of answers is 7/3. Of two cases a resample is one of them
    twice in half of all draws, so the interval reaches from 1 to 5.
    """
    answers = [answer(0, "model", 1), answer(0, "model", 1, rater="r2"), answer(1, "model", 5)]
    source = one(answers)["sources"]["model"]
    assert source["mean"] == pytest.approx(7 / 3) and (source["n"], source["cases"]) == (3, 2)
    assert (source["low"], source["high"]) == (1, 5)
    assert source["words"] == "2 cases have answers: the interval says little."


def test_more_answers_to_the_same_cases_do_not_narrow_the_interval() -> None:
    answers = [answer(case, "model", 1 + case % 5) for case in range(10)]
    again = [replace(a, rater=f"r{k}") for a in answers for k in range(5)]
    narrow, wide = one(again)["sources"]["model"], one(answers)["sources"]["model"]
    assert (narrow["low"], narrow["high"]) == pytest.approx((wide["low"], wide["high"]))
    assert narrow["words"] == ""


def test_one_case_has_a_mean_and_no_interval_and_none_has_neither() -> None:
    sources = one([answer(0, "human", 4)])["sources"]
    human, model = sources["human"], sources["model"]
    assert (human["mean"], human["low"], human["high"]) == (4, None, None)
    assert human["words"] == "One case has answers: too few for an interval."
    assert (model["n"], model["mean"], model["low"], model["words"]) == (0, None, None, "No answers.")


def test_a_study_without_answers_has_words_everywhere() -> None:
    nothing = found([])
    assert nothing["raters"] == {}
    question = nothing["questions"]["comprehensive"]
    assert question["sources"]["model"]["words"] == "No answers."
    assert question["sources"]["model"]["to_human"]["words"] == "No case has answers for both: too few for a test."
    assert question["agreement"]["words"] == "No rater has answered: agreement takes two."
    assert question["repeats"]["words"] == "No repeat has been answered."
    json.dumps(nothing, allow_nan=False)


# --- difference to human


def test_the_difference_is_of_single_answers_over_the_cases_that_both_have() -> None:
    answers = study()
    lone = answer(99, "model", 5)
    values = {
        source: [a.value for a in answers if a.source == source] for source in ("human", "model")
    }  # fmt: skip
    difference = one([*answers, lone])["sources"]["model"]["to_human"]
    assert difference["delta"] == pytest.approx(cliffs_delta(values["model"], values["human"]))
    assert difference["cases"] == 8
    assert difference["low"] < difference["delta"] < difference["high"]


def test_the_sign_flip_test_is_over_case_means() -> None:
    """Five cases, two raters: human 3 and 3; the model 1 higher with one rater: means .5 higher each, p = 2 / 32."""
    answers = [answer(case, "human", 3, rater=rater) for case in range(5) for rater in ("r1", "r2")]
    answers += [answer(case, "model", 4) for case in range(5)] + [
        answer(case, "model", 3, rater="r2") for case in range(5)
    ]
    difference = one(answers)["sources"]["model"]["to_human"]
    assert difference["p"] == pytest.approx(2 / 32) and difference["test"] == "exact sign-flip test"
    assert difference["words"] == "With 5 cases p cannot fall below 0.0625."


def test_six_cases_may_reach_the_usual_five_percent_and_need_no_words() -> None:
    difference = one(study(cases=6))["sources"]["model"]["to_human"]
    assert difference["test"] == "exact sign-flip test" and difference["words"] == ""


def test_cases_are_drawn_for_both_sources_at_once() -> None:
    """Where each case has the same value from both, no resample shows a difference."""
    answers = [answer(case, source, 1 + case % 5) for case in range(10) for source in ("human", "model")]
    difference = one(answers)["sources"]["model"]["to_human"]
    assert (difference["delta"], difference["low"], difference["high"], difference["p"]) == (0, 0, 0, 1)


def test_three_cases_are_tested() -> None:
    """The model higher in all three: p = 2 / 8."""
    answers = [answer(case, source, value) for case in range(3) for source, value in (("human", 2), ("model", 3))]
    assert one(answers)["sources"]["model"]["to_human"]["p"] == pytest.approx(0.25)


@pytest.mark.parametrize(("cases", "words"), [(1, "1 case has"), (2, "2 cases have")])
def test_fewer_than_three_cases_are_not_tested(cases, words) -> None:
    difference = one(study(cases=cases))["sources"]["model"]["to_human"]
    assert difference["p"] is None and difference["test"] is None
    assert difference["words"] == f"{words} answers for both: too few for a test."


def test_yes_and_no_of_several_raters_are_tested_by_case() -> None:
    """Fisher's test takes answers as independent, which two answers to one replay are not."""
    answers = [a for a in paper() if a.question == "human_like"]
    answers.append(replace(answers[0], rater="r2"))
    difference = found(answers, questions=[HUMAN_LIKE])["questions"]["human_like"]["sources"]["model"]["to_human"]
    assert difference["test"] == "sign-flip test, 20,000 draws"


def test_without_a_human_source_nothing_is_compared() -> None:
    sources = one(study(), human=None)["sources"]
    assert sources["model"]["to_human"] is None and sources["human"]["to_human"] is None
    assert one(study())["sources"]["human"]["to_human"] is None


# --- agreement and repeats


def test_agreement_is_over_the_items_of_all_sources() -> None:
    answers = study(raters=3, cases=8)
    ratings = np.array([a.value for a in answers], float).reshape(3, 16)
    agreement = one(answers)["agreement"]
    assert agreement["alpha"] == pytest.approx(alpha(ratings))
    assert (agreement["raters"], agreement["items"], agreement["words"]) == (3, 16, "")
    assert agreement["low"] < agreement["alpha"] < agreement["high"]


def test_a_question_of_names_has_nominal_alpha() -> None:
    answers = [replace(a, question="kind", value=a.value % 3) for a in study()]
    ratings = np.array([a.value for a in answers], float).reshape(3, 16)
    kind = found(answers, questions=[Question("kind", (0, 1, 2), "nominal")])["questions"]["kind"]
    assert kind["agreement"]["alpha"] == pytest.approx(alpha(ratings, level="nominal"))
    assert kind["agreement"]["alpha"] != pytest.approx(alpha(ratings, level="ordinal"))


def test_raters_who_share_no_item_and_raters_who_all_say_the_same_have_words() -> None:
    apart = [answer(0, "model", 1), answer(1, "model", 2, rater="r2")]
    assert one(apart)["agreement"]["words"] == "No item has answers of two raters."
    same = [replace(a, value=3) for a in study()]
    agreement = one(same)["agreement"]
    assert agreement["words"] == "All answers are the same: alpha is undefined."
    assert (agreement["alpha"], agreement["raw"]) == (None, 1)
    single = [answer(0, "model", 1), answer(0, "model", 2, rater="r2")]
    assert one(single)["agreement"]["words"] == "1 item has answers of two raters: too few for an interval."


def test_repeats_stand_apart_from_the_first_pass() -> None:
    first = study()
    again = [replace(a, value=a.value if i else 6 - a.value, repeat=True) for i, a in enumerate(first[1:5])]
    with_repeats, without = one(first + again), one(first)
    assert with_repeats["sources"] == without["sources"] and with_repeats["agreement"] == without["agreement"]
    repeats = with_repeats["repeats"]
    assert (repeats["n"], repeats["equal"], repeats["share"], repeats["words"]) == (4, 3, 0.75, "")


def test_a_repeat_is_compared_with_the_same_raters_first_answer_to_the_same_item() -> None:
    answers = [
        answer(0, "model", 2),
        answer(0, "model", 5, rater="r2"),
        answer(0, "human", 4),
        answer(0, "model", 2, repeat=True),
        answer(1, "model", 3, repeat=True),  # its first showing was withdrawn
    ]
    repeats = one(answers)["repeats"]
    assert (repeats["n"], repeats["equal"], repeats["alpha"]) == (1, 1, None)
    assert repeats["words"] == "All answers are the same: alpha is undefined."


def test_repeats_of_a_question_of_names_have_nominal_alpha() -> None:
    """1 1, 2 2, 1 3, as worked out in test_rating_agreement."""
    answers = [answer(case, "model", value, question="kind") for case, value in enumerate([1, 2, 1])]
    answers += [answer(case, "model", value, question="kind", repeat=True) for case, value in enumerate([1, 2, 3])]
    kind = found(answers, questions=[Question("kind", (1, 2, 3), "nominal")])["questions"]["kind"]
    assert kind["repeats"]["alpha"] == pytest.approx(6 / 11)


# --- raters, and the whole


def test_raters_stand_in_the_order_of_their_names() -> None:
    answers = [answer(0, "model", 2, rater=f"r{number}") for number in (5, 2, 8, 1, 9, 3, 7, 4)]
    assert list(found(answers)["raters"]) == ["r1", "r2", "r3", "r4", "r5", "r7", "r8", "r9"]


def test_each_rater_has_a_number_of_items_and_means() -> None:
    answers = [answer(0, "model", 2), answer(1, "human", 5), answer(0, "model", 1, repeat=True)]
    answers += [answer(0, "model", 1, question="human_like")]
    raters = found(answers, questions=[HUMAN_LIKE, COMPREHENSIVE, REDUNDANT])["raters"]
    assert raters == {"r1": {"n": 2, "means": {"human_like": 1, "comprehensive": 3.5, "redundant": None}}}


def test_results_do_not_depend_on_the_order_of_the_answers() -> None:
    answers = study()
    assert found(answers[::-1]) == found(answers)


def test_relabelling_raters_changes_only_their_names() -> None:
    answers = study(raters=3)
    names = {"r0": "z", "r1": "b", "r2": "a"}
    again = found([replace(a, rater=names[a.rater]) for a in answers])
    before = found(answers)
    assert again["questions"]["comprehensive"]["agreement"] == pytest.approx(
        before["questions"]["comprehensive"]["agreement"]
    )
    assert {names[name]: rater for name, rater in before["raters"].items()} == again["raters"]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"source": "stranger"}, "no source"),
        ({"question": "stranger"}, "no question"),
        ({"value": 6}, "no level"),
        ({}, "Two answers"),
    ],
)
def test_answers_that_do_not_fit_the_study_are_refused(wrong, words) -> None:
    answers = study()
    with pytest.raises(ValueError, match=words):
        found([*answers, replace(answers[0], **wrong)])


def test_a_human_source_that_the_study_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="no source"):
        found(study(), human="stranger")


def test_the_results_of_a_large_study_are_plain_json() -> None:
    questions = [*QUESTIONS, Question("confidence", (1, 2, 3, 4, 5), "ordinal")]
    answers = [
        replace(a, question=question.name, value=min(a.value, max(question.levels)))
        for a in study(raters=10, cases=30, sources=("human", "model", "shuffled", "centre"))
        for question in questions
    ]
    whole = found(answers, sources=["human", "model", "shuffled", "centre"], questions=questions, draws=2000)
    json.dumps(whole, allow_nan=False)
