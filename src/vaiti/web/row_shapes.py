"""Writes the rows of a long list: their template is rendered once for each shape that rows have.

Django's templates take longest where a list has fifty rows of a dozen words each. What differs
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


@dataclass(slots=True)
class Shapes:
    """Of one template, in which every word of a row stands where text or a value may stand."""

    template: str
    _known: dict[tuple[object, ...], list[str]] = field(default_factory=dict)

    def write(self, shape: Mapping[str, object], words: Mapping[str, object]) -> SafeString:
        """One row. `shape` has few values; the names in both are the same for every row."""
        key = (get_language(), *shape.values())
        parts = self._known.get(key)
        if parts is None:
            parts = self._known[key] = self._learn(shape, words)
        # what the template says and the names of words take turns
        written = list(parts)
        safe = {name: escape(str(word)) for name, word in words.items()}
        written[1::2] = [safe[name] for name in parts[1::2]]
        return SafeString("".join(written))

    def _learn(self, shape: Mapping[str, object], words: Mapping[str, object]) -> list[str]:
        marks = {name: f"\ue000{name}\ue001" for name in words}
        text = render_to_string(self.template, {**shape, **marks})
        return _MARK.split(_BETWEEN.sub("><", text.strip()))
