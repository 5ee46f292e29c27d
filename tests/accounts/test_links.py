"""One-time links: who makes them, for whom, shown once; what they do, and everything that ends them."""

from __future__ import annotations

import re
import threading
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from knox.models import AuthToken

from gazeapp.accounts.models import OneTimeLink, User
from gazeapp.accounts.services import make_link, make_person, make_token
from gazeapp.core.models import AuditEvent
from gazeapp.core.problems import Problem
from tests.accounts.hands import (
    ELSEWHERE,
    HERE,
    add_second_factor,
    give_code,
    is_in,
    right_code,
    sign_in,
    wrong_codes,
)
from tests.conftest import PASSWORD

NEW = "quite another pass phrase"
PASSWORD_LINK, FACTOR_LINK = OneTimeLink.Kind.PASSWORD, OneTimeLink.Kind.SECOND_FACTOR


def admin_client() -> Client:
    """An admin who signed in and showed the password again, over HTTP."""
    client = Client()
    assert sign_in(client, "admin", PASSWORD, "192.0.2.200") == 302
    client.post("/accounts/reauthenticate/", {"password": PASSWORD}, REMOTE_ADDR="192.0.2.200")
    return client


def ask(client: Client, user: User, kind: str = PASSWORD_LINK) -> str:
    """The path of a link that the admin makes on the page."""
    answer = client.post(f"/people/{user.pk}/link/", {"kind": kind})
    assert (answer.status_code, answer["Location"]) == (302, f"/people/{user.pk}/link/")
    found = re.search(
        r'value="http://testserver(/people/link/[\w-]+/)"', client.get(answer["Location"]).content.decode()
    )
    assert found
    return found[1]


def path(cast: SimpleNamespace, kind: str = PASSWORD_LINK, user: User | None = None) -> str:
    return f"/people/link/{make_link(user=user or cast.resident, kind=kind, by=cast.admin)}/"


def set_password(client: Client, link: str, password: str = NEW, again: str | None = None) -> HttpResponse:
    return client.post(link, {"password1": password, "password2": again or password}, REMOTE_ADDR=HERE)


# --- making ----------------------------------------------------------------------------------------------------------


def test_an_admin_makes_a_link_and_the_person_signs_in_with_a_new_password(cast: SimpleNamespace) -> None:
    link = ask(admin_client(), cast.resident)
    client = Client()
    assert b"New password for resident" in client.get(link).content
    answer = set_password(client, link)
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/")
    assert sign_in(client, "resident", PASSWORD) == 200
    assert sign_in(client, "resident", NEW) == 302
    assert is_in(client)


def test_the_link_is_shown_once_and_its_secret_is_stored_nowhere(cast: SimpleNamespace) -> None:
    admin = admin_client()
    secret = ask(admin, cast.resident).split("/")[3]
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


def test_making_links_is_limited(cast: SimpleNamespace) -> None:
    admin = admin_client()
    address = f"/people/{cast.resident.pk}/link/"
    answers = [admin.post(address, {"kind": PASSWORD_LINK}).status_code for _ in range(21)]
    assert answers == [302] * 20 + [429]


def test_making_and_using_are_audited_without_the_secret(cast: SimpleNamespace) -> None:
    link = path(cast)
    set_password(Client(), link)
    rows = {(row.verb, row.actor, row.target) for row in AuditEvent.objects.filter(verb__startswith="link")}
    person = f"user:{cast.resident.pk}"
    assert rows == {("link-made", f"user:{cast.admin.pk}", person), ("link-used", person, person)}
    assert link.split("/")[3] not in str(list(AuditEvent.objects.values()))


# --- what ends a link ------------------------------------------------------------------------------------------------


def is_over(link: str) -> bool:
    client = Client()
    before = User.objects.get(username="resident").password
    seen, done = client.get(link), set_password(client, link)
    assert seen.status_code == done.status_code
    assert User.objects.get(username="resident").password == before or done.status_code == 302
    return seen.status_code == 404 and b"no longer works" in seen.content


