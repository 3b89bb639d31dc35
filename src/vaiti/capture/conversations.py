"""Which of the conversations in one recording session is the customer's (RFC 7865, 6.3).

A sender may put several communication sessions into one recording session: the customer's, and
another in which the agent asks a colleague. Only the customer's is a call of the register.
"""

from collections.abc import Collection, Iterable

from vaiti.capture.siprec.metadata import Key, Metadata
from vaiti.values.masked import MaskedNumber, withheld


def apart(metadata: Metadata, customers: Collection[Key]) -> frozenset[Key]:
    """The sessions in which two or more are without the customer, while others are with them.

    A sender that gives each participant a session of its own means nothing by it.
    """
    inside = {each: _inside(metadata, each) for each in metadata.sessions}
    with_them = {each for each, keys in inside.items() if keys & set(customers)}
    if not any(len(inside[each]) > 1 for each in with_them):
        return frozenset()
    return frozenset(
        each for each, keys in inside.items() if each not in with_them and len(keys) > 1
    )


def takes_part(metadata: Metadata, key: Key, elsewhere: frozenset[Key]) -> bool:
    """Whether somebody is in more than conversations that are kept apart."""
    sessions = metadata.members.get(key, ())
    return not sessions or not elsewhere.issuperset(sessions)


def left_out(
    metadata: Metadata, labels: Iterable[str], elsewhere: frozenset[Key]
) -> frozenset[int]:
    """The places of the streams that carry nothing but conversations kept apart."""
    found = set()
    for place, label in enumerate(labels):
        of = {each.session for each in metadata.streams.values() if label and each.label == label}
        if of and all(each in elsewhere for each in of):
            found.add(place)
    return frozenset(found)


def customer_left(
    metadata: Metadata, key: Key | None, number: MaskedNumber, present: Iterable[MaskedNumber]
) -> bool:
    """Whether the customer's part is over although the recording session goes on: they are said to
    have left, everybody is, a whole snapshot has no customer any more, or it is another one now.
    `present` are the customers' numbers: senders give the same one another identifier."""
    numbers = list(present)
    if metadata.left and not metadata.present:
        return True
    if key is None or key in metadata.present or (number in numbers and number != withheld()):
        return False
    told = bool(numbers) and withheld() not in (number, *numbers)
    missing = key in metadata.left_out and not numbers
    return key in metadata.left or missing or told


def _inside(metadata: Metadata, session: Key) -> frozenset[Key]:
    return frozenset(key for key in metadata.present if session in metadata.members.get(key, ()))
