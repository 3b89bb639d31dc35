"""Test calls of our own: placed on each line in turn, judged when they have come in, destroyed.

They prove recorder, journal, keys, intake, store and opening. That a phone system sends its calls
at all only a call through it can prove: docs/completeness.md.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np

from vaiti.access.canary import opening
from vaiti.notice import lines
from vaiti.notice.lines import LineCard
from vaiti.ops.canary_rules import HEADER, host_of, transports
from vaiti.ops.heartbeat import recorders_live
from vaiti.ops.phone.dial import place
from vaiti.ops.phone.media import PACKET
from vaiti.ops.phone.plan import CallPlan, Outcome, PhoneError
from vaiti.ops.phone.sound import RATE, alaw
from vaiti.ops.recorders import group_of
from vaiti.ops.settings import Settings
from vaiti.playback.canary import hear
from vaiti.playback.listen import Tampered
from vaiti.register import canaries
from vaiti.register.canaries import Arrived, Cause
from vaiti.register.canary_names import device
from vaiti.retention.canaries import destroy_judged
from vaiti.vault.grant import GrantRefused
from vaiti.vault.keyclient import KeyClient, KeysRefused
from vaiti.vault.store import Store, StoreError

AT_ONCE = 8
START = timedelta(minutes=1)
"""What a recorder that is started together with the worker may take to get its orders."""
SLACK = timedelta(seconds=2)
"""By which the recording's length may differ from what the phone spoke."""
ENOUGH = 0.9
"""The share of the packets sent that each side must hold."""
LOUD = 8000
SWEEPS = {"agent": (300, 900), "customer": (1100, 1700)}  # Hz; one tone at a time is no key tone
NOBODY = "anonymous"


class CanaryDesk:
    """`place` and `judge` are steps of the worker, each in a thread of its own."""

    def __init__(self, settings: Settings, keys: KeyClient, store: Store, seed: bytes) -> None:
        self.settings, self.keys, self.store, self.seed = settings, keys, store, seed
        self.first: datetime | None = None
        self.taking = False
        self.every = timedelta(minutes=settings.canary.minutes)
        self.sounds = {role: sweep(role, settings.canary.seconds) for role in SWEEPS}
        self.known = {role: payloads(sound) for role, sound in self.sounds.items()}

    def place(self, now: datetime) -> int:
        """Calls the lines whose turn it is, some at once; how many."""
        if not self._begun(now):
            return 0
        due = canaries.due(lines.standing(now), self.every, now)[:AT_ONCE]
        begun = [(canaries.begin(line, now), line) for line in due]
        outcomes = asyncio.run(self._call(begun)) if begun else []
        for (canary, _), outcome in zip(begun, outcomes, strict=True):
            note(canary, outcome, now)
        return len(begun)

    def _begun(self, now: datetime) -> bool:
        """Whether the recorder took calls once since this start, or should have by now."""
        self.first = self.first or now
        late = now - self.first >= START
        self.taking = self.taking or late or any(recorders_live(group_of(self.settings), now))
        return self.taking

    def judge(self, now: datetime) -> int:
        """Opens and compares what has come in, enters what has not, and destroys both.

        Returns how many were destroyed; raises KeysUnavailable.
        """
        for one in canaries.waiting():
            canaries.judge(one.id, one.cause or self._cause(one, now), now)
        canaries.settle(now)
        return destroy_judged(self.keys, self.store, now)

    async def _call(self, begun: Sequence[tuple[UUID, LineCard]]) -> list[Outcome | PhoneError]:
        return await asyncio.gather(*(self._dial(canary, line) for canary, line in begun))

    async def _dial(self, canary: UUID, line: LineCard) -> Outcome | PhoneError:
        try:
            return await place(
                self.plan(canary, line), self.sounds["agent"], self.sounds["customer"]
            )
        except PhoneError as error:
            return error

    def plan(self, canary: UUID, line: LineCard) -> CallPlan:
        return CallPlan(
            *(host_of(self.settings), self.settings.recorder.port, NOBODY, line.number),
            device(canary),
            direction="in" if line.takes("in") else "out",
            transport=transports(self.settings)[0],
            seconds=float(self.settings.canary.seconds),
            source=self.settings.canary.address,
            headers=(f"{HEADER}: announced",),
        )

    def _cause(self, one: Arrived, now: datetime) -> str:
        """What is wrong with it, or nothing."""
        if abs(one.ended_at - one.started_at - one.length) > SLACK:
            return Cause.LENGTH
        try:
            heard = hear(opening(one, now, self.seed), self.known, self.keys, self.store)
        except (KeysRefused, GrantRefused, StoreError, Tampered):
            return Cause.DAMAGED
        enough = min(one.packets, *map(len, self.known.values())) * ENOUGH
        return "" if min(heard.packets.values()) >= max(enough, 1) else Cause.SILENT


def note(canary: UUID, outcome: Outcome | PhoneError, now: datetime) -> None:
    """What came of a call, as the phone says."""
    if isinstance(outcome, PhoneError):
        canaries.judge(canary, Cause.UNANSWERED, now)
    elif outcome.status >= 300:
        canaries.judge(canary, Cause.REFUSED, now)
    else:
        length = timedelta(seconds=outcome.ended_at - outcome.answered_at)
        canaries.spoken(canary, length, min(outcome.packets))


def sweep(role: str, seconds: int) -> bytes:
    """A tone that rises from the role's lowest to its highest, so that every packet is another."""
    low, high = SWEEPS[role]
    moment = np.arange(seconds * RATE + PACKET) / RATE
    pitch = low + (high - low) * moment / (2 * seconds)
    return alaw((LOUD * np.sin(2 * np.pi * pitch * moment)).astype(np.int16))


def payloads(sound: bytes) -> frozenset[bytes]:
    return frozenset(sound[at : at + PACKET] for at in range(0, len(sound) - PACKET, PACKET))
