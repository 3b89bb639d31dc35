"""The requests with which a demo opens: a handler's list with today's work first."""

from datetime import UTC, datetime, timedelta

import pytest

from cast import NOW, Cast
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops.demo.case_rows import OF_EARLIER, OF_TODAY
from vaiti.ops.demo.cases import CaseDemo
from vaiti.rights.case_models import Case, CaseCall
from vaiti.rights.letter_models import LetterRow
from web.case_desk import call, text
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_demo_opens_with_requests_in_several_states_and_todays_work_first(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    ticks = iter(range(1000))

    def clock() -> datetime:
        return NOW.astimezone(UTC) + timedelta(milliseconds=next(ticks))

    mine = call(world, 1, OF_TODAY[0].customer)
    desk = CaseDemo(world.wiring().keys, clock)
    assert desk.earlier() + desk.of_today() == len(OF_EARLIER) + len(OF_TODAY)
    assert set(Case.objects.values_list("state", flat=True)) == {
        *("received", "identified", "searched", "decided", "closed"),
    }
    assert set(Case.objects.values_list("language", flat=True)) == {"fi", "sv", "en"}
    assert CaseCall.objects.get().call == mine
    page = text(sign_in(cast.rights_handler).get("/cases/"))
    first, rest = page.split("Next", 1)
    assert "Due now" in first
    assert "R-2026-1" in first
    assert "a message waits" in rest
    assert "the clock stands still" in rest
    assert "rights:second_look" in {one.kind for one in alarms.standing()}
    sent = LetterRow.objects.filter(kind="receipt", sent_at__isnull=False)
    assert sent.count() == len(OF_EARLIER) + len(OF_TODAY), "each has had its receipt"
    assert {(one.language, one.sent_how) for one in sent} >= {("sv", "desk"), ("fi", "post")}
    assert "PB 6, 00011 POSTI" in str(sent[0].parts)
    told = [one for one in entries(kind="rights:case:registered", limit=50).entries]
    assert {one.actor for one in told} == {cast.rights_handler.id.hex, "system:web"}
