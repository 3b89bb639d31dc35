"""The notice to those of us who speak on recorded calls (L-30), and who has read it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts as Told
from vaiti.audit.kinds import Kind
from vaiti.notice.filling import PERIOD
from vaiti.people import book
from vaiti.promises.models import Acknowledgement
from vaiti.promises.papers.days import write
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

NAME = "staff"


def sheet(facts: Facts, language: str) -> Sheet:
    say = Words(NAME, language)
    wording, promised = facts.wording, facts.wording.promised
    names = {"controller": wording.controller.name, "contact": wording.controller.privacy_contact}
    lines = ", ".join(one.said(language) for one in facts.lines) or "–"
    fields = say.terms("field", promised.fields)
    why = [
        (say.term("purpose", one), say.term("basis", promised.basis[one]))
        for one in promised.purposes
    ]
    period = PERIOD[language](promised.period_months)
    parts = (
        Part(
            say("recorded.title"),
            (
                say("recorded.lines", lines=lines),
                say("recorded.data", fields=fields),
                say("recorded.private"),
            ),
        ),
        Part(say("why.title"), (say("why.law"),), (say("why.purpose"), say("why.basis")), why),
        Part(say("never.title"), (say("never.scores"), say("never.time"), say("never.voice"))),
        Part(
            say("heard.title"),
            (
                say("heard.roles", roles=say.terms("role", promised.roles)),
                say("heard.managers"),
                say("heard.seen"),
            ),
        ),
        Part(say("long.title"), (say("long.period", period=period),)),
        Part(say("rights.title"), (say("rights.which"), say("rights.where", **names))),
        Part(say("talked.title"), (_talked(facts, say),)),
    )
    begins = say("begins", version=wording.version, **names)
    return Sheet(NAME, say("title"), language, (begins, say("lead", **names)), parts)


def _talked(facts: Facts, say: Words) -> str:
    if facts.dialogue is None:
        return say("talked.not_yet")
    talk = facts.dialogue.talk
    return say("talked.held", day=write(talk.held_on), parties=talk.parties)


@dataclass(frozen=True, slots=True)
class Reading:
    """How many of those who speak on recorded calls have read the notice as it stands."""

    read: int
    whole: int


def acknowledge(person: UUID, version: str, sha256: str, now: datetime) -> None:
    """The second time of the same words changes nothing."""
    with transaction.atomic():
        given = {"version": version, "at": now}
        _row, made = Acknowledgement.objects.get_or_create(
            person_id=person, sha256=sha256, defaults=given
        )
        if made:
            facts: Told = {"version": version, "sha256": sha256}
            log.append(Kind.PROMISES_STAFF_NOTICE_READ, actor=person.hex, facts=facts, now=now)


def read_at(person: UUID, sha256: str) -> datetime | None:
    row = Acknowledgement.objects.filter(person_id=person, sha256=sha256).first()
    return row.at if row else None


def reading(sha256: str, now: datetime) -> Reading:
    """Of everybody who is here now."""
    here = {one.id for one in book.persons(now)}
    rows = Acknowledgement.objects.filter(sha256=sha256, person_id__in=here)
    return Reading(rows.count(), len(here))
