"""What a manifest tells of each track's sound. Pure."""

from collections.abc import Mapping

from vaiti.audio.sound import Sound
from vaiti.vault.manifest import Side


def sides_of(sound: Sound | None, ended_us: int, last_us: Mapping[int, int]) -> tuple[Side, ...]:
    """Of a call that ended then; `last_us`: when the last packet of each track arrived."""
    heard = sound.tracks if sound is not None else {}
    return tuple(
        Side(
            track,
            min(max(each.packet_us, last_us.get(track, 0)), ended_us),
            min(each.sound_us, ended_us),
            *(min(each.from_us, ended_us), min(each.to_us, ended_us)),
            *(each.clock_us, each.wall_us),
        )
        for track, each in sorted(heard.items())
    )
