"""A mailbox at an IMAP server (RFC 3501), opened for reading only and without a mark left in it.

Only to remove what has become a case is it opened for writing.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from vaiti.ops.mailbox.boxes import MOST, Found, MailboxUnreadable, OpenBox, digest
from vaiti.ops.sections.mailbox import Mailbox
from vaiti.rights.mail import looking
from vaiti.rights.mail.arriving import Place
from vaiti.rights.mail.reading import MOST_BYTES

PATIENCE_S = 20.0
_AT = re.compile(rb'INTERNALDATE "([^"]{20,30})"')
_SLICE = f"(INTERNALDATE BODY.PEEK[]<0.{MOST_BYTES + 1}>)"


class ImapBox:
    def __init__(self, rules: Mailbox, secrets: Path) -> None:
        self.rules, self.secrets = rules, secrets
        self.name = digest("imap", rules.host, str(rules.port), rules.user, rules.inbox)

    @contextmanager
    def opened(self) -> Iterator[OpenBox]:
        try:
            server = self._connected()
            try:
                yield _Open(server, self.name, self.rules.inbox)
            finally:
                with suppress(imaplib.IMAP4.error, OSError):
                    server.logout()
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxUnreadable(type(error).__name__) from error

    def _connected(self) -> imaplib.IMAP4:
        rules = self.rules
        server: imaplib.IMAP4
        if rules.tls:
            context = ssl.create_default_context(cafile=rules.authority or None)
            server = imaplib.IMAP4_SSL(
                rules.host, rules.port, ssl_context=context, timeout=PATIENCE_S
            )
        else:
            server = imaplib.IMAP4(rules.host, rules.port, timeout=PATIENCE_S)
        password = (self.secrets / rules.password_file).read_text().strip()
        server.login(rules.user, password)
        return server


class _Open:
    def __init__(self, server: imaplib.IMAP4, name: str, inbox: str) -> None:
        self.server, self.name, self.inbox = server, name, f'"{inbox}"'

    def new(self) -> Iterator[Found]:
        self._select(readonly=True)
        validity = self._validity()
        last = looking.last_number(self.name, validity)
        answer = _well(self.server.uid("SEARCH", f"UID {last + 1}:*"))
        numbers = sorted(int(one) for one in b" ".join(filter(None, answer)).split())
        # a search to the end names the last mail even if it lies before the beginning
        for number in [one for one in numbers if one > last][:MOST]:
            found = self._fetch(validity, number)
            if found is not None:
                yield found

    def remove(self, places: Sequence[Place]) -> None:
        numbers = ",".join(str(one.number) for one in places)
        if not numbers:
            return
        self._select(readonly=False)
        _well(self.server.uid("STORE", numbers, "+FLAGS.SILENT", r"(\Deleted)"))
        told = b" ".join(_well(self.server.capability())).upper().split()
        if b"UIDPLUS" in told:  # else others' deleted mail would go too
            _well(self.server.uid("EXPUNGE", numbers))

    def size(self) -> int:
        return self._select(readonly=True)

    def _select(self, *, readonly: bool) -> int:
        return int(_well(self.server.select(self.inbox, readonly=readonly))[0] or 0)

    def _validity(self) -> int:
        told = self.server.response("UIDVALIDITY")[1]
        return int(told[0] or 0) if told and isinstance(told[0], bytes) else 0

    def _fetch(self, validity: int, number: int) -> Found | None:
        """None for one that somebody has removed meanwhile."""
        answer = self.server.uid("FETCH", str(number), _SLICE)
        for part in _well(answer):
            if isinstance(part, tuple) and len(part) == 2:
                place = Place(self.name, validity, f"{number}", number)
                return Found(place, bytes(part[1]), _moment(bytes(part[0])))
        return None


def _well(answer: tuple[str, list[Any]]) -> list[Any]:
    """Raises IMAP4.error."""
    status, parts = answer
    if status != "OK":
        raise imaplib.IMAP4.error("refused")
    return parts


def _moment(head: bytes) -> datetime:
    """Raises IMAP4.error: a server that names no time of arrival is none that we can use."""
    found = _AT.search(head)
    text = found[1].decode("ascii", "replace").strip() if found else ""
    try:
        return datetime.strptime(text, "%d-%b-%Y %H:%M:%S %z").astimezone(UTC)
    except ValueError as error:
        raise imaplib.IMAP4.error("no time") from error
