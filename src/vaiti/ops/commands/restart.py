"""`vaiti restart NAME … --data DIR`: what is installed and set now takes the place of what runs."""

import sys
from collections.abc import Sequence
from functools import partial

from vaiti.ops.arguments import data_parser, refusing_weakness
from vaiti.ops.replacing import CannotReplace, meant, replace
from vaiti.ops.settings import Settings


def main(arguments: Sequence[str]) -> int:
    """0: all were replaced. 1: one was not, and none after it. 2: the settings are weak."""
    parser = data_parser(
        "restart",
        "Replaces processes of a running vaiti up by what is installed and set now, one after the "
        "other. A recorder with a keeper leaves its calls to the next one, and is told of as "
        "replaced once that one goes on with them; without a keeper it is replaced while there is "
        "no call. So does the front with its connections over TCP.",
    )
    parser.add_argument(
        "names",
        nargs="+",
        metavar="NAME",
        help="recorder (every one of several; recorder-2 is the second), keeper, front, "
        "front-keeper, web, …",
    )
    given = parser.parse_args(arguments)
    return refusing_weakness(partial(restart, given.names), given.data)


def restart(names: Sequence[str], settings: Settings) -> int:
    try:
        for name in [each for asked in names for each in meant(asked, settings)]:
            print(f"vaiti: {replace(name, settings)}", flush=True)
    except CannotReplace as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return 1
    return 0
