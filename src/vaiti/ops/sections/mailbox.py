"""What the settings file says of the mailbox for people's requests: docs/rights-mail.md."""

import re
from dataclasses import dataclass
from ipaddress import ip_address

from vaiti.ops.sections.general import Mail

_ADDRESS = re.compile(r"[^\s@<>,;]{1,60}@[^\s@<>,;]{1,39}")


@dataclass(frozen=True)
class Mailbox:
    """A Maildir in `folder`, or an IMAP server at `host`; with neither no mail is read.

    `published` are the addresses that callers are told: each gets a test mail every `canary_hours`,
    which is there within `canary_minutes`. `every_case` are those of which each mail is a request.
    `servers` are our own mail servers: when the first of them had a mail is when it arrived.
    `scanner` is a command that reads an attachment and ends with 0 where it is clean.
    """

    folder: str = ""
    host: str = ""
    port: int = 993
    tls: bool = True
    authority: str = ""
    user: str = ""
    password_file: str = ""
    inbox: str = "INBOX"
    seconds: int = 60
    unread_minutes: int = 60
    remove: bool = True
    published: tuple[str, ...] = ()
    canary_hours: int = 24
    canary_minutes: int = 60
    every_case: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    scanner: tuple[str, ...] = ()
    attachments: int = 10
    attachment_mib: int = 10

    @property
    def given(self) -> bool:
        return bool(self.folder or self.host)


def mailbox_fault(box: Mailbox, mail: Mail) -> str | None:
    """A sentence that says what to change, or None."""
    if box.folder and box.host:
        return "name a folder or a host, and not both"
    if box.host and (fault := _server_fault(box)):
        return fault
    if not 5 <= box.seconds <= 3600 or not 5 <= box.unread_minutes <= 60:
        return "seconds is from 5 to 3600, and unread_minutes from 5 to 60"
    if not 1 <= box.attachments <= 30 or not 1 <= box.attachment_mib <= 20:
        return "attachments is from 1 to 30, and attachment_mib from 1 to 20"
    return _address_fault(box, mail)


def _server_fault(box: Mailbox) -> str | None:
    if not (box.user and box.password_file):
        return "host needs user and password_file, a file in secrets"
    if not 1 <= box.port <= 65535 or not re.fullmatch(r"[^\s\"\\]{1,100}", box.inbox):
        return "port is from 1 to 65535, and inbox a name such as INBOX"
    if not box.tls and not _of_this_machine(box.host):
        return "tls is false, so mail would go over the network in clear text; write true"
    return None


def _of_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address_fault(box: Mailbox, mail: Mail) -> str | None:
    for one in (*box.published, *box.every_case):
        if not _ADDRESS.fullmatch(one):
            return "published and every_case are mail addresses"
    if box.published and not box.given:
        return "published needs a folder or a host, where the test mails arrive"
    if box.published and not mail.host:
        return "published needs a host in [mail], through which the test mails are sent"
    if not 1 <= box.canary_hours <= 24 or not 5 <= box.canary_minutes <= 12 * 60:
        return "canary_hours is from 1 to 24, and canary_minutes from 5 to 720"
    return None
