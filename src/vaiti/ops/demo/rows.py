"""Enters the demo's people and lines, with the verbs and the audit entries of real ones."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.notice import lines
from vaiti.ops.demo.people import CONTROLLER, EVERYBODY, LINES, PASSWORD, Someone
from vaiti.people import enrol, signin

BY = "system:demo"


def enter_everybody(now: datetime) -> None:
    """People, teams, devices and lines, in one transaction."""
    teams: dict[str, UUID] = {}
    with transaction.atomic():
        for someone in EVERYBODY:
            for name in filter(None, (someone.team, someone.leads)):
                if name not in teams:
                    teams[name] = enrol.add_team(name, by=BY, now=now)
            enter(someone, teams, now)
        for line in LINES:
            lines.register_line(
                line.number,
                label=line.label,
                function=line.function,
                recorded=line.recorded,
                by=BY,
                now=now,
            )


def enter(someone: Someone, teams: dict[str, UUID], now: datetime) -> None:
    person = enrol.add_person(
        login=someone.login,
        name=someone.name,
        employer=CONTROLLER,
        language=someone.language,
        by=BY,
        now=now,
    )
    signin.set_password(person, PASSWORD, by=BY, now=now)
    enrol.grant_role(person, someone.role, by=BY, now=now)
    if someone.team:
        enrol.join_team(person, teams[someone.team], by=BY, now=now)
    if someone.leads:
        enrol.lead_team(person, teams[someone.leads], by=BY, now=now)
    if someone.device:
        enrol.assign_device(person, someone.device, by=BY, now=now)
