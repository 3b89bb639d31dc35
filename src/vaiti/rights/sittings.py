"""A listening at the office: the person's code of one time, a handler's login, that case's calls.

The person types the code at a kiosk that a handler has opened with their own login, which ends
there with it. What is opened is opened under the handler's name and the case's number, as every
listening is, and is an entry of the case besides.
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from vaiti.access import listening, mandates
from vaiti.access.purposes import Purpose
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import calls
from vaiti.register.calls import LegCard
from vaiti.rights import noting, slots
from vaiti.rights.asking import Channel, Right, State
from vaiti.rights.case_models import Case, CaseCall, Decision, Given
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handling import locked, note, open_case
from vaiti.rights.intake import Asked, Filed, file, number_of
from vaiti.rights.messages import ACTOR
from vaiti.rights.person_models import Sitting
from vaiti.vault.grant import Opening

DIGITS = 8
MOST_TRIES = 6
CODE_LIVES = timedelta(days=7)
OPEN_FOR = timedelta(hours=3)  # after the kiosk was opened
HELD = "listening_held"


@dataclass(frozen=True, slots=True)
class SittingCard:
    """`entered`: the person's code was typed. `handler` is whose login opened the kiosk."""

    id: UUID
    case: UUID
    number: str
    language: str
    handler: UUID
    reference: str
    entered: bool


@dataclass(frozen=True, slots=True)
class Hearing:
    """Under whose name and in which browser session a recording is opened."""

    session: str = field(repr=False)
    seed: bytes = field(repr=False)


def new_code(case_id: UUID, *, by: UUID | None, now: datetime) -> str:
    """For the person, who takes it along; an earlier one is void. Shown this once. By a handler for
    somebody without a page of their own. Raises CaseRefused."""
    code = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    if by is not None:
        with open_case(by, case_id, now) as row:
            _new_code(row, code, by.hex, now)
    else:
        with transaction.atomic():
            row = locked(case_id)
            if slots.taken(case_id, now) is None:
                raise CaseRefused("no_slot")
            _new_code(row, code, ACTOR, now)
    return f"{code[:4]} {code[4:]}"


def _new_code(row: Case, code: str, by: str, now: datetime) -> None:
    slots.require_granted(row)
    Sitting.objects.filter(case=row, opened_at=None).delete()
    slot = slots.taken(row.id, now)
    ends = max(now, slot.begins_at if slot else now) + (timedelta(days=1) if slot else CODE_LIVES)
    Sitting.objects.create(
        case=row, code=_digest(row.id, code), code_by=by, code_at=now, expires_at=ends
    )
    log.append(Kind.RIGHTS_SITTING_CODED, actor=by, subject=row.id.hex, facts={}, now=now)


def waits(case_id: UUID, now: datetime) -> bool:
    """Whether the person has a code that opens a kiosk."""
    rows = Sitting.objects.filter(case_id=case_id, opened_at=None, expires_at__gt=now)
    return rows.filter(tries__lt=MOST_TRIES).exists()


def open_kiosk(person_id: UUID, case_id: UUID, now: datetime) -> UUID:
    """With the handler's login, who hears the case's calls. Raises as handling does."""
    with open_case(person_id, case_id, now) as row:
        slots.require_granted(row)
        card = mandates.card(row.mandate, now) if row.mandate else None
        if card is None or not card.open or person_id not in card.persons:
            raise CaseRefused("join_first")
        sitting = Sitting.objects.filter(case=row, opened_at=None, expires_at__gt=now).first()
        if sitting is None:
            raise CaseRefused("no_code")
        sitting.opened_by, sitting.opened_at = person_id.hex, now
        sitting.expires_at = now + OPEN_FOR
        sitting.save(update_fields=["opened_by", "opened_at", "expires_at"])
        note(Kind.RIGHTS_SITTING_OPENED, row, person_id, now, sitting=sitting.id.hex)
    return sitting.id


def card(sitting_id: UUID, now: datetime) -> SittingCard | None:
    """The kiosk as it stands; None once it has ended, or its case has."""
    row = Sitting.objects.select_related("case").filter(id=sitting_id, ended_at=None).first()
    if row is None or row.opened_at is None or now >= row.expires_at or row.tries >= MOST_TRIES:
        return None
    case = row.case
    mandate = mandates.card(case.mandate, now) if case.mandate else None
    if mandate is None or case.state == State.CLOSED:
        return None
    return SittingCard(
        row.id,
        case.id,
        number_of(case.year, case.serial),
        case.language,
        UUID(hex=row.opened_by),
        mandate.reference,
        row.entered_at is not None,
    )


