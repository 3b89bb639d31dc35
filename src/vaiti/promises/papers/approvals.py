"""Who answers for a paper: an approval is of what lasts of it, and of nothing that came later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.promises.models import Approval
from vaiti.promises.papers.sheet import Sheet, digest


class Changed(Exception):
    """The paper says something else than what was looked at."""


@dataclass(frozen=True, slots=True)
class Approved:
    """`current`: of what the paper says now."""

    by: UUID
    at: datetime
    version: str
    current: bool


def approve(sheets: Sequence[Sheet], version: str, seen: str, *, by: UUID, now: datetime) -> None:
    """`seen` is the digest of what was looked at. Raises Changed where it says otherwise now."""
    told = digest(sheets)
    if told != seen:
        raise Changed
    paper = sheets[0].name
    with transaction.atomic():
        Approval.objects.create(paper=paper, version=version, sha256=told, person_id=by, at=now)
        facts: Facts = {"what": paper, "version": version, "sha256": told}
        log.append(Kind.PROMISES_PAPER_APPROVED, actor=by.hex, facts=facts, now=now)


def standing(sheets: Sequence[Sheet]) -> Approved | None:
    """The newest approval of the paper; nothing where nobody has approved it yet."""
    row = Approval.objects.filter(paper=sheets[0].name).order_by("-at").first()
    if row is None:
        return None
    return Approved(row.person_id, row.at, row.version, row.sha256 == digest(sheets))


def note_made(sheet: Sheet, version: str, *, by: str, now: datetime) -> None:
    """A dated paper left the system: which, in which language, and its hash (L-20)."""
    with transaction.atomic():
        facts: Facts = {
            "what": sheet.name,
            "version": version,
            "language": sheet.language,
            "sha256": digest([sheet]),
        }
        log.append(Kind.PROMISES_PAPER_MADE, actor=by, facts=facts, now=now)
