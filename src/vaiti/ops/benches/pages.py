"""`vaiti bench pages`: server time and weight of the pages over a register with many calls.

A demo's folder is filled with made-up calls, or one that is full is used again; granian serves it
as in `vaiti up`; many agents and managers sign in and ask for pages. The server time is that around
the WSGI application, told in a header; the weight is that of the page with all that it loads.
"""

import argparse
import gzip
import json
import random
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from vaiti.ops.benches.measured import BenchError
from vaiti.ops.benches.site import (
    Answer,
    Visitor,
    folder_for,
    machine,
    percentile,
    served,
)
from vaiti.ops.demo.filling.made_up import NUMBERS
from vaiti.ops.demo.people import LINES
from vaiti.ops.settings import Settings, WeakSettings

PEOPLE: Final = 24  # who sign in of each kind: a person lists sixty pages a minute at most
ROUNDS: Final = 60
LENGTHS: Final = ("short", "middle", "long", "longest")
OFFICER: Final = {"home": "/", "queue": "/queue/", "log": "/log/", "state": "/state/"}
_CALL: Final = re.compile(r'href="/calls/([0-9a-f]{32})/"')
_AGENT: Final = re.compile(r'<option value="([0-9a-f]{32})"')
_LOADED: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_IMPORTED: Final = re.compile(r'from "\./([^"]+)"|import "\./([^"]+)"')


@dataclass(frozen=True, slots=True)
class Figure:
    """Milliseconds of server time at the percentiles, and of CPU time at the 95th. Bytes of the
    page alone, of it with all that a first visit loads, and of that when compressed."""

    page: str
    who: str
    times: int
    p50: float
    p95: float
    p99: float
    cpu95: float
    page_bytes: int
    whole_bytes: int
    compressed_bytes: int


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti bench pages", description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000, metavar="N", help="in the register")
    parser.add_argument("--data", type=Path, metavar="DIR", help="a demo's folder to fill and keep")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="visits to each page")
    parser.add_argument("--people", type=int, default=PEOPLE, help="of each kind who sign in")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--database-url", default="", help="PostgreSQL instead of SQLite")
    where.add_argument("--postgresql", action="store_true", help="one started for this alone")
    parser.add_argument("--json", action="store_true", help="print one JSON object and no more")
    given = parser.parse_args(arguments)
    try:
        with database(given) as url, folder_for(given.data, url, given.calls) as settings:
            figures = measure(settings, given.rounds, given.people)
    except (BenchError, WeakSettings) as error:
        print(f"vaiti bench: {error}", file=sys.stderr)
        return 1
    found = {"calls": given.calls, "machine": machine(), "pages": [asdict(one) for one in figures]}
    print(json.dumps(found) if given.json else told(found["machine"], figures))
    return 0


@contextmanager
def database(given: argparse.Namespace) -> Iterator[str]:
    """The address of PostgreSQL, or nothing; one that was started is stopped again."""
    if not given.postgresql:
        yield given.database_url
        return
    from vaiti.ops.benches.postgresql import started

    with tempfile.TemporaryDirectory(prefix="vaiti-bench-pg-") as folder:
        place = given.data.with_name(given.data.name + "-postgresql") if given.data else None
        with started(place or Path(folder)) as url:
            yield url


def told(where: dict[str, Any], figures: Sequence[Figure]) -> str:
    times = f"{'p50':>7} {'p95':>7} {'p99':>7} {'cpu95':>7}"
    head = f"{'page':28} {'who':8} {'times':>5} {times} {'bytes':>8}"
    lines = [", ".join(f"{name} {value}" for name, value in where.items())]
    lines.append(f"{head} {'with all':>8} {'packed':>8}")
    for one in figures:
        times = f"{one.p50:7.1f} {one.p95:7.1f} {one.p99:7.1f} {one.cpu95:7.1f}"
        sizes = f"{one.page_bytes:8} {one.whole_bytes:8} {one.compressed_bytes:8}"
        lines.append(f"{one.page:28} {one.who:8} {one.times:5} {times} {sizes}")
    return "\n".join(lines)


