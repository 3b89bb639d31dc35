"""People in no manager's team are confirmed by somebody named, and never by themselves."""

from datetime import timedelta

import pytest

from cast import NOW, SINCE, Cast
from vaiti.audit.models import Leaf
from vaiti.due import alarms
from vaiti.people import confirming, enrol, recertify
from vaiti.people.confirming import Outsider
from vaiti.people.errors import EnrolmentError

INTERVAL, DAY = timedelta(days=90), timedelta(days=1)
BY = "system:test"


def found(cast: Cast) -> dict[object, Outsider]:
    return {one.person: one for one in confirming.outsiders(INTERVAL, NOW)}


def test_n27_whoever_no_manager_leads_is_confirmed_by_the_officer_and_the_officer_by_others(
    cast: Cast,
) -> None:
    outside = found(cast)
    assert cast.anna.id not in outside, "her manager confirms her"
    assert outside[cast.auditor.id].confirmers == {cast.dpo.id}
    assert outside[cast.mikko.id].confirmers == {cast.dpo.id}
    assert outside[cast.dpo.id].confirmers == {cast.administrator.id}
    assert all(person not in one.confirmers for person, one in outside.items())
    enrol.leave_team(cast.mikko.id, cast.team_1.id, by=BY, now=NOW)
    assert cast.anna.id in found(cast), "a team without a leader is confirmed by nobody"


def test_n27_a_named_confirmer_alone_gives_the_word_and_a_late_one_is_an_alarm(cast: Cast) -> None:
    admin, officer = cast.administrator.id, cast.dpo.id
    confirming.name_confirmer(cast.auditor.id, admin, by=BY, now=NOW)
    with pytest.raises(EnrolmentError, match="not you"):
        confirming.confirm_person(officer, cast.auditor.id, INTERVAL, NOW)
    recertify.watch(INTERVAL, NOW)
    (alarm,) = (one for one in alarms.standing() if one.key == "outside teams")
    assert alarm.detail == "10 people"
    confirming.confirm_person(admin, cast.auditor.id, INTERVAL, NOW)
    assert found(cast)[cast.auditor.id].due == NOW + INTERVAL
    entry = Leaf.objects.get(kind="people:review:confirmed")
    assert (entry.actor, entry.subject) == (admin.hex, cast.auditor.id.hex)
    for person, one in found(cast).items():
        if person != cast.auditor.id:
            (confirmer,) = one.confirmers
            confirming.confirm_person(confirmer, one.person, INTERVAL, NOW)
    assert not any(one.key == "outside teams" for one in alarms.standing())
    assert recertify.watch(INTERVAL, NOW + INTERVAL - DAY) == 3, "the teams alone"
    enrol.depart(admin, by=BY, now=NOW)
    assert found(cast)[cast.auditor.id].confirmers == {officer}, "the named one is not here"


def test_n27_nobody_confirms_themselves_nor_names_who_confirms_them(cast: Cast) -> None:
    admin = cast.administrator.id
    with pytest.raises(EnrolmentError, match="not you"):
        confirming.confirm_person(admin, admin, INTERVAL, NOW)
    for confirmer in (admin, cast.dpo.id):
        with pytest.raises(EnrolmentError, match="nobody confirms themselves"):
            confirming.name_confirmer(admin, confirmer, by=admin.hex, now=NOW)
    with pytest.raises(EnrolmentError, match="is an administrator or"):
        confirming.name_confirmer(cast.auditor.id, cast.mikko.id, by=BY, now=NOW)


def test_a_report_by_a_confirmer_stands_until_it_is_settled(cast: Cast) -> None:
    confirming.report_person(cast.dpo.id, cast.trainer.id, NOW)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.key) == ("people:report", cast.trainer.id.hex)
    assert recertify.reports_about(cast.trainer.id) == [("Daniel Ek", "", NOW)]
    assert found(cast)[cast.trainer.id].reported
    recertify.settle(cast.trainer.id, by=cast.administrator.id.hex, now=NOW)
    assert alarms.standing() == []
    assert found(cast)[cast.trainer.id].confirmed is None
    assert found(cast)[cast.trainer.id].due == SINCE + INTERVAL
