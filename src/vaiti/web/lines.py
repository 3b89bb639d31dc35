"""The company's lines: which numbers are recorded, and by which rules. Dated; every change is
logged with before and after."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from vaiti.access.table import Besides, holders
from vaiti.notice import lines as verbs
from vaiti.notice.lines import Entry, LineCard, LineError
from vaiti.promises.papers import assessment, dialogues
from vaiti.promises.papers.assessment import StaleAssessment
from vaiti.promises.papers.dialogues import NotTalkedOver
from vaiti.web.documents import facts_of
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.middleware import LANGUAGES
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments
from vaiti.web.numbers import write_whole
from vaiti.web.places import LINES, STATE, places_of
from vaiti.web.searching import Choice
from vaiti.web.wording import copy_words, line_words

ENTERS = holders(Besides.LINES)
MOST_TYPED = 80
_BETWEEN = re.compile(r"[\s()./–-]")
"""What people write between the digits of a number."""
STALE = gettext_noop(
    "The annex to the impact assessment has changed since it was approved, so nothing further "
    "begins: the data protection officer reads it and approves it as it stands."
)
NOT_TALKED = gettext_noop(
    "The dialogue with the staff is not on record yet. The data protection officer enters it under "
    "Staff notice; until then the line can be listed without being recorded."
)
NEW = LineCard(UUID(int=0), "", "", "service", inbound=True, outbound=True, recorded=False)


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in words. `id` leads to its page."""

    id: str
    number: str
    label: str
    function: str
    ways: str
    recorded: bool
    rules: list[str]
    since: str
    until: str


@dataclass(frozen=True, slots=True)
class Tick:
    name: str
    label: str
    on: bool


@only("GET", "POST")
def lines(request: SignedIn) -> HttpResponseBase:
    _look(request)
    if request.method != "POST":
        return _page(request, NEW)
    _enter(request)
    typed = _typed(request.POST, replace(NEW, number=_number(request.POST)))
    try:
        _require_ready(request, typed.function, begins=typed.recorded)
        verbs.register_line(
            typed.number,
            label=typed.label,
            function=typed.function,
            inbound=typed.inbound,
            outbound=typed.outbound,
            recorded=typed.recorded,
            announced=typed.announced,
            keeps_hold=typed.keeps_hold,
            keypad=typed.keypad,
            labels=typed.labels,
            by=request.person.id.hex,
            now=request.moment,
        )
    except LineError as error:
        title = _("The line was not listed")
        return _page(request, typed, Trouble(title, line_words.refusal(str(error))))
    except NotTalkedOver:
        return _page(request, typed, Trouble(_("The line was not listed"), _(NOT_TALKED)))
    except StaleAssessment:
        return _page(request, typed, Trouble(_("The line was not listed"), _(STALE)))
    return HttpResponseRedirect("/lines/?done=listed")


@only("GET", "POST")
def line(request: SignedIn, line_id: str) -> HttpResponseBase:
    _look(request)
    entry = _entry(line_id)
    if request.method != "POST":
        return _line_page(request, entry, entry.line)
    _enter(request)
    wanted = _typed(request.POST, entry.line)
    begins = wanted.recorded and not entry.line.recorded
    try:
        _require_ready(request, wanted.function, begins=begins)
        made = verbs.change_line(wanted, by=request.person.id.hex, now=request.moment)
    except LineError as error:
        trouble = Trouble(_("Nothing was changed"), line_words.refusal(str(error)))
        return _line_page(request, entry, wanted, trouble)
    except NotTalkedOver:
        trouble = Trouble(_("Nothing was changed"), _(NOT_TALKED))
        return _line_page(request, entry, wanted, trouble)
    except StaleAssessment:
        return _line_page(request, entry, wanted, Trouble(_("Nothing was changed"), _(STALE)))
    return HttpResponseRedirect(f"/lines/{made.hex}/?done=changed")


def _require_ready(request: SignedIn, function: str, *, begins: bool) -> None:
    """Raises NotTalkedOver, StaleAssessment."""
    dialogues.require(function, recorded=begins)
    if begins and function != "test":
        assessment.require_current(facts_of(request))


@only("POST")
def end(request: SignedIn, line_id: str) -> HttpResponseBase:
    """Asks first: from then on the line's calls are not recorded."""
    _enter(request)
    entry = _entry(line_id)
    if "sure" not in request.POST:
        return _ask(request, entry.line)
    try:
        if not entry.stood(request.moment):
            raise LineError("the line was changed or ended meanwhile; look at it again")
        verbs.end_line(entry.line.number, by=request.person.id.hex, now=request.moment)
    except LineError as error:
        trouble = Trouble(_("Nothing was changed"), line_words.refusal(str(error)))
        return _line_page(request, entry, entry.line, trouble)
    return HttpResponseRedirect("/lines/?done=ended")


