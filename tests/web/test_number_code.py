"""A number proven by a one-time code that a real command sends; nothing keeps the number (N-15)."""

import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client

from cast import NOW, Cast
from drawn import without_drawn
from vaiti.audit.reading import entries
from vaiti.due import alarms
from vaiti.ops.code_gateway import CommandGateway
from vaiti.ops.sections.number_codes import NumberCodes, code_rules, number_codes_fault
from vaiti.rights import number_codes
from vaiti.rights.case_models import Case
from vaiti.rights.errors import CaseRefused
from vaiti.rights.person_models import NumberCode
from vaiti.values.masked import NOT_AVAILABLE
from vaiti.web.casework import number_code
from vaiti.web.http import wiring
from web.case_desk import do, text
from web.conftest import SignIn
from web.test_own_case import file, own
from web.world import World

pytestmark = pytest.mark.django_db(transaction=True)

NUMBER, MASKED = "040 765 4321", "+358407654***"  # as tests.web.test_cases types it
WHOLE, LAST = "+358407654321", "654321"
SCRIPT = """#!/bin/sh
cd "${0%/*}" && { echo "$*"; env; } >> seen && cat >> sent && echo 654321 && exit "$(cat status)"
"""


@dataclass
class Sender:
    """The operator's command: a program that writes what it was given into its own folder."""

    folder: Path

    @property
    def command(self) -> tuple[str, ...]:
        return (str(self.folder / "send"), "--quietly")

    def end_with(self, status: int) -> None:
        (self.folder / "status").write_text(f"{status}\n")

    def sent(self) -> list[str]:
        path = self.folder / "sent"
        return path.read_text().splitlines() if path.exists() else []

    def code(self) -> str:
        return re.findall(r"\b[0-9]{6}\b", self.sent()[-1])[0]


