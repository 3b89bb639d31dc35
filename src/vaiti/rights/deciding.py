"""Decisions per call and right, the officer's second look at refusals, and what was given (N-47).

A case is decided when everything that was asked is decided of every call, and no refusal waits for
its second look; fulfilled when what was granted was given; closed with the entries that prove it.
"""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from vaiti.access.errors import NotVisible
from vaiti.audit import reading
from vaiti.audit.entry import Fact
from vaiti.audit.kinds import Kind
from vaiti.due import alarms
from vaiti.register import holds as held
from vaiti.register.hold_rules import Keeping, Time
from vaiti.retention import holds
from vaiti.rights import keeping, noting, stopping
from vaiti.rights.asking import Right, State
from vaiti.rights.bases import bases_of
from vaiti.rights.case_alarms import SECOND_LOOK, close_alarms
from vaiti.rights.case_holds import end_hold
from vaiti.rights.case_models import Case, CaseCall, Decision, Given
from vaiti.rights.errors import CaseRefused
from vaiti.rights.grounds import fits
from vaiti.rights.handlers import require_officer
from vaiti.rights.handling import locked, move, note, open_case, save
from vaiti.rights.intake import number_of
from vaiti.rights.policy import CaseRules
from vaiti.rights.promised import lacks
from vaiti.rights.searching import drop_mandate
from vaiti.rights.typed import without_numbers
from vaiti.vault.keyclient import KeyClient

OUTCOMES = ("granted", "partly", "refused")
LEAST_WORDS, MOST_WORDS = 10, 450
WHAT = (
    *("listening_offered", "listening_declined", "listening_held"),
    "listening_waived",
)
"""What a person may note. A time that was offered or declined closes nothing (N-43); all else is
noted by what happens (rights.noting)."""
HOW = ("hand", "post", "email", "portal", "download")
PROVING = (
    *(Kind.RIGHTS_CASE_REGISTERED, Kind.RIGHTS_CASE_MOVED, Kind.RIGHTS_DECISION_MADE),
    *(Kind.RIGHTS_DECISION_REVIEWED, Kind.RIGHTS_ANSWER_GIVEN),
    Kind.RIGHTS_DECISION_CARRIED_OUT,
)
OF_A_CALL = frozenset(set(Right) - {Right.INFORMATION, Right.OBJECTION})
"""Of no call these cannot be granted: that none is kept is a refusal with its law."""
IDS_A_FACT, MOST_IDS = 6, 60


def decide(
    person_id: UUID,
    case_id: UUID,
    right: str,
    call_id: UUID | None,
    outcome: str,
    *,
    ground: str,
    words: str,
    now: datetime,
) -> None:
    """Decided anew, the earlier decision and its second look are gone from the case."""
    words = without_numbers(words.strip())
    with open_case(person_id, case_id, now) as row:
        if row.state not in (State.RECEIVED, State.SEARCHED):
            raise CaseRefused("state")
        bases = bases_of([call_id] if call_id else [], now)
        _check(row, right, outcome, ground=ground, words=words, bases=bases)
        if (right, call_id) not in asked_of(row):
            raise CaseRefused("call")
        if row.state == State.RECEIVED and ground != "not_identified":
            raise CaseRefused("not_identified")
        if outcome != "refused" and call_id is None and right in OF_A_CALL:
            raise CaseRefused("no_call")
        Decision.objects.filter(case=row, right=right, call=call_id).delete()
        Decision.objects.create(
            case=row,
            right=right,
            call=call_id,
            outcome=outcome,
            ground=ground,
            words=words,
            decided_by=person_id.hex,
            decided_at=now,
            review="" if outcome == "granted" else "waiting",
        )
        facts: dict[str, Fact] = {"right": right, "outcome": outcome, "ground": ground}
        call = call_id.hex if call_id else ""
        note(Kind.RIGHTS_DECISION_MADE, row, person_id, now, call=call, **facts)
        _settle_alarm(row, now)


