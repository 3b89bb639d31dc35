"""By what it may be known who is the customer and who is heard on a stream. Pure."""

import re
from collections.abc import Sequence

METADATA, HEADERS, LABELS = "metadata", "headers", "labels"
CALLER_FIRST, CALLEE_FIRST = "caller-first", "callee-first"
CUSTOMER_FIRST, AGENT_FIRST = "customer-first", "agent-first"
GUESS = "order"
SOURCES = (
    *(METADATA, HEADERS, LABELS),
    *(CALLER_FIRST, CALLEE_FIRST, CUSTOMER_FIRST, AGENT_FIRST, GUESS),
)
DEFAULT = (METADATA, HEADERS, GUESS)
"""Where roles come from unless a peer says otherwise; what is in no list is not asked."""

MAX_LABELS = 16
_LABEL = re.compile(r"[A-Za-z0-9._-]{1,32}")


def fault(sources: Sequence[str], labels: Sequence[str]) -> str:
    """What is to be changed in a peer's settings, or "". `labels` are those of both sides."""
    if not 0 < len(sources) <= len(SOURCES) or not set(sources) <= set(SOURCES):
        return f"roles_from names, in their order, some of {', '.join(SOURCES)}"
    small = {each.lower() for each in labels}
    plain = all(map(_LABEL.fullmatch, labels))
    if not plain or len(labels) > MAX_LABELS or len(small) < len(labels):
        return "customer_labels and agent_labels are at most 16 labels, each in one of the two"
    if (LABELS in sources) is not bool(labels):
        return "labels in roles_from and customer_labels or agent_labels go together: give both"
    return ""
