"""The right to open a call for a disclosure required by law: two persons, and no other door.

Whoever hands it over and who approved it both stand here and are trained at this instant. The
matter itself, its statute and its calls are for rights to know (rights.law).
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.copying import open_whole
from vaiti.access.errors import NotVisible
from vaiti.access.standing import no_to, standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.register import calls
from vaiti.vault.grant import Opening

DISCLOSERS = holders(Besides.CASES)
RULE = "disclosure"


def open_disclosed(
    person_id: UUID, call_id: UUID, *, approver: UUID, reference: str, now: datetime, seed: bytes
) -> Opening:
    """All of the call's sound, for one sealed package. Raises NotVisible and Unprepared."""
    with transaction.atomic(durable=True):
        person, second = standing(person_id, now), standing(approver, now)
        legs = calls.legs(call_id)
        two = person_id != approver and all(
            one.here and one.roles & DISCLOSERS for one in (person, second)
        )
        if two and not person.lacks and legs and legs[0].call.readable(now):
            return open_whole(person, legs, RULE, reference, now=now, seed=seed)
        facts: Facts = {
            "door": "disclosure",
            "exists": bool(legs),
            "rule": RULE if two else "",
            "needs": " ".join(person.lacks),
        }
        actor, kind = person_id.hex, Kind.ACCESS_CALL_REFUSED
        log.append(kind, actor=actor, subject=call_id.hex, facts=facts, now=now)
    if two and not person.lacks:
        raise NotVisible
    raise no_to(person)
