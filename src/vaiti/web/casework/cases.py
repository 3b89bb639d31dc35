"""Cases for those who handle them: today's work first, a new one, and one from letter to end."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from vaiti.access.doors import NotVisible, Unprepared
from vaiti.retention.order_rules import OrderRefused
from vaiti.rights import cases as readers
from vaiti.rights import handling, intake, messages, papers
from vaiti.rights.asking import Channel, State
from vaiti.rights.cases import CaseCard, CaseView
from vaiti.rights.clock import Stage
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import require_handler
from vaiti.rights.mail import dismissing
from vaiti.web import dates, history, numbers
from vaiti.web.casework import case_forms, case_papers, case_person, case_work, number_code
from vaiti.web.casework.case_work import Found
from vaiti.web.http import errors, once
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments
from vaiti.web.searching import Choice
from vaiti.web.wording import case_words, copy_words, destruction_words
from vaiti.web.wording.case_words import word


@dataclass(frozen=True, slots=True)
class Row:
    """One case in a list. `left`: how many days until it is due, in words."""

    id: str
    number: str
    state: str
    channel: str
    asked: str
    arrived: str
    due: str
    left: str
    overdue: bool
    soon: bool
    paused: bool
    closed: str
    message: bool = False


MOST_PROOFS = 8
REFERRED = Pace(60, 3600)
"""References of calls that one handler tries: with ten million calls, one of 2**39 is of any."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a case, in words; empty where nothing is."""

    name: str
    contact: str
    about: str
    capacity: str
    language: str
    country: str
    line: str
    direction: str
    number: str
    reference: str
    days: str
    signature: str
    seen: str
    shown: str


@dataclass(frozen=True, slots=True)
class Hands:
    """The clock: what is planned by, what the law allows, and both had it never stood still."""

    due: str
    outer: str
    unpaused: str
    paused: bool
    extended: str
    why: str
    stage: str


@only("GET")
def cases(request: SignedIn) -> HttpResponseBase:
    see, rules = Moments.at(request.moment), wired().rights
    state = request.GET.get("state", "")
    try:
        found = readers.list_cases(request.person.id, rules, see.today, request.moment)
    except NotVisible as error:
        raise Http404 from error
    kept = [one for one in found.open if state in ("", one.state.value)]
    waiting = messages.waiting(one.id for one in kept)
    given = {
        "groups": _groups([row_of(one, see, waiting) for one in kept]),
        "closed": [row_of(one, see) for one in found.closed],
        "any": bool(found.open),
        "states": [
            Choice(one, word(case_words.STATES, one), one == state)
            for one in case_words.STATES
            if one != State.CLOSED
        ],
        "narrowed": bool(state),
        "median": _days(round(found.median_days)) if found.median_days is not None else "",
        "handlers": found.handlers,
        "visits": case_person.visits(see),
        "few": found.handlers < rules.handlers,
        "handles": found.desk.handles,
    }
    return render(request, "cases.html", given)


