"""The ways that lead here: the notice itself, form, mailbox and officer (N-35, N-42)."""

import hashlib
from datetime import datetime, timedelta
from pathlib import Path

from vaiti.notice.sentences import LANGUAGES
from vaiti.promises.checks.statement import count, instant, rows
from vaiti.promises.checks.web import Unanswered, ask
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found

UNREAD = timedelta(hours=1)
ARRIVES = timedelta(hours=24)
"""A test mail that has not come by then shows a mailbox that loses mail."""


def notice_public(site: Site, _now: datetime) -> Verdict:
    """Anybody who asks for the notice gets a page, in each of the three languages."""
    wrong = 0
    for language in LANGUAGES:
        try:
            answer = ask(site, f"/notice/?language={language}", language)
        except Unanswered:
            return Verdict(False, {"looked_at": 0}, "the web process does not answer")
        first = site.wording.sentences[0].text[language].split()[0]
        wrong += answer.status != 200 or f'lang="{language}"' not in answer.body
        wrong += answer.status == 200 and first not in answer.body
    return found(len(LANGUAGES), wrong, "the notice cannot be read in every language")


def web_form(site: Site, _now: datetime) -> Verdict:
    """Anybody who asks for the form gets one that can be sent."""
    try:
        answer = ask(site, "/rights/")
    except Unanswered:
        return Verdict(False, {"looked_at": 0}, "the web process does not answer")
    sends = answer.status == 200 and "<form" in answer.body and 'name="asked"' in answer.body
    return found(1, int(not sends), "the form for requests does not answer")


def privacy_contact(site: Site, now: datetime) -> Verdict:
    """N-02: there is an address, and somebody who has the officer's role."""
    address = site.wording.controller.privacy_contact
    officers = count(
        "SELECT count(*) FROM people_role r JOIN people_person p ON p.id = r.person_id"
        " WHERE r.kind = 'dpo' AND r.valid_from <= %s AND (r.valid_to IS NULL OR r.valid_to > %s)"
        " AND (p.active_to IS NULL OR p.active_to > %s)",
        *(now, now, now),
    )
    return found(officers, int(not officers) + int("@" not in address), "nobody is the officer")


def mailbox(site: Site, now: datetime) -> Verdict:
    """N-46: the mailbox is emptied, and test mails to its address arrive."""
    if not site.mailed:
        return Verdict(False, {"looked_at": 0}, "no mailbox is read")
    lost = count(
        "SELECT count(*) FROM rights_mailcanary WHERE arrived_at IS NULL AND sent_at < %s"
        " AND sent_at > %s",
        *(now - ARRIVES, now - 7 * ARRIVES),
    )
    arrived = rows("SELECT max(arrived_at) FROM rights_mailcanary")
    looked = count("SELECT count(*) FROM rights_mailcanary")
    box = site.mailbox
    mails, lying = _lying(box, now - site.moved) if box is not None else (0, 0)
    lately = arrived[0][0] is not None and instant(arrived[0][0]) > now - ARRIVES
    wrong = lying if lately else lost + lying
    return found(looked + mails, wrong, "mail lies in the mailbox unread")


def _lying(box: Path, now: datetime) -> tuple[int, int]:
    """How many mails there are, and how many of them nobody has looked at for too long: what is no
    request may lie where it is."""
    if not (box / "new").is_dir():
        return 0, 1
    known = {place for (place,) in rows("SELECT place FROM rights_mailseen WHERE validity = 0")}
    mails = lying = 0
    for path in (box / "new").glob("*"):
        mails += 1
        old = datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo) < now - UNREAD
        lying += old and _place(path.name) not in known
    return mails, lying


def _place(name: str) -> str:
    """As the log of what was read names a mail: by its file's name without marks."""
    return hashlib.sha256(name.partition(":")[0].encode()).hexdigest()
