"""The register of processors as a paper: each with what Article 28(3) wants of it. Pure."""

from vaiti.promises.papers.days import write, written
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.marks import BAD, GOOD
from vaiti.promises.papers.processors import POINTS, Filed
from vaiti.promises.papers.sheet import Part, Sheet
from vaiti.promises.papers.words import Words

NAME = "processors"


def sheet(facts: Facts, language: str) -> Sheet:
    say = Words(NAME, language)
    begins = say("begins", controller=facts.wording.controller.name, day=facts.day)
    parts = [_part(one, facts, say) for one in facts.processors]
    if missing := unfiled(facts):
        said = say("unfiled", names=", ".join(missing))
        parts.append(Part(say("unfiled_title"), (said,), lasting=False))
    lead = (begins, say("lead"), *(() if parts else (say("none"),)))
    return Sheet(NAME, say("title"), language, lead, parts)


def unfiled(facts: Facts) -> list[str]:
    """Providers of places who are neither the controller nor in the register."""
    known = {one.name for one in facts.processors} | {facts.wording.controller.name}
    known |= {one.name for one in facts.companies if not one.outside}
    return sorted({one.provider for one in facts.places if one.provider} - known)


def _part(one: Filed, facts: Facts, say: Words) -> Part:
    told = {"does": one.does, "country": one.country, "contract": one.contract}
    lead = [say("does", **told, on=write(one.contract_on))]
    lead.append(say("further", further=one.further) if one.further else say("alone"))
    rows = [
        (say(f"points.{point}"), say.term("yes", "no" if point in one.lacking else "yes"))
        for point in POINTS
    ]
    lead += [
        say("told", day=write(each.given_on), text=each.text)
        for each in facts.instructions
        if each.processor == one.name
    ]
    marks = [BAD if point in one.lacking else GOOD for point in POINTS]
    lead.append(_drilled(one, facts, say))
    return Part(one.name, lead, (say("point"), say("has")), rows, marks)


def _drilled(one: Filed, facts: Facts, say: Words) -> str:
    if one.drilled_at is None:
        return say("undrilled")
    day = written(one.drilled_at, facts.wording.promised.zone)
    return say("drilled", day=day, looked=one.looked_at, wrong=one.readable)
