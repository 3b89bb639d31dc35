"""`vaiti demo --calls N`: the rows are plausible, honest, and destroyed like any others."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection, models

from cast import NOW, make_cast
from retention.world import World
from vaiti.access.models import Listening
from vaiti.audit.models import Leaf
from vaiti.notice.due import destruction_day, due_instant
from vaiti.ops.demo.filling.crowd import LEAST
from vaiti.ops.demo.filling.fill import fill
from vaiti.ops.demo.filling.progress import told
from vaiti.ops.demo.people import CONTROLLER
from vaiti.people.expiry import Term
from vaiti.people.models import Company, Membership, Person
from vaiti.register.admission import MADE_UP
from vaiti.register.models import Call, Leg
from vaiti.retention.models import Tombstone

pytestmark = pytest.mark.django_db(transaction=True)

CALLS = 4_000
ZONE = ZoneInfo("Europe/Helsinki")
TERM = Term(12, ZONE)
MASKED = re.compile(r"\+[0-9]{5,9}\*\*\*|\*\*\*|not available")


def filled(now: datetime = NOW) -> int:
    make_cast()
    since = NOW - timedelta(days=400)
    Company.objects.create(name=CONTROLLER, valid_from=since, entered_by="system:demo")
    Person.objects.filter(login="aino.laine").update(password="hash")
    return fill(CALLS, TERM, now)


def indexes(model: type[models.Model]) -> set[str]:
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, model._meta.db_table))


def whole(instant: datetime) -> datetime:
    return instant.replace(microsecond=0)


def test_the_made_up_calls_are_as_intake_would_have_entered_them() -> None:
    before = {model: indexes(model) for model in (Call, Leg, Listening)}
    rows = filled()
    assert rows == Call.objects.count() + Leg.objects.count() + Listening.objects.count()
    assert {model: indexes(model) for model in before} == before
    calls = list(Call.objects.select_related("line", "notice"))
    assert len(calls) == CALLS
    for call in calls:
        assert MASKED.fullmatch(call.customer)  # N-15: never a whole number
        assert call.due_at == due_instant(call.ended_at, 6, ZONE)
        assert call.destruction_day == destruction_day(call.due_at, ZONE)
        assert NOW - timedelta(days=190) < call.started_at < call.ended_at < NOW
        local = call.started_at.astimezone(ZONE)
        assert 8 <= local.hour < 17
        assert local.weekday() < 6
        assert (call.recorder, call.recording["segments"]) == (MADE_UP, 0)
    assert {call.line.function for call in calls} >= {"service", "telesales"}
    assert len({call.started_at.astimezone(ZONE).date() for call in calls}) > 100


def test_the_legs_are_of_agents_and_within_their_calls() -> None:
    filled()
    legs = list(Leg.objects.select_related("call").order_by("call_id", "ordinal"))
    for leg in legs:
        assert leg.person_id is not None
        for repeated in ("line_id", "direction", "customer", "destruction_day"):
            assert getattr(leg, repeated) == getattr(leg.call, repeated)
        assert leg.length_s == (whole(leg.ended_at) - whole(leg.started_at)).total_seconds()
        assert leg.call.started_at <= leg.started_at < leg.ended_at
        assert leg.ended_at - leg.call.ended_at < timedelta(seconds=1)
    second = [leg for leg in legs if leg.ordinal == 2]
    assert CALLS * 0.05 < len(second) < CALLS * 0.11
    assert len({leg.person_id for leg in legs}) == LEAST
    assert Membership.objects.filter(leads=False).count() == LEAST
    assert 0 < Listening.objects.count() < CALLS * 0.05
    for heard in Listening.objects.select_related("leg"):
        own = heard.person_id == heard.leg.person_id
        assert heard.rule == ("own_leg" if own else "subordinate_leg")
        assert heard.opened_at > heard.leg.ended_at


def test_the_log_says_that_the_demo_made_them_up_and_nothing_else() -> None:
    filled()
    leaf = Leaf.objects.get(kind="ops:demo:filled")
    body = json.loads(leaf.body)
    assert (body["actor"], body["facts"]["calls"]) == ("system:demo", CALLS)
    assert not Leaf.objects.filter(kind__startswith="call:recording").exists()
    assert not Leaf.objects.filter(kind__startswith="access:").exists()
    assert set(Listening.objects.values_list("audit_leaf", flat=True)) == {leaf.id}


def test_a_second_filling_adds_to_the_first() -> None:
    filled()
    fill(500, TERM, NOW)
    assert Call.objects.count() == CALLS + 500
    assert Membership.objects.filter(leads=False).count() == LEAST
    last = Leg.objects.order_by("-id").values_list("id", flat=True)[0]
    call = Call.objects.all()[0]
    made = Leg.objects.create(
        call=call,
        ordinal=9,
        line=call.line,
        direction="in",
        customer=call.customer,
        destruction_day=call.destruction_day,
        started_at=call.started_at,
        ended_at=call.ended_at,
    )
    assert made.id > last


def test_n18_a_made_up_call_is_destroyed_on_its_day_like_any_other(tmp_path: Path) -> None:
    filled()
    first = Call.objects.order_by("due_at")[0]
    world = World(tmp_path, NOW)
    try:
        swept = world.sweep(max(first.due_at, NOW))
    finally:
        world.close()
    assert swept is not None
    assert not Call.objects.filter(id=first.id).exists()
    assert not Leg.objects.filter(call_id=first.id).exists()
    assert Tombstone.objects.filter(call=first.id).exists()


@pytest.mark.parametrize(
    ("done", "line"),
    [
        (0, "[..............................]   0%, 0 of 200 calls, 0 rows a second, 0:00 left"),
        (50, "[#######.......................]  25%, 50 of 200 calls, 12 rows a second, 0:30 left"),
    ],
)
@pytest.mark.sqlite
def test_the_progress_says_rate_and_time_left(done: int, line: str) -> None:
    assert told(done, 200, done * 120 // 50, 10.0) == line