def test_a_link_works_once(cast: SimpleNamespace) -> None:
    link = path(cast)
    assert set_password(Client(), link).status_code == 302
    assert is_over(link)


def test_a_link_that_was_only_looked_at_still_works(cast: SimpleNamespace) -> None:
    """Messengers open links to show a preview."""
    link = path(cast)
    for _ in range(3):
        Client().get(link)
    assert set_password(Client(), link).status_code == 302


def test_a_link_ends_after_an_hour(cast: SimpleNamespace) -> None:
    link = path(cast)
    row = OneTimeLink.objects.get()
    assert abs((row.expires_at - timezone.now()).total_seconds() - 3600) < 10
    OneTimeLink.objects.update(expires_at=timezone.now() - timezone.timedelta(seconds=1))
    assert is_over(link)


def test_a_newer_link_of_the_same_kind_ends_it(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    old, factor = path(cast), path(cast, FACTOR_LINK)
    new = path(cast)
    assert is_over(old)
    assert Client().get(factor).status_code == Client().get(new).status_code == 200


def test_a_used_link_does_not_stand_in_the_way_of_the_next(cast: SimpleNamespace) -> None:
    set_password(Client(), path(cast))
    assert set_password(Client(), path(cast), "yet another pass phrase").status_code == 302


def test_deactivating_the_person_ends_it_for_good(cast: SimpleNamespace) -> None:
    link = path(cast)
    for active in (False, True):
        cast.resident.is_active = active
        cast.resident.save()
        assert is_over(link)


def test_a_person_deactivated_behind_the_models_back_is_out_too(cast: SimpleNamespace) -> None:
    link = path(cast)
    User.objects.filter(pk=cast.resident.pk).update(is_active=False)
    assert is_over(link)


@pytest.mark.parametrize("secret", ["x", "A" * 43, "%F0%9F%94%91"])
def test_a_made_up_link_is_answered_as_one_that_is_over(secret: str, cast: SimpleNamespace) -> None:
    assert is_over(f"/people/link/{secret}/")


def test_looking_for_links_is_limited(cast: SimpleNamespace, client: Client) -> None:
    answers = [client.get(f"/people/link/{number}/").status_code for number in range(21)]
    assert answers == [404] * 20 + [429]


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


# --- a new password --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "again"), [("short", None), ("password1234", None), ("resident12345", None), (NEW, "x")]
)
def test_a_password_that_will_not_do_leaves_the_link_as_it_was(
    password: str, again: str | None, cast: SimpleNamespace
) -> None:
    link = path(cast)
    assert set_password(Client(), link, password, again).status_code == 200
    assert sign_in(Client(), "resident", PASSWORD) == 302
    assert set_password(Client(), link).status_code == 302


def test_a_new_password_ends_sessions_and_tokens_of_that_person_only(cast: SimpleNamespace) -> None:
    browsers = {name: Client() for name in ("resident", "faculty")}
    for name, browser in browsers.items():
        make_token(user=getattr(cast, name))
        sign_in(browser, name, PASSWORD)
    set_password(Client(), path(cast))
    assert [is_in(browser) for browser in browsers.values()] == [False, True]
    assert [token.user for token in AuthToken.objects.all()] == [cast.faculty]


