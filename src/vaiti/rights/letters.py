"""Letters of a case: drafted from what is known, changed by whoever handles it, and sent.

What a letter says is case content: it goes with the case. The log has its SHA-256, so that what
was sent can be shown.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice import versions
from vaiti.register import holding
from vaiti.rights import noting
from vaiti.rights.bases import unsaid
from vaiti.rights.case_models import Recipient
from vaiti.rights.letter_models import LetterRow
from vaiti.rights.letter_rules import (
    Letter,
    LetterRefused,
    Part,
    check,
    draft,
    paragraphs,
)
from vaiti.rights.numbering import is_other

HOW = ("post", "desk", "mail", "copy", "page")
"""By post, at the desk, by mail with nothing of a call in it, within a package of copies, or on the
person's own page."""


_GIVEN = dict(zip(HOW, ("post", "hand", "email", "download", "portal"), strict=True))
ANSWERS = frozenset({Letter.DECISION, Letter.REFUSAL, Letter.INFORMATION, Letter.ERASURE})
"""The letters that answer a request."""
TELLING = {Letter.ERASURE: "erased", Letter.ARTICLE_19: "notice_19"}
"""Those that say that something is erased, and where."""


@dataclass(frozen=True, slots=True)
class Card:
    """A letter; `sent_at` is None for a draft."""

    id: UUID
    reference: str
    kind: Letter
    language: str
    title: str
    parts: tuple[Part, ...]
    made_at: datetime
    sent_at: datetime | None
    sent_how: str


def begin(
    reference: str,
    kind: str,
    language: str,
    facts: Mapping[str, str],
    *,
    by: str,
    now: datetime,
) -> UUID:
    """A draft of it. Raises LetterRefused."""
    if kind not in list(Letter) or language not in versions.LANGUAGES:
        raise LetterRefused("kind")
    notice = versions.in_force(now)
    left, words = unsaid(notice.version if notice else ""), blanks(language)
    made = draft(Letter(kind), language, texts(language), facts, words, unsaid=left)
    with transaction.atomic():
        row = LetterRow.objects.create(
            reference=reference,
            kind=kind,
            language=language,
            title=made.title,
            parts=_as_json(made.parts),
            notice=notice.version if notice else "",
            made_by=by,
            made_at=now,
        )
        _log(Kind.RIGHTS_LETTER_DRAFTED, row, by, {}, now)
    return row.id


def once_more(letter_id: UUID, *, by: str, now: datetime) -> UUID:
    """A draft that says what this letter says: for the next one who is told the same."""
    with transaction.atomic():
        kept = ("reference", "kind", "language", "title", "parts", "notice")
        same = LetterRow.objects.filter(id=letter_id).values(*kept).get()
        row = LetterRow.objects.create(**same, made_by=by, made_at=now)
        _log(Kind.RIGHTS_LETTER_DRAFTED, row, by, {}, now)
    return row.id


def change(letter_id: UUID, parts: Mapping[str, str]) -> None:
    """Replaces the text of the paragraphs that are named. Raises LetterRefused."""
    with transaction.atomic():
        row = _draft(letter_id)
        row.parts = [[one, parts.get(one, text).strip()] for one, text in row.parts]
        row.save(update_fields=["parts"])


def send(letter_id: UUID, how: str, *, by: str, now: datetime) -> None:
    """It is sent as it stands. Raises LetterRefused with what to change."""
    if how not in HOW:
        raise LetterRefused("how")
    with transaction.atomic():
        row = _draft(letter_id)
        check(Letter(row.kind), _parts(row), unsaid(row.notice))
        if row.kind in TELLING and not noting.proven_erased(row.reference, now):
            raise LetterRefused("not_erased", TELLING[Letter(row.kind)])
        if row.kind == Letter.ERASURE and not noting.certified(row.reference):
            raise LetterRefused("certificate", "certificate")
        row.sent_by, row.sent_at, row.sent_how = by, now, how
        facts: Facts = {"how": how, "notice": row.notice, "sha256": digest(_card(row))}
        row.audit_leaf = _log(Kind.RIGHTS_LETTER_SENT, row, by, facts, now)
        row.save(update_fields=["sent_by", "sent_at", "sent_how", "audit_leaf"])
        if row.kind == Letter.RESTRICTION_LIFTED:
            holding.tell(row.reference, by=by, now=now)
        if row.kind in ANSWERS:
            noting.letter_given(row.reference, _GIVEN[how], by=by, now=now)
        elif row.kind == Letter.ARTICLE_19:
            noting.settle_by(row.reference, by=by, now=now)


