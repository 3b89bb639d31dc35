"""Proof that somebody has a number in hand: a code is sent there and said back (step I2).

The whole number is handed to the gateway and forgotten: kept are its mask, a digest of the code,
and the step of identification. A code proves who had the number at that moment, and not who they
are; so it is one step of the ladder, and never all of it.
"""

import hmac
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.crypto import salted_hmac

from vaiti.audit import counting, log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.rights import asking
from vaiti.rights.asking import Capacity, Proof, State, needs_identity
from vaiti.rights.case_models import Case
from vaiti.rights.cases import row_of
from vaiti.rights.code_rules import CodeRules
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import locked, open_case, save
from vaiti.rights.intake import number_of
from vaiti.rights.messages import ACTOR
from vaiti.rights.person_models import NumberCode
from vaiti.values.masked import MASK, NOT_AVAILABLE
from vaiti.values.personal import Personal

Write = Callable[[str, str], str]
"""The text of a message, from the code and the case's number."""
DIGITS: Final = 6
MOST_TRIES: Final = 5
MOST_SENT: Final = 5
"""Of one case."""
HOUR: Final = timedelta(hours=1)
AN_INSTANT: Final = timedelta(microseconds=1)
_HIDDEN: Final = 3
ALARM: Final = "rights:gateway_failed"
KEY: Final = "number_codes"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A code that was sent and is not said back yet; `customer` is masked."""

    customer: str
    expires_at: datetime


def offered(case_id: UUID, rules: CodeRules) -> bool:
    """Whether a code would be a step of identification of this case."""
    row = Case.objects.filter(id=case_id).first()
    return row is not None and rules.gateway is not None and not _obstacle(row)


def language_of(case_id: UUID) -> str:
    """Of the message. Raises NotVisible."""
    return row_of(case_id).language


def waiting(case_id: UUID, now: datetime) -> Waiting | None:
    rows = NumberCode.objects.filter(case_id=case_id, expires_at__gt=now, tries__lt=MOST_TRIES)
    found = rows.exclude(code="").first()
    return Waiting(found.customer, found.expires_at) if found else None


def send(
    case_id: UUID,
    number: Personal[str],
    write: Write,
    rules: CodeRules,
    *,
    by: UUID | None,
    now: datetime,
) -> None:
    """For the person on their own page, or by a handler. An earlier code is void. Raises
    CaseRefused, and as handling does."""
    if rules.gateway is None:
        raise CaseRefused("no_gateway")
    if not number.reveal().startswith(rules.prefixes):
        raise CaseRefused("number_abroad")
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    customer = number.reveal()[:-_HIDDEN] + MASK
    with _case(case_id, by, now) as row:
        if why := _obstacle(row) or _other_number(row, customer):
            raise CaseRefused(why)
        _note_sending(row, code, customer, rules, by=by, now=now)
        text = write(code, number_of(row.year, row.serial))
    if not rules.gateway(number, text):
        _note_failure(case_id, by, now)
        raise CaseRefused("gateway")
    with transaction.atomic():
        alarms.clear(ALARM, KEY, now)


def check(case_id: UUID, typed: str, *, by: UUID | None, today: date, now: datetime) -> None:
    """The code said back: a step of identification. Each wrong one counts. Raises CaseRefused."""
    with _case(case_id, by, now) as row:
        sent = NumberCode.objects.select_for_update().filter(case=row).first()
        if sent is None or not sent.code or now >= sent.expires_at or sent.tries >= MOST_TRIES:
            raise CaseRefused("number_code_over")
        right = hmac.compare_digest(sent.code, _digest(case_id, typed)) and not _obstacle(row)
        if right:
            _prove(row, sent.customer, by, today, now)
            sent.delete()
        else:
            sent.tries += 1
            sent.save(update_fields=["tries"])
            _log(Kind.RIGHTS_NUMBER_REFUSED, case_id, by, now, why="code")
    if not right:
        raise CaseRefused("number_code")


@contextmanager
def _case(case_id: UUID, by: UUID | None, now: datetime) -> Iterator[Case]:
    """The row, locked, in one transaction with what happens to it."""
    if by is not None:
        with open_case(by, case_id, now) as row:
            yield row
    else:
        with transaction.atomic():
            yield locked(case_id)


def _obstacle(row: Case) -> str:
    """Why a code proves nothing in this case; nothing where it does."""
    if row.state != State.RECEIVED or not needs_identity(row.asked):
        return "state"
    if row.capacity == Capacity.STAFF:
        return "staff_number"
    if Proof.NUMBER in row.proven:
        return "proven"
    return "withheld" if row.customer == NOT_AVAILABLE else ""


def _other_number(row: Case, customer: str) -> str:
    return "other_number" if row.customer and row.customer != customer else ""


def _note_sending(
    row: Case, code: str, customer: str, rules: CodeRules, *, by: UUID | None, now: datetime
) -> None:
    kind = Kind.RIGHTS_NUMBER_CODED
    if counting.by_span(kind, [(now - HOUR, now + AN_INSTANT)])[0] >= rules.most_an_hour:
        raise CaseRefused("codes_many")
    sent, _new = NumberCode.objects.select_for_update().get_or_create(
        case=row, defaults={"sent_at": now, "expires_at": now}
    )
    if sent.sent >= MOST_SENT:
        raise CaseRefused("codes_many")
    sent.code, sent.customer, sent.tries = _digest(row.id, code), customer, 0
    sent.sent, sent.sent_at, sent.expires_at = sent.sent + 1, now, now + rules.lives
    sent.save()
    _log(kind, row.id, by, now)


def _note_failure(case_id: UUID, by: UUID | None, now: datetime) -> None:
    with transaction.atomic():
        NumberCode.objects.filter(case_id=case_id).update(code="")
        _log(Kind.RIGHTS_NUMBER_REFUSED, case_id, by, now, why="gateway")
        alarms.raise_alarm(ALARM, KEY, "", now)


def _prove(row: Case, customer: str, by: UUID | None, today: date, now: datetime) -> None:
    row.proven = [*row.proven, Proof.NUMBER]
    row.customer = customer
    if (
        row.asked_on
        and not row.answered_on
        and asking.identified(row.asked, row.proven, row.capacity)
    ):
        row.answered_on = today
    save(row, "proven", "customer", "answered_on")
    facts = {"proof": Proof.NUMBER.value, "how": "code"}
    _log(Kind.RIGHTS_IDENTITY_PROVEN, row.id, by, now, **facts)


def _log(kind: Kind, case_id: UUID, by: UUID | None, now: datetime, **facts: str) -> None:
    told: Facts = {**facts}
    actor = by.hex if by is not None else ACTOR
    log.append(kind, actor=actor, subject=case_id.hex, facts=told, now=now)


def _digest(case_id: UUID, code: str) -> str:
    """Keyed, because a million of them could be tried otherwise."""
    plain = case_id.hex + "".join(one for one in code if one in "0123456789")
    return salted_hmac("vaiti.rights.number_codes", plain, algorithm="sha256").hexdigest()
