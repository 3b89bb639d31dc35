"""`vaiti retention`: for how long calls are kept, and what a shorter time would do."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.notice.due import MAX_MONTHS
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings, WeakSettings, parse_settings

if TYPE_CHECKING:
    from vaiti.retention.preview import Preview

FEW = 31
"""So many days are listed; the others are summed."""


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti retention", description="How long calls are kept.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    ahead = verbs.add_parser(
        "preview", help="what a shorter time would do to the calls there are; changes nothing"
    )
    add_data(ahead)
    ways = ahead.add_mutually_exclusive_group()
    ways.add_argument("--settings", type=Path, metavar="FILE", help="a settings file not used yet")
    ways.add_argument("--months", type=months, nargs="+", metavar="N", help="one or more to try")
    ahead.add_argument("--json", action="store_true", help="one JSON object for each")
    add_data(verbs.add_parser("rules", help="the versions of the rule, and who decided"))
    given = parser.parse_args(arguments)
    act = show_rules if given.verb == "rules" else show_preview
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def months(text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= MAX_MONTHS:
        raise argparse.ArgumentTypeError(f"months are a whole number from 1 to {MAX_MONTHS}")
    return int(text)


def wished(settings: Settings, given: argparse.Namespace) -> list[int]:
    """The months to look at. Raises WeakSettings where nobody named any."""
    if given.months:
        return list(given.months)
    read = read_elsewhere(given.settings, settings.folder) if given.settings else settings
    if not read.register.months:
        raise WeakSettings(
            "these settings wish for no other time than the notice's; write months in [register], "
            "or give --months"
        )
    return [read.register.months]


def read_elsewhere(file: Path, folder: Path) -> Settings:
    """As if `file` were the folder's settings. Raises WeakSettings."""
    try:
        text = file.read_bytes()
    except OSError as error:
        raise WeakSettings(f"{file} cannot be read: {error.strerror}") from error
    return parse_settings(text, folder)


def show_preview(settings: Settings, given: argparse.Namespace) -> int:
    """0: said. 1: one of them would be longer than callers were told."""
    start_django(settings.folder)
    from vaiti.notice import lines, versions
    from vaiti.retention.periods import TooLong, look_ahead

    now = clock_of(settings)()
    zone = versions.zone_at(now) or ZoneInfo("UTC")
    names = {one.line.id: one.line.number for one in lines.entries()}
    status = 0
    for number in wished(settings, given):
        try:
            found = look_ahead(number, now)
        except TooLong as error:
            print(f"vaiti retention: refused: {error}{broken(now)}", file=sys.stderr)
            status = 1
            continue
        if given.json:
            print(json.dumps(as_json(found, names)))
        else:
            tell(found, names, zone)
    return status


def broken(now: datetime) -> str:
    """The words that a longer time would break."""
    from vaiti.notice.promised import wording_at

    wording = wording_at(now)
    return f". Callers are told: {wording.saying('period_months').quoted()}" if wording else ""


def as_json(found: "Preview", names: Mapping[UUID, str]) -> dict[str, object]:
    lines = {
        names[line]: {"calls": one.calls, "shortened": one.shortened, "at_once": one.at_once}
        for line, one in found.lines.items()
    }
    return {"months": found.months, **found.as_counts(), "lines": lines}


def tell(found: "Preview", names: Mapping[UUID, str], zone: ZoneInfo) -> None:
    print(f"Calls kept for {found.months} months, if the data protection officer approves it:")
    print(f"{found.calls:9} calls are kept now")
    print(f"{found.shortened:9} would go sooner than their callers were told or than is so now")
    print(f"{found.at_once:9} of them at once")
    if found.held:
        print(f"{found.held:9} of them not before the holds on them end")
    if found.longer:
        print(f"{found.longer:9} keep the nearer day that they have: no call is kept for longer")
    if found.earliest and found.latest:
        print(f"due from {moment(found.earliest, zone)} to {moment(found.latest, zone)}")
    tell_days(sorted(found.days.items()))
    for line, one in sorted(found.lines.items(), key=lambda pair: names[pair[0]]):
        print(f"{names[line]:16} {one.calls} calls, {one.shortened} sooner, {one.at_once} at once")
    print("Nothing was changed.")


def tell_days(days: Sequence[tuple[date, int]]) -> None:
    for day, count in days[:FEW]:
        print(f"{count:9} on {day.day}.{day.month}.{day.year}")
    if days[FEW:]:
        print(f"{sum(count for _, count in days[FEW:]):9} on {len(days) - FEW} days after that")


def moment(at: datetime, zone: ZoneInfo) -> str:
    local = at.astimezone(zone)
    return f"{local.day}.{local.month}.{local.year} {local:%H:%M}"


def show_rules(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.notice import rules, versions

    now = clock_of(settings)()
    notice, zone = versions.in_force(now), versions.zone_at(now) or ZoneInfo("UTC")
    if notice is not None:
        print(f"Callers are told: {notice.retention_months} months (notice {notice.version}).")
    found = rules.every()
    for one in found:
        at = one.decided_at or one.proposed_at
        print(f"rule {one.number}: {one.months} months, {one.decision}, {moment(at, zone)}")
        if one.decision == "approved":
            state = "done" if one.applied_at else "under way"
            print(f"        {one.shortened} calls have a nearer day ({state})")
    if not found:
        print("No shorter time was ever wished for.")
    return 0
