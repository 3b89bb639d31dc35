"""Machines that do the same at the same moment, with real connections: one is late, none fails."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from cast import EMPLOYER, NOW, Cast
from vaiti.people import scim
from vaiti.people.machine_models import ManagerTeam
from vaiti.people.models import Person
from vaiti.people.scim_document import Changes, ScimFault, ScimRules

RULES = ScimRules(EMPLOYER)
pytestmark = pytest.mark.django_db(transaction=True)


def changes(login: str, name: str, manager: str | None = None) -> Changes:
    given = {"login": login, "name": name, "active": True, "external_id": None}
    return {**given, "language": None, "manager": manager}


def at_once(*acts: Callable[[], object]) -> list[str]:
    """What each came to: `done`, or the status of the fault."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], object]) -> str:
        try:
            barrier.wait()
            act()
        except ScimFault as fault:
            return f"{fault.status} {fault.kind}"
        else:
            return "done"
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def test_one_login_is_entered_once_and_the_late_one_is_told_so(cast: Cast) -> None:
    for number in range(4):
        login = f"stina.strand{number}"
        given = changes(login, f"Stina Strand{chr(97 + number)}")
        told = at_once(*[lambda given=given: scim.create(given, RULES, NOW)] * 4)  # type: ignore[misc]
        assert told == ["409 uniqueness"] * 3 + ["done"]
        assert Person.objects.filter(login=login).count() == 1


def test_one_manager_gets_one_team_when_two_reports_come_at_once(cast: Cast) -> None:
    boss = scim.create(changes("maria.sund", "Maria Sund"), RULES, NOW)
    given = [changes(f"s{n}.berg", f"Pia{chr(97 + n)} Berg", str(boss.id)) for n in range(4)]
    told = at_once(*(lambda one=one: scim.create(one, RULES, NOW) for one in given))  # type: ignore[misc]
    assert told == ["done"] * 4
    assert ManagerTeam.objects.count() == 1
