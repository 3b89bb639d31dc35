"""`vaiti prove`: what shows to a stranger that the notice is kept."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.audit import verifier_main
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings
from vaiti.promises.older.places import Looked
from vaiti.values.ids import as_uuid, parse_call_id
from vaiti.vault.keyclient import KeyClient


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti prove", description="Proof for a stranger.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    older = verbs.add_parser(
        "nothing-older", help="look in every place for what is older than callers were promised"
    )
    add_data(older)
    older.add_argument(
        "--months", type=int, choices=range(1, 37), metavar="N", help="hold it to fewer months"
    )
    older.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    issuing = verbs.add_parser(
        "certificate", help="issue a certificate of destruction: a day, listed calls, an order"
    )
    add_data(issuing)
    what = issuing.add_mutually_exclusive_group(required=True)
    what.add_argument("--day", type=date.fromisoformat, metavar="DAY", help="such as 2026-11-23")
    what.add_argument("--call", type=call_id, action="append", metavar="ID", help="may be repeated")
    what.add_argument("--order", type=call_id, metavar="ID", help="of an order that is done")
    issuing.add_argument("--out", type=Path, required=True, metavar="FILE", help="to be verified")
    issuing.add_argument("--pdf", type=Path, metavar="FILE", help="and on paper")
    issuing.add_argument("--language", choices=("en", "fi", "sv"), default="en")
    showing = verbs.add_parser(
        "evidence",
        help="check a package of evidence of one call, which is made on the page of its case",
    )
    showing.add_argument("folder", type=Path, help="into which the package was unpacked")
    showing.add_argument("--key", type=Path, required=True, help="the log's public key")
    given = parser.parse_args(arguments)
    if given.verb == "evidence":
        return verifier_main.main(["evidence", str(given.folder), "--key", str(given.key)])
    if given.verb == "certificate":
        return refusing_weakness(lambda settings: certificate(settings, given), given.data)
    return refusing_weakness(lambda settings: nothing_older(settings, given), given.data)


def nothing_older(settings: Settings, given: argparse.Namespace) -> int:
    """0: nothing is older. 1: something is, or stands where nothing should. 2: not seen whole."""
    start_django(settings.folder)
    from vaiti.notice import versions
    from vaiti.ops.proving import look
    from vaiti.promises.older.scan import NothingPromised

    now, keys = clock_of(settings)(), KeyClient(settings.keys_socket)
    try:
        found = look(settings, keys, now, given.months)
    except NothingPromised as error:
        print(f"vaiti prove: {error}", file=sys.stderr)
        return 2
    finally:
        keys.close()
    zone = versions.zone_at(now) or ZoneInfo("UTC")
    if given.json:
        print(json.dumps(as_json(found.limit, found.places)))
    else:
        tell(found.limit.astimezone(zone), found.places, zone)
    if any(one.older or one.strange for one in found.places):
        return 1
    return 0 if found.holds else 2


def call_id(text: str) -> UUID:
    return as_uuid(parse_call_id(text))


def certificate(settings: Settings, given: argparse.Namespace) -> int:
    """Issues it, has the log sign that, and writes it. 1: nothing of it was destroyed."""
    start_django(settings.folder)
    from django.utils.translation import override

    from vaiti.audit.certificate import as_text
    from vaiti.ops.certifying import issue
    from vaiti.retention import certificates
    from vaiti.web.certificates import paper
    from vaiti.web.moments import Moments
    from vaiti.web.paper import as_pdf

    now = clock_of(settings)()
    if given.order:
        facts = certificates.of_order(given.order)
    else:
        listed = certificates.of_calls
        facts = certificates.of_day(given.day) if given.day else listed(given.call)
    if facts is None or not facts.calls:
        print(f"vaiti prove: nothing was destroyed of {told(given)}", file=sys.stderr)
        return 1
    found, issuer = issue(settings, facts, now)
    try:
        given.out.write_text(as_text(found), encoding="utf-8")
        if given.pdf:
            with override(given.language):
                given.pdf.write_bytes(as_pdf(paper(facts, found, issuer, Moments.at(now))))
    except OSError as error:
        print(f"vaiti prove: it cannot be written: {error.strerror}", file=sys.stderr)
        return 1
    print(f"written: {given.out}; {len(facts.calls)} calls destroyed, {facts.open} still there")
    return 0


def told(given: argparse.Namespace) -> str:
    if given.order:
        return "this order, or it is not done"
    return given.day.isoformat() if given.day else f"the {len(given.call)} listed calls"


def as_json(limit: datetime, places: Sequence[Looked]) -> dict[str, object]:
    return {
        "limit": limit.isoformat(),
        "holds": all(one.holds for one in places),
        "places": [
            {
                "place": one.place,
                "counted": one.counted,
                "older": one.older,
                "strange": one.strange,
                "oldest": one.oldest.isoformat() if one.oldest else None,
                "fault": one.fault,
                "found": one.found,
            }
            for one in places
        ],
    }


def tell(limit: datetime, places: Sequence[Looked], zone: ZoneInfo) -> None:
    print(f"Nothing may be from before {moment(limit)}.")
    print(f"{'place':10} {'counted':>9} {'older':>7} {'strange':>7}  oldest")
    for one in places:
        oldest = moment(one.oldest.astimezone(zone)) if one.oldest else "–"
        print(f"{one.place:10} {one.counted:9} {one.older:7} {one.strange:7}  {oldest}")
        for name in one.found:
            print(f"           look at {name}")
        if one.fault:
            print(f"           NOT SEEN WHOLE: {one.fault}")
    holds = all(one.holds for one in places)
    print("Nothing is older." if holds else "It does NOT hold: look at what is named above.")


def moment(at: datetime) -> str:
    return f"{at.day}.{at.month}.{at.year} {at:%H:%M}"
