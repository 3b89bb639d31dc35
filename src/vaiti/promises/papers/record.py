"""The record of processing activities (GDPR Article 30(1)): the system as it is set. Pure."""

from collections.abc import Iterator

from vaiti.notice.filling import PERIOD
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.marks import GOOD, mood, stands
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

NAME = "record"
DETAILS = (
    *("name", "business_id", "postal_address", "visiting_address"),
    *("telephone", "email", "web", "privacy_contact"),
)
MEASURES = (
    *("security.sealed_on_disk", "security.keys_apart", "masking.database", "masking.key_tones"),
    *("access.named_persons", "access.own_calls", "access.managers_own_people"),
    *("training.before_access", "audit.log_whole", "audit.listening_logged"),
    *("register.sound_intact", "retention.destroyed_gone", "residency.places_allowed"),
)
"""What of the checks is a technical or organisational measure of Article 32(1)."""


def sheet(facts: Facts, language: str) -> Sheet:
    say = Words(NAME, language)
    wording = facts.wording
    told = {"controller": wording.controller.name, "version": wording.version, "day": facts.day}
    parts = (
        _who(facts, say),
        _joint(facts, say),
        _why(facts, say),
        *_data(facts, say),
        _to(facts, say),
        _processors(facts, say),
        _where(facts, say),
        _until(facts, say),
        _measures(facts, say),
    )
    return Sheet(NAME, say("title"), language, (say("begins", **told), say("lead")), parts)


def _who(facts: Facts, say: Words) -> Part:
    controller = facts.wording.controller
    rows = [
        (say(f"who.{name}"), getattr(controller, name))
        for name in DETAILS
        if getattr(controller, name)
    ]
    return Part(say("who.title"), (), (say("what"), say("who.answer")), rows)


def _joint(facts: Facts, say: Words) -> Part:
    rows = [(one.name, one.does[say.language]) for one in facts.wording.joint]
    lead = () if rows else (say("joint.none"),)
    return Part(say("joint.title"), lead, (say("joint.name"), say("joint.does")), rows)


def _why(facts: Facts, say: Words) -> Part:
    basis = facts.wording.promised.basis
    rows = [
        (say.term("purpose", one), say.term("basis", basis[one]))
        for one in facts.wording.promised.purposes
    ]
    return Part(say("why.title"), (), (say("why.purpose"), say("why.basis")), rows)


def _data(facts: Facts, say: Words) -> Iterator[Part]:
    promised = facts.wording.promised
    lead = (
        say("data.people"),
        say("data.fields", fields=say.terms("field", promised.fields)),
        say("data.mask", mask=promised.mask),
    )
    yield Part(say("data.title"), lead)
    rows = [
        (one.said(say.language), one.number, say.term("line", one.function)) for one in facts.lines
    ]
    yield Part(
        say("data.lines"),
        () if rows else ("–",),
        (say("data.lines"), say("data.number"), say("data.used")),
        rows,
    )


def _to(facts: Facts, say: Words) -> Part:
    promised = facts.wording.promised
    lead = (
        say("to.kinds", kinds=say.terms("recipient", promised.recipients)),
        say("to.roles", roles=say.terms("role", promised.roles)),
    )
    rows = [(one.name, str(one.people)) for one in facts.companies]
    return Part(say("to.title"), lead, (say("to.company"), say("to.people")), rows, live=1)


def _processors(facts: Facts, say: Words) -> Part:
    rows = [(one.name, one.does, one.country) for one in facts.processors]
    header = (say("processors.name"), say("processors.does"), say("processors.country"))
    lead = () if rows else (say("processors.none"),)
    return Part(say("processors.title"), lead, header, rows)


def _where(facts: Facts, say: Words) -> Part:
    lead = say("where.none", places=say.terms("place", facts.wording.promised.places))
    rows = [
        (
            say.term("where", one.role),
            one.provider or "–",
            one.country or "–",
            say.term("yes", "yes" if one.well else "no"),
        )
        for one in facts.places
    ]
    header = (
        *(say("where.place"), say("where.provider"), say("processors.country")),
        say("where.known"),
    )
    marks = [GOOD if one.well else "bad" for one in facts.places]
    return Part(say("where.title"), (lead,), header, rows, marks, live=1)


def _until(facts: Facts, say: Words) -> Part:
    lead = [say("until.call", period=PERIOD[say.language](facts.wording.promised.period_months))]
    if facts.shorter:
        lead.append(say("until.shorter", months=facts.shorter))
    return Part(say("until.title"), (*lead, say("until.held")))


def _measures(facts: Facts, say: Words) -> Part:
    rows = [
        (facts.tells(check, say.language), stands(facts.looks.get(check), say))
        for check in MEASURES
    ]
    marks = [mood(facts.looks.get(check)) for check in MEASURES]
    header = (say("what"), say("measures.now"))
    lead = (say("measures.lead"),)
    return Part(say("measures.title"), lead, header, rows, marks, live=1)
