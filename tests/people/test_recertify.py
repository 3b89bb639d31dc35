"""Leaders confirm their teams; what is late or wrong becomes an alarm until it is put right."""

from datetime import timedelta

import pytest

from cast import NOW, SINCE, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import enrol, recertify
from vaiti.people.errors import EnrolmentError

BY = "system:test"
INTERVAL = timedelta(days=90)
DAY = timedelta(days=1)
OUTSIDE = 1  # one alarm for all whom no manager leads


def overdue() -> set[str]:
    return {one.key for one in alarms.standing() if one.kind == "people:review_overdue"}


def key(cast: Cast) -> str:
    return f"{cast.team_1.id.hex}:{cast.mikko.id.hex}"


def test_n27_a_team_is_confirmed_at_intervals_and_late_ones_are_alarms(cast: Cast) -> None:
    assert recertify.watch(INTERVAL, SINCE + INTERVAL - DAY) == 0
    assert recertify.watch(INTERVAL, NOW) == 3 + OUTSIDE
    assert recertify.watch(INTERVAL, NOW) == 3 + OUTSIDE
    assert {one.count for one in alarms.standing()} == {1}
    recertify.confirm(cast.mikko.id, cast.team_1.id, NOW)
    assert key(cast) not in overdue()
    assert recertify.watch(INTERVAL, NOW + INTERVAL - DAY) == 2 + OUTSIDE
    assert recertify.watch(INTERVAL, NOW + INTERVAL) == 3 + OUTSIDE
    entry = Leaf.objects.get(kind="people:review:confirmed")
    assert (entry.actor, entry.subject) == (cast.mikko.id.hex, cast.team_1.id.hex)
    assert '"members":2' in entry.body


def test_n27_an_alarm_ends_with_the_leading_and_a_new_leader_begins_anew(cast: Cast) -> None:
    recertify.watch(INTERVAL, NOW)
    enrol.leave_team(cast.mikko.id, cast.team_1.id, by=BY, now=NOW)
    enrol.lead_team(cast.henrik.id, cast.team_1.id, by=BY, now=NOW)
    assert recertify.watch(INTERVAL, NOW) == 2 + OUTSIDE
    assert key(cast) not in overdue()
    (team_1, _) = recertify.led_by(cast.henrik.id, INTERVAL, NOW)
    assert (team_1.confirmed, team_1.due) == (None, NOW + INTERVAL)


def test_n27_a_leader_reports_somebody_until_an_administrator_has_settled_it(cast: Cast) -> None:
    recertify.report(cast.mikko.id, cast.team_1.id, cast.anna.id, NOW)
    recertify.report(cast.mikko.id, cast.team_1.id, cast.anna.id, NOW + DAY)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key, alarm.count) == ("people:report", cast.anna.id.hex, 2)
    told = [(leader, team) for leader, team, _ in recertify.reports_about(cast.anna.id)]
    assert told == [("Mikko Mäkinen", "Team 1")] * 2
    assert [one.reported for one in recertify.members(cast.team_1.id, NOW)] == [True, False]
    recertify.settle(cast.anna.id, by=cast.administrator.id.hex, now=NOW + DAY)
    assert alarms.standing() == []
    assert recertify.reports_about(cast.anna.id) == []
    with pytest.raises(EnrolmentError, match="settled"):
        recertify.settle(cast.anna.id, by=BY, now=NOW + DAY)


def test_only_who_leads_the_team_gives_their_word(cast: Cast) -> None:
    for leader in (cast.henrik, cast.anna, cast.administrator):
        with pytest.raises(EnrolmentError, match="do not lead"):
            recertify.confirm(leader.id, cast.team_1.id, NOW)
    with pytest.raises(EnrolmentError, match="not in the team"):
        recertify.report(cast.mikko.id, cast.team_1.id, cast.sofia.id, NOW)
    enrol.end_role(cast.mikko.id, "manager", by=BY, now=NOW)
    with pytest.raises(EnrolmentError, match="do not lead"):
        recertify.confirm(cast.mikko.id, cast.team_1.id, NOW)
    assert not Leaf.objects.filter(kind__startswith="people:review").exists()
