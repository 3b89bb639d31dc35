"""`vaiti scim`: tokens for an identity provider, and people who are handed over to it."""

import argparse
import sys
from collections.abc import Sequence

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.commands.person import BY, id_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="vaiti scim", description="An identity provider that enters people (SCIM 2.0)."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="the tokens, with their last use"))
    making = verbs.add_parser("token", help="make a token; it is shown once")
    ending = verbs.add_parser("end", help="end a token")
    for verb in (making, ending):
        verb.add_argument("--name", required=True, help="such as entra")
    add_data(verbs.add_parser("follow", help="give and end roles by the groups of [scim] now"))
    adopting = verbs.add_parser("adopt", help="let SCIM change and end a person entered by hand")
    adopting.add_argument("--login", required=True, help="whose")
    for verb in (making, ending, adopting):
        add_data(verb)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.ops.sign_in import scim_rules
    from vaiti.people import scim, scim_groups, tokens
    from vaiti.people.errors import EnrolmentError

    now = clock_of(settings)()
    try:
        if given.verb == "token":
            print(tokens.make(given.name, by=BY, now=now))
            print("Write it down: it is not shown again.", file=sys.stderr)
        elif given.verb == "end":
            tokens.end(given.name, by=BY, now=now)
        elif given.verb == "follow":
            count = scim_groups.follow_all(scim_rules(settings), now)
            print(f"{count} people have the roles of their groups")
        elif given.verb == "adopt":
            scim.adopt(id_of(given.login, now), by=BY, now=now)
        else:
            for name, made, used in tokens.names():
                last = f"{used:%Y-%m-%d %H:%M}" if used else "never"
                print(f"{name}  made {made:%Y-%m-%d}  last used {last} UTC")
    except (EnrolmentError, LookupError) as error:
        print(f"vaiti scim: {error}", file=sys.stderr)
        return 1
    return 0
