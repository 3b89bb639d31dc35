"""What shows that destruction is done: the last look in every place for what is too old."""

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.access.proving import may_see_proof
from vaiti.audit import following
from vaiti.promises.older import scan
from vaiti.promises.older.places import Looked
from vaiti.promises.older.scan import Scan
from vaiti.retention import certificates
from vaiti.retention.certificates import Day
from vaiti.web import dates
from vaiti.web.http.methods import only
from vaiti.web.http.request import SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments

LONG = timedelta(days=8)  # beyond the longest pause that the settings allow
WAYS = {
    "bucket": gettext_noop("A locked bucket"),
    "folder": gettext_noop("A folder of somebody else’s"),
    "mail": gettext_noop("Mail to others"),
}
PLACES = {
    "database": gettext_noop("Database: rows of calls"),
    "store": gettext_noop("Store: sealed recordings"),
    "journal": gettext_noop("Journal: recordings on their way in"),
    "keys": gettext_noop("Key store: keys of days and calls"),
    "temporary": gettext_noop("Temporary folders: sound left lying"),
    "backups": gettext_noop("Backups"),
    "others": gettext_noop("Other files of the register"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """`holds` is false where something is too old, unaccounted for, or was not seen."""

    place: str
    counted: int
    oldest: str
    older: int
    strange: int
    seen: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Outside:
    """Where signed checkpoints left to; `stale` when the last one is too long ago to count on."""

    way: str
    size: int
    at: str
    stale: bool


@dataclass(frozen=True, slots=True)
class DayRow:
    day: str
    address: str
    calls: int
    last: str
    ended: str


@only("GET")
def proof(request: SignedIn) -> HttpResponseBase:
    if not may_see_proof(request.person.id, request.moment):
        raise Http404
    see = Moments.at(request.moment)
    found = scan.newest()
    given: dict[str, object] = {
        "found": found,
        "days": [_day(one, see) for one in certificates.days()],
        "outside": _outside(see),
        "key": sha256(wired().log_public).hexdigest(),
    }
    if found is not None:
        given |= _last(found, see)
    return render(request, "proof.html", given)


def _last(found: Scan, see: Moments) -> dict[str, object]:
    return {
        "at": see.day_and_time(found.at),
        "limit": see.day_and_time(found.limit),
        "rows": [_row(one, see) for one in found.places],
        "holds": found.holds,
        "stale": (see.now - found.at).days >= 2,
    }


def _row(one: Looked, see: Moments) -> Row:
    oldest = see.day_and_time(one.oldest) if one.oldest else "–"
    counts = (one.counted, oldest, one.older, one.strange)
    return Row(_(PLACES[one.place]), *counts, seen=not one.fault, holds=one.holds)


def _day(one: Day, see: Moments) -> DayRow:
    return DayRow(
        dates.write_day(one.day),
        f"/proof/{one.day.isoformat()}/",
        one.calls,
        see.day_and_time(one.last_at) if one.last_at else "–",
        see.day_and_time(one.ended_at) if one.ended_at else "",
    )


def way_of(name: str) -> str:
    """Where checkpoints have left to, or who has cosigned them."""
    if name.startswith(following.WITNESS):
        witness = name.removeprefix(following.WITNESS)
        return _("Cosigned by the witness %(name)s") % {"name": witness}
    return _(WAYS.get(name, name))


def _outside(see: Moments) -> list[Outside]:
    return [
        Outside(
            way_of(one.name),
            one.place,
            see.day_and_time(one.at),
            stale=see.now - one.at > LONG,
        )
        for one in following.outside()
    ]
