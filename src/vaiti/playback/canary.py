"""Whether a test call of our own holds the sound that was sent, packet by packet, on each side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vaiti.audio.track import Run
from vaiti.playback.recorded import Recorded
from vaiti.playback.verify import verify
from vaiti.vault.grant import Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.store import Store


@dataclass(frozen=True, slots=True)
class Heard:
    """How many different packets of its known sound each side holds, by role."""

    packets: Mapping[str, int]


def hear(
    opening: Opening, known: Mapping[str, frozenset[bytes]], keys: KeyClient, store: Store
) -> Heard:
    """`known` are the payloads that each role sent. Verifies the object first.

    Raises what `verify` raises.
    """
    found: dict[str, set[bytes]] = {role: set() for role in known}

    def look(recorded: Recorded, runs: Sequence[Run]) -> None:
        for role in found:
            tracks = recorded.tracks(frozenset({role}))
            for run in runs:
                if run.track in tracks:
                    found[role] |= {payload.tobytes() for payload in run.payload} & known[role]

    verify(opening, keys, store, look)
    return Heard({role: len(payloads) for role, payloads in found.items()})
