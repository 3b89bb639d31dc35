"""People as an identity provider keeps them (SCIM 2.0): entered, changed, ended by their verbs.

SCIM sees and changes only people that it made itself or that somebody handed to it (`adopt`): its
token cannot end the account of an administrator who was entered by hand.
"""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from vaiti.audit.kinds import Kind
from vaiti.people import enrol, leaving, returning, scim_groups, scim_teams, sessions
from vaiti.people.book import LANGUAGES
from vaiti.people.dated import standing
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError, LoginTaken
from vaiti.people.machine_models import ScimMember, ScimUser
from vaiti.people.models import Person
from vaiti.people.named import login_fault
from vaiti.people.scim_document import Changes, ScimFault, ScimRules, Wanted

BY, SOURCE = "system:scim", "scim"
NOT_FOUND = ScimFault(404, "", "there is no such user")
TAKEN = ScimFault(409, "uniqueness", "this userName is taken")


@dataclass(frozen=True, slots=True)
class ScimCard:
    """A person as SCIM sees them. `manager` is the id of another."""

    id: UUID
    login: str = field(repr=False)
    name: str = field(repr=False)
    external_id: str = field(repr=False)
    language: str
    active: bool
    manager: UUID | None
    made_at: datetime
    changed_at: datetime


def create(changes: Changes, rules: ScimRules, now: datetime) -> ScimCard:
    """Raises ScimFault."""
    with transaction.atomic():
        if Person.objects.filter(login=changes["login"]).exists():
            raise TAKEN
        try:
            person = enrol.add_person(
                login=changes["login"],
                name=changes["name"],
                employer=rules.employer,
                language=_language(changes["language"]),
                by=BY,
                now=now,
                namesake=True,  # the provider's own id says that it is another person
            )
            if rules.role:
                enrol.grant_role(person, rules.role, by=BY, now=now, source=SOURCE)
        except LoginTaken as error:
            raise TAKEN from error
        except EnrolmentError as error:
            raise ScimFault(400, "invalidValue", str(error)) from error
        row = ScimUser.objects.create(person_id=person, made_at=now, changed_at=now)
        _apply(row, changes, rules, now)
    return get(person, now)


def adopt(person_id: UUID, *, by: str, now: datetime) -> None:
    """From now on SCIM sees, changes and ends this person too. Raises EnrolmentError."""
    with transaction.atomic():
        if ScimUser.objects.filter(person_id=person_id).exists():
            raise EnrolmentError("this person is SCIM's already")
        ScimUser.objects.create(person_id=person_id, made_at=now, changed_at=now)
        enter(Kind.PEOPLE_PERSON_CHANGED, person_id, by, now, change="handed to scim")


def change(person_id: UUID, changes: Changes, rules: ScimRules, now: datetime) -> ScimCard:
    """Raises ScimFault, and changes nothing then."""
    with transaction.atomic():
        row = ScimUser.objects.select_for_update().filter(person_id=person_id).first()
        if row is None:
            raise NOT_FOUND
        _apply(row, changes, rules, now)
    return get(person_id, now)


def remove(person_id: UUID, now: datetime) -> None:
    """Ends the person's employment; SCIM forgets them, their calls keep their name."""
    with transaction.atomic():
        row = ScimUser.objects.filter(person_id=person_id).first()
        if row is None:
            raise NOT_FOUND
        if _here(person_id, now):
            _ends(row, now)
        ScimUser.objects.filter(manager_id=person_id).update(manager=None)
        ScimMember.objects.filter(person_id=person_id).delete()
        row.delete()


def get(person_id: UUID, now: datetime) -> ScimCard:
    row = ScimUser.objects.select_related("person").filter(person_id=person_id).first()
    if row is None:
        raise NOT_FOUND
    return _card(row, now)


