"""Gives a call that is in the book the length, the terms and the legs of one more part of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max

from vaiti.notice.due import destruction_day
from vaiti.people.seats import FeedRules
from vaiti.register import codecs, hold_rules, parts
from vaiti.register.admission import Admitted
from vaiti.register.holding import standing_for
from vaiti.register.intake import Terms, check, recording, seat, terms
from vaiti.register.marks import CUT, interrupted, marks_of
from vaiti.register.models import Arrival, Call, Comment, Desk, Leg, State
from vaiti.values.clock import from_micros
from vaiti.values.ids import CallId, ObjectId, as_uuid
from vaiti.vault.manifest import AgentLeg, Manifest

HUNG_UP = timedelta(seconds=2)
"""By which a recorder that died may seem to have heard more than the one that heard the end."""


@dataclass(frozen=True, slots=True)
class Whole:
    """What the call will be with its part. `later`: the part is what came after; `day` is that of
    its destruction, with its holds, and `before` the one so far."""

    started_at: datetime
    ended_at: datetime
    later: bool
    terms: Terms
    held: hold_rules.Terms
    day: date
    before: date


def whole(call_id: UUID, manifest: Manifest, segments: int, now: datetime) -> Whole:
    """Raises IntakeRefused for a part that may not enter, and Call.DoesNotExist."""
    facts = check(manifest, manifest.sha256, segments).facts
    return _whole(Call.objects.select_related("notice").get(id=call_id), facts, manifest, now)


def _whole(call: Call, facts: Admitted, manifest: Manifest, now: datetime) -> Whole:
    started = min(call.started_at, facts.started_at)
    ended, later = max(call.ended_at, facts.ended_at), _ends_it(call, facts, manifest)
    answered = call.started_at if started == call.started_at else facts.answered_at
    found = terms(answered, ended)
    held = hold_rules.terms(found.due_at, call.due_at, standing_for([call.id], now)[call.id], now)
    day = destruction_day(held.due_at, found.notice.zone)
    return Whole(started, ended, later, found, held, day, call.destruction_day)


def _ends_it(call: Call, facts: Admitted, manifest: Manifest) -> bool:
    """Whether the part says how the call ended: it went on longer, or it heard somebody hang up
    when the other one heard no more."""
    said = manifest.state != "recovered" and manifest.ended_by not in CUT
    known = not interrupted(call.recovered, call.ended_by)
    return facts.ended_at + HUNG_UP * said > call.ended_at + HUNG_UP * known


def lengthen(
    call_id: UUID,
    manifest: Manifest,
    object_id: ObjectId,
    sealed: tuple[str, int],
    *,
    now: datetime,
    rules: FeedRules | None = None,
) -> None:
    """The call is one from here on, in all its rows; its sound is joined by the worker next.
    `sealed`: SHA-256 and count of segments of the object gathered from the journal.

    Raises parts.InWork, and IntakeRefused.
    """
    facts = check(manifest, *sealed).facts
    with transaction.atomic():
        call = Call.objects.select_for_update(of=("self",)).select_related("notice").get(id=call_id)
        if call.state != State.KEPT:
            raise parts.InWork
        came = as_uuid(CallId(manifest.call_id))
        found, technical = _whole(call, facts, manifest, now), recording(manifest)
        codecs.note(technical, found.day)
        parts.come(call, manifest, object_id, technical, now)
        _write(call, found, manifest)
        for leg in facts.legs:
            _seat(call, leg, rules or FeedRules(), now)
        Arrival.objects.filter(call=came).delete()


def _write(call: Call, found: Whole, manifest: Manifest) -> None:
    call.started_at, call.ended_at = found.started_at, found.ended_at
    if found.later:
        call.ended_by, call.recovered = manifest.ended_by, manifest.state == "recovered"
    call.notice_id = found.terms.notice.version
    call.due_at, call.due_rule = found.held.due_at, found.terms.rule
    call.ordinary_due_at, call.narrow_at = found.held.ordinary_due_at, found.held.narrow_at
    call.destruction_day = found.day
    call.marks |= marks_of(True, recording(manifest))
    call.save(
        update_fields=[
            *("started_at", "ended_at", "ended_by", "recovered", "notice", "due_at", "due_rule"),
            *("ordinary_due_at", "narrow_at", "destruction_day", "marks"),
        ]
    )
    Leg.objects.filter(call=call).update(destruction_day=found.day, marks=call.marks)


def _seat(call: Call, told: AgentLeg, rules: FeedRules, now: datetime) -> None:
    """Who went on speaking has one leg, over the time that nobody recorded too; anybody else has
    one of their own."""
    desks = list(Desk.objects.filter(call=call).order_by("started_at", "ordinal"))
    begins, ends = from_micros(told.from_us), from_micros(told.to_us)
    same = [one for one in (desks[:1] + desks[-1:]) if _goes_on(one, told, desks, begins)]
    if same:
        _stretch(same[-1], begins, ends, now)
        return
    of_call = Leg.objects.filter(call=call)
    last = of_call.aggregate(last=Max("ordinal"))["last"] or 0
    seat(call, [told], rules, now, after=(max((one.ordinal for one in desks), default=0), last))


def _goes_on(desk: Desk, told: AgentLeg, desks: Sequence[Desk], begins: datetime) -> bool:
    """The last agent of the part before, or the first of the part after."""
    meets = desk is desks[-1] if begins >= desk.started_at else desk is desks[0]
    return meets and (desk.device, desk.said) == (told.device, list(told.said))


def _stretch(desk: Desk, begins: datetime, ends: datetime, now: datetime) -> None:
    legs = list(
        Leg.objects.filter(call_id=desk.call_id, desk=desk.ordinal).order_by("started_at", "id")
    )
    desk.started_at, desk.ended_at = min(desk.started_at, begins), max(desk.ended_at, ends)
    desk.look_at = now  # whose the new stretch is, the agent feed may know better
    desk.save(update_fields=["started_at", "ended_at", "look_at"])
    if not legs:
        return
    earlier = legs[0].started_at - desk.started_at
    if earlier > timedelta(0):
        Leg.objects.filter(id=legs[0].id).update(started_at=desk.started_at)
        place = F("place_ms") + earlier // timedelta(milliseconds=1)
        Comment.objects.filter(leg_id=legs[0].id).update(place_ms=place)
    if desk.ended_at > legs[-1].ended_at:
        Leg.objects.filter(id=legs[-1].id).update(ended_at=desk.ended_at)
