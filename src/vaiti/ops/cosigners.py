"""Has witnesses outside cosign the newest checkpoint, on a schedule (C2SP tlog-witness)."""

from datetime import datetime, timedelta

from django.db import transaction

from vaiti.audit import cosigned, following, proofs, summary
from vaiti.audit.checkpoint import NoteError
from vaiti.audit.cosigning import Witness, read_witness, submission, with_cosignature
from vaiti.audit.summary import Summary
from vaiti.due import alarms
from vaiti.ops.feeds.posting import Answer, PostFailed, asked
from vaiti.ops.leaving import ALARM
from vaiti.ops.sections.outside import WitnessPlace

AHEAD = "ahead"
CONFLICT = 409
SIZE = "text/x.tlog.size"
TAKEN = 200


class Refused(Exception):
    """The witness did not cosign; `code` says why, in a word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CosigningDesk:
    """For the worker, every minute or so."""

    def __init__(self, places: tuple[WitnessPlace, ...]) -> None:
        self._places = places

    def send(self, now: datetime) -> None:
        newest = summary.summary()
        for place in self._places if newest.note else ():
            self._send(place, newest, now)

    def _send(self, place: WitnessPlace, newest: Summary, now: datetime) -> None:
        witness = read_witness(place.key)
        name = f"{following.WITNESS}{witness.name}"
        last = following.last(following.OUTSIDE + name)
        pause = timedelta(hours=place.hours)
        if last is not None and (now - last.at < pause or last.place == newest.size):
            return
        try:
            note = _cosigned_note(place, witness, newest, last.place if last else 0, now)
        except (PostFailed, Refused) as error:
            alarms.raise_alarm(ALARM, name, error.code, now)
            return
        except NoteError:
            alarms.raise_alarm(ALARM, name, "not_cosigned", now)
            return
        with transaction.atomic():
            cosigned.keep(newest.size, note)
            following.reached(following.OUTSIDE + name, newest.size, now)
            alarms.clear(ALARM, name, now)


def _cosigned_note(
    place: WitnessPlace, witness: Witness, newest: Summary, old: int, now: datetime
) -> str:
    if old > newest.size:
        raise Refused(AHEAD)
    answer = _submitted(place, newest, old)
    if answer.status == CONFLICT and answer.kind == SIZE and answer.text.strip().isdecimal():
        seen = int(answer.text)  # which may be more than we know: we were restored, or killed
        if seen > newest.size:
            raise Refused(AHEAD)
        answer = _submitted(place, newest, seen)
    if answer.status != TAKEN:
        raise Refused(f"status {answer.status}")
    return with_cosignature(newest.note, answer.text, witness, int(now.timestamp()))


def _submitted(place: WitnessPlace, newest: Summary, old: int) -> Answer:
    path = proofs.consistency(old, newest.size).path if 0 < old < newest.size else ()
    address = f"{place.address.rstrip('/')}/add-checkpoint"
    body = submission(old, path, newest.note)
    return asked(address, body, {"Content-Type": "text/plain"}, place.private, place.authority)