def find(wanted: Wanted, start: int, count: int, now: datetime) -> tuple[int, list[ScimCard]]:
    """How many there are in all, and those from the `start`th (from 1) on."""
    rows = ScimUser.objects.select_related("person").order_by("made_at", "person_id")
    columns = {"login": "person__login__iexact", "external_id": "external_id"}
    of_ids = {"id": "person_id", "manager": "manager_id"}
    for name, value in wanted:
        try:
            is_id = name in of_ids
            condition = {of_ids[name]: UUID(value)} if is_id else {columns[name]: value}
        except ValueError:
            return 0, []
        rows = rows.filter(**condition)
    return rows.count(), [_card(row, now) for row in rows[start - 1 : start - 1 + count]]


def _card(row: ScimUser, now: datetime) -> ScimCard:
    person = row.person
    gone = person.active_to is not None and person.active_to <= now
    return ScimCard(
        person.id,
        person.login,
        person.name,
        row.external_id,
        person.language,
        not gone,
        row.manager_id,
        row.made_at,
        row.changed_at,
    )


def _here(person_id: UUID, now: datetime) -> bool:
    return Person.objects.filter(standing(now, "active"), id=person_id).exists()


def _apply(row: ScimUser, changes: Changes, rules: ScimRules, now: datetime) -> None:
    """Order matters: somebody who comes back is here before anything else is done with them."""
    try:
        if changes.get("active") is True and not _here(row.person_id, now):
            _returns(row, rules, now)
        _texts(row, changes, now)
        if "manager" in changes:
            row.manager_id = _manager(row, changes["manager"])
            row.save(update_fields=["manager"])
        if _here(row.person_id, now):
            scim_teams.follow_manager(row, now)
            if changes.get("active") is False:
                _ends(row, now)
    except EnrolmentError as error:
        raise ScimFault(400, "invalidValue", str(error)) from error
    row.changed_at = now
    row.save(update_fields=["changed_at"])


def _texts(row: ScimUser, changes: Changes, now: datetime) -> None:
    person = Person.objects.get(id=row.person_id)
    if "external_id" in changes:
        row.external_id = changes["external_id"] or ""
        row.save(update_fields=["external_id"])
    if changes.get("language"):
        Person.objects.filter(id=person.id).update(language=_language(changes["language"]))
    if "login" in changes and changes["login"] != person.login:
        _new_login(person, changes["login"] or "", now)
    name = " ".join((changes.get("name") or "").split())
    if name and name != person.name:
        enrol.rename(person.id, name, by=BY, now=now)


def _new_login(person: Person, login: str, now: datetime) -> None:
    """Logins are in no entry; the log says that it changed."""
    if fault := login_fault(login):
        raise ScimFault(400, "invalidValue", fault)
    if Person.objects.filter(login=login).exists():
        raise TAKEN
    try:
        with transaction.atomic():
            Person.objects.filter(id=person.id).update(login=login)
    except IntegrityError as error:
        raise TAKEN from error
    enter(Kind.PEOPLE_PERSON_CHANGED, person.id, BY, now, change="login")


def _language(wanted: str | None) -> str:
    """The pages' language nearest to a tag such as sv-FI."""
    primary = (wanted or "").replace("_", "-").partition("-")[0].casefold()
    return primary if primary in LANGUAGES else "en"


def _manager(row: ScimUser, wanted: str | None) -> UUID | None:
    if wanted is None:
        return None
    try:
        manager = UUID(wanted)
    except ValueError as error:
        raise ScimFault(400, "invalidValue", "manager is the id of another user") from error
    if manager == row.person_id or not ScimUser.objects.filter(person_id=manager).exists():
        raise ScimFault(400, "invalidValue", "manager is the id of another user")
    return manager


def _ends(row: ScimUser, now: datetime) -> None:
    enrol.depart(row.person_id, by=BY, now=now)
    leaving.close_leavers(now)
    sessions.end_others(row.person_id, by=BY, now=now)


def _returns(row: ScimUser, rules: ScimRules, now: datetime) -> None:
    """Somebody comes back: with nothing of what they had before but their own and their name."""
    returning.come_back(row.person_id, by=BY, now=now)
    if rules.role:
        enrol.grant_role(row.person_id, rules.role, by=BY, now=now, source=SOURCE)
    scim_groups.follow([row.person_id], rules, now)
    for report in ScimUser.objects.filter(manager_id=row.person_id):
        if _here(report.person_id, now):
            scim_teams.follow_manager(report, now)
