"""A request becomes a case, by whichever way it came, with its number at once (N-42 to N-46).

Who may is the caller's to say for what comes from outside; at the desk it is a handler. The log
knows codes and days: no name, no number, no word that the person wrote.
"""

import hashlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Max

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import lines
from vaiti.register import call_reference
from vaiti.register.call_reference import Mistyped
from vaiti.rights import typed
from vaiti.rights.asking import (
    DOCUMENTS,
    LANGUAGES,
    SIGNATURES,
    Capacity,
    Channel,
    Proof,
    Right,
    State,
    check_codes,
)
from vaiti.rights.case_models import Case
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import require_handler
from vaiti.values.masked import MASK, NOT_AVAILABLE, MaskedNumber

TRIES = 8  # for a number that two requests want at once
OLDEST = timedelta(days=366)  # since the arrival of a letter
_SECRET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_GROUPS, _LENGTH = 4, 5
BY_HAND = (Channel.DESK, Channel.LETTER, Channel.TELEPHONE, Channel.EMAIL)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it was filed. `customer` is masked already; empty when no number was told."""

    channel: str
    asked: tuple[str, ...]
    arrived_on: date
    language: str = "fi"
    country: str = "FI"
    capacity: str = Capacity.CUSTOMER
    line_number: str = ""
    direction: str = ""
    customer: str = ""
    call_reference: str = ""
    about_from: date | None = None
    about_to: date | None = None
    about: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    contact: str = field(default="", repr=False)
    signature: str = ""
    identity_seen: str = ""
    proven: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Filed:
    """What the person is given: `secret` opens the state of the case, and is shown this once."""

    id: UUID
    number: str
    secret: str = field(repr=False)


def number_of(year: int, serial: int) -> str:
    """R-2026-17: with a letter in front it is taken for no telephone number."""
    return f"R-{year}-{serial}"


def file_by_hand(person_id: UUID, asked: Asked, today: date, now: datetime) -> Filed:
    """What came to the desk, by letter or by telephone. Raises NotVisible, Unprepared,
    CaseRefused."""
    require_handler(person_id, now)
    if asked.channel not in BY_HAND:
        raise CaseRefused("channel")
    if asked.identity_seen:
        asked = replace(asked, proven=(*asked.proven, Proof.IN_PERSON))
    return file(asked, today, by=person_id.hex, now=now)


def file(asked: Asked, today: date, *, by: str, now: datetime) -> Filed:
    """Opens the case and gives it its number. Raises CaseRefused."""
    check(asked, today)
    if asked.line_number and lines.line_for(asked.line_number, now) is None:
        raise CaseRefused("line")
    secret = _new_secret()
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return _file(asked, secret, by, now)
        except IntegrityError:
            continue  # another request has just taken the number
    raise CaseRefused("busy")


def _file(asked: Asked, secret: str, by: str, now: datetime) -> Filed:
    year = asked.arrived_on.year
    last = Case.objects.filter(year=year).aggregate(last=Max("serial"))["last"] or 0
    row = Case.objects.create(
        year=year,
        serial=last + 1,
        state=State.RECEIVED,
        channel=asked.channel,
        capacity=asked.capacity,
        language=asked.language,
        country=asked.country,
        asked=list(asked.asked),
        arrived_on=asked.arrived_on,
        registered_at=now,
        registered_by=by,
        name=typed.without_numbers(asked.name.strip()),
        contact=typed.without_numbers(asked.contact.strip()),
        line_number=asked.line_number,
        direction=asked.direction,
        customer=asked.customer,
        call_reference=asked.call_reference,
        about_from=asked.about_from,
        about_to=asked.about_to,
        about=typed.without_numbers(asked.about.strip()),
        signature=asked.signature,
        identity_seen=asked.identity_seen,
        proven=list(asked.proven),
        secret=digest(secret),
    )
    number = number_of(year, row.serial)
    kind, facts = Kind.RIGHTS_CASE_REGISTERED, _filed(asked, number)
    log.append(kind, actor=by, subject=row.id.hex, facts=facts, now=now)
    return Filed(row.id, number, secret)


def _filed(asked: Asked, number: str) -> Facts:
    return {
        "number": number,
        "channel": Channel(asked.channel).value,
        "asked": " ".join(asked.asked),
        "arrived": asked.arrived_on.isoformat(),
        "capacity": Capacity(asked.capacity).value,
        "signature": asked.signature,
        "identity_seen": asked.identity_seen,
    }


def check(asked: Asked, today: date) -> None:
    """Raises CaseRefused with what to change."""
    if asked.channel not in set(Channel):
        raise CaseRefused("channel")
    if not asked.asked or not check_codes(asked.asked, set(Right)):
        raise CaseRefused("asked")
    if asked.capacity not in set(Capacity) or asked.language not in LANGUAGES:
        raise CaseRefused("capacity")
    if not (len(asked.country) == 2 and asked.country.isascii() and asked.country.isupper()):
        raise CaseRefused("country")
    if not today - OLDEST <= asked.arrived_on <= today:
        raise CaseRefused("arrived")
    _check_about(asked, today)
    _check_words(asked)


def _check_about(asked: Asked, today: date) -> None:
    begins, ends = asked.about_from, asked.about_to
    if (begins and begins > today) or (begins and ends and begins > ends):
        raise CaseRefused("about_days")
    if asked.direction not in ("", "in", "out"):
        raise CaseRefused("direction")
    if asked.customer not in ("", NOT_AVAILABLE):
        if not asked.customer.endswith(MASK):
            raise CaseRefused("number")
        MaskedNumber(asked.customer)
    if asked.call_reference and asked.call_reference != reference_in(asked.call_reference):
        raise CaseRefused("reference")


def reference_in(typed_in: str) -> str:
    """A call's reference as somebody typed it; nothing where nothing was typed. Raises CaseRefused.
    Whether there is such a call is not said here: nobody learns it by trying."""
    try:
        return call_reference.read(typed_in) if typed_in.strip() else ""
    except Mistyped as error:
        raise CaseRefused("reference") from error


def _check_words(asked: Asked) -> None:
    if len(asked.name) > 100 or len(asked.contact) > 300 or len(asked.about) > 450:
        raise CaseRefused("words")
    if asked.signature not in ("", *SIGNATURES) or asked.identity_seen not in ("", *DOCUMENTS):
        raise CaseRefused("document")


def _new_secret() -> str:
    """About 98 bits, in letters and digits that nobody takes for one another."""
    parts = ("".join(secrets.choice(_SECRET) for _ in range(_LENGTH)) for _ in range(_GROUPS))
    return "-".join(parts)


def digest(secret: str) -> str:
    """Of a secret as somebody typed it: spaces, hyphens and small letters make no difference."""
    plain = "".join(one for one in secret.upper() if one.isalnum())
    return hashlib.sha256(plain.encode()).hexdigest()
