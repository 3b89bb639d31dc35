"""The sections of the settings file on what should have been recorded: docs/completeness.md."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from vaiti.register.matching import Rules
from vaiti.register.silences import Limits


@dataclass(frozen=True)
class Completeness:
    """How calls that were not recorded are found: docs/completeness.md. Tolerances in seconds.

    A call that ended less than `settle_minutes` ago may still be on its way and is not missed yet.
    Without a comparison for `compare_hours` there is an alarm; 0: never. `keep_days` is how long
    the gap register's rows stand. More calls of a day than `one_sided_percent` in a hundred of
    which a side was not heard are an alarm. A side is not heard that has no sound from beginning to
    end for `silent_seconds`, none until the end for `fell_silent_seconds`, or none in between for
    `gap_seconds`; 0: that is not looked for. A sender's sample clock may be off by `clock_ppm`
    parts in a million.
    """

    start_seconds: float = 10.0
    length_seconds: float = 15.0
    offset_seconds: float = 120.0
    settle_minutes: int = 10
    compare_hours: int = 0
    keep_days: int = 184
    one_sided_percent: int = 2
    silent_seconds: int = 20
    fell_silent_seconds: int = 60
    gap_seconds: int = 180
    clock_ppm: int = 200

    @property
    def rules(self) -> Rules:
        return Rules(self.start_seconds, self.length_seconds, self.offset_seconds)

    @property
    def silences(self) -> Limits:
        told = (self.silent_seconds, self.fell_silent_seconds, self.gap_seconds)
        return Limits(self.one_sided_percent, *told)


@dataclass(frozen=True)
class Heartbeat:
    """`address` gets a GET each `seconds` while all is well here; empty: nobody is told.

    When the worker has said nothing for `worker_seconds`, the mail addresses `tell` are told.
    """

    address: str = ""
    seconds: int = 60
    worker_seconds: int = 60
    tell: tuple[str, ...] = ()


@dataclass(frozen=True)
class RecordFormat:
    """One [[records]] of the settings: which column says what (docs/completeness.md).

    `line` are the columns in which the company's number may stand, the first that does counts.
    Either `end` or `seconds` is given. `answered` names a column whose value is one of `values`
    for an answered call; without it every call that lasted counts.
    """

    name: str
    line: tuple[str, ...]
    start: str
    end: str = ""
    seconds: str = ""
    answered: str = ""
    values: tuple[str, ...] = ()
    direction: str = ""
    inbound: tuple[str, ...] = ("in", "inbound", "incoming")
    outbound: tuple[str, ...] = ("out", "outbound", "outgoing")
    zone: str = ""
    time_format: str = ""
    delimiter: str = ""
    encoding: str = ""


def heartbeat_fault(rules: Heartbeat) -> str | None:
    """A sentence that says what to change, or None."""
    if rules.address and not re.fullmatch(r"https?://[^/@\s]+(/[^\s#]*)?", rules.address):
        return "address is such as https://watch.example/vaiti, without a name and password in it"
    if not 10 <= rules.seconds <= 3600:
        return "seconds is from 10 to 3600"
    if not 10 <= rules.worker_seconds <= 3600:
        return "worker_seconds is from 10 to 3600"
    if any("@" not in one or not one.isprintable() for one in rules.tell):
        return "tell lists mail addresses of those who keep the machine running"
    return None


def silence_fault(rules: Completeness) -> str | None:
    """A sentence that says what to change, or None."""
    if not 0 <= rules.one_sided_percent <= 100:
        return "one_sided_percent is from 0 to 100"
    for name in ("silent_seconds", "fell_silent_seconds", "gap_seconds"):
        if getattr(rules, name) != 0 and not 10 <= getattr(rules, name) <= 3600:
            return f"{name} is from 10 to 3600, or 0"
    if rules.clock_ppm != 0 and not 50 <= rules.clock_ppm <= 10_000:
        return "clock_ppm is from 50 to 10000, or 0"
    return None


def completeness_fault(rules: Completeness, records: Sequence[RecordFormat]) -> str | None:
    """A sentence that says what to change, or None."""
    if fault := silence_fault(rules):
        return fault
    for name in ("start_seconds", "length_seconds", "offset_seconds"):
        if not 0 <= getattr(rules, name) <= 900:
            return f"{name} is from 0 to 900"
    if not 0 <= rules.settle_minutes <= 24 * 60:
        return "settle_minutes is from 0 to 1440; usual is 10"
    if not 0 <= rules.compare_hours <= 24 * 31 or not 1 <= rules.keep_days <= 366 * 3:
        return "compare_hours is from 0 to 744, keep_days from 1 to 1098"
    for made in records:
        if fault := format_fault(made):
            return f"the [[records]] {made.name}: {fault}"
    if len({made.name for made in records}) < len(records):
        return "two [[records]] have one name; give each its own"
    return None


def format_fault(made: RecordFormat) -> str | None:
    """A sentence that says what to change, or None."""
    if not re.fullmatch(r"[a-z0-9-]{1,40}", made.name):
        return "name is of small letters, digits and -, at most 40"
    if not made.line or not made.start:
        return "line lists the columns that may hold the company's number, and start names one"
    if bool(made.end) == bool(made.seconds):
        return "give either end or seconds, the column of the end or of the length"
    if made.answered and not made.values:
        return "answered names a column; values lists what it says of an answered call"
    if len(made.delimiter) > 1:
        return "delimiter is one character, or empty to find it"
    try:
        if made.zone:
            ZoneInfo(made.zone)
        "".encode(made.encoding or "utf-8")
    except (ZoneInfoNotFoundError, ValueError, LookupError, OSError):
        return "zone is such as Europe/Helsinki, and encoding such as utf-8 or cp1252"
    return None
