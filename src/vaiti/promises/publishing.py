"""Which sentences anybody may see, as the officer signed it off; the newest sign-off counts."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit import log
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.notice.sentences import Wording
from vaiti.promises.models import Publication


def publish(wording: Wording, chosen: Collection[str], by: UUID, now: datetime) -> tuple[str, ...]:
    """Shows these sentences of the notice to everybody, and no others; with none, no page."""
    some = tuple(one.id for one in wording.sentences if one.id in chosen)
    with transaction.atomic():
        Publication.objects.create(sentences=list(some), person_id=by, at=now)
        facts: Facts = {"count": len(some)}
        kind = Kind.PROMISES_PAGE_PUBLISHED if some else Kind.PROMISES_PAGE_WITHDRAWN
        log.append(kind, actor=by.hex, facts=facts, now=now)
    return some


def published() -> tuple[str, ...]:
    newest = Publication.objects.order_by("-at").first()
    return tuple(newest.sentences) if newest else ()
