"""The grant under which a backup gets a copy of the key store, every key in it sealed."""

from datetime import datetime, timedelta

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.values.clock import to_micros
from vaiti.values.ids import ObjectId
from vaiti.vault.grant import BACKUP, NO_CALL, Grant, issue

ACTOR = "system:backup"
LIFETIME = timedelta(minutes=5)


def grant_for(backup: ObjectId, now: datetime, seed: bytes) -> str:
    """The token, for the backup of this id. Logged first: the key process looks for the entry."""
    with transaction.atomic(durable=True):
        leaf = log.append(Kind.KEYS_STORE_COPIED, actor=ACTOR, subject=backup, facts={}, now=now)
    moment = to_micros(now)
    grant = Grant(
        grant=backup,
        leaf=leaf.hex,
        call_id=NO_CALL,
        actor=ACTOR,
        purpose=BACKUP,
        from_us=0,
        to_us=0,
        not_before_us=moment,
        expires_us=to_micros(now + LIFETIME),
    )
    return issue(seed, grant)
