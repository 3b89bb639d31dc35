"""The agent feed's words as rows: entered, corrected, asked.

A word names a person by login, by an id of another system (`name_agent`), or by the id that the
identity provider gives them.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from vaiti.audit.kinds import Kind
from vaiti.people import book, stood
from vaiti.people.dated import standing
from vaiti.people.entries import enter, instant
from vaiti.people.errors import EnrolmentError
from vaiti.people.feed_document import Fault, Word
from vaiti.people.feed_models import AgentId, FeedEvent
from vaiti.people.machine_models import ScimUser
from vaiti.people.models import FormerStay, Person
from vaiti.people.seats import KNOWN_FOR, Event, FeedRules, What
from vaiti.people.teams import present
from vaiti.people.widening import by_another

MAX_VALUE = 64  # characters
MAX_SPENT = 1000  # rows of one round
UNKNOWN = "nobody who was here then is called so: write a login, or enter the id for the person"
SEVERAL = "more than one person is called so: write the login of the one who is meant"


@dataclass(frozen=True, slots=True)
class Touched:
    """Calls at this device in this stretch may be somebody else's than was thought."""

    device: str
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True)
class Named:
    """A word whose person is known."""

    word: Word = field(repr=False)
    person: UUID


@dataclass(frozen=True, slots=True)
class Checked:
    named: tuple[Named, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Entered:
    """How many words were new, how many known already, how many corrected an earlier one."""

    added: int
    known: int
    corrected: int
    touched: tuple[Touched, ...]


def check(words: Iterable[Word]) -> Checked:
    """Whose words these are; a fault for each that names nobody, or more than one."""
    named, faults, found = [], [], dict[tuple[str, datetime], frozenset[UUID]]()
    for word in words:
        key = (word.person, word.from_at)
        people = found[key] if key in found else called(word.person, word.from_at)
        found[key] = people
        if len(people) == 1:
            named.append(Named(word, next(iter(people))))
        else:
            faults.append(Fault(word.row, SEVERAL if people else UNKNOWN))
    return Checked(tuple(named), tuple(faults))


def called(text: str, at: datetime) -> frozenset[UUID]:
    """The people who were here at `at` and are called so: by login or by an id of another system.

    Never by a name: two people may have the same.
    """
    value = text.strip().casefold()
    if not value:
        return frozenset()
    ids = AgentId.objects.filter(standing(at), value=value).values("person_id")
    provider = ScimUser.objects.filter(external_id__iexact=value).values("person_id")
    rows = Person.objects.filter(Q(login=value) | Q(id__in=ids) | Q(id__in=provider))
    return frozenset(rows.filter(here(at)).values_list("id", flat=True)[:2])


def was_here(person_id: UUID, at: datetime) -> bool:
    """Whether the person worked here at the instant: nobody takes calls after leaving."""
    return Person.objects.filter(here(at), id=person_id).exists()


def here(at: datetime) -> Q:
    """People who were here at the instant, in their present stay or in an earlier one."""
    before = FormerStay.objects.filter(standing(at, "active")).values("person_id")
    return standing(at, "active") | Q(id__in=before)


def take(named: Collection[Named], rules: FeedRules, *, by: str, now: datetime) -> Entered:
    """Enters the words, in the caller's transaction. The same word twice is one."""
    counts, touched = {"added": 0, "known": 0, "corrected": 0}, []
    for one in named:
        did, former = _put(one, by, now)
        counts[did] += 1
        if did != "known":
            touched += [_touched(one.word.device, one.word.from_at, one.word.to_at, rules)]
            touched += _elsewhere(one.person, one.word.device, one.word.from_at, rules)
        if former is not None:
            touched += [_touched(former.device, former.from_at, former.to_at, rules)]
            touched += _elsewhere(former.person_id, former.device, former.from_at, rules)
    if counts["added"] or counts["corrected"]:
        enter(Kind.PEOPLE_FEED_TAKEN, "", by, now, **counts)
    return Entered(**counts, touched=tuple(dict.fromkeys(touched)))


def _put(one: Named, by: str, now: datetime) -> tuple[str, FeedEvent | None]:
    """What became of the word, and what stood before where it corrects."""
    word = one.word
    facts = {
        "what": word.what.value,
        "person_id": one.person,
        "device": word.device,
        "from_at": word.from_at,
        "to_at": word.to_at,
    }
    if word.ref is None:
        if FeedEvent.objects.filter(**facts).exists():
            return "known", None
        FeedEvent.objects.create(**facts, came_at=now)
        return "added", None
    row = FeedEvent.objects.select_for_update().filter(ref=word.ref).first()
    if row is None:
        FeedEvent.objects.create(**facts, ref=word.ref, came_at=now)
        return "added", None
    if all(getattr(row, name) == value for name, value in facts.items()):
        return "known", None
    former = FeedEvent.objects.get(id=row.id)
    for name, value in facts.items():
        setattr(row, name, value)
    row.came_at = now
    row.save()
    _log_correction(former, row, by, now)
    return "corrected", former


def _log_correction(former: FeedEvent, row: FeedEvent, by: str, now: datetime) -> None:
    enter(
        Kind.PEOPLE_FEED_CORRECTED,
        row.person_id,
        by,
        now,
        event=row.id,
        before=former.person_id.hex,
        before_from_us=instant(former.from_at),
        before_to_us=instant(former.to_at),
        after=row.person_id.hex,
        after_from_us=instant(row.from_at),
        after_to_us=instant(row.to_at),
        moved=former.device != row.device,
    )


def _touched(device: str, from_at: datetime, to_at: datetime | None, rules: FeedRules) -> Touched:
    """A word counts after it, and says of the time before that the feed knows the device."""
    return Touched(device, from_at - rules.longest, (to_at or from_at) + KNOWN_FOR)


def _elsewhere(person: UUID, device: str, at: datetime, rules: FeedRules) -> list[Touched]:
    """Other devices that the person had logged in at, and leaves by a login here."""
    if not rules.one_place:
        return []
    rows = FeedEvent.objects.filter(
        person_id=person, what=What.LOGIN, from_at__gt=at - rules.longest, from_at__lte=at
    ).exclude(device=device)
    devices = set(rows.values_list("device", flat=True))
    return [Touched(other, at, at + rules.longest) for other in sorted(devices)]


def events(device: str, from_at: datetime, to_at: datetime, rules: FeedRules) -> list[Event]:
    """All words that may tell who was at the device in this stretch."""
    ends = to_at + rules.longest
    here = stood.words([device], from_at - KNOWN_FOR, ends)
    people = sorted({one.person for one in here})
    logins = stood.logins(people, from_at - 2 * rules.longest, ends)
    return [*here, *(one for one in logins if one.device != device)]


def around(device: str, from_at: datetime, to_at: datetime, rules: FeedRules) -> list[Event]:
    """All words of the device around this stretch, and of the people whom they name elsewhere."""
    begins, ends = from_at - rules.longest, to_at + rules.longest
    rows = FeedEvent.objects.filter(from_at__lt=ends)
    rows = rows.filter(Q(from_at__gt=begins) | Q(to_at__gt=begins))
    people = rows.filter(device=device).values("person_id")
    return [_event(row) for row in rows.filter(Q(device=device) | Q(person_id__in=people))]


def _event(row: FeedEvent) -> Event:
    return Event(What(row.what), row.person_id, row.device, row.from_at, row.to_at)


def last_word() -> datetime | None:
    """When the newest word of the feed came."""
    newest = FeedEvent.objects.aggregate(last=Max("came_at"))["last"]
    return newest if isinstance(newest, datetime) else None


def near(person_id: UUID, now: datetime, rules: FeedRules) -> frozenset[str]:
    """Devices at which the person may be now: whether they are is to be asked of each call."""
    came = FeedEvent.objects.filter(
        person_id=person_id, from_at__gt=now - rules.longest, from_at__lte=now
    )
    return book.devices_of(person_id, now).union(came.values_list("device", flat=True))


def names_of(person_id: UUID, now: datetime) -> frozenset[str]:
    """What senders may call the person now: login, ids, name; in small letters."""
    person = Person.objects.filter(here(now), id=person_id).values_list("login", "name")
    ids = AgentId.objects.filter(standing(now), person_id=person_id).values_list("value", flat=True)
    provider = ScimUser.objects.filter(person_id=person_id).values_list("external_id", flat=True)
    texts = (*(text for row in person for text in row), *ids, *provider)
    return frozenset(text.strip().casefold() for text in texts if text)


def name_agent(person_id: UUID, value: str, *, by: str, now: datetime) -> None:
    """Says what a telephone or staff system calls the person. Raises EnrolmentError.

    It counts since they came here, or since nobody else is called so any more.
    """
    value = value.strip().casefold()
    if not 0 < len(value) <= MAX_VALUE or not value.isprintable():
        raise EnrolmentError(f"an id has 1 to {MAX_VALUE} printable characters")
    by_another(person_id, by)
    with transaction.atomic():
        begins = present(person_id, now).active_from
        if AgentId.objects.filter(value=value, valid_to__isnull=True).exists():
            raise EnrolmentError("somebody is called so already; end that first")
        if Person.objects.filter(login=value).exclude(id=person_id).exists():
            raise EnrolmentError("this is somebody else's login; ids and logins name one person")
        before = AgentId.objects.filter(value=value).aggregate(last=Max("valid_to"))["last"]
        begins = begins if before is None else max(begins, before)
        row = AgentId.objects.create(
            person_id=person_id, value=value, valid_from=begins, entered_by=by
        )
        enter(Kind.PEOPLE_AGENT_ID_CHANGED, person_id, by, now, id=row.id, change="given")


def unname_agent(person_id: UUID, value: str, *, by: str, now: datetime) -> None:
    """The person is called so no more. Raises EnrolmentError."""
    with transaction.atomic():
        rows = AgentId.objects.filter(standing(now), person_id=person_id)
        row = rows.filter(value=value.strip().casefold()).first()
        if row is None:
            raise EnrolmentError("the person is not called so")
        row.valid_to = now
        row.save(update_fields=["valid_to"])
        enter(Kind.PEOPLE_AGENT_ID_CHANGED, person_id, by, now, id=row.id, change="ended")


def spent(oldest: Mapping[str, datetime], before: datetime, longest: timedelta) -> list[int]:
    """Rows that can attribute no call any more, at most a thousand.

    `oldest` is by device when the oldest call began that could still be somebody else's; what came
    after `before` stays, because its calls may be on their way.
    """
    rows = FeedEvent.objects.filter(from_at__lt=before, came_at__lt=before)
    found = rows.values_list("id", "device", "from_at", "to_at").order_by("from_at")
    gone = []
    for row_id, device, from_at, to_at in found.iterator():
        ends = (to_at or from_at) + longest
        if ends < before and (device not in oldest or ends < oldest[device]):
            gone.append(row_id)
        if len(gone) == MAX_SPENT:
            break
    return gone
