"""Samples of calls by number: an auditor's rows without agents and without sound."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vaiti.access import samples as verbs
from vaiti.access.errors import NotVisible, SampleError, Unprepared
from vaiti.access.samples import SampleCard, SampleRow, SampleView
from vaiti.notice import lines
from vaiti.playback.unopened import unchanged
from vaiti.register.sampling import Drawn
from vaiti.retention.tombstones import Gone, gone
from vaiti.vault.store import StoreError
from vaiti.web import dates
from vaiti.web.http import errors
from vaiti.web.http.errors import Trouble
from vaiti.web.http.methods import only
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments, between
from vaiti.web.searching import Choice
from vaiti.web.wording import words

CHECKS = Pace(most=5, seconds=60)  # a person a minute: each reads fifty whole recordings
USUAL = 20  # calls


@dataclass(frozen=True, slots=True)
class Line:
    """A sample as it was drawn, in words."""

    id: str
    title: str
    who: str
    drawn: str
    seed: str


@dataclass(frozen=True, slots=True)
class Row:
    """One call in words. `state` is its life so far; `tick` is good, bad or nothing yet."""

    number: int
    call: str
    when: str
    length: str
    customer: str
    line: str
    received: str
    sealed: str
    listened: str
    ends: str
    tick: str
    checked: str


@only("GET", "POST")
def samples(request: SignedIn) -> HttpResponseBase:
    if request.method == "GET":
        return _list(request)
    try:
        number = request.POST.get("number", "").strip()
        of = _period(request)
        made = verbs.draw(
            request.person.id,
            of,
            int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0,
            request.moment,
        )
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error
    except SampleError as error:
        return _list(request, Trouble(_("No sample was drawn"), _(str(error))))
    except dates.NotADay:
        example = {"example": Moments.at(request.moment).example(-7)}
        said = _("Write a day like %(example)s.") % example
        return _list(request, Trouble(_("No sample was drawn"), said))
    return HttpResponseRedirect(f"/samples/{made.hex}/")


def _period(request: SignedIn) -> Drawn:
    """From the first day's beginning to the last day's end; today where a field is empty."""
    see = Moments.at(request.moment)
    first, last = (
        dates.parse_day(request.POST.get(name, "").strip()[:20], see.today) or see.today
        for name in ("from", "to")
    )
    return Drawn(
        dates.day_begins(first, see.zone),
        dates.day_begins(last + timedelta(days=1), see.zone),
        request.POST.get("line", "")[:20],
    )


def _skip(text: str) -> int:
    """How many samples an older page leaves out; what is no number is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 0


def _list(request: SignedIn, trouble: Trouble | None = None) -> HttpResponse:
    try:
        skip = _skip(request.GET.get("after", ""))
        found, draws = verbs.samples(request.person.id, request.moment, skip=skip)
    except NotVisible as error:
        raise Http404 from error
    see = Moments.at(request.moment)
    typed = {name: request.POST.get(name, "")[:20] for name in ("from", "to", "number")}
    given = {
        "samples": [_line(one, see) for one in found],
        "draws": draws,
        "older": skip + verbs.LISTED if len(found) == verbs.LISTED else 0,
        "newer": bool(skip),
        "lines": [
            Choice(one.number, one.label, one.number == request.POST.get("line"))
            for one in lines.standing(request.moment)
        ],
        "from": typed["from"] or see.example(-30),
        "to": typed["to"] or see.example(0),
        "number": typed["number"] or str(USUAL),
        "most": verbs.MOST,
        "trouble": trouble,
    }
    return render(request, "samples.html", given, status=422 if trouble else 200)


def _line(card: SampleCard, see: Moments) -> Line:
    last = see.day(card.of.ends - timedelta(hours=1))
    named = {"calls": card.calls, "among": card.among, "from": see.day(card.of.begins), "to": last}
    title = ngettext(
        "%(calls)d call out of %(among)d, from %(from)s to %(to)s",
        "%(calls)d calls out of %(among)d, from %(from)s to %(to)s",
        card.calls,
    )
    on = f" · {card.of.line}" if card.of.line else ""
    return Line(
        card.id.hex, title % named + on, card.person, see.day_and_time(card.drawn_at), card.seed
    )


