"""The order in which raters see items, and the width of a study's intervals."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

import numpy as np
import pytest

from ml.rating.design import half_width, half_width_share, latin_square, order

SIZES = [(12, 4), (20, 5), (7, 3), (1, 4), (6, 1), (5, 2)]


@pytest.mark.parametrize("n", range(1, 9))
def test_every_row_and_every_place_has_every_number_equally_often(n) -> None:
    square = latin_square(n)
    rows = n if n % 2 == 0 or n == 1 else 2 * n
    assert len(square) == rows and all(sorted(row) == list(range(n)) for row in square)
    for place in range(n):
        assert set(Counter(row[place] for row in square).values()) == {rows // n}


@pytest.mark.parametrize("n", range(2, 9))
def test_every_number_follows_every_other_equally_often(n) -> None:
    followed = Counter(pair for row in latin_square(n) for pair in pairwise(row))
    assert len(followed) == n * (n - 1) and set(followed.values()) == {1 if n % 2 == 0 else 2}


def test_a_square_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="Latin square"):
        latin_square(0)


@pytest.mark.parametrize(("cases", "sources"), SIZES)
def test_the_first_pass_has_every_item_once_and_every_case_once_a_round(cases, sources) -> None:
    seen = order(cases=cases, sources=sources, row=3, seed=1)
    first = [(case, source) for case, source, repeat in seen if not repeat]
    assert len(first) == len(set(first)) == cases * sources
    assert seen[: len(first)] == [(case, source, False) for case, source in first]
    for begin in range(0, len(first), cases):
        assert sorted(case for case, _ in first[begin : begin + cases]) == list(range(cases))


def test_two_readings_of_a_case_lie_a_round_apart() -> None:
    first = order(cases=9, sources=4, row=2, seed=1, repeats=0)
    for case in range(9):
        places = [i for i, item in enumerate(first) if item[0] == case]
        assert set(np.diff(places)) == {9}


@pytest.mark.parametrize(("cases", "sources"), [(6, 4), (5, 5), (7, 3)])
def test_over_all_rows_a_case_meets_each_source_in_each_round_equally_often(cases, sources) -> None:
    rows = len(latin_square(sources))
    met: Counter[tuple[int, int, int]] = Counter()
    followed: Counter[tuple[int, int, int]] = Counter()
    for row in range(rows):
        first = order(cases=cases, sources=sources, row=row, seed=8, repeats=0)
        met.update((i // cases, case, source) for i, (case, source, _) in enumerate(first))
        for case in range(cases):
            followed.update((case, *pair) for pair in pairwise(s for c, s, _ in first if c == case))
    assert len(met) == sources * cases * sources and set(met.values()) == {rows // sources}
    assert len(set(followed.values())) == 1 and len(followed) == cases * sources * (sources - 1)


def test_raters_see_the_cases_in_orders_of_their_own_which_the_seed_settles() -> None:
    def seen(row: int, seed: int) -> list[int]:
        return [case for case, _, _ in order(cases=20, sources=2, row=row, seed=seed)[:20]]

    assert seen(0, 1) == seen(0, 1)
    assert seen(0, 1) != seen(1, 1) and seen(0, 1) != seen(0, 2)


def test_the_seed_deals_the_numbers_of_the_square_to_sources() -> None:
    """Else who reads this file knows from a case's first reading which source comes next."""
    after = {
        tuple(source for case, source, _ in order(cases=1, sources=4, row=0, seed=seed, repeats=0))
        for seed in range(200)
    }
    assert len(after) > 12


@pytest.mark.parametrize(
    ("cases", "sources", "repeats", "count"),
    [(20, 2, 0.1, 4), (20, 5, 0.1, 10), (3, 1, 0.1, 1), (5, 1, 0.5, 3), (10, 2, 0, 0), (4, 3, 1.0, 12)],
)
def test_repeats_are_so_many_and_come_last(cases, sources, repeats, count) -> None:
    seen = order(cases=cases, sources=sources, row=0, seed=0, repeats=repeats)
    again = [item for item in seen if item[2]]
    assert len(again) == count and seen[len(seen) - count :] == again
    assert len({item[:2] for item in again}) == count


