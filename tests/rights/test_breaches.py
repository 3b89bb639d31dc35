"""Breaches of personal data: the clock, what is asked before one is closed, and the settings."""

from datetime import UTC, date, datetime, timedelta
from itertools import product

import pytest

from vaiti.ops.sections.incidents import Incidents, breach_rules, incidents_fault
from vaiti.rights.breaches import rules
from vaiti.rights.breaches.rules import BreachRules, Judged, Risk, Stage, State, Untold
from vaiti.rights.errors import CaseRefused

AWARE = datetime(2026, 11, 27, 15, 30, tzinfo=UTC)  # a Friday afternoon
HOUR = timedelta(hours=1)


def test_l22_the_clock_runs_through_the_weekend_and_warns_three_times() -> None:
    assert rules.due_at(AWARE, 72) == datetime(2026, 11, 30, 15, 30, tzinfo=UTC)
    reached = {many: rules.stages(AWARE, 72, AWARE + many * HOUR) for many in (23, 24, 48, 66, 72)}
    assert [len(one) for one in reached.values()] == [0, 1, 2, 3, 4]
    assert reached[72][-1] is Stage.OVERDUE
    assert Stage.OVERDUE not in rules.stages(AWARE, 96, AWARE + 72 * HOUR)


def test_l22_hours_are_those_of_the_day_of_awareness() -> None:
    book = breach_rules(Incidents(hours={"2027-09-01": 96, "2018-05-25": 72}))
    assert [book.hours_on(date(2027, 8, 31)), book.hours_on(date(2027, 9, 1))] == [72, 96]
    assert book.hours_on(date(2000, 1, 1)) == 72
    assert BreachRules().hours_on(date(2026, 11, 28)) == 72


@pytest.mark.parametrize(
    "wrong",
    [{"hours": {}}, {"hours": {"soon": 72}}, {"hours": {"2018-05-25": 0}}, {"keep_days": 30}],
    ids=["none", "no day", "no time", "not kept"],
)
def test_l22_settings_that_break_the_clock_are_refused(wrong: dict[str, object]) -> None:
    assert incidents_fault(Incidents(**wrong))  # type: ignore[arg-type]
    assert incidents_fault(Incidents()) is None


def test_l22_what_must_be_done_before_closing_follows_from_the_risk_alone() -> None:
    for risk, notified, told, untold in product(
        ("", *Risk), (False, True), (False, True), ("", *Untold)
    ):
        missing = rules.lacks(Judged(risk, notified, told, untold))
        assert ("assess" in missing) == (risk == "")
        assert ("notify" in missing) == (risk in ("risk", "high") and not notified)
        assert ("tell" in missing) == (risk == "high" and not told and not untold)


def test_l22_moves_are_those_of_the_table() -> None:
    for now, then in product(State, State):
        if then in rules.MOVES[now]:
            rules.check_move(now, then)
        else:
            with pytest.raises(CaseRefused):
                rules.check_move(now, then)


def test_l22_a_late_notification_says_why() -> None:
    due, now = rules.due_at(AWARE, 72), AWARE + 100 * HOUR
    rules.check_notified(due, AWARE, due, "", now)
    with pytest.raises(CaseRefused, match="late"):
        rules.check_notified(due + HOUR, AWARE, due, "", now)
    rules.check_notified(due + HOUR, AWARE, due, "The log was sealed off.", now)
    for at in (AWARE - HOUR, now + HOUR):
        with pytest.raises(CaseRefused, match="notified_at"):
            rules.check_notified(at, AWARE, due, "x", now)
