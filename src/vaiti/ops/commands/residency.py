"""`vaiti residency`: where data lies, and who has said so."""

import argparse
import sys
from collections.abc import Sequence

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti residency", description="Where data lies or passes; docs/residency.md."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="every place, and how it is known where it is"))
    attesting = verbs.add_parser("attest", help="write into the log that a place is where it says")
    add_data(attesting)
    attesting.add_argument("--role", required=True, help="as list shows it")
    attesting.add_argument("--login", required=True, help="who says so, and answers for it")
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.ops.commands.person import id_of
    from vaiti.ops.residency import attest, standing

    now = clock_of(settings)()
    if given.verb == "attest":
        found = {one.needed.role: one for one in standing(settings, now)}
        one = found.get(given.role)
        if one is None or one.place is None:
            print(f"vaiti residency: no [[place]] has the role {given.role}", file=sys.stderr)
            return 1
        try:
            attest(one.needed, one.place, id_of(given.login, now).hex, now)
        except LookupError as error:
            print(f"vaiti residency: {error}", file=sys.stderr)
            return 1
    places = standing(settings, now)
    for one in places:
        told = one.place
        where = f"{told.country}  {told.provider} ({told.contract})" if told else "??"
        since = f" on {one.at:%Y-%m-%d}" if one.at else ""
        print(f"{one.needed.role:16} {where}  {one.state}{since}")
    return 0 if all(one.well for one in places) else 1
