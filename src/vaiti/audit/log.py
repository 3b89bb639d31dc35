"""Appends an entry in the caller's transaction: no act without its entry, and no entry without."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import connection

from vaiti.audit.entry import SALT_LENGTH, EntryError, Facts, body_text, commitment
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Content, Leaf

MAX_NAME = 64  # in characters, of an actor or a subject


class NotInTransaction(RuntimeError):
    """An entry outside a transaction could stand without its act. The caller is wrong."""


def append(kind: Kind | str, *, actor: str, subject: str = "", facts: Facts, now: datetime) -> UUID:
    """Writes one entry and returns its leaf's id.

    `actor` and `subject` are opaque ids (a person's, a call's) or `system:<name>`; never a name or
    a number. Raises EntryError for an unknown kind or unfit facts, and NotInTransaction.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("open a transaction around the act and its entry")
    if not 0 < len(actor) <= MAX_NAME or len(subject) > MAX_NAME:
        raise EntryError(f"actor and subject are at most {MAX_NAME} characters; an actor is named")
    salt, body = secrets.token_bytes(SALT_LENGTH), body_text(actor, subject, facts)
    leaf = Leaf.objects.create(at=now, kind=_known(kind).value, commitment=commitment(salt, body))
    Content.objects.create(leaf=leaf, salt=salt, body=body, actor=actor, subject=subject)
    return leaf.id


def _known(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError as error:
        raise EntryError("the kind is not listed in vaiti.audit.kinds; list it there") from error
