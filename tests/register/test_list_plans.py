"""Every filter of the list finds its legs by the index meant for it, on both databases.

Tables are filled first: of a few rows a planner would rather read all. No plan reads a whole table
or sorts what it found.
"""

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cast import NOW, make_cast
from vaiti.notice.models import Function, Line
from vaiti.ops.demo.filling.fill import fill
from vaiti.ops.demo.people import CONTROLLER
from vaiti.people.expiry import Term
from vaiti.people.models import Company, Membership, Person
from vaiti.register import calls, strands
from vaiti.register.filters import Cursor, Filters
from vaiti.register.models import LONG_S, Call, Leg, State
from vaiti.register.strands import Scope, Stay

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = ZoneInfo("Europe/Helsinki")
PLAIN, LINE, DAY = "register_leg_person", "register_leg_person_line", "register_leg_person_day"
LONG = "register_leg_long"
IN_ORDER: dict[str, list[str]] = {"sqlite": [], "postgresql": ["Sort"]}
MERGED = {"UNION USING TEMP B-TREE", "Sort"}  # legs in two strands are counted once


def filled() -> None:
    make_cast()
    since = NOW - timedelta(days=400)
    Company.objects.create(name=CONTROLLER, valid_from=since, entered_by="system:demo")
    Person.objects.filter(login="aino.laine").update(password="hash")
    fill(6_000, Term(12, ZONE), NOW)


def plan(sql: str) -> tuple[set[str], list[str]]:
    """The indexes that are used, and what else is done that should not be."""
    explain = "EXPLAIN QUERY PLAN" if connection.vendor == "sqlite" else "EXPLAIN (FORMAT JSON)"
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":  # which would rather read and sort the few rows here
            cursor.execute(
                "SET enable_sort = off; SET enable_bitmapscan = off; SET enable_seqscan = off"
            )
        cursor.execute(f"{explain} {sql}", ())
        found = cursor.fetchall()
    if connection.vendor == "sqlite":
        return _sqlite([str(row[3]) for row in found])
    told = found[0][0]
    return _postgresql((json.loads(told) if isinstance(told, str) else told)[0]["Plan"])


def _sqlite(lines: list[str]) -> tuple[set[str], list[str]]:
    used = {match[1] for line in lines if (match := re.search(r"INDEX (register_leg\w*)", line))}
    bad = [line for line in lines if "TEMP B-TREE" in line or re.match("SCAN register_", line)]
    return used, bad


def _postgresql(top: dict[str, Any]) -> tuple[set[str], list[str]]:
    nodes = list(_nodes(top))
    used = {node["Index Name"] for node in nodes if "Index Name" in node}
    bad = [node["Node Type"] for node in nodes if node["Node Type"] in {"Seq Scan", "Sort"}]
    return {name for name in used if name.startswith("register_leg")}, bad


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for below in node.get("Plans", ()):
        yield from _nodes(below)


Plan = tuple[set[str], list[str]]


def asked(scope: Scope, filters: Filters, cursor: Cursor | None) -> tuple[list[Plan], list[Plan]]:
    """The plans of the statements that find the legs of one page, and of those that count all."""
    with CaptureQueriesContext(connection) as context:
        reached = strands.reach(scope, filters, NOW)
        reached.beside(cursor, calls.PAGE + 1)
        before = len(context)
        reached.count(calls.MAX_COUNT)
    legs = [one["sql"].replace("%", "%%") for one in context.captured_queries]
    finding = [sql for sql in legs[:before] if sql.startswith("SELECT * FROM")]
    counting = [sql for sql in legs[before:] if sql.startswith("SELECT COUNT")]
    return [plan(sql) for sql in finding], [plan(sql) for sql in counting[:1]]


def narrowed() -> dict[str, tuple[dict[str, Any], str]]:
    day = (NOW - timedelta(days=20)).date()
    busy = Line.objects.filter(function=Function.SERVICE, recorded=True)[0]
    return {
        "nothing": ({}, PLAIN),
        "from": ({"from_day": day}, PLAIN),
        "to": ({"to_day": day}, PLAIN),
        "days": ({"from_day": day, "to_day": day + timedelta(days=3)}, PLAIN),
        "direction": ({"direction": "out"}, PLAIN),
        "long": ({"shortest_s": LONG_S}, LONG),
        "length": ({"shortest_s": 300}, PLAIN),
        "short": ({"longest_s": 59}, PLAIN),
        "number": ({"number": "+3584"}, PLAIN),
        "line": ({"line_number": busy.number}, LINE),
        "destroyed": ({"destroyed_on": date(2026, 12, 15)}, DAY),
    }


