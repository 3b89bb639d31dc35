"""Second factors: enrolling, naming, using and removing them; codes for when they are lost.

An app's secret is kept encrypted under a key that is made from the web's secret, which is in no
database; recovery codes are kept as keyed digests. Neither is ever logged.
"""

import base64
import os
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import transaction
from django.utils.crypto import salted_hmac

from vaiti.audit import log, reading
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.people import sessions, signin, throttle, totp
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Factor, FactorKind, RecoveryCode
from vaiti.people.teams import present
from vaiti.people.widening import FACTORS_REMOVED, by_another

MOST = 10  # factors of one person
MAX_NAME = 40
CODES = 10
TOLD = timedelta(days=30)  # for so long a person reads that somebody else removed their factors
LOST_OWN = "ask another administrator to remove your second factors"
CODE_BYTES = 15
"""120 bits, as what is kept as a fast digest needs (ASVS 6.5.2): 24 letters and digits. Earlier
ones have 16 and stand until new ones are made."""
GROUP = 4


class FactorError(ValueError):
    """The factor was not changed; the sentence says what to do."""


@dataclass(frozen=True, slots=True)
class FactorCard:
    id: UUID
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None


def factors_of(person_id: UUID) -> list[FactorCard]:
    rows = Factor.objects.filter(person_id=person_id).order_by("added_at", "id")
    return [FactorCard(one.id, one.kind, one.name, one.added_at, one.used_at) for one in rows]


def kinds_of(person_id: UUID) -> frozenset[str]:
    """Which kinds of second factor the person can show; empty for none."""
    return frozenset(Factor.objects.filter(person_id=person_id).values_list("kind", flat=True))


def codes_left(person_id: UUID) -> int:
    return RecoveryCode.objects.filter(person_id=person_id).count()


def new_secret() -> str:
    """A fresh secret for an app, sealed: it may rest in a session until the first code is given."""
    return _seal(secrets.token_bytes(totp.SECRET_BYTES))


def written(sealed: str) -> str:
    """The secret as apps take it, in base 32. Raises FactorError for one that is not ours."""
    return base64.b32encode(_unseal(sealed)).decode()


def add_totp(person_id: UUID, sealed: str, code: str, name: str, now: datetime) -> UUID:
    """Enrols the app whose first code this is. Raises FactorError."""
    step = totp.matching_step(_unseal(sealed), _digits(code), now, 0)
    if step is None:
        raise FactorError("The code is not the one that the app shows now. Give the newest one.")
    return add(person_id, FactorKind.TOTP, name, now, secret=sealed, last_step=step)


def add(person_id: UUID, kind: FactorKind, name: str, now: datetime, **columns: object) -> UUID:
    """Enters a factor that has been shown to work. Raises FactorError."""
    name = name.strip()
    if not 0 < len(name) <= MAX_NAME or not name.isprintable():
        raise FactorError("Give it a name of 1 to 40 characters, such as My telephone.")
    if Factor.objects.filter(person_id=person_id).count() >= MOST:
        raise FactorError("You have ten of them already. Remove one that you no longer use.")
    with transaction.atomic():
        row = Factor.objects.create(
            person_id=person_id, kind=kind, name=name, added_at=now, **columns
        )
        _log(Kind.PEOPLE_FACTOR_ADDED, person_id, person_id.hex, now, factor=str(kind))
    return row.id


def remove(person_id: UUID, factor_id: UUID, *, bound: bool, now: datetime) -> None:
    """Removes one of one's own. Raises FactorError for the last one of somebody who is `bound`."""
    rows = Factor.objects.filter(person_id=person_id)
    row = rows.filter(id=factor_id).first()
    if row is None:
        raise FactorError("It has been removed already.")
    if bound and rows.count() == 1:
        raise FactorError(
            "Your account needs a second factor. Add another one before you remove it."
        )
    with transaction.atomic():
        row.delete()
        if not rows.exists():
            RecoveryCode.objects.filter(person_id=person_id).delete()
        _log(Kind.PEOPLE_FACTOR_REMOVED, person_id, person_id.hex, now, factor=row.kind)


