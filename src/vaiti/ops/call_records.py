"""Reads a phone system's call records: lines and times come out, everything else is let go of.

A customer's number stands in most such files. The field is compared with the company's lines and
dropped; no error repeats what a file holds. Pure: bytes in, calls out.
"""

import csv
import io
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from vaiti.capture.numbers import normalise
from vaiti.ops.sections.completeness import RecordFormat
from vaiti.register.matching import SECOND, Stretch
from vaiti.register.reconciling import Told

MOST_BYTES = 64 << 20
MOST_ROWS = 500_000
DELIMITERS = ";\t|,"
MOST_TOLD = 20  # row numbers of unreadable rows that are named
FORMATS = (
    *("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H.%M.%S", "%d.%m.%Y klo %H.%M.%S"),
    *("%Y/%m/%d %H:%M:%S", "%Y%m%d%H%M%S", "%Y%m%d %H%M%S", "%a %b %d %H:%M:%S %Y"),
)
"""Besides ISO 8601 and seconds or milliseconds since 1970. Day first: where the month may come
first, the settings say so with `time_format`."""
LENGTH = re.compile(r"(?:(\d{1,4}):)?(\d{1,2}):(\d{2}(?:[.,]\d{1,9})?)|(\d{1,7}(?:[.,]\d{1,9})?)")
YEARS = range(1970, 2200)
MILLISECONDS = 10**11


class RecordsUnusable(ValueError):
    """The file cannot be read at all; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class Read:
    """What a file told. `others` are rows of no line of ours, `unanswered` those of no call;
    `faulty` are the numbers of rows that cannot be read, with why."""

    told: tuple[Told, ...]
    others: int
    unanswered: int
    faulty: tuple[tuple[int, str], ...] = field(default=())


class _Faulty(ValueError):
    """This row cannot be read; the words say why and repeat nothing of it."""


def read_records(data: bytes, made: RecordFormat, lines: Collection[str], country: str) -> Read:
    """The answered calls on `lines` (E.164). Raises RecordsUnusable."""
    rows = _rows(data, made)
    told, faulty, others, unanswered = [], [], 0, 0
    own: dict[str, str | None] = {}
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise RecordsUnusable(f"there are more than {MOST_ROWS} rows; give it in parts")
        line = _line(row, made, lines, country, own)
        if line is None:
            others += 1
            continue
        try:
            one = _told(line, row, made)
        except _Faulty as error:
            faulty.append((number, str(error)))
            continue
        unanswered += one is None
        told += [one] if one else []
    return Read(tuple(told), others, unanswered, tuple(faulty[:MOST_TOLD]))


def _rows(data: bytes, made: RecordFormat) -> Iterator[Mapping[str, str]]:
    if len(data) > MOST_BYTES:
        raise RecordsUnusable(f"the file is larger than {MOST_BYTES >> 20} MiB; give it in parts")
    text = _text(data, made.encoding)
    head = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = made.delimiter or max(DELIMITERS, key=head.count)
    reader = csv.reader(io.StringIO(text.lstrip("\r\n")), delimiter=delimiter)
    try:
        names = [name.strip().casefold() for name in next(reader, [])]
    except csv.Error:
        raise RecordsUnusable("the first line is not one of column names") from None
    wanted = [*made.line, made.start, made.end or made.seconds, made.answered, made.direction]
    lacking = [name for name in wanted if name and name.strip().casefold() not in names]
    if lacking:
        raise RecordsUnusable(f"the file has no column {', '.join(lacking)}; see [[records]]")
    return _each(reader, names)


def _each(reader: Iterator[list[str]], names: list[str]) -> Iterator[Mapping[str, str]]:
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                yield dict(zip(names, (cell.strip() for cell in row), strict=False))
    except csv.Error:
        raise RecordsUnusable("the file is no CSV from some row on; was it cut off?") from None


def _text(data: bytes, encoding: str) -> str:
    """By its mark, as the settings say, or as UTF-8, or as Windows writes it in Western Europe."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    elif data.startswith(b"\xef\xbb\xbf"):
        encoding = "utf-8-sig"
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeError:
        if encoding:
            raise RecordsUnusable(f"the file is not in {encoding}") from None
        return data.decode("cp1252", errors="replace")


