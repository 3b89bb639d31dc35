"""When a side of a call counts as not heard. Pure: what the recorder noted in, causes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

NO_PACKETS, NO_SOUND, FELL_SILENT, SILENCE = "no_packets", "no_sound", "fell_silent", "silence"
"""None ever came; all were silent; none with sound after some moment; a long stretch without."""
CAUSES = (NO_PACKETS, NO_SOUND, FELL_SILENT, SILENCE)
SIDES = ("customer", "agent", "mixed")
"""Of one stream with both voices it is judged whether anybody was heard."""
CODEC, TOGETHER, NOT_NOTED = "codec_not_judged", "sides_not_told", "sound_not_noted"
UNJUDGED = (CODEC, TOGETHER, NOT_NOTED)
"""Why it is not known whether one side was silent: its codec tells nothing of it undecoded; the
sides are in one stream, or nobody said whose is whose; the recorder died before it noted it."""
JUDGED = frozenset({"PCMA", "PCMU", "G722", "L16", "CN"})
"""The codecs of which the recorder knows whether there is sound (audio.sound)."""
SECOND_US = 1_000_000
SHORTEST_US = 10 * SECOND_US
"""Who hangs up at once may not have said anything yet; packets come all the same, but late."""


@dataclass(frozen=True, slots=True)
class Limits:
    """`percent` of a day's calls may be so. Seconds without sound: from beginning to end, until the
    end, and in between; 0: that is not looked for."""

    percent: int = 2
    throughout_s: int = 20
    until_end_s: int = 60
    between_s: int = 180


@dataclass(frozen=True, slots=True)
class Found:
    side: str
    cause: str


def judge(
    recording: Mapping[str, Any], started_us: int, ended_us: int, limits: Limits
) -> tuple[Found, ...]:
    """What is wrong with a call's sides, each at most once. Pure."""
    found = []
    for side in SIDES:
        own = {one["index"] for one in recording.get("tracks", ()) if one["role"] == side}
        if own and (cause := _cause(recording, own, (started_us, ended_us), limits)):
            found.append(Found(side, cause))
        elif not own and _lacks(recording, side) and ended_us - started_us >= SHORTEST_US:
            found.append(Found(side, NO_PACKETS))
    return tuple(found)


def _lacks(recording: Mapping[str, Any], side: str) -> bool:
    """Whether only the other one has a stream: this one's was never offered, or in a codec that is
    not taken."""
    other = {"customer": "agent", "agent": "customer"}.get(side)
    return {one["role"] for one in recording.get("tracks", ())} == {other}


def unjudged(recording: Mapping[str, Any]) -> tuple[str, ...]:
    """Why nothing can be said of a side's silence in this call; empty where it was judged. Pure."""
    epochs = recording.get("epochs", ())
    told = {
        CODEC: not JUDGED.issuperset(one.get("codec", "PCMA") for one in epochs),
        TOGETHER: any(one["role"] in ("mixed", "unknown") for one in recording.get("tracks", ())),
        NOT_NOTED: bool(epochs) and not recording.get("sides"),
    }
    return tuple(reason for reason in UNJUDGED if told[reason])


def _cause(
    recording: Mapping[str, Any], own: set[int], call: tuple[int, int], limits: Limits
) -> str:
    """One side may have several tracks: sound on any of them counts."""
    started_us, ended_us = call
    if own.isdisjoint(epoch["track"] for epoch in recording.get("epochs", ())):
        return NO_PACKETS if ended_us - started_us >= SHORTEST_US else ""
    sides = [one for one in recording.get("sides", ()) if one["track"] in own]
    if not sides:
        return ""  # recorded before sound was looked at, or recovered

    def silent(from_us: int, to_us: int, seconds: int) -> bool:
        return bool(seconds) and _open_us(recording, from_us, to_us) >= seconds * SECOND_US

    last_us = max(one["sound_us"] for one in sides)
    if not last_us:
        return NO_SOUND if silent(started_us, ended_us, limits.throughout_s) else ""
    if silent(last_us, ended_us, limits.until_end_s):
        return FELL_SILENT
    longest = [(one["from_us"], one["to_us"]) for one in sides]
    alone = len(longest) == 1
    return SILENCE if alone and silent(*longest[0], limits.between_s) else ""


def _open_us(recording: Mapping[str, Any], from_us: int, to_us: int) -> int:
    """How much of the stretch was neither on hold nor paused, nor between two recorders."""
    shut: Sequence[Mapping[str, Any]] = [
        *recording.get("holds", ()),
        *recording.get("pauses", ()),
        *recording.get("changeovers", ()),
    ]
    away: int = sum(max(0, min(to_us, one["to_us"]) - max(from_us, one["from_us"])) for one in shut)
    return to_us - from_us - away