def _look(request: SignedIn) -> None:
    if LINES not in places_of(request.person.roles):
        raise Http404


def _enter(request: SignedIn) -> None:
    if not request.person.roles & ENTERS:
        raise Http404


def _entry(line_id: str) -> Entry:
    found = verbs.entry(UUID(hex=line_id))
    if found is None:
        raise Http404
    return found


def _number(form: QueryDict) -> str:
    """The number without what people write between its digits; 00 is the plus of old telephones."""
    plain = _BETWEEN.sub("", form.get("number", "")[:MOST_TYPED])
    return f"+{plain[2:]}" if plain.startswith("00") else plain


def _typed(form: QueryDict, line: LineCard) -> LineCard:
    """What the form says, for the number and the entry of `line`."""
    on = {name: form.get(name) == "yes" for name in line_words.FLAGS}
    return LineCard(
        line.id,
        line.number,
        form.get("label", "").strip()[: MOST_TYPED + 1],
        form.get("function", "")[:12],
        inbound=on["inbound"],
        outbound=on["outbound"],
        recorded=on["recorded"],
        announced=on["announced"],
        keeps_hold=on["keeps_hold"],
        keypad=on["keypad"],
        labels={code: text for code in LANGUAGES if (text := _label(form, code))},
    )


def _label(form: QueryDict, language: str) -> str:
    return form.get(f"label-{language}", "").strip()[: MOST_TYPED + 1]


def _page(request: SignedIn, typed: LineCard, trouble: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    every = verbs.entries()
    standing = [one for one in every if one.stood(request.moment)]
    numbers = {one.line.number for one in standing}
    given = {
        "rows": [_row(one, see) for one in standing],
        "former": [_row(one, see) for one in _last(every) if one.line.number not in numbers],
        "enters": bool(request.person.roles & ENTERS),
        "peers": STATE in places_of(request.person.roles),
        "number": typed.number,
        "trouble": trouble,
        "said": line_words.done(request.GET.get("done", "")),
        **_form(typed),
    }
    return render(request, "lines.html", given, status=422 if trouble else 200)


def _last(entries: Iterable[Entry]) -> Iterable[Entry]:
    """The newest entry of each number."""
    return {one.line.number: one for one in entries}.values()


def _line_page(
    request: SignedIn, entry: Entry, typed: LineCard, trouble: Trouble | None = None
) -> HttpResponse:
    see = Moments.at(request.moment)
    history = [one for one in verbs.entries() if one.line.number == entry.line.number]
    stands = entry.stood(request.moment)
    given = {
        "line": _row(entry, see),
        "history": [_row(one, see) for one in reversed(history)],
        "stands": stands,
        "now": next((one.line.id.hex for one in history if one.stood(request.moment)), ""),
        "enters": stands and bool(request.person.roles & ENTERS),
        "trouble": trouble,
        "said": line_words.done(request.GET.get("done", "")),
        **_form(typed),
    }
    return render(request, "line.html", given, status=422 if trouble else 200)


def _form(typed: LineCard) -> dict[str, object]:
    return {
        "label": typed.label,
        "labels": [
            (code, copy_words.language(code), typed.labels.get(code, "")) for code in LANGUAGES
        ],
        "functions": [
            Choice(code, line_words.function(code), code == typed.function)
            for code in line_words.FUNCTIONS
        ],
        "ticks": [
            Tick(name, _(sentence), getattr(typed, name))
            for name, sentence in line_words.FLAGS.items()
        ],
    }


def _row(entry: Entry, see: Moments) -> Row:
    line = entry.line
    return Row(
        id=line.id.hex,
        number=write_whole(line.number),
        label=line.said(get_language() or "en"),
        function=line_words.function(line.function),
        ways=line_words.ways(line),
        recorded=line.recorded,
        rules=line_words.rules(line),
        since=see.day_and_time(entry.since),
        until=see.day_and_time(entry.until) if entry.until else "",
    )


def _ask(request: SignedIn, line: LineCard) -> HttpResponse:
    address = f"/lines/{line.id.hex}/"
    given = {
        "title": _("End the line %(name)s?") % {"name": line.said(request.language)},
        "sentence": _(
            "New calls on it are refused and not recorded. What was recorded stays until its own "
            "day. The number can be listed again later."
        ),
        "button": _("End the line"),
        "act": f"{address}end",
        "back": address,
        "fields": [],
    }
    return render(request, "person_confirm.html", given)
