"""The undertaking of secrecy: its texts by version, and who has given it (N-34)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people.course_text import LANGUAGES, MAX_TEXT, digest
from vaiti.people.expiry import Term
from vaiti.people.models import Undertaking, UndertakingVersion
from vaiti.people.training import present


class SecrecyError(ValueError):
    """What was asked cannot be done; the sentence says what to change."""


@dataclass(frozen=True, slots=True)
class UndertakingText:
    """One version, as it is shown before it is accepted."""

    version: str
    valid_from: datetime
    texts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Promise:
    """An undertaking that a person has given; `valid_to` is when it ceased to be enough."""

    version: str
    signed_on: date
    source: str
    valid_to: datetime | None


def publish(table: Mapping[str, Any], term: Term, *, by: str, now: datetime) -> int:
    """Publishes the next text; how many promises to earlier texts it ends, at `again_by`.

    The table has `version`, `text` (sv, fi, en) and may have `again_by`, a day.
    Raises SecrecyError.
    """
    version, texts = _read(table)
    again_by = _again_by(table.get("again_by"), term, now)
    with transaction.atomic():
        if UndertakingVersion.objects.filter(version=version).exists():
            raise SecrecyError("this version is published already; give the next one its own name")
        UndertakingVersion.objects.create(
            version=version,
            valid_from=now,
            texts=texts,
            sha256=digest(texts),
            again_by=again_by,
        )
        ended = 0
        if again_by is not None:
            ended = Undertaking.objects.filter(valid_to__isnull=True).update(valid_to=again_by)
        facts: dict[str, Fact] = {"version": version, "sha256": digest(texts), "ended": ended}
        log.append(Kind.PEOPLE_UNDERTAKING_PUBLISHED, actor=by, facts=facts, now=now)
    return ended


def _read(table: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    unknown = set(table) - {"version", "text", "again_by"}
    if unknown:
        raise SecrecyError(f"the undertaking has the unknown key {sorted(unknown)[0]}")
    version, texts = table.get("version"), table.get("text")
    if not isinstance(version, str) or not 0 < len(version) <= 32 or not version.isprintable():
        raise SecrecyError("version is a text of 1 to 32 characters, in quotes")
    if not isinstance(texts, Mapping) or set(texts) != set(LANGUAGES):
        raise SecrecyError("text is given in sv, fi and en, each once")
    for language, text in texts.items():
        if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT:
            raise SecrecyError(f"text in {language} is of 1 to {MAX_TEXT} characters")
    return version, {language: texts[language].strip() for language in LANGUAGES}


def _again_by(day: object, term: Term, now: datetime) -> datetime | None:
    if day is None:
        return None
    if type(day) is not date:
        raise SecrecyError("again_by is a day without quotes, such as 2027-01-31")
    instant = term.midnight_after(day)
    if instant <= now:
        raise SecrecyError("again_by is over; give a day that is to come")
    return instant


def given_text() -> UndertakingText | None:
    """The text that is asked for now; None before the first."""
    row = UndertakingVersion.objects.order_by("-valid_from").first()
    return None if row is None else UndertakingText(row.version, row.valid_from, row.texts)


def accept(person_id: UUID, version: str, language: str, term: Term, now: datetime) -> None:
    """The person's own promise, to the text that is asked for now. Raises SecrecyError."""
    text = given_text()
    if text is None or text.version != version or language not in LANGUAGES:
        raise SecrecyError("the text has changed; read it again")
    day = term.day_of(now)
    with transaction.atomic():
        enter(person_id, version, day, by=person_id.hex, now=now, language=language)


def enter(
    person_id: UUID,
    version: str,
    signed_on: date,
    *,
    by: str,
    now: datetime,
    language: str = "",
    source: str = "",
) -> bool:
    """Enters a promise, unless it stands already. Raises SecrecyError; needs a transaction."""
    person = present(person_id, now)
    text = UndertakingVersion.objects.filter(version=version).first()
    if text is None:
        raise SecrecyError("there is no undertaking of this version")
    valid_to = _superseded(text)
    if valid_to is not None and valid_to <= now:
        raise SecrecyError("a newer text must be accepted instead")
    if Undertaking.objects.filter(person=person, version=text, valid_to=valid_to).exists():
        return False
    row = Undertaking.objects.create(
        person=person,
        version=text,
        language=language,
        source=source,
        signed_on=signed_on,
        valid_from=now,
        valid_to=valid_to,
    )
    facts: dict[str, Fact] = {
        "undertaking": row.id.hex,
        "version": version,
        "signed_on": signed_on.isoformat(),
        "imported": bool(source),
    }
    log.append(Kind.PEOPLE_UNDERTAKING_GIVEN, actor=by, subject=person.id.hex, facts=facts, now=now)
    return True


def _superseded(text: UndertakingVersion) -> datetime | None:
    later = UndertakingVersion.objects.filter(
        valid_from__gt=text.valid_from, again_by__isnull=False
    )
    return later.order_by("again_by").values_list("again_by", flat=True).first()


def promises_of(person_id: UUID) -> list[Promise]:
    """What the person has promised, newest first."""
    rows = Undertaking.objects.filter(person_id=person_id).order_by("-valid_from")
    return [Promise(row.version_id, row.signed_on, row.source, row.valid_to) for row in rows]


def withdraw(person_id: UUID, *, by: str, now: datetime) -> None:
    """The records count no more from `now` on, as when one was entered for the wrong person."""
    rows = Undertaking.objects.filter(person_id=person_id)
    with transaction.atomic():
        ended = rows.filter(valid_to__isnull=True).update(valid_to=now)
        ended += rows.filter(valid_to__gt=now).update(valid_to=now)
        if not ended:
            raise SecrecyError("this person has given no undertaking that counts now")
        log.append(
            Kind.PEOPLE_UNDERTAKING_WITHDRAWN,
            actor=by,
            subject=person_id.hex,
            facts={"ended": ended},
            now=now,
        )
