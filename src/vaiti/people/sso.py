"""People whom another house has signed in: who they are here, and the roles of their groups.

Roles that came from groups are this room's own rows, granted by `system:sso:<provider>`; roles that
somebody granted by hand are never touched. A role whose group is gone ends at the next sign-in.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from vaiti.audit.kinds import Kind
from vaiti.people import book, enrol
from vaiti.people.book import PersonCard
from vaiti.people.dated import standing
from vaiti.people.entries import enter
from vaiti.people.errors import EnrolmentError
from vaiti.people.idtoken import Claims
from vaiti.people.models import Person, Role, Subject
from vaiti.people.providers import CREATE, LINK, Provider

SOURCE = "sso"


class SsoRefused(ValueError):
    """The person is not let in; the sentence says whom to ask."""


NO_ACCOUNT = "You have no account here yet. Ask your administrator to enter or link you."
NOT_HERE = "Your account here has ended. Ask your administrator."
TOO_MANY_GROUPS = (
    "The company’s sign-in left your groups out because they are too many. Tell your administrator."
)


def follow(provider: Provider, claims: Claims, now: datetime) -> PersonCard:
    """The person, with the roles of their groups as of now. Raises SsoRefused."""
    if claims.groups is None and provider.roles:
        raise SsoRefused(TOO_MANY_GROUPS)
    with transaction.atomic():
        person_id = _known(provider, claims) or _met(provider, claims, now)
        if book.person(person_id, now) is None:
            raise SsoRefused(NOT_HERE)
        _follow_groups(person_id, provider, claims.groups or frozenset(), now)
        card = book.person(person_id, now)
    if card is None:
        raise SsoRefused(NOT_HERE)
    return card


def link(person_id: UUID, provider: Provider, subject: str, *, by: str, now: datetime) -> None:
    """From now on this subject of the provider is the person. Raises EnrolmentError."""
    with transaction.atomic():
        taken = Subject.objects.filter(issuer=provider.issuer, subject=subject).first()
        if taken is not None:
            raise EnrolmentError("this subject is linked to an account already")
        if Subject.objects.filter(issuer=provider.issuer, person_id=person_id).exists():
            raise EnrolmentError("the account is linked to another subject of this provider")
        Subject.objects.create(
            person_id=person_id, issuer=provider.issuer, subject=subject, linked_at=now
        )
        enter(Kind.PEOPLE_SUBJECT_LINKED, person_id, by, now, provider=provider.name)


def _by(provider: Provider) -> str:
    return f"system:sso:{provider.name}"


def _known(provider: Provider, claims: Claims) -> UUID | None:
    rows = Subject.objects.filter(issuer=provider.issuer, subject=claims.subject)
    return rows.values_list("person_id", flat=True).first()


def _met(provider: Provider, claims: Claims, now: datetime) -> UUID:
    """Somebody who comes for the first time: what becomes of them is a setting."""
    row = Person.objects.filter(login=claims.login).first() if claims.login else None
    if row is not None and provider.unknown in {LINK, CREATE}:
        person_id = row.id
    elif row is None and provider.unknown == CREATE:
        person_id = _made(provider, claims, now)
    else:
        raise SsoRefused(NO_ACCOUNT)
    try:
        link(person_id, provider, claims.subject, by=_by(provider), now=now)
    except EnrolmentError as error:
        raise SsoRefused(NO_ACCOUNT) from error
    return person_id


def _made(provider: Provider, claims: Claims, now: datetime) -> UUID:
    try:
        return enrol.add_person(
            login=claims.login,
            name=claims.name,
            employer=provider.employer,
            language="en",
            by=_by(provider),
            now=now,
        )
    except EnrolmentError as error:
        raise SsoRefused(NO_ACCOUNT) from error


def _follow_groups(
    person_id: UUID, provider: Provider, groups: frozenset[str], now: datetime
) -> None:
    wanted = {role for group, role in provider.roles.items() if group in groups}
    by = _by(provider)
    rows = Role.objects.filter(standing(now), person_id=person_id)
    held = set(rows.values_list("kind", flat=True))
    ours = set(rows.filter(granted_by=by).values_list("kind", flat=True))
    for role in sorted(ours - wanted):
        enrol.end_role(person_id, role, by=by, now=now)
    for role in sorted(wanted - held):
        enrol.grant_role(person_id, role, by=by, now=now, source=SOURCE)