def _groups(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """Today's work first."""
    over = [one for one in rows if one.overdue]
    soon = [one for one in rows if one.soon and not one.overdue]
    later = [one for one in rows if not one.soon and not one.overdue]
    named = ((_("Overdue"), over), (_("Due now"), soon), (_("Next"), later))
    return [(title, some) for title, some in named if some]


def row_of(card: CaseCard, see: Moments, waiting: Collection[UUID] = ()) -> Row:
    return Row(
        id=card.id.hex,
        number=card.number,
        state=word(case_words.STATES, card.state),
        channel=word(case_words.CHANNELS, card.channel),
        asked=", ".join(word(case_words.RIGHTS, one) for one in card.asked),
        arrived=dates.write_day(card.arrived_on),
        due=dates.write_day(card.clock.due),
        left=_left((card.clock.due - see.today).days),
        overdue=card.overdue,
        soon=card.open and bool({Stage.SOON, Stage.SOON_UNPAUSED} & set(card.stages)),
        paused=card.clock.paused,
        closed=see.day(card.closed_at) if card.closed_at else "",
        message=card.id in waiting,
    )


def _left(days: int) -> str:
    if days < 0:
        return ngettext("%(count)d day late", "%(count)d days late", -days) % {"count": -days}
    if days == 0:
        return _("today")
    return ngettext("%(count)d day left", "%(count)d days left", days) % {"count": days}


def _days(days: int) -> str:
    return ngettext("%(count)d day", "%(count)d days", days) % {"count": days}


@only("GET", "POST")
def new(request: SignedIn) -> HttpResponseBase:
    """A request that came to the desk, by letter, by telephone or by e-mail."""
    given = request.POST if request.method == "POST" else request.GET
    channel = given.get("channel", "desk")
    channel = channel if channel in intake.BY_HAND else "desk"
    see = Moments.at(request.moment)
    if request.method == "POST" and once.sent_already(request):
        return HttpResponseRedirect("/cases/")
    try:
        require_handler(request.person.id, request.moment)
        if request.method == "GET":
            return _form(request, channel, see)
        region, tongue = wired().region, request.language
        asked = case_forms.read(request, channel, see, region, tongue)
        sheet = case_papers.sheet_of(request) if channel == Channel.LETTER else None
        filed = intake.file_by_hand(request.person.id, asked, see.today, request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except CaseRefused as error:
        return _form(request, channel, see, _trouble(_("There is no case yet"), error))
    once.note_sent(request)
    if sheet is not None:
        papers.add(request.person.id, filed.id, sheet, request.moment)
    rules = wired().rights
    view = readers.see_case(request.person.id, filed.id, rules, see.today, request.moment)
    with override(view.card.language):  # the paper is the person's
        row = row_of(view.card, see)
    told = {
        "filed": filed,
        "where": request.build_absolute_uri("/rights/status"),
        "case": row,
        "tongue": view.card.language,
        "issuer": wired().issuer,
        "contact": rules.contact.said(view.card.language),
    }
    return render(request, "case_receipt.html", told, status=201)


def _form(
    request: SignedIn, channel: str, see: Moments, trouble: Trouble | None = None
) -> HttpResponse:
    given = {
        "form": case_forms.shown(request, see, request.language),
        "once": once.new(),
        "channel": channel,
        "most_mib": wired().papers.most_bytes >> 20,
        "channels": [
            Choice(one, word(case_words.CHANNELS, one), one == channel) for one in intake.BY_HAND
        ],
        "trouble": trouble,
    }
    return render(request, "case_new.html", given, status=422 if trouble else 200)


@only("GET")
def case(request: SignedIn, case_id: str) -> HttpResponseBase:
    try:
        return _page(request, UUID(hex=case_id))
    except NotVisible as error:
        raise Http404 from error


def _page(
    request: SignedIn, case_id: UUID, trouble: Trouble | None = None, found: Found | None = None
) -> HttpResponse:
    see = Moments.at(request.moment)
    view = readers.see_case(request.person.id, case_id, wired().rights, see.today, see.now)
    work = case_work.shown(request, view, see, found)
    given = {
        "case": row_of(view.card, see),
        "state": view.card.state.value,
        "open": view.card.open,
        "steps": _steps(view),
        "facts": _facts(view, see),
        "clock": _hands(view, see),
        "proofs": [
            Choice(code, word(case_words.PROOFS, code), code in view.proven)
            for code in case_words.PROOFS
        ],
        "to_prove": [
            Choice(code, word(case_words.PROOFS, code), False)
            for code in handling.BY_HANDLER
            if code not in view.proven
        ],
        "documents": [Choice(code, _(text), False) for code, text in case_words.DOCUMENTS.items()],
        "extensions": [
            Choice(code, _(text), False) for code, text in case_words.EXTENSIONS.items()
        ],
        "identified": view.identified,
        "asked": view.course.asked_on is not None,
        "handles": view.desk.handles,
        "officer": view.desk.officer,
        **work,
        **case_person.shown(request, view, work["work"], see),
        **number_code.shown(view, see),
        **case_papers.shown(case_id, see),
        "by_mail": view.card.channel == Channel.EMAIL,
        "history": history.lines(view.history, see),
        "trouble": trouble,
    }
    return render(request, "case.html", given, status=422 if trouble else 200)


def _steps(view: CaseView) -> list[tuple[str, str]]:
    """Each state with what it is to this case: done, here or to come."""
    order = list(State)
    at = order.index(view.card.state)
    names = [word(case_words.STATES, one) for one in order]
    marks = ["done"] * at + ["here"] + ["next"] * (len(order) - at - 1)
    return list(zip(names, marks, strict=True))


def _facts(view: CaseView, see: Moments) -> Facts:
    begins, ends = (dates.write_day(one) if one else "" for one in (view.about_from, view.about_to))
    number = numbers.write_masked(view.customer)
    return Facts(
        name=view.name,
        contact=view.contact,
        about=view.about,
        capacity=word(case_words.CAPACITIES, view.card.capacity),
        language=copy_words.language(view.card.language),
        country=view.country,
        line=numbers.write_whole(view.line_number) if view.line_number else "",
        direction={"in": _("The customer called us"), "out": _("We called the customer")}.get(
            view.direction, ""
        ),
        reference=view.call_reference,
        number=number or (_("withheld") if view.customer else ""),
        days=" – ".join(one for one in (begins, ends) if one),
        signature=word(case_words.SIGNATURES, view.signature),
        seen=word(case_words.DOCUMENTS, view.identity_seen),
        shown=" · ".join(one for one in (view.shown_name, view.assurance) if one),
    )


def _hands(view: CaseView, see: Moments) -> Hands:
    clock, course = view.card.clock, view.course
    moved = clock.unpaused != clock.limits
    return Hands(
        due=dates.write_day(clock.due),
        outer=dates.write_day(clock.limits.outer) if clock.limits.outer != clock.due else "",
        unpaused=dates.write_day(clock.unpaused.due) if moved else "",
        paused=clock.paused,
        extended=dates.write_day(course.extended_on) if course.extended_on else "",
        why=word(case_words.EXTENSIONS, view.extended_why),
        stage=_stage(view),
    )


def _stage(view: CaseView) -> str:
    """The alarm that came last: those before it say nothing more."""
    reached = view.card.stages if view.card.open else ()
    return word(case_words.STAGES, reached[-1]) if reached else ""


def _prove(request: SignedIn, case_id: UUID, today: date) -> None:
    form = request.POST
    person, now = request.person.id, request.moment
    for proof in form.getlist("proof")[:MOST_PROOFS] or [""]:
        document = form.get("document", "") if proof == "I4" else ""
        handling.prove(person, case_id, proof, document, today=today, now=now)


def _extend(request: SignedIn, case_id: UUID, today: date) -> None:
    why = request.POST.get("why", "")
    handling.extend(request.person.id, case_id, why, today, request.moment)


ACTS: dict[str, Callable[[SignedIn, UUID, date], None]] = {
    **case_work.ACTS,
    **case_person.ACTS,
    **number_code.ACTS,
    "prove": _prove,
    "extend": _extend,
    "ask": lambda request, case_id, today: handling.ask_identity(
        request.person.id, case_id, today, request.moment
    ),
    "scan": lambda request, case_id, _today: case_papers.add(request, case_id),
    "dismiss": lambda request, case_id, _today: dismissing.dismiss(
        request.person.id, case_id, request.moment
    ),
    "answered": lambda request, case_id, today: handling.answered(
        request.person.id, case_id, today, request.moment
    ),
    "identified": lambda request, case_id, _today: handling.move_to_identified(
        request.person.id, case_id, request.moment
    ),
}


@only("POST")
def act(request: SignedIn, case_id: str, name: str) -> HttpResponseBase:
    """One move of the case; then the page again, with what a search has found."""
    see = Moments.at(request.moment)
    if name == "refer" and not REFERRED.allows(request.person.id.hex, request.moment):
        return errors.show(request, "pace", wait=REFERRED.seconds)
    try:
        found = _act(request, UUID(hex=case_id), name, see)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except CaseRefused as error:
        return _page(request, UUID(hex=case_id), _trouble(_("Nothing was changed"), error))
    except OrderRefused as error:
        said = destruction_words.refused(error.code, error.about)
        return _page(request, UUID(hex=case_id), Trouble(_("Nothing was changed"), said))
    if found is not None:
        return _page(request, UUID(hex=case_id), found=found)
    return HttpResponseRedirect(f"/cases/{case_id}/")


def _act(request: SignedIn, case_id: UUID, name: str, see: Moments) -> Found | None:
    """What a search found; nothing for what is only done."""
    if name in ("search", "name"):
        person, rules = request.person.id, wired().rights
        view = readers.see_case(person, case_id, rules, see.today, see.now)
        if name == "search":
            return case_work.search(request, case_id, view, see)
        case_work.name(request, case_id, view, see)
    elif name in ACTS:
        ACTS[name](request, case_id, see.today)
    else:
        raise Http404
    return None


def _trouble(title: str, error: CaseRefused) -> Trouble:
    return Trouble(title, case_words.refused(error.code))
