"""Letters of webhooks that were given up: who may look at them and have one sent anew.

A letter holds ids and codes; it tells nothing of a person or a call.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.due import jobs
from vaiti.due.jobs import Dead
from vaiti.people import book

PREFIX: Final = "webhook:"
"""How the kind of such a job begins; the receiver's name follows."""
SENDERS = frozenset({"administrator"})
MOST = 200  # shown on one page


class NotYours(Exception):
    """This person may not have letters sent anew."""


def given_up() -> list[Dead]:
    """The newest first."""
    return jobs.dead(PREFIX, MOST)


def send_anew(person_id: UUID, letter: UUID, now: datetime) -> bool:
    """False when it is not there any more. Raises NotYours."""
    if not book.roles(person_id, now) & SENDERS:
        raise NotYours
    with transaction.atomic():
        revived = jobs.revive(letter, PREFIX, now)
        if revived:
            facts: Facts = {"letter": letter.hex}
            log.append(Kind.DUE_LETTER_SENT_ANEW, actor=person_id.hex, facts=facts, now=now)
    return revived
