"""Signing in with a login and a password, throttled and logged.

A refused try is logged with the person where the login is known, and with nothing of what was
typed where it is not: people type their password in the wrong field.
"""

import math
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils.crypto import constant_time_compare, salted_hmac

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.people.book import PersonCard
from vaiti.people.dated import standing
from vaiti.people.models import Person, SignInFailure
from vaiti.people.strength import MAX_PASSWORD, weakness

MAX_FAILURES = 5  # of one login within WINDOW; further tries are refused unseen until these age
WINDOW = timedelta(minutes=15)
UNKNOWN = "unknown"


class WeakPassword(ValueError):
    """The password is not accepted; the sentence says what to change."""


class WrongPassword(ValueError):
    """The password given as the present one is not it, or was tried too often."""


def sign_in(login: str, password: str, now: datetime) -> PersonCard | None:
    """The person whose login and password these are, or None.

    None tells nothing of why: unknown login, wrong password, leaver and throttle look alike, and
    all but the throttle take one password hash of time.
    """
    digest = _digest(login)
    reserved = _reserve(digest, now)
    if reserved is None:
        return None
    row = Person.objects.filter(standing(now, "active"), login=login[:64]).first()
    if not _matches(row, password) or row is None:
        actor = UNKNOWN if row is None else row.id.hex
        _log_refusal(actor, digest, now)
        return None
    return _admit(row, digest, now)


def seconds_to_wait(login: str, now: datetime) -> int:
    """How long `login` is throttled yet, known or unknown alike; 0 when it may be tried."""
    failures = SignInFailure.objects.filter(login_digest=_digest(login), at__gt=now - WINDOW)
    newest = list(failures.order_by("-at").values_list("at", flat=True)[:MAX_FAILURES])
    if len(newest) < MAX_FAILURES:
        return 0
    return max(1, math.ceil((newest[-1] + WINDOW - now).total_seconds()))


def _digest(login: str) -> str:
    return salted_hmac("vaiti.people.signin", login, algorithm="sha256").hexdigest()


def _reserve(digest: str, now: datetime) -> SignInFailure | None:
    """Counts a try as failed before it is looked at, so that tries side by side count too."""
    SignInFailure.objects.filter(at__lte=now - WINDOW).delete()
    failure = SignInFailure.objects.create(login_digest=digest, at=now)
    if SignInFailure.objects.filter(login_digest=digest).count() <= MAX_FAILURES:
        return failure
    failure.delete()
    return None


def _matches(row: Person | None, password: str) -> bool:
    if len(password) > MAX_PASSWORD:
        password = ""
    if row is None or not row.password:
        make_password(password)  # takes the time that a known login would
        return False
    return check_password(password, row.password)


def _log_refusal(actor: str, digest: str, now: datetime) -> None:
    failures = SignInFailure.objects.filter(login_digest=digest).count()
    facts = {"failures": failures, "throttled": failures >= MAX_FAILURES}
    with transaction.atomic():
        log.append(Kind.PEOPLE_SESSION_REFUSED, actor=actor, facts=facts, now=now)


def _admit(row: Person, digest: str, now: datetime) -> PersonCard:
    with transaction.atomic():
        SignInFailure.objects.filter(login_digest=digest).delete()
        log.append(Kind.PEOPLE_SESSION_OPENED, actor=row.id.hex, facts={}, now=now)
    return book.card(row, now)


def sign_out(person_id: UUID, now: datetime) -> None:
    """Writes down that the person ended their session."""
    with transaction.atomic():
        log.append(Kind.PEOPLE_SESSION_CLOSED, actor=person_id.hex, facts={}, now=now)


def session_mark(person_id: UUID) -> str:
    """What a session keeps of the password it was opened with: nothing can be told from it."""
    return _mark(Person.objects.values_list("password", flat=True).get(id=person_id))


def still_valid(person_id: UUID, mark: str, now: datetime) -> PersonCard | None:
    """The card to serve this request with; None ends the session.

    It ends for a leaver, an unknown person, and when the password is not that of `mark` any more.
    """
    row = Person.objects.filter(standing(now, "active"), id=person_id).first()
    if row is None or not constant_time_compare(_mark(row.password), mark):
        return None
    return book.card(row, now)


def _mark(password: str) -> str:
    return salted_hmac("vaiti.people.session", password, algorithm="sha256").hexdigest()


def set_password(person_id: UUID, password: str, *, by: str, now: datetime) -> None:
    """Stores the scrypt hash. Raises WeakPassword, and LookupError for a person not here."""
    row = Person.objects.filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise LookupError("there is no such person at this time")
    sentence = weakness(password, row.login, row.name)
    if sentence is not None:
        raise WeakPassword(sentence)
    with transaction.atomic():
        Person.objects.filter(id=row.id).update(password=make_password(password))
        kind = Kind.PEOPLE_PASSWORD_CHANGED
        log.append(kind, actor=by, subject=row.id.hex, facts={}, now=now)


def change_password(person_id: UUID, present: str, wanted: str, now: datetime) -> None:
    """The person's own change. Raises WrongPassword, throttled as sign-in is, and WeakPassword."""
    row = Person.objects.filter(standing(now, "active"), id=person_id).first()
    if row is None:
        raise WrongPassword("the present password is not right")
    digest = _digest(row.login)
    reserved = _reserve(digest, now)
    if reserved is None or not _matches(row, present):
        if reserved is not None:
            _log_refusal(row.id.hex, digest, now)
        raise WrongPassword("the present password is not right")
    SignInFailure.objects.filter(login_digest=digest).delete()
    set_password(person_id, wanted, by=person_id.hex, now=now)
