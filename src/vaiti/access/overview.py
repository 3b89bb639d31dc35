"""Who may read the log, and that they did. The log holds no audio and no number."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry, Page
from vaiti.people.duties import looks_at_people

REFUSED = (Kind.ACCESS_CALL_REFUSED, Kind.ACCESS_LISTENING_REFUSED)
NEWEST = 10

LOG_READERS = holders(Besides.LOG)


def read_log(
    person_id: UUID,
    now: datetime,
    *,
    kind: str | None = None,
    actor: str | None = None,
    before: str | None = None,
) -> Page:
    """One page of the log, newest first; the reading is an entry of its own.

    Raises NotVisible for whoever has neither role, and `audit.reading.BadCursor`.
    """
    with transaction.atomic(durable=True):
        person = standing(person_id, now)
        if not person.roles & LOG_READERS:
            raise NotVisible
        page = reading.entries(kind=kind, actor=actor, before=before)
        facts: Facts = {"kind": kind or "", "actor": actor or "", "entries": len(page.entries)}
        log.append(Kind.ACCESS_LOG_READ, actor=person_id.hex, facts=facts, now=now)
    return page


def read_history(reader_id: UUID, about: UUID, now: datetime) -> Page:
    """The newest entries that concern this member of staff; the reading is an entry of its own.

    For whoever looks at people (people.duties); raises NotVisible for anybody else.
    """
    with transaction.atomic(durable=True):
        person = standing(reader_id, now)
        if not looks_at_people(person.roles):
            raise NotVisible
        page = reading.entries(subject=about.hex)
        facts: Facts = {"entries": len(page.entries)}
        actor, kind = reader_id.hex, Kind.ACCESS_LOG_READ
        log.append(kind, actor=actor, subject=about.hex, facts=facts, now=now)
    return page


def refusals(person_id: UUID, now: datetime) -> tuple[LogEntry, ...]:
    """The newest refusals, for those who read the log. Raises NotVisible."""
    return _newest(person_id, "refused", REFUSED, now)


def papers(person_id: UUID, kind: Kind, now: datetime) -> tuple[LogEntry, ...]:
    """The newest reports or certificates, for those who read the log. Raises NotVisible."""
    return _newest(person_id, kind.value, (kind,), now)


def _newest(
    person_id: UUID, named: str, kinds: tuple[Kind, ...], now: datetime
) -> tuple[LogEntry, ...]:
    """The looking is an entry too, under the name that is given to it."""
    with transaction.atomic(durable=True):
        if not standing(person_id, now).roles & LOG_READERS:
            raise NotVisible
        found = [one for kind in kinds for one in reading.entries(kind=kind, limit=NEWEST).entries]
        newest = sorted(found, key=lambda one: one.at, reverse=True)[:NEWEST]
        facts: Facts = {"kind": named, "actor": "", "entries": len(newest)}
        log.append(Kind.ACCESS_LOG_READ, actor=person_id.hex, facts=facts, now=now)
    return tuple(newest)