def enter(sitting_id: UUID, typed: str, now: datetime) -> None:
    """The person's code, once. Raises CaseRefused."""
    digits = "".join(one for one in typed if one.isdigit())[:DIGITS]
    with transaction.atomic():
        row = Sitting.objects.select_for_update().get(id=sitting_id)
        fits = hmac.compare_digest(row.code, _digest(row.case_id, digits))
        good = fits and row.entered_at is None and row.tries < MOST_TRIES
        kind = Kind.RIGHTS_SITTING_ENTERED if good else Kind.RIGHTS_SITTING_REFUSED
        if good:
            row.entered_at = now
        else:
            row.tries += 1
        row.save(update_fields=["entered_at", "tries"])
        facts: Facts = {"sitting": row.id.hex}
        log.append(kind, actor=ACTOR, subject=row.case_id.hex, facts=facts, now=now)
    if not good:
        raise CaseRefused("sitting_code")


def recordings(sitting: SittingCard, now: datetime) -> list[LegCard]:
    """The parts of the case's calls whose listening was granted whole, the oldest call first."""
    granted = Decision.objects.filter(
        case_id=sitting.case, right=Right.LISTENING, outcome="granted"
    ).values_list("call", flat=True)
    mine = CaseCall.objects.filter(case_id=sitting.case, confirmed=True, call__in=list(granted))
    found = calls.legs_of(mine.values_list("call", flat=True), now, held=True)
    return sorted(found, key=lambda one: (one.started_at, one.id))


def hear(sitting: SittingCard, leg: LegCard, hearing: Hearing, now: datetime) -> Opening:
    """Opens one of `recordings`. Raises what access.doors raise."""
    opening = listening.open_recording(
        sitting.handler,
        leg.id,
        purpose=Purpose.RIGHTS.value,
        reference=sitting.reference,
        session=hearing.session,
        now=now,
        seed=hearing.seed,
    )
    with transaction.atomic():
        Sitting.objects.filter(id=sitting.id).update(heard=F("heard") + 1)
        facts: Facts = {
            "sitting": sitting.id.hex,
            "call": leg.call.id.hex,
            "listening": opening.listening_id,
        }
        kind = Kind.RIGHTS_SITTING_HEARD
        log.append(kind, actor=ACTOR, subject=sitting.case.hex, facts=facts, now=now)
    return opening


def resume(sitting: SittingCard, listening_id: UUID, hearing: Hearing, now: datetime) -> Opening:
    return listening.resume(
        sitting.handler, listening_id, session=hearing.session, now=now, seed=hearing.seed
    )


def listened(sitting: SittingCard, today: date, now: datetime) -> bool:
    """The person has heard enough: noted as given where something was opened; whether it was."""
    with transaction.atomic():
        row = Sitting.objects.select_for_update().get(id=sitting.id)
        case = locked(sitting.case)
        by = {"noted_by": row.opened_by, "noted_at": now}
        told = Given.objects.filter(case=case, what=HELD, given_on=today)
        if row.heard and not told.exists():
            Given.objects.create(case=case, what=HELD, how="hand", given_on=today, **by)
            facts: Facts = {"what": HELD, "how": "hand", "on": today.isoformat()}
            kind, subject = Kind.RIGHTS_ANSWER_GIVEN, case.id.hex
            log.append(kind, actor=row.opened_by, subject=subject, facts=facts, now=now)
            noting.settle(case, by=row.opened_by, now=now)
        return bool(row.heard)


def wish(sitting: SittingCard, asked: Sequence[str], today: date, now: datetime) -> Filed:
    """What the person wishes besides becomes a case of its own, with its own clock, and with what
    is known of who they are. Raises CaseRefused."""
    row = Case.objects.get(id=sitting.case)
    wanted = Asked(
        channel=Channel.DESK,
        asked=tuple(asked),
        arrived_on=today,
        language=row.language,
        country=row.country,
        capacity=row.capacity,
        line_number=row.line_number,
        direction=row.direction,
        customer=row.customer,
        about_from=row.about_from,
        about_to=row.about_to,
        about=row.about,
        name=row.name,
        contact=row.contact,
        identity_seen=row.identity_seen,
        proven=tuple(row.proven),
    )
    return file(wanted, today, by=ACTOR, now=now)


def end(sitting_id: UUID, now: datetime) -> None:
    """The kiosk opens nothing any more."""
    with transaction.atomic():
        row = Sitting.objects.select_for_update().filter(id=sitting_id, ended_at=None).first()
        if row is None:
            return
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        slots.forget_needs(row.case_id)
        facts: Facts = {"sitting": row.id.hex, "rows": row.heard}
        kind = Kind.RIGHTS_SITTING_ENDED
        log.append(kind, actor=ACTOR, subject=row.case_id.hex, facts=facts, now=now)


def _digest(case_id: UUID, code: str) -> str:
    """Eight digits are few, so a code is worth nothing but at a kiosk that a handler opened for
    this very case, and there for MOST_TRIES tries."""
    return hashlib.sha256(case_id.bytes + code.encode()).hexdigest()
