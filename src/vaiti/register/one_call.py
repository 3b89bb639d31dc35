"""Are two recordings parts of one call? And what is said of both together. Pure.

Two recorders stand behind one border controller. One dies in a call, and the sender goes on at the
other; or it sends the same to both all along. Losing a call is worse than having it twice, and
putting two customers together is worst: only what is certain makes two recordings one call.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vaiti.register.marks import CUT
from vaiti.vault.manifest import Manifest

AFTER_A_FAULT_US: Final = 1_800_000_000
"""Senders notice a recorder that died at the next message of the session; half an hour is how long
one may last without any (RFC 4028, usual)."""
AFTER_AN_END_US: Final = 10_000_000
"""A sender that ends the session at one recorder to go on at another does so at once."""
CHANGED_OVER: Final = "changed_over"

Recording = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Piece:
    """What identifies a recorder's part; `cut`: its recorder died or heard nothing more."""

    peer: str
    line: str
    direction: str
    customer: str
    started_us: int
    ended_us: int
    cut: bool
    sessions: frozenset[str]


def piece_of(manifest: Manifest) -> Piece:
    return Piece(
        peer=manifest.peer,
        line=manifest.line,
        direction=manifest.direction,
        customer=manifest.customer,
        started_us=manifest.started_us,
        ended_us=manifest.ended_us,
        cut=manifest.state == "recovered" or manifest.ended_by in CUT,
        sessions=frozenset(manifest.sessions),
    )


def same_call(one: Piece, other: Piece) -> bool:
    """One communication session of one customer on one line, and no more time between than such a
    change takes. Whichever of them is told of first."""
    if one.sessions.isdisjoint(other.sessions) or _who(one) != _who(other):
        return False
    first, later = sorted((one, other), key=lambda each: (each.started_us, each.ended_us))
    bound = AFTER_A_FAULT_US if first.cut else AFTER_AN_END_US
    return later.started_us - first.ended_us <= bound


def _who(piece: Piece) -> tuple[str, ...]:
    return piece.peer, piece.line, piece.direction, piece.customer


def roles_matched(first: Recording, later: Recording) -> dict[int, int]:
    """Which track of the whole each of the later part's is: that of the same voice, where each part
    has one, so that a side is judged over the whole call; else one more."""
    ours, theirs = _single(first), _single(later)
    free = max((one["index"] for one in first["tracks"]), default=-1) + 1
    found = {}
    for track in later["tracks"]:
        role = str(track["role"])
        if role in ours and theirs.get(role) == track["index"]:
            found[track["index"]] = ours[role]
        else:
            found[track["index"]], free = free, free + 1
    return found


def _single(recording: Recording) -> dict[str, int]:
    """The track of each role that has one only."""
    roles = [str(one["role"]) for one in recording["tracks"]]
    return {
        str(one["role"]): int(one["index"])
        for one in recording["tracks"]
        if roles.count(str(one["role"])) == 1
    }


def joined(first: Recording, later: Recording, between: tuple[int, int]) -> dict[str, Any]:
    """What playback needs of the whole, but for its object: count, hash, mark. `between` is from
    the first part's last packet to the later one's first that is kept."""
    tracks = roles_matched(first, later)
    there = {one["index"] for one in first["tracks"]}
    came = [one for one in _moved(later["tracks"], tracks, "index") if one["index"] not in there]
    lost = {"from_us": between[0], "to_us": max(between)}
    return {
        **first,
        "tracks": [*first["tracks"], *came],
        "epochs": [*first["epochs"], *_moved(later["epochs"], tracks)],
        "ties": [*first.get("ties", ()), *_moved(later.get("ties", ()), tracks)],
        "holds": _spans(first["holds"], later["holds"]),
        "pauses": _spans(first.get("pauses", ()), later.get("pauses", ())),
        "sides": _sides(first.get("sides", ()), _moved(later.get("sides", ()), tracks)),
        "changeovers": _spans(first.get("changeovers", ()), [lost], later.get("changeovers", ())),
        "silenced": _spans(first.get("silenced", ()), later.get("silenced", ())),
        "warnings": list(dict.fromkeys([*first["warnings"], *later["warnings"], CHANGED_OVER])),
    }


def heard_from(first: Recording, last_us: int) -> int:
    """The instant after which the later part is heard: what the first one holds is not said twice,
    and what it was not to keep, because of a pause, is not kept by the other."""
    pauses = (int(each["to_us"]) for each in first.get("pauses", ()))
    return max(last_us, *pauses, 0)


def _moved(
    given: Sequence[Recording], tracks: Mapping[int, int], name: str = "track"
) -> list[dict[str, Any]]:
    return [{**one, name: tracks[one[name]]} for one in given if one[name] in tracks]


def _spans(*given: Sequence[Recording]) -> list[dict[str, Any]]:
    spans = [dict(one) for some in given for one in some]
    return sorted(spans, key=lambda one: (one["from_us"], one["to_us"]))


def _sides(first: Sequence[Recording], later: Sequence[Recording]) -> list[dict[str, Any]]:
    """When a voice was last heard is what the later part says, if it heard it at all."""
    found = {one["track"]: dict(one) for one in first}
    for one in later:
        was = found.get(one["track"])
        found[one["track"]] = dict(one) if was is None else _side(was, one)
    return [found[track] for track in sorted(found)]


def _side(was: Recording, now: Recording) -> dict[str, Any]:
    longest = max(was, now, key=lambda one: one["to_us"] - one["from_us"])
    clock = max(was, now, key=lambda one: one.get("wall_us", 0))
    return {
        "track": was["track"],
        "packet_us": max(was["packet_us"], now["packet_us"]),
        "sound_us": max(was["sound_us"], now["sound_us"]),
        "from_us": longest["from_us"],
        "to_us": longest["to_us"],
        "clock_us": clock.get("clock_us", 0),
        "wall_us": clock.get("wall_us", 0),
    }