def measure(settings: Settings, rounds: int, people: int) -> list[Figure]:
    agents, managers, officer = _people(people)
    with served(settings):
        groups = {
            "agent": [_visitor(settings, login) for login in agents],
            "manager": [_visitor(settings, login) for login in managers],
            "officer": [_visitor(settings, officer)],
        }
        weigher = Weigher(groups["agent"][0])
        found = [_first_visits(who, groups[who], weigher) for who in ("agent", "manager")]
        found += [
            _measured(name, who, visitors, address=address, rounds=rounds, weigher=weigher)
            for who, visitors in groups.items()
            for name, address in _pages(who, settings).items()
        ]
        found.append(_signing_in(settings, agents[:3], weigher))
        for visitors in groups.values():
            for visitor in visitors:
                visitor.close()
    return found


def _visitor(settings: Settings, login: str) -> Visitor:
    visitor = Visitor(settings)
    visitor.sign_in(login)
    return visitor


def _people(most: int) -> tuple[list[str], list[str], str]:
    """Logins of agents and of managers, all over the register, and the officer's."""
    from vaiti.people.models import Role

    rows = Role.objects.filter(valid_to=None).order_by("person__login")
    agents = list(rows.filter(kind="service_agent").values_list("person__login", flat=True))
    managers = list(rows.filter(kind="manager").values_list("person__login", flat=True))
    officer = rows.filter(kind="dpo").values_list("person__login", flat=True)[0]
    chosen = random.Random(1)
    return (
        chosen.sample(agents, min(most, len(agents))),
        chosen.sample(managers, min(most, len(managers))),
        officer,
    )


Address = Callable[[Visitor], str]


def _pages(who: str, settings: Settings) -> dict[str, Address]:
    """What is visited, by name; each visit asks for something else of the kind."""
    if who == "officer":
        return {name: _always(address) for name, address in OFFICER.items()}
    pick = random.Random(7)
    listed = {
        "list": lambda _: "/calls/",
        "list, days": lambda _: f"/calls/?{_days(pick)}",
        "list, direction": lambda _: f"/calls/?direction={pick.choice(('in', 'out'))}",
        "list, line": lambda _: f"/calls/?line=%2B{pick.choice(_lines())}",
        "list, length": lambda _: f"/calls/?length={pick.choice(tuple(LENGTHS))}",
        "list, destruction day": lambda _: f"/calls/?destroyed={_destroyed(pick)}",
        "list, number": lambda _: f"/calls/?number=%2B{_number(pick)}***",
        "list, days, direction, line": lambda _: (
            f"/calls/?{_days(pick)}&direction=in&line=%2B{pick.choice(_lines())}"
        ),
        "list, deep": lambda _: f"/calls/?at=o{_deep(pick)}.1",
        "list, deep, newer": lambda _: f"/calls/?at=n{_deep(pick)}.1",
        "call": lambda visitor: f"/calls/{pick.choice(_calls_of(visitor))}/",
        "home": lambda _: "/",
    }
    if who == "manager":
        listed["list, agent"] = lambda visitor: _of_agent(visitor, pick)
    return listed


def _always(address: str) -> Address:
    return lambda _: address


def _days(pick: random.Random) -> str:
    first = datetime.now(UTC).date() - timedelta(days=pick.randint(8, 170))
    last = first + timedelta(days=pick.randint(0, 7))
    return f"from={first}&to={last}"


def _destroyed(pick: random.Random) -> str:
    """A day in the next months on which calls are destroyed."""
    return f"{datetime.now(UTC).date() + timedelta(days=pick.randint(8, 170))}"


def _lines() -> list[str]:
    return [line.number.removeprefix("+") for line in LINES if line.recorded]


def _number(pick: random.Random) -> str:
    return f"{pick.choice(NUMBERS).removeprefix('+')}{pick.randrange(10_000):04}"


