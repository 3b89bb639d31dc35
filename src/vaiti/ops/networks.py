"""From which country an address is, by a table of networks that the operator supplies."""

import csv
from bisect import bisect_right
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path

from vaiti.ops.eea import EEA
from vaiti.ops.sections.reading import WeakSettings

MOST_BYTES = 256 << 20
UNKNOWN = "??"
LASTS = timedelta(days=366)
"""A table that is older says too little of who uses which networks now."""

Address = IPv4Address | IPv6Address


@dataclass(frozen=True)
class Networks:
    """`table` is a file of `network,country` lines; empty: nobody is asked where they are.

    `unknown` is "refuse" or "allow": what happens to an address that no network holds.
    """

    table: str = ""
    unknown: str = "refuse"


def networks_fault(networks: Networks) -> str | None:
    """A sentence that says what to change, or None."""
    if networks.unknown not in ("refuse", "allow"):
        return 'unknown in [networks] is "refuse" or "allow"'
    return None


class Countries:
    """The table, read once. The narrowest network that holds an address decides."""

    def __init__(self, path: Path, unknown: str, allowed: frozenset[str] = EEA) -> None:
        self._allowed = allowed
        self._allows_unknown = unknown == "allow"
        self._starts: dict[int, list[int]] = {4: [], 6: []}
        self._rows: dict[int, list[tuple[int, int, str]]] = {4: [], 6: []}
        for version, first, last, country in sorted(_rows(path), key=lambda row: (row[1], -row[2])):
            self._starts[version].append(first)
            self._rows[version].append((first, last, country))

    def country(self, address: Address) -> str:
        """Two capital letters, or UNKNOWN."""
        rows, number = self._rows[address.version], int(address)
        at = bisect_right(self._starts[address.version], number)
        for first, last, country in reversed(rows[max(0, at - DEEPEST) : at]):
            if first <= number <= last:
                return country
        return UNKNOWN

    def refused(self, text: str) -> str | None:
        """The country for which an address is refused; None where it is let in.

        Networks of one's own are let in: how people reach them is the operator's to know.
        """
        country = self.country_of(text)
        allowed = not country or country in self._allowed
        return None if allowed or (country == UNKNOWN and self._allows_unknown) else country

    def country_of(self, text: str) -> str:
        """As `country`; nothing for a network of one's own."""
        try:
            address = ip_address(text)
        except ValueError:
            return UNKNOWN
        if isinstance(address, IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        return "" if address.is_private else self.country(address)


class Reread:
    """The table as it stands on the disk now: it is read again when its file was changed.

    A file that cannot be read leaves what was read before, so that a table that is just being
    written lets nobody in; the check of N-26 sees that it cannot be read.
    """

    def __init__(self, path: Path, unknown: str, allowed: Callable[[], frozenset[str]]) -> None:
        self._path, self._unknown, self._allowed = path, unknown, allowed
        self._seen = self._mark()
        self._now = Countries(path, unknown, allowed())
        self._places = allowed()

    def refused(self, text: str) -> str | None:
        """As of Countries, by the table and the notice of this moment."""
        mark, places = self._mark(), self._allowed()
        if (mark, places) != (self._seen, self._places):
            self._seen, self._places = mark, places
            with suppress(WeakSettings):
                self._now = Countries(self._path, self._unknown, places)
        return self._now.refused(text)

    def country(self, text: str) -> str:
        """From where it comes: two letters, UNKNOWN, or nothing for a network of one's own."""
        return self._now.country_of(text)

    def _mark(self) -> tuple[int, int, int]:
        try:
            told = self._path.stat()
        except OSError:
            return 0, 0, 0
        return told.st_mtime_ns, told.st_size, told.st_ino


def fault_of(path: Path, now: datetime) -> str | None:
    """What keeps the table from being used, or None. `now` is of the clock that writes files."""
    try:
        if not _rows(path):
            return f"{path} has no network in it"
        written = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo)
    except (WeakSettings, OSError, UnicodeError) as error:
        return str(error)
    return f"{path} is more than a year old; put a new one there" if written + LASTS < now else None


DEEPEST = 64
"""So many networks that begin before an address are looked at: tables nest few levels."""


def _rows(path: Path) -> list[tuple[int, int, int, str]]:
    try:
        if path.stat().st_size > MOST_BYTES:
            raise WeakSettings(f"{path} is larger than {MOST_BYTES >> 20} MiB")
        text = path.read_text("utf-8")
    except OSError as error:
        raise WeakSettings(f"table in [networks]: {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise WeakSettings(f"{path} is no text in UTF-8: write network,country") from error
    found: list[tuple[int, int, int, str]] = []
    rows = csv.reader(text.splitlines())
    while True:
        try:
            row = next(rows, None)
            if row is None:
                break
            if not row or row[0].startswith("#"):
                continue
            network, country = ip_network(row[0].strip()), row[1].strip()
        except (csv.Error, ValueError, IndexError) as error:
            raise WeakSettings(f"{path}, line {rows.line_num}: write network,country") from error
        first, last = int(network.network_address), int(network.broadcast_address)
        found.append((network.version, first, last, country))
    return found
