"""Tokens of the API: granted by name for a time, shown once, kept as a digest, ended at once.

Each grant is an item in the officer's queue. Nobody grants a token to themselves.
"""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from vaiti.access.models import ApiToken
from vaiti.access.naming import this_stay
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.access.token_rules import ALL_LINES, Terms, TokenError, TokenScope, check, reaches
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import lines
from vaiti.people import book
from vaiti.values.clock import to_micros

PREFIX = "vaiti-api-"
NOTED = timedelta(minutes=1)  # how exactly the last use is kept
GRANTERS = holders(Besides.TOKENS)


class UnknownToken(Exception):
    """No token that stands now is spelt so."""


class OutOfScope(Exception):
    """The token stands, and is not for this."""

    def __init__(self, scope: TokenScope) -> None:
        super().__init__(f"the token lacks the scope {scope.value}")
        self.scope = scope


@dataclass(frozen=True, slots=True)
class Token:
    """A token that has been granted. `person` is None for a machine's; `ended_at` when somebody
    ended it before its time."""

    id: UUID
    name: str
    person: UUID | None
    scopes: frozenset[str]
    purpose: str
    lines: frozenset[str]
    begins: datetime
    ends: datetime
    granted_by: str
    ended_at: datetime | None
    used_at: datetime | None

    @property
    def actor(self) -> str:
        """Who acts, as the log names it."""
        return self.person.hex if self.person else f"system:{self.name}"

    def stands(self, now: datetime) -> bool:
        return self.ended_at is None and self.begins <= now < self.ends

    def reaches(self, line: str) -> bool:
        return reaches(self.lines, line)


def grant(terms: Terms, *, by: str, now: datetime) -> str:
    """The new token's text, which nobody can be shown again. Raises TokenError.

    `by` is the granter's id in hex, or `system:` and a name.
    """
    check(terms, now)
    _check_people(terms, by, now)
    _check_lines(terms, now)
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        if ApiToken.objects.filter(name=terms.name, ended_at=None, ends__gt=now).exists():
            raise TokenError("A token of this name stands already. End it, or take another name.")
        row = ApiToken.objects.create(
            name=terms.name,
            digest=_digest(text),
            person_id=terms.person,
            scopes=sorted(terms.scopes),
            purpose=terms.purpose,
            lines=sorted(terms.lines),
            begins=terms.begins,
            ends=terms.ends,
            granted_by=by,
            granted_at=now,
        )
        facts: Facts = {
            "name": terms.name,
            "person": terms.person.hex if terms.person else "",
            "scopes": " ".join(sorted(terms.scopes)),
            "purpose": terms.purpose,
            "lines": len(terms.lines - {ALL_LINES}) or "all" if terms.lines else 0,
            "begins_us": to_micros(terms.begins),
            "ends_us": to_micros(terms.ends),
        }
        log.append(Kind.ACCESS_TOKEN_GRANTED, actor=by, subject=row.id.hex, facts=facts, now=now)
    return text


def end(token_id: UUID, *, by: str, now: datetime) -> None:
    """From this instant nobody is answered with it. Raises TokenError."""
    with transaction.atomic():
        standing = ApiToken.objects.filter(id=token_id, ended_at=None, ends__gt=now)
        if not standing.update(ended_at=now, ended_by=by):
            raise TokenError("There is no such token any more.")
        kind, subject = Kind.ACCESS_TOKEN_ENDED, token_id.hex
        log.append(kind, actor=by, subject=subject, facts={}, now=now)


def must(token: Token, scope: TokenScope, now: datetime) -> None:
    """Raises OutOfScope, with an entry."""
    if scope not in token.scopes:
        with transaction.atomic():
            facts: Facts = {"token": token.id.hex, "scope": scope.value}
            log.append(Kind.ACCESS_TOKEN_REFUSED, actor=token.actor, facts=facts, now=now)
        raise OutOfScope(scope)


def known(text: str, now: datetime) -> Token:
    """The token that is spelt so and stands now. Raises UnknownToken, for a leaver's too.

    A digest is looked up, so the time that takes tells nothing. Who comes back asks for a new one.
    """
    rows = ApiToken.objects.filter(Q(person=None) | this_stay("granted_at"))
    row = rows.filter(digest=_digest(text)).first()
    if row is None or not (token := _token(row)).stands(now):
        raise UnknownToken
    if token.person is not None and book.person(token.person, now) is None:
        raise UnknownToken
    if token.used_at is None or now - token.used_at >= NOTED:
        ApiToken.objects.filter(id=token.id).update(used_at=now)
    return token


def granted() -> list[Token]:
    """All that were ever granted, the newest first."""
    return [_token(row) for row in ApiToken.objects.order_by("-granted_at", "name")]


def may_grant(person_id: UUID, now: datetime) -> bool:
    return bool(standing(person_id, now).roles & GRANTERS)


def _check_people(terms: Terms, by: str, now: datetime) -> None:
    if terms.person is None:
        return
    if terms.person.hex == by:
        raise TokenError("Nobody grants a token to themselves. Ask another administrator.")
    if book.person(terms.person, now) is None:
        raise TokenError("There is no such person at this time.")


def _check_lines(terms: Terms, now: datetime) -> None:
    listed = {one.number for one in lines.standing(now)}
    if terms.lines - {ALL_LINES} - listed:
        raise TokenError("Name lines that stand in the register now.")


def _token(row: ApiToken) -> Token:
    return Token(
        id=row.id,
        name=row.name,
        person=row.person_id,
        scopes=frozenset(row.scopes),
        purpose=row.purpose,
        lines=frozenset(row.lines),
        begins=row.begins,
        ends=row.ends,
        granted_by=row.granted_by,
        ended_at=row.ended_at,
        used_at=row.used_at,
    )


def names_of(found: Iterable[Token]) -> dict[UUID, str]:
    """The current names of the owners and granters who are people."""
    people = {one.person for one in found if one.person}
    by = {one.granted_by for one in found if not one.granted_by.startswith("system:")}
    return book.names(people | {UUID(hex=one) for one in by})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
