"""The board's report of a year: that the notice was kept, in figures and pictures (Article 5(2)).

Counted from the log and from how the sentences stood: counts, and nobody's name.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from vaiti.audit import counting
from vaiti.audit.kinds import Kind
from vaiti.notice.sentences import LANGUAGES
from vaiti.people import coverage
from vaiti.promises import standing
from vaiti.promises.models import Change, ExitDrill
from vaiti.promises.papers import approvals
from vaiti.promises.papers.days import write, written
from vaiti.promises.papers.facts import Facts
from vaiti.promises.papers.index import PAPERS
from vaiti.promises.papers.marks import GOOD, WARN
from vaiti.promises.papers.sheet import Bars, Part, Sheet
from vaiti.promises.papers.words import Words
from vaiti.promises.state import State
from vaiti.retention.lateness import lateness

NAME = "year"
COUNTED: Mapping[str, Kind] = {
    "taken_in": Kind.CALL_RECORDING_TAKEN_IN,
    "destroyed": Kind.RETENTION_CALL_DESTROYED,
    "opened": Kind.ACCESS_LISTENING_OPENED,
    "refused": Kind.ACCESS_LISTENING_REFUSED,
    "alerts": Kind.ACCESS_ALERT_RAISED,
    "cases": Kind.RIGHTS_CASE_REGISTERED,
    "held": Kind.RETENTION_HOLD_PLACED,
}
PICTURES = ("taken_in", "destroyed", "opened", "cases")
OVERDUE = "rights.answered_in_time"

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Broken:
    """How often and for how many hours a sentence was broken within a time."""

    times: int
    hours: int


def sheet(facts: Facts, year: int, language: str) -> Sheet:
    """Of a year that is over, or of the one that runs, as far as it has come."""
    say = Words(NAME, language)
    spans = months(year, ZoneInfo(facts.wording.promised.zone), facts.now)
    begins, ends = spans[0][0], spans[-1][1]
    zone = facts.wording.promised.zone
    last = written(ends - timedelta(microseconds=1), zone)
    told = {"first": write(date(year, 1, 1)), "last": last, "day": facts.day}
    lead = [say("begins", controller=facts.wording.controller.name, **told), say("lead")]
    if ends == facts.now:
        lead.append(say("part", last=last))
    parts = (
        _promises(facts, say, begins, ends),
        _figures(facts, say, begins, ends),
        *_pictures(say, spans),
        _papers(facts, say, begins, ends),
        _log(say, begins, ends),
    )
    return Sheet(NAME, say("title", year=year), language, lead, parts)


def months(year: int, zone: ZoneInfo, now: datetime) -> list[Span]:
    """Those that have begun by now; the last one ends now at the latest."""
    starts = [_begins(year, month, zone) for month in range(1, 13)]
    ends = [*starts[1:], _begins(year + 1, 1, zone)]
    return [(one, min(end, now)) for one, end in zip(starts, ends, strict=True) if one < now]


def _begins(year: int, month: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(date(year, month, 1), time(), zone).astimezone(UTC)


def broken_within(begins: datetime, ends: datetime) -> dict[str, Broken]:
    """By sentence. One that was broken before and is still so counts from the beginning on."""
    found: dict[str, Broken] = {}
    since: dict[str, datetime] = {}
    for row in Change.objects.filter(at__lt=ends).order_by("at", "id"):
        start = since.pop(row.sentence, None)
        if start is not None and row.at > begins:
            _add(found, row.sentence, max(start, begins), row.at)
        if row.state == State.BROKEN:
            since[row.sentence] = row.at
    for sentence, start in since.items():
        _add(found, sentence, max(start, begins), ends)
    return found


def _add(found: dict[str, Broken], sentence: str, begins: datetime, ends: datetime) -> None:
    before = found.get(sentence, Broken(0, 0))
    hours = -((begins - ends) // timedelta(hours=1))  # a begun hour is one
    found[sentence] = Broken(before.times + 1, before.hours + hours)


def _promises(facts: Facts, say: Words, begins: datetime, ends: datetime) -> Part:
    found = broken_within(begins, ends)
    kept = sum(not one.state.wrong for one in standing.standing(facts.wording))
    whole = len(facts.wording.sentences)
    lead = [say("promises.now", kept=kept, whole=whole, broken=len(found))]
    rows = [
        (f"{one.id}: {one.text[say.language]}", str(found[one.id].times), str(found[one.id].hours))
        for one in facts.wording.sentences
        if one.id in found
    ]
    if not rows:
        lead.append(say("promises.never"))
    header = (say("promises.sentence"), say("promises.times"), say("promises.days"))
    return Part(say("promises.title"), lead, header, rows)


def _figures(facts: Facts, say: Words, begins: datetime, ends: datetime) -> Part:
    counts = counting.by_kind(COUNTED.values(), begins, ends)
    rows = [(say(f"figures.{name}"), str(counts[kind])) for name, kind in COUNTED.items()]
    rows.insert(2, (say("figures.late"), str(lateness(begins, ends).late)))
    look = facts.looks.get(OVERDUE)
    rows.append((say("figures.overdue"), str(look.evidence.get("wrong", 0)) if look else "–"))
    ready = coverage.ready_at(ends)
    able = min(ready.trained, ready.sworn)
    rows.append((say("figures.ready"), f"{able} / {ready.people}"))
    return Part(say("figures.title"), (), (say("figures.what"), say("figures.count")), rows)


def _pictures(say: Words, spans: Sequence[Span]) -> Iterator[Part]:
    labels = [f"{number}" for number in range(1, len(spans) + 1)]
    for name in PICTURES:
        counts = counting.by_span(COUNTED[name], spans)
        yield _picture(say, say(f"figures.{name}"), labels, counts)
    counts = tuple(len(broken_within(*span)) for span in spans)
    yield _picture(say, say("pictures.broken"), labels, counts)


def _picture(say: Words, what: str, labels: Sequence[str], counts: Sequence[int]) -> Part:
    told = say("pictures.told", what=what, most=max(counts, default=0))
    rows = [tuple(map(str, counts))]
    return Part(what, (told,), labels, rows, bars=Bars(told, labels, counts))


def _papers(facts: Facts, say: Words, begins: datetime, ends: datetime) -> Part:
    rows, marks = [], []
    for paper in PAPERS.values():
        every = [paper.make(facts, language) for language in LANGUAGES]
        found = approvals.standing(every)
        mine = next(one for one in every if one.language == say.language)
        good = found is not None and found.current
        rows.append((mine.title, say.term("yes", "yes" if good else "no")))
        marks.append(GOOD if good else WARN)
    drills = ExitDrill.objects.filter(at__gte=begins, at__lt=ends).count()
    rows.append((say("papers.drills"), str(drills)))
    marks.append(GOOD if drills else WARN)
    return Part(say("papers.title"), (), (say("papers.paper"), say("papers.approved")), rows, marks)


def _log(say: Words, begins: datetime, ends: datetime) -> Part:
    found = counting.checkpoints(begins, ends)
    root = found.last_root.hex() or "–"
    told = say("log.says", first=found.first_size, last=found.last_size, root=root)
    return Part(say("log.title"), (told,))
