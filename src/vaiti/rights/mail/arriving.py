"""A mail becomes a case, joins one, or is left as it is and counted.

The month of the law begins with its arrival, whatever time it waited for us. A bounce, an absence
note and a newsletter never make a case.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.rights import intake, papers
from vaiti.rights.asking import Channel, Right, State
from vaiti.rights.case_models import Case
from vaiti.rights.mail import canaries, wishes
from vaiti.rights.mail.reading import Mail
from vaiti.rights.mail.wishes import Wish
from vaiti.rights.mail_models import MailRow, MailSeen
from vaiti.rights.papers import PaperRules, Sheet
from vaiti.values.clock import to_micros

ACTOR = "system:mailbox"
AFTER = "rights:mail_after_closing"
MOST_CASES = 5
"""Of one sender in a day; more mails of theirs join the newest."""
_DAY = timedelta(days=1)


class What(StrEnum):
    CASE = "case"
    JOINED = "joined"
    ORDINARY = "ordinary"
    AUTOMATIC = "automatic"
    CANARY = "canary"
    KNOWN = "known"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mail lies: `validity` and `number` are those of IMAP, else 0; `name` is opaque."""

    box: str
    validity: int
    name: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class MailRules:
    """`every_case`: each mail that a person sends to one of these addresses is a request.
    `servers` are those of the controller's own, by which it came in."""

    every_case: frozenset[str] = frozenset()
    servers: frozenset[str] = frozenset()
    papers: PaperRules = field(default_factory=PaperRules)
    language: str = "fi"
    country: str = "FI"
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail with where it lies and when it came, which is never later than `now`."""

    mail: Mail
    place: Place
    at: datetime
    rules: MailRules
    now: datetime


@dataclass(frozen=True, slots=True)
class Took:
    """`complete`: all of it that may be kept is kept, so that the mail itself is needed no more.
    `mail` is the row that a receipt is noted in."""

    what: What
    number: str = ""
    language: str = ""
    case: Case | None = field(default=None, repr=False)
    mail: MailRow | None = field(default=None, repr=False)
    complete: bool = False


def receive(one: Arrival) -> Took:
    """One mail, whatever it is; all in one transaction, so that it is never half taken in."""
    wish, to = _wish(one.mail, one.rules), _joins(one.mail)
    sheets: tuple[Sheet, ...] = ()
    left: tuple[str, ...] = ()
    if (wish or to) and not one.mail.automatic and not one.mail.canary:
        sheets, left = papers.sort(one.mail.attached, one.rules.papers)
        left += ("paper_left",) * (one.mail.parts_left_out + one.mail.cut)
    with transaction.atomic():
        took = _took(one, wish, to)
        if took.case is not None:
            took = _keep(one, took, took.case, sheets, left)
        MailSeen.objects.get_or_create(
            box=one.place.box,
            validity=one.place.validity,
            place=one.place.name,
            defaults={"number": one.place.number, "what": took.what.value, "seen_at": one.now},
        )
    return took


def would_be(mail: Mail, rules: MailRules) -> What:
    """What it would be taken for; of a test mail without looking whether it is one of ours."""
    if mail.canary:
        return What.CANARY
    if mail.automatic:
        return What.AUTOMATIC
    if _joins(mail) is not None:
        return What.JOINED
    return What.CASE if _wish(mail, rules) else What.ORDINARY


def _wish(mail: Mail, rules: MailRules) -> Wish | None:
    found = wishes.wish(mail.subject, mail.text)
    if found is None and mail.recipients & rules.every_case:
        tongue = wishes.tongue_of(mail.text)
        found = Wish((Right.INFORMATION.value,), tongue or rules.language)
    return found


def _joins(mail: Mail) -> Case | None:
    """The case that it names or answers."""
    if mail.case is not None:
        year, serial = mail.case
        named = Case.objects.filter(year=year, serial=serial).first()
        if named is not None:
            return named
    answered = MailRow.objects.filter(fingerprint__in=mail.answers).order_by("-arrived_at").first()
    return answered.case if answered is not None else None


def _took(one: Arrival, wish: Wish | None, to: Case | None) -> Took:
    mail = one.mail
    if mail.canary:
        return Took(What.CANARY if canaries.arrived(mail.canary, one.now) else What.AUTOMATIC)
    if mail.automatic:
        return Took(What.AUTOMATIC)
    if MailRow.objects.filter(fingerprint=mail.fingerprint).exists():
        return Took(What.KNOWN, complete=True)
    closed = to is not None and to.state == State.CLOSED
    if wish is not None and (to is None or closed):
        to, closed = _one_of_many(one), False
        if to is None:
            return _opened(one, wish)
    if to is None:
        return Took(What.ORDINARY)
    number = intake.number_of(to.year, to.serial)
    _start_clock(one, to)
    if closed:
        alarms.raise_alarm(AFTER, to.id.hex, f"number={number}", one.now, event=True)
    return Took(What.JOINED, number, to.language, to)


def _start_clock(one: Arrival, case: Case) -> None:
    """Who was asked who they are has answered: the clock goes on from the mail's arrival."""
    if case.asked_on is None or case.answered_on is not None or case.state == State.CLOSED:
        return
    case.answered_on = min(one.at, one.now).astimezone(one.rules.zone).date()
    case.save(update_fields=["answered_on"])
    kind, subject = Kind.RIGHTS_IDENTITY_ANSWERED, case.id.hex
    log.append(kind, actor=ACTOR, subject=subject, facts={}, now=one.now)