@pytest.fixture
def sender(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    made = Sender(tmp_path / "sender")
    made.folder.mkdir()
    (made.folder / "send").write_text(SCRIPT)
    (made.folder / "send").chmod(0o700)
    made.end_with(0)
    rules = code_rules(NumberCodes(), "FI", CommandGateway(made.command))
    wiring.install(replace(world.wiring(), codes=rules))
    for pace in (number_code.TO_NUMBER, number_code.ASKED, number_code.TYPED):
        pace.forget()
    yield made
    wiring.install(world.wiring())


def post(person: Client, act: str, **given: str) -> str:
    return text(person.post(f"/rights/case/do/{act}", given, follow=True))


def rows_of_everything() -> str:
    with connection.cursor() as cursor:
        told = []
        tables = set(connection.introspection.table_names(cursor))
        for table in sorted(tables - {"django_migrations"}):  # by the machine's clock
            cursor.execute(f'SELECT * FROM "{table}"')
            told.append(repr(cursor.fetchall()))
    return without_drawn("".join(told))


def test_n15_n42_a_code_on_the_persons_page_proves_the_number_and_nothing_keeps_it(
    cast: Cast,
    sender: Sender,
    stranger: Client,
    sign_in: SignIn,
    caplog: pytest.LogCaptureFixture,
) -> None:
    case, _secret = file(stranger, "copy")
    page = own(stranger)
    assert "Send me a code" in page and "and not who you are" in page
    page = post(stranger, "number", number=NUMBER)
    assert "A code is on its way to +358 40 7654" in page and LAST not in page
    number, message = sender.sent()
    assert number == WHOLE and f"request R-2026-{case.serial}" in message
    seen = (sender.folder / "seen").read_text()
    assert LAST not in seen and "--quietly" in seen and sender.code() not in seen
    assert set(re.findall(r"^(\w+)=", seen, re.MULTILINE)) <= {
        "PATH",
        "LANG",
        "PWD",
        "OLDPWD",
        "_",
        "SHLVL",
    }
    row = NumberCode.objects.get()
    assert sender.code() not in row.code and row.customer == MASKED

    code = sender.code()
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert "This is not the code that was sent." in post(stranger, "number-code", code=wrong)
    page = post(stranger, "number-code", code=f"{code[:3]} {code[3:]}")
    assert "Send me a code" not in page and "It is shown that you have the number" in page
    case.refresh_from_db()
    assert (case.proven, case.customer) == (["I2"], MASKED)
    assert not NumberCode.objects.exists(), "a code is of one use"
    proven = entries(kind="rights:identity:proven", subject=case.id.hex).entries[0]
    assert (proven.actor, proven.facts) == ("system:person", {"proof": "I2", "how": "code"})
    refused = entries(kind="rights:number:refused").entries[0]
    assert refused.facts == {"why": "code"}
    handler = sign_in(cast.rights_handler)
    assert do(handler, case, "identified") == 422, "having a number is not being somebody"
    assert do(handler, case, "prove", proof="I3") == 302
    assert do(handler, case, "identified") == 302

    kept = rows_of_everything() + caplog.text
    assert LAST not in kept and MASKED in kept
    written = (one for one in sender.folder.parent.rglob("*") if one.is_file())
    others = [one for one in written if sender.folder not in one.parents]
    assert not [one for one in others if LAST.encode() in one.read_bytes()]


def test_n42_a_handler_has_a_code_sent_and_types_what_the_person_says(
    cast: Cast, world: World, sender: Sender, sign_in: SignIn
) -> None:
    """In a case without a number: it gets the mask, in the person's language."""
    handler = sign_in(cast.rights_handler)
    given = {"channel": "telephone", "asked": ["copy"], "language": "sv"}
    assert handler.post("/cases/new", given).status_code == 201
    case = Case.objects.get()
    assert "Send a code there" in text(handler.get(f"/cases/{case.id.hex}/"))
    assert do(handler, case, "number", number=WHOLE) == 302
    assert "Din kod är" in sender.sent()[-1]
    page = text(handler.get(f"/cases/{case.id.hex}/"))
    assert "on its way to +358" in page and LAST not in page
    assert do(handler, case, "number-code", code=sender.code()) == 302
    case.refresh_from_db()
    assert (case.proven, case.customer) == (["I2"], MASKED)
    (entry,) = entries(kind="rights:number:coded").entries
    assert entry.actor == cast.rights_handler.id.hex and entry.facts == {}


def test_n42_a_code_is_short_lived_and_has_few_tries(
    cast: Cast, world: World, sender: Sender, stranger: Client
) -> None:
    case, _secret = file(stranger, "copy")
    post(stranger, "number", number=NUMBER)
    code, day = sender.code(), NOW.date()

    def check(typed: str, minutes: int) -> str:
        now = NOW + timedelta(minutes=minutes)
        with pytest.raises(CaseRefused) as refused:
            number_codes.check(case.id, typed, by=None, today=day, now=now)
        return refused.value.code

    assert check(code, 10) == "number_code_over"
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert {check(wrong, 1) for _ in range(number_codes.MOST_TRIES)} == {"number_code"}
    assert check(code, 2) == "number_code_over", "the right one comes too late"
    case.refresh_from_db()
    assert case.proven == []


def test_n42_codes_are_sent_seldom_and_only_where_they_prove_something(
    cast: Cast, world: World, sender: Sender, stranger: Client
) -> None:
    """Who asks for codes again and again is stopped: by number, by address and for all together."""
    case, _secret = file(stranger, "copy")
    assert "names another number" in post(stranger, "number", number="040 765 5321")
    for typed in ("0600 123 45", "+46 70 174 06 05", "358", "12"):
        post(stranger, "number", number=typed)
    assert sender.sent() == [], "neither a costly number nor one abroad nor half of one"
    for _ in range(5):
        post(stranger, "number", number=NUMBER)
    assert len(sender.sent()) == 2 * number_code.TO_NUMBER.most
    one_more = replace(wiring.wired().codes, most_an_hour=3)
    wiring.install(replace(wiring.wired(), codes=one_more))
    number_code.TO_NUMBER.forget()
    number_code.ASKED.forget()
    assert "Many codes were asked for." in post(stranger, "number", number=NUMBER)
    Case.objects.filter(id=case.id).update(customer=NOT_AVAILABLE)
    assert "Send me a code" not in own(stranger), "a withheld number proves nothing"


def test_n42_a_gateway_that_fails_is_an_alarm_and_the_code_is_void(
    cast: Cast, world: World, sender: Sender, stranger: Client
) -> None:
    file(stranger, "copy")
    sender.end_with(1)
    assert "The message could not be sent." in post(stranger, "number", number=NUMBER)
    (alarm,) = alarms.standing()
    assert (alarm.kind, alarm.detail) == ("rights:gateway_failed", "")
    assert "Show that I have this number" not in own(stranger)
    assert "counts no more" in post(stranger, "number-code", code=sender.code())
    sender.end_with(0)
    post(stranger, "number", number=NUMBER)
    assert not alarms.standing()
    (sender.folder / "send").unlink()
    assert "The message could not be sent." in post(stranger, "number", number=NUMBER)


def test_n42_without_a_gateway_nobody_is_offered_a_code(
    cast: Cast, world: World, stranger: Client, sign_in: SignIn
) -> None:
    case, _secret = file(stranger, "copy")
    assert "Send me a code" not in own(stranger)
    assert "Codes are not sent here." in post(stranger, "number", number=NUMBER)
    page = text(sign_in(cast.rights_handler).get(f"/cases/{case.id.hex}/"))
    assert "Send a code there" not in page


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        (NumberCodes(command=("send-message",)), "whole path"),
        (NumberCodes(prefixes=("358",)), "+358"),
        (NumberCodes(minutes=60), "2 to 30"),
        (NumberCodes(most_an_hour=0), "1 to 3600"),
    ],
    ids=["command", "prefixes", "minutes", "most"],
)
def test_weak_settings_of_codes_say_what_to_change(codes: NumberCodes, said: str) -> None:
    assert said in str(number_codes_fault(codes))
    assert number_codes_fault(NumberCodes()) is None
