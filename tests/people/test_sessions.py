"""Sessions as rows: how long they last, what ends them, which are strong."""

from datetime import timedelta

import pytest

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import factors, sessions
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import FactorKind, Session
from vaiti.people.sessions import SignInRules

RULES = SignInRules(idle=timedelta(minutes=60), longest=timedelta(hours=10))
HOUR = timedelta(hours=1)


def test_a_session_ends_when_idle_and_when_too_long_however_it_is_used(cast: Cast) -> None:
    idle = sessions.begin(cast.anna.id, how="password", browser="", rules=RULES, now=NOW)
    busy = sessions.begin(cast.anna.id, how="password", browser="", rules=RULES, now=NOW)
    assert sessions.touch(idle, RULES, NOW + HOUR - timedelta(seconds=1)) is not None
    assert sessions.touch(idle, RULES, NOW + 2 * HOUR) is None
    for half in range(1, 20):
        assert sessions.touch(busy, RULES, NOW + half * HOUR / 2) is not None
    assert sessions.touch(busy, RULES, NOW + 10 * HOUR) is None


def test_use_is_written_once_a_minute_at_most(cast: Cast) -> None:
    opened = sessions.begin(cast.anna.id, how="password", browser="", rules=RULES, now=NOW)
    sessions.touch(opened, RULES, NOW + timedelta(seconds=59))
    assert Session.objects.get().used_at == NOW
    sessions.touch(opened, RULES, NOW + timedelta(seconds=61))
    assert Session.objects.get().used_at == NOW + timedelta(seconds=61)


def test_sessions_are_listed_and_ended_one_or_all_others(cast: Cast) -> None:
    person = cast.anna.id
    first, second, third = (
        sessions.begin(person, how="password", browser=f"B{n}", rules=RULES, now=NOW)
        for n in range(3)
    )
    others = sessions.begin(cast.leila.id, how="password", browser="", rules=RULES, now=NOW)
    assert sessions.end(first, person, by=person.hex, now=NOW)
    assert not sessions.end(others, person, by=person.hex, now=NOW)
    assert sessions.end_others(person, but=second, by=person.hex, now=NOW) == 1
    visit = sessions.touch(second, RULES, NOW)
    assert visit is not None
    assert [one.browser for one in sessions.standing_of(visit.person, RULES, NOW)] == ["B1"]
    assert sessions.touch(third, RULES, NOW) is None
    assert sessions.touch(others, RULES, NOW) is not None
    assert Leaf.objects.filter(kind="people:session:ended").count() == 2


def test_n27_administrator_and_officer_need_two_factors_and_agents_do_not(cast: Cast) -> None:
    for person, how, lacks in (
        (cast.administrator, "password", True),
        (cast.dpo, "sso", True),
        (cast.administrator, "password+totp", False),
        (cast.dpo, "passkey", False),
        (cast.anna, "password", False),
    ):
        opened = sessions.begin(person.id, how=how, browser="", rules=RULES, now=NOW)
        visit = sessions.touch(opened, RULES, NOW)
        assert visit is not None
        assert visit.lacks_factor(RULES) is lacks
        assert visit.lacks_factor(SignInRules(second_factor=False)) is False
        assert visit.lacks_factor(SignInRules(for_all=True)) is (not visit.strong)


def test_expired_rows_go_when_somebody_signs_in(cast: Cast) -> None:
    sessions.begin(cast.anna.id, how="password", browser="", rules=RULES, now=NOW)
    sessions.begin(cast.leila.id, how="password", browser="", rules=RULES, now=NOW + 11 * HOUR)
    assert Session.objects.count() == 1


def test_removing_all_factors_ends_all_sessions(cast: Cast) -> None:
    opened = sessions.begin(cast.dpo.id, how="passkey", browser="", rules=RULES, now=NOW)
    with pytest.raises(EnrolmentError, match="no second factor"):
        factors.remove_all(cast.dpo.id, by="system:command-line", now=NOW)
    factors.add(cast.dpo.id, FactorKind.PASSKEY, "Key", NOW, credential="x", public_key="y")
    with pytest.raises(EnrolmentError, match="another administrator"):
        factors.remove_all(cast.dpo.id, by=cast.dpo.id.hex, now=NOW)
    factors.remove_all(cast.dpo.id, by="system:command-line", now=NOW)
    assert sessions.touch(opened, RULES, NOW) is None
    (told,) = alarms.standing()
    assert (told.kind, told.key) == ("people:factors_removed", cast.dpo.id.hex)