def _one_of_many(one: Arrival) -> Case | None:
    """The newest open case of a sender who opened too many in a day."""
    theirs = Case.objects.filter(
        channel=Channel.EMAIL,
        contact=_contact(one.mail),
        registered_by=ACTOR,
        registered_at__gte=one.now - _DAY,
    ).exclude(state=State.CLOSED)
    found = list(theirs.order_by("-registered_at", "-serial")[:MOST_CASES])
    return found[0] if len(found) == MOST_CASES else None


def _opened(one: Arrival, wish: Wish) -> Took:
    mail, rules = one.mail, one.rules
    today = one.now.astimezone(rules.zone).date()
    day = min(one.at, one.now).astimezone(rules.zone).date()
    asked = intake.Asked(
        channel=Channel.EMAIL,
        asked=wish.asked,
        arrived_on=max(day, today - intake.OLDEST),
        language=wish.language or rules.language,
        country=rules.country,
        name=mail.sender.partition("<")[0].strip(' "')[:100] if "<" in mail.sender else "",
        contact=_contact(mail),
        about=mail.subject,
    )
    filed = intake.file(asked, today, by=ACTOR, now=one.now)
    case = Case.objects.get(id=filed.id)
    case.secret = ""  # the code that opens the case's state does not travel by open mail
    case.save(update_fields=["secret"])
    return Took(What.CASE, filed.number, case.language, case)


def _contact(mail: Mail) -> str:
    return mail.sender.rpartition("<")[2].rstrip("> ")[:300]


def _keep(
    one: Arrival, took: Took, case: Case, sheets: tuple[Sheet, ...], left: tuple[str, ...]
) -> Took:
    row = MailRow.objects.create(
        case=case,
        fingerprint=one.mail.fingerprint,
        arrived_at=min(one.at, one.now),
        sender=one.mail.sender,
        subject=one.mail.subject,
        text=one.mail.text,
        left_out=list(left),
    )
    for sheet in sheets:
        papers.keep(case, sheet, row, by=ACTOR, now=one.now)
    facts: Facts = {
        "number": took.number,
        "arrived_us": to_micros(row.arrived_at),
        "kept": len(sheets),
        "left_out": len(left),
    }
    kind = Kind.RIGHTS_MAIL_TAKEN
    log.append(kind, actor=ACTOR, subject=case.id.hex, facts=facts, now=one.now)
    waits = one.rules.papers.scanner is not None and not all(sheet.scanned for sheet in sheets)
    return replace(took, mail=row, complete=not left and not waits)


def note_receipt(took: Took, now: datetime) -> None:
    """Its sender was told the case's number."""
    if took.mail is None or took.case is None:
        return
    with transaction.atomic():
        MailRow.objects.filter(id=took.mail.id).update(receipt_at=now)
        kind, subject = Kind.RIGHTS_MAIL_ANSWERED, took.case.id.hex
        log.append(kind, actor=ACTOR, subject=subject, facts={"number": took.number}, now=now)
