"""The report of a period: on a page, and as one file that needs nothing else to be read."""

from dataclasses import dataclass
from datetime import date, timedelta
from importlib.resources import files
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, ngettext, override
from django.utils.translation import gettext as _

from vaiti.access import reporting
from vaiti.access.doors import NotVisible
from vaiti.promises.period import Period, of_period
from vaiti.web import bars, dates
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments, write_share
from vaiti.web.paper import Paper, Part, as_pdf
from vaiti.web.searching import Field
from vaiti.web.spans import MOST_DAYS, Stretch, cut
from vaiti.web.wording import access_words, alert_words, words


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Column:
    """What one bar of each picture shows, as a row of the table."""

    label: str
    taken_in: int
    destroyed: int


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    sections: list[Section]
    columns: list[Column]
    pictures: list[tuple[str, bars.Chart]]
    first_root: str
    last_root: str


@dataclass(frozen=True, slots=True)
class Choice:
    label: str
    address: str


@only("GET")
def period(request: SignedIn) -> HttpResponseBase:
    """Without days only the form: a report is made, and logged, when it is asked for."""
    if not reporting.may_report(request.person.id, request.moment):
        raise Http404
    see = Moments.at(request.moment)
    begins = Field(_("From and including"), request.GET.get("from", "")[:20], see.example(-30))
    ends = Field(_("To and including"), request.GET.get("to", "")[:20], see.example(-1))
    given: dict[str, object] = {"begins": begins, "ends": ends, "choices": _choices(see.today)}
    if not begins.text and not ends.text:
        return render(request, "period.html", given)
    days = _days(begins, ends, see)
    if days is None:
        return render(request, "period.html", given, status=422)
    stretches = cut(*days, see.zone)[1]
    try:
        reporting.note_report(
            request.person.id, stretches[0].begins, stretches[-1].ends, request.moment
        )
    except NotVisible as error:
        raise Http404 from error
    if request.GET.get("as") == "pdf":
        name = f"report-{days[0]}-{days[1]}.pdf"
        saved = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(on_paper(*days, see.zone), "application/pdf", headers=saved)
    given |= {"report": _made(*days, see.zone), "paper": f"{_address(*days)}&as=pdf"}
    return render(request, "period.html", given)


def as_file(first: date, last: date, zone: ZoneInfo, language: str) -> str:
    """HTML with its style and pictures inside; the same again for the same rows and log."""
    style = files("vaiti.web").joinpath("static/vaiti/vaiti.css").read_text("utf-8")
    with override(language):
        given = {"report": _made(first, last, zone), "style": style, "language": get_language()}
        return render_to_string("period_file.html", given)


def on_paper(first: date, last: date, zone: ZoneInfo) -> bytes:
    """The same as a tagged PDF, in the language that is chosen."""
    report = _made(first, last, zone)
    roots = [one or "–" for one in (report.first_root, report.last_root)]
    counts = [(one.label, str(one.taken_in), str(one.destroyed)) for one in report.columns]
    header = (_("What"), _("How many"))
    paper = Paper(
        title=report.title,
        language=get_language() or "en",
        author="Vaiti",
        day=last,
        lead=[_("Counts from the log and the rows, without names.")],
        parts=[
            *(
                Part(one.title, (), header, [(row.label, row.value) for row in one.rows])
                for one in report.sections
            ),
            Part(_("Over time"), (), (_("When"), *(name for name, _p in report.pictures)), counts),
            Part(_("Roots of the log at both ends"), roots),
        ],
        foot=report.title,
    )
    return as_pdf(paper)


def fault(first: date, last: date, today: date) -> str:
    """Why there is no report of these days; nothing where there is one."""
    if first > last:
        return _("The last day is before the first one.")
    if last >= today:
        return _("A report is of days that are over. Write an earlier last day.")
    if (last - first).days >= MOST_DAYS:
        return _("A report is of a year at most.")
    return ""


def _days(begins: Field, ends: Field, see: Moments) -> tuple[date, date] | None:
    days = []
    for field in (begins, ends):
        try:
            day = dates.parse_day(field.text, see.today)
        except dates.NotADay:
            day = None
        if day is None:
            field.wrong = _("Write a day like %(example)s.") % {"example": field.example}
        else:
            field.text = dates.write_day(day)
            days.append(day)
    if len(days) < 2:
        return None
    first, last = days
    ends.wrong = fault(first, last, see.today)
    return None if ends.wrong else (first, last)


def _choices(today: date) -> list[Choice]:
    """The last months and quarters that are over."""
    found = []
    month_begins = today.replace(day=1)
    for _n in range(3):
        last = month_begins - timedelta(days=1)
        month_begins = last.replace(day=1)
        found.append(_choice(month_begins, last))
    quarter = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    last = quarter - timedelta(days=1)
    return [*found, _choice(date(last.year, last.month - 2, 1), last)]


