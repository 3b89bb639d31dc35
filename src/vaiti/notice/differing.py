"""What the next version of a notice says and promises otherwise than the last. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass

from vaiti.notice.sentences import LANGUAGES, Wording

NONE: Mapping[str, str] = dict.fromkeys(LANGUAGES, "")


@dataclass(frozen=True, slots=True)
class Words:
    """A sentence in each language, before and after; empty where there was or will be none."""

    id: str
    before: Mapping[str, str]
    after: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting or a line of the controller record, as text."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    words: tuple[Words, ...]
    settings: tuple[Setting, ...]


def difference(old: Wording | None, new: Wording) -> Difference:
    """Without an old one everything is new."""
    return Difference(tuple(_words(old, new)), tuple(_settings(old, new)))


def _words(old: Wording | None, new: Wording) -> Iterator[Words]:
    before = {one.id: one.text for one in old.sentences} if old else {}
    after = {one.id: one.text for one in new.sentences}
    for name in [*after, *(one for one in before if one not in after)]:
        was, is_now = before.get(name, NONE), after.get(name, NONE)
        if dict(was) != dict(is_now):
            yield Words(name, was, is_now)


def _settings(old: Wording | None, new: Wording) -> Iterator[Setting]:
    before, after = _told(old) if old else {}, _told(new)
    for name, said in after.items():
        if before.get(name, "") != said:
            yield Setting(name, before.get(name, ""), said)


def _told(wording: Wording) -> dict[str, str]:
    promised = wording.promised
    settings = {
        name: _text(getattr(promised, name))
        for name in type(promised).__dataclass_fields__
        if name != "basis"
    }
    grounds = {f"basis.{purpose}": ground for purpose, ground in promised.basis.items()}
    of_us = {f"controller.{key}": said for key, said in asdict(wording.controller).items()}
    return {**settings, **grounds, **of_us}


def _text(value: object) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