def grant_rest(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """All that was asked and is not decided yet, of every call, at once."""
    with open_case(person_id, case_id, now) as row:
        made = Decision.objects.filter(case=row).values_list("right", "call")
        given = {"ground": "", "words": ""}
        for right, call in sorted(asked_of(row) - set(made), key=str):
            decide(person_id, case_id, right, call, "granted", **given, now=now)


def _check(
    row: Case, right: str, outcome: str, *, ground: str, words: str, bases: frozenset[str]
) -> None:
    if right not in row.asked or outcome not in OUTCOMES:
        raise CaseRefused("outcome")
    if len(words) > MOST_WORDS:
        raise CaseRefused("why")
    if outcome == "granted":
        if ground:
            raise CaseRefused("ground")
        return
    if not fits(ground, Right(right), outcome, bases):
        raise CaseRefused("ground")
    if len(words) < LEAST_WORDS:
        raise CaseRefused("why")


def review(
    person_id: UUID, case_id: UUID, decision_id: UUID, *, agree: bool, now: datetime
) -> None:
    """The officer's second look at a refusal; it is never of one's own. Raises NotVisible."""
    with transaction.atomic():
        require_officer(person_id, now)
        row = locked(case_id)
        mine = Decision.objects.filter(id=decision_id, case=row, review="waiting").first()
        if mine is None:
            raise NotVisible
        if mine.decided_by == person_id.hex:
            raise CaseRefused("own_decision")
        mine.review = "agreed" if agree else "returned"
        mine.reviewed_by, mine.reviewed_at = person_id.hex, now
        mine.save(update_fields=["review", "reviewed_by", "reviewed_at"])
        told: dict[str, Fact] = {"right": mine.right, "review": mine.review}
        note(Kind.RIGHTS_DECISION_REVIEWED, row, person_id, now, **told)
        _settle_alarm(row, now)


def _settle_alarm(row: Case, now: datetime) -> None:
    """In the officer's queue while a refusal waits."""
    if Decision.objects.filter(case=row, review="waiting").exists():
        told = f"number={number_of(row.year, row.serial)}"
        alarms.raise_alarm(SECOND_LOOK, row.id.hex, told, now)
    else:
        alarms.clear(SECOND_LOOK, row.id.hex, now)


def move_to_decided(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """Also at once, where nobody could find out who asks."""
    with open_case(person_id, case_id, now) as row:
        made = list(Decision.objects.filter(case=row))
        if {(one.right, one.call) for one in made} != asked_of(row):
            raise CaseRefused("undecided")
        if any(one.review in ("waiting", "returned") for one in made):
            raise CaseRefused("second_look")
        if row.state == State.RECEIVED:
            row.state = State.SEARCHED
        stopping.allow_refused(row, person_id.hex, now)
        keeping.release(row, person_id.hex, now)
        move(row, State.DECIDED, person_id, now, outcome=_outcome(made))


def asked_of(row: Case) -> set[tuple[str, UUID | None]]:
    """What is to be decided: of each confirmed call, or once where there is none."""
    calls = list(CaseCall.objects.filter(case=row, confirmed=True).values_list("call", flat=True))
    found: set[tuple[str, UUID | None]] = set()
    for right in row.asked:
        whole = right == Right.INFORMATION or not calls
        found |= {(right, None)} if whole else {(right, call) for call in calls}
    return found


def _outcome(made: list[Decision]) -> str:
    kinds = {one.outcome for one in made}
    return kinds.pop() if len(kinds) == 1 else "partly"


def give(person_id: UUID, case_id: UUID, what: str, how: str, *, on: date, now: datetime) -> None:
    """Notes that something was given, offered or told. Not before the decision."""
    if what not in WHAT or how not in HOW:
        raise CaseRefused("given")
    with open_case(person_id, case_id, now) as row:
        if row.state != State.DECIDED:
            raise CaseRefused("state")
        if not row.arrived_on <= on:
            raise CaseRefused("day")
        by = {"noted_by": person_id.hex, "noted_at": now}
        Given.objects.create(case=row, what=what, how=how, given_on=on, **by)
        facts: dict[str, Fact] = {"what": what, "how": how, "on": on.isoformat()}
        note(Kind.RIGHTS_ANSWER_GIVEN, row, person_id, now, **facts)
        noting.settle(row, by=person_id.hex, now=now)


def move_to_fulfilled(person_id: UUID, case_id: UUID, now: datetime) -> None:
    with open_case(person_id, case_id, now) as row:
        if lacks(row, now):
            raise CaseRefused("not_given")
        move(row, State.FULFILLED, person_id, now)


def close(person_id: UUID, case_id: UUID, rules: CaseRules, keys: KeyClient, now: datetime) -> None:
    """Closed with the entries that prove it; its calls are held a little longer, and then go."""
    with open_case(person_id, case_id, now) as row:
        made = list(Decision.objects.filter(case=row))
        row.outcome, row.closed_at = _outcome(made), now
        save(row, "outcome", "closed_at")
        move(row, State.CLOSED, person_id, now, outcome=row.outcome, **_proofs(row))
        drop_mandate(row, person_id.hex, now)
        close_alarms(row.id, now)
    _let_go(row, rules, keys, person_id.hex, now)


def withdraw(person_id: UUID, case_id: UUID, now: datetime) -> None:
    """The person has taken the request back in their own words."""
    with open_case(person_id, case_id, now) as row:
        row.state, row.outcome, row.closed_at = State.CLOSED, "withdrawn", now
        row.call_reference = ""
        save(row, "state", "outcome", "closed_at", "call_reference")
        facts: dict[str, Fact] = {"state": "closed", "outcome": "withdrawn"}
        note(Kind.RIGHTS_CASE_MOVED, row, person_id, now, **facts)
        drop_mandate(row, person_id.hex, now)
        stopping.allow_all(row, person_id.hex, now)
        keeping.release(row, person_id.hex, now)
        for one in CaseCall.objects.filter(case=row):
            end_hold(one, person_id.hex, "The request was taken back.", now)
        close_alarms(row.id, now)


def _proofs(row: Case) -> dict[str, Fact]:
    """The ids of the entries that prove what was done, some in each fact."""
    found = reading.entries(subject=row.id.hex, limit=reading.MAX_PAGE).entries
    ids = [one.id.hex for one in reversed(found) if one.kind in PROVING][-MOST_IDS:]
    parts = [ids[at : at + IDS_A_FACT] for at in range(0, len(ids), IDS_A_FACT)]
    return {f"entries_{number}": " ".join(some) for number, some in enumerate(parts, start=1)}


def _let_go(row: Case, rules: CaseRules, keys: KeyClient, by: str, now: datetime) -> None:
    until = now + rules.hold_after
    for one in CaseCall.objects.filter(case=row):
        card = held.card(one.hold, now) if one.hold is not None else None
        if card is None or not card.stands:
            continue
        if until <= now:
            holds.end(Keeping(by, card.id, card.kind), "The case is closed.", now)
        else:
            keeping = Keeping(by, card.id, card.kind)
            holds.prolong(keeping, Time(until, until), "The case is closed.", keys, now)
