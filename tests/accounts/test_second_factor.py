"""The second factor: how often its codes may be guessed, at every page that takes one, and that a code works once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.cache import cache
from django.test import Client

from gazeapp.core.models import AuditEvent
from tests.accounts.signing_in import (
    ELSEWHERE,
    add_second_factor,
    give_code,
    is_in,
    right_code,
    sign_in,
    wrong_codes,
)
from tests.conftest import PASSWORD


@pytest.fixture
def codes(cast: SimpleNamespace) -> list[str]:
    """The resident has a second factor; these are the recovery codes."""
    return add_second_factor(cast.resident)


def use_up(client: Client) -> None:
    """Five wrong codes, after the right password."""
    assert sign_in(client, "resident", PASSWORD) == 302
    assert [give_code(client, code).status_code for code in wrong_codes(5)] == [200] * 5


def test_a_person_signs_in_with_password_and_code(codes: list[str], client: Client) -> None:
    sign_in(client, "resident", PASSWORD)
    assert not is_in(client)
    assert give_code(client, right_code()).status_code == 302
    assert is_in(client)


def test_after_five_wrong_codes_the_right_one_is_refused_too(codes: list[str], client: Client) -> None:
    use_up(client)
    answer = give_code(client, right_code())
    assert answer.status_code == 429
    assert b"one-time link" in answer.content
    assert not is_in(client)


def test_a_new_session_at_another_address_gets_no_further_codes(codes: list[str], client: Client) -> None:
    use_up(client)
    other = Client()
    assert sign_in(other, "resident", PASSWORD, ELSEWHERE) == 302
    assert give_code(other, right_code(), ELSEWHERE).status_code == 429


def test_recovery_codes_are_counted_with_the_others(codes: list[str], client: Client) -> None:
    use_up(client)
    assert give_code(client, codes[0]).status_code == 429


def test_one_persons_wrong_codes_leave_another_person_alone(
    codes: list[str], cast: SimpleNamespace, client: Client
) -> None:
    use_up(client)
    add_second_factor(cast.faculty)
    other = Client()
    sign_in(other, "faculty", PASSWORD)
    assert give_code(other, right_code()).status_code == 302


def test_twenty_wrong_codes_a_day_are_the_end_even_slowly(
    codes: list[str], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of the limiter alone goes on, by a quarter of an hour and more after every five."""
    import allauth.core.internal.ratelimit as limiter

    real, ahead = limiter.time.time, [0.0]
    monkeypatch.setattr(
        limiter, "time", SimpleNamespace(time=lambda: real() + ahead[0], monotonic=real, sleep=lambda s: None)
    )
    sign_in(client, "resident", PASSWORD)
    statuses = []
    for _ in range(5):
        statuses += [give_code(client, code).status_code for code in wrong_codes(5)]
        ahead[0] += 16 * 60
    assert statuses == [200] * 20 + [429] * 5


def test_the_count_is_in_the_database(codes: list[str], client: Client) -> None:
    """So no restart of a broker forgets it."""
    from django.db import connection

    use_up(client)
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM cache WHERE cache_key LIKE %s", ["%login_failed%"])
        assert cursor.fetchone()[0] > 0


def test_a_full_cache_does_not_drop_the_count(codes: list[str], client: Client) -> None:
    use_up(client)
    for number in range(400):  # Django's default room is 300, and the first by name go
        cache.set(f"z{number}", 1, 600)
    assert give_code(client, right_code()).status_code == 429


def test_a_right_code_starts_the_count_again(codes: list[str], client: Client) -> None:
    sign_in(client, "resident", PASSWORD)
    for code in wrong_codes(4):
        give_code(client, code)
    assert give_code(client, right_code()).status_code == 302
    client.logout()
    use_up(client)


def test_a_code_that_was_used_does_not_work_again(codes: list[str], client: Client) -> None:
    code = right_code()
    other = Client()
    for each in (client, other):
        sign_in(each, "resident", PASSWORD)
    assert give_code(client, code).status_code == 302
    assert give_code(other, code).status_code == 200
    assert give_code(other, f"{code[:3]} {code[3:]}").status_code == 200
    assert not is_in(other)


def test_a_recovery_code_works_once(codes: list[str], client: Client) -> None:
    for expected in (302, 200):
        client.logout()
        sign_in(client, "resident", PASSWORD)
        assert give_code(client, codes[0]).status_code == expected


def enrol(client: Client) -> str:
    """Switch the second factor on over HTTP; the secret, ready for its first code."""
    sign_in(client, "resident", PASSWORD)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = client.get("/accounts/2fa/totp/activate/")
    assert page.status_code == 200
    return str(client.session["mfa.totp.secret"])


def test_the_code_that_switched_the_second_factor_on_is_spent(cast: SimpleNamespace, client: Client) -> None:
    code = right_code(enrol(client))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    client.logout()
    sign_in(client, "resident", PASSWORD)
    assert give_code(client, code).status_code == 200
    assert not is_in(client)


def test_codes_at_switching_on_are_counted(cast: SimpleNamespace, client: Client) -> None:
    enrol(client)
    answers = [client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code for code in wrong_codes(6)]
    assert answers == [200] * 5 + [429]


def test_codes_at_confirming_who_one_is_are_counted_with_those_of_sign_in(
    codes: list[str], cast: SimpleNamespace, client: Client
) -> None:
    client.force_login(cast.resident, backend="gazeapp.accounts.backends.PeopleBackend")
    answers = [client.post("/accounts/2fa/reauthenticate/", {"code": code}).status_code for code in wrong_codes(6)]
    assert answers == [200] * 5 + [429]
    other = Client()
    sign_in(other, "resident", PASSWORD)
    assert give_code(other, right_code()).status_code == 429


def test_a_wrong_code_is_audited_since_somebody_knows_the_password(codes: list[str], client: Client) -> None:
    use_up(client)
    assert AuditEvent.objects.filter(verb="second-factor-failed").count() == 5


def test_nobody_comes_in_by_a_password_that_was_changed_before_the_code(
    codes: list[str], cast: SimpleNamespace, client: Client
) -> None:
    sign_in(client, "resident", PASSWORD)
    cast.resident.set_password("quite another pass phrase")
    cast.resident.save()
    give_code(client, right_code())
    assert not is_in(client)
