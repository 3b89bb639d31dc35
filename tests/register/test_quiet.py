"""Calls of which one side was never heard are in the gap register, and many of them an alarm."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cast import NOW, Cast
from manifests import SERVICE, START, enter, manifest
from vaiti.audio import sound
from vaiti.due import alarms
from vaiti.register import gaps, quiet, silences
from vaiti.register.models import Gap
from vaiti.register.silences import Limits, judge
from vaiti.values.clock import to_micros
from vaiti.values.streams import Epoch
from vaiti.vault.manifest import Side, Track

BOTH = tuple(Epoch(n, 7 + n, 8, "PCMA", 8000, 1, 160, to_micros(START)) for n in (0, 1))


LENGTH = 300  # seconds of the calls in the table
LIMITS = Limits(throughout_s=20, until_end_s=60, between_s=120)


def side(track: int, packet: int, sound: int, begin: int = 0, end: int = 0) -> dict[str, int]:
    names = ("packet_us", "sound_us", "from_us", "to_us")
    return {"track": track} | {
        name: each * 1_000_000
        for name, each in zip(names, (packet, sound, begin, end), strict=True)
    }


GOOD = side(0, 300, 299)
TABLE: list[tuple[str, dict[str, object], tuple[tuple[str, str], ...]]] = [
    ("both speak", {}, ()),
    ("no packet", {"epochs": [{"track": 0}]}, (("agent", "no_packets"),)),
    ("all silent", {"sides": [GOOD, side(1, 300, 0)]}, (("agent", "no_sound"),)),
    ("silent at the end", {"sides": [GOOD, side(1, 300, 230)]}, (("agent", "fell_silent"),)),
    ("silent just now", {"sides": [GOOD, side(1, 300, 250)]}, ()),
    (
        "a hold at the end",
        {"sides": [GOOD, side(1, 300, 230)], "holds": [{"from_us": 240e6, "to_us": 300e6}]},
        (),
    ),
    ("long in between", {"sides": [GOOD, side(1, 300, 299, 20, 160)]}, (("agent", "silence"),)),
    (
        "long in between, paused",
        {
            "sides": [GOOD, side(1, 300, 299, 20, 160)],
            "pauses": [{"from_us": 30e6, "to_us": 100e6, "reason": "payment"}],
        },
        (),
    ),
    ("the customer", {"sides": [side(0, 300, 0), side(1, 300, 299)]}, (("customer", "no_sound"),)),
    ("not looked at", {"sides": []}, ()),
    (
        "a second stream of the agent speaks",
        {
            "tracks": [{"index": n, "role": r} for n, r in enumerate(("customer", *["agent"] * 2))],
            "sides": [GOOD, side(1, 300, 0), side(2, 300, 299)],
        },
        (),
    ),
    (
        "the agent's codec was not taken",
        {"tracks": [{"index": 0, "role": "customer"}], "sides": [GOOD]},
        (("agent", "no_packets"),),
    ),
    ("no stream at all", {"tracks": [], "epochs": [], "sides": []}, ()),
    ("one mixed stream", {"tracks": [{"index": 0, "role": "mixed"}]}, ()),
    (
        "one mixed stream, silent",
        {"tracks": [{"index": 0, "role": "mixed"}], "sides": [side(0, 300, 0)]},
        (("mixed", "no_sound"),),
    ),
]


@pytest.mark.parametrize(("name", "changes", "wrong"), TABLE, ids=[each[0] for each in TABLE])
def test_n22_a_side_that_says_too_little_is_found(
    name: str, changes: dict[str, object], wrong: tuple[tuple[str, str], ...]
) -> None:
    recording: dict[str, object] = {
        "tracks": [{"index": 0, "role": "customer"}, {"index": 1, "role": "agent"}],
        "epochs": [{"track": 0}, {"track": 1}],
        "sides": [GOOD, side(1, 300, 299)],
    }
    found = judge(recording | changes, 0, LENGTH * 1_000_000, LIMITS)
    assert tuple((each.side, each.cause) for each in found) == wrong
    assert judge(recording | changes, 0, LENGTH * 1_000_000, Limits(2, 0, 0, 0)) == tuple(
        each for each in found if each.cause == "no_packets"
    )
    assert judge({}, 0, LENGTH * 1_000_000, LIMITS) == ()


def test_n22_a_call_heard_from_one_side_is_a_row_once(cast: Cast) -> None:
    whole = enter("anna.astrom", epochs=BOTH)
    half = enter("anna.astrom")  # the agent's track never carried a packet
    short = to_micros(START) + 5_000_000
    enter("anna.astrom", ended_us=short, legs=manifest("anna.astrom").legs[:0])
    for _ in range(2):
        quiet.watch(Limits(2), NOW)
    (row,) = Gap.objects.filter(kind="quiet")
    assert (row.kind, row.cause, row.call_id, row.state) == ("quiet", "no_packets", half, "open")
    assert row.call_id != whole
    assert alarms.standing() == []  # of three calls a share says nothing


def test_n22_what_is_not_judged_is_a_row_that_grows(cast: Cast) -> None:
    """One for each sender and reason, however often it is looked at, until somebody closes it."""
    opus = tuple(replace(one, codec="OPUS", clock=48_000) for one in BOTH)
    noted = (Side(0, 1, 1, 0, 0), Side(1, 1, 1, 0, 0))
    enter("anna.astrom", epochs=BOTH, sides=noted)
    quiet.watch(Limits(2), NOW)
    assert not Gap.objects.filter(kind="unjudged").exists()

    def look(minutes: int) -> Gap:
        start = START + timedelta(minutes=minutes)
        enter("anna.astrom", start=start, epochs=opus, sides=noted)
        for _ in range(2):
            quiet.watch(Limits(2), NOW)
        return Gap.objects.filter(kind="unjudged").order_by("-ended_at")[0]

    first = look(0)
    assert (first.cause, first.source, first.calls) == ("codec_not_judged", "peer pbx", 1)
    gaps.settle(cast.dpo.id, first.id, "explained", "our controller sends Opus", NOW)
    second = look(10)
    assert (second.id, second.calls, second.state) == (first.id, 2, "explained")
    gaps.settle(cast.dpo.id, first.id, "closed", "it sends G.711 now", NOW)
    third = look(20)
    assert (third.id != first.id, third.calls, third.state) == (True, 1, "open")
    enter("anna.astrom", epochs=BOTH)  # as a recovered call, which has no sides
    enter("anna.astrom", tracks=(Track(0, "", "mixed"),), epochs=BOTH[:1], sides=noted[:1])
    quiet.watch(Limits(2), NOW)
    found = set(Gap.objects.filter(kind="unjudged").values_list("cause", flat=True))
    assert found == {"codec_not_judged", "sides_not_told", "sound_not_noted"}
    assert sound.JUDGED | {"CN"} == silences.JUDGED


def test_n22_of_calls_that_end_in_one_second_each_counts(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where not all of them are read at a time."""
    monkeypatch.setattr(quiet, "AT_ONCE", 1)
    for _ in range(2):
        enter("anna.astrom", epochs=BOTH)  # of which no sound was noted
    quiet.watch(Limits(2), NOW)
    (row,) = Gap.objects.filter(kind="unjudged")
    assert (row.cause, row.calls) == ("sound_not_noted", 2)


def test_many_of_them_are_an_alarm_until_they_are_few(cast: Cast) -> None:
    sides = (Track(0, "", "customer"), Track(1, "", "agent"))
    for number in range(10):
        epochs = BOTH if number else BOTH[:1]
        enter("anna.astrom", epochs=epochs, tracks=sides)
    quiet.watch(Limits(2), NOW)
    told = {alarm.key for alarm in alarms.standing() if alarm.kind == quiet.ALARM}
    assert told == {"register", "peer pbx", f"line {SERVICE}"}
    quiet.watch(Limits(10), NOW)
    assert alarms.standing() == []
    quiet.watch(Limits(2), NOW + timedelta(days=2))
    assert alarms.standing() == []
