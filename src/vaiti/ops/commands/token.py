"""`vaiti token`: tokens of the API, each for somebody or something, for a time."""

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.commands.person import BY, id_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti token", description="Tokens of the API.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    add_data(verbs.add_parser("list", help="the tokens, with their last use"))
    granting = verbs.add_parser("add", help="grant a token; it is shown once")
    granting.add_argument("--name", required=True, help="such as crm-of-anna, or log-collector")
    granting.add_argument("--login", help="whose it is, where it is about calls")
    granting.add_argument(
        "--scope", action="append", required=True, help="may be given several times"
    )
    granting.add_argument("--purpose", default="", help="verify, rights, training or security")
    granting.add_argument("--line", action="append", default=[], help="a number, or all")
    granting.add_argument("--from", dest="first", type=date.fromisoformat, help="else from now")
    granting.add_argument(
        "--until", type=date.fromisoformat, required=True, help="last day, YYYY-MM-DD"
    )
    ending = verbs.add_parser("end", help="end a token at once")
    ending.add_argument("--id", required=True, type=UUID, help="as list shows it")
    for verb in (granting, ending):
        add_data(verb)
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: act(settings, given), given.data)


def act(settings: Settings, given: argparse.Namespace) -> int:
    start_django(settings.folder)
    from vaiti.access import tokens
    from vaiti.access.token_rules import TokenError

    now = clock_of(settings)()
    try:
        if given.verb == "add":
            print(_grant(given, now))
            print("Write it down: it is not shown again.", file=sys.stderr)
        elif given.verb == "end":
            tokens.end(given.id, by=BY, now=now)
        else:
            print("\n".join(_lines(now)) or "no token has been granted")
    except (TokenError, LookupError) as error:
        print(f"vaiti token: {error}", file=sys.stderr)
        return 1
    return 0


def _grant(given: argparse.Namespace, now: datetime) -> str:
    from vaiti.access import tokens
    from vaiti.access.token_rules import Terms, scopes_of
    from vaiti.notice import versions

    zone = versions.zone_at(now) or UTC
    terms = Terms(
        name=given.name,
        person=id_of(given.login, now) if given.login else None,
        scopes=scopes_of(given.scope),
        purpose=given.purpose,
        lines=frozenset(given.line),
        begins=datetime.combine(given.first, time.min, zone) if given.first else now,
        ends=datetime.combine(given.until + timedelta(days=1), time.min, zone),
    )
    return tokens.grant(terms, by=BY, now=now)


def _lines(now: datetime) -> list[str]:
    from vaiti.access import tokens

    found = tokens.granted()
    names = tokens.names_of(found)
    return [
        "  ".join(
            (
                one.id.hex,
                one.name,
                names[one.person] if one.person else "a machine",
                " ".join(sorted(one.scopes)),
                f"until {one.ends:%Y-%m-%d %H:%M} UTC",
                "stands" if one.stands(now) else "does not stand",
                f"last used {one.used_at:%Y-%m-%d %H:%M} UTC" if one.used_at else "never used",
            )
        )
        for one in found
    ]
