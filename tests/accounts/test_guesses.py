"""How often a password may be guessed: by the person who is meant and the address, at every page that takes one."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test import Client

from gazeapp.accounts.models import User
from gazeapp.accounts.services import make_person
from tests.accounts.signing_in import ELSEWHERE, HERE, is_in, sign_in
from tests.conftest import PASSWORD

WRONG = "wrong wrong wrong"


def use_up(name: str = "resident", address: str = HERE, times: int = 5) -> None:
    for _ in range(times):
        assert sign_in(Client(), name, WRONG, address) == 200


def test_after_five_wrong_passwords_the_right_one_is_refused_there(cast: SimpleNamespace, client: Client) -> None:
    use_up()
    answer = client.post("/accounts/login/", {"login": "resident", "password": PASSWORD}, REMOTE_ADDR=HERE)
    assert answer.status_code == 429
    assert b"one-time link" in answer.content


def test_asking_for_json_is_no_way_round(cast: SimpleNamespace, client: Client) -> None:
    guess = {"login": "resident", "password": WRONG}
    answers = [client.post("/accounts/login/", guess, headers={"Accept": "application/json"}) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [400] * 5 + [429]
    assert sign_in(client, "resident", PASSWORD, "127.0.0.1") == 429


def test_a_lockout_spares_the_neighbour_behind_the_same_address(cast: SimpleNamespace, client: Client) -> None:
    use_up()
    assert sign_in(client, "faculty", PASSWORD) == 302


def test_a_whole_hospital_behind_one_address_is_not_shut_out_by_one_who_guesses_names(cast: SimpleNamespace) -> None:
    for number in range(40):
        sign_in(Client(), f"nobody{number}", WRONG)
    assert sign_in(Client(), "faculty", PASSWORD) == 302


def test_a_lockout_at_one_address_spares_the_same_person_at_another(cast: SimpleNamespace, client: Client) -> None:
    use_up()
    assert sign_in(client, "resident", PASSWORD, ELSEWHERE) == 302


@pytest.mark.parametrize(
    "name", ["Resident", "RESIDENT", " resident ", "reſident", "ｒesident", "resident@example.org"]
)
def test_every_spelling_that_finds_the_person_counts_as_the_person(
    name: str, cast: SimpleNamespace, client: Client
) -> None:
    User.objects.filter(pk=cast.resident.pk).update(email="resident@example.org")
    assert sign_in(client, name, PASSWORD, ELSEWHERE) == 302
    use_up(name)
    assert sign_in(Client(), "resident", PASSWORD) == 429


def test_the_persons_address_in_other_letters_counts_as_the_person(cast: SimpleNamespace) -> None:
    User.objects.filter(pk=cast.resident.pk).update(email="resident@example.org")
    use_up("Reſident@Example.ORG")
    assert sign_in(Client(), "resident", PASSWORD) == 429


def test_a_look_alike_finds_nobody(cast: SimpleNamespace, client: Client) -> None:
    """Dotless i: upper case makes it an I, folding does not. A database's idea of equal must not decide."""
    assert sign_in(client, "resıdent", PASSWORD) == 200
    assert not is_in(client)


def test_an_unknown_name_is_refused_after_as_many_tries_and_in_the_same_words(cast: SimpleNamespace) -> None:
    pages: dict[str, list[tuple[int, bytes]]] = {}
    for name in ("resident", "stranger"):
        pages[name] = []
        for _ in range(6):
            answer = Client().post("/accounts/login/", {"login": name, "password": WRONG}, REMOTE_ADDR=HERE)
            form = answer.content.partition(b"<main")[2].replace(name.encode(), b"NAME")
            pages[name].append((answer.status_code, b"".join(p for p in form.split(b'"') if len(p) != 64)))
    assert pages["resident"] == pages["stranger"]
    assert [status for status, _ in pages["stranger"]] == [200] * 5 + [429]


