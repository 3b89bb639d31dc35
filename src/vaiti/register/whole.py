"""All that the register holds of one call, for the person who was recorded (Art. 15).

Agents are told by what they do, and not by name: their names are data about them (docs/
copy-format.md). What is written about an agent's work is counted, and its words stay inside.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from vaiti.register import holds, silencing, statements
from vaiti.register.check_models import Check
from vaiti.register.marks import interrupted
from vaiti.register.models import Call, Comment, Correction, Leg, Objection
from vaiti.register.person_models import Consent, Stop
from vaiti.values.clock import from_micros
from vaiti.values.opus import kept_as


def everything(call_id: UUID, now: datetime) -> dict[str, Any]:
    """As JSON has it. Instants are local with their offset. Raises Call.DoesNotExist."""
    call = Call.objects.select_related("line", "notice").get(id=call_id)
    zone = ZoneInfo(call.notice.zone)
    check = Check.objects.filter(call=call).first()
    objection = Objection.objects.filter(call=call).first()
    return {
        "id": call.id.hex,
        "direction": call.direction,
        "line": _line(call),
        "customer_number": call.customer,
        "started": _at(call.started_at, zone),
        "ended": _at(call.ended_at, zone),
        "length_s": _seconds(call.ended_at - call.started_at),
        "zone": call.notice.zone,
        "ended_by": call.ended_by,
        "end_may_lack": interrupted(call.recovered, call.ended_by),
        "agents": [_agent(leg, call.line.function, zone) for leg in _legs(call)],
        "not_recorded": _spans(call.recording, zone),
        "silenced": _silenced(call, zone),
        "notice_version": call.notice_id,
        "destroyed_at": _at(call.due_at, zone),
        "ordinarily_destroyed_at": _at(call.ordinary_due_at or call.due_at, zone),
        "destruction_rule": call.due_rule,
        "holds": _holds(call, zone, now),
        "corrections": _corrections(call, zone),
        "statements": _statements(call, zone),
        "objections": _stopped(call, zone),
        "consents": _consents(call, zone),
        "not_for_training_since": _at(objection.at, zone) if objection else None,
        "notes_on_the_agents_work": Comment.objects.filter(leg__call=call).count(),
        "source": {"recorder": call.recorder, "telephone_system": call.peer},
        "taken_in": _at(call.taken_in_at, zone),
        "sealed_sound_sha256": call.recording["sha256"],
        "kept_in_lossy_form": _lossy(call.recording, zone),
        "found_unchanged": _at(check.at, zone) if check and check.intact else None,
    }


def _line(call: Call) -> dict[str, Any]:
    line = call.line
    return {"number": line.number, "label": line.label, "function": line.function}


def _holds(call: Call, zone: ZoneInfo, now: datetime) -> list[dict[str, Any]]:
    return [
        {"kind": one.kind, "since": _at(one.placed_at, zone), "until": _at(one.ends_at, zone)}
        for one in holds.of_call(call.id, now)
    ]


def _statements(call: Call, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [{"at": _at(one.at, zone), "text": one.text} for one in statements.of_call(call.id)]


def _lossy(recording: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any] | None:
    """In which form, where it is not kept as it was received any more."""
    told = kept_as(recording)
    if told is None:
        return None
    since = _of_us(told["since_us"], zone)
    return {"codec": told["codec"], "kbit_a_second": told["kbits"], "since": since}


def _legs(call: Call) -> list[Leg]:
    return list(Leg.objects.filter(call=call).order_by("ordinal"))


def _agent(leg: Leg, function: str, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "role": "sales_agent" if function == "telesales" else "service_agent",
        "known": leg.person_id is not None,
        "started": _at(leg.started_at, zone),
        "ended": _at(leg.ended_at, zone),
        "length_s": _seconds(leg.ended_at - leg.started_at),
    }


def _spans(recording: Mapping[str, Any], zone: ZoneInfo) -> list[dict[str, Any]]:
    """On hold, while somebody had the recording paused, and between two recorders."""
    kinds = (("hold", "holds"), ("pause", "pauses"), ("recorder", "changeovers"))
    return [
        {"why": why, "from": _of_us(span["from_us"], zone), "to": _of_us(span["to_us"], zone)}
        for why, kind in kinds
        for span in recording.get(kind, ())
    ]


def _silenced(call: Call, zone: ZoneInfo) -> list[dict[str, Any]]:
    begun = {leg.id: leg.started_at for leg in _legs(call)}
    return [
        {
            "from": _at(begun[one.leg] + one.begins, zone),
            "to": _at(begun[one.leg] + one.ends, zone),
            "side": one.side,
            "reason": one.reason,
        }
        for one in silencing.of_call(call.id)
    ]


def _stopped(call: Call, zone: ZoneInfo) -> list[dict[str, Any]]:
    rows = Stop.objects.filter(call=call).order_by("at", "id")
    return [{"purpose": row.purpose, "since": _at(row.at, zone)} for row in rows]


def _consents(call: Call, zone: ZoneInfo) -> list[dict[str, Any]]:
    return [
        {
            "purpose": row.purpose,
            "given": _at(row.given_at, zone),
            "withdrawn": _at(row.withdrawn_at, zone) if row.withdrawn_at else None,
        }
        for row in Consent.objects.filter(call=call).order_by("given_at", "id")
    ]


def _corrections(call: Call, zone: ZoneInfo) -> list[dict[str, Any]]:
    rows = Correction.objects.filter(call=call).order_by("at", "id")
    return [
        {
            "what": row.what,
            "at": _at(row.at, zone),
            "before": row.before if row.what == "direction" else None,
            "after": row.after if row.what == "direction" else None,
        }
        for row in rows
    ]


def _at(instant: datetime, zone: ZoneInfo) -> str:
    return instant.astimezone(zone).isoformat(timespec="seconds")


def _of_us(micros: int, zone: ZoneInfo) -> str:
    return _at(from_micros(micros), zone)


def _seconds(span: timedelta) -> int:
    return int(span.total_seconds())
