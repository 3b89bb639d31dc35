"""Who may hear what: the table that decides, for everyone to read."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import table as access_table
from vaiti.access.decide import OTHERS
from vaiti.access.emergency_rules import EmergencyRules
from vaiti.access.limits import Limits, Managers, limits
from vaiti.access.permit_rules import Answers, PermitRules
from vaiti.access.table import Besides, Correcting, Hearing, RoleRow
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.wording import access_words, words


@dataclass(frozen=True, slots=True)
class Line:
    """One role in words; `own` when the reader has it."""

    role: str
    own: bool
    rows: list[str]
    hears: list[str]
    besides: list[str]


@dataclass(frozen=True, slots=True)
class Setting:
    """What the company's settings make of something that the table leaves open."""

    title: str
    text: str


@only("GET")
def table(request: SignedIn) -> HttpResponseBase:
    asks = bool(request.person.roles & access_table.holders(Besides.EXPLANATIONS))
    rules = limits()
    lines = [_line(row, request.person.roles, rules) for row in access_table.table()]
    given = {"lines": lines, "asks": asks, "settings": _settings(rules)}
    return render(request, "access.html", given)


def _line(row: RoleRow, held: frozenset[str], rules: Limits) -> Line:
    breaks = [_("open emergency access")] if row.role in rules.emergency.roles else []
    return Line(
        role=words.role(row.role),
        own=row.role in held,
        rows=[access_words.relation(one.value) for one in row.rows],
        hears=[_hears(one, row.role, rules.permits) for one in row.hears],
        besides=[
            *(_correcting(one) for one in row.corrects),
            *(access_words.besides(one.value) for one in row.besides),
            *breaks,
        ],
    )


def _hears(one: Hearing, role: str, rules: PermitRules) -> str:
    """With the second person whom the settings ask of everyday listening."""
    wanted = rules.purposes if role in rules.roles and one.relation in OTHERS else ()
    named = [each for each in wanted if one.purpose in (None, each)]
    if not named:
        return hearing(one)
    given = {"what": hearing(one), "purposes": _listed(named)}
    return _("%(what)s; and a second person says yes first, for: %(purposes)s") % given


def _listed(purposes: Iterable[str]) -> str:
    return ", ".join(words.purpose(one) for one in purposes)


def _settings(rules: Limits) -> list[Setting]:
    return [
        Setting(_("Calls from before the team"), _team(rules.managers)),
        Setting(_("A second person for everyday listening"), _second(rules.permits)),
        Setting(_("Emergency access"), _emergency(rules.emergency)),
    ]


def _team(managers: Managers) -> str:
    if managers is Managers.IN_TEAM:
        return _("Managers hear only what was said while the agent was in the team.")
    return _("Managers hear all calls of those who are their people now, earlier ones too.")


def _second(rules: PermitRules) -> str:
    if not (rules.purposes and rules.roles):
        return _("Off. Only listening for security needs a second person.")
    given = {
        "roles": ", ".join(words.role(one) for one in rules.roles),
        "purposes": _listed(rules.purposes),
        "hours": rules.lasts_hours,
    }
    asked = _(
        "Needed of: %(roles)s. For: %(purposes)s. A yes is for one call and holds for %(hours)s "
        "hours."
    )
    if rules.answers == Answers.LEADER:
        who = _(
            "Whoever leads the one who asks answers; where nobody does, a data protection officer."
        )
    else:
        who = _("A data protection officer answers.")
    return f"{asked % given} {who}"


def _emergency(rules: EmergencyRules) -> str:
    if not rules.roles:
        return _("Off. Nobody can open an emergency.")
    given = {
        "roles": ", ".join(words.role(one) for one in rules.roles),
        "what": "; ".join(access_words.stands_for(one) for one in rules.stands_for),
        "hours": rules.longest_hours,
    }
    told = _(
        "May be opened by: %(roles)s, for one case or incident, with a reason, for at most "
        "%(hours)s hours. It stands for: %(what)s. The data protection officer is told at once, "
        "and somebody else looks at every use."
    )
    return told % given


def _correcting(one: Correcting) -> str:
    parts = ", ".join(access_words.part(part.value) for part in one.parts)
    given = {"parts": parts, "whose": access_words.relation(one.relation.value)}
    return _("put right what is wrong of %(whose)s: %(parts)s") % given


def hearing(one: Hearing) -> str:
    """What is heard, and after which steps."""
    what = access_words.relation(one.relation.value)
    steps = [access_words.need(need.value) for need in one.needs]
    if not steps:
        return what
    *first, last = steps
    listed = _("%(first)s and %(last)s") % {"first": ", ".join(first), "last": last}
    return _("%(what)s, once the listener %(steps)s") % {
        "what": what,
        "steps": listed if first else last,
    }
