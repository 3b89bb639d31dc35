"""Finds the legs of a page where many calls are: strand by strand, each in the order of its index.

A strand is a part of what somebody may read: one agent's legs, the legs of one line. Asked as one
condition, the database would read all of them and sort; asked one by one, it reads as many rows of
each as a page has, and merges those. Strands are read from an index of legs and nothing else: only
the few legs that a page will show are then looked up, with their calls.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain, islice, product
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import F, Value
from django.db.models.fields import DateTimeField, UUIDField
from django.db.models.functions import Coalesce
from django.db.models.lookups import In, LessThanOrEqual

from vaiti.notice.models import Function, Line
from vaiti.register import one_strand
from vaiti.register.filters import Cursor, Filters
from vaiti.register.marks import having
from vaiti.register.models import SEEN, Call, Leg
from vaiti.register.one_strand import LINE, PERSON, Sql
from vaiti.register.out_of_sight import SPARE, fallen_due, leaving, narrowed
from vaiti.register.strand_sql import Place, array, compiled, instant, numbered, prepared, rows

AT_ONCE: Final = 400  # strands in a statement; SQLite joins 500 at most
_ALL: Final = 1 << 30
SEVERAL: Final = 4  # strands from which on reading and counting them are one
FEW: Final = 1_000  # legs of one number; where there are more, agents' legs are looked through

_FROM: Final = datetime(1971, 1, 1, 0, 0, 0, 1, UTC)
_TO: Final = datetime(1971, 1, 1, 0, 0, 0, 2, UTC)
"""Stand in a statement where the bounds of a span go."""

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody's legs that began from `begun` on, and before `ended` if that is known."""

    person: UUID
    begun: datetime
    ended: datetime | None


@dataclass(frozen=True, slots=True)
class Scope:
    """Which legs may be read: those of `persons`, within `stays`, of `calls`, on the test line.

    `unassigned`: those whose agent nobody knows, but for the test line's. `held` are those of
    `calls` that may be read although a hold has narrowed them.
    """

    persons: frozenset[UUID] = frozenset()
    test_line: bool = False
    calls: frozenset[UUID] = frozenset()
    stays: tuple[Stay, ...] = ()
    unassigned: bool = False
    held: frozenset[UUID] = frozenset()

    @property
    def agents(self) -> frozenset[UUID]:
        """Everyone of whom some legs are within reach by who they are."""
        return self.persons | {stay.person for stay in self.stays}


