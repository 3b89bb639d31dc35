"""Who was where at many devices and instants: asked for at once.

The same as `feed.was_here` and `book.at_device` say of one; `feed.events` asks here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Q

from vaiti.asking.prepared import Prepared
from vaiti.people.feed_models import FeedEvent
from vaiti.people.models import DeviceUse, FormerStay, Person
from vaiti.people.seats import KNOWN_FOR, Event, FeedRules, What

Stretch = tuple[str, datetime, datetime]
"""A device, from and to."""
_Time = tuple[datetime, datetime | None]
Key = TypeVar("Key")
One = TypeVar("One")


@dataclass(frozen=True, slots=True)
class Stood:
    """Of the stretches that it was asked for; of each device its words and users, of each person
    who is named there the stays here and the logins."""

    _words: Mapping[str, Sequence[Event]]
    _users: Mapping[str, Sequence[tuple[UUID, _Time]]]
    _stays: Mapping[UUID, Sequence[_Time]]
    _logins: Mapping[UUID, Sequence[Event]]

    def events(
        self, device: str, from_at: datetime, to_at: datetime, rules: FeedRules
    ) -> list[Event]:
        begins, ends = from_at - KNOWN_FOR, to_at + rules.longest
        here = [one for one in self._words.get(device, ()) if _reaches(one, begins, ends)]
        first = from_at - 2 * rules.longest
        elsewhere = (
            login
            for person in {one.person for one in here}
            for login in self._logins.get(person, ())
            if login.device != device and first < login.from_at < ends
        )
        return [*here, *elsewhere]

    def was_here(self, person: UUID, at: datetime) -> bool:
        return any(_holds(stay, at) for stay in self._stays.get(person, ()))

    def at_device(self, device: str, at: datetime) -> UUID | None:
        used = (one for one, time in self._users.get(device, ()) if _holds(time, at))
        found = {one for one in used if self.was_here(one, at)}
        return found.pop() if len(found) == 1 else None


def stood_at(stretches: Collection[Stretch], rules: FeedRules) -> Stood:
    """Of these devices, within these stretches."""
    devices = sorted({device for device, _, _ in stretches if device})
    if not devices:
        return Stood({}, {}, {}, {})
    first, last = min(one for _, one, _ in stretches), max(one for _, _, one in stretches)
    ends = last + rules.longest
    said = words(devices, first - KNOWN_FOR, ends)
    used = _USES.rows(devices=devices, first=first, last=last)
    named = sorted({one.person for one in said})
    logged = logins(named, first - 2 * rules.longest, ends)
    return Stood(
        _gathered((one.device, one) for one in said),
        _gathered((device, (person, (since, to))) for device, person, since, to in used),
        _stays_of(sorted({*named, *(person for _, person, _, _ in used)})),
        _gathered((one.person, one) for one in logged),
    )


def words(devices: list[str], begins: datetime, ends: datetime) -> list[Event]:
    """What was said of these devices before `ends`, and reaches beyond `begins`."""
    found = _WORDS.rows(devices=devices, begins=begins, ends=ends)
    return [Event(What(what), *rest) for what, *rest in found]


def logins(people: list[UUID], begins: datetime, ends: datetime) -> list[Event]:
    """Where these people logged in between the two."""
    found = _LOGINS.rows(people=people, begins=begins, ends=ends)
    return [Event(What.LOGIN, *rest) for rest in found]


def _stays_of(people: list[UUID]) -> dict[UUID, list[_Time]]:
    rows = [*_PRESENT.rows(people=people), *_FORMER.rows(people=people)]
    return _gathered((person, (since, to)) for person, since, to in rows)


def _gathered(pairs: Iterable[tuple[Key, One]]) -> dict[Key, list[One]]:
    found = defaultdict[Key, list[One]](list)
    for key, one in pairs:
        found[key].append(one)
    return found


def _holds(time: _Time, at: datetime) -> bool:
    since, to = time
    return since <= at and (to is None or at < to)


def _reaches(event: Event, begins: datetime, ends: datetime) -> bool:
    later = event.from_at > begins or (event.to_at is not None and event.to_at > begins)
    return later and event.from_at < ends


_WORDS = Prepared(
    lambda devices, begins, ends: FeedEvent.objects.filter(
        Q(from_at__gt=begins) | Q(to_at__gt=begins), from_at__lt=ends, device__in=devices
    ).values_list("what", "person_id", "device", "from_at", "to_at"),
    devices=str,
    begins=datetime,
    ends=datetime,
)
_LOGINS = Prepared(
    lambda people, begins, ends: FeedEvent.objects.filter(
        from_at__gt=begins, from_at__lt=ends, person_id__in=people, what=What.LOGIN
    ).values_list("person_id", "device", "from_at", "to_at"),
    people=UUID,
    begins=datetime,
    ends=datetime,
)
_USES = Prepared(
    lambda devices, first, last: DeviceUse.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=first),
        valid_from__lte=last,
        device__in=devices,
    ).values_list("device", "person_id", "valid_from", "valid_to"),
    devices=str,
    first=datetime,
    last=datetime,
)
_PRESENT = Prepared(
    lambda people: Person.objects.filter(id__in=people).values_list(
        "id", "active_from", "active_to"
    ),
    people=UUID,
)
_FORMER = Prepared(
    lambda people: FormerStay.objects.filter(person_id__in=people).values_list(
        "person_id", "active_from", "active_to"
    ),
    people=UUID,
)
