"""The notice's versions: published once, never changed, each in force until the next (N-03)."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from vaiti.asking.prepared import Prepared
from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.due import MAX_MONTHS
from vaiti.notice.keepable import unkept
from vaiti.notice.models import NoticeVersion
from vaiti.notice.wording import Wording, WordingRefused, read
from vaiti.values.clock import to_micros

LANGUAGES = ("sv", "fi", "en")
MAX_TEXT = 100_000  # in characters, of one language


class NoticeError(ValueError):
    """The version cannot be published; the message says what to change."""


class NoticeAltered(Exception):
    """The stored texts no longer have the hash they were published with."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One version as it was published. `texts` maps language to wording."""

    version: str
    valid_from: datetime
    retention_months: int
    zone: ZoneInfo
    texts: Mapping[str, str]
    sha256: str
    file: str = ""

    @property
    def wording(self) -> Wording | None:
        """What it promises; None of a version from before notices were files."""
        return read(self.file) if self.file else None


def hash_texts(texts: Mapping[str, str]) -> str:
    """SHA-256, hex, over the texts as JSON with sorted keys and no white space, UTF-8."""
    plain = json.dumps(dict(texts), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()


def in_force(at: datetime) -> Notice | None:
    """The version that a caller at `at` was told. Raises NoticeAltered if it was touched since."""
    row = _IN_FORCE.first(at=at)
    return None if row is None else _published(row)


def in_force_between(first: datetime, last: datetime) -> list[Notice]:
    """The versions of which callers from `first` to `last` were told one, the newest first. Raises
    NoticeAltered."""
    later = [_published(row) for row in _BETWEEN.rows(first=first, last=last)]
    earliest = in_force(first)
    return [*later, earliest] if earliest else later


def zone_at(at: datetime) -> ZoneInfo | None:
    """The zone of the version in force, for whoever does not ask what it says."""
    row = _ZONE.first(at=at)
    return ZoneInfo(row[0]) if row else None


_COLUMNS = (
    *("version", "valid_from", "retention_months", "zone"),
    *("texts", "sha256", "wording", "wording_sha256"),
)
_IN_FORCE = Prepared(
    lambda at: (
        NoticeVersion.objects.filter(valid_from__lte=at)
        .order_by("-valid_from")
        .values_list(*_COLUMNS)[:1]
    ),
    at=datetime,
)
_BETWEEN = Prepared(
    lambda first, last: (
        NoticeVersion.objects.filter(valid_from__gt=first, valid_from__lte=last)
        .order_by("-valid_from")
        .values_list(*_COLUMNS)
    ),
    first=datetime,
    last=datetime,
)
_ZONE = Prepared(
    lambda at: (
        NoticeVersion.objects.filter(valid_from__lte=at)
        .order_by("-valid_from")
        .values_list("zone")[:1]
    ),
    at=datetime,
)


def archive() -> list[Notice]:
    """Every version ever published, oldest first."""
    return [_notice(row) for row in NoticeVersion.objects.order_by("valid_from")]


def _published(columns: Sequence[Any]) -> Notice:
    return _notice(NoticeVersion(**dict(zip(_COLUMNS, columns, strict=True))))


def _notice(row: NoticeVersion) -> Notice:
    if hash_texts(row.texts) != row.sha256:
        raise NoticeAltered(f"notice version {row.version} is not the text that was published")
    if row.wording and hashlib.sha256(row.wording.encode()).hexdigest() != row.wording_sha256:
        raise NoticeAltered(f"notice version {row.version} is not the file that was published")
    return Notice(
        version=row.version,
        valid_from=row.valid_from,
        retention_months=row.retention_months,
        zone=ZoneInfo(row.zone),
        texts=row.texts,
        sha256=row.sha256,
        file=row.wording,
    )


def publish_file(text: str, *, valid_from: datetime, by: str, now: datetime) -> Notice:
    """Publishes the version that the file is, with its settings. Raises NoticeError."""
    wording = wanted(text)
    return publish(
        wording.version,
        valid_from=valid_from,
        retention_months=wording.promised.period_months,
        zone=wording.promised.zone,
        texts=wording.texts(),
        by=by,
        now=now,
        file=text,
    )


def wanted(text: str) -> Wording:
    """The notice that the file is, if this software can keep it. Raises NoticeError."""
    try:
        found = read(text)
    except WordingRefused as error:
        raise NoticeError(str(error)) from error
    for broken in unkept(found):
        raise NoticeError(broken)
    return found


def publish(
    version: str,
    *,
    valid_from: datetime,
    retention_months: int,
    zone: str,
    texts: Mapping[str, str],
    by: str,
    now: datetime,
    file: str = "",
) -> Notice:
    """Adds the next version. `by` names who published it; raises NoticeError.

    Only the first version may begin in the past: calls already recorded rest on what their
    callers were told.
    """
    _check(version, retention_months, zone, texts)
    with transaction.atomic():
        require_order(version, valid_from, now)
        row = NoticeVersion.objects.create(
            version=version,
            valid_from=valid_from,
            retention_months=retention_months,
            zone=zone,
            texts=dict(texts),
            sha256=hash_texts(texts),
            wording=file,
            wording_sha256=hashlib.sha256(file.encode()).hexdigest() if file else "",
        )
        facts: Facts = {
            "version": version,
            "valid_from_us": to_micros(valid_from),
            "retention_months": retention_months,
            "sha256": row.wording_sha256 or row.sha256,
        }
        log.append(Kind.NOTICE_VERSION_PUBLISHED, actor=by, facts=facts, now=now)
    return _notice(row)


def _check(version: str, months: int, zone: str, texts: Mapping[str, str]) -> None:
    if not version or len(version) > 32 or not version.isprintable():
        raise NoticeError("name the version with 1 to 32 printable characters")
    if not 1 <= months <= MAX_MONTHS:
        raise NoticeError(f"give the retention in whole months, from 1 to {MAX_MONTHS}")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise NoticeError("name a time zone such as Europe/Helsinki") from error
    if set(texts) != set(LANGUAGES):
        raise NoticeError("give the text in Swedish, Finnish and English (sv, fi, en)")
    if not all(text.strip() and len(text) <= MAX_TEXT for text in texts.values()):
        raise NoticeError(f"each text has at least a word and at most {MAX_TEXT} characters")


def require_order(version: str, valid_from: datetime, now: datetime) -> None:
    """Whether it may follow what is published. Raises NoticeError."""
    newest = NoticeVersion.objects.order_by("-valid_from").first()
    if newest is None:
        return
    if NoticeVersion.objects.filter(version=version).exists():
        raise NoticeError("this version is published already; give the next one its own name")
    if valid_from <= newest.valid_from:
        raise NoticeError("the next version begins after the newest one")
    if valid_from < now:
        raise NoticeError("a version cannot begin in the past")
