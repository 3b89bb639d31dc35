"""The simulated week's one-sided calls: what the recorder would have noted, and whether each is
found."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

CAUSES: Final = ("no_packets", "no_sound", "fell_silent", "silence")
LONG_ENOUGH: Final = 400.0  # seconds, so that each cause fits into the call
MARGIN: Final = 5.0  # a call's length is kept in whole seconds
US: Final = 1_000_000
KEPT: Final = "kept"


@dataclass(slots=True)
class SimulatedCall:
    """`fate` is kept, in_part, dropped, or why it was missed; `silent` what is wrong with a side.
    Instants in seconds."""

    line: str
    customer: str
    began: float
    lasts: float
    fate: str = KEPT
    recorded_s: float = 0.0
    silent: str = ""

    @property
    def ended(self) -> float:
        return self.began + self.lasts


def strike(calls: Iterable[SimulatedCall], of_each: int, seed: int) -> None:
    """Some calls that were recorded whole have one silent side, as many for each cause."""
    chance = random.Random(seed)
    fit = [call for call in calls if call.recorded_s >= LONG_ENOUGH]
    struck = chance.sample(fit, min(len(fit), of_each * len(CAUSES)))
    for number, call in enumerate(struck):
        call.silent = CAUSES[number % len(CAUSES)]


def recording(call: SimulatedCall) -> dict[str, Any]:
    """What intake keeps of the manifest: who sounded when."""
    first, last = round(call.began * US), round((call.began + call.recorded_s) * US)
    half = (first + last) // 2
    sound, silence = last, (0, 0)
    if call.silent == "no_sound":
        sound = 0
    elif call.silent == "fell_silent":
        sound = half
    elif call.silent == "silence":
        silence = (first + 10 * US, first + 300 * US)
    epochs = [{"track": 0}] if call.silent == "no_packets" else [{"track": 0}, {"track": 1}]
    sides = [_side(0, last, last, (0, 0)), _side(1, last, sound, silence)]
    return {
        "tracks": [{"index": 0, "role": "customer"}, {"index": 1, "role": "agent"}],
        "epochs": epochs,
        "sides": sides[: len(epochs)],
    }


def _side(track: int, packet: int, sound: int, silence: tuple[int, int]) -> dict[str, int]:
    given = {"packet_us": packet, "sound_us": sound, "from_us": silence[0], "to_us": silence[1]}
    return {"track": track, **given}


def look(calls: Iterable[SimulatedCall]) -> None:
    """The worker's looks after the struck calls, which see all others of these two hours too."""
    from vaiti.register import quiet
    from vaiti.register.silences import Limits

    for call in calls:
        if call.silent:
            quiet.watch(Limits(), datetime.fromtimestamp(call.ended, UTC) + timedelta(minutes=5))


def judged(calls: Sequence[SimulatedCall]) -> tuple[int, int, int]:
    """How many were struck, how many of them found with their cause, and rows of no such call."""
    from vaiti.register.models import Gap

    rows = list(Gap.objects.filter(kind="quiet").values_list("line__number", "started_at", "cause"))
    struck = [call for call in calls if call.silent]
    seen = 0
    for call in struck:
        row = next((one for one in rows if _is(one, call)), None)
        if row is not None:
            rows.remove(row)
            seen += row[2] == call.silent
    return len(struck), seen, len(rows)


def _is(row: tuple[str, datetime, str], call: SimulatedCall) -> bool:
    return row[0] == call.line and abs(row[1].timestamp() - call.began) <= MARGIN
