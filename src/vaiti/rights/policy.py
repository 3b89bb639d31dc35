"""The rules of this room that a deployment sets."""

from dataclasses import dataclass, field
from datetime import timedelta

from vaiti.rights.holidays import Calendar


@dataclass(frozen=True, slots=True)
class Premises:
    """Where people may come to listen; `room` there, and `access`: how one gets in, and what helps
    to hear there."""

    name: str
    label: str
    address: str
    access: str = ""
    room: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Where letters to the controller go, where one may come, and who the officer is asked by."""

    postal: str = ""
    visiting: str = ""
    telephone: str = ""
    officer: str = ""


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

    def premises_of(self, name: str) -> Premises | None:
        return next((one for one in self.premises if one.name == name), None)
