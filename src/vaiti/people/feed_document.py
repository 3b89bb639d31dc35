"""The agent feed as it comes: rows of CSV, or objects of JSON, read into words. Pure.

Every fault is told by its row with what to change, and repeats nothing that stands there.
"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from vaiti.people.seats import What

COLUMNS = ("person", "device", "event", "from", "to", "id")
NEEDED = ("person", "device", "event", "from")
MAX_ROWS = 100_000
MAX_TEXT = 64  # characters of a person, a device or an id
AHEAD = timedelta(minutes=15)  # of our clock; what is further ahead is a wrong clock or a plan


class FeedFault(ValueError):
    """One word cannot be read; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the feed, its person as the sender calls them; `row` is where it stood."""

    row: int
    person: str = field(repr=False)
    device: str
    what: What
    from_at: datetime
    to_at: datetime | None
    ref: str | None


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that cannot be entered, and what to change in it."""

    row: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Read:
    words: tuple[Word, ...]
    faults: tuple[Fault, ...]


def read_csv(text: str, zone: ZoneInfo, now: datetime) -> Read:
    """A table with the columns of docs/agent-feed.md, in any order. Raises FeedFault.

    Times without an offset are of `zone`.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        names = [name.strip().lower() for name in rows.fieldnames or ()]
        _check_columns(names)
        rows.fieldnames = names
        return _read(((rows.line_num, row) for row in rows), zone, now)
    except csv.Error:
        raise FeedFault(
            f"row {rows.line_num + 1} is no row of CSV: close the quotes that it opens"
        ) from None


def read_objects(objects: object, zone: ZoneInfo, now: datetime) -> Read:
    """A list of objects with the same names as the columns. Raises FeedFault."""
    if not isinstance(objects, list):
        raise FeedFault("send a list of events, each an object")
    return _read(((at, _texts(one)) for at, one in enumerate(objects, 1)), zone, now)


def read_word(given: Mapping[str, str], row: int, zone: ZoneInfo, now: datetime) -> Word:
    """Raises FeedFault."""
    for name in NEEDED:
        if not given.get(name):
            raise FeedFault(f"{name} is empty: fill it in")
    what = _what(given["event"])
    from_at = _instant(given["from"], "from", zone)
    to_at = _instant(given["to"], "to", zone) if given.get("to") else None
    if max(from_at, to_at or from_at) > now + AHEAD:
        raise FeedFault("it lies ahead: send what has happened, and check the sender's clock")
    _check_ends(what, from_at, to_at)
    return Word(
        row=row,
        person=_short(given["person"], "person").casefold(),
        device=device_of(_short(given["device"], "device")),
        what=what,
        from_at=from_at,
        to_at=to_at,
        ref=_short(given.get("id", ""), "id") or None,
    )


def device_of(address: str) -> str:
    """The user part of a SIP or tel address, as the recorder names a device; a label as it is."""
    text = address.strip()
    if "<" in text:
        text = text[text.rfind("<") + 1 :].split(">", 1)[0].strip()
    scheme, colon, rest = text.partition(":")
    if colon and scheme.lower() in ("sip", "sips", "tel"):
        text = rest
    user = unquote(text.partition("@")[0].split(";", 1)[0].split(":", 1)[0]).strip()
    if not user:
        raise FeedFault("device names no device: write a number, an extension or an address")
    return user


def _read(rows: Iterable[tuple[int, object]], zone: ZoneInfo, now: datetime) -> Read:
    words, faults = [], []
    for at, (row, given) in enumerate(rows):
        if at >= MAX_ROWS:
            faults.append(Fault(row, f"there are more than {MAX_ROWS} rows: send them in parts"))
            break
        try:
            if not isinstance(given, dict):
                raise FeedFault("an event is an object with person, device, event and from")
            words.append(read_word(_row(given), row, zone, now))
        except FeedFault as fault:
            faults.append(Fault(row, str(fault)))
    return Read(tuple(words), tuple(faults))


def _row(given: Mapping[str | None, object]) -> dict[str, str]:
    if None in given:
        raise FeedFault("it has more fields than the first row has names")
    known = {name: value for name, value in given.items() if name in COLUMNS}
    if len(known) < len(given):
        raise FeedFault(f"an event has no other names than {', '.join(COLUMNS)}")
    return {str(name): str(value or "").strip() for name, value in known.items()}


def _texts(one: object) -> object:
    """JSON's nothing is an empty text; numbers are what devices and ids often are."""
    if not isinstance(one, dict):
        return None
    plain = all(type(value) in (str, int, type(None)) for value in one.values())
    return {**one} if plain else None


def _check_columns(names: list[str]) -> None:
    missing = [name for name in NEEDED if name not in names]
    if missing:
        raise FeedFault(
            f"the first row lacks {', '.join(missing)}: name the columns {', '.join(COLUMNS)}"
        )
    if set(names) - set(COLUMNS):
        raise FeedFault(f"the first row has other columns than {', '.join(COLUMNS)}: leave them")
    if len(set(names)) < len(names):
        raise FeedFault("the first row names a column twice: leave one of them")


def _what(text: str) -> What:
    try:
        return What(text.lower())
    except ValueError:
        raise FeedFault("event is login, logout or stay") from None


def _check_ends(what: What, from_at: datetime, to_at: datetime | None) -> None:
    if what is What.STAY and to_at is None:
        raise FeedFault("a stay has both from and to; for one that goes on send a login")
    if what is not What.STAY and to_at is not None:
        raise FeedFault("to is for a stay only: leave it empty")
    if to_at is not None and to_at <= from_at:
        raise FeedFault("to lies before from: put them right")


def _instant(text: str, name: str, zone: ZoneInfo) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise FeedFault(f"{name} is a time such as 2026-11-27T08:00:00+02:00") from None
    if found.tzinfo is None:
        found = _local(found, name, zone)
    try:
        return found.astimezone(UTC)
    except (OverflowError, ValueError):
        raise FeedFault(f"{name} is no time of this age") from None


def _local(wall: datetime, name: str, zone: ZoneInfo) -> datetime:
    """Refuses the hour that the clock shows twice, and the one that it leaves out."""
    early, late = wall.replace(tzinfo=zone), wall.replace(tzinfo=zone, fold=1)
    if early.utcoffset() != late.utcoffset():
        raise FeedFault(
            f"{name} is in the night in which the clock is put forward or back: write it with its "
            "offset, such as +02:00"
        )
    return early


def _short(text: str, name: str) -> str:
    text = text.strip()
    if len(text) > MAX_TEXT or not text.isprintable():
        raise FeedFault(f"{name} has at most {MAX_TEXT} printable characters")
    return text
