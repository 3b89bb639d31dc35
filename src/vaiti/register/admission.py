"""What a manifest must be before it becomes a row: its word checked against the object. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from vaiti.values.clock import from_micros
from vaiti.values.ids import CallId, parse_call_id
from vaiti.values.masked import MaskedNumber
from vaiti.vault.manifest import AgentLeg, Manifest

MADE_UP = "demo:made-up"  # in place of a recorder, whose name never has a colon
MAX_NAME = 64  # in characters, of a device, a recorder, a peer
MAX_LEGS = 1000
MAX_SAID = 16  # sayings about one agent
MAX_SAYING = 140  # characters
DIRECTIONS = ("in", "out")
STATES = ("complete", "recovered")


class IntakeRefused(Exception):
    """The call cannot enter the book. `reason` is a code without personal data."""

    def __init__(self, reason: str, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Admitted:
    """The facts of a manifest that passed; start and end in whole seconds (N-12).

    `answered_at` is the start to the microsecond: what stood then is asked of notice and lines.
    """

    call_id: CallId
    answered_at: datetime
    started_at: datetime
    ended_at: datetime
    legs: tuple[AgentLeg, ...]


def admit(manifest: Manifest, sha256: str, segments: int) -> Admitted:
    """Checks all that can be checked without the book. Raises IntakeRefused.

    `sha256` and `segments` are those of the object that was gathered.
    """
    call_id = _identified(manifest)
    if manifest.sha256 != sha256 or manifest.segments != segments:
        raise IntakeRefused("object_differs", "the gathered object is not the manifest's")
    if manifest.ended_us < manifest.started_us or manifest.started_us < 0:
        raise IntakeRefused("negative_length", "the call ends before it begins")
    _check_number(manifest.customer)
    return Admitted(
        call_id=call_id,
        answered_at=from_micros(manifest.started_us),
        started_at=_whole_second(manifest.started_us),
        ended_at=_whole_second(manifest.ended_us),
        legs=_legs(manifest),
    )


def _identified(manifest: Manifest) -> CallId:
    try:
        call_id = parse_call_id(manifest.call_id)
    except ValueError as error:
        raise IntakeRefused("bad_call_id", "the manifest's call id is malformed") from error
    if manifest.direction not in DIRECTIONS or manifest.state not in STATES:
        raise IntakeRefused("bad_manifest", "the manifest's direction or state is unknown")
    if max(len(manifest.recorder), len(manifest.peer)) > MAX_NAME or len(manifest.ended_by) > 12:
        raise IntakeRefused("bad_manifest", "a name in the manifest is too long")
    return call_id


def _check_number(customer: str) -> None:
    try:
        number = MaskedNumber(customer)
    except ValueError as error:
        raise IntakeRefused("number_not_masked", "the customer's number is not masked") from error
    if len(number.text) > 20:
        raise IntakeRefused("number_not_masked", "the customer's number is too long")


def _legs(manifest: Manifest) -> tuple[AgentLeg, ...]:
    """The legs within the call: what silence cut off the end is cut off its legs too."""
    if len(manifest.legs) > MAX_LEGS:
        raise IntakeRefused("bad_manifest", "the manifest has too many legs")
    kept = []
    for leg in manifest.legs:
        if leg.to_us < leg.from_us:
            raise IntakeRefused("negative_length", "a leg ends before it begins")
        if len(leg.device) > MAX_NAME:
            raise IntakeRefused("bad_manifest", "the name of a device is too long")
        if len(leg.said) > MAX_SAID or any(len(each) > MAX_SAYING for each in leg.said):
            raise IntakeRefused("bad_manifest", "too much is said of who an agent is")
        from_us = max(leg.from_us, manifest.started_us)
        to_us = min(leg.to_us, manifest.ended_us)
        if from_us <= to_us:
            kept.append(replace(leg, from_us=from_us, to_us=to_us))
    return tuple(kept)


def _whole_second(micros: int) -> datetime:
    instant = from_micros(micros)
    return instant - timedelta(microseconds=instant.microsecond)
