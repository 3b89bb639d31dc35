"""Dated rows as words: what stands, what is to come, and what is over."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from vaiti.people import book
from vaiti.people.delegation import Handed
from vaiti.people.directory import DeviceUsed, Profile, RoleHeld, TeamBeen
from vaiti.web.history import person_of
from vaiti.web.moments import Moments
from vaiti.web.wording import words


@dataclass(frozen=True, slots=True)
class Dated:
    """Something with its dates. `now`: it stands; `key` names it in a form that ends it."""

    label: str
    dates: str = ""
    note: str = ""
    now: bool = False
    coming: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class Stays:
    """A person's dated rows, newest first in each."""

    roles: list[Dated]
    teams: list[Dated]
    devices: list[Dated]
    delegations: list[Dated]

    @classmethod
    def of(cls, one: Profile, see: Moments) -> "Stays":
        known = book.names(
            found for held in one.roles if (found := person_of(held.granted_by)) is not None
        )
        granters = {found.hex: name for found, name in known.items()}
        return cls(
            [_role(held, granters, see, one.ends) for held in one.roles],
            [_team(been, see, one.ends) for been in one.teams],
            [_device(used, see, one.ends) for used in one.devices],
            [handed(each, see) for each in one.delegations],
        )


@dataclass(frozen=True, slots=True)
class Stretch:
    """From when to when. Nothing stands longer than its person does, whatever its own end."""

    begins: datetime
    ends: datetime | None
    left: datetime | None

    def as_row(self, see: Moments, label: str, key: str, note: str = "") -> Dated:
        last = min(filter(None, (self.ends, self.left)), default=None)
        return Dated(
            label,
            dates=written(self.begins, last, see),
            note=note,
            now=self.begins <= see.now and (last is None or see.now < last),
            coming=see.now < self.begins and (last is None or self.begins < last),
            key=key,
        )


def written(begins: datetime, ends: datetime | None, see: Moments) -> str:
    if ends is None:
        return _("from %(when)s") % {"when": see.day_and_time(begins)}
    return f"{see.day_and_time(begins)} – {see.day_and_time(ends)}"


def _role(held: RoleHeld, names: dict[str, str], see: Moments, left: datetime | None) -> Dated:
    by = names.get(held.granted_by) or words.doer(held.granted_by)
    stretch = Stretch(held.begins, held.ends, left)
    return stretch.as_row(see, words.role(held.kind), held.kind, by)


def _team(been: TeamBeen, see: Moments, left: datetime | None) -> Dated:
    stretch = Stretch(been.begins, been.ends, left)
    return stretch.as_row(see, been.name, been.team.hex, "leads" if been.leads else "")


def _device(used: DeviceUsed, see: Moments, left: datetime | None) -> Dated:
    return Stretch(used.begins, used.ends, left).as_row(see, used.device, used.device)


def handed(one: Handed, see: Moments) -> Dated:
    label = f"{one.team_name}: {one.giver_name} → {one.receiver_name}"
    stretch = Stretch(one.begins, one.ends, None)
    return stretch.as_row(see, label, one.id.hex, words.reason(one.reason))
