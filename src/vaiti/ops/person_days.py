"""Days on the command line, in the register's zone, and who had access on one of them."""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vaiti.access import on_day
from vaiti.access.on_day import Day, Heard, PersonsDay, Way
from vaiti.notice import versions
from vaiti.people import past
from vaiti.people.as_of import Span

BY = "system:command-line"
SENTENCES = {
    "own_leg": "their own calls",
    "subordinate_leg": "calls of the members of {team}",
    "test_line": "calls on the test line",
    "case_leg": "calls of the case {reference}",
    "activity_leg": "calls of the training activity {reference}",
    "incident_leg": "calls of the incident {reference}, each once approved",
}


@dataclass(frozen=True, slots=True)
class Zoned:
    """Midnights and wall times in the zone of the notice in force."""

    zone: ZoneInfo

    @classmethod
    def at(cls, now: datetime) -> "Zoned":
        notice = versions.in_force(now)
        return cls(notice.zone if notice else ZoneInfo("UTC"))

    def begins(self, day: date) -> datetime:
        return datetime.combine(day, time.min, self.zone).astimezone(UTC)

    def ends(self, day: date) -> datetime:
        """The midnight after: the first instant that is not of the day."""
        return self.begins(day + timedelta(days=1))

    def wall(self, at: datetime) -> str:
        return at.astimezone(self.zone).isoformat(timespec="minutes")


def access_on(day: date, login: str, *, as_json: bool, now: datetime) -> str:
    """The text of `vaiti person access-on`. Raises LookupError for an unknown login."""
    zoned = Zoned.at(now)
    begins, ends = zoned.begins(day), zoned.ends(day)
    agent = None
    if login:
        known = {one.login: one.id for one in past.rows(begins, ends).people}
        if login not in known:
            raise LookupError("nobody who was here on that day has this login")
        agent = known[login]
    told = on_day.had_access_by_system(BY, begins, ends, now, agent)
    people = [_person(one, told, zoned) for one in told.people]
    if as_json:
        return json.dumps({"day": day.isoformat(), "people": people}, indent=2, ensure_ascii=False)
    return "\n".join(line for one in people for line in _lines(one))


def _person(one: PersonsDay, told: Day, zoned: Zoned) -> dict[str, object]:
    return {
        "login": one.login,
        "name": one.name,
        "employer": one.employer,
        "roles": [kind + _when(span, told, zoned) for kind, span in one.roles],
        "teams": [
            f"{name} ({'leader' if leads else 'member'})" + _when(span, told, zoned)
            for name, leads, span in one.teams
        ],
        "could_hear": [_right(way, heard, told, zoned) for way, heard in one.ways],
    }


def _right(way: Way, heard: tuple[Heard, ...], told: Day, zoned: Zoned) -> str:
    team = told.teams.get(way.team, "") if way.team else ""
    said = SENTENCES[way.rule].format(team=team, reference=way.reference)
    if way.giver:
        said += f", standing in for {told.names.get(way.giver, '?')}"
    if way.team is None:
        return said + "".join(_when(span, told, zoned) for one in heard for span in one.spans)
    whose = sorted(
        (told.names.get(one.agent, "?") if one.agent else "?")
        + "".join(_when(span, told, zoned) for span in one.spans)
        for one in heard
    )
    return f"{said}: {', '.join(whose)}"


def _when(span: Span, told: Day, zoned: Zoned) -> str:
    """Nothing for the whole day, else from when to when."""
    begins = max(span.begins, told.span.begins)
    ends = min(filter(None, (span.ends, told.span.ends)))
    if (begins, ends) == (told.span.begins, told.span.ends):
        return ""
    return f" [{zoned.wall(begins)} to {zoned.wall(ends)}]"


def _lines(one: dict[str, object]) -> list[str]:
    def joined(name: str) -> str:
        found = one[name]
        return ", ".join(found) if isinstance(found, list) and found else "none"

    could = one["could_hear"]
    rights = could if isinstance(could, list) and could else ["no call"]
    return [
        f"{one['login']}  {one['name']}  ({one['employer']})",
        f"    roles: {joined('roles')}; teams: {joined('teams')}",
        *(f"    could hear {right}" for right in rights),
    ]