def _choice(first: date, last: date) -> Choice:
    label = f"{dates.write_day(first)}–{dates.write_day(last)}"
    return Choice(label, _address(first, last))


def _address(first: date, last: date) -> str:
    return f"/report/?from={dates.write_day(first)}&to={dates.write_day(last)}"


def _made(first: date, last: date, zone: ZoneInfo) -> Report:
    _unit, stretches = cut(first, last, zone)
    found = of_period([(one.begins, one.ends) for one in stretches])
    labels = [_label(one) for one in stretches]
    pictures = [
        (words.act("call:recording:taken_in"), _picture(labels, found.taken_in)),
        (words.act("retention:call:destroyed"), _picture(labels, found.destroyed)),
    ]
    return Report(
        title=_("Report of %(first)s–%(last)s")
        % {"first": dates.write_day(first), "last": dates.write_day(last)},
        sections=_sections(found),
        columns=[Column(*one) for one in zip(labels, found.taken_in, found.destroyed, strict=True)],
        pictures=pictures,
        first_root=found.log.first_root.hex(),
        last_root=found.log.last_root.hex(),
    )


def _label(one: Stretch) -> str:
    first, last = dates.write_day(one.first), dates.write_day(one.last)
    return first if one.first == one.last else f"{first}–{last}"


def _picture(labels: list[str], counts: tuple[int, ...]) -> bars.Chart:
    pairs = zip(labels, counts, strict=True)
    return bars.draw([bars.Counted(label, "", count) for label, count in pairs])


def _sections(found: Period) -> list[Section]:
    counted = {
        name: [Row(words.act(kind), str(count)) for kind, count in kinds.items()]
        for name, kinds in found.counts.items()
    }
    return [
        Section(_("Calls"), [*counted["calls"], *_calls(found)]),
        Section(_("Listening and refusals"), [*counted["listening"], *_listenings(found)]),
        Section(_("Listening that was asked about"), [*counted["watched"], *_answers(found)]),
        Section(_("Second person, cases, activities and incidents"), _matters(found, counted)),
        Section(_("Emergency access"), counted["emergencies"]),
        Section(_("Recording gaps"), counted["gaps"]),
        Section(_("Access rights"), [*counted["rights"], *_ready(found)]),
        Section(_("Audit"), counted["audit"]),
        Section(_("The log"), _log(found)),
    ]


def _calls(found: Period) -> list[Row]:
    late = found.lateness
    share = found.unassigned
    most = _hours(late.most) if late.most is not None else "–"
    return [
        Row(_("Destroyed later than a day after they were due"), str(late.late)),
        Row(_("The longest time from due to proven gone"), most),
        Row(
            _("Parts of calls whose agent nobody knows, of those still kept"),
            _("%(count)d of %(whole)d (%(share)s %%)")
            % {
                "count": share.unknown,
                "whole": share.every,
                "share": write_share(share.unknown, share.every),
            },
        ),
    ]


def _hours(time: timedelta) -> str:
    minutes = max(0, round(time / timedelta(minutes=1)))
    hours = minutes // 60
    if not hours:
        return ngettext("%(count)d minute", "%(count)d minutes", minutes) % {"count": minutes}
    return ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}


def _listenings(found: Period) -> list[Row]:
    return [
        Row(f"{words.listener(rule)} · {words.purpose(purpose)}", str(count))
        for rule, purpose, count in found.listenings
    ]


def _answers(found: Period) -> list[Row]:
    return [Row(alert_words.answer(one), str(count)) for one, count in found.answers]


def _matters(found: Period, counted: dict[str, list[Row]]) -> list[Row]:
    opened = [
        Row(_("Opened: %(what)s") % {"what": access_words.matter_kind(kind)}, str(count))
        for kind, count in found.opened
    ]
    return [*counted["second"], *opened]


def _ready(found: Period) -> list[Row]:
    ready = found.ready
    of = {"whole": ready.people}
    return [
        Row(
            _("Trained at the end, of those with a role"),
            _("%(count)d of %(whole)d") % {"count": ready.trained, **of},
        ),
        Row(
            _("Bound to secrecy at the end, of those with a role"),
            _("%(count)d of %(whole)d") % {"count": ready.sworn, **of},
        ),
    ]


def _log(found: Period) -> list[Row]:
    told = _("yes, proven") if found.log.grown else _("no: have the log verified at once")
    if not found.log.first_size:
        told = "–"  # there is nothing earlier to hold
    return [
        Row(_("Entries signed before the period"), str(found.log.first_size)),
        Row(_("Entries signed before its end"), str(found.log.last_size)),
        Row(_("The later log holds the earlier one unchanged"), told),
    ]
