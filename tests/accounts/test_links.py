"""One-time links: who makes them, for whom, shown once; and everything that ends them."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from gazeapp.accounts.models import OneTimeLink, User
from gazeapp.accounts.services import make_link, make_person, set_password_by_link, set_roles
from gazeapp.core.models import AuditEvent
from gazeapp.core.problems import Problem
from tests.accounts.signing_in import (
    FACTOR_LINK,
    NEW,
    PASSWORD_LINK,
    add_second_factor,
    admin_client,
    ask_for_link,
    is_in,
    link_for,
    set_password,
    sign_in,
)
from tests.conftest import PASSWORD


def test_an_admin_makes_a_link_and_the_person_signs_in_with_a_new_password(cast: SimpleNamespace) -> None:
    link = ask_for_link(admin_client(), cast.resident)
    client = Client()
    assert b"New password for resident" in client.get(link).content
    answer = set_password(client, link)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert sign_in(client, "resident", PASSWORD) == 200
    assert sign_in(client, "resident", NEW) == 302
    assert is_in(client)


def test_the_link_is_shown_once_and_its_secret_is_stored_nowhere(cast: SimpleNamespace) -> None:
    admin = admin_client()
    secret = ask_for_link(admin, cast.resident).split("/")[3]
    again = admin.get(f"/people/{cast.resident.pk}/link/")
    assert secret not in again.content.decode()
    assert "no-store" in again["Cache-Control"]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in str(cursor.fetchall()), table
    assert secret not in str(dict(admin.session))


def test_it_is_shown_on_the_page_of_its_person_only(cast: SimpleNamespace) -> None:
    admin = admin_client()
    admin.post(f"/people/{cast.resident.pk}/link/", {"kind": PASSWORD_LINK})
    assert b"/people/link/" not in admin.get(f"/people/{cast.faculty.pk}/link/").content


def test_an_admin_confirms_who_they_are_first(cast: SimpleNamespace) -> None:
    client = Client()
    sign_in(client, "admin", PASSWORD)
    for answer in (
        client.get(f"/people/{cast.resident.pk}/link/"),
        client.post(f"/people/{cast.resident.pk}/link/", {"kind": PASSWORD_LINK}),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert not OneTimeLink.objects.exists()


def test_nobody_makes_a_link_for_themself(cast: SimpleNamespace) -> None:
    admin = admin_client()
    admin.post(f"/people/{cast.admin.pk}/link/", {"kind": PASSWORD_LINK})
    assert not OneTimeLink.objects.exists()
    with pytest.raises(Problem, match="for yourself"):
        make_link(user=cast.admin, kind=PASSWORD_LINK, by=cast.admin)


def test_there_is_no_link_for_a_deactivated_person(cast: SimpleNamespace) -> None:
    cast.resident.is_active = False
    cast.resident.save()
    with pytest.raises(Problem, match="deactivated"):
        make_link(user=cast.resident, kind=PASSWORD_LINK, by=cast.admin)


def test_there_is_no_link_for_a_second_factor_that_is_not_there(cast: SimpleNamespace) -> None:
    with pytest.raises(Problem, match="no second factor"):
        make_link(user=cast.resident, kind=FACTOR_LINK, by=cast.admin)


def test_an_unknown_kind_makes_nothing(cast: SimpleNamespace) -> None:
    admin_client().post(f"/people/{cast.resident.pk}/link/", {"kind": "everything"})
    assert not OneTimeLink.objects.exists()


def main_of(answer: Any) -> str:
    """What the page says, without its bar."""
    found: str = answer.text.split("<main")[1]
    return found


def test_making_links_is_limited(cast: SimpleNamespace) -> None:
    admin = admin_client()
    address = f"/people/{cast.resident.pk}/link/"
    answers = [admin.post(address, {"kind": PASSWORD_LINK}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [302] * 20 + [429]
    assert "Too many one-time links were made within an hour." in answers[-1].text
    assert "password" not in main_of(answers[-1]).lower() and "quarter" not in answers[-1].text


def test_making_and_using_are_audited_without_the_secret(cast: SimpleNamespace) -> None:
    link = link_for(cast)
    set_password(Client(), link)
    rows = {(row.verb, row.actor, row.target) for row in AuditEvent.objects.filter(verb__startswith="link")}
    person = f"user:{cast.resident.pk}"
    assert rows == {("link-made", f"user:{cast.admin.pk}", person), ("link-used", person, person)}
    assert link.split("/")[3] not in str(list(AuditEvent.objects.values()))


def is_over(link: str) -> bool:
    client = Client()
    before = User.objects.get(username="resident").password
    seen, done = client.get(link), set_password(client, link)
    assert seen.status_code == done.status_code
    assert User.objects.get(username="resident").password == before or done.status_code == 302
    return seen.status_code == 404 and b"no longer works" in seen.content


def test_a_link_works_once(cast: SimpleNamespace) -> None:
    link = link_for(cast)
    assert set_password(Client(), link).status_code == 302
    assert is_over(link)


def test_a_link_that_was_only_looked_at_still_works(cast: SimpleNamespace) -> None:
    """Messengers open links to show a preview."""
    link = link_for(cast)
    for _ in range(3):
        Client().get(link)
    assert set_password(Client(), link).status_code == 302


def test_a_link_ends_after_an_hour(cast: SimpleNamespace) -> None:
    link = link_for(cast)
    row = OneTimeLink.objects.get()
    assert abs((row.expires_at - timezone.now()).total_seconds() - 3600) < 10
    OneTimeLink.objects.update(expires_at=timezone.now() - timezone.timedelta(seconds=1))
    assert is_over(link)


def test_a_newer_link_of_the_same_kind_ends_it(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    old, factor = link_for(cast), link_for(cast, FACTOR_LINK)
    new = link_for(cast)
    assert is_over(old)
    assert Client().get(factor).status_code == Client().get(new).status_code == 200


def test_a_used_link_does_not_stand_in_the_way_of_the_next(cast: SimpleNamespace) -> None:
    set_password(Client(), link_for(cast))
    assert set_password(Client(), link_for(cast), "yet another pass phrase").status_code == 302


def test_deactivating_the_person_ends_it_for_good(cast: SimpleNamespace) -> None:
    link = link_for(cast)
    for active in (False, True):
        cast.resident.is_active = active
        cast.resident.save()
        assert is_over(link)


@pytest.mark.parametrize("end", ["deactivated", "no admin any more", "deleted"])
def test_a_link_ends_with_who_made_it(end: str, cast: SimpleNamespace) -> None:
    link, client = link_for(cast, PASSWORD_LINK), Client()
    if end == "deactivated":
        User.objects.filter(pk=cast.admin.pk).update(is_active=False)
    elif end == "deleted":
        OneTimeLink.objects.update(made_by=None)
    else:
        set_roles(user=cast.admin, roles=["faculty"], by="test")
    assert is_over(link)
    assert set_password(client, link).status_code == 404
    assert sign_in(Client(), "resident", PASSWORD) == 302


def test_a_link_whose_page_is_open_ends_with_who_made_it(cast: SimpleNamespace) -> None:
    link_for(cast, PASSWORD_LINK)
    opened = OneTimeLink.objects.select_related("user").get()
    set_roles(user=cast.admin, roles=[], by="test")
    with pytest.raises(Problem, match="no longer works"):
        set_password_by_link(link=opened, password=NEW)


def test_a_link_whose_page_is_open_ends_with_a_newer_one(cast: SimpleNamespace) -> None:
    link_for(cast, PASSWORD_LINK)
    opened = OneTimeLink.objects.select_related("user").get()
    newer = link_for(cast, PASSWORD_LINK)
    with pytest.raises(Problem, match="no longer works"):
        set_password_by_link(link=opened, password=NEW)
    assert Client().get(newer).status_code == 200


def test_a_person_deactivated_behind_the_models_back_is_out_too(cast: SimpleNamespace) -> None:
    link = link_for(cast)
    User.objects.filter(pk=cast.resident.pk).update(is_active=False)
    assert is_over(link)


def test_a_link_ends_when_the_password_is_changed_otherwise(cast: SimpleNamespace) -> None:
    link = link_for(cast, PASSWORD_LINK)
    cast.resident.set_password("another long pass phrase")
    cast.resident.save()
    assert is_over(link)


@pytest.mark.parametrize("secret", ["x", "A" * 43, "%F0%9F%94%91"])
def test_a_made_up_link_is_answered_as_one_that_is_over(secret: str, cast: SimpleNamespace) -> None:
    assert is_over(f"/people/link/{secret}/")


def test_looking_for_links_is_limited(cast: SimpleNamespace, client: Client) -> None:
    answers = [client.get(f"/people/link/{number}/") for number in range(21)]
    assert [answer.status_code for answer in answers] == [404] * 20 + [429]
    assert "Too many one-time links were opened from your address within a minute." in answers[-1].text
    assert "password" not in main_of(answers[-1]).lower()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_once_one_is_told_that_it_is_over() -> None:
    admin = make_person(username="admin", password=PASSWORD, roles=["admin"], by="test")
    user = make_person(username="resident", password=PASSWORD, roles=["resident"], by="test")
    link = f"/people/link/{make_link(user=user, kind=PASSWORD_LINK, by=admin)}/"
    statuses: list[int] = []
    start = threading.Barrier(4)

    def use(number: int) -> None:
        try:
            start.wait(20)
            statuses.append(set_password(Client(), link, f"{NEW} {number}").status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [302, 404, 404, 404]
