"""Somebody's word for what no machine sees, with its day and its end (N-34, N-43 to N-45)."""

import calendar
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.sentences import Kind as Stands
from vaiti.notice.sentences import Sentence, Wording
from vaiti.promises.models import Attestation, Change, Standing
from vaiti.promises.state import State
from vaiti.values.clock import to_micros


class NothingToAttest(LookupError):
    """The notice has no such sentence that rests on somebody's word."""


def attest(wording: Wording, sentence_id: str, by: UUID, now: datetime) -> datetime:
    """`by` vouches for what the sentence says; until when it counts. Raises NothingToAttest."""
    sentence = _attested(wording, sentence_id)
    until = _later(now, sentence.lasts_months, ZoneInfo(wording.promised.zone))
    with transaction.atomic():
        row = Attestation.objects.create(what=sentence.attests, person_id=by, at=now, until=until)
        facts: Facts = {"what": row.what, "until_us": to_micros(until)}
        kind = Kind.PROMISES_ATTESTATION_GIVEN
        log.append(kind, actor=by.hex, subject=sentence.id, facts=facts, now=now)
        for one in wording.sentences:
            if one.attests == sentence.attests:
                _stands(one.id, now)
    return until


def _attested(wording: Wording, sentence_id: str) -> Sentence:
    for one in wording.sentences:
        if one.id == sentence_id and one.kind is Stands.ATTESTED:
            return one
    raise NothingToAttest


def _stands(sentence_id: str, now: datetime) -> None:
    """At once: whoever has just given their word sees that it counts."""
    before = Standing.objects.filter(sentence=sentence_id).first()
    if before is not None and before.state == State.ATTESTED:
        return
    defaults = {"state": State.ATTESTED, "check_id": "", "since": now, "checked_at": now}
    Standing.objects.update_or_create(sentence=sentence_id, defaults=defaults)
    Change.objects.create(sentence=sentence_id, state=State.ATTESTED, at=now)


def _later(now: datetime, months: int, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    day = min(local.day, calendar.monthrange(year, month + 1)[1])
    return local.replace(year=year, month=month + 1, day=day)
