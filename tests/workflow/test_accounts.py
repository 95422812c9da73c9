"""Passwords and tokens: who somebody is, and what an outsider can learn from trying."""

from __future__ import annotations

from datetime import datetime

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select
from sqlalchemy.orm import Session

from tests.workflow.factories import City
from workflow import accounts
from workflow.appointments import credentials
from workflow.errors import Invalid, NotFound
from workflow.models import ApiToken, Person

PASSWORD = "kata-sandi-panjang"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def person(session: Session, now: datetime) -> Person:
    person = Person(
        username="kepala.dinkes",
        name="Kepala Dinas Kesehatan",
        email="kepala@metro.example",
        password_hash=CHEAP.hash(PASSWORD),
        created_at=now,
    )
    session.add(person)
    session.flush()
    return person


@pytest.mark.parametrize("username", ["kepala.dinkes", " Kepala.Dinkes "])
def test_the_right_password_names_the_person(
    session: Session, person: Person, username: str
) -> None:
    assert accounts.authenticate(session, username, PASSWORD) is person


@pytest.mark.parametrize(
    ("username", "password"),
    [("kepala.dinkes", "salah"), ("nobody", PASSWORD), ("kepala.dinkes", "x" * 10_000)],
)
def test_anything_else_names_nobody(
    session: Session, person: Person, username: str, password: str
) -> None:
    assert accounts.authenticate(session, username, password) is None


def test_who_was_switched_off_cannot_sign_in(
    session: Session, person: Person, now: datetime
) -> None:
    token = accounts.create_token(session, person.username, person.created_at)
    person.is_active = False
    session.flush()
    assert accounts.authenticate(session, person.username, PASSWORD) is None
    assert accounts.by_token(session, token, now) is None
    assert accounts.person(session, person.id) is None
    with pytest.raises(NotFound):
        accounts.create_token(session, person.username, person.created_at)


def test_a_hash_of_older_costs_is_renewed(session: Session, person: Person) -> None:
    cheap = person.password_hash
    accounts.authenticate(session, person.username, PASSWORD)
    assert person.password_hash != cheap
    assert not accounts.HASHER.check_needs_rehash(person.password_hash)


def test_a_damaged_hash_lets_nobody_in(session: Session, person: Person) -> None:
    person.password_hash = "!"
    assert accounts.authenticate(session, person.username, PASSWORD) is None


def test_an_unknown_name_costs_as_much_work_as_a_wrong_password(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def verify(password_hash: str, password: str) -> bool:
        asked.append(password_hash)
        return True

    monkeypatch.setattr(accounts, "_matches", verify)
    assert accounts.authenticate(session, "nobody", PASSWORD) is None
    assert asked == [accounts._decoy()]


def test_a_new_password_replaces_the_old(session: Session, person: Person) -> None:
    accounts.set_password(session, person.username, "kata-sandi-baru")
    assert accounts.authenticate(session, person.username, "kata-sandi-baru") is person
    assert accounts.authenticate(session, person.username, PASSWORD) is None


@pytest.mark.parametrize("password", ["pendek", "x" * 201])
def test_a_password_has_a_sensible_length(session: Session, person: Person, password: str) -> None:
    with pytest.raises(Invalid, match="too_"):
        accounts.set_password(session, person.username, password)


def test_a_token_names_its_person_until_it_is_revoked(
    session: Session, person: Person, now: datetime
) -> None:
    token = accounts.create_token(session, person.username, now)
    session.flush()
    who = accounts.by_token(session, token, now)
    assert who is not None
    assert who == credentials(session, person.id, now)
    assert accounts.by_token(session, token + "x", now) is None
    kept = session.scalars(select(ApiToken)).one()
    assert token not in kept.digest
    kept.revoked_at = now
    session.flush()
    assert accounts.by_token(session, token, now) is None


def test_people_are_listed_by_name(session: Session, person: Person) -> None:
    assert accounts.people(session) == [person]
    assert accounts.person(session, person.id) is person


def test_accounts_are_listed_page_by_page_and_searched(
    session: Session, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounts, "PEOPLE_A_PAGE", 2)
    city = City(session)
    for name in ("lurah.satu", "lurah.tiga", "lurah.dua"):
        city.person(name)
    first = accounts.page(session, search="LURAH ibu")
    assert [one.username for one in first.people] == ["lurah.dua", "lurah.satu"]
    rest = accounts.page(session, search="LURAH ibu", after=str(first.next_cursor))
    assert ([one.username for one in rest.people], rest.next_cursor) == (["lurah.tiga"], None)
    assert accounts.page(session, search="lurah 100%").people == []
    assert accounts.page(session, search=person.email.upper()).people == [person]
