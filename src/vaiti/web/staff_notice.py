"""The notice to staff: read by everybody who is here; its dialogue put on record by the officer."""

from datetime import date

from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access.errors import NotVisible
from vaiti.access.promising import see_promises
from vaiti.promises.papers import dialogues, staff
from vaiti.promises.papers.dialogues import MAX_PARTIES, MAX_TEXT, DialogueRefused, Talk
from vaiti.promises.papers.index import PAPERS
from vaiti.promises.papers.sheet import digest
from vaiti.web import dates
from vaiti.web.documents import facts_of, require_signer
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.searching import MAX_FIELD
from vaiti.web.sheets import shown

HERE = "/promises/staff/"
REFUSALS = (
    gettext_noop("The dialogue was held on a day that has been."),
    gettext_noop("Say who took part, what was talked over, and what came of it."),
)


@only("GET", "POST")
def staff_notice(request: SignedIn) -> HttpResponseBase:
    """A POST says that one has read it; with `act=dialogue` the officer enters the dialogue."""
    if request.method != "POST":
        return _page(request)
    if request.POST.get("act") == "dialogue":
        require_signer(request)
        return _talked(request)
    facts = facts_of(request)
    every = PAPERS[staff.NAME].every(facts)
    if request.POST.get("seen") == digest(every):
        who, version = request.person.id, facts.wording.version
        staff.acknowledge(who, version, digest(every), request.moment)
    return HttpResponseRedirect(HERE)


def _talked(request: SignedIn) -> HttpResponseBase:
    form, see = request.POST, Moments.at(request.moment)
    try:
        day = dates.parse_day(form.get("on", "").strip()[:MAX_FIELD], see.today) or date.max
    except dates.NotADay:
        day = date.max
    texts = [form.get(name, "")[: MAX_TEXT + 1] for name in ("parties", "subject", "outcome")]
    try:
        dialogues.record(Talk(day, *texts), by=request.person.id, now=request.moment)
    except DialogueRefused as error:
        return _page(request, Trouble(_("Nothing was put on record"), _(str(error))))
    return HttpResponseRedirect(HERE)


def _page(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    facts, see, form = facts_of(request), Moments.at(request.moment), request.POST
    every = PAPERS[staff.NAME].every(facts)
    told = digest(every)
    read = staff.read_at(request.person.id, told)
    names = ("on", "parties", "subject", "outcome")
    given = {
        "sheet": shown(next(one for one in every if one.language == request.language)),
        "seen": told,
        "read": see.day_and_time(read) if read else "",
        "oversees": _oversees(request),
        "reading": staff.reading(told, request.moment),
        "talk": facts.dialogue.talk if facts.dialogue else None,
        "talked_on": dates.write_day(facts.dialogue.talk.held_on) if facts.dialogue else "",
        "typed": {name: form.get(name, "")[:MAX_TEXT] for name in names},
        "most": MAX_PARTIES,
        "example": see.example(-30),
        "trouble": trouble,
    }
    return render(request, "staff_notice.html", given, status=422 if trouble else 200)


def _oversees(request: SignedIn) -> str:
    """Nothing for whoever only reads it; "reads" for an auditor, "signs" for the officer."""
    try:
        return "signs" if see_promises(request.person.id, request.moment) else "reads"
    except NotVisible:
        return ""
