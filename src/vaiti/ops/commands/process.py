"""`vaiti process NAME --data DIR`: one process, as the supervisor starts it."""

import sys
from collections.abc import Sequence

from vaiti.ops.arguments import data_parser
from vaiti.ops.processes import MAINS
from vaiti.ops.processes import main as run_process
from vaiti.ops.settings import WeakSettings


def main(arguments: Sequence[str]) -> int:
    parser = data_parser("process", "Runs one process of a data folder.")
    parser.add_argument("name", choices=sorted(MAINS))
    given = parser.parse_args(arguments)
    try:
        return run_process(given.name, given.data.resolve())
    except WeakSettings as error:
        print(error, file=sys.stderr)
        return 2
