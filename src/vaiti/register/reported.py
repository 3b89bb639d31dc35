"""What the recorder reports in its journal becomes an alarm of its own instant."""

import json
from datetime import datetime

from vaiti.due import alarms
from vaiti.register import outages
from vaiti.values.clock import from_micros

ALARM_EVENT = "intake_event"


def report_event(body: bytes, now: datetime) -> None:
    """Reading it twice raises it once."""
    try:
        event = json.loads(body)
        kind, peer, reason = str(event["kind"]), str(event["peer"]), str(event["reason"])
        at = min(from_micros(int(event["at_us"])), now)
        if not (kind + peer + reason).isprintable():
            raise ValueError("a text of the event cannot be kept in every database")
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        detail = "an event of the recorder cannot be read"
        alarms.raise_alarm(ALARM_EVENT, "", detail, now, event=True)
        return
    if not alarms.known(kind[:64], peer[:128], at):
        outages.turned_down(kind, peer, at, now)
        alarms.raise_alarm(kind[:64], peer[:128], reason[:200], at, event=True)
