"""The doors as a token opens them: its owner's own, narrowed to the token's lines (docs/api.md).

Each use that touches a call is an entry with the token and its purpose, written before the door's
own; what is on another line is as if it were not there.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access import consenting, correcting, doors, objecting
from vaiti.access.doors import CallView, Page
from vaiti.access.errors import NotVisible
from vaiti.access.token_rules import ALL_LINES
from vaiti.access.tokens import Token
from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry
from vaiti.register import calls, referred
from vaiti.register.filters import Cursor, FilterError, Filters
from vaiti.register.matching import Rules, Stretch

UNLISTED = UUID(int=0)
NAME_A_LINE = "name one of the token's lines in line"


def list_calls(token: Token, filters: Filters, cursor: Cursor | None, now: datetime) -> Page:
    """One page of what the owner may see on the token's lines. Raises NotVisible, Unprepared, and
    FilterError where no line of the token's is named and it has several."""
    narrowed = _narrowed(token, filters)
    _enter(token, "list", "", now)
    return doors.list_calls(_person(token), narrowed, cursor, now)


def see_call(token: Token, call_id: UUID, now: datetime) -> CallView:
    """Raises NotVisible, Unprepared."""
    _reach(token, "see", call_id, now)
    return doors.see_call(_person(token), call_id, now)


def object_to_training(token: Token, call_id: UUID, *, wanted: bool, now: datetime) -> bool:
    """Raises NotVisible, Unprepared."""
    _reach(token, "training", call_id, now)
    return objecting.object_to_training(_person(token), call_id, wanted=wanted, now=now)


def note_consent(token: Token, call_id: UUID, purpose: str, *, given: bool, now: datetime) -> bool:
    """As on the call's page. Raises NotVisible, Unprepared."""
    _reach(token, "consent", call_id, now)
    return consenting.note(_person(token), call_id, purpose, given=given, now=now)


def correct_agent(
    token: Token,
    call_id: UUID,
    leg_id: int,
    agent: UUID | None,
    *,
    was: UUID | None,
    now: datetime,
) -> bool:
    """Raises NotVisible, Unprepared, CorrectionRefused."""
    _reach(token, "correct", call_id, now)
    person = _person(token)
    return correcting.correct_agent(person, call_id, leg_id, agent, was=was, now=now)


def correct_call(
    token: Token,
    call_id: UUID,
    line: str,
    direction: str,
    *,
    was: tuple[str, str],
    now: datetime,
) -> bool:
    """Lines are named by their numbers. Raises NotVisible, Unprepared, CorrectionRefused."""
    _reach(token, "correct", call_id, now)
    person = _person(token)
    offer = correcting.offer(person, call_id, now)
    ids = {one.number: one.id for one in offer.lines} | {offer.call.line_number: offer.line}
    before = (ids.get(was[0], UNLISTED), was[1])
    after = ids.get(line, UNLISTED)
    return correcting.correct_call(person, call_id, after, direction, was=before, now=now)


def references(token: Token, told: Sequence[Stretch], rules: Rules, now: datetime) -> list[str]:
    """For each of the phone system's calls its reference, or nothing (register.referred)."""
    with transaction.atomic(durable=True):
        found = referred.of_stretches(told, rules, now)
        facts: Facts = {"token": token.id.hex, "calls": len(told), "found": sum(map(bool, found))}
        log.append(Kind.ACCESS_REFERENCES_TOLD, actor=token.actor, facts=facts, now=now)
    return found


def read_log(token: Token, after: int, most: int, now: datetime) -> tuple[LogEntry, ...]:
    """The entries behind the place `after` of the log, in its order.

    The reading is an entry too, unless there was nothing to read but one's own readings: who asks
    again and again would read of nothing else.
    """
    with transaction.atomic(durable=True):
        found = reading.following(after, most)
        if any(not _own_reading(token, one) for one in found):
            facts: Facts = {"token": token.id.hex, "after": after, "entries": len(found)}
            log.append(Kind.ACCESS_LOG_READ, actor=token.actor, facts=facts, now=now)
    return found


def _own_reading(token: Token, entry: LogEntry) -> bool:
    return entry.kind == Kind.ACCESS_LOG_READ and entry.actor == token.actor


def _narrowed(token: Token, filters: Filters) -> Filters:
    if ALL_LINES in token.lines:
        return filters
    if not filters.line_number and len(token.lines) == 1:
        return replace(filters, line_number=next(iter(token.lines)))
    if not token.reaches(filters.line_number):
        raise FilterError(NAME_A_LINE)
    return filters


def _reach(token: Token, does: str, call_id: UUID, now: datetime) -> None:
    """Raises NotVisible for a call on a line that is not the token's."""
    legs = calls.legs(call_id)
    if legs and not token.reaches(legs[0].call.line_number):
        with transaction.atomic(durable=True):
            facts: Facts = {"door": does, "token": token.id.hex, "exists": True}
            kind, subject = Kind.ACCESS_CALL_REFUSED, call_id.hex
            log.append(kind, actor=token.actor, subject=subject, facts=facts, now=now)
        raise NotVisible
    _enter(token, does, call_id.hex, now)


def _enter(token: Token, does: str, subject: str, now: datetime) -> None:
    with transaction.atomic(durable=True):
        facts: Facts = {"token": token.id.hex, "does": does, "purpose": token.purpose}
        kind = Kind.ACCESS_TOKEN_USED
        log.append(kind, actor=token.actor, subject=subject, facts=facts, now=now)


def _person(token: Token) -> UUID:
    """Raises NotVisible for a machine's token, which no scope lets come here."""
    if token.person is None:
        raise NotVisible
    return token.person
