"""Which recordings, and which stretches of them, this installation has no decoder for. They stay
sealed: silence in place of what was said would be a falsehood, so such a stretch is marked."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from vaiti.audio.codecs import lacking

__all__ = ["NoDecoder", "lacking", "require", "require_all", "undecoded", "unplayable"]

NOISE = "CN"
"""Comfort noise: nobody speaks in it, and it ends no stretch of another codec."""

Span = tuple[int, int]


class NoDecoder(Exception):
    """What is asked for is in codecs that cannot be decoded here."""

    def __init__(self, codecs: Iterable[str]) -> None:
        self.codecs = tuple(codecs)
        super().__init__(f"no decoder for {', '.join(self.codecs)}")


def unplayable(codecs: Iterable[str]) -> bool:
    """Whether nothing of a recording in these codecs can be heard."""
    spoken = set(codecs) - {NOISE}
    return bool(spoken) and spoken <= set(lacking(spoken))


def require(facts: Mapping[str, Any]) -> None:
    """Raises NoDecoder unless some stretch of the recording can be heard."""
    codecs = _codecs(facts)
    if unplayable(codecs):
        raise NoDecoder(lacking(codecs))


def require_all(facts: Mapping[str, Any]) -> None:
    """Raises NoDecoder unless every stretch of the recording can be heard: for copies."""
    if found := lacking(_codecs(facts)):
        raise NoDecoder(found)


def undecoded(
    facts: Mapping[str, Any], tracks: Collection[int], from_us: int, to_us: int
) -> list[Span]:
    """The stretches between the two instants, in order, in which one of these tracks came in a
    codec that cannot be decoded here."""
    spans: list[Span] = []
    for since, until in sorted(_stretches(facts, tracks, to_us)):
        begins, ends = max(since, from_us), min(until, to_us)
        if begins >= ends:
            continue
        if spans and begins <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(ends, spans[-1][1]))
        else:
            spans.append((begins, ends))
    return spans


def _stretches(facts: Mapping[str, Any], tracks: Collection[int], to_us: int) -> Iterable[Span]:
    """An epoch lasts until the next one of its track."""
    missing = set(lacking(_codecs(facts)))
    for track in tracks if missing else ():
        mine = [
            (int(each["first_us"]), str(each["codec"]))
            for each in facts["epochs"]
            if each["track"] == track and each["codec"] != NOISE
        ]
        mine.sort()
        ends = [begins for begins, _ in mine[1:]] + [to_us]
        for (begins, codec), end in zip(mine, ends, strict=True):
            if codec in missing:
                yield begins, end


def _codecs(facts: Mapping[str, Any]) -> set[str]:
    return {str(epoch["codec"]) for epoch in facts["epochs"]}
