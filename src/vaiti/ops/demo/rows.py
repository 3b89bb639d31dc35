"""Enters the demo's people and lines, with the verbs and the audit entries of real ones."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.db import transaction

from vaiti.access import balancing
from vaiti.access.balancing import Draft
from vaiti.notice import lines
from vaiti.ops.demo.people import PASSWORD, POST, Organisation, Someone
from vaiti.people import book, companies, enrol, evidence, signin
from vaiti.people.course_text import SECTIONS
from vaiti.people.expiry import Term
from vaiti.people.secrecy import given_text
from vaiti.people.time_boxed import TIME_BOXED, longest
from vaiti.promises.attesting import attest
from vaiti.promises.papers import dialogues
from vaiti.promises.papers.dialogues import Talk
from vaiti.promises.standing import wording_at

BY = "system:demo"
TALKED = (
    "shop stewards, head of customer service, data protection officer",
    "Why calls are recorded, from when on, on which lines, who may listen, and for how long.",
    "Agreed: caps for training, a key for private calls, and a yearly look at the figures.",
)
INTERESTS = {
    "verify": "The company and the customer can show what was agreed, when they disagree.",
    "rights": "Both sides can defend their rights with what was truly said.",
    "training": "Customer service gets better by hearing a few calls of each agent.",
    "security": "Threats and misuse can be looked into when they have happened.",
}
WEIGHED = {
    "why_line": "Orders and complaints are made on this line by word of mouth.",
    "why_all": "Nobody knows at the start which call will be disputed; training takes a few.",
    "alternatives": "Notes and a written confirmation were tried; they miss what was said exactly.",
    "period": "Complaints about deliveries come until five months after the call.",
    "affected": "Customers, sometimes children, those they speak of, and our agents.",
    "expectations": "They are told before recording begins, and why.",
    "safeguards": "Masked numbers, few who may hear, a course first, caps, and a log of listening.",
    "objection": "The call is used for this purpose no more; an answer comes within a month.",
}


def enter_everybody(term: Term, now: datetime, of: Organisation = POST) -> None:
    """People, teams, devices, evidence of training and lines, in one transaction."""
    teams: dict[str, UUID] = {}
    with transaction.atomic():
        if of.auditors:
            companies.add_company(of.auditors, outside=True, by=BY, now=now)
        for someone in of.everybody:
            for name in filter(None, (someone.team, someone.leads)):
                if name not in teams:
                    teams[name] = enrol.add_team(name, by=BY, now=now)
            enter(someone, teams, now)
        known = (of.administrator, *of.everybody)
        enter_evidence([one.login for one in known if one.trained], term, now)
        for line in of.lines:
            lines.register_line(
                line.number,
                label=line.label,
                function=line.function,
                recorded=line.recorded,
                labels=line.labels,
                by=BY,
                now=now,
            )
        weigh(now, of.training_lines)
        talk_over(now)
        vouch(now)


def weigh(now: datetime, numbers: Sequence[str]) -> None:
    """A balancing record of each line and purpose that rests on a legitimate interest; the one of
    security comes first up."""
    basis = wording_at(now).promised.basis
    interests = {
        purpose: text
        for purpose, text in INTERESTS.items()
        if basis.get(purpose) == "legitimate_interest"
    }
    officer = next(one.id for one in book.persons(now) if "dpo" in book.roles(one.id, now))
    for place, number in enumerate(numbers):
        for purpose, interest in interests.items():
            months = 1 if purpose == "security" else 5
            draft = Draft(
                purpose,
                number,
                {**WEIGHED, "interest": interest},
                carries=True,
                review=now + timedelta(days=30 * months + 10 * place),
            )
            balancing.enter(officer, draft, by=BY, now=now)


def talk_over(now: datetime) -> None:
    """The dialogue with the staff, without which no line of a real deployment is recorded."""
    officer = next(one.id for one in book.persons(now) if "dpo" in book.roles(one.id, now))
    held = Talk((now - timedelta(days=60)).date(), *TALKED)
    dialogues.record(held, by=officer, now=now)


def vouch(now: datetime) -> None:
    """The officer's word for each thing of the notice that no machine sees."""
    officer = next(one.id for one in book.persons(now) if "dpo" in book.roles(one.id, now))
    wording = wording_at(now)
    first = {one.attests: one.id for one in reversed(wording.sentences) if one.attests}
    for sentence in first.values():
        attest(wording, sentence, officer, now)


@cache
def hashed() -> str:
    """Of the one password of all: a hash takes a fifth of a second of a processor."""
    return make_password(PASSWORD)


def enter(someone: Someone, teams: dict[str, UUID], now: datetime) -> None:
    person = enrol.add_person(
        login=someone.login,
        name=someone.name,
        employer=someone.employer,
        language=someone.language,
        by=BY,
        now=now,
    )
    signin.set_password(person, PASSWORD, by=BY, now=now, hashed=hashed())
    until = now + longest() if someone.role in TIME_BOXED else None
    enrol.grant_role(person, someone.role, by=BY, now=now, until=until)
    if someone.team:
        enrol.join_team(person, teams[someone.team], by=BY, now=now)
    if someone.leads:
        enrol.lead_team(person, teams[someone.leads], by=BY, now=now)
    if someone.device:
        enrol.assign_device(person, someone.device, by=BY, now=now)


def enter_evidence(logins: Sequence[str], term: Term, now: datetime) -> None:
    """What the demo's people have learnt and promised, imported as from a staff system."""
    day, text = term.day_of(now).isoformat(), given_text()
    passed = [f"{login},introduction,{kind},{day},demo" for login in logins for kind in SECTIONS]
    head = ",".join(evidence.TRAINING_COLUMNS)
    evidence.import_training("\n".join([head, *passed]), term, by=BY, now=now)
    if text is not None:
        head = ",".join(evidence.UNDERTAKING_COLUMNS)
        signed = [f"{login},{text.version},{day},demo" for login in logins]
        evidence.import_undertakings("\n".join([head, *signed]), term, by=BY, now=now)
