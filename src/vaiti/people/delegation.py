"""A manager hands the hearing of a team to another manager, by name and for a time (N-29).

A delegation is never more than its giver's own right at each instant: `vaiti.people.book` asks for
that anew whenever it says who answers to whom.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from vaiti.audit.kinds import Kind
from vaiti.people import book
from vaiti.people.dated import standing
from vaiti.people.entries import enter, instant
from vaiti.people.errors import EnrolmentError
from vaiti.people.models import Absence, Delegation, Membership, RoleKind
from vaiti.people.teams import present

LONGEST = timedelta(days=92)
REASONS = tuple(Absence.values)


@dataclass(frozen=True, slots=True)
class Handed:
    """One delegation, with the names of those in it."""

    id: UUID
    giver: UUID
    giver_name: str = field(repr=False)
    receiver: UUID
    receiver_name: str = field(repr=False)
    team: UUID
    team_name: str
    reason: str
    begins: datetime
    ends: datetime


def hand_over(
    giver_id: UUID,
    team_id: UUID,
    receiver_id: UUID,
    *,
    begins: datetime,
    ends: datetime,
    reason: str,
    by: str,
    now: datetime,
) -> UUID:
    """Only the giver does it. The receiver is a manager too, and neither a member of the team."""
    if reason not in REASONS:
        raise EnrolmentError("the reason is a holiday, an absence or a handover")
    if begins < now or ends <= begins:
        raise EnrolmentError("a delegation begins now or later and ends after it begins")
    if ends - begins > LONGEST:
        raise EnrolmentError(
            "a delegation lasts 92 days at most; for longer, make the other the leader"
        )
    if by != giver_id.hex:
        raise EnrolmentError("only the team's leader hands over what they may hear")
    with transaction.atomic():
        giver, receiver = present(giver_id, now), present(receiver_id, now)
        _check_giver(giver_id, team_id, now)
        _check_receiver(giver_id, team_id, receiver_id, now)
        row = Delegation.objects.create(
            giver=giver,
            receiver=receiver,
            team_id=team_id,
            reason=reason,
            valid_from=begins,
            valid_to=ends,
            entered_by=by,
        )
        facts = {"team": team_id.hex, "from": giver_id.hex, "reason": reason}
        dates = {"from_us": instant(begins), "before": None, "after": instant(ends)}
        enter(Kind.PEOPLE_DELEGATION_GIVEN, receiver_id, by, now, **facts, **dates)
    return row.id


def _check_giver(giver_id: UUID, team_id: UUID, now: datetime) -> None:
    if RoleKind.MANAGER not in book.roles(giver_id, now):
        raise EnrolmentError("only a manager has anything to hand over")
    if not _in_team(giver_id, team_id, now, leads=True):
        raise EnrolmentError("you hand over a team that you lead yourself, and no other")


def _check_receiver(giver_id: UUID, team_id: UUID, receiver_id: UUID, now: datetime) -> None:
    if receiver_id == giver_id:
        raise EnrolmentError("a delegation goes to somebody else")
    if RoleKind.MANAGER not in book.roles(receiver_id, now):
        raise EnrolmentError(
            "who stands in is a manager; ask the administrator to grant that role, with an end"
        )
    if _in_team(receiver_id, team_id, now, leads=False):
        raise EnrolmentError("a member of the team cannot hear their colleagues; name another")


def _in_team(person_id: UUID, team_id: UUID, now: datetime, *, leads: bool) -> bool:
    rows = Membership.objects.filter(standing(now), person_id=person_id, team_id=team_id)
    return rows.filter(leads=leads).exists()


def take_back(delegation_id: UUID, *, by: str, now: datetime) -> None:
    """Ends a delegation now; one that has not begun yet never begins."""
    with transaction.atomic():
        rows = Delegation.objects.select_for_update().filter(id=delegation_id, valid_to__gt=now)
        row = rows.exclude(valid_to=F("valid_from")).first()
        if row is None:
            raise EnrolmentError("there is no such delegation any more")
        before, row.valid_to = row.valid_to, max(now, row.valid_from)
        row.save(update_fields=["valid_to"])
        facts = {"team": row.team_id.hex, "from": row.giver_id.hex}
        dates = {"before": instant(before), "after": instant(row.valid_to)}
        enter(Kind.PEOPLE_DELEGATION_ENDED, row.receiver_id, by, now, **facts, **dates)


def delegation(delegation_id: UUID) -> Handed | None:
    return next(iter(_handed(Q(id=delegation_id))), None)


def delegations_of(person_id: UUID, now: datetime) -> list[Handed]:
    """What the person has given and received that has not ended at `now`, the earliest first."""
    mine = Q(giver_id=person_id) | Q(receiver_id=person_id)
    return _handed(mine & Q(valid_to__gt=now))


def _handed(which: Q) -> list[Handed]:
    rows = Delegation.objects.filter(which).exclude(valid_to=F("valid_from"))
    return [
        Handed(
            row.id,
            row.giver_id,
            row.giver.name,
            row.receiver_id,
            row.receiver.name,
            row.team_id,
            row.team.name,
            row.reason,
            row.valid_from,
            row.valid_to,
        )
        for row in rows.select_related("giver", "receiver", "team").order_by("valid_from", "id")
    ]
