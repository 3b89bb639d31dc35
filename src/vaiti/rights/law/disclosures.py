"""Disclosures required by law, from the order to the closed record (N-09, N-24).

Received, called back, calls named and held, proposed by one person and approved by another, sealed,
handed over against a receipt, and the person told, or a day on which that is looked at again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from vaiti.access.disclosing import open_disclosed
from vaiti.access.references import fit_reference
from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.people import book as people
from vaiti.register import candidates
from vaiti.register.candidates import Candidates, Sought
from vaiti.register.hold_rules import HoldKind
from vaiti.rights import copies, handing
from vaiti.rights.copies import Controller, Hands, Made, Opener, Order
from vaiti.rights.copy_rules import Wanted
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import OFFICER, require_desk
from vaiti.rights.law import keeping, record, rules
from vaiti.rights.law.models import Disclosure
from vaiti.rights.law.record import Named, require_worker
from vaiti.rights.law.rules import STATUTES, Progress, State
from vaiti.rights.numbering import check_words, numbered
from vaiti.vault.keyclient import KeyClient

HELD = "An authority has ordered it."


@dataclass(frozen=True, slots=True)
class Received:
    """An order as it came. `number` is the authority's own for it."""

    authority: str
    officer: str = field(repr=False)
    number: str
    statute: str
    scope: str = field(repr=False)
    answer_by: date | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """`how`: told, unknown (nobody knows who it is), or secret, until it is looked at again."""

    how: str
    secret_on: date | None = None


@dataclass(frozen=True, slots=True)
class Card:
    """A disclosure as of an instant. `lacks` says what is missing before it closes."""

    id: UUID
    number: str
    row: Disclosure
    calls: tuple[UUID, ...]
    lacks: str
    package: handing.Card | None

    @property
    def open(self) -> bool:
        return self.row.state != State.CLOSED


def listed(person_id: UUID, now: datetime) -> list[Card]:
    """The register, what is open first, then the newest; the look is an entry. Raises
    NotVisible."""
    with transaction.atomic(durable=True):
        require_desk(person_id, now)
        found = [_card(row, now) for row in Disclosure.objects.order_by("-received_at", "id")]
        facts = {"rows": len(found)}
        log.append(Kind.RIGHTS_DISCLOSURES_LISTED, actor=person_id.hex, facts=facts, now=now)
    return sorted(found, key=lambda one: not one.open)


def seen(person_id: UUID, disclosure_id: UUID, now: datetime) -> Card:
    """The look is an entry. Raises NotVisible."""
    require_desk(person_id, now)
    row = record.found(Disclosure, disclosure_id)
    record.looked(row, person_id, now)
    return _card(row, now)


def calls_of(card: Card, now: datetime) -> tuple[Named, ...]:
    """Reads only; whoever asks has been let in by `seen`."""
    return record.named(card.row, now)


def open_card(person_id: UUID, disclosure_id: UUID, now: datetime) -> Card | None:
    """For letters and evidence; None where it is none, and NotVisible for whoever may not make
    them."""
    row = Disclosure.objects.filter(id=disclosure_id).first()
    if row is None:
        return None
    require_worker(person_id, now)
    return _card(row, now)


def receive(person_id: UUID, order: Received, now: datetime) -> UUID:
    """Raises NotVisible and CaseRefused."""
    require_worker(person_id, now)
    rules.check_statute(order.statute)
    if not fit_reference(order.number):
        raise CaseRefused("reference")
    with transaction.atomic():
        row = numbered(
            Disclosure,
            now,
            state=State.RECEIVED,
            authority=check_words(order.authority, 3, "authority", 120),
            officer=check_words(order.officer, 2, "officer_name", 120),
            number=order.number,
            statute=order.statute,
            scope=check_words(order.scope, 10, "scope"),
            answer_by=order.answer_by,
            received_by=person_id.hex,
            received_at=now,
        )
        record.noted(Kind.RIGHTS_DISCLOSURE_RECEIVED, row, person_id, now, ground=row.statute)
    return row.id


