"""`vaiti promises`: every sentence of the notice, looked at now."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from vaiti.ops.arguments import add_data, refusing_weakness
from vaiti.ops.clocks import clock_of
from vaiti.ops.django_start import start_django
from vaiti.ops.settings import Settings

if TYPE_CHECKING:
    from vaiti.promises.standing import Promise


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="vaiti promises", description="The notice, held to.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    checking = verbs.add_parser("check", help="look at every sentence of the notice now")
    add_data(checking)
    checking.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    checking.add_argument(
        "--details", action="store_true", help="with --json: how each stands, and what breaks it"
    )
    given = parser.parse_args(arguments)
    return refusing_weakness(lambda settings: check(settings, given), given.data)


def check(settings: Settings, given: argparse.Namespace) -> int:
    """0: all is kept and vouched for. 1: something is broken, or nobody's word stands for it."""
    start_django(settings.folder)
    from vaiti.ops.promising import site_of
    from vaiti.promises.rounds import go_round
    from vaiti.promises.standing import standing

    now = clock_of(settings)()
    site = site_of(settings, now)
    done = go_round(site, now)
    sentences = standing(site.wording)
    if given.json:
        tell = with_details if given.details else as_json
        print(json.dumps({"ok": done.kept, "sentences": [tell(one) for one in sentences]}))
    else:
        for one in sentences:
            print(told(one))
    return 0 if done.kept else 1


def as_json(one: "Promise") -> dict[str, Any]:
    return {
        "id": one.sentence.id,
        "kind": one.sentence.kind.value,
        "kept": not one.state.wrong,
        "since": one.since.isoformat(),
        "evidence": {look.check: {"kept": look.kept, **look.evidence} for look in one.looks},
    }


def with_details(one: "Promise") -> dict[str, Any]:
    return {
        **as_json(one),
        "state": one.state.value,
        "broken_by": [
            {"check": look.check, "what": look.broken_by} for look in one.looks if not look.kept
        ],
    }


def told(one: "Promise") -> str:
    broken = "; ".join(f"{look.check}: {look.broken_by}" for look in one.looks if not look.kept)
    looked = broken or ", ".join(look.check for look in one.looks)
    return f"{one.sentence.id:6} {one.state.value:10} {looked}"
