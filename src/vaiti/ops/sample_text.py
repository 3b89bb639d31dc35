"""Samples of calls on the command line: drawn for an auditor, and printed row by row."""

import argparse
from datetime import datetime
from uuid import UUID

from vaiti.access import samples
from vaiti.access.samples import SampleRow, SampleView
from vaiti.ops.person_days import Zoned
from vaiti.register.sampling import Drawn
from vaiti.retention.tombstones import Gone, gone

BY = "system:command-line"


def draw(person: UUID, given: argparse.Namespace, now: datetime) -> UUID:
    """From the first day's beginning to the last day's end. Raises what `samples.draw` raises."""
    zoned = Zoned.at(now)
    of = Drawn(zoned.begins(given.first), zoned.ends(given.last), given.line)
    return samples.draw(person, of, given.number, now, by=BY)


def text(view: SampleView, now: datetime) -> str:
    """The sample as it was drawn, and a line a call; without agents."""
    card, zone = view.card, Zoned.at(now).zone
    remains = gone(row.call for row in view.rows if row.trace is None)
    head = [
        f"sample {card.id.hex}: {card.calls} of {card.among} calls, seed {card.seed}",
        f"from {card.of.begins:%Y-%m-%dT%H:%MZ} to {card.of.ends:%Y-%m-%dT%H:%MZ} "
        f"on {card.of.line or 'all lines'}",
    ]
    rows = [
        f"{row.number:3}  {row.call.hex}  {_row(row, remains.get(row.call))}" for row in view.rows
    ]
    return "\n".join([*head, *rows, f"times are UTC; the register's zone is {zone.key}"])


def _row(row: SampleRow, remains: Gone | None) -> str:
    if row.trace is None:
        return f"destroyed {remains.done_at:%Y-%m-%d}" if remains else "its time is over"
    one = row.trace
    return (
        f"{one.started_at:%Y-%m-%dT%H:%M}  {one.direction:3}  {one.customer:15}  {one.line}  "
        f"received {one.taken_in_at:%Y-%m-%dT%H:%M}  heard {row.listened} times  "
        f"due {one.due_at:%Y-%m-%d}  {_seal(row)}"
    )


def _seal(row: SampleRow) -> str:
    if row.intact is None:
        return "seal not checked"
    return "seal unchanged" if row.intact else "seal BROKEN"