@pytest.mark.parametrize("row", range(6))
@pytest.mark.parametrize(("cases", "sources"), [(20, 5), (12, 4), (13, 3), (10, 2)])
def test_repeats_are_spread_over_sources_and_cases_and_come_of_the_first_three_quarters(cases, sources, row) -> None:
    seen = order(cases=cases, sources=sources, row=row, seed=4, repeats=0.17)
    items = cases * sources
    again = [item[:2] for item in seen[items:]]
    per_source = Counter(source for _, source in again)
    assert max(per_source.values()) - min(per_source[source] for source in range(sources)) <= 1
    assert max(Counter(case for case, _ in again).values()) == 1
    places = [seen.index((*item, False)) for item in again]
    assert max(places) < 3 * items // 4 and places == sorted(places)


def test_a_source_whose_only_item_comes_last_is_repeated_all_the_same() -> None:
    """One case and four sources: with four repeats the one of the last quarter has its turn too."""
    seen = order(cases=1, sources=4, row=0, seed=0, repeats=1)
    assert [item[:2] for item in seen[4:]] == [item[:2] for item in seen[:4]]


def test_the_odd_repeat_goes_to_another_source_with_each_rater() -> None:
    got = Counter(order(cases=3, sources=4, row=row, seed=0, repeats=0.01)[-1][1] for row in range(4))
    assert got == Counter(range(4))


@pytest.mark.parametrize("wrong", [{"cases": 0}, {"sources": 0}, {"row": -1}, {"repeats": -0.1}, {"repeats": 1.1}])
def test_what_has_no_order_is_refused(wrong) -> None:
    with pytest.raises(ValueError, match="No order"):
        order(**({"cases": 2, "sources": 2, "row": 0, "seed": 0} | wrong))


def test_the_half_width_by_hand() -> None:
    """sd .8, icc .5: one rater 1.96 x .8 / sqrt(16) = .392; two raters keep three quarters of the variance."""
    assert half_width(cases=16, raters=1) == pytest.approx(0.392)
    assert half_width(cases=16, raters=2) == pytest.approx(0.392 * 0.75**0.5)
    assert half_width(cases=16, raters=10**9) == pytest.approx(0.392 * 0.5**0.5)


def test_the_half_width_of_a_share_by_hand() -> None:
    """.75 x .25 = .1875; one rater and twelve cases: 1.96 sqrt(.1875 / 12) = .245; two: 1.96 sqrt(.1875 x .65 / 12)."""
    assert half_width_share(cases=12, raters=1) == pytest.approx(0.245)
    assert half_width_share(cases=12, raters=2) == pytest.approx(0.245 * 0.65**0.5)


def test_nothing_to_rate_has_no_width() -> None:
    assert np.isnan(half_width(cases=0, raters=2)) and np.isnan(half_width_share(cases=2, raters=0))


def test_neither_the_order_nor_the_repeats_tell_a_source_to_who_does_not_know_the_seed() -> None:
    """Over many seeds each of four sources is as often what is seen first of case 0, and what comes again."""
    first, again = Counter[int](), Counter[int]()
    for seed in range(400):
        seen = order(cases=5, sources=4, row=0, seed=seed, repeats=0.05)
        first[next(source for case, source, _ in seen if case == 0)] += 1
        again[next(source for _, source, repeat in seen if repeat)] += 1
    assert all(70 <= count <= 130 for count in (*first.values(), *again.values()))  # 100 are expected, SD 8.7
    assert len(first) == len(again) == 4


def test_each_case_has_its_sources_dealt_anew() -> None:
    """Of one dealing for all, four of the 24 orders of four sources would stand in a study; of 16 dealt each by
    themselves 24 (1 - (23/24)^16) = 11.9 on average."""
    orders = [defaultdict[int, list[int]](list) for _ in range(20)]
    for seed, of in enumerate(orders):
        for case, source, _ in order(cases=16, sources=4, row=0, seed=seed, repeats=0):
            of[case].append(source)
    assert 11 < np.mean([len({tuple(one) for one in of.values()}) for of in orders]) < 13


def test_which_cases_have_their_sources_in_the_same_order_is_dealt_too() -> None:
    """With two sources a case begins with the one or the other; which of six cases are alike differs by seed."""
    alike = set()
    for seed in range(20):
        seen = order(cases=6, sources=2, row=0, seed=seed, repeats=0)
        first: dict[int, int] = {}
        for case, source, _ in seen:
            first.setdefault(case, source)
        alike.add(tuple(first[case] == first[0] for case in range(6)))
    assert len(alike) > 5
