"""Appends an entry in the caller's transaction: no act without its entry, and no entry without."""

import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection

from vaiti.audit.entry import SALT_LENGTH, EntryError, Facts, body_text, commitment
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Content, Leaf

MAX_NAME = 64  # in characters, of an actor or a subject
ROWS_AT_ONCE = 500  # of a statement


class NotInTransaction(RuntimeError):
    """An entry outside a transaction could stand without its act. The caller is wrong."""


def append(kind: Kind | str, *, actor: str, subject: str = "", facts: Facts, now: datetime) -> UUID:
    """Writes one entry and returns its leaf's id.

    `actor` and `subject` are opaque ids (a person's, a call's) or `system:<name>`; never a name or
    a number. Raises EntryError for an unknown kind or unfit facts, and NotInTransaction.
    """
    (leaf,) = append_all(kind, [(subject, facts)], actor=actor, now=now)
    return leaf


def append_all(
    kind: Kind | str, acts: Iterable[tuple[str, Facts]], *, actor: str, now: datetime
) -> list[UUID]:
    """One entry of this kind for each subject with its facts, in two statements; their leaves' ids.

    As `append`: all of them stand, or none.
    """
    if not connection.in_atomic_block:
        raise NotInTransaction("open a transaction around the act and its entry")
    known, leaves, contents = _known(kind).value, list[Leaf](), list[Content]()
    for subject, facts in acts:
        if not 0 < len(actor) <= MAX_NAME or len(subject) > MAX_NAME:
            raise EntryError(
                f"actor and subject are at most {MAX_NAME} characters; an actor is named"
            )
        salt, body = secrets.token_bytes(SALT_LENGTH), body_text(actor, subject, facts)
        leaf = Leaf(at=now, kind=known, commitment=commitment(salt, body))
        leaves.append(leaf)
        contents.append(Content(leaf=leaf, salt=salt, body=body, actor=actor, subject=subject))
    Leaf.objects.bulk_create(leaves, batch_size=ROWS_AT_ONCE)
    Content.objects.bulk_create(contents, batch_size=ROWS_AT_ONCE)
    return [leaf.id for leaf in leaves]


def _known(kind: Kind | str) -> Kind:
    try:
        return Kind(kind)
    except ValueError as error:
        raise EntryError("the kind is not listed in vaiti.audit.kinds; list it there") from error
