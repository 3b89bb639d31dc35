"""Removes what entries said, when its time has come. The leaves stay, and so does the proof."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from vaiti.audit import log
from vaiti.audit.kinds import Kind
from vaiti.audit.models import Leaf


def forget(leaf_ids: Iterable[UUID], *, actor: str, reason: str, now: datetime) -> int:
    """Removes the content of these entries in the caller's transaction; returns how many had any.

    Each removal is an entry itself, naming the leaf: content that is gone without one is a fault
    that verification reports. Removal entries are kept: asking for one raises ValueError.
    """
    said = Leaf.objects.filter(id__in=list(leaf_ids), salt__isnull=False)
    names = list(said.values_list("id", "kind"))
    if any(kind == Kind.AUDIT_CONTENT_REMOVED for _, kind in names):
        raise ValueError("an entry that records a removal is not removed")
    said.update(salt=None, body="", actor="", subject="")
    log.append_all(
        Kind.AUDIT_CONTENT_REMOVED,
        [(leaf_id.hex, {"reason": reason}) for leaf_id, _ in names],
        actor=actor,
        now=now,
    )
    return len(names)
