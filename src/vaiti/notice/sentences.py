"""What a notice is made of: sentences, what stands behind each, and what it promises. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal, get_args

Lang = Literal["sv", "fi", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)


class Kind(StrEnum):
    """What stands behind a sentence: checks of a machine, somebody's word, or that it is so."""

    PROVEN = "proven"
    ATTESTED = "attested"
    STATEMENT = "statement"


@dataclass(frozen=True, slots=True)
class Controller:
    """Who answers for the register (N-01), and where the data protection officer is (N-02)."""

    name: str
    business_id: str
    privacy_contact: str
    postal_address: str = ""
    visiting_address: str = ""
    telephone: str = ""
    web: str = ""
    email: str = ""
    desk_name: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """`checks` of a proven one; `attests` what somebody vouches for, for `lasts_months`.

    `states`: the settings that it says. `requirements`: what it covers, itself if nothing is said.
    """

    id: str
    kind: Kind
    text: Mapping[str, str]
    checks: tuple[str, ...] = ()
    attests: str = ""
    lasts_months: int = 0
    states: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    def quoted(self) -> str:
        """Its id and its words, for whoever is told that something breaks it."""
        return f'{self.id}, "{self.text["en"]}"'


@dataclass(frozen=True, slots=True)
class Promised:
    """The settings that the notice states. Names are the keys of `states` in the file."""

    period_months: int
    zone: str
    mask: int
    fields: tuple[str, ...]
    purposes: tuple[str, ...]
    roles: tuple[str, ...]
    lines: tuple[str, ...]
    places: tuple[str, ...]
    channels: tuple[str, ...]
    recipients: tuple[str, ...]
    basis: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Joint:
    """One of those who decide together with the controller (GDPR Article 26): what it answers for,
    by language. The controller's own part may be among them."""

    name: str
    business_id: str
    contact: str
    does: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Wording:
    """One notice. `headings`: by the sentence before which one stands. `sha256` of the file.
    `joint`: who decides together, where it is not the controller alone."""

    name: str
    version: str
    controller: Controller
    promised: Promised
    sentences: tuple[Sentence, ...]
    sha256: str
    headings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    joint: tuple[Joint, ...] = ()

    def saying(self, setting: str) -> Sentence:
        """The first sentence that states the setting; each setting has one."""
        return next(one for one in self.sentences if setting in one.states)

    def texts(self) -> dict[str, str]:
        """The whole notice by language: a heading or a sentence on each line."""
        return {lang: "\n".join(self._lines(lang)) for lang in LANGUAGES}

    def _lines(self, lang: str) -> Iterator[str]:
        for one in self.sentences:
            if one.id in self.headings:
                yield self.headings[one.id][lang]
            yield one.text[lang]
