"""Nothing of a case outlives its period; an employee asks for their own calls."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from cast import NOW, Cast
from vaiti.audit.reading import entries
from vaiti.promises.older import rows
from vaiti.promises.older.places import limits
from vaiti.register.models import Call
from vaiti.rights import watch
from vaiti.rights.case_models import Case, Recipient
from vaiti.rights.copy_models import Package
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.policy import CaseRules
from web.case_desk import (
    DAY,
    call,
    decided,
    do,
    hand_out,
    open_case,
    searched,
    send,
    text,
    write,
)
from web.conftest import SignIn
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ZONE = ZoneInfo("Europe/Helsinki")
WORDS = "Zebrafisch"
"""Stands in everything that is written in the case, and nowhere else."""


def test_2_3_8_nothing_of_a_case_outlives_its_period_in_rows_or_on_disk(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    case = open_case(handler, "copy", "completion")
    Case.objects.update(name=WORDS, about=WORDS, contact=WORDS)
    searched(handler, case, mine)
    decided(handler, case, f"copy:{mine.hex}", f"completion:{mine.hex}")
    hand_out(handler, case, mine)
    chosen = {f"call-{mine.hex}": "on", "language": "fi"}
    assert handler.post(f"/copies/{case.id.hex}/", chosen).status_code == 200, "never fetched"
    assert do(handler, case, "complete", call=mine.hex, text=f"{WORDS} said so.") == 302
    assert do(handler, case, "recipient", who=WORDS) == 302
    notice = {"recipient": str(Recipient.objects.get().id)}
    assert do(handler, case, "notify", **notice) == 302
    send(handler, case, LetterRow.objects.get(kind="article_19").id)
    letter = write(handler, case, "decision")
    part = {"part-again": f"You may send more facts, {WORDS}.", "act": "keep"}
    assert handler.post(f"/letters/{case.id.hex}/{letter.hex}/", part).status_code == 302
    send(handler, case, letter)
    assert do(handler, case, "close") == 302

    over = NOW + CaseRules().keep
    Call.objects.all().delete()  # six months have passed for the call, and it is gone
    assert older(over + timedelta(days=2)) == 1, "the look at everything finds a case kept too long"
    assert watch.forget(CaseRules(), world.store, over - timedelta(days=1)) == 0
    assert watch.forget(CaseRules(), world.store, over) == 1
    with connection.cursor() as cursor:
        for table in watch.REMOVED:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] == 0, table
    assert not Package.objects.exists()
    assert len(list(world.store.names())) == 1, "the package that nobody fetched; not the call's"
    assert entries(kind="rights:cases:forgotten").entries
    if connection.vendor == "sqlite":
        path = Path(str(connection.settings_dict["NAME"]))
        for one in path.parent.glob(path.name + "*"):
            assert WORDS.encode() not in one.read_bytes(), one.name
    assert older(over + timedelta(days=2)) == 0


def older(now: datetime) -> int:
    limit = replace(limits(now, 60, ZONE), cases=now - CaseRules().keep - timedelta(days=1))
    return rows.look(limit).older


def test_j_an_employee_finds_their_own_parts_and_nobody_elses(
    cast: Cast, world: World, sign_in: SignIn
) -> None:
    mine, handler = call(world, 3), sign_in(cast.rights_handler)
    others = world.call("leila.lindqvist", seconds=4, start=NOW - timedelta(hours=4))
    given = {"channel": "desk", "asked": ["copy"], "capacity": "staff", "document": "passport"}
    assert handler.post("/cases/new", given).status_code == 201
    case = Case.objects.get()
    assert do(handler, case, "identified") == 302, "whose calls they are the register knows"
    assert do(handler, case, "search", **DAY) == 422, "first it is said whose"
    asked = DAY | {"agent": cast.anna.id.hex}
    page = text(handler.post(f"/cases/{case.id.hex}/do/search", asked))
    assert "Calls found: 1." in page
    assert mine.hex in page
    assert others.hex not in page
    searchings = entries(kind="rights:calls:searched").entries[0].facts
    assert searchings["by"] == "time agent"
    assert do(handler, case, "name", call=others.hex, **asked) == 422
    assert do(handler, case, "name", call=mine.hex, **asked) == 302
    assert do(handler, case, "confirm", call=mine.hex) == 302
    assert do(handler, case, "searched") == 302
    decided(handler, case, f"copy:{mine.hex}")
    shown = text(handler.get(f"/copies/{case.id.hex}/"))
    assert "an employee gets their own voice" in shown
    both = {f"call-{mine.hex}": "on", f"voices-{mine.hex}": "both"}
    assert handler.post(f"/copies/{case.id.hex}/", both).status_code == 422
    why = {f"why-{mine.hex}": "A dispute about a dismissal: both sides are needed."}
    assert handler.post(f"/copies/{case.id.hex}/", both | why).status_code == 200
