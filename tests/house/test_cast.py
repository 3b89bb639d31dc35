from datetime import datetime

import pytest

from cast import Cast
from vaiti.people.models import Membership, Person


@pytest.mark.django_db
def test_the_cast_has_three_teams_each_with_its_manager(cast: Cast, now: datetime) -> None:
    assert Person.objects.filter(active_from__lt=now).count() == 14
    leaders = Membership.objects.filter(leads=True).values_list("team__name", "person__login")
    assert dict(leaders) == {
        "Team 1": cast.mikko.login,
        "Team 2": cast.henrik.login,
        "Team 3": cast.eeva.login,
    }
