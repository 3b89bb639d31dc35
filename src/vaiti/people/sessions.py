"""Who is signed in where: each browser is a row, asked for at every request."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from vaiti.asking.prepared import Prepared
from vaiti.audit import log
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.people.book import PersonCard
from vaiti.people.dated import standing
from vaiti.people.models import Session

STRONG = frozenset(
    {
        *("passkey", "password+totp", "password+passkey", "password+recovery"),
        *("sso+second", "sso+totp", "sso+passkey", "sso+recovery"),
    }
)
"""The ways of signing in that showed two things, and not a password alone."""

BOUND = frozenset({"administrator", "dpo"})
"""The roles that see no page without a second factor, in any case."""

PASSWORD = "password"
FRESH = timedelta(minutes=10)  # how long after signing in one may change how one signs in
BY = "system:people"
NOBODY = UUID(int=0)
NOTED = timedelta(minutes=1)  # how exactly the last use is kept: a write a minute, not a request


@dataclass(frozen=True, slots=True)
class SignInRules:
    """`second_factor` may be waived in a demo's folder alone; `for_all`: not some roles alone."""

    idle: timedelta = timedelta(minutes=60)
    longest: timedelta = timedelta(hours=10)
    second_factor: bool = True
    for_all: bool = False

    def bound(self, roles: frozenset[str]) -> bool:
        """Whether somebody with these roles needs a second factor."""
        return self.second_factor and (self.for_all or bool(roles & BOUND))


@dataclass(frozen=True, slots=True)
class Visit:
    """A session that stands, with the person as of now.

    `first_password`: it was opened with a password that somebody else made.
    """

    id: UUID
    person: PersonCard
    how: str
    browser: str
    started_at: datetime
    shown_at: datetime
    used_at: datetime
    first_password: bool = False

    @property
    def strong(self) -> bool:
        return self.how in STRONG

    def fresh(self, now: datetime) -> bool:
        return now - self.shown_at <= FRESH

    def lacks_factor(self, rules: SignInRules) -> bool:
        """Whether the person may reach nothing but the page on which a factor is enrolled."""
        return not self.strong and rules.bound(self.person.roles)


def begin(
    person_id: UUID,
    *,
    how: str,
    browser: str,
    rules: SignInRules,
    now: datetime,
    shown_at: datetime | None = None,
) -> UUID:
    """A new session, written down with how it was opened; the caller has checked who it is.

    `shown_at` is when the person last showed it, if not just now.
    """
    Session.objects.filter(ends_at__lte=now).delete()
    with transaction.atomic():
        row = Session.objects.create(
            person_id=person_id,
            how=how,
            browser=browser[:40],
            started_at=now,
            shown_at=shown_at or now,
            used_at=now,
            ends_at=now + rules.longest,
        )
        log.append(Kind.PEOPLE_SESSION_OPENED, actor=person_id.hex, facts={"how": how}, now=now)
    return row.id


def touch(
    session_id: UUID, rules: SignInRules, now: datetime, *, counts: bool = True
) -> Visit | None:
    """The session to serve this request with, or None for one that has ended.

    What a page asks by itself (`counts` False) is no use of the session.

    It ends for a leaver, by being idle, by its length, and when somebody ended it.
    """
    row = _STANDING.first(session=session_id, now=now)
    if row is None:
        return None
    person_id, name, login, language, given, how, browser, *dates = row
    started_at, shown_at, used_at = dates
    if used_at + rules.idle <= now:
        return None
    if counts and now - used_at >= NOTED:
        Session.objects.filter(id=session_id).update(used_at=now)
    card = PersonCard(person_id, name, login, language, book.roles(person_id, now))
    first = _first_password(how, given=given)
    return Visit(session_id, card, how, browser, started_at, shown_at, used_at, first)


_STANDING = Prepared(
    lambda session, now: Session.objects.filter(
        standing(now, "person__active"), id=session, ends_at__gt=now
    ).values_list(
        *("person_id", "person__name", "person__login", "person__language"),
        *("person__password_given", "how", "browser", "started_at", "shown_at", "used_at"),
    ),
    session=UUID,
    now=datetime,
)


def strengthen(session_id: UUID, how: str) -> None:
    """The session has now shown a second factor too: the one that it has just enrolled."""
    Session.objects.filter(id=session_id).update(how=how)


def standing_of(card: PersonCard, rules: SignInRules, now: datetime) -> list[Visit]:
    """Where the person is signed in, the newest use first."""
    rows = Session.objects.filter(
        person_id=card.id, ends_at__gt=now, used_at__gt=now - rules.idle
    ).order_by("-used_at", "-started_at")
    return [
        Visit(row.id, card, row.how, row.browser, row.started_at, row.shown_at, row.used_at)
        for row in rows
    ]


def close(session_id: UUID, person_id: UUID, now: datetime) -> None:
    """The person signs out."""
    with transaction.atomic():
        Session.objects.filter(id=session_id, person_id=person_id).delete()
        log.append(Kind.PEOPLE_SESSION_CLOSED, actor=person_id.hex, facts={}, now=now)


def end(session_id: UUID, person_id: UUID, *, by: str, now: datetime) -> bool:
    """Ends one session of the person; False when there is no such."""
    return _end(Session.objects.filter(id=session_id, person_id=person_id), person_id, by, now) > 0


def end_others(person_id: UUID, *, but: UUID | None = None, by: str, now: datetime) -> int:
    """Ends all sessions of the person except `but`; how many they were."""
    return _end(
        Session.objects.filter(person_id=person_id).exclude(id=but or NOBODY), person_id, by, now
    )


def end_of_leavers(now: datetime) -> int:
    """Removes the sessions of all who have left, with an entry for each person; how many."""
    rows = Session.objects.filter(person__active_to__lte=now)
    ended = 0
    for person_id in set(rows.values_list("person_id", flat=True)):
        with transaction.atomic():
            count = rows.filter(person_id=person_id).delete()[0]
            facts: dict[str, Fact] = {"change": "left", "sessions": count}
            kind = Kind.PEOPLE_SESSION_CLOSED
            log.append(kind, actor=BY, subject=person_id.hex, facts=facts, now=now)
        ended += count
    return ended


def _end(rows: QuerySet[Session], person_id: UUID, by: str, now: datetime) -> int:
    with transaction.atomic():
        ended = rows.delete()[0]
        if ended:
            facts = {"sessions": ended}
            kind = Kind.PEOPLE_SESSION_ENDED
            log.append(kind, actor=by, subject=person_id.hex, facts=facts, now=now)
    return ended


def _first_password(how: str, *, given: bool) -> bool:
    """A password that somebody else knows matters where it was what opened the session."""
    return given and how.startswith(PASSWORD)
