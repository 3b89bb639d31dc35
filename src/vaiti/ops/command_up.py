"""`vaiti up --data DIR`: all processes, until Ctrl-C or SIGTERM."""

import sys
from collections.abc import Callable, Sequence

from vaiti.ops.arguments import data_parser, refusing_weakness
from vaiti.ops.django_start import migrate
from vaiti.ops.processes import children
from vaiti.ops.settings import Settings
from vaiti.ops.supervisor import CannotStart, Supervisor


def main(arguments: Sequence[str]) -> int:
    parser = data_parser("up", "Starts recorder, keys, worker and web, and keeps them running.")
    given = parser.parse_args(arguments)
    return refusing_weakness(up, given.data)


def up(settings: Settings) -> int:
    return run(settings, lambda: print(f"vaiti: up at {address(settings)}", flush=True))


def run(settings: Settings, when_up: Callable[[], None]) -> int:
    """Brings the database up to date, then runs the processes until told to stop."""
    migrate(settings.folder)
    try:
        Supervisor(children(settings), settings.run, settings.logs).run(when_up)
    except CannotStart as error:
        print(f"vaiti: {error}", file=sys.stderr)
        return 1
    return 0


def address(settings: Settings) -> str:
    return f"http://{settings.web.host}:{settings.web.port}/"
