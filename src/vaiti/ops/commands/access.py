"""`vaiti access`: who may hear what, and why somebody may or may not hear one call."""

import argparse
import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from vaiti.access.table import Hearing, RoleRow, table
from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings
from vaiti.web.answers import ANSWERS, NOBODY, ROLES

if TYPE_CHECKING:
    from vaiti.access.explaining import Explanation


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti access", description="Who may hear what, and why.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    matrix = verbs.add_parser("matrix", help="the table of roles, and that of addresses")
    matrix.add_argument("--json", action="store_true", help="as one JSON object")
    explaining = verbs.add_parser("explain", help="why a person may or may not hear a call")
    add_data(explaining)
    explaining.add_argument("person", help="a login")
    explaining.add_argument("call", help="a call's id, 32 hexadecimal digits")
    sampling = verbs.add_parser("sample", help="a sample of calls, drawn by lot for an auditor")
    add_data(sampling)
    sampling.add_argument("--for", required=True, dest="login", metavar="LOGIN")
    sampling.add_argument("--from", dest="first", type=date.fromisoformat, metavar="YYYY-MM-DD")
    sampling.add_argument("--to", dest="last", type=date.fromisoformat, metavar="YYYY-MM-DD")
    sampling.add_argument("--number", type=int, default=20, help="how many calls, 50 at most")
    sampling.add_argument("--line", default="", help="the company's number; else all")
    sampling.add_argument("--again", default="", metavar="ID", help="print a sample drawn before")
    consenting = verbs.add_parser(
        "consent", help="note that a customer consents to a purpose, or takes it back"
    )
    add_data(consenting)
    consenting.add_argument("call", help="a call's id, 32 hexadecimal digits")
    consenting.add_argument("what", choices=("given", "withdrawn"))
    consenting.add_argument("--purpose", default="training", help="training, unless another")
    consenting.add_argument("--login", required=True, help="who notes it: they must see the call")
    given = parser.parse_args(arguments)
    if given.verb == "consent":
        return refusing_weakness(lambda settings: consent(settings, given), Path(given.data))
    if given.verb == "sample" and not given.again and not (given.first and given.last):
        sampling.error("give --from and --to, the days of the period; or --again ID")
    if given.verb == "sample":
        return refusing_weakness(lambda settings: sample(settings, given), Path(given.data))
    if given.verb == "matrix":
        print(json.dumps(as_json(), indent=2) if given.json else as_text())
        return 0
    return refusing_weakness(lambda settings: explain(settings, given), Path(given.data))


def consent(settings: Settings, given: argparse.Namespace) -> int:
    """1 where it is not theirs to note, or the call's notice asks for no consent to the purpose."""
    start_django(settings.folder)
    from vaiti.access import consenting
    from vaiti.access.doors import NotVisible, Unprepared
    from vaiti.ops.commands.person import id_of

    now, stands = clock_of(settings)(), given.what == "given"
    try:
        person, call = id_of(given.login, now), UUID(hex=given.call)
        changed = consenting.note(person, call, given.purpose, given=stands, now=now)
    except (NotVisible, LookupError, ValueError, Unprepared):
        print(
            "vaiti access: there is no such call that this person sees, or its notice rests "
            f"{given.purpose} on no consent",
            file=sys.stderr,
        )
        return 1
    print(f"consent {given.what}" if changed else "nothing changed: it stood so already")
    return 0


def as_json() -> dict[str, Any]:
    """Both tables: role to rows, hearing and besides; address to method to who to status."""
    everyone = (NOBODY, *ROLES)
    return {
        "roles": {row.role: role_as_json(row) for row in table()},
        "addresses": {
            f"/{address}": {
                method: {who: answers.to(who) for who in everyone}
                for method, answers in methods.items()
            }
            for address, methods in ANSWERS.items()
        },
    }


def role_as_json(row: RoleRow) -> dict[str, Any]:
    return {
        "rows": [one.value for one in row.rows],
        "hears": [
            {
                "relation": one.relation.value,
                "needs": [need.value for need in one.needs],
                "purpose": one.purpose.value if one.purpose else None,
            }
            for one in row.hears
        ],
        "corrects": {
            one.relation.value: [part.value for part in one.parts] for one in row.corrects
        },
        "besides": [one.value for one in row.besides],
    }


def as_text() -> str:
    lines = ["role: rows | hears | corrects | besides", ""]
    lines += [role_as_text(row) for row in table()]
    width = max(len(address) for address in ANSWERS) + 1
    lines += ["", "address, method: status for " + ", ".join((NOBODY, *ROLES)), ""]
    for address, methods in ANSWERS.items():
        for method, answers in methods.items():
            statuses = " ".join(str(answers.to(who)) for who in (NOBODY, *ROLES))
            lines.append(f"/{address:{width}} {method:5} {statuses}")
    return "\n".join(lines)


def role_as_text(row: RoleRow) -> str:
    rows = ", ".join(row.rows) or "none"
    hears = ", ".join(hearing_as_text(one) for one in row.hears) or "nothing"
    corrects = [f"{' '.join(one.parts)} of {one.relation}" for one in row.corrects]
    besides = ", ".join(row.besides) or "-"
    return f"{row.role}: {rows} | {hears} | {', '.join(corrects) or '-'} | {besides}"


def hearing_as_text(one: Hearing) -> str:
    needs = f" (needs {', '.join(one.needs)})" if one.needs else ""
    return one.relation + needs


def explain(settings: Settings, given: argparse.Namespace) -> int:
    """Tells an operator, who has the data folder; nothing of it is personal but the login given."""
    start_django(settings.folder)
    from vaiti.access import explaining
    from vaiti.access.errors import NotVisible
    from vaiti.ops.commands.person import id_of

    now = clock_of(settings)()
    try:
        person, call = id_of(given.person, now), UUID(hex=given.call)
        found = explaining.explain_to_operator(person, call, now)
    except (LookupError, ValueError, NotVisible):
        print("vaiti access: there is no such person here, or no such call", file=sys.stderr)
        return 1
    print("\n".join(in_sentences(found)))
    return 0


def in_sentences(found: "Explanation") -> list[str]:
    """In English, with the sentences of the page that says the same."""
    from django.utils import translation

    from vaiti.web.why import said_of

    lines = []
    with translation.override("en"):
        for leg in found.legs:
            part = said_of(leg)
            lines.append(f"Part {part.ordinal} of the call. {part.verdict}")
            said = (*part.facts, *part.rules)
            lines += [f"  {'yes' if one.speaks_for else 'no ':3}  {one.text}" for one in said]
    return lines


def sample(settings: Settings, given: argparse.Namespace) -> int:
    """Draws in the auditor's name, or prints again; the log names the command line."""
    start_django(settings.folder)
    from vaiti.access import samples
    from vaiti.access.errors import NotVisible, SampleError, Unprepared
    from vaiti.ops import sample_text
    from vaiti.ops.commands.person import id_of

    now = clock_of(settings)()
    try:
        person = id_of(given.login, now)
        made = UUID(hex=given.again) if given.again else sample_text.draw(person, given, now)
        print(sample_text.text(samples.sample(person, made, now, sample_text.BY), now))
    except SampleError as error:
        print(f"vaiti access: {error}", file=sys.stderr)
        return 1
    except Unprepared as error:
        print(f"vaiti access: {given.login} lacks: {', '.join(error.needs)}", file=sys.stderr)
        return 1
    except (LookupError, ValueError, NotVisible):
        print("vaiti access: there is no such auditor here, or no such sample", file=sys.stderr)
        return 1
    return 0