@only("GET", "POST")
def sample(request: SignedIn, sample_id: str) -> HttpResponseBase:
    """A POST checks the sealed objects, unopened, and whether the lots were drawn truly."""
    view = _view(request, sample_id)
    if request.method == "GET":
        return _page(request, view)
    if not view.own:
        raise Http404
    if not CHECKS.allows(request.person.id.hex, request.moment):
        return errors.show(request, "pace", wait=CHECKS.seconds)
    wrong = verbs.checked(request.person.id, view.card.id, _look(view), request.moment)
    return _page(request, _view(request, sample_id), _said(wrong))


def _view(request: SignedIn, sample_id: str) -> SampleView:
    try:
        return verbs.sample(request.person.id, UUID(hex=sample_id), request.moment)
    except NotVisible as error:
        raise Http404 from error
    except Unprepared as error:
        raise errors.Unready(error.needs) from error


def _look(view: SampleView) -> dict[UUID, bool]:
    """What a look at each sealed object finds; nothing where the store cannot be asked."""
    found = {}
    for row in view.rows:
        if row.trace is not None and row.trace.sound:
            try:
                there = row.trace.object_id, row.trace.sha256
                found[row.call] = unchanged(*there, wired().store)
            except StoreError:
                continue
    return found


def _said(wrong: tuple[UUID, ...]) -> Trouble:
    if not wrong:
        return Trouble(
            _("The sample was drawn truly"),
            _("Drawn again from the seed, it is the same. What was found is in the table."),
        )
    return Trouble(
        _("The sample does not follow from its seed"),
        _("Calls are missing from it: %(calls)s. Tell the data protection officer.")
        % {"calls": ", ".join(one.hex for one in wrong[:3])},
    )


def _page(request: SignedIn, view: SampleView, said: Trouble | None = None) -> HttpResponse:
    see = Moments.at(request.moment)
    remains = gone(row.call for row in view.rows if row.trace is None)
    given = {
        "sample": _line(view.card, see),
        "own": view.own,
        "rows": [_row(row, remains, see) for row in view.rows],
        "verdict": said,
        "good": said is not None and said.title == _("The sample was drawn truly"),
    }
    return render(request, "sample.html", given)


def _row(row: SampleRow, remains: Mapping[UUID, Gone], see: Moments) -> Row:
    tick, checked = _tick(row, see)
    if row.trace is None:
        ends = _end(remains.get(row.call), see)
        return Row(row.number, row.call.hex, "", "", "", "", "", "", "", ends, tick, checked)
    one = row.trace
    times = ngettext("%(count)d time", "%(count)d times", row.listened) % {"count": row.listened}
    parts = ngettext("in %(count)d part", "in %(count)d parts", one.segments)
    return Row(
        number=row.number,
        call=row.call.hex,
        when=see.day_and_time(one.started_at),
        length=between(one.started_at, one.ended_at),
        customer=one.customer,
        line=f"{one.line} · {words.direction(one.direction)}",
        received=see.day_and_time(one.taken_in_at),
        sealed=parts % {"count": one.segments} if one.sound else _("made up, without sound"),
        listened=times,
        ends=_("will be destroyed automatically on %(day)s") % {"day": see.day(one.due_at)},
        tick=tick,
        checked=checked,
    )


def _end(remains: Gone | None, see: Moments) -> str:
    if remains is None:
        return _("Its time is over; it is being destroyed.")
    done = {"moment": see.day_and_time(remains.done_at)}
    return _("Destroyed automatically on %(moment)s, and proven gone.") % done


def _tick(row: SampleRow, see: Moments) -> tuple[str, str]:
    if row.intact is None or row.checked_at is None:
        return "", _("not checked yet")
    at = {"moment": see.day_and_time(row.checked_at)}
    if row.intact:
        return "good", _("unchanged since it was sealed; checked on %(moment)s") % at
    return "bad", _("not what was sealed; checked on %(moment)s") % at
