"""`vaiti report period`: the figures of a period as one file, for the auditor or management."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

BY = "system:command-line"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti report", description="Reports from the register.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    period = verbs.add_parser(
        "period", help="counts from the log and the rows, without names, as one file"
    )
    period.add_argument("--from", dest="first", type=_day, required=True, metavar="DAY")
    period.add_argument("--to", dest="last", type=_day, required=True, metavar="DAY")
    period.add_argument("--language", choices=("en", "fi", "sv"), default="en")
    period.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="HTML, or PDF when named .pdf"
    )
    add_data(period)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def _day(text: str) -> date:
    return date.fromisoformat(text)


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from django.utils.translation import override

    from vaiti.access.reporting import note_made
    from vaiti.notice import versions
    from vaiti.web.dates import day_begins, day_ends
    from vaiti.web.period import as_file, fault, on_paper

    now = clock_of(settings)()
    zone = versions.zone_at(now) or ZoneInfo("UTC")
    with override("en"):
        wrong = fault(given.first, given.last, now.astimezone(zone).date())
    if wrong:
        print(f"vaiti report: {wrong}", file=sys.stderr)
        return 2
    note_made(BY, day_begins(given.first, zone), day_ends(given.last, zone), now)
    days = (given.first, given.last, zone)
    try:
        if given.out.suffix.lower() == ".pdf":
            with override(given.language):
                given.out.write_bytes(on_paper(*days))
        else:
            given.out.write_text(as_file(*days, given.language), "utf-8")
    except OSError as error:
        print(f"vaiti report: {given.out} cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"written: {given.out}")
    return 0
