"""Writes the rows of a long list: their template is rendered once for each shape that rows have.

Django's templates take longest where a list has dozens of rows of a dozen words each. What differs
from row to row are a few words, which are put in escaped, and a few yeses and noes, which make the
shape.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

_MARK: Final = re.compile("\ue000([a-z_]+)\ue001")  # no template holds these two characters
_BETWEEN: Final = re.compile(r">\s+<")


@dataclass(frozen=True, slots=True)
class _Learned:
    """What the template says around the words, and which word, by its number, comes between."""

    said: list[str]
    between: list[int]


@dataclass(slots=True)
class Shapes:
    """Of one template, in which every word of a row stands where text or a value may stand."""

    template: str
    _known: dict[tuple[object, ...], _Learned] = field(default_factory=dict)

    def write(self, shape: Mapping[str, object], words: Mapping[str, object]) -> SafeString:
        """One row. `shape` has few values; the names in both are the same for every row, and in
        the same order."""
        key = (get_language(), *shape.values())
        learned = self._known.get(key)
        if learned is None:
            learned = self._known[key] = self._learn(shape, words)
        safe = _escaped(words)
        written = list(learned.said)
        written[1::2] = [safe[number] for number in learned.between]
        return SafeString("".join(written))

    def _learn(self, shape: Mapping[str, object], words: Mapping[str, object]) -> _Learned:
        marks = {name: f"\ue000{name}\ue001" for name in words}
        text = render_to_string(self.template, {**shape, **marks})
        parts = _MARK.split(_BETWEEN.sub("><", text.strip()))
        numbers = {name: number for number, name in enumerate(words)}
        return _Learned(parts, [numbers[name] for name in parts[1::2]])


def _escaped(words: Mapping[str, object]) -> list[str]:
    """All at once, which is several times quicker than one by one."""
    texts = list(map(str, words.values()))
    safe = escape("\0".join(texts)).split("\0")
    return safe if len(safe) == len(texts) else [escape(text) for text in texts]
