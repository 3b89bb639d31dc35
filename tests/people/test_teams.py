"""Teams that get another name, and teams that end."""

from datetime import timedelta

import pytest

from cast import NOW, Cast
from vaiti.audit.models import Leaf
from vaiti.people import book, delegation, directory, enrol, teams
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import FormerTeamName, Membership

BY, LATER = "system:test", NOW + timedelta(days=1)


def test_a_new_name_of_a_team_keeps_the_old_one_with_its_end(cast: Cast) -> None:
    teams.rename_team(cast.team_1.id, "Desk North", by=BY, now=LATER)
    (card,) = (one for one in directory.teams(LATER) if one.id == cast.team_1.id)
    assert (card.name, card.former_names) == ("Desk North", (("Team 1", LATER),))
    assert book.subordinates(cast.mikko.id, LATER) == {cast.anna.id, cast.leila.id}
    entry = Leaf.objects.get(kind="people:membership:changed")
    assert '"change":"team renamed"' in entry.body and "Desk" not in entry.body
    assert f'"former_name":{FormerTeamName.objects.get().id}' in entry.body
    with pytest.raises(EnrolmentError, match="there is a team of this name"):
        teams.rename_team(cast.team_2.id, "Desk North", by=BY, now=LATER)
    teams.add_team("Team 1", by=BY, now=LATER)


def test_n29_a_team_that_ends_lets_nobody_hear_its_members(cast: Cast) -> None:
    delegation.hand_over(
        cast.mikko.id,
        cast.team_1.id,
        cast.eeva.id,
        begins=NOW,
        ends=NOW + timedelta(days=30),
        reason="holiday",
        by=cast.mikko.id.hex,
        now=NOW,
    )
    teams.end_team(cast.team_1.id, by=BY, now=LATER)
    assert book.subordinates(cast.mikko.id, LATER) == frozenset()
    assert book.subordinates(cast.eeva.id, LATER) == {cast.oskar.id}
    assert cast.anna.id in book.subordinates(cast.mikko.id, NOW), "until then they could"
    closed = Membership.objects.filter(team=cast.team_1).values_list("valid_to", flat=True)
    assert set(closed) == {LATER}
    assert cast.team_1.id not in {one.id for one in directory.teams(LATER)}
    for act in (enrol.join_team, enrol.lead_team):
        with pytest.raises(EnrolmentError, match="has ended"):
            act(cast.sofia.id, cast.team_1.id, by=BY, now=LATER)
    with pytest.raises(EnrolmentError, match="has ended"):
        teams.end_team(cast.team_1.id, by=BY, now=LATER)
    with pytest.raises(EnrolmentError, match="there is a team of this name"):
        teams.add_team("Team 1", by=BY, now=LATER)