def _line(
    row: Mapping[str, str],
    made: RecordFormat,
    lines: Collection[str],
    country: str,
    own: dict[str, str | None],
) -> str | None:
    """The company's line among the columns. `own` remembers what lines were written like: no
    number that is not a line stays in it."""
    for column in made.line:
        written = row.get(column.strip().casefold(), "")
        if written in own:
            return own[written]
        number = normalise(written, country) if written else None
        if number in lines:
            own[written] = number
            return number
    return None


def _told(line: str, row: Mapping[str, str], made: RecordFormat) -> Told | None:
    """The call of this row; None when nobody answered."""
    if made.answered:
        said = row.get(made.answered.strip().casefold(), "").casefold()
        if said not in {value.casefold() for value in made.values}:
            return None
    written = row.get(made.start.strip().casefold(), "")
    if not written and not made.answered:
        return None  # the column of the answer is empty: there was none
    start, other = _instant(written, made)
    length = _length(row, start, other, made)
    if length <= timedelta(0):
        return None
    first = round(start.timestamp() * SECOND)
    lasts = round(length.total_seconds() * SECOND)
    second = None if other is None else round(other.timestamp() * SECOND)
    return Told(Stretch(line, first, first + lasts, second), _direction(row, made))


def _length(
    row: Mapping[str, str], start: datetime, other: datetime | None, made: RecordFormat
) -> timedelta:
    if made.seconds:
        return _seconds(row.get(made.seconds.strip().casefold(), ""))
    end, later = _instant(row.get(made.end.strip().casefold(), ""), made)
    lengths = [b - a for a in (start, other) for b in (end, later) if a and b]
    possible = [each for each in lengths if each >= timedelta(0)]
    if not possible:
        raise _Faulty("the end is before the start")
    return min(possible)


def _seconds(written: str) -> timedelta:
    found = LENGTH.fullmatch(written)
    if found is None:
        raise _Faulty("the length is neither seconds nor hours, minutes and seconds")
    hours, minutes, seconds, plain = found.groups()
    last = float((plain or seconds).replace(",", "."))
    return timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=last)


def _direction(row: Mapping[str, str], made: RecordFormat) -> str:
    said = row.get(made.direction.strip().casefold(), "").casefold() if made.direction else ""
    ways = {"in": made.inbound, "out": made.outbound}
    return next((way for way, names in ways.items() if said in {n.casefold() for n in names}), "")


def _instant(written: str, made: RecordFormat) -> tuple[datetime, datetime | None]:
    """The instant, and its other reading in an hour that the clock change repeats."""
    if not made.time_format and re.fullmatch(r"\d{10,13}([.,]\d+)?", written):
        value = float(written.replace(",", "."))
        return datetime.fromtimestamp(value / (1000 if value > MILLISECONDS else 1), UTC), None
    moment = _parsed(written, made.time_format)
    if moment.year not in YEARS:
        raise _Faulty(f"the time is not of the years {YEARS.start} to {YEARS.stop - 1}")
    if moment.tzinfo is not None:
        return moment.astimezone(UTC), None
    if not made.zone:
        raise _Faulty("the time names no zone, and [[records]] gives none")
    local = moment.replace(tzinfo=ZoneInfo(made.zone))
    first = local.astimezone(UTC)
    second = local.replace(fold=1).astimezone(UTC)
    return first, second if second > first else None


def _parsed(written: str, time_format: str) -> datetime:
    try:
        if time_format:
            return datetime.strptime(written, time_format)  # noqa: DTZ007 - the zone is given beside
        return datetime.fromisoformat(written)
    except ValueError:
        pass
    for known in () if time_format else FORMATS:
        try:
            return datetime.strptime(written, known)  # noqa: DTZ007 - the zone is given beside
        except ValueError:
            continue
    raise _Faulty("the time cannot be read; see time_format in [[records]]")
