"""Scanned letters and attachments of a case: kept by type and size, looked through, shown again.

The type is told by the first octets and not by a name. The log has the digest of what was kept.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights.case_models import Case
from vaiti.rights.errors import CaseRefused
from vaiti.rights.handlers import require_desk
from vaiti.rights.handling import open_case
from vaiti.rights.mail_models import MailRow, Paper

MOST_OF_A_CASE = 40
MALWARE = ""
"""The type of a scan of which nothing is left but its place on the page and its digest."""
TYPES = {
    "pdf": "application/pdf",
    "jpeg": "image/jpeg",
    "png": "image/png",
}
_BEGINS = {"pdf": b"%PDF-", "jpeg": b"\xff\xd8\xff", "png": b"\x89PNG\r\n\x1a\n"}


class Verdict(StrEnum):
    """What the scanner said. FAILED: it said nothing, so nobody knows."""

    CLEAN = "clean"
    INFECTED = "infected"
    FAILED = "failed"


Scanner = Callable[[bytes], Verdict]


@dataclass(frozen=True, slots=True)
class PaperRules:
    """`most_bytes` of one and `most_papers` at once. Without a `scanner` papers are kept, and said
    to be unscanned."""

    most_bytes: int = 10 << 20
    most_papers: int = 10
    scanner: Scanner | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A paper that may be kept."""

    kind: str
    content: bytes = field(repr=False)
    scanned: bool


@dataclass(frozen=True, slots=True)
class PaperCard:
    id: UUID
    kind: str
    size: int
    scanned: bool
    kept_at: datetime
    mail: UUID | None


def kind_of(content: bytes) -> str:
    """Empty for a type that is not kept."""
    return next((kind for kind, begins in _BEGINS.items() if content.startswith(begins)), "")


def sort(given: Sequence[bytes], rules: PaperRules) -> tuple[tuple[Sheet, ...], tuple[str, ...]]:
    """What may be kept, and for each of the others why not. Where the scanner says nothing it is
    kept unscanned, and shown to nobody until the scanner is back."""
    kept: list[Sheet] = []
    left: list[str] = []
    for content in given:
        try:
            if len(kept) >= rules.most_papers:
                raise CaseRefused("paper_count")
            kept.append(looked_through(content, rules))
        except CaseRefused as error:
            left.append(error.code)
    return tuple(kept), tuple(left)


def looked_through(content: bytes, rules: PaperRules) -> Sheet:
    """Where the scanner says nothing it waits, unscanned. Raises CaseRefused."""
    kind = kind_of(content)
    if not kind:
        raise CaseRefused("paper_type")
    if len(content) > rules.most_bytes:
        raise CaseRefused("paper_size")
    if rules.scanner is None:
        return Sheet(kind, content, scanned=False)
    verdict = rules.scanner(content)
    if verdict is Verdict.INFECTED:
        raise CaseRefused("paper_malware")
    return Sheet(kind, content, scanned=verdict is Verdict.CLEAN)


def add(person_id: UUID, case_id: UUID, sheet: Sheet, now: datetime) -> UUID:
    """A scan that a handler made. Raises NotVisible, Unprepared, CaseRefused."""
    with open_case(person_id, case_id, now) as row:
        if Paper.objects.filter(case=row).count() >= MOST_OF_A_CASE:
            raise CaseRefused("paper_count")
        return keep(row, sheet, None, by=person_id.hex, now=now)


def keep(case: Case, sheet: Sheet, mail: MailRow | None, *, by: str, now: datetime) -> UUID:
    """In the caller's transaction."""
    digest = hashlib.sha256(sheet.content).hexdigest()
    row = Paper.objects.create(
        case=case,
        mail=mail,
        kind=sheet.kind,
        size=len(sheet.content),
        sha256=digest,
        scanned=sheet.scanned,
        content=sheet.content,
        kept_by=by,
        kept_at=now,
    )
    facts: Facts = {"size": row.size, "sha256": digest, "scanned": sheet.scanned}
    log.append(Kind.RIGHTS_PAPER_KEPT, actor=by, subject=case.id.hex, facts=facts, now=now)
    return row.id


def of_case(case_id: UUID) -> tuple[PaperCard, ...]:
    rows = Paper.objects.filter(case_id=case_id).defer("content").order_by("kept_at", "id")
    return tuple(
        PaperCard(one.id, one.kind, one.size, one.scanned, one.kept_at, one.mail_id) for one in rows
    )


def open_paper(
    person_id: UUID, case_id: UUID, paper_id: UUID, rules: PaperRules, now: datetime
) -> tuple[str, bytes]:
    """Type and octets, with an entry. Raises NotVisible, and CaseRefused while it waits for the
    scanner that is set."""
    with transaction.atomic(durable=True):
        require_desk(person_id, now)
        row = Paper.objects.filter(id=paper_id, case_id=case_id).first()
        if row is None or row.kind == MALWARE:
            raise NotVisible
        if rules.scanner is not None and not row.scanned:
            raise CaseRefused("paper_waits")
        facts: Facts = {"sha256": row.sha256}
        kind, subject = Kind.RIGHTS_PAPER_SEEN, case_id.hex
        log.append(kind, actor=person_id.hex, subject=subject, facts=facts, now=now)
    return TYPES[row.kind], bytes(row.content)