def test_an_unknown_name_costs_one_hash_as_a_known_one_does(
    cast: SimpleNamespace, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the time of the answer would tell which names there are."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    encode = MD5PasswordHasher.encode
    hashed: list[str] = []

    def counted(self: MD5PasswordHasher, password: str, *args: object) -> str:
        hashed.append(password)
        return encode(self, password, *args)

    monkeypatch.setattr(MD5PasswordHasher, "encode", counted)
    costs = {}
    for name in ("resident", "stranger", "stranger@example.org"):
        hashed.clear()
        sign_in(client, name, WRONG)
        costs[name] = len(hashed)
    assert set(costs.values()) == {1}, costs


def test_fifty_an_hour_from_everywhere_are_the_end_for_strangers(cast: SimpleNamespace) -> None:
    for number in range(10):
        use_up(address=f"203.0.113.{number}")
    assert sign_in(Client(), "resident", PASSWORD, ELSEWHERE) == 429


def test_a_browser_that_the_person_used_before_stays_open_to_them(cast: SimpleNamespace, client: Client) -> None:
    """Whoever guesses from elsewhere, or from behind the same address, keeps nobody out for ever."""
    sign_in(client, "resident", PASSWORD)
    client.post("/accounts/logout/")
    for number in range(10):
        use_up(address=f"203.0.113.{number}")
    assert sign_in(Client(), "resident", PASSWORD, HERE) == 429
    assert sign_in(client, "resident", PASSWORD, HERE) == 302


def test_a_known_browser_has_five_guesses_itself(cast: SimpleNamespace, client: Client) -> None:
    sign_in(client, "resident", PASSWORD)
    client.post("/accounts/logout/")
    answers = [sign_in(client, "resident", WRONG) for _ in range(6)]
    assert answers == [200] * 5 + [429]


def test_another_persons_browser_is_no_known_one(cast: SimpleNamespace, client: Client) -> None:
    sign_in(client, "faculty", PASSWORD)
    client.post("/accounts/logout/")
    use_up()
    assert sign_in(client, "resident", PASSWORD) == 429


def test_a_made_up_mark_makes_no_known_browser(cast: SimpleNamespace, client: Client) -> None:
    use_up()
    client.cookies["known_browser"] = f"{cast.resident.pk}:1abcde:made-up"
    assert sign_in(client, "resident", PASSWORD) == 429


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """By so many seconds (its one number) the limiter's clock is ahead."""
    import allauth.core.internal.ratelimit as limiter

    real, ahead = limiter.time.time, [0.0]
    monkeypatch.setattr(
        limiter, "time", SimpleNamespace(time=lambda: real() + ahead[0], monotonic=real, sleep=lambda s: None)
    )
    return ahead


def test_refused_tries_do_not_make_the_lockout_longer(
    cast: SimpleNamespace, client: Client, ahead: list[float]
) -> None:
    use_up()
    ahead[0] = 14 * 60
    assert sign_in(client, "resident", WRONG) == 429
    ahead[0] = 15 * 60 + 1
    assert sign_in(client, "resident", PASSWORD) == 302


def test_what_is_refused_everywhere_does_not_count_here(
    cast: SimpleNamespace, client: Client, ahead: list[float]
) -> None:
    for number in range(10):
        use_up(address=f"203.0.113.{number}")
    ahead[0] = 55 * 60
    assert [sign_in(client, "resident", PASSWORD) for _ in range(6)] == [429] * 6
    ahead[0] = 60 * 60 + 1
    assert sign_in(client, "resident", PASSWORD) == 302


def test_a_right_password_is_not_counted(cast: SimpleNamespace) -> None:
    for _ in range(7):
        assert sign_in(Client(), "resident", PASSWORD) == 302
    use_up()


@pytest.mark.parametrize(
    ("address", "body"),
    [
        ("/accounts/reauthenticate/", {"password": WRONG}),
        ("/accounts/password/change/", {"oldpassword": WRONG, "password1": "a" * 20, "password2": "a" * 20}),
    ],
)
def test_a_found_session_gets_five_guesses_at_the_password(
    address: str, body: dict[str, str], cast: SimpleNamespace, client: Client
) -> None:
    client.force_login(cast.resident, backend="gazeapp.accounts.backends.PeopleBackend")
    answers = [client.post(address, body, REMOTE_ADDR=HERE).status_code for _ in range(6)]
    assert answers[0] == 200
    assert answers[-1] == 429
    assert sign_in(Client(), "resident", PASSWORD) == 429


@pytest.mark.parametrize("address", ["/admin/login/", "/admin/"])
def test_the_record_pages_have_no_sign_in_of_their_own(address: str, cast: SimpleNamespace, client: Client) -> None:
    answer = client.post(address, {"username": "admin", "password": PASSWORD}, follow=True)
    assert answer.request["PATH_INFO"] == "/accounts/login/"
    assert not is_in(client)


def test_the_record_pages_have_no_password_page_of_their_own(cast: SimpleNamespace, client: Client) -> None:
    client.force_login(cast.admin, backend="gazeapp.accounts.backends.PeopleBackend")
    for answer in (client.get("/admin/password_change/"), client.post("/admin/password_change/", {})):
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/password/change/")


def test_the_name_that_was_typed_is_kept_nowhere(cast: SimpleNamespace, client: Client) -> None:
    """People type passwords into that field."""
    sign_in(client, "my-password-in-the-wrong-field", "x")
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            assert "my-password" not in str(cursor.fetchall()), table


@pytest.mark.django_db(transaction=True)
def test_many_guesses_at_once_are_no_way_round() -> None:
    """Twenty-four wrong passwords and the right one, all at the same moment."""
    make_person(username="resident", password=PASSWORD, roles=["resident"], by="test")
    statuses: list[int] = []
    start = threading.Barrier(25)

    def guess(password: str) -> None:
        try:
            start.wait(20)
            statuses.append(sign_in(Client(), "resident", password))
        finally:
            connection.close()

    threads = [threading.Thread(target=guess, args=(f"{WRONG} {n}" if n else PASSWORD,)) for n in range(25)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(statuses) == 25
    assert statuses.count(200) + statuses.count(302) <= 6, statuses
