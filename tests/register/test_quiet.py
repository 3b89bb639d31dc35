"""Calls of which one side was never heard are in the gap register, and many of them an alarm."""

from datetime import timedelta

from cast import NOW, Cast
from manifests import START, enter, manifest
from vaiti.due import alarms
from vaiti.register import quiet
from vaiti.register.models import Gap
from vaiti.values.clock import to_micros
from vaiti.vault.manifest import Epoch, Track

BOTH = tuple(Epoch(n, 7 + n, 8, "PCMA", 8000, 1, 160, to_micros(START)) for n in (0, 1))


def test_a_side_without_a_packet_is_found() -> None:
    def unheard(*roles: str, carried: tuple[int, ...]) -> tuple[str, ...]:
        tracks = [{"index": n, "role": role} for n, role in enumerate(roles)]
        return quiet.unheard({"tracks": tracks, "epochs": [{"track": n} for n in carried]})

    assert unheard("customer", "agent", carried=(0, 1)) == ()
    assert unheard("customer", "agent", carried=(0,)) == ("agent",)
    assert unheard("customer", "agent", "agent", carried=(0, 2)) == ()
    assert unheard("customer", "agent", carried=()) == ("customer", "agent")
    assert unheard("mixed", carried=(0,)) == ()
    assert quiet.unheard({}) == ()


def test_n22_a_call_heard_from_one_side_is_a_row_once(cast: Cast) -> None:
    whole = enter("anna.astrom", epochs=BOTH)
    half = enter("anna.astrom")  # the agent's track never carried a packet
    short = to_micros(START) + 5_000_000
    enter("anna.astrom", ended_us=short, legs=manifest("anna.astrom").legs[:0])
    for _ in range(2):
        quiet.watch(2, NOW)
    (row,) = Gap.objects.all()
    assert (row.kind, row.cause, row.call_id, row.state) == ("quiet", "no_packets", half, "open")
    assert row.call_id != whole
    assert alarms.standing() == []  # of three calls a share says nothing


def test_many_of_them_are_an_alarm_until_they_are_few(cast: Cast) -> None:
    sides = (Track(0, "", "customer"), Track(1, "", "agent"))
    for number in range(10):
        epochs = BOTH if number else BOTH[:1]
        enter("anna.astrom", epochs=epochs, tracks=sides)
    quiet.watch(2, NOW)
    assert [alarm.kind for alarm in alarms.standing()] == [quiet.ALARM]
    quiet.watch(10, NOW)
    assert alarms.standing() == []
    quiet.watch(2, NOW + timedelta(days=2))
    assert alarms.standing() == []
