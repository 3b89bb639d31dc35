"""The first step of signing in, a login and a password; throttled and logged.

A refused try is logged with the person where the login is known, and with nothing of what was
typed where it is not: people type their password in the wrong field.
"""

import secrets
from datetime import datetime
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people import book, sessions, throttle
from vaiti.people.book import PersonCard
from vaiti.people.dated import standing
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Person
from vaiti.people.strength import MAX_PASSWORD, weakness
from vaiti.people.throttle import Count, Origin

UNKNOWN = "unknown"
NOWHERE = Origin()
GROUPS = 5  # of four hexadecimal digits each in a password that is made here: 80 bits


class WeakPassword(ValueError):
    """The password is not accepted; the sentence says what to change."""


class WrongPassword(ValueError):
    """The password given as the present one is not it, or was tried too often."""


def sign_in(
    login: str, password: str, now: datetime, origin: Origin = NOWHERE
) -> PersonCard | None:
    """The person whose login and password these are, or None. No session is begun.

    None tells nothing of why: unknown login, wrong password, leaver and throttle look alike, and
    all but the throttle take one password hash of time.
    """
    counts = throttle.counts_of(login, origin)
    if not throttle.reserve(counts, now):
        return None
    row = Person.objects.filter(standing(now, "active"), login=login[:64]).first()
    if not _matches(row, password) or row is None:
        actor = UNKNOWN if row is None else row.id.hex
        log_refusal(actor, counts, "password", now)
        return None
    throttle.forgive(counts)
    return book.card(row, now)


def seconds_to_wait(login: str, now: datetime, origin: Origin = NOWHERE) -> int:
    """How long `login` is throttled yet, known or unknown alike; 0 when it may be tried."""
    return throttle.seconds_left(throttle.counts_of(login, origin), now)


def _matches(row: Person | None, password: str) -> bool:
    if len(password) > MAX_PASSWORD:
        password = ""
    if row is None or not row.password:
        make_password(password)  # takes the time that a known login would
        return False
    return check_password(password, row.password)


def log_refusal(actor: str, counts: list[Count], step: str, now: datetime) -> None:
    """Writes down a try that failed, and whether it was the last for a while."""
    failures = throttle.failures(counts[0])
    facts: dict[str, Fact] = {
        "failures": failures,
        "step": step,
        "throttled": failures >= counts[0].most,
    }
    with transaction.atomic():
        log.append(Kind.PEOPLE_SESSION_REFUSED, actor=actor, facts=facts, now=now)


def set_password(
    person_id: UUID,
    password: str,
    *,
    by: str,
    now: datetime,
    keep: UUID | None = None,
    given: bool = False,
    hashed: str = "",
) -> None:
    """Stores the scrypt hash and ends the person's sessions but `keep`.

    `given`: somebody else knows it, so that its owner must change it when they sign in. `hashed` is
    its hash where there is one: a demo's people share a password, and one hash of it.

    Raises WeakPassword, and LookupError for a person not here.
    """
    row = Person.objects.filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise LookupError("there is no such person at this time")
    sentence = weakness(password, row.login, row.name)
    if sentence is not None:
        raise WeakPassword(sentence)
    with transaction.atomic():
        kept = {"password": hashed or make_password(password), "password_given": given}
        Person.objects.filter(id=row.id).update(**kept)
        kind = Kind.PEOPLE_PASSWORD_CHANGED
        log.append(kind, actor=by, subject=row.id.hex, facts={"given": given}, now=now)
        sessions.end_others(person_id, but=keep, by=by, now=now)


def give_password(person_id: UUID, *, by: str, now: datetime) -> str:
    """A new random password of somebody else, to be told to them once; all their sessions end.

    Raises EnrolmentError for somebody who is not here.
    """
    row = Person.objects.filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise EnrolmentError("there is no such person at this time")
    made = ""
    while weakness(made, row.login, row.name) is not None:
        made = "-".join(secrets.token_hex(2) for _ in range(GROUPS))
    set_password(person_id, made, by=by, now=now, given=True)
    return made


def change_password(
    person_id: UUID, present: str, wanted: str, now: datetime, *, keep: UUID | None = None
) -> None:
    """The person's own change. Raises WrongPassword, throttled, and WeakPassword.

    The count is the person's own, so that a stranger at the sign-in page cannot close this form.
    """
    row = Person.objects.filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise WrongPassword("the present password is not right")
    counts = throttle.counts_of_own(row.id.hex)
    reserved = throttle.reserve(counts, now)
    if not reserved or not _matches(row, present):
        if reserved:
            log_refusal(row.id.hex, counts, "password", now)
        raise WrongPassword("the present password is not right")
    throttle.forgive(counts)
    if wanted == present:
        raise WeakPassword("Choose another password than the present one.")
    set_password(person_id, wanted, by=person_id.hex, now=now, keep=keep)
