"""One mail, read once: who sent it, what it says, what is attached, and whether a person wrote it.

Pure. Telephone numbers are hidden here, before anything else sees the words.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime

from vaiti.rights.mail import bodies, heads
from vaiti.rights.typed import without_numbers

MOST_BYTES = 25 << 20
CANARY = "x-vaiti-canary"
_REFERENCE = re.compile(r"(?<!\w)R-?(20[2-4]\d)-(\d{1,6})(?!\d)", re.IGNORECASE)
_TOKEN = re.compile(r"[0-9a-f]{32}")
_MACHINES = re.compile(r"^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)\b")
_ID = re.compile(r"<[^<>\s]{1,300}>")


@dataclass(frozen=True, slots=True)
class Mail:
    """`fingerprint` is the digest of the mail's own id, `answers` those of the mails that it
    answers. `cut`: it was longer than what was read. `case`: year and serial that it names.
    `recipients` are addresses in its head, to be held against our own. `sent_by` is whole, for an
    answer at once; what is kept is `sender`."""

    fingerprint: str
    answers: tuple[str, ...]
    sent_by: str = field(repr=False)
    sender: str = field(repr=False)
    subject: str = field(repr=False)
    text: str = field(repr=False)
    attached: tuple[bytes, ...] = field(repr=False)
    recipients: frozenset[str] = field(repr=False)
    automatic: bool
    cut: bool
    parts_left_out: int
    case: tuple[int, int] | None
    canary: str
    passed: datetime | None


def read(raw: bytes, servers: frozenset[str] = frozenset()) -> Mail:
    """Whatever comes is a mail; of one that is too long the beginning is read."""
    cut, raw = len(raw) > MOST_BYTES, raw[:MOST_BYTES]
    head = heads.read(heads.split(raw)[0])
    body = bodies.read(raw)
    subject = heads.plain(head.first("subject"))
    sent_by = heads.address(head.first("reply-to")) or heads.address(head.first("from"))
    return Mail(
        fingerprint=_fingerprint(head, raw),
        answers=_answers(head),
        sent_by=sent_by,
        sender=without_numbers(heads.plain(head.first("from")))[:200],
        subject=without_numbers(subject)[:300],
        text=without_numbers(body.text),
        attached=body.attached,
        recipients=_recipients(head),
        automatic=body.report or _automatic(head, sent_by),
        cut=cut,
        parts_left_out=body.parts_left_out,
        case=_case(subject) or _case(body.text),
        canary=_canary(head, subject),
        passed=heads.passed(head, servers),
    )


def _fingerprint(head: heads.Head, raw: bytes) -> str:
    named = _ID.search(head.first("message-id"))
    return _digest(named[0].encode()) if named else hashlib.sha256(raw).hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _answers(head: heads.Head) -> tuple[str, ...]:
    named = _ID.findall(f"{head.first('in-reply-to')} {head.first('references')}")
    return tuple(dict.fromkeys(_digest(one.encode()) for one in named[-20:]))


def _recipients(head: heads.Head) -> frozenset[str]:
    names = ("to", "cc", "delivered-to", "x-original-to", "x-forwarded-to", "envelope-to")
    return heads.addresses([value for name in names for value in head.every(name)])


def _automatic(head: heads.Head, sent_by: str) -> bool:
    """A machine wrote it: a bounce, an absence note, a newsletter (RFC 3834)."""
    told = head.first("auto-submitted").partition(";")[0].strip().lower()
    if told not in ("", "no") or head.first("x-autoreply") or head.first("list-id"):
        return True
    if head.first("precedence").lower() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if head.first("return-path").replace(" ", "") == "<>":
        return True
    return not sent_by or bool(_MACHINES.match(sent_by))


def _case(text: str) -> tuple[int, int] | None:
    found = _REFERENCE.search(text)
    return (int(found[1]), int(found[2])) if found else None


def _canary(head: heads.Head, subject: str) -> str:
    """A test mail's word; a forwarding rule may keep the subject alone."""
    for where in (head.first(CANARY), subject if "Vaiti" in subject else ""):
        if found := _TOKEN.search(where):
            return found[0]
    return ""
