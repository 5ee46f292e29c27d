"""The page that says who there is."""

from __future__ import annotations

from types import SimpleNamespace

from gazeapp.accounts.services import make_person
from tests.accounts.signing_in import (
    add_second_factor,
    admin_client,
)


def test_the_people_page_says_who_there_is_and_offers_links_for_others(cast: SimpleNamespace) -> None:
    add_second_factor(cast.faculty)
    cast.researcher.is_active = False
    cast.researcher.save()
    page = admin_client().get("/people/").content.decode()
    rows = {name: row for row in page.split("<tr>") for name in vars(cast) if f"<td>{name}<br>" in row}
    assert set(rows) == set(vars(cast))
    offered = {name for name, row in rows.items() if "One-time link" in row}
    assert offered == {"resident", "second_resident", "faculty", "outsider"}
    assert "<td>on</td>" in rows["faculty"]
    assert "deactivated" in rows["researcher"]


def test_the_people_page_asks_the_database_as_often_for_many_as_for_few(
    cast: SimpleNamespace, django_assert_max_num_queries: object
) -> None:
    admin = admin_client()
    for number in range(30):
        make_person(username=f"p{number}", password=None, roles=["resident", "faculty"], by="test")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        assert admin.get("/people/").status_code == 200
