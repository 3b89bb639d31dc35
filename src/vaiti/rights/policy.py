"""The rules of this room that a deployment sets."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from vaiti.rights.holidays import Calendar


@dataclass(frozen=True, slots=True)
class Premises:
    """Where people may come to listen; `room` there, and `access`: how one gets in, and what helps
    to hear there. What ends with `_in` has the same by language, where it is another text."""

    name: str
    label: str
    address: str
    access: str = ""
    room: str = ""
    label_in: Mapping[str, str] = field(default_factory=dict)
    address_in: Mapping[str, str] = field(default_factory=dict)
    access_in: Mapping[str, str] = field(default_factory=dict)
    room_in: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str) -> "Premises":
        return replace(
            self,
            label=self.label_in.get(language, self.label),
            address=self.address_in.get(language, self.address),
            access=self.access_in.get(language, self.access),
            room=self.room_in.get(language, self.room),
        )


@dataclass(frozen=True, slots=True)
class Contact:
    """Where letters to the controller go, where one may come, and who the officer is asked by;
    `postal_in` and `visiting_in` by language, where an address is written otherwise."""

    postal: str = ""
    visiting: str = ""
    telephone: str = ""
    officer: str = ""
    postal_in: Mapping[str, str] = field(default_factory=dict)
    visiting_in: Mapping[str, str] = field(default_factory=dict)

    def said(self, language: str) -> "Contact":
        return replace(
            self,
            postal=self.postal_in.get(language, self.postal),
            visiting=self.visiting_in.get(language, self.visiting),
        )


@dataclass(frozen=True, slots=True)
class CaseRules:
    """`keep`: how long a closed case stays (requirements 2.3, point 8). `handlers`: how many
    trained handlers there are at least (question i). `hold_after`: how long its calls are kept
    after a case was closed (question c). `premises`: where people may come to listen (N-43)."""

    calendar: Calendar = field(default_factory=Calendar)
    keep: timedelta = timedelta(days=3 * 366)
    handlers: int = 2
    hold_after: timedelta = timedelta(days=14)
    premises: tuple[Premises, ...] = ()
    contact: Contact = field(default_factory=Contact)

    def premises_of(self, name: str, language: str = "") -> Premises | None:
        """As they are called in this language."""
        return next((one.said(language) for one in self.premises if one.name == name), None)