def _deep(pick: random.Random) -> int:
    at = datetime.now(UTC) - timedelta(days=pick.randint(20, 170), hours=pick.randint(0, 9))
    return int(at.timestamp() * 1e6)


_seen: dict[tuple[int, str], list[str]] = {}


def _calls_of(visitor: Visitor) -> list[str]:
    """Raises BenchError."""
    found = _found(visitor, "calls", _CALL)
    if not found:
        raise BenchError("somebody's list is empty; fill the register with more calls")
    return found


def _of_agent(visitor: Visitor, pick: random.Random) -> str:
    """Who leads one agent only has nobody to choose."""
    offered = _found(visitor, "agents", _AGENT)
    return f"/calls/?agent={pick.choice(offered)}" if offered else "/calls/"


def _found(visitor: Visitor, what: str, pattern: re.Pattern[str]) -> list[str]:
    """What the visitor's list names; asked once."""
    key = (id(visitor), what)
    if key not in _seen:
        _seen[key] = pattern.findall(visitor.get("/calls/").text)
    return _seen[key]


def _measured(
    page: str,
    who: str,
    visitors: Sequence[Visitor],
    *,
    address: Address,
    rounds: int,
    weigher: "Weigher",
) -> Figure:
    answers = []
    for number in range(rounds):
        visitor = visitors[number % len(visitors)]
        answer = visitor.get(address(visitor))
        if answer.status not in (200, 302):
            raise BenchError(f"{page} of {who} was answered with {answer.status}")
        answers.append(answer)
    return _figure(page, who, answers, weigher)


def _first_visits(who: str, visitors: Sequence[Visitor], weigher: "Weigher") -> Figure:
    """Of each person one, by processes that have shown no list yet, from a disk that may be cold;
    all other figures are of later visits."""
    return _figure("list, first visits", who, [one.get("/calls/") for one in visitors], weigher)


def _signing_in(settings: Settings, logins: Sequence[str], weigher: "Weigher") -> Figure:
    answers = []
    for number in range(4 * len(logins)):
        visitor = Visitor(settings)
        answers.append(visitor.sign_in(logins[number % len(logins)]))
        visitor.close()
    return _figure("sign-in", "agent", answers, weigher)


def _figure(page: str, who: str, answers: Sequence[Answer], weigher: "Weigher") -> Figure:
    times = [answer.server_ms for answer in answers]
    heaviest = max(answers, key=lambda answer: len(answer.body))
    whole, packed = weigher.weigh(heaviest)
    return Figure(
        page=page,
        who=who,
        times=len(times),
        p50=round(percentile(times, 0.50), 2),
        p95=round(percentile(times, 0.95), 2),
        p99=round(percentile(times, 0.99), 2),
        cpu95=round(percentile([answer.cpu_ms for answer in answers], 0.95), 2),
        page_bytes=len(heaviest.body),
        whole_bytes=whole,
        compressed_bytes=packed,
    )


class Weigher:
    """Weighs pages with the styles, scripts and pictures that they load, each fetched once."""

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._loaded: dict[str, bytes] = {}

    def weigh(self, answer: Answer) -> tuple[int, int]:
        """Bytes of all of it, and of all of it compressed by gzip."""
        parts = [answer.body, *self._parts(answer.text)] if answer.body else []
        return sum(map(len, parts)), sum(len(gzip.compress(part, 6)) for part in parts)

    def _parts(self, text: str) -> list[bytes]:
        waiting, seen = _LOADED.findall(text), dict[str, bytes]()
        while waiting:
            address = waiting.pop()
            if address in seen:
                continue
            seen[address] = content = self._load(address)
            if address.endswith(".js"):
                folder = address.rpartition("/")[0]
                found = _IMPORTED.findall(content.decode(errors="replace"))
                waiting += [f"{folder}/{one or other}" for one, other in found]
        return list(seen.values())

    def _load(self, address: str) -> bytes:
        if address not in self._loaded:
            self._loaded[address] = self._visitor.get(address).body
        return self._loaded[address]
