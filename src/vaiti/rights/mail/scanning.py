"""Papers that nobody has looked through: when a scanner is set, or is back, it sees them too."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.rights.mail_models import MailRow, Paper
from vaiti.rights.papers import MALWARE, PaperRules, Verdict

ACTOR = "system:mailbox"
AT_ONCE = 5
FIRST = UUID(int=0)


def scan_waiting(rules: PaperRules, after: UUID, now: datetime) -> UUID:
    """Shows some of them to the scanner, from the id `after` on; the id after which the next round
    goes on. A scanner that says nothing ends the round, and is asked again in the next."""
    if rules.scanner is None:
        return FIRST
    waiting = Paper.objects.filter(scanned=False, id__gt=after).order_by("id")
    for paper_id, content in list(waiting.values_list("id", "content")[:AT_ONCE]):
        after = paper_id
        verdict = rules.scanner(bytes(content))
        if verdict is Verdict.FAILED:
            return after
        _note(paper_id, verdict, now)
    return after if waiting.filter(id__gt=after).exists() else FIRST


def _note(paper_id: UUID, verdict: Verdict, now: datetime) -> None:
    """A paper with malware goes at once. Its digest stays in the log, and why on the page: with its
    mail, or in its own place where a handler added it."""
    with transaction.atomic():
        row = Paper.objects.select_for_update().defer("content").filter(id=paper_id).first()
        if row is None:
            return
        facts: Facts = {"sha256": row.sha256}
        if verdict is Verdict.CLEAN:
            kind = Kind.RIGHTS_PAPER_SCANNED
            Paper.objects.filter(id=paper_id).update(scanned=True)
        else:
            kind = Kind.RIGHTS_PAPER_REMOVED
            _remove(row)
        log.append(kind, actor=ACTOR, subject=row.case_id.hex, facts=facts, now=now)


def _remove(paper: Paper) -> None:
    if paper.mail_id is None:
        gone = {"kind": MALWARE, "content": b"", "scanned": True}
        Paper.objects.filter(id=paper.id).update(**gone)
        return
    mail = MailRow.objects.select_for_update().get(id=paper.mail_id)
    mail.left_out = [*mail.left_out, "paper_malware"]
    mail.save(update_fields=["left_out"])
    paper.delete()
