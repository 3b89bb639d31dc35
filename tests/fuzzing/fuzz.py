"""A long run: so many damaged inputs at each parser, and what came of it.

    PYTHONPATH=src:tests python -m fuzzing.fuzz --cases 1000000 [--seed N] [--only NAME]

Prints a line a parser: cases, how many were taken, cases a second. The first find ends it, and the
input prints with it.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable

import django

from fuzzing.mutating import Mutator
from fuzzing.targets import Target

BATCH = 256
ROWS = 4096


def all_targets() -> tuple[Target, ...]:
    from fuzzing import files, left, left_memory, media, ring, signalling, uploads

    rooms = (signalling, media, files, uploads, ring, left, left_memory)
    return tuple(target for room in rooms for target in room.TARGETS)


def run(target: Target, cases: int, seed: int) -> int:
    """How many of `cases` were taken. Raises whatever breaks the invariant."""
    some, taken = target.own(seed) if target.own else _drawn(target, seed), 0
    batch = ROWS if target.own else BATCH
    for first in range(0, cases, batch):
        try:
            taken += some(min(batch, cases - first))
        except Exception as error:
            error.add_note(f"{target.name}, seed {seed}, among the {batch} from case {first} on")
            raise
    return taken


def _drawn(target: Target, seed: int) -> Callable[[int], int]:
    feed, draw = target.feed(), Mutator(target.seeds(), target.words, seed)
    return lambda count: feed([draw.one() for _ in range(count)])


def main() -> int:
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--cases", type=int, default=1_000_000, help="of all parsers together")
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--only", default="", help="one parser, by its name")
    asked = given.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vaiti.ops.django_settings")
    django.setup()
    targets = [one for one in all_targets() if asked.only in ("", one.name)]
    whole = sum(one.weight for one in targets)
    for target in targets:
        cases, began = asked.cases * target.weight // whole, time.monotonic()
        taken = run(target, cases, asked.seed)
        rate = cases / max(1e-9, time.monotonic() - began)
        share = f"{taken / max(1, cases):6.1%} taken  {rate:>9,.0f}/s"
        sys.stdout.write(f"{target.name:20} {cases:>11,} cases  {share}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
