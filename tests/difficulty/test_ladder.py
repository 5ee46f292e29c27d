"""The ladder's rows: order, bands, standard deviations, arrows, pages, and its tables."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from gazeapp.cases.models import Case, Film
from gazeapp.cases.services import hide, release
from gazeapp.core import registry
from gazeapp.difficulty import rows
from gazeapp.difficulty.models import Place, Workload
from gazeapp.difficulty.selectors import LEAST_SEEN
from tests.cases.films import stored_case
from tests.cases.teaching import key_of
from tests.difficulty.conftest import API, compare, ladder_rows, moved
from tests.practice.conftest import film

pytestmark = pytest.mark.django_db
ClientFor = Callable[[Any], APIClient]
MODEL = "f" * 64


@pytest.fixture
def faculty(cast: SimpleNamespace, client_for: ClientFor) -> APIClient:
    return client_for(cast.faculty)


def standing(author: Any, *places: float, read: bool = True, predicted: dict[int, float] | None = None) -> list[Case]:
    """Cases at these places, each from as few attempts as a band takes; some with so many predicted seconds, of two
    samples of 4 and 6 fixations."""
    cases = []
    for number, where in enumerate(places):
        case = stored_case(author, film(number), title=f"Case {number}", report=f"Report {'word ' * number}")
        key_of(case, author)
        Place.objects.create(
            case=case, place=where, se=0.5, attempts=LEAST_SEEN * read, successes=0, changed_at=timezone.now()
        )
        if predicted and number in predicted:
            workload(case, predicted[number])
        cases.append(case)
    return cases


def workload(case: Case, seconds: float, model: str = MODEL) -> Workload:
    return Workload.objects.create(
        film_sha256=case.film_id,
        report_sha256=case.report_sha256,
        model_sha256=model,
        model_name="stand-in",
        totals=[seconds - 1, seconds + 1],
        counts=[4, 6],
        seconds=seconds,
        found_at=timezone.now(),
    )


def test_the_hardest_comes_first_with_its_interval(faculty: APIClient, cast: SimpleNamespace) -> None:
    standing(cast.faculty, 0.5, -1.0, 2.0)
    found = ladder_rows(faculty)
    assert [row["place"] for row in found] == [2.0, 0.5, -1.0]
    assert (found[0]["low"], found[0]["high"]) == (2.0 - 1.96 * 0.5, 2.0 + 1.96 * 0.5)
    assert (found[0]["title"], found[0]["findings"], found[0]["normal"]) == ("Case 2", 1, False)


def test_bands_are_fifths_of_the_observed_cases(faculty: APIClient, cast: SimpleNamespace) -> None:
    """Ten places 0 to 9: quintiles, linear between them, at 1.8, 3.6, 5.4 and 7.2. The eleventh was never read, so it
    makes no cut and lies in no band, after all others."""
    standing(cast.faculty, *map(float, range(10)))
    (unread,) = standing_unread(cast.faculty)
    answer = faculty.get(f"{API}/").json()
    assert answer["bands"] == pytest.approx([1.8, 3.6, 5.4, 7.2])
    assert [row["band"] for row in answer["rows"]] == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 0]
    assert (answer["cases"], answer["counts"], answer["unread"]) == (11, [2, 2, 2, 2, 2], 1)
    assert answer["rows"][-1]["case"] == str(unread.pk)
    assert [row["case"] for row in ladder_rows(faculty, band=0)] == [str(unread.pk)]


@pytest.mark.parametrize(
    ("attempts", "comparisons", "band"), [(1, 0, 0), (2, 0, 0), (1, 1, 0), (3, 0, 5), (1, 2, 5), (0, 3, 5)]
)
def test_a_case_that_was_read_too_seldom_lies_in_no_band_and_makes_no_cut(
    attempts: int, comparisons: int, band: int, faculty: APIClient, cast: SimpleNamespace
) -> None:
    *_, hardest = standing(cast.faculty, *map(float, range(6)))
    Place.objects.filter(case=hardest).update(attempts=attempts, comparisons=comparisons)
    answer = faculty.get(f"{API}/").json()
    rows = {row["case"]: row for row in answer["rows"]}
    assert (rows[str(hardest.pk)]["band"], rows[str(hardest.pk)]["attempts"]) == (band, attempts)
    assert (answer["unread"], sum(answer["counts"])) == ((0, 6) if band else (1, 5))
    assert answer["bands"][-1] == pytest.approx(4.0 if band else 3.2), "of five or six places"
    assert (answer["rows"][0 if band else -1]["case"]) == str(hardest.pk)
    assert [row["case"] for row in ladder_rows(faculty, band=band)].count(str(hardest.pk)) == 1


def test_pages_go_from_the_easiest_on_to_what_nobody_has_read(faculty: APIClient, cast: SimpleNamespace) -> None:
    """Two observed, the lower one below 0, then three that stand at 0 since nobody has read them."""
    seen = standing(cast.faculty, 1.0, -2.0)
    unread = sorted(str(case.pk) for _ in range(3) for case in standing_unread(cast.faculty))
    for limit in (1, 2, 3, 4):
        found: list[str] = []
        after: str | None = ""
        while after is not None:
            answer = faculty.get(f"{API}/", {"limit": limit, "after": after}).json()
            found += [row["case"] for row in answer["rows"]]
            after = answer["next"]
        assert found == [str(seen[0].pk), str(seen[1].pk), *unread]


def standing_unread(author: Any) -> list[Case]:
    case = stored_case(author, film(50), title="Unread")
    key_of(case, author)
    Place.objects.create(case=case, place=0.0, se=1.5, changed_at=timezone.now())
    return [case]


@pytest.mark.parametrize(("band", "places"), [(1, [0, 1]), (2, [2, 3]), (5, [8, 9])])
def test_a_band_alone_holds_what_the_whole_says_is_in_it(
    band: int, places: list[int], faculty: APIClient, cast: SimpleNamespace
) -> None:
    standing(cast.faculty, *map(float, range(10)))
    assert [row["place"] for row in ladder_rows(faculty, band=band)] == [float(n) for n in places[::-1]]
    assert {row["band"] for row in ladder_rows(faculty, band=band)} == {band}


def test_with_few_cases_bands_are_those_that_are_expected_of_many(faculty: APIClient, cast: SimpleNamespace) -> None:
    """A fifth of a normal distribution of SD 1.5 lies under -1.2624, two fifths under -.3800."""
    standing(cast.faculty, 0.0, -2.0, 2.0, -1.0)
    answer = faculty.get(f"{API}/").json()
    assert answer["bands"] == pytest.approx([-1.2624, -0.38, 0.38, 1.2624], abs=1e-3)
    assert [row["band"] for row in answer["rows"]] == [5, 3, 2, 1]


def test_a_cursor_goes_through_all_once_also_where_places_are_equal(faculty: APIClient, cast: SimpleNamespace) -> None:
    cases = standing(cast.faculty, 0.1, 0.1, 0.1, 1 / 3, -2.0, 0.1)
    seen, after, pages = [], "", 0
    while after is not None:
        answer = faculty.get(f"{API}/", {"limit": 2, "after": after}).json()
        seen += [row["case"] for row in answer["rows"]]
        after, pages = answer["next"], pages + 1
    assert sorted(seen) == sorted(str(case.pk) for case in cases)
    assert pages == 3


@pytest.mark.parametrize(
    "after", ["x", "0x1p+0", "nan~x", "new~x", "new~", "inf~" + "0" * 32, "0x1p+5000~" + "0" * 32, "~"]
)
def test_what_is_no_cursor_is_refused(after: str, faculty: APIClient) -> None:
    answer = faculty.get(f"{API}/", {"after": after})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid")


def test_observed_and_predicted_stand_on_one_scale_and_part_by_more_than_one_sd(
    faculty: APIClient, cast: SimpleNamespace
) -> None:
    """Places -2 to 2 have mean 0 and SD sqrt(2.5) = 1.581139; seconds e^1 to e^5 have log mean 3 and the same SD. Case
    0 was predicted hardest and is easiest: z of -1.264911 and 1.264911; case 1 the other way about, by .632456 each,
    which is 1.264911 apart; cases 2 to 4 less than one SD."""
    e = 2.718281828459045
    standing(cast.faculty, -2, 1, 0, -1, 2, predicted={0: e**5, 1: e**2, 2: e**3, 3: e**1, 4: e**4})
    found = {row["title"]: row for row in ladder_rows(faculty)}
    assert found["Case 0"]["z"] == pytest.approx(-1.264911, abs=1e-6)
    assert found["Case 0"]["predicted"]["z"] == pytest.approx(1.264911, abs=1e-6)
    assert [found[f"Case {n}"]["parted"] for n in range(5)] == ["easier", "harder", None, None, None]


def test_cases_that_have_only_one_of_the_two_do_not_shift_the_scale(faculty: APIClient, cast: SimpleNamespace) -> None:
    e = 2.718281828459045
    standing(cast.faculty, -2, -1, 0, 1, 2, 9, predicted={n: e**n for n in range(5)})
    (unread,) = standing_unread(cast.faculty)
    workload(unread, e**9)
    found = {row["title"]: row for row in ladder_rows(faculty)}
    assert [found[f"Case {n}"]["parted"] for n in range(5)] == [None] * 5
    assert found["Case 5"]["z"] == pytest.approx(9 / 2.5**0.5)
    assert found["Case 5"]["predicted"] is None
    assert found["Unread"]["predicted"]["z"] == pytest.approx(7 / 2.5**0.5)
    assert found["Unread"]["parted"] is None


def test_under_five_cases_with_both_none_is_said_to_part(faculty: APIClient, cast: SimpleNamespace) -> None:
    standing(cast.faculty, -3, 0, 1, 3, predicted={0: 90.0, 1: 20.0, 2: 10.0, 3: 2.0})
    assert [row["parted"] for row in ladder_rows(faculty)] == [None] * 4
    assert all(row["predicted"]["z"] is not None for row in ladder_rows(faculty))


def test_one_case_alone_has_no_standard_deviation(faculty: APIClient, cast: SimpleNamespace) -> None:
    standing(cast.faculty, 0.4, predicted={0: 12.0})
    (row,) = ladder_rows(faculty)
    assert (row["z"], row["predicted"]["z"], row["parted"]) == (None, None, None)


def test_what_is_held_leaves_the_ladder_until_it_is_released(faculty: APIClient, cast: SimpleNamespace) -> None:
    case, _ = standing(cast.faculty, 1.0, 0.0)
    hide(case=case, by=cast.faculty)
    answer = faculty.get(f"{API}/").json()
    assert (answer["cases"], [row["title"] for row in answer["rows"]]) == (1, ["Case 1"])
    assert faculty.get(f"{API}/{case.pk}/").status_code == 404
    release(case=case, by=cast.admin)
    assert faculty.get(f"{API}/").json()["cases"] == 2


def test_an_empty_ladder_says_so(faculty: APIClient) -> None:
    answer = faculty.get(f"{API}/").json()
    assert (answer["cases"], answer["counts"], answer["rows"], answer["next"]) == (0, [0] * 5, [], None)
    assert faculty.get(f"{API}/agreement/").json()["observed"] == 0
    assert len(faculty.get("/api/v1/ladder.csv").text.splitlines()) == 1


def test_agreement_counts_observed_cases_and_gives_intervals(faculty: APIClient, cast: SimpleNamespace) -> None:
    """Places and seconds of six cases in the same order but for one exchange: d = 1, 1, so rho = 1 - 6 * 2 / (6 * 35) =
    .942857 and tau = (14 - 1) / 15 = .866667. The report grows by a word a case, so it has rho 1, without bounds."""
    standing(cast.faculty, 0, 1, 2, 3, 4, 5, predicted={0: 1.5, 1: 3, 2: 2, 3: 4, 4: 5, 5: 6})
    standing_unread(cast.faculty)
    answer = faculty.get(f"{API}/agreement/").json()
    assert answer["observed"] == 6
    by = {row["predictor"]: row for row in answer["rows"]}
    assert list(by) == ["predicted workload", "report length (words)", "number of findings", "number of fixations"]
    workload_row = by["predicted workload"]
    assert workload_row["n"] == 6
    assert workload_row["spearman"]["value"] == pytest.approx(0.942857, abs=1e-6)
    assert workload_row["kendall"]["value"] == pytest.approx(0.866667, abs=1e-6)
    assert workload_row["spearman"]["low"] < 0.942857 < workload_row["spearman"]["high"]
    assert by["report length (words)"]["spearman"]["value"] == 1.0
    assert by["number of findings"]["spearman"]["value"] is None
    assert by["number of findings"]["words"] == "Nothing to say: all cases have the same value."


def test_agreement_of_few_cases_is_refused_in_words(faculty: APIClient, cast: SimpleNamespace) -> None:
    standing(cast.faculty, 0, 1, 2, 3, 4, 5, predicted={0: 1.5, 1: 3, 2: 2, 3: 4})
    row = faculty.get(f"{API}/agreement/").json()["rows"][0]
    assert (row["n"], row["spearman"]["value"]) == (4, None)
    assert row["words"] == "Too few to say: 4 cases have both, and it takes 5."


def test_the_table_holds_every_row_as_the_api_does(
    faculty: APIClient, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gazeapp.difficulty import ladder

    monkeypatch.setattr(ladder, "AT_ONCE", 2)
    cases = standing(cast.faculty, 2.0, 1.0, 0.0, -1.0, -2.0, predicted={0: 12.0})
    Case.objects.filter(pk=cases[0].pk).update(title="=cmd()")
    answer = faculty.get("/api/v1/ladder.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="ladder.csv"'
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["case"] for row in table] == [str(case.pk) for case in cases]
    assert [float(row["place_logodds"]) for row in table] == [2.0, 1.0, 0.0, -1.0, -2.0]
    assert (table[0]["title"], table[0]["predicted_s"], table[0]["model"]) == ("'=cmd()", "12.0", "stand-in")
    assert (table[1]["predicted_s"], table[1]["findings"], table[1]["normal"]) == ("", "1", "False")


def test_a_row_is_told_as_it_is_shown(faculty: APIClient, cast: SimpleNamespace) -> None:
    cases = standing(cast.faculty, 0, 1, 2, 3, 4, 5, predicted={n: 3.0 + n for n in range(6)})
    (told,) = rows.rows_of([cases[3].pk])
    assert told.data == next(row for row in ladder_rows(faculty) if row["case"] == str(cases[3].pk))


def films_rated(user: Any) -> Any:
    """Stands in for the app that keeps studies: faculty rate the readings of the first case."""
    rated = Film.objects.filter(cases__title="Case 0") if user.has_role("faculty") else Film.objects.none()
    return rated.values_list("pk", flat=True)


def test_who_rates_a_films_readings_blind_is_not_told_what_the_model_predicts_of_it(
    faculty: APIClient, cast: SimpleNamespace, client_for: ClientFor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "FILMS_RATED", "tests.difficulty.test_ladder.films_rated")
    cases = standing(cast.faculty, 9.0, 3, 2, 1, 0, predicted={n: 3.0 + 5 * n for n in range(5)})
    for client, hidden in ((faculty, True), (client_for(cast.admin), False)):
        listed = ladder_rows(client)
        assert [row["predicted"] is None for row in listed] == [hidden, False, False, False, False]
        assert (listed[0]["parted"] is None) is hidden
        assert [row["rated"] for row in listed] == [hidden, False, False, False, False]
        drawer = client.get(f"{API}/{cases[0].pk}/").json()
        assert (drawer["predicted"] is None) is hidden
        table = list(csv.DictReader(io.StringIO(client.get("/api/v1/ladder.csv").text)))
        assert [row["predicted_s"] == "" for row in table] == [hidden, False, False, False, False]


def test_what_a_rater_reads_of_other_films_does_not_change_with_the_workload_of_theirs(
    faculty: APIClient, cast: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mean over all films gives the one that is left out to who knows the others."""
    monkeypatch.setattr(registry, "FILMS_RATED", "tests.difficulty.test_ladder.films_rated")
    cases = standing(cast.faculty, 9.0, 3, 2, 1, 0, -1, predicted={n: 3.0 + 5 * n for n in range(6)})
    addresses = (f"{API}/", f"{API}/agreement/", "/api/v1/ladder.csv", f"{API}/{cases[1].pk}/", f"{API}/{cases[0].pk}/")
    before = [faculty.get(address).content for address in addresses]
    Workload.objects.filter(film_sha256=cases[0].film_id).update(totals=[400.0, 420.0], seconds=410.0, counts=[90, 95])
    assert [faculty.get(address).content for address in addresses] == before


