"""An entry as verification takes it, from its rows."""

from vaiti.audit.models import Leaf
from vaiti.audit.verification import Body, Entry
from vaiti.values.clock import to_micros


def entry_of(leaf: Leaf, *, placed: bool = True) -> Entry:
    """Not `placed`: as if it had no place yet, though it may have got one since."""
    return Entry(
        seq=leaf.seq if placed else None,
        leaf_id=leaf.id,
        at_us=to_micros(leaf.at),
        kind=leaf.kind,
        commitment=bytes(leaf.commitment),
        body=None if leaf.salt is None else Body(bytes(leaf.salt), leaf.body),
    )
