"""Manifests as a recorder writes them, for tests that begin behind the journal."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cast import NOW
from vaiti.register.intake import take_in
from vaiti.values.clock import to_micros
from vaiti.values.ids import new_call_id, new_object_id
from vaiti.values.streams import Epoch
from vaiti.vault.manifest import AgentLeg, Manifest, Span, Track

SHA256 = "ab" * 32
SERVICE = "+358207100000"
TEST_LINE = "+358207999999"
START = NOW - timedelta(hours=3) + timedelta(milliseconds=250)
MINUTE_US = 60_000_000


def manifest(*devices: str, start: datetime = START, **changes: Any) -> Manifest:  # noqa: ANN401
    """A complete call in which each of `devices` had one minute, one after the other."""
    first = to_micros(start)
    legs = tuple(
        AgentLeg(device, first + n * MINUTE_US, first + (n + 1) * MINUTE_US)
        for n, device in enumerate(devices)
    )
    whole = Manifest(
        call_id=new_call_id(),
        recorder="recorder-1",
        peer="pbx",
        direction="in",
        line=SERVICE,
        customer="+358401234***",
        started_us=first,
        ended_us=first + max(1, len(devices)) * MINUTE_US,
        ended_by="bye",
        state="complete",
        legs=legs,
        tracks=(Track(0, "1", "customer"), Track(1, "2", "agent")),
        epochs=(Epoch(0, 7, 8, "PCMA", 8000, 1, 160, first),),
        holds=(Span(first + 1, first + 2),),
        segments=3,
        finished=True,
        sha256=SHA256,
        packets=6000,
    )
    return replace(whole, **changes)


def enter(*devices: str, start: datetime = START, **changes: Any) -> UUID:  # noqa: ANN401
    """Takes such a call into the book."""
    given = manifest(*devices, start=start, **changes)
    return take_in(given, new_object_id(), sha256=given.sha256, segments=given.segments, now=NOW)
