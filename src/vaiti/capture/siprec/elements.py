"""Where senders put what RFC 7865 puts somewhere else: identifiers, addresses, references.

Drafts of the standard had addresses and labels in elements of their own, associations inside what
they associate, and other names; senders that follow one of them are read like the others.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from vaiti.capture.siprec import xml
from vaiti.values.personal import Personal

Key = Personal[str]
"""An identifier of the sender's; comparable and hashable, never printed."""

MAX_REFERENCES = 64  # of one element
SHORTEST_UUID = 32  # characters
MAX_ENDED = 64  # communication sessions that one document says are over
_MARKS = re.compile(r"[-_]")
_BETWEEN = re.compile(r"[\s,;]+")
_UUID = re.compile(r"(?:urn:uuid:)?\{?([0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12})\}?", re.I)
_ADDRESS = ("aor", "uri", "address")
_SCHEME = re.compile(r"\s*(?:sips?|tel):", re.I)


class ByName:
    """The elements of a document by name. It stands beside the root, and not in it: what holds
    itself is garbage that has to be looked for, with each call."""

    def __init__(self, root: xml.Element, every: Iterable[xml.Element]) -> None:
        """`every`: the root and all that is in it."""
        self._root, self._every = root, every
        self._below = _by_name(root.children)
        self._anywhere: dict[str, list[xml.Element]] | None = None

    def all(self, tag: str) -> list[xml.Element]:
        """Those at their place under the root; where there are none, any that are no
        extension's."""
        below = self._below.get(tag)
        if below:
            return below
        if self._anywhere is None:
            space = self._root.space
            self._anywhere = _by_name(each for each in self._every if each.space == space)
        return self._anywhere.get(tag) or []


def _by_name(elements: Iterable[xml.Element]) -> dict[str, list[xml.Element]]:
    found: dict[str, list[xml.Element]] = {}
    names: dict[str, str] = {}
    for each in elements:
        name = names.get(each.tag) or names.setdefault(each.tag, plain(each.tag))
        found.setdefault(name, []).append(each)
    return found


def plain(tag: str) -> str:
    """`participant-stream-association` is `participantstreamassoc`."""
    if "association" not in tag and tag.isalnum():
        return tag  # as the standard has it, and most senders
    short = _MARKS.sub("", tag)
    for ending in ("associations", "association"):
        short = f"{short.removesuffix(ending)}assoc" if short.endswith(ending) else short
    return short


def identifier(element: xml.Element, *names: str) -> Key | None:
    for name in names:
        if value := element.attributes.get(name, "").strip():
            return Personal(same(value))
    return None


def same(value: str) -> str:
    """A UUID is the same in any spelling."""
    found = _UUID.fullmatch(value) if len(value) >= SHORTEST_UUID else None
    return found[1].lower() if found else value


def addresses(element: xml.Element, most: int) -> list[tuple[str, str]]:
    """A participant's addresses with their names."""
    found = [(address(each), text(each, "name")) for each in element.all("nameid")]
    if not found:
        said = [each.text for each in element.all("aor")] or [address(element)]
        found = [(each, text(element, "name")) for each in said if each]
    return found[:most]


def address(element: xml.Element) -> str:
    """As an attribute, in an element of its own, or as the whole text."""
    given = (element.attributes.get(name, "") or text(element, name) for name in _ADDRESS)
    said = next(filter(None, given), "") or (element.text if _SCHEME.match(element.text) else "")
    return said.strip()


def text(element: xml.Element, tag: str) -> str:
    child = element.first(tag)
    return child.text if child is not None else ""


def label(element: xml.Element) -> str:
    return text(element, "label") or element.attributes.get("label", "").strip()


def left(element: xml.Element) -> bool:
    """Whether it says that somebody has left and not come back. Both times are of one clock, so
    that it does not matter whether it is right."""
    gone = text(element, "disassociate-time")
    return bool(gone) and not _later(text(element, "associate-time"), gone)


def _later(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) > datetime.fromisoformat(other)
    except (TypeError, ValueError):  # no time, or only one of them with a zone
        return False


def ended(named: ByName) -> frozenset[Key]:
    """The communication sessions that are over, or recorded in this session no more."""
    over = [each for each in named.all("session") if text(each, "stop-time")]
    over += [each for each in named.all("sessionrecordingassoc") if left(each)]
    found = (identifier(each, "session_id", "id", "session") for each in islice(over, MAX_ENDED))
    return frozenset(key for key in found if key is not None)


def groups(named: ByName, most: int) -> tuple[Key, ...]:
    """What ties communication sessions together, where it is told and where it is referred to; a
    group that was taken apart ties nothing."""
    told = named.all("group")
    apart = [each for each in told if left(each)]
    kept = [each for each in told if not left(each)]
    away = {identifier(each, "group_id", "id") for each in apart}
    found = [identifier(each, "group_id", "id") for each in islice(kept, most)]
    referred = [text(each, "group-ref") for each in named.all("session")[:most]]
    found += [Personal(same(each)) for each in referred if each]
    return tuple(dict.fromkeys(key for key in found if key is not None and key not in away))


def clues(named: ByName, most: int) -> tuple[Key, ...]:
    """What else a sender says of its communication sessions that it would say of them again: the
    identifier that telephones use (RFC 7989), and when each began, as written."""
    said = (
        f"{tag} {value}"
        for each in named.all("session")[:most]
        for tag in ("sipsessionid", "start-time")
        if (value := text(each, tag))
    )
    return tuple(map(Personal, said))


def references(element: xml.Element, tag: str) -> tuple[Key, ...]:
    """The streams named by `<send>x</send>`, `<send stream_id="x"/>` or, as BroadWorks has it,
    `<send><id>x</id></send>`. Several in one are taken, too; an identifier may have blanks."""
    found: list[Key] = []
    for each in element.all(tag):
        said = each.text or text(each, "id")
        known = identifier(each, "stream_id", "stream", "id") if not said else None
        if known:
            found.append(known)
        elif _BETWEEN.search(said):
            words = dict.fromkeys((said, *_BETWEEN.split(said)))
            found += [Personal(same(word)) for word in words if word]
        elif said:
            found.append(Personal(same(said)))
    return tuple(found[:MAX_REFERENCES])
