"""What a copy may leave out, and on what decision; how long a package waits. Pure."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

VOICES: Final = ("both", "agent", "customer")
SIDES: Final = VOICES
MOST_CALLS: Final = 50
MOST_MUTED: Final = 100  # passages of one call
LONGEST: Final = timedelta(hours=12)  # of sound in one package: 1.4 GB
MOST_TEXT: Final = 500_000  # characters of a transcript
LEAST_WHY, MOST_WHY = 15, 500
LIVES: Final = timedelta(days=14)
MOST_TRIES: Final = 10
"""Wrong passwords and downloads begun, together; then a new package must be made."""

_LETTERS: Final = "23456789abcdefghjkmnpqrstvwxyz"  # none that are taken for each other
_GROUPS, _GROUP = 4, 5


class CopyRefused(ValueError):
    """The package cannot be made or handed out so; `code` says why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Passage:
    """Silent in the copy, on `side`: from and to after the call's beginning."""

    begins: timedelta
    ends: timedelta
    side: str = "both"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One call. `transcript` is given instead of the sound. `why` is the decision by which
    anything is left out, as the person is told it."""

    call: UUID
    voices: str = "both"
    muted: tuple[Passage, ...] = ()
    transcript: str = field(default="", repr=False)
    why: str = field(default="", repr=False)

    @property
    def whole(self) -> bool:
        return self.voices == "both" and not self.muted and not self.transcript


def check(wanted: Sequence[Wanted], *, staff: bool = False) -> None:
    """An employee gets their own voice, unless a documented decision says otherwise: the
    customer's confidentiality weighs more (question j). Raises CopyRefused."""
    if not wanted or len({one.call for one in wanted}) != len(wanted):
        raise CopyRefused("calls")
    if len(wanted) > MOST_CALLS:
        raise CopyRefused("many")
    for one in wanted:
        _check(one)
        if staff and one.voices != "agent" and len(one.why.strip()) < LEAST_WHY:
            raise CopyRefused("why")


def _check(one: Wanted) -> None:
    if one.voices not in VOICES or len(one.muted) > MOST_MUTED:
        raise CopyRefused("voices")
    if any(
        passage.side not in SIDES or not timedelta(0) <= passage.begins < passage.ends
        for passage in one.muted
    ):
        raise CopyRefused("passage")
    if len(one.transcript) > MOST_TEXT:
        raise CopyRefused("transcript")
    if not one.whole and not LEAST_WHY <= len(one.why.strip()) <= MOST_WHY:
        raise CopyRefused("why")


def new_password() -> str:
    """About 98 bits, in groups that can be read out: it opens the package, and is kept nowhere."""
    drawn = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(drawn[at : at + _GROUP]) for at in range(0, len(drawn), _GROUP))


def spelt(typed: str) -> str:
    """A password as it was made, however its letters and groups were typed."""
    plain = "".join(one for one in typed.lower() if one.isalnum())[: _GROUPS * _GROUP]
    return "-".join(plain[at : at + _GROUP] for at in range(0, len(plain), _GROUP))