def test_every_filter_of_every_role_is_read_from_its_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """An agent, a manager of twelve, and a manager who hears what was said while in the team."""
    monkeypatch.setattr(strands, "FEW", 20)  # as where one number has many calls
    filled()
    agents = list(Membership.objects.filter(leads=False).values_list("person_id", flat=True))
    stays = tuple(Stay(one, NOW - timedelta(days=90), None) for one in agents)
    scopes = {
        "agent": Scope(frozenset(agents[:1])),
        "manager": Scope(frozenset(agents)),
        "manager in the team": Scope(frozenset(agents[:1]), stays=stays[1:]),
    }
    middle = int((NOW - timedelta(days=60)).timestamp() * 1e6)
    for who, scope in scopes.items():
        for name, (values, index) in narrowed().items():
            filters = Filters(zone=ZONE, **values)
            for cursor in (None, Cursor(middle, 1, False), Cursor(middle, 1, True)):
                finding, counting = asked(scope, filters, cursor)
                # what several strands give may be put in order, and nothing else is sorted
                merged = [] if who == "agent" else IN_ORDER[connection.vendor]
                assert finding == [({index}, merged)], (who, name, cursor, finding)
                for used, bad in counting:
                    assert set(bad) <= (MERGED if scope.stays else set()), (who, name, bad)
                    assert used <= {PLAIN, LINE, DAY, LONG}, (who, name, used)


def test_one_agent_of_many_and_a_number_with_few_calls_are_looked_up() -> None:
    filled()
    agents = list(Membership.objects.filter(leads=False).values_list("person_id", flat=True))
    scope = Scope(frozenset(agents))
    finding, _ = asked(scope, Filters(zone=ZONE, agent=agents[3]), None)
    assert finding == [({PLAIN}, [])]
    leg = Leg.objects.exclude(customer__in=("not available", "***"))[0]
    number = leg.customer.removesuffix("***")
    with CaptureQueriesContext(connection) as context:
        page = calls.page(scope, Filters(zone=ZONE, number=number), None, NOW)
    assert {row.call.customer for row in page.rows} == {leg.customer}
    asks = [one["sql"] for one in context.captured_queries if "register_leg" in one["sql"]]
    assert all("register_leg_customer" in explained(sql) for sql in asks[:2])
    few = Call.objects.filter(legs__in=Leg.objects.filter(person_id__in=agents)).order_by("id")[:3]
    held = list(few.values_list("id", flat=True))
    Call.objects.filter(id__in=held).update(narrow_at=NOW + timedelta(days=9))
    with CaptureQueriesContext(connection) as context:
        page = calls.page(scope, Filters(zone=ZONE, held=True), None, NOW)
    assert {row.call.id for row in page.rows} == set(held)
    asks = [one["sql"] for one in context.captured_queries if "narrow_at" in one["sql"]]
    assert "register_call_held" in explained(asks[0])
    assert "SCAN register_" not in explained(asks[0])


def explained(sql: str) -> str:
    with connection.cursor() as cursor:
        explain = "EXPLAIN QUERY PLAN " if connection.vendor == "sqlite" else "EXPLAIN "
        cursor.execute(explain + sql.replace("%", "%%"))
        return " ".join(str(row) for row in cursor.fetchall())


def test_n19_calls_that_may_not_be_read_are_found_by_their_indexes_and_not_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    filled()
    agents = list(Membership.objects.filter(leads=False).values_list("person_id", flat=True))
    reached = strands.reach(Scope(frozenset(agents)), Filters(zone=ZONE), NOW)
    before = reached.count(10_000)
    legs = Leg.objects.filter(person_id__in=agents).order_by("call_id")
    *late, leaving = legs.values_list("call_id", flat=True).distinct()[:3]
    Call.objects.filter(id__in=late).update(due_at=NOW, destruction_day=NOW.date())
    Leg.objects.filter(call_id__in=late).update(destruction_day=NOW.date())
    Call.objects.filter(id=leaving).update(state=State.DESTROYING)
    gone = Leg.objects.filter(call_id__in=(*late, leaving)).count()
    with CaptureQueriesContext(connection) as context:
        assert reached.count(10_000) == before - gone
    asks = [one["sql"] for one in context.captured_queries]
    [found] = [sql for sql in asks if "NOT (" in sql]
    assert "register_call_leaving" in explained(found)
    [due] = [sql for sql in asks if '"due_at" <=' in sql]
    assert "register_call_due_at" in explained(due)
    assert not [sql for sql in asks if "COALESCE" in sql and "destruction_day" in sql]
    monkeypatch.setattr(strands, "SPARE", 1)  # as where no worker takes away what fell due
    with CaptureQueriesContext(connection) as context:
        assert reached.count(10_000) == before - gone
    asks = [one["sql"] for one in context.captured_queries]
    [due] = [sql for sql in asks if "COALESCE" in sql and "destruction_day" in sql]
    assert "register_leg_person_day" in explained(due)