def drop(letter_id: UUID, *, by: str, now: datetime) -> None:
    """A draft that nobody wants. Raises LetterRefused."""
    with transaction.atomic():
        row = _draft(letter_id)
        _log(Kind.RIGHTS_LETTER_DROPPED, row, by, {}, now)
        row.delete()


def cards(reference: str) -> list[Card]:
    """Of a case, the newest first."""
    rows = LetterRow.objects.filter(reference=reference).order_by("-made_at", "id")
    return [_card(row) for row in rows]


def card(letter_id: UUID) -> Card | None:
    row = LetterRow.objects.filter(id=letter_id).first()
    return _card(row) if row else None


BY_POST = ("", "post")


def addressee(one: Card) -> tuple[str, ...]:
    """To whom it goes, as lines: the person, with an address where it goes by post; of a notice to
    somebody who had the data, their name and nothing of the person."""
    row = noting.case_of(one.reference)
    if row is None:
        return ()
    if one.kind is Letter.ARTICLE_19:
        found = Recipient.objects.filter(case=row, letter=one.id)
        return tuple(found.values_list("name", flat=True))
    address = row.contact.replace(", ", "\n").splitlines() if one.sent_how in BY_POST else []
    return tuple(line.strip() for line in (row.name, *address) if line.strip())


def forget(reference: str) -> int:
    """Removes the letters of a case that is over itself."""
    return LetterRow.objects.filter(reference=reference).delete()[0]


def forget_elsewhere(before: datetime) -> int:
    """Those of matters that are kept elsewhere, older than any case may be; what is kept beside the
    cases has its own time, and its letters go with it."""
    old = LetterRow.objects.filter(made_at__lte=before).values_list("reference", flat=True)
    strange = [one for one in old.distinct() if noting.case_of(one) is None and not is_other(one)]
    rows = LetterRow.objects.filter(made_at__lte=before, reference__in=strange)
    return rows.delete()[0]


def digest(one: Card) -> str:
    """SHA-256, hex, over title and paragraphs as JSON without white space, UTF-8."""
    said = {"title": one.title, "parts": _as_json(one.parts)}
    plain = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


@cache
def texts(language: str) -> dict[str, str]:
    found = files("vaiti.rights").joinpath(f"texts/letters.{language}.txt")
    return paragraphs(found.read_text("utf-8"))


@cache
def blanks(language: str) -> dict[str, str]:
    """What stands in brackets for a fact that is not known."""
    text = files("vaiti.rights").joinpath("texts/letter_words.json").read_text("utf-8")
    found: dict[str, dict[str, dict[str, str]]] = json.loads(text)
    return found[language]["blanks"]


def _draft(letter_id: UUID) -> LetterRow:
    row = LetterRow.objects.select_for_update().filter(id=letter_id).first()
    if row is None or row.sent_at is not None:
        raise LetterRefused("sent")
    return row


def _as_json(parts: Sequence[Part]) -> list[list[str]]:
    return [[part.element, part.text] for part in parts]


def _parts(row: LetterRow) -> tuple[Part, ...]:
    return tuple(Part(element, text) for element, text in row.parts)


def _card(row: LetterRow) -> Card:
    return Card(
        id=row.id,
        reference=row.reference,
        kind=Letter(row.kind),
        language=row.language,
        title=row.title,
        parts=_parts(row),
        made_at=row.made_at,
        sent_at=row.sent_at,
        sent_how=row.sent_how,
    )


def _log(kind: Kind, row: LetterRow, by: str, facts: Facts, now: datetime) -> UUID:
    told: Facts = {
        "reference": row.reference,
        "letter": row.kind,
        "language": row.language,
        **facts,
    }
    return log.append(kind, actor=by, subject=row.id.hex, facts=told, now=now)