def remove_all(person_id: UUID, *, by: str, now: datetime) -> None:
    """For somebody who lost them all: they sign in with the password and enrol anew.

    Nobody does it for themselves, and the data protection officer is told. Raises EnrolmentError.
    """
    by_another(person_id, by, LOST_OWN)
    with transaction.atomic():
        present(person_id, now)
        count = Factor.objects.filter(person_id=person_id).count()
        if not count:
            raise EnrolmentError("this person has no second factor")
        Factor.objects.filter(person_id=person_id).delete()
        RecoveryCode.objects.filter(person_id=person_id).delete()
        sessions.end_others(person_id, by=by, now=now)
        _log(Kind.PEOPLE_FACTOR_REMOVED, person_id, by, now, factor="all", count=count)
        detail = f"{count} second factors removed by {by}"
        alarms.raise_alarm(FACTORS_REMOVED, person_id.hex, detail, now)


def removed_for(person_id: UUID, now: datetime) -> tuple[datetime, str] | None:
    """When somebody else last removed all of theirs within `TOLD`, and who: it is told to them."""
    kind, subject = Kind.PEOPLE_FACTOR_REMOVED, person_id.hex
    for one in reading.entries(kind=kind, subject=subject, limit=5).entries:
        if one.at > now - TOLD and one.facts.get("factor") == "all":
            return one.at, one.actor
    return None


def use_code(person_id: UUID, code: str, now: datetime) -> str | None:
    """`totp` or `recovery` when the code is one of the person's, else None; throttled, logged."""
    counts = throttle.counts_of_second(person_id.hex)
    if not throttle.reserve(counts, now):
        return None
    used = "totp" if _use_totp(person_id, _digits(code), now) else None
    if used is None and _use_recovery(person_id, code, now):
        used = "recovery"
    if used is None:
        signin.log_refusal(person_id.hex, counts, "second", now)
        return None
    throttle.forgive(counts)
    return used


def seconds_to_wait(person_id: UUID, now: datetime) -> int:
    return throttle.seconds_left(throttle.counts_of_second(person_id.hex), now)


def _use_totp(person_id: UUID, code: str, now: datetime) -> bool:
    """Takes each step once, also when two tries come at the same time."""
    for row in Factor.objects.filter(person_id=person_id, kind=FactorKind.TOTP):
        step = totp.matching_step(_unseal(row.secret), code, now, row.last_step)
        fresh = Factor.objects.filter(id=row.id, last_step=row.last_step)
        if step is not None and fresh.update(last_step=step, used_at=now):
            return True
    return False


def new_codes(person_id: UUID, now: datetime) -> list[str]:
    """Ten codes that each open once; earlier ones are void. Shown now and never again."""
    made = [_new_code() for _ in range(CODES)]
    with transaction.atomic():
        RecoveryCode.objects.filter(person_id=person_id).delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(person_id=person_id, digest=_code_digest(code)) for code in made
        )
        _log(Kind.PEOPLE_RECOVERY_MADE, person_id, person_id.hex, now, codes=CODES)
    return ["-".join(code[at : at + GROUP] for at in range(0, len(code), GROUP)) for code in made]


def _new_code() -> str:
    return base64.b32encode(secrets.token_bytes(CODE_BYTES)).decode().lower()


def _use_recovery(person_id: UUID, code: str, now: datetime) -> bool:
    plain = "".join(letter for letter in code.casefold() if letter.isalnum())
    with transaction.atomic():
        rows = RecoveryCode.objects.filter(person_id=person_id, digest=_code_digest(plain))
        if not rows.delete()[0]:
            return False
        left = codes_left(person_id)
        _log(Kind.PEOPLE_RECOVERY_USED, person_id, person_id.hex, now, left=left)
    return True


def _code_digest(code: str) -> str:
    return salted_hmac("vaiti.people.recovery", code, algorithm="sha256").hexdigest()


def _digits(code: str) -> str:
    return "".join(code.split())


def _sealing_key() -> AESGCM:
    return AESGCM(salted_hmac("vaiti.people.totp", "key", algorithm="sha256").digest())


def _seal(secret: bytes) -> str:
    nonce = os.urandom(12)
    return base64.b64encode(nonce + _sealing_key().encrypt(nonce, secret, None)).decode()


def _unseal(sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
        return _sealing_key().decrypt(raw[:12], raw[12:], None)
    except (ValueError, InvalidTag) as error:
        raise FactorError("Begin again: this secret was not made here.") from error


def _log(kind: Kind, subject: UUID, by: str, now: datetime, **facts: str | int) -> None:
    log.append(kind, actor=by, subject=subject.hex, facts=facts, now=now)