def test_somebody_who_got_as_far_as_the_second_factor_with_the_old_password_is_out(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    thief = Client()
    sign_in(thief, "resident", PASSWORD)
    set_password(Client(), path(cast))
    give_code(thief, right_code())
    assert not is_in(thief)


def test_a_sign_in_that_was_half_done_with_the_old_password_starts_anew(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    sign_in(client, "resident", PASSWORD)
    answer = set_password(client, path(cast))
    page = client.get(answer["Location"])
    assert page.status_code == 200
    assert b"Your new password is set. Now sign in." in page.content


def test_a_new_password_leaves_the_second_factor_on(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    set_password(client, path(cast))
    sign_in(client, "resident", NEW)
    assert not is_in(client)
    give_code(client, right_code())
    assert is_in(client)


def test_a_link_lets_in_whom_others_have_locked_out(cast: SimpleNamespace) -> None:
    """While they go on guessing, from here too, the person's browser is one that is known now."""
    for number in range(10):
        for _ in range(5):
            sign_in(Client(), "resident", "wrong", f"203.0.113.{number}")
    assert sign_in(Client(), "resident", PASSWORD) == 429
    client = Client()
    set_password(client, path(cast))
    assert sign_in(Client(), "resident", NEW, ELSEWHERE) == 302
    for number in range(10):
        for _ in range(5):
            sign_in(Client(), "resident", "wrong", f"203.0.113.{number + 20}")
    assert sign_in(Client(), "resident", NEW, ELSEWHERE) == 429
    assert sign_in(client, "resident", NEW) == 302


def test_the_page_keeps_its_address_to_itself(cast: SimpleNamespace) -> None:
    page = Client().get(path(cast))
    assert page["Referrer-Policy"] == "strict-origin"
    assert "no-store" in page["Cache-Control"]
    assert 'href="http' not in page.content.decode()


def test_the_page_takes_no_form_from_elsewhere(cast: SimpleNamespace) -> None:
    client = Client(enforce_csrf_checks=True)
    assert set_password(client, path(cast)).status_code == 403


# --- the second factor off -------------------------------------------------------------------------------------------


def test_a_link_takes_the_second_factor_off_for_the_password(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    link = ask(admin_client(), cast.resident, FACTOR_LINK)
    assert client.post(link, {"password": PASSWORD}).status_code == 302
    assert not Authenticator.objects.filter(user=cast.resident).exists()
    sign_in(client, "resident", PASSWORD)
    assert is_in(client)


def test_without_the_password_it_does_nothing(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    link = path(cast, FACTOR_LINK)
    assert b"not your password" in Client().post(link, {"password": "wrong"}).content
    assert set_password(Client(), link).status_code == 200
    assert Authenticator.objects.filter(user=cast.resident).count() == 2
    assert sign_in(Client(), "resident", PASSWORD) == 302


def test_a_link_bears_five_wrong_passwords(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    link = path(cast, FACTOR_LINK)
    answers = [Client().post(link, {"password": f"wrong {n}"}).status_code for n in range(5)]
    assert answers == [200] * 5
    assert Client().get(link).status_code == 404
    assert Client().post(link, {"password": PASSWORD}).status_code == 404
    assert Authenticator.objects.filter(user=cast.resident).exists()
    assert Client().post(path(cast, FACTOR_LINK), {"password": PASSWORD}).status_code == 302


def test_wrong_passwords_there_lock_nobody_out_of_the_sign_in_page(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    link = path(cast, FACTOR_LINK)
    for number in range(5):
        Client().post(link, {"password": f"wrong {number}"}, REMOTE_ADDR=HERE)
    assert sign_in(Client(), "resident", PASSWORD) == 302


def test_it_works_for_a_person_whose_codes_and_passwords_are_used_up(cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    sign_in(client, "resident", PASSWORD)
    for code in wrong_codes(6):
        give_code(client, code)
    for _ in range(5):
        sign_in(Client(), "resident", "wrong")
    assert client.post(path(cast, FACTOR_LINK), {"password": PASSWORD}, REMOTE_ADDR=HERE).status_code == 302
    assert sign_in(Client(), "resident", PASSWORD) == 302
    add_second_factor(cast.resident)
    sign_in(client, "resident", PASSWORD)
    assert give_code(client, right_code()).status_code == 302


@pytest.mark.parametrize("same_browser", [True, False])
def test_a_half_done_sign_in_does_not_go_round_in_circles_afterwards(same_browser: bool, cast: SimpleNamespace) -> None:
    add_second_factor(cast.resident)
    client = Client()
    sign_in(client, "resident", PASSWORD)
    (client if same_browser else Client()).post(path(cast, FACTOR_LINK), {"password": PASSWORD})
    assert client.get("/accounts/2fa/authenticate/", follow=True).status_code == 200
    sign_in(client, "resident", PASSWORD)
    assert is_in(client)


# --- people ----------------------------------------------------------------------------------------------------------


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
