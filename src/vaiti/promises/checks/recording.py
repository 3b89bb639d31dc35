"""When recording begins and ends, on which lines, from where, and of what."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from vaiti.promises.checks.statement import (
    count,
    each,
    hexes,
    instant,
    logged,
    read_json,
    rows,
    whole_second,
)
from vaiti.promises.site import Site
from vaiti.promises.verdict import Verdict, found
from vaiti.values.clock import from_micros

SAMPLE = 1_000  # of the newest calls
SLACK = timedelta(seconds=1)
"""Rows hold whole seconds."""
OFFSET_MS = 2_000
VOICE = frozenset(
    {"PCMU", "PCMA", "G722", "G729", "OPUS", "L16", "GSM", "ILBC", "AMR", "AMR-WB", "SPEEX"}
)
BESIDES = frozenset({"TELEPHONE-EVENT", "CN"})
"""What stands in a stream beside voice and says nothing: keys and comfort noise."""
CALLS = "SELECT count(*) FROM register_call"


def listed_lines_only(_site: Site, _now: datetime) -> Verdict:
    """N-11: each call's line was listed and recorded when it began, in its direction.

    As the line stood then: a call that began while it was being changed may name its row of before.
    Calls have whole seconds and lines have not: a line listed within the second in which a call
    began was there before it.
    """
    wrong = count(
        "SELECT count(*) FROM register_call c JOIN notice_line l ON l.id = c.line_id"
        f" WHERE NOT ({_took('l')}) AND NOT EXISTS (SELECT 1 FROM notice_line t"
        f" WHERE t.number = l.number AND {_took('t')})"
    )
    return found(count(CALLS), wrong, "a call was recorded on a line that was not to be")


def _took(line: str) -> str:
    return (
        f"{line}.recorded AND {whole_second(f'{line}.valid_from')} <= c.started_at"
        f" AND ({line}.valid_to IS NULL OR {line}.valid_to > c.started_at)"
        f" AND (c.direction <> 'in' OR {line}.inbound)"
        f" AND (c.direction <> 'out' OR {line}.outbound)"
    )


def only_source(_site: Site, _now: datetime) -> Verdict:
    """N-20: each call has its entry of being taken in from the recorder, and names it."""
    its = f"l.subject = {hexes('c.id')} AND l.kind = 'call:recording:taken_in'"
    wrong = count(
        "SELECT count(*) FROM register_call c WHERE c.recorder = '' OR c.peer = ''"
        f" OR NOT EXISTS ({logged('1', its)})"
    )
    return found(count(CALLS), wrong, "a call came from somewhere else than the recorder")


def begins_after_answer(_site: Site, _now: datetime) -> Verdict:
    """N-21: the first sound of each stream is not from before the call was answered."""
    looked, wrong = 0, 0
    for begins, _ends, told in _newest():
        looked += 1
        first = [one["first_us"] for one in told.get("epochs", ())]
        wrong += bool(first) and min(first) < _us(begins - SLACK)
    return found(looked, wrong, "there is sound from before the call was answered")


def ends_with_call(_site: Site, _now: datetime) -> Verdict:
    """N-22: no stream begins after the end, and no part of a call lasts longer than the call."""
    looked, wrong = 0, 0
    for _begins, ends, told in _newest():
        looked += 1
        wrong += any(one["first_us"] > _us(ends + SLACK) for one in told.get("epochs", ()))
    later = count(
        "SELECT count(*) FROM register_leg l JOIN register_call c ON c.id = l.call_id"
        " WHERE l.started_at > c.ended_at"
    )
    return found(looked, wrong + later, "there is sound from after the end of the call")


def voice_only(_site: Site, _now: datetime) -> Verdict:
    """N-17: every stream is a codec of voice."""
    looked, wrong = 0, 0
    for _begins, _ends, told in _newest():
        looked += 1
        codecs = {str(one["codec"]).split("/")[0].upper() for one in told.get("epochs", ())}
        wrong += bool(codecs - VOICE - BESIDES)
    return found(looked, wrong, "something else than voice was recorded")


def clock(site: Site, now: datetime) -> Verdict:
    """N-12: nothing is from time to come, and the phone system's clock agrees where it was held.

    A recorder says by its own clock when it last did: of those beside, too.
    """
    later = now + timedelta(minutes=5)
    ahead = len(rows(logged("l.id", "l.at > %s"), later, later))
    newest = rows("SELECT offset_ms FROM register_comparison ORDER BY at DESC LIMIT 1")
    apart = sum(abs(int(offset or 0)) > OFFSET_MS for (offset,) in newest)
    for state in (*site.run.glob("recorder*.json"), *site.beside):
        with suppress(FileNotFoundError, NotADirectoryError):  # beside may be nothing as yet
            written = datetime.fromtimestamp(state.stat().st_mtime, now.tzinfo) + site.moved
            apart += max(written, _said_at(state, written)) > later
    return found(count(CALLS) + len(newest), ahead + apart, "a clock is wrong")


def _said_at(state: Path, written: datetime) -> datetime:
    """By the clock of the recorder that wrote it; when it was written, of what cannot be read."""
    try:
        told = json.loads(state.read_bytes())
        return from_micros(int(told["at_us"]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return written


def _newest() -> Iterator[tuple[datetime, datetime, dict[str, Any]]]:
    sql = "SELECT started_at, ended_at, recording FROM register_call ORDER BY due_at DESC LIMIT %s"
    for begins, ends, recording in each(sql, SAMPLE):
        yield instant(begins), instant(ends), read_json(recording)


def _us(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)
