"""A recorder's journal, a store and a real key process in small, with Intake following them."""

import json
import os
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cast import NOW
from manifests import manifest
from nursery import Begun
from vaiti.register.arrivals import Intake, Outcome
from vaiti.values.ids import CallId, ObjectId
from vaiti.vault.gathering import Gatherer
from vaiti.vault.grant import Grant
from vaiti.vault.journal import (
    NO_CALL,
    JournalWriter,
    Kind,
    frame,
    opening_body,
    segment_body,
)
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.manifest import Manifest, encode
from vaiti.vault.sealing import Sealer
from vaiti.vault.store import FolderStore
from vaiti.vault.wrapping import seal_key, seal_manifest
from vault.keyworld import keys_of, make_keys, start_keys


@dataclass(frozen=True)
class Sealed:
    """A call as a recorder seals it: records by kind, and what its object must be."""

    manifest: Manifest
    open: bytes
    segments: tuple[bytes, ...]
    last: bytes
    draft: bytes
    commit: bytes
    whole: bytes

    @property
    def call_id(self) -> CallId:
        return CallId(self.manifest.call_id)

    @property
    def records(self) -> tuple[bytes, ...]:
        return (self.open, self.draft, *self.segments, self.last, self.commit)


@dataclass
class JournalWorld:
    folder: Path
    process: Begun | None = None
    writer: JournalWriter | None = field(default=None)
    now: datetime = NOW
    said: tuple[bytes, bytes, bytes] = (b"sound " * 500, b"more " * 500, b"end")
    """What is sealed of each call."""

    def __post_init__(self) -> None:
        made = (self.folder / "keystore.passphrase").exists()
        self.secrets = (keys_of if made else make_keys)(self.folder, self.now)
        self.keys: KeyClient = self.secrets.client()
        self.store = FolderStore(self.folder / "store")
        self.journal = self.folder / "journal"
        self.journal.mkdir(exist_ok=True)
        self.start_keys()
        self.start_recorder()
        self.start_worker()

    def start_keys(self) -> None:
        self.process = start_keys(self.secrets)

    def stop_keys(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def move(self, now: datetime) -> None:
        """Time passes, for the key process too."""
        self.stop_keys()
        self.keys.close()
        self.now, self.secrets = now, keys_of(self.folder, now)
        self.keys = self.secrets.client()
        self.start_keys()
        self.start_worker()

    def start_recorder(self) -> None:
        self.writer = JournalWriter(self.journal)

    def kill_recorder(self, last_wrote: datetime) -> None:
        """The recorder dies, having written last at this instant."""
        assert self.writer is not None
        folder = self.writer.folder
        self.writer.close()
        self.writer = None
        for path in folder.glob("*.vj"):
            os.utime(path, (last_wrote.timestamp(), last_wrote.timestamp()))

    def start_worker(self) -> None:
        """A worker that knows nothing of what another one did."""
        self.intake = Intake(self.keys, self.store, Gatherer(self.journal))

    def step(self, now: datetime = NOW) -> list[Outcome]:
        return self.intake.step(now)

    def write(self, *records: bytes) -> None:
        assert self.writer is not None
        self.writer.append(records)

    def seal(self, *devices: str, **changes: Any) -> Sealed:  # noqa: ANN401
        """A call of three segments, sealed to today's intake key."""
        described = self.keys.describe()
        drafted = replace(manifest(*devices, **changes), sha256="", segments=0, finished=False)
        call_id, data_key = CallId(drafted.call_id), os.urandom(32)
        sealer = Sealer(data_key, call_id)
        first, second, last = self.said
        parts = (sealer.seal(first), sealer.seal(second), sealer.finish(last))
        whole = replace(drafted, segments=3, finished=True, sha256=sealer.sha256)
        public = described.intake_public
        opening = opening_body(
            described.intake_day.isoformat(), seal_key(public, call_id, data_key), sealer.header
        )

        def sealed(kind: Kind, given: Manifest) -> bytes:
            return frame(kind, call_id, seal_manifest(public, call_id, encode(given)))

        return Sealed(
            manifest=whole,
            open=frame(Kind.OPEN, call_id, opening),
            segments=tuple(
                frame(Kind.SEGMENT, call_id, segment_body(at, part))
                for at, part in enumerate(parts[:2])
            ),
            last=frame(Kind.LAST, call_id, segment_body(2, parts[2])),
            draft=sealed(Kind.DRAFT, replace(drafted, state="draft")),
            commit=sealed(Kind.MANIFEST, whole),
            whole=sealer.header + b"".join(parts),
        )

    def event(self, **fields: object) -> None:
        self.write(frame(Kind.EVENT, NO_CALL, json.dumps(fields).encode()))

    def stored(self, object_id: str) -> bytes:
        name = ObjectId(object_id)
        return self.store.get(name, 0, self.store.size(name))

    def key_lives(self, call_id: CallId, grant: Grant) -> bool:
        return len(self.keys.unwrap(self.secrets.token(replace(grant, call_id=call_id)))) == 32

    def days(self) -> tuple[date, ...]:
        return self.keys.describe().days

    def close(self) -> None:
        if self.writer:
            self.writer.close()
        self.stop_keys()
        self.keys.close()
