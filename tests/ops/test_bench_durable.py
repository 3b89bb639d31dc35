"""`vaiti bench durable` writes entries side by side, and every one gets its place."""

import json

from ops.test_init import vaiti


def test_entries_written_side_by_side_are_all_placed() -> None:
    done = vaiti("bench", "durable", "--seconds", "0.2", "--connections", "2")
    assert done.returncode == 0, done.stderr  # it fails if one of them is missing
    told = json.loads(done.stdout)
    assert told["entries_a_second"] > 0
    assert told["placed_a_second"] > 0
