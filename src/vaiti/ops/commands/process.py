"""`vaiti process NAME --data DIR`: one process, as the supervisor starts it."""

import sys
from collections.abc import Sequence

from vaiti.ops.arguments import data_parser
from vaiti.ops.processes import NAMES, SEVERAL
from vaiti.ops.processes import main as run_process
from vaiti.ops.recorders import number_of
from vaiti.ops.sections.media import MOST_PROCESSES
from vaiti.ops.settings import WeakSettings


def main(arguments: Sequence[str]) -> int:
    parser = data_parser("process", "Runs one process of a data folder.")
    parser.add_argument("name", help=f"{', '.join(NAMES)}; recorder-2 for the second of several")
    given = parser.parse_args(arguments)
    kind, number = number_of(given.name)
    if kind not in NAMES or not 1 <= number <= (MOST_PROCESSES if kind in SEVERAL else 1):
        parser.error(f"there is no process {given.name}")
    try:
        return run_process(given.name, given.data.resolve())
    except WeakSettings as error:
        print(error, file=sys.stderr)
        return 2
