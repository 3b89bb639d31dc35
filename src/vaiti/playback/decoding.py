"""Which recordings this installation has no decoder for. They stay sealed: silence in place of what
was said would be a falsehood."""

from collections.abc import Iterable, Mapping
from typing import Any

from vaiti.audio.codecs import lacking

__all__ = ["NoDecoder", "lacking", "require"]


class NoDecoder(Exception):
    """Some of the call is in codecs that cannot be decoded here."""

    def __init__(self, codecs: Iterable[str]) -> None:
        self.codecs = tuple(codecs)
        super().__init__(f"no decoder for {', '.join(self.codecs)}")


def require(facts: Mapping[str, Any]) -> None:
    """Raises NoDecoder unless every stretch of the recording can be heard."""
    if found := lacking(str(epoch["codec"]) for epoch in facts["epochs"]):
        raise NoDecoder(found)
