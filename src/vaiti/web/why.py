"""Why somebody may or may not hear a call, for those who may know."""

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _

from vaiti.access import explaining
from vaiti.access.decide import Facts
from vaiti.access.errors import NotVisible, Unprepared
from vaiti.access.explaining import Explanation, LegWhy, RuleWhy
from vaiti.people import book
from vaiti.web.http import errors
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.searching import Choice
from vaiti.web.wording import access_words, words


@dataclass(frozen=True, slots=True)
class Said:
    """One fact or rule, and whether it speaks for it."""

    text: str
    speaks_for: bool


@dataclass(frozen=True, slots=True)
class Part:
    ordinal: int
    verdict: str
    facts: list[Said]
    rules: list[Said]


@only("GET")
def of_anyone(request: SignedIn) -> HttpResponseBase:
    """The officer's and the administrator's question: a person of the list, and a call's id."""
    if not request.person.roles & explaining.KNOWERS:
        raise Http404
    person, call = request.GET.get("person", ""), request.GET.get("call", "").strip()
    found = None
    if person or call:
        try:
            found = explaining.explain(request.person.id, _id(person), _id(call), request.moment)
        except (NotVisible, Unprepared):
            return _page(request, None, person, call, missing=True)
    return _page(request, found, person, call)


@only("GET")
def of_myself(request: SignedIn, call_id: str) -> HttpResponseBase:
    """The answer about oneself, for a call that one may see."""
    own = request.person.id
    try:
        found = explaining.explain(own, own, UUID(hex=call_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    return _page(request, found, own.hex, call_id, own=True)


def _id(text: str) -> UUID:
    """An id that names nothing where the text is none."""
    try:
        return UUID(hex=text) if len(text) == 32 else UUID(int=0)
    except ValueError:
        return UUID(int=0)


def _page(
    request: SignedIn,
    found: Explanation | None,
    person: str,
    call: str,
    *,
    own: bool = False,
    missing: bool = False,
) -> HttpResponse:
    people = [] if own else book.persons(request.moment)
    given = {
        "own": own,
        "call": call[:32],
        "missing": missing,
        "people": [Choice(one.id.hex, one.name, one.id.hex == person) for one in people],
        "parts": [said_of(leg) for leg in found.legs] if found else [],
    }
    return render(request, "why.html", given, status=422 if missing else 200)


def said_of(leg: LegWhy) -> Part:
    return Part(leg.ordinal, _verdict(leg), _facts(leg.facts), [_rule(one) for one in leg.rules])


def _verdict(leg: LegWhy) -> str:
    if leg.hears.allowed:
        return _("May see and hear it.")
    needs = ", ".join(access_words.need(one.value) for one in leg.hears.needs)
    if leg.sees.allowed:
        return _("May see it, and hear it once the listener %(needs)s.") % {"needs": needs}
    if needs:
        return _("Sees and hears nothing until the person %(needs)s.") % {"needs": needs}
    return _("May neither see nor hear it.")


def _facts(facts: Facts) -> list[Said]:
    return [
        Said(_("The person works here now."), facts.here),
        Said(_("The call is kept and its time of destruction is to come."), facts.readable),
        Said(_("The training stands."), facts.trained),
        Said(_("The undertaking of secrecy stands."), facts.sworn),
    ]


def _rule(one: RuleWhy) -> Said:
    named = {
        "role": words.role(one.rule.role),
        "what": access_words.relation(one.rule.relation.value),
    }
    if one.has_role and one.has_relation:
        return Said(_("%(role)s: %(what)s. Both hold.") % named, True)
    if one.has_role:
        return Said(_("%(role)s: %(what)s. This call is not among them.") % named, False)
    return Said(_("%(role)s: %(what)s. The person does not have this role.") % named, False)