def test_what_is_told_to_all_holds_no_prediction(faculty: APIClient, ladder_of_two: list[Case]) -> None:
    compare(faculty, *ladder_of_two, "left")
    assert moved() and all({"predicted", "parted"}.isdisjoint(row) for row in moved())


@pytest.fixture
def ladder_of_two(cast: SimpleNamespace) -> list[Case]:
    return standing(cast.faculty, 0.0, 1.0, predicted={0: 3.0, 1: 4.0})


def test_record_pages_hold_no_reading_and_no_workload(
    cast: SimpleNamespace, client_for: ClientFor, ladder_of_two: list[Case]
) -> None:
    """Admins may rate too, and a record page asks nobody whether they do."""
    from gazeapp.core.models import Event
    from gazeapp.scanpaths.models import Prediction

    film, path = ladder_of_two[0].film_id, {"samples": [{"fixations": [{"x": 0.1357, "y": 0.2468}]}]}
    event = Event.objects.create(subject="prediction:1", seq=1, type="prediction.fixations", data=path)
    prediction = Prediction.objects.create(
        film_sha256=film, report_sha256="a" * 64, model_sha256=MODEL, model_name="stand-in", reading=path
    )
    found = Workload.objects.get(film_sha256=film)
    Workload.objects.update(totals=[0.1357], seconds=0.1357)
    client = client_for(cast.admin)
    for address in (
        f"core/event/{event.pk}",
        f"scanpaths/prediction/{prediction.pk}",
        f"difficulty/workload/{found.pk}",
    ):
        for page in (f"/admin/{address}/change/", f"/admin/{address.rpartition('/')[0]}/"):
            answer = client.get(page)
            assert answer.status_code == 200
            assert "1357" not in answer.text
