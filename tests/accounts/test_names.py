"""Names and addresses that people sign in with: one spelling, one person."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test import Client

from gazeapp.accounts.models import User
from gazeapp.accounts.selectors import person_called
from gazeapp.accounts.services import make_person


def make(username: str, email: str = "") -> User:
    return make_person(username=username, email=email, password="a long pass phrase", roles=[], by="test")


def test_a_name_is_stored_in_one_spelling(db: None) -> None:
    assert make("Ｒobin.Smith").username == "robin.smith"


def test_no_door_of_django_stores_another_spelling(db: None) -> None:
    user = User.objects.create(username="ROBIN", email="Robin@Example.org")
    assert (user.username, user.email) == ("robin", "robin@example.org")
    user.username = "ｋim"
    user.save(update_fields=["username"])
    assert User.objects.get().username == "kim"


@pytest.mark.parametrize("other", ["ROBIN", "ｒobin", "robin"])
def test_the_same_name_in_another_spelling_is_taken(other: str, db: None) -> None:
    make("robin")
    with pytest.raises(ValidationError):
        make(other)


def test_an_address_belongs_to_one_person(db: None) -> None:
    make("robin", "robin@example.org")
    with pytest.raises(ValidationError, match="this address"):
        make("other", "Robin@Example.org")


def test_nobody_is_called_as_another_person_is_addressed(db: None) -> None:
    make("robin", "robin@example.org")
    with pytest.raises(ValidationError, match="as their address"):
        make("Robin@example.org")
    make("kim@example.org")
    with pytest.raises(ValidationError, match="this address"):
        make("other", "kim@example.org")


def test_people_without_an_address_do_not_disturb_each_other(db: None) -> None:
    assert make("robin").email == make("kim").email == ""
    assert person_called("") is None


def test_an_address_that_folding_would_lead_elsewhere_is_refused(db: None) -> None:
    with pytest.raises(ValidationError, match="plain letters"):
        make("robin", "robin@weiß.example")


def test_an_address_that_several_people_have_from_before_means_nobody(db: None) -> None:
    for name in ("robin", "kim"):
        User.objects.filter(pk=make(name).pk).update(email="ward@example.org")
    assert person_called("ward@example.org") is None
    assert person_called("Kim") == User.objects.get(username="kim")


def test_the_record_pages_refuse_a_name_in_another_spelling(db: None, client: Client) -> None:
    admin = make_person(username="alex", password=None, roles=["admin"], by="test")
    client.force_login(admin, backend="gazeapp.accounts.backends.PeopleBackend")
    new = {"username": "ＡLEX", "password1": "a long pass phrase", "password2": "a long pass phrase"}
    answer = client.post("/admin/accounts/user/add/", {**new, "usable_password": "true"})
    assert answer.status_code == 200
    assert User.objects.count() == 1


@pytest.fixture
def before() -> MigrationExecutor:
    """The database as it was before names had one spelling."""
    executor = MigrationExecutor(connection)
    executor.migrate([("accounts", "0002_roles")])
    yield executor
    apps = executor.loader.project_state([("accounts", "0002_roles")]).apps
    apps.get_model("accounts", "User").objects.all().delete()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())


def old_people(executor: MigrationExecutor, *people: tuple[str, str]) -> None:
    apps = executor.loader.project_state([("accounts", "0002_roles")]).apps
    for name, email in people:
        apps.get_model("accounts", "User").objects.create(username=name, email=email)


def forward() -> None:
    MigrationExecutor(connection).migrate([("accounts", "0003_one_spelling")])


@pytest.mark.django_db(transaction=True)
def test_people_from_before_keep_signing_in(before: MigrationExecutor) -> None:
    old_people(before, ("Robin", "Robin@Example.org"), ("ｋim", ""))
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE axes_accessattempt (username varchar(255))")
    forward()
    assert list(User.objects.order_by("pk").values_list("username", "email")) == [
        ("robin", "robin@example.org"),
        ("kim", ""),
    ]
    assert "axes_accessattempt" not in connection.introspection.table_names()


@pytest.mark.django_db(transaction=True)
def test_two_people_from_before_with_one_name_stop_the_start_in_words(before: MigrationExecutor) -> None:
    old_people(before, ("robin", ""), ("Robin", ""))
    with pytest.raises(RuntimeError, match="'robin' and 'Robin' are one name"):
        forward()
