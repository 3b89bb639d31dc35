"""The phone system's program: its call records come in, and what is recorded goes out."""

from datetime import timedelta

import pytest

from cast import NOW, Cast
from manifests import SERVICE, START, enter
from vaiti.access.token_rules import TokenScope
from vaiti.register import outages
from vaiti.register.models import Comparison, Gap
from vaiti.values.clock import to_micros
from web.api_caller import program
from web.world import World

pytestmark = pytest.mark.django_db


def call(minutes: float, line: str = SERVICE, **more: object) -> dict[str, object]:
    begins = START + timedelta(minutes=minutes)
    ends = (begins + timedelta(minutes=1)).isoformat()
    return {"line": line, "from": begins.isoformat(), "to": ends, **more}


def test_n22_records_are_compared_and_again_without_harm(cast: Cast, world: World) -> None:
    sender = program(TokenScope.RECORDS, name="exchange")
    enter("anna.astrom")
    calls = [call(0), call(5, direction="in"), call(5, cast.unrecorded_line.number)]
    records = {"source": "pbx", "calls": [*calls, call(7, "+358401234567")]}
    status, told = sender.ask("POST", "records", records)
    assert status == 200
    assert (told["compared"], told["recorded"], told["missing"], told["new"]) == (2, 1, 1, 1)
    assert (told["not_recorded"], told["waiting"]) == (2, 0)
    assert sender.ask("POST", "records", records)[1]["new"] == 0
    (row,) = Gap.objects.all()
    assert (row.line, row.kind, row.source) == (cast.service_line, "missing", "pbx")


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        (call(0, to=(START - timedelta(seconds=1)).isoformat()), 422),
        (call(0, to="2026-11-23T12:00:00"), 422),
        (call(0, **{"from": "yesterday"}), 422),
        (call(0, customer="+358401234567"), 400),
        (call(0, direction="up"), 400),
    ],
)
def test_one_wrong_record_and_nothing_is_compared(
    cast: Cast, world: World, wrong: dict[str, object], status: int
) -> None:
    sender = program(TokenScope.RECORDS)
    got, told = sender.ask("POST", "records", {"source": "pbx", "calls": [call(0), wrong]})
    assert got == status
    assert "401234567" not in str(told)
    assert Comparison.objects.count() == 0


def test_an_announcement_learns_whether_calls_are_recorded_now(cast: Cast, world: World) -> None:
    reader = program(TokenScope.STATE)
    assert reader.get("recording")["recording"] is False  # never seen: better silent than wrong
    outages.seen("recorder", to_micros(START), to_micros(NOW - timedelta(seconds=3)), "", NOW)
    told = reader.get("recording")
    assert told["recording"] is True
    assert {one["line"]: one["in"] for one in told["lines"]}[SERVICE] is True
    assert {one["line"]: one["in"] for one in told["lines"]}["+358207300000"] is False
    outages.seen("recorder", to_micros(START), to_micros(NOW), "disk_full", NOW)
    told = reader.get("recording")
    assert told["recording"] is False
    assert not any(one["in"] or one["out"] for one in told["lines"])
    outages.seen("recorder", to_micros(START), to_micros(NOW - timedelta(minutes=1)), "", NOW)
    assert reader.get("recording")["recording"] is False
