"""What a person changes of their own account, and how long a throttled login waits."""

from datetime import timedelta

import pytest

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import book, signin
from vaiti.people.models import Person
from vaiti.people.signin import WeakPassword, WrongPassword
from vaiti.people.throttle import MAX_FAILURES, WINDOW

GOOD = "tre gula brevlådor"
BETTER = "fyra blå cyklar ute"


@pytest.fixture
def anna(cast: Cast) -> Person:
    signin.set_password(cast.anna.id, GOOD, by="system:init", now=NOW)
    return cast.anna


def test_a_person_changes_their_own_password_and_it_is_logged(anna: Person) -> None:
    signin.change_password(anna.id, GOOD, BETTER, NOW)
    assert signin.sign_in(anna.login, GOOD, NOW) is None
    assert signin.sign_in(anna.login, BETTER, NOW) is not None
    assert Leaf.objects.filter(kind="people:password:changed", actor=anna.id.hex).exists()


def test_a_wrong_present_password_closes_the_form_but_not_the_door(anna: Person) -> None:
    for _ in range(MAX_FAILURES):
        with pytest.raises(WrongPassword):
            signin.change_password(anna.id, "wrong", BETTER, NOW)
    with pytest.raises(WrongPassword):
        signin.change_password(anna.id, GOOD, BETTER, NOW)
    assert signin.seconds_to_wait(anna.login, NOW) == 0
    signin.change_password(anna.id, GOOD, BETTER, NOW + WINDOW)


def test_a_weak_new_password_is_refused_and_the_old_one_stays(anna: Person) -> None:
    with pytest.raises(WeakPassword):
        signin.change_password(anna.id, GOOD, "short", NOW)
    assert signin.sign_in(anna.login, GOOD, NOW) is not None


def test_a_leaver_changes_no_password(anna: Person) -> None:
    Person.objects.filter(id=anna.id).update(active_to=NOW)
    with pytest.raises(WrongPassword):
        signin.change_password(anna.id, GOOD, BETTER, NOW)


@pytest.mark.parametrize("login", ["anna.astrom", "nobody.at.all"])
def test_known_and_unknown_logins_wait_alike(anna: Person, login: str) -> None:
    for minute in range(MAX_FAILURES):
        assert signin.seconds_to_wait(login, NOW) == 0
        signin.sign_in(login, "wrong", NOW - timedelta(minutes=minute))
    assert signin.seconds_to_wait(login, NOW) == (WINDOW - timedelta(minutes=4)).total_seconds()
    assert signin.seconds_to_wait(login, NOW + WINDOW) == 0


def test_the_language_is_one_of_three(anna: Person) -> None:
    book.set_language(anna.id, "fi")
    card = book.person(anna.id, NOW)
    assert card is not None and card.language == "fi"
    with pytest.raises(ValueError, match="sv, fi or en"):
        book.set_language(anna.id, "de")
