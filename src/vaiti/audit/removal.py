"""Removes what entries said, when its time has come. The leaves stay, and so does the proof."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Content


def forget(leaf_ids: Iterable[UUID], *, actor: str, reason: str, now: datetime) -> int:
    """Removes the content of these entries in the caller's transaction; returns how many had any.

    Each removal is an entry itself, naming the leaf: content that is gone without one is a fault
    that verification reports. Removal entries are kept: asking for one raises ValueError.
    """
    contents = list(Content.objects.filter(leaf__in=list(leaf_ids)).select_related("leaf"))
    for content in contents:
        if content.leaf.kind == Kind.AUDIT_CONTENT_REMOVED:
            raise ValueError("an entry that records a removal is not removed")
        leaf_id = content.leaf.id.hex
        content.delete()
        log.append(
            Kind.AUDIT_CONTENT_REMOVED,
            actor=actor,
            subject=leaf_id,
            facts={"reason": reason},
            now=now,
        )
    return len(contents)
