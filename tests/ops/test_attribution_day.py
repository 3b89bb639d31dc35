"""A day at shared desks, smaller than the benchmark's: nobody gets another's second."""

from datetime import timedelta

from cast import NOW, Cast
from manifests import SERVICE
from vaiti.ops.attribution_people import entered
from vaiti.ops.attribution_plan import Kind, Size, made_up
from vaiti.ops.attribution_run import Result, Runner


def run(size: Size) -> Result:
    people = entered(size.agents, "Posti", NOW - timedelta(days=1))
    return Runner(made_up(size), people, SERVICE, NOW).run()


def test_n16_every_leg_of_a_day_at_shared_desks_is_its_agents(cast: Cast) -> None:
    found = run(Size(agents=12, desks=7, hours=3.0, seed=3))
    kept = sum(count for kind, count in found.calls.items() if kind is not Kind.CONSULTATION)
    assert found.kept == kept > 80
    assert found.calls[Kind.CONSULTATION] > 0
    assert found.calls[Kind.HANDOVER] > 0
    assert found.moved > 0
    assert (found.last.wrong, found.last.unknown) == (0, 0)


def test_n16_what_a_lost_login_leaves_is_unknown_and_never_anothers(cast: Cast) -> None:
    found = run(Size(agents=8, desks=5, hours=1.5, seed=3, lost=4))
    assert found.last.wrong == 0
    assert found.last.unknown >= found.guessed > 0
    assert found.amiss == 0, "who left a desk unsaid to have come is told to the assigner alone"
