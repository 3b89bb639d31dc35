"""The bytes of an entry: what its commitment covers and what its leaf of the tree is. Pure.

An entry is in two halves. The body (actor, subject, facts) is committed to with a salt of its own,
so that it can be removed when its time comes; the leaf (id, instant, kind, commitment) stays.
"""

import hashlib
from collections.abc import Callable, Mapping
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any
from uuid import UUID

Fact = str | int | bool | None
Facts = Mapping[str, Fact]

SALT_LENGTH = 32  # in bytes
MAX_FACTS = 16
MAX_TEXT = 200  # in characters, of a fact's name or value
_TOO_LONG = f"a fact is at most {MAX_TEXT} characters long"


class EntryError(ValueError):
    """The entry cannot be logged as it is; the sentence says what to change."""


def body_text(actor: str, subject: str, facts: Facts) -> str:
    """Canonical JSON of the part that may be removed. Raises EntryError for unfit facts."""
    said = ",".join([written + _value(facts[name]) for name, written in _names(tuple(facts))])
    return f'{{"actor":{quoted(actor)},"facts":{{{said}}},"subject":{quoted(subject)}}}'


def commitment(salt: bytes, body: str) -> bytes:
    """SHA-256 over the salt and the body's UTF-8 bytes."""
    return hashlib.sha256(salt + body.encode()).digest()


def leaf_data(leaf_id: UUID, at_us: int, kind: str, committed: bytes) -> bytes:
    """The leaf input of RFC 9162 section 2.1.1: canonical JSON, UTF-8."""
    return (
        f'{{"at_us":{at_us},"commitment":"{committed.hex()}","id":"{leaf_id.hex}",'
        f'"kind":{quoted(kind)}}}'
    ).encode()


@lru_cache(512)
def _names(names: tuple[str, ...]) -> list[tuple[str, str]]:
    """In order, each with how JSON writes it. A kind of act has the same each time."""
    if len(names) > MAX_FACTS:
        raise EntryError(f"an entry has at most {MAX_FACTS} facts")
    if any(len(name) > MAX_TEXT for name in names):
        raise EntryError(_TOO_LONG)
    return [(name, f"{quoted(name)}:") for name in sorted(names)]


def _value(fact: object) -> str:
    """As JSON writes it. A general encoder takes four times as long, and every act waits for it.

    The exact types, so that nothing wrapped as personal data can slip in as text.
    """
    kind = type(fact)
    if kind not in _WRITTEN:
        raise EntryError("a fact is a text, a whole number, true, false or nothing")
    if kind is str and len(str(fact)) > MAX_TEXT:
        raise EntryError(_TOO_LONG)
    return _WRITTEN[kind](fact)


_WRITTEN: dict[type, Callable[[Any], str]] = {
    bool: {True: "true", False: "false"}.__getitem__,
    int: str,
    str: quoted,
    type(None): {None: "null"}.__getitem__,
}
