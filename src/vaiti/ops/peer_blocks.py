"""The settings file with one [[peer]] block changed or taken out; the rest stays as written.

Comments and the order of things are somebody's work, so the text is edited and not written anew.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence

from vaiti.ops.sections.reading import WeakSettings

BLOCK = "[[peer]]"
_TABLE = re.compile(r"\s*\[")


def without(text: str, name: str) -> str:
    """Raises WeakSettings where there is no such block."""
    lines = text.splitlines(keepends=True)
    first, end = _place(lines, name)
    while first and not lines[first - 1].strip():
        first -= 1
    return "".join([*lines[:first], *lines[end:]])


def changed(text: str, name: str, values: Mapping[str, str]) -> str:
    """`values` as they stand behind the equals signs. Raises WeakSettings."""
    lines = text.splitlines(keepends=True)
    first, end = _place(lines, name)
    block = lines[first:end]
    for key, value in values.items():
        at, behind = _entry(block, key)
        block[at:behind] = [f"{key} = {value}\n"]
    return "".join([*lines[:first], *block, *lines[end:]])


def _place(lines: Sequence[str], name: str) -> tuple[int, int]:
    """The lines of the peer's block: from its head to before the next table's."""
    heads = [at for at, line in enumerate(lines) if line.split("#")[0].strip() == BLOCK]
    for first in heads:
        end = _end(lines, first + 1)
        [peer] = _read("".join(lines[first:end])).get("peer", [{}])
        if peer.get("name") == name:
            while end > first + 1 and not lines[end - 1].strip():
                end -= 1
            return first, end
    raise WeakSettings(f"no block {BLOCK} of the settings file has this name; see vaiti peer list")


def _end(lines: Sequence[str], first: int) -> int:
    """Where the next table begins. A bracket inside a list over several lines begins none."""
    for end in range(first, len(lines)):
        if _TABLE.match(lines[end]) and _whole("".join(lines[first:end])):
            return end
    return len(lines)


def _entry(block: Sequence[str], key: str) -> tuple[int, int]:
    """The lines of an entry; where it would stand if it is not there."""
    for at, line in enumerate(block):
        if re.match(rf"\s*{re.escape(key)}\s*=", line):
            behind = at + 1
            while behind < len(block) and not _whole("".join(block[at:behind])):
                behind += 1
            return at, behind
    return len(block), len(block)


def _whole(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _read(text: str) -> Mapping[str, list[dict[str, object]]]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise WeakSettings("a block of the settings file cannot be read; mend it first") from error