def verify(person_id: UUID, disclosure_id: UUID, called: str, now: datetime) -> None:
    """The authority was called back by a number that it publishes. Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        row.called = check_words(called, 10, "called", 500)
        row.verified_by, row.verified_at = person_id.hex, now
        _move(row, State.VERIFIED, person_id, now)


def search(person_id: UUID, disclosure_id: UUID, sought: Sought, now: datetime) -> Candidates:
    """Counts, and rows only when few are left, as for a person's request. Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        if row.state not in (State.RECEIVED, State.VERIFIED):
            raise CaseRefused("state")
        if not sought.narrow:
            raise CaseRefused("span")
        found = candidates.candidates(sought, now)
        told = found.told(sought)
        record.noted(Kind.RIGHTS_DISCLOSURE_SEARCHED, row, person_id, now, **told)
    return found


def name_call(
    person_id: UUID,
    disclosure_id: UUID,
    call_id: UUID,
    sought: Sought,
    *,
    keys: KeyClient,
    now: datetime,
) -> None:
    """One of the calls found: it is held at once. Raises as `receive`."""
    found = search(person_id, disclosure_id, sought, now)
    if call_id not in {one.id for one in found.rows}:
        raise CaseRefused("not_found")
    row = record.found(Disclosure, disclosure_id)
    mine = record.calls_of(row)
    if call_id in mine or len(mine) >= rules.MOST_CALLS:
        raise CaseRefused("named")
    matter = keeping.Matter(HoldKind.ORDER, record.number(row), person_id, HELD)
    hold = keeping.hold(matter, call_id, keys, now)
    with transaction.atomic():
        record.add(row, call_id, hold, person_id, now)
        record.noted(Kind.RIGHTS_DISCLOSURE_NAMED, row, person_id, now, call=call_id.hex)


def drop_call(person_id: UUID, disclosure_id: UUID, call_id: UUID, now: datetime) -> None:
    """Not needed after all: no call more leaves than the order asks for."""
    with _worked(person_id, disclosure_id, now) as row:
        one = record.rows(row).filter(call=call_id).first()
        if one is None or one.hold is None or row.state not in (State.RECEIVED, State.VERIFIED):
            raise CaseRefused("state")
        keeping.end([one.hold], person_id.hex, "Not needed for the order.", now)
        one.delete()
        record.noted(
            Kind.RIGHTS_DISCLOSURE_NAMED, row, person_id, now, call=call_id.hex, removed=True
        )


def propose(person_id: UUID, disclosure_id: UUID, why: str, voices: str, now: datetime) -> None:
    """Why these calls and no others, and whose voices. Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        rules.check_proposal(row.statute, len(record.calls_of(row)))
        if voices not in rules.VOICES:
            raise CaseRefused("voices")
        row.why, row.voices = check_words(why, 15, "why", 500), voices
        row.proposed_by = person_id.hex
        _move(row, State.PROPOSED, person_id, now)


def approve(person_id: UUID, disclosure_id: UUID, now: datetime) -> None:
    """By the second person. Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        officers = {one.id.hex for one in people.persons(now) if OFFICER in one.roles}
        rules.check_second(row.proposed_by, person_id.hex, officers)
        row.approved_by, row.approved_at = person_id.hex, now
        _move(row, State.APPROVED, person_id, now)


def send_back(person_id: UUID, disclosure_id: UUID, now: datetime) -> None:
    """The second person wants something changed. Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        row.proposed_by = ""
        _move(row, State.VERIFIED, person_id, now)


def refuse(person_id: UUID, disclosure_id: UUID, why: str, now: datetime) -> None:
    """Nothing is handed over, and the reason stays on record. Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        row.why = check_words(why, 15, "why", 500)
        keeping.end(record.holds_of(row), person_id.hex, "Nothing is disclosed.", now)
        _move(row, State.REFUSED, person_id, now)


