"""A week with faults among its calls: each miss is in the gap register with its cause, no other."""

from datetime import timedelta

import pytest

from cast import Cast
from vaiti.ops.benches.completeness import DAYS, WEEK, Faults, run, simulate

FAULTS = Faults(crashes=4, restart_s=40, full_disks=2, full_s=300, refusals=5, lost_requests=5)


@pytest.mark.parametrize("seed", [1, 2])
def test_n22_every_miss_of_a_week_is_in_the_register_and_no_other(cast: Cast, seed: int) -> None:
    lines = [line.number for line in (cast.service_line, cast.telesales_line, cast.test_line)]
    week = simulate(lines, 400, FAULTS, seed)
    found = run(week, FAULTS, lines, seed, WEEK + timedelta(days=DAYS + 1))
    assert found.calls == 2800
    assert set(found.causes) >= {"in_part", "no_sockets", "unknown"}
    assert found.missed + found.in_part > 15
    assert (found.unseen, found.false, found.wrong_cause) == (0, 0, 0)
    assert (found.breaks_unseen, found.breaks_false) == (0, 0)
    assert (found.silent, found.silent_seen, found.silent_false) == (12, 12, 0)
    assert found.unwanted_seen == found.unwanted == 2
    assert 1.5 < found.offset_s < 2.6
