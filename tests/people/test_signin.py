"""Signing in: scrypt, throttle, log."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import connection

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import enrol, sessions, signin, strength
from vaiti.people.models import Person, SignInFailure
from vaiti.people.sessions import SignInRules
from vaiti.people.signin import WeakPassword
from vaiti.people.strength import weakness
from vaiti.people.throttle import MAX_FAILURES, WINDOW

GOOD = "tre gula brevlådor"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def anna(cast: Cast) -> Iterator[Person]:
    signin.set_password(cast.anna.id, GOOD, by="system:init", now=NOW)
    yield cast.anna


def refuse(times: int, login: str, at: datetime) -> None:
    for _ in range(times):
        assert signin.sign_in(login, "wrong", at) is None


def kinds() -> list[str]:
    return list(Leaf.objects.order_by("at").values_list("kind", flat=True))


def test_the_right_password_gives_the_persons_card_and_opens_nothing_yet(anna: Person) -> None:
    card = signin.sign_in("anna.astrom", GOOD, NOW)
    assert card is not None
    assert card.id == anna.id
    assert card.roles == {"service_agent"}
    assert "people:session:opened" not in kinds()


def test_the_stored_password_is_a_scrypt_hash(anna: Person) -> None:
    stored = Person.objects.get(id=anna.id).password
    assert stored.startswith("scrypt$")
    assert GOOD not in stored


@pytest.mark.parametrize("password", ["wrong", "", GOOD + " ", "x" * 100_000])
def test_a_wrong_password_is_refused_and_logged_with_the_person(
    anna: Person, password: str
) -> None:
    assert signin.sign_in("anna.astrom", password, NOW) is None
    assert Leaf.objects.get(kind="people:session:refused").actor == anna.id.hex


def test_what_was_typed_as_an_unknown_login_is_kept_nowhere(anna: Person) -> None:
    assert signin.sign_in(GOOD, "anna.astrom", NOW) is None
    entry = Leaf.objects.get(kind="people:session:refused")
    assert entry.actor == "unknown"
    assert GOOD not in entry.body
    assert GOOD not in SignInFailure.objects.get().digest


def test_nobody_signs_in_without_a_password_set(cast: Cast) -> None:
    assert signin.sign_in("leila.virtanen", "", NOW) is None


@pytest.mark.parametrize("login", ["anna.astrom", "no.body"])
def test_five_failures_close_a_login_known_or_not_until_they_age(anna: Person, login: str) -> None:
    refuse(MAX_FAILURES, login, NOW)
    entries = len(kinds())
    assert signin.sign_in(login, GOOD, NOW + MINUTE) is None
    assert len(kinds()) == entries
    opened = signin.sign_in(login, GOOD, NOW + WINDOW)
    assert (opened is not None) == (login == "anna.astrom")


def test_the_fifth_failure_says_in_the_log_that_the_login_is_closed(anna: Person) -> None:
    refuse(MAX_FAILURES, "anna.astrom", NOW)
    refused = Leaf.objects.filter(kind="people:session:refused")
    assert sum('"throttled":true' in entry.body for entry in refused) == 1


def test_one_login_closed_leaves_the_others_open(cast: Cast, anna: Person) -> None:
    signin.set_password(cast.leila.id, GOOD, by="system:init", now=NOW)
    refuse(MAX_FAILURES, "anna.astrom", NOW)
    assert signin.sign_in("leila.virtanen", GOOD, NOW) is not None


def test_success_forgets_the_failures_before_it(anna: Person) -> None:
    refuse(MAX_FAILURES - 1, "anna.astrom", NOW)
    assert signin.sign_in("anna.astrom", GOOD, NOW) is not None
    assert not SignInFailure.objects.exists()


def test_failures_are_not_kept_longer_than_the_throttle_needs(anna: Person) -> None:
    refuse(2, "no.body", NOW)
    refuse(1, "some.one", NOW + WINDOW)
    assert SignInFailure.objects.count() == 1


def test_n27_a_leaver_cannot_sign_in_and_an_open_session_ends(anna: Person) -> None:
    rules = SignInRules()
    opened = sessions.begin(anna.id, how="password", browser="", rules=rules, now=NOW)
    assert sessions.touch(opened, rules, NOW) is not None
    enrol.depart(anna.id, by="system:init", now=NOW + MINUTE)
    assert sessions.touch(opened, rules, NOW + MINUTE) is None
    assert signin.sign_in("anna.astrom", GOOD, NOW + MINUTE) is None


def test_signing_out_is_logged(anna: Person) -> None:
    opened = sessions.begin(anna.id, how="password", browser="", rules=SignInRules(), now=NOW)
    sessions.close(opened, anna.id, NOW)
    assert "people:session:closed" in kinds()


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("short", "at least 12"),
        ("x" * 600, "at most"),
        ("aaaaabbbbbaaaa", "different"),
        ("my-astrom-password", "login"),
        ("hej anna hej anna hej", "name"),
        ("my vaiti of tomorrow", "program's name"),
        ("Administrator", "common"),
    ],
)
def test_a_weak_password_is_refused_with_what_to_change(
    cast: Cast, password: str, sentence: str
) -> None:
    with pytest.raises(WeakPassword, match=sentence):
        signin.set_password(cast.anna.id, password, by="system:init", now=NOW)
    assert Person.objects.get(id=cast.anna.id).password == ""


def test_a_password_of_a_few_words_will_do() -> None:
    assert weakness(GOOD, "anna.astrom", "Anna Åström") is None


def test_the_organisations_name_is_among_what_is_guessed() -> None:
    given = (GOOD + " Norrsken", "anna.astrom", "Anna Åström")
    assert weakness(*given) is None
    strength.install("Oy Norrsken Ab")
    try:
        assert weakness(*given) == "Leave the organisation's name out of the password."
        assert weakness(GOOD + " oy ab", *given[1:]) is None, "a legal form is no name"
    finally:
        strength.install("")


def test_a_leaver_gets_no_password(anna: Person) -> None:
    enrol.depart(anna.id, by="system:init", now=NOW)
    with pytest.raises(LookupError):
        signin.set_password(anna.id, GOOD, by="system:init", now=NOW)


@pytest.mark.django_db(transaction=True)
def test_tries_side_by_side_are_counted_like_tries_in_a_row(cast: Cast) -> None:
    looked_at: list[int] = []

    def attempt() -> None:
        signin.sign_in("no.body", "wrong", NOW)
        looked_at.append(1)
        connection.close()

    threads = [threading.Thread(target=attempt) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked_at) == 8
    assert len(kinds()) <= MAX_FAILURES
