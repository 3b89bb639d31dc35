"""Recordings that the pages can really play: sealed tracks, a store, a key process, rows."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.contrib.auth.hashers import ScryptPasswordHasher

from audio.streams import STEP, Packet, segments, stream
from cast import NOW
from manifests import manifest
from nursery import Begun
from vaiti.audio.track import as_plaintext
from vaiti.people.sessions import SignInRules
from vaiti.register.intake import take_in, terms
from vaiti.values.clock import from_micros, to_micros
from vaiti.values.ids import CallId, new_object_id
from vaiti.values.streams import Epoch
from vaiti.vault.keyclient import KeyClient
from vaiti.vault.manifest import AgentLeg, Manifest, Span, encode
from vaiti.vault.sealing import Sealer
from vaiti.vault.store import FolderStore
from vaiti.vault.wrapping import seal_key, seal_manifest
from vaiti.web.http.wiring import Wiring
from vault.keyworld import Keys, make_keys, start_keys

SILENCE = b"\xd5" * STEP  # A-law
BATCH_US = 200_000


class KeyRoom:
    """A key process with its secrets. Many worlds may use it, each with calls of its own."""

    def __init__(self, folder: Path) -> None:
        self.secrets: Keys = make_keys(folder, NOW)
        self.process: Begun | None = None

    def start(self) -> None:
        if self.process is None:
            self.process = start_keys(self.secrets)

    def stop(self) -> None:
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


@dataclass
class World:
    """Everything that ops wires into web."""

    room: KeyRoom
    keys: KeyClient
    folder: Path
    store: FolderStore

    def wiring(self, now: datetime = NOW) -> Wiring:
        rules = SignInRules(second_factor=False)  # tests/web/test_factors.py asks for it
        told = (self.keys, self.store, self.room.secrets.seed)
        return Wiring(lambda: now, *told, sign_in=rules, journal=self.folder / "journal")

    def stop_keys(self) -> None:
        self.room.stop()

    def start_keys(self) -> None:
        self.room.start()

    def call(
        self,
        *devices: str,
        start: datetime = NOW - timedelta(hours=3),
        seconds: int = 40,
        hold: tuple[int, int] | None = None,
        **changes: Any,  # noqa: ANN401
    ) -> UUID:
        """A call in the book with its sound in the store; its agents share it in equal parts."""
        facts = _facts(devices, start, seconds, hold, changes)
        call_id, data_key = CallId(facts.call_id), os.urandom(32)
        sealer = Sealer(data_key, call_id)
        sealed = list(_seal(sealer, facts, seconds))
        whole = replace(facts, segments=len(sealed), finished=True, sha256=sealer.sha256)
        object_id = new_object_id()
        self.store.put(object_id, [sealer.header, *sealed])
        self._wrap(whole, data_key)
        return take_in(whole, object_id, sha256=whole.sha256, segments=whole.segments, now=NOW)

    def _wrap(self, facts: Manifest, data_key: bytes) -> None:
        call_id, described = CallId(facts.call_id), self.keys.describe()
        public = described.intake_public
        self.keys.rewrap(
            call_id,
            seal_key(public, call_id, data_key),
            described.intake_day,
            seal_manifest(public, call_id, encode(facts)),
            terms(from_micros(facts.started_us), from_micros(facts.ended_us)).day,
        )

    def close(self) -> None:
        """Leaves the room as it is, for the next."""
        self.keys.close()


def enter(room: KeyRoom, folder: Path) -> World:
    """A world with recordings in `folder`. The key process is started if it does not run."""
    room.start()
    return World(room, room.secrets.client(), folder, FolderStore(folder / "store"))


@cache
def hashed(password: str) -> str:
    """A hash that production's code checks, with the least work: a sign-in costs it each time."""
    return ScryptPasswordHasher().encode(password, "only-for-tests", n=16, p=1)


def _facts(
    devices: tuple[str, ...],
    start: datetime,
    seconds: int,
    hold: tuple[int, int] | None,
    changes: dict[str, Any],
) -> Manifest:
    first, length = to_micros(start), seconds * 1_000_000
    share = length // len(devices)
    legs = tuple(
        AgentLeg(device, first + n * share, first + (n + 1) * share)
        for n, device in enumerate(devices)
    )
    epochs = tuple(
        Epoch(track, ssrc, 8, "PCMA", 8000, 0, 0, first) for track, ssrc in ((0, 7), (1, 8))
    )
    holds = (Span(first + hold[0] * 1_000_000, first + hold[1] * 1_000_000),) if hold else ()
    return replace(
        manifest(*devices, start=start),
        legs=legs,
        ended_us=first + length,
        epochs=changes.pop("epochs", epochs),
        holds=holds,
        **changes,
    )


def _seal(sealer: Sealer, facts: Manifest, seconds: int) -> Iterator[bytes]:
    customer = stream(_talk(seconds, 1), at_us=facts.started_us, seq=0, ts=0, track=0, ssrc=7)
    agent = stream(_talk(seconds, 2), at_us=facts.started_us, seq=0, ts=0, track=1, ssrc=8)
    records = segments(sorted(customer + agent, key=_batch))
    for one in records[:-1]:
        yield sealer.seal(as_plaintext(one))
    yield sealer.finish(as_plaintext(records[-1]))


def _batch(packet: Packet) -> tuple[int, int]:
    return packet.arrival_us // BATCH_US, packet.track


def _talk(seconds: int, voice: int) -> list[bytes]:
    """Something loud in turns: voice 1 and voice 2 speak four seconds each, and then nobody."""
    rng = np.random.default_rng(voice)
    packets = []
    for number in range(seconds * 50):
        turn = number // 200 % 3
        loud = turn == voice - 1 and rng.random() < 0.9
        packets.append(rng.integers(0, 256, STEP, np.uint8).tobytes() if loud else SILENCE)
    return packets
