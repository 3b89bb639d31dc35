"""What machines let people hear more, in words."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from vaiti.people import book
from vaiti.people.widening import Act, Widened
from vaiti.web.moments import Moments
from vaiti.web.wording import words


@dataclass(frozen=True, slots=True)
class Line:
    person: str
    name: str
    says: str
    source: str
    at: str


def lines(found: list[Widened], see: Moments) -> list[Line]:
    names = book.names(one.person for one in found)
    teams = {one.hex: name for one, name in book.team_names().items()}
    return [
        Line(
            one.person.hex,
            names[one.person],
            said(one, teams),
            words.doer(one.source),
            see.day_and_time(one.at),
        )
        for one in found
    ]


def said(one: Widened, teams: dict[str, str]) -> str:
    """What was widened, in words."""
    if one.act == Act.ROLE:
        return _("Got the role: %(role)s") % {"role": words.role(one.what)}
    if one.act == Act.DEVICE:
        return _("Got a device")
    team = {"team": teams.get(one.what, one.what)}
    if one.act == Act.LEADS:
        return _("Leads the team %(team)s") % team
    return _("Came into the team %(team)s") % team
