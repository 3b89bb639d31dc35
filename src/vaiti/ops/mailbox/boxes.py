"""What a mailbox is to whoever reads it, by IMAP or in a folder."""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from vaiti.rights.mail.arriving import Place

MOST = 200
"""Mails of one round; the next comes soon."""


class MailboxUnreadable(Exception):
    """`code` says why, without a name or an address."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Found:
    """A mail as it lies there; `raw` is at most a byte longer than what is read of one."""

    place: Place
    raw: bytes = field(repr=False)
    delivered: datetime


class Box(Protocol):
    def opened(self) -> AbstractContextManager["OpenBox"]:
        """Raises MailboxUnreadable, here and from what is asked of the open box."""
        ...


class OpenBox(Protocol):
    def new(self) -> Iterator[Found]:
        """What was not looked at before, the oldest first; nothing is changed by it."""
        ...

    def remove(self, places: Sequence[Place]) -> None: ...

    def size(self) -> int:
        """How many mails lie there."""
        ...


def digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