def seal(
    person_id: UUID, disclosure_id: UUID, hands: Hands, controller: Controller, now: datetime
) -> Made:
    """Makes the sealed package; its password is told once. Raises what copies.make raises too."""
    with _worked(person_id, disclosure_id, now) as row:
        if row.state != State.APPROVED:
            raise CaseRefused("state")
        if (there := _package(row, now)) and there.state in ("making", "waiting"):
            raise CaseRefused("package_waits")
        opens = opener(row, person_id)
        order = Order(
            reference=record.number(row),
            language="fi",
            calls=tuple(Wanted(one, row.voices, why=row.why) for one in record.calls_of(row)),
            controller=controller,
        )
    made = copies.make(order, hands, now, opens)
    Disclosure.objects.filter(id=disclosure_id).update(package=made.package)
    return made


def opener(row: Disclosure, person_id: UUID) -> Opener:
    """Two persons stand behind each opening: this one, and the other of those who decided."""
    second = row.proposed_by if row.approved_by == person_id.hex else row.approved_by
    return partial(open_disclosed, approver=UUID(hex=second) if second else person_id)


def hand_over(person_id: UUID, disclosure_id: UUID, receiver: str, now: datetime) -> None:
    """The authority has it, and `receiver` signed for it. Raises CopyRefused where there is no
    package any more; else as `receive`."""
    require_worker(person_id, now)
    row = record.found(Disclosure, disclosure_id)
    rules.check_move(row.state, State.HANDED)
    plain, there = check_words(receiver, 3, "receiver", 120), _package(row, now)
    if there is None or there.state not in ("waiting", "delivered"):
        raise CaseRefused("no_package")
    if there.state == "waiting":
        handing.handed_over(there.id, person_id, now)
    with _worked(person_id, disclosure_id, now) as mine:
        mine.receiver, mine.handed_at = plain, now
        _move(mine, State.HANDED, person_id, now)


def tell(person_id: UUID, disclosure_id: UUID, said: Telling, today: date, now: datetime) -> None:
    """Raises as `receive`."""
    with _worked(person_id, disclosure_id, now) as row:
        if row.state == State.CLOSED:
            raise CaseRefused("state")
        row.told_at, row.untold, row.secret_on = None, "", None
        if said.how == "told":
            row.told_at = now
        elif said.how == "secret" and said.secret_on is not None:
            rules.check_secret(said.secret_on, today)
            row.secret_on = said.secret_on
        elif said.how in rules.UNTOLD:
            row.untold = said.how
        else:
            raise CaseRefused("how_told")
        until = row.secret_on.isoformat() if row.secret_on else ""
        record.noted(Kind.RIGHTS_DISCLOSURE_TOLD, row, person_id, now, what=said.how, until=until)


def close(person_id: UUID, disclosure_id: UUID, now: datetime) -> None:
    """Its holds end, but those of an order to preserve, which stand for their own time."""
    with _worked(person_id, disclosure_id, now) as row:
        if missing := rules.lacks(_progress(row)):
            raise CaseRefused(missing)
        if STATUTES[row.statute].gives:
            keeping.end(record.holds_of(row), person_id.hex, "The disclosure is closed.", now)
        row.closed_by, row.closed_at = person_id.hex, now
        _move(row, State.CLOSED, person_id, now)


@contextmanager
def _worked(person_id: UUID, disclosure_id: UUID, now: datetime) -> Iterator[Disclosure]:
    require_worker(person_id, now)
    with record.changed(Disclosure, disclosure_id) as row:
        yield row


def _package(row: Disclosure, now: datetime) -> handing.Card | None:
    return handing.card(row.package, now) if row.package else None


def _progress(row: Disclosure) -> Progress:
    return Progress(row.state, row.statute, row.told_at is not None, row.untold)


def _card(row: Disclosure, now: datetime) -> Card:
    missing = rules.lacks(_progress(row))
    return Card(row.id, record.number(row), row, record.calls_of(row), missing, _package(row, now))


def _move(row: Disclosure, then: State, person_id: UUID, now: datetime) -> None:
    rules.check_move(row.state, then)
    row.state = then
    told = {"state": then.value, "ground": row.statute, "calls": len(record.calls_of(row))}
    record.noted(Kind.RIGHTS_DISCLOSURE_MOVED, row, person_id, now, **told)
