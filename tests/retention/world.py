"""Calls that were really recorded, sealed, journalled and taken in, with a real key process."""

import os
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from django.db import connection

from manifests import manifest
from nursery import Begun
from vaiti.register.intake import take_in, terms
from vaiti.retention.sweep import Swept, sweep
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import CallId, ObjectId, new_object_id
from vaiti.vault.grant import Grant
from vaiti.vault.journal import JournalWriter, Kind, frame, opening_body, segment_body
from vaiti.vault.keyclient import KeyClient, KeysRefused
from vaiti.vault.manifest import decode, encode
from vaiti.vault.sealing import Sealer
from vaiti.vault.store import FolderStore
from vaiti.vault.wrapping import seal_key, seal_manifest
from vault.keyworld import Keys, make_keys, start_keys

DUE = timedelta(days=184)  # more than any six months
CUSTOMER = "+358409998***"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call as the recorder wrote it."""

    call_id: CallId
    object_id: ObjectId
    header: bytes
    segments: tuple[bytes, ...]
    wrapped: bytes
    manifest: bytes
    records: tuple[bytes, ...]
    end: datetime


@dataclass
class World:
    """A data folder in small: keys, store, journal; `now` is the present."""

    folder: Path
    now: datetime
    running: list[Begun] = field(default_factory=list)
    writers: list[JournalWriter] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.secrets = make_keys(self.folder, self.now)
        self.keys: KeyClient = self.secrets.client(lambda: self.now)
        self.store = FolderStore(self.folder / "store")
        self.journal = self.folder / "journal"
        self.journal.mkdir()
        self.start_keys()

    def start_keys(self) -> None:
        """The key process, with its clock at `now`."""
        self.running.append(start_keys(Keys(self.secrets.config, self.secrets.seed, self.now)))

    def move(self, now: datetime) -> None:
        """Time passes, for the key process too."""
        self.now = now
        self.stop_keys()
        self.start_keys()

    def sweep(self, now: datetime) -> Swept:
        self.move(now)
        return sweep(self.keys, self.store, self.journal, now)

    def stop_keys(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()

    def writer(self) -> JournalWriter:
        """A recorder's journal, alive until `kill_recorders`."""
        self.writers.append(JournalWriter(self.journal))
        return self.writers[-1]

    def kill_recorders(self) -> None:
        for writer in self.writers:
            writer.close()
        self.writers.clear()

    def close(self) -> None:
        self.kill_recorders()
        self.stop_keys()
        self.keys.close()

    def record(self, start: datetime | None = None) -> Recorded:
        """A call of one minute, sealed to today's intake key."""
        described = self.keys.describe()
        given = manifest("anna.astrom", start=start or self.now, customer=CUSTOMER)
        call_id, data_key = CallId(given.call_id), os.urandom(32)
        sealer = Sealer(data_key, call_id)
        segments = (
            sealer.seal(b"sound " * 500),
            sealer.seal(b"more " * 500),
            sealer.finish(b"end"),
        )
        text = encode(replace(given, sha256=sealer.sha256))
        wrapped = seal_key(described.intake_public, call_id, data_key)
        sealed = seal_manifest(described.intake_public, call_id, text)
        records = (
            frame(
                Kind.OPEN,
                call_id,
                opening_body(described.intake_day.isoformat(), wrapped, sealer.header),
            ),
            *(
                frame(Kind.SEGMENT if at < 2 else Kind.LAST, call_id, segment_body(at, segment))
                for at, segment in enumerate(segments)
            ),
            frame(Kind.MANIFEST, call_id, sealed),
        )
        return Recorded(
            call_id,
            new_object_id(),
            sealer.header,
            segments,
            wrapped,
            text,
            records,
            from_micros(given.ended_us),
        )

    def take_in(self, call: Recorded) -> None:
        """What intake does: object, key under its day, row."""
        described = self.keys.describe()
        given = decode(call.manifest)
        sealed = seal_manifest(described.intake_public, call.call_id, call.manifest)
        agreed = terms(from_micros(given.started_us), call.end)
        self.store.put(call.object_id, [call.header, *call.segments])
        self.keys.rewrap(call.call_id, call.wrapped, described.intake_day, sealed, agreed.day)
        take_in(given, call.object_id, sha256=given.sha256, segments=3, now=self.now)

    def kept(self, start: datetime | None = None) -> Recorded:
        """A call in the book whose journal file is long gone."""
        call = self.record(start)
        self.take_in(call)
        return call

    def openable(self, call: Recorded) -> bool:
        """Whether a good grant still gives the call's key."""
        moment = to_micros(self.now)
        grant = Grant(
            grant="listening",
            leaf="leaf",
            call_id=call.call_id,
            actor="anyone",
            purpose="verify",
            from_us=moment,
            to_us=moment + 1,
            not_before_us=moment - 1,
            expires_us=moment + 60_000_000,
        )
        try:
            return len(self.keys.unwrap(self.secrets.token(grant))) == 32
        except KeysRefused as error:
            assert error.code == "gone"
            return False

    def traces(self, call: Recorded) -> set[str]:
        """Where on the disk bytes of the call are found: sealed sound, wrapped key."""
        wanted = (*call.segments, call.header, call.wrapped)
        return {
            str(path.relative_to(self.folder).parts[0])
            for path in self.folder.rglob("*")
            if path.is_file() and _holds(path, wanted)
        }


def database_holds(text: str) -> bool:
    """Whether any file of the SQLite database has these bytes."""
    name = str(connection.settings_dict["NAME"])
    return any(
        _holds(path, (text.encode(),)) for path in Path(name).parent.glob(Path(name).name + "*")
    )


def _holds(path: Path, wanted: tuple[bytes, ...]) -> bool:
    content = path.read_bytes()
    return any(one in content for one in wanted)
