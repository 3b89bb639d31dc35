"""The grants under which machines work with keys: each batch has its entry before it is done."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.values.clock import Clock, to_micros
from vaiti.vault.grant import NO_CALL, Grant, issue
from vaiti.vault.work import DESTRUCTION, INTAKE, MOVING, ROTATION, Work

LIFETIME: Final = timedelta(minutes=10)
ACTORS: Final = {
    INTAKE: "system:intake",
    MOVING: "system:retention",
    DESTRUCTION: "system:retention",
    ROTATION: "system:command-line",
}


@dataclass(frozen=True, slots=True)
class KeyWork:
    """Gives a token for each piece of work that is asked of the key process."""

    seed: bytes = field(repr=False)
    clock: Clock

    def __call__(self, work: Work) -> str:
        """The entry is committed first: the key process looks for it."""
        now, actor = self.clock(), ACTORS[work.purpose]
        facts: Facts = {"purpose": work.purpose, "count": work.count}
        with transaction.atomic(durable=True):
            kind = Kind.KEYS_WORK_GRANTED
            leaf = log.append(kind, actor=actor, subject=work.about, facts=facts, now=now)
        grant = Grant(
            grant=work.about,
            leaf=leaf.hex,
            call_id=NO_CALL,
            actor=actor,
            purpose=work.purpose,
            from_us=0,
            to_us=0,
            not_before_us=to_micros(now),
            expires_us=to_micros(now + LIFETIME),
        )
        return issue(self.seed, grant)