@dataclass(frozen=True, slots=True)
class Strands:
    """`legs` is what holds for each leg of the answer, but that its call may be read at `now`. Of
    `persons` each is a strand, on each of `lines` where those are asked for; so is each of
    `others`. `asked` says the same as `legs`, where lookups can say it."""

    legs: QuerySet[Leg]
    now: datetime
    persons: tuple[UUID, ...]
    lines: tuple[UUID, ...] | None
    others: tuple[Q, ...]
    held: frozenset[UUID] = frozenset()
    asked: Mapping[str, Any] | None = None

    def beside(self, cursor: Cursor | None, most: int, *, looked_at: bool = False) -> list[int]:
        """Ids of the `most` legs next to the cursor: the newest first, or the oldest before it.

        Whoever has not had them `looked_at` must still leave out those whose calls are not kept.
        """
        legs = self.legs.filter(kept(self.now, self.held)) if looked_at else self.legs
        backwards = cursor is not None and cursor.newer
        found: set[Place] = set()
        known = None if looked_at else self._known(cursor, most, ordered=True)
        beside = _beside(legs, cursor)
        for sql, given in self._statements(beside, most, " UNION ALL ", known):
            found.update(rows((self._first(sql, most, "" if backwards else "DESC"), given)))
        return [leg_id for _, leg_id in sorted(found, reverse=not backwards)[:most]]

    def newest(self, most: int, counted_to: int) -> tuple[list[int], int | None]:
        """Ids of the `most` newest legs, as `beside`; and what `count` begins with, where reading
        somewhat more of each strand tells that already.

        SQLite reads each strand through for the few legs that pass a rare filter; this spares it
        doing so twice.
        """
        strands = len(self.persons) * len(self.lines or (LINE,))
        if connection.vendor != "sqlite" or self.asked is None or self.others or strands < SEVERAL:
            return self.beside(None, most), None
        wanted = counted_to + SPARE
        each = max(most, -(-wanted // strands))
        on_line = self.lines is not None
        parts = list(self._one_by_one(one_strand.beside(self.asked, None, each, on_line=on_line)))
        found = [numbered(parts[at : at + AT_ONCE]) for at in range(0, len(parts), AT_ONCE)]
        places = sorted(chain.from_iterable(found), reverse=True)
        whole = all(
            max(Counter(strand for *_, strand in some).values(), default=0) < each for some in found
        )
        counted = min(len(places), wanted) if whole or len(places) >= wanted else None
        return [leg_id for _, leg_id, _ in places[:most]], counted

    def _first(self, sql: str, most: int, way: str) -> str:
        """Each strand gives as many as a page has: PostgreSQL drops the rest quicker than we, and
        SQLite would sort each strand once more."""
        strands = len(self.persons) * len(self.lines or (LINE,)) + len(self.others)
        if strands == 1 or connection.vendor == "sqlite":
            return sql
        return f"SELECT * FROM ({sql}) AS legs ORDER BY started_at {way}, id {way} LIMIT {most}"

    def count(self, most: int, counted: int | None = None) -> int:
        """How many legs there are, counted up to `most`; they may be `counted` by `newest`.

        They are counted by an index of legs; those whose calls may not be read are taken away
        again, but where it cannot come to each single one: of the many legs of a busy agent, no
        more than SPARE can be on their way to destruction.
        """
        if counted is None:
            counted = self._counted(self.legs, most + SPARE)
        if counted == most + SPARE:
            return most
        gone = leaving(SPARE + 1) + narrowed(self.now, self.held, SPARE + 1)
        if len(gone) > SPARE:
            return self._counted(self.legs.filter(kept(self.now, self.held)), most)
        return min(most, counted - self._hidden(gone, fallen_due(self.now, SPARE + 1)))

    def _hidden(self, gone: Collection[UUID], due: Collection[UUID]) -> int:
        """How many of the legs are of a call that fell due, or is one of those `gone`.

        Those `due` are few while a worker takes them away; all of them are looked for otherwise.
        """
        if len(due) > SPARE:
            return self._all_due() + self._of(gone, call__due_at__gt=self.now)
        return self._of({*gone, *due})

    def _of(self, calls: Collection[UUID], **more: datetime) -> int:
        if not calls:
            return 0
        return self.legs.filter(self._within(), call_id__in=calls, **more).count()

    def _all_due(self) -> int:
        tomorrow = (self.now + timedelta(days=1)).date()  # in any zone, nothing later is due yet
        if self.asked is not None and not self.others:
            return self._due_by(tomorrow, self.asked)
        due = self.legs.filter(_fell_due(self.now), destruction_day__lte=tomorrow)
        return self._counted(due, _ALL)

    def _due_by(self, day: date, asked: Mapping[str, Any]) -> int:
        """Of persons' legs, found by the day: few fall due by one that is near, and a planner that
        saw the lines and the times asked for would look at all that has those."""
        legs = Leg.objects.alias(began=Coalesce(F("started_at"), F("started_at")))
        legs = legs.filter(person_id__in=self.persons, destruction_day__lte=day)
        legs = legs.filter(**{name.replace("started_at", "began"): asked[name] for name in asked})
        if self.lines is not None:
            legs = legs.filter(_among("line_id", self.lines))
        return legs.filter(_fell_due(self.now)).count()

    def _within(self) -> Q:
        """That a leg belongs to one of the strands."""
        within = Q(_among("person_id", self.persons))
        within &= Q() if self.lines is None else Q(_among("line_id", self.lines))
        for other in self.others:
            within |= other
        return within

    def began_in(self, spans: Sequence[Span], *, looked_at: bool, marked: int = 0) -> list[int]:
        """How many legs began in each span; those with this mark only, where one is given.

        As in `count`, calls are looked at only where it comes to each single one.
        """
        legs = self.legs.filter(kept(self.now, self.held)) if looked_at else self.legs
        if marked:
            # the first condition is the index's own; no planner sees that the second implies it
            legs = legs.filter(marks__gt=0, marks__in=having(marked))
        rows = legs.filter(started_at__gte=_FROM, started_at__lt=_TO).order_by()
        parts = list(self._parts(rows, None))
        return [sum(self._sums(parts, span)) for span in spans]

    def _sums(self, parts: Sequence[Sql], span: Span) -> Iterator[int]:
        bounds = dict(zip(map(instant, (_FROM, _TO)), map(instant, span), strict=True))
        for begin in range(0, len(parts), AT_ONCE):
            some = parts[begin : begin + AT_ONCE]
            given = [bounds.get(value, value) for _, values in some for value in values]
            if self.others:
                union = " UNION ".join(f"SELECT * FROM ({sql}) AS s" for sql, _ in some)
                statement = f"SELECT COUNT(*) FROM ({union}) AS legs"
            else:
                counts = (f"(SELECT COUNT(*) FROM ({sql}) AS s)" for sql, _ in some)
                statement = f"SELECT {' + '.join(counts)}"
            with connection.cursor() as cursor:
                cursor.execute(statement, given)
                yield cursor.fetchone()[0]

    def _known(self, cursor: Cursor | None, most: int, *, ordered: bool) -> Sql | None:
        if self.asked is None:
            return None
        on_line = self.lines is not None
        if ordered:
            return one_strand.beside(self.asked, cursor, most, on_line=on_line)
        return one_strand.counted(self.asked, most, on_line=on_line)

    def _counted(self, rows: QuerySet[Leg], most: int) -> int:
        counted = 0
        known = self._known(None, most, ordered=False) if rows is self.legs else None
        # a leg can belong to two strands only where there are strands of two kinds
        union = " UNION " if self.others else " UNION ALL "
        for sql, given in self._statements(rows.order_by(), most, union, known):
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT COUNT(*) FROM ({sql} LIMIT {most}) AS legs", given)
                counted += cursor.fetchone()[0]
            if counted >= most:
                return most
        return counted

    def _statements(
        self, rows: QuerySet[Leg], most: int, union: str, known: Sql | None
    ) -> Iterator[Sql]:
        parts = self._parts(rows, most, known)
        while some := list(islice(parts, AT_ONCE)):
            sql = union.join(f"SELECT * FROM ({sql}) AS s{n}" for n, (sql, _) in enumerate(some))
            yield sql, tuple(value for _, given in some for value in given)

    def _parts(
        self, rows: QuerySet[Leg], most: int | None, known: Sql | None = None
    ) -> Iterator[Sql]:
        # for persons it is put together once: only person and line differ
        on_line = Q() if self.lines is None else Q(line_id=LINE)
        for part in [known] if known else compiled(rows.filter(on_line, person_id=PERSON), most):
            if connection.vendor == "postgresql":
                yield from self._at_a_time(part)
            else:
                yield from self._one_by_one(part)
        for condition in self.others:
            yield from compiled(rows.filter(condition), most)

    def _one_by_one(self, part: Sql) -> Iterator[Sql]:
        sql, given = part
        marks = prepared(PERSON), prepared(LINE)
        for person, line in product(self.persons, self.lines or (LINE,)):
            told = dict(zip(marks, (prepared(person), prepared(line)), strict=True))
            yield sql, tuple(told.get(value, value) for value in given)

    def _at_a_time(self, part: Sql) -> Iterator[Sql]:
        """All strands of persons as one: planned once, and asked strand by strand nevertheless."""
        if not self.persons:
            return
        marks = {prepared(PERSON): "person.id", prepared(LINE): "line.id"}
        sql, given = part
        texts = sql.split("%s")
        places = [marks.get(value, "%s") for value in given]
        inner = "".join(text + place for text, place in zip(texts, [*places, ""], strict=True))
        others = tuple(value for value in given if value not in marks)
        tables, ids = "unnest(%s::uuid[]) AS person(id)", [array(self.persons)]
        if self.lines is not None:
            tables += " CROSS JOIN unnest(%s::uuid[]) AS line(id)"
            ids.append(array(self.lines))
        yield f"SELECT leg.* FROM {tables} CROSS JOIN LATERAL ({inner}) AS leg", (*ids, *others)


def kept(now: datetime, held: Collection[UUID] = (), call: str = "call") -> Q:
    """That a leg's call may be read at `now`; of those that a hold has narrowed, only these.

    `call` leads to the call, for what hangs on it in other ways.
    """
    narrow = f"{call}__narrow_at"
    open_to = Q((f"{narrow}__isnull", True)) | Q((f"{narrow}__gt", now))
    if held:
        open_to |= Q((f"{call}__in", held))
    return open_to & Q((f"{call}__due_at__gt", now), (f"{call}__state__in", SEEN))


def _fell_due(now: datetime) -> LessThanOrEqual:
    """As an expression, like `_among`: the legs come first, and few of them are asked about."""
    at = DateTimeField()
    due = Coalesce(F("call__due_at"), F("call__due_at"), output_field=at)
    return LessThanOrEqual(due, Value(now, output_field=at))


def reach(scope: Scope, filters: Filters, now: datetime) -> Strands:
    """The legs of `scope` that pass `filters` and may be read at `now`."""
    legs = _with_customer(filters).filter(filters.condition())
    persons, others = scope.persons, _others(scope)
    if filters.agent is not None:
        persons &= {filters.agent}
        others = tuple(other & Q(_among("person_id", [filters.agent])) for other in others)
    lines = _lines(number=filters.line_number) if filters.line_number else None
    if lines is not None:
        others = tuple(other & Q(line_id=line) for other, line in product(others, lines))
        persons = persons if lines else frozenset()
    if not (filters.held or _few(filters)):
        asked = None if filters.number else filters.asked()
        return Strands(legs, now, tuple(sorted(persons)), lines, others, scope.held, asked)
    allowed = Q(_among("person_id", sorted(persons)))
    allowed &= Q() if lines is None else Q(_among("line_id", lines))
    for other in others:
        allowed |= other
    few = Q(call_id__in=_of_holds()) if filters.held else filters.customers()
    return Strands(legs.filter(allowed), now, (), None, (few,), scope.held)


def _of_holds() -> QuerySet[Call, UUID]:
    return Call.objects.filter(narrow_at__isnull=False).values_list("id", flat=True)


def _with_customer(filters: Filters) -> QuerySet[Leg]:
    """The number as `Filters.condition` asks for it, where it does."""
    if not filters.number:
        return Leg.objects.all()
    return Leg.objects.alias(customer_as_it_is=Coalesce(F("customer"), F("customer")))


def _few(filters: Filters) -> bool:
    """Whether a customer's number is asked for that few legs have."""
    if not filters.number:
        return False
    legs = Leg.objects.filter(filters.customers()).order_by().values_list("id", flat=True)
    return len(legs[: FEW + 1]) <= FEW


def _others(scope: Scope) -> tuple[Q, ...]:
    """The strands of the scope that are not all the legs of one person."""
    others = []
    if scope.test_line:
        others += [Q(line_id=line) for line in _lines(function=Function.TEST)]
    if scope.unassigned:
        others.append(nobodys())
    if scope.calls:
        others.append(Q(call_id__in=scope.calls))
    for stay in scope.stays:
        within = Q(person_id=stay.person, started_at__gte=stay.begun)
        others.append(within if stay.ended is None else within & Q(started_at__lt=stay.ended))
    return tuple(others)


def nobodys() -> Q:
    """Legs whose agent nobody knows; on the test line nobody needs to."""
    return Q(person_id__isnull=True) & ~Q(line_id__in=_lines(function=Function.TEST))


def _lines(**facts: str) -> tuple[UUID, ...]:
    return tuple(Line.objects.filter(**facts).values_list("id", flat=True))


def _among(column: str, ids: Collection[UUID]) -> In:
    """That the column holds one of these: as an expression, which leads no planner to begin with
    that column's index and to walk through all the rows of it."""
    return In(Coalesce(F(column), F(column), output_field=UUIDField()), list(ids))


def _beside(legs: QuerySet[Leg], cursor: Cursor | None) -> QuerySet[Leg]:
    if cursor is None:
        return one_strand.in_order(legs, "first", None, 0)
    way = "newer" if cursor.newer else "older"
    return one_strand.in_order(legs, way, cursor.at, cursor.leg_id)
