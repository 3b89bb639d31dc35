"""Makes recordings as recorder and intake leave them: sealed, stored, their keys kept."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from audio.streams import START, Packet, anchor, drained, segments
from vaiti.audio.track import as_plaintext
from vaiti.values.clock import to_micros
from vaiti.values.ids import CallId, ObjectId, new_call_id, new_object_id
from vaiti.vault.grant import Grant, Opening
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.sealing import Sealer
from vaiti.vault.store import FolderStore
from vaiti.vault.wrapping import seal_key, seal_manifest
from vault.keyworld import Keys

DAY = date(2027, 5, 23)
DATA_KEY = bytes(range(32))
ROLES = {0: "customer", 1: "agent"}


@dataclass(frozen=True)
class Kept:
    """A recording in the store, and what the call's row would say of it."""

    call_id: CallId
    object_id: ObjectId
    recording: dict[str, Any]


@dataclass(frozen=True)
class Studio:
    folder: Path
    keys: Keys
    store: FolderStore = field(init=False)
    client: KeyClient = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "store", FolderStore(self.folder / "store"))
        object.__setattr__(self, "client", self.keys.client())

    def keep(
        self,
        packets: Iterable[Packet],
        roles: Mapping[int, str] = ROLES,
        *,
        holds: Iterable[tuple[int, int]] = (),
        finished: bool = True,
    ) -> Kept:
        ordered = drained(packets)
        call_id, object_id = new_call_id(), new_object_id()
        sealer = Sealer(DATA_KEY, call_id)
        *full, last = segments(ordered, 4038, 4078)
        parts = [sealer.header, *(sealer.seal(as_plaintext(records)) for records in full)]
        if finished:
            parts.append(sealer.finish(as_plaintext(last)))
        self.store.put(object_id, parts)
        self._take_in(call_id)
        firsts = {(packet.track, packet.ssrc): packet for packet in reversed(ordered)}
        recording = {
            "tracks": [
                {"index": index, "label": str(index), "role": role} for index, role in roles.items()
            ],
            "epochs": [asdict(anchor(packet)) | {"first_seq": 0} for packet in firsts.values()],
            "holds": [{"from_us": begin, "to_us": end} for begin, end in holds],
            "segments": sealer.count,
            "finished": finished,
            "sha256": sealer.sha256,
        }
        return Kept(call_id, object_id, recording)

    def _take_in(self, call_id: CallId) -> None:
        today = self.client.describe()
        self.client.rewrap(
            call_id,
            seal_key(today.intake_public, call_id, DATA_KEY),
            today.intake_day,
            seal_manifest(today.intake_public, call_id, b"{}"),
            DAY,
        )

    def open(self, kept: Kept, from_s: float = 0, to_s: float = 10, **change: int | str) -> Opening:
        """An opening of that stretch of the call, in seconds after `START`."""
        moment = to_micros(self.keys.now)
        grant = Grant(
            grant="listening-1",
            leaf="leaf-1",
            call_id=kept.call_id,
            actor="person-1",
            purpose="verify",
            from_us=START + int(from_s * 1e6),
            to_us=START + int(to_s * 1e6),
            not_before_us=moment - 1_000_000,
            expires_us=moment + 120_000_000,
        )
        grant = replace(grant, **change)  # type: ignore[arg-type]
        return Opening(self.keys.token(grant), grant, kept.recording, kept.object_id, "listening-1")

    def again(self, opening: Opening) -> Opening:
        """The same opening, signed anew as for each request: a grant gives its key once."""
        return replace(opening, token=self.keys.token(opening.grant))
