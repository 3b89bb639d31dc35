"""Tokens of machines that enter people (SCIM): shown once, kept as a digest, ended by name."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from vaiti.audit.kinds import Kind
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.machine_models import ScimToken

PREFIX = "vaiti-scim-"
NOTED = timedelta(hours=1)  # how exactly the last use is kept


def make(name: str, *, by: str, now: datetime) -> str:
    """A new token, which nobody can be shown again. Raises EnrolmentError."""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", name):
        raise EnrolmentError("a token's name is of small letters, digits and -, at most 40")
    token = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        if ScimToken.objects.filter(name=name).exists():
            raise EnrolmentError("there is a token of this name; end it first")
        ScimToken.objects.create(name=name, digest=_digest(token), made_at=now)
        enter(Kind.PEOPLE_TOKEN_MADE, f"token:{name}", by, now)
    return token


def end(name: str, *, by: str, now: datetime) -> None:
    with transaction.atomic():
        if not ScimToken.objects.filter(name=name).delete()[0]:
            raise EnrolmentError("there is no token of this name")
        enter(Kind.PEOPLE_TOKEN_ENDED, f"token:{name}", by, now)


def known(token: str, now: datetime) -> bool:
    """Whether this is a token that stands. Its digest tells nothing by its time."""
    row = ScimToken.objects.filter(digest=_digest(token)).first()
    if row is None:
        return False
    if row.used_at is None or now - row.used_at >= NOTED:
        ScimToken.objects.filter(id=row.id).update(used_at=now)
    return True


def names() -> list[tuple[str, datetime, datetime | None]]:
    """Name, made at, last used at of each."""
    rows = ScimToken.objects.order_by("name")
    return [(row.name, row.made_at, row.used_at) for row in rows]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
