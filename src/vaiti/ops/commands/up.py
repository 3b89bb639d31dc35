"""`vaiti up --data DIR`: all processes, until Ctrl-C or SIGTERM."""

from collections.abc import Sequence

from vaiti.ops.arguments import data_parser, refusing_weakness
from vaiti.ops.running import address, run
from vaiti.ops.settings import Settings


def main(arguments: Sequence[str]) -> int:
    parser = data_parser("up", "Starts recorder, keys, worker and web, and keeps them running.")
    given = parser.parse_args(arguments)
    return refusing_weakness(up, given.data)


def up(settings: Settings) -> int:
    return run(settings, lambda: print(f"vaiti: up at {address(settings)}", flush=True))
