"""Listening that asks for an explanation: found by the rules, told to the officer, answered once.

Nobody answers, or sees, what is about themselves; what is about a data protection officer goes to
the security lead too. An alert that was answered is forgotten after a year.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction

from vaiti.access import complaints, near
from vaiti.access.errors import MandateError, NotVisible
from vaiti.access.misuse import (
    LONGEST,
    MANAGERS,
    Hit,
    Opened,
    Refusal,
    Rule,
    Seen,
    Thresholds,
    hits,
)
from vaiti.access.models import Alert, AlertEntry, Listening, Mandate
from vaiti.access.references import fit_reference
from vaiti.access.standing import standing
from vaiti.access.table import Besides, holders
from vaiti.audit import log, reading
from vaiti.audit.entry import Facts
from vaiti.audit.kinds import Kind
from vaiti.audit.reading import LogEntry
from vaiti.people import book, changes
from vaiti.register import serving

ALARM = "access:misuse"
ACTOR = "system:access"
ANSWERERS = holders(Besides.ALERTS)
ANSWERS = ("explained", "follow_up")
KEPT = timedelta(days=366)
MOST = 200  # alerts told at once, the newest
MOST_ENTRIES = 50_000  # of each kind looked at in a round
KINDS = {"training": "activity", "rights": "case", "security": "incident"}


@dataclass(frozen=True, slots=True)
class AlertCard:
    """`count` entries in a time; `answer` is empty while it waits."""

    id: UUID
    rule: str
    person_id: UUID
    person: str = field(repr=False)
    about: str
    count: int
    least: int
    begins: datetime
    ends: datetime
    found_at: datetime
    answer: str
    reference: str
    answered_by: str = field(repr=False)
    answered_at: datetime | None


def watch(rules: Thresholds, zone: ZoneInfo, now: datetime) -> int:
    """Looks at the last thirty days, tells what is new, and forgets what was answered long ago."""
    with transaction.atomic():
        Alert.objects.filter(answered_at__lte=now - KEPT).delete()
        near.forget(changes.leavers(now - KEPT, now), ACTOR, now)
        found = hits(_seen(rules, now), rules, zone)
        for hit in found:
            _tell(hit, rules.of(hit.rule), now)
    return len(found)


def _seen(rules: Thresholds, now: datetime) -> Seen:
    since = now - LONGEST
    used: dict[str, set[UUID]] = {rule.value: set() for rule in Rule}
    rows = AlertEntry.objects.filter(alert__ends_at__gt=since)
    for rule, entry in rows.values_list("alert__rule", "entry"):
        used.setdefault(rule, set()).add(entry)
    return Seen(
        opened=_opened(rules, since, now),
        refused=_refused(now),
        leaving=changes.leavers(since, now + LONGEST),
        moves=changes.team_ends(since, now),
        near=near.numbers(),
        complaints=complaints.times(now),
        used={rule: frozenset(some) for rule, some in used.items()},
    )


@dataclass(frozen=True, slots=True)
class _Part:
    """What was listened to: whose part it is, with whom, on which line."""

    agent: UUID | None = None
    customer: str = field(default="", repr=False)
    line: UUID | None = None


def _opened(rules: Thresholds, since: datetime, now: datetime) -> list[Opened]:
    parts, far = _parts(since), _Far(rules, now)
    matters = set(Mandate.objects.values_list("kind", "reference"))
    found = reading.between((Kind.ACCESS_LISTENING_OPENED,), since, now, MOST_ENTRIES)
    return [_as_opened(one, parts, matters, far) for one in found if not one.removed]


def _parts(since: datetime) -> dict[str, _Part]:
    """By the listening that the entry names; what was destroyed since is not among them."""
    columns = ("id", "leg__person_id", "leg__customer", "leg__line_id")
    rows = Listening.objects.filter(opened_at__gt=since).values_list(*columns)
    return {one.hex: _Part(agent, customer, line) for one, agent, customer, line in rows}


def _as_opened(
    one: LogEntry, parts: dict[str, _Part], matters: set[tuple[str, str]], far: "_Far"
) -> Opened:
    purpose, listener = str(one.facts["purpose"]), UUID(hex=one.actor)
    part, rule = parts.get(str(one.facts["listening"]), _Part()), str(one.facts["rule"])
    agent = listener if rule == "own_leg" else part.agent
    return Opened(
        entry=one.id,
        at=one.at,
        listener=listener,
        call=one.subject,
        agent=agent,
        rule=rule,
        purpose=purpose,
        known=(KINDS.get(purpose, ""), str(one.facts["reference"])) in matters,
        customer=part.customer,
        far=rule == MANAGERS and far.is_far(listener, part),
    )


class _Far:
    """Whether a line is far from a manager: their other people took calls lately, none there.

    Asked once for each manager, line and agent in a round.
    """

    def __init__(self, rules: Thresholds, now: datetime) -> None:
        self._wanted, self._now = bool(rules.far_line), now
        self._since = now - timedelta(days=rules.far_days)
        self._people: dict[UUID, frozenset[UUID]] = {}
        self._known: dict[tuple[UUID, _Part], bool] = {}

    def is_far(self, manager: UUID, part: _Part) -> bool:
        if not self._wanted or part.line is None:
            return False
        asked = (manager, _Part(part.agent, "", part.line))
        if asked not in self._known:
            others = self._led(manager) - {part.agent}
            self._known[asked] = serving.serve_others_only(others, part.line, self._since)
        return self._known[asked]

    def _led(self, manager: UUID) -> frozenset[UUID]:
        if manager not in self._people:
            self._people[manager] = book.subordinates(manager, self._now)
        return self._people[manager]


def _refused(now: datetime) -> list[Refusal]:
    """Those that the person cannot mend: what is missing is no misuse."""
    kinds = (Kind.ACCESS_CALL_REFUSED, Kind.ACCESS_LISTENING_REFUSED)
    found = reading.between(kinds, now - timedelta(days=2), now, MOST_ENTRIES)
    return [
        Refusal(one.id, one.at, UUID(hex=one.actor))
        for one in found
        if not one.removed and not one.facts.get("needs") and len(one.actor) == 32
    ]


def _tell(hit: Hit, least: int, now: datetime) -> None:
    row = Alert.objects.create(
        rule=hit.rule.value,
        person_id=hit.person,
        about=hit.about,
        count=len(hit.entries),
        least=least,
        begins_at=hit.begins,
        ends_at=hit.ends,
        found_at=now,
    )
    AlertEntry.objects.bulk_create(AlertEntry(alert=row, entry=one) for one in hit.entries)
    facts: Facts = {"alert": row.id.hex, "rule": row.rule, "entries": row.count}
    kind, subject = Kind.ACCESS_ALERT_RAISED, hit.person.hex
    log.append(kind, actor=ACTOR, subject=subject, facts=facts, now=now)


def waiting() -> dict[str, str]:
    """What nobody has answered: the id in hex, and the rule."""
    rows = Alert.objects.filter(answered_at__isnull=True).values_list("id", "rule")
    return {one.hex: rule for one, rule in rows}


def alerts(person_id: UUID, now: datetime) -> tuple[AlertCard, ...]:
    """What this person answers for: what waits first, each the newest first. Raises NotVisible."""
    mine = standing(person_id, now).roles & ANSWERERS
    if not mine:
        raise NotVisible
    rows = Alert.objects.exclude(person_id=person_id).order_by("-found_at", "-id")
    if "dpo" not in mine:
        officers = [one.id for one in book.persons(now) if "dpo" in one.roles]
        rows = rows.filter(person_id__in=officers)
    found = list(rows[:MOST])
    people = {row.person_id for row in found} | {row.answered_by_id for row in found}
    names = book.names(one for one in people if one is not None)
    return tuple(_card(row, names) for row in sorted(found, key=lambda row: bool(row.answer)))


def _card(row: Alert, names: dict[UUID, str]) -> AlertCard:
    return AlertCard(
        id=row.id,
        rule=row.rule,
        person_id=row.person_id,
        person=names.get(row.person_id, "–"),
        about=row.about,
        count=row.count,
        least=row.least,
        begins=row.begins_at,
        ends=row.ends_at,
        found_at=row.found_at,
        answer=row.answer,
        reference=row.reference,
        answered_by=names.get(row.answered_by_id, "") if row.answered_by_id else "",
        answered_at=row.answered_at,
    )


def alert(person_id: UUID, alert_id: UUID, now: datetime) -> tuple[AlertCard, tuple[LogEntry, ...]]:
    """One of them with its entries; reading them is an entry of its own. Raises NotVisible."""
    for card in alerts(person_id, now):
        if card.id == alert_id:
            ids = AlertEntry.objects.filter(alert_id=alert_id).values_list("entry", flat=True)
            entries = reading.of_ids(ids)
            facts: Facts = {"kind": "alert", "actor": "", "entries": len(entries)}
            with transaction.atomic():
                actor, kind = person_id.hex, Kind.ACCESS_LOG_READ
                log.append(kind, actor=actor, subject=alert_id.hex, facts=facts, now=now)
            return card, entries
    raise NotVisible


def answer(person_id: UUID, alert_id: UUID, said: str, reference: str, now: datetime) -> None:
    """Explained, or followed up under a reference. Raises NotVisible, and MandateError."""
    if not any(one.id == alert_id for one in alerts(person_id, now)):
        raise NotVisible
    if said not in ANSWERS:
        raise MandateError("Say whether it is explained or followed up.")
    if (said == "follow_up" or reference) and not fit_reference(reference):
        raise MandateError(
            "A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
        )
    with transaction.atomic():
        waits = Alert.objects.filter(id=alert_id, answered_at__isnull=True)
        told = {"answer": said, "reference": reference}
        if not waits.update(answered_by_id=person_id, answered_at=now, **told):
            raise MandateError("Somebody has answered it already.")
        facts: Facts = {"alert": alert_id.hex, **told}
        kind, actor = Kind.ACCESS_ALERT_ANSWERED, person_id.hex
        log.append(kind, actor=actor, subject=alert_id.hex, facts=facts, now=now)
