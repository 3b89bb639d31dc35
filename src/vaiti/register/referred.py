"""Calls by their references: what a call's is, and which call one is of (register.call_reference).

Nothing is kept for it: a reference is computed anew wherever it is shown. One of a call that is
destroyed is of no call, as one that somebody made up.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import salted_hmac

from vaiti.register import call_reference, candidates
from vaiti.register.candidates import Candidate
from vaiti.register.matching import Rules, Stretch, fitting
from vaiti.register.sides import stretch
from vaiti.values.clock import from_micros

_MOST = 1_000
"""Calls whose ids begin alike: with ten million calls, some two hundredths on average."""


def reference_of(call: UUID) -> str:
    """Of a call in the book, or one that is still going on."""
    return call_reference.write(call, _key())


def find(reference: str, now: datetime) -> Candidate | None:
    """The one call that may be read at `now`. `reference` as `call_reference.read` gives it."""
    key = _key()
    first, last = call_reference.bounds(reference, key)
    near = candidates.kept(now).filter(id__gte=first, id__lte=last).select_related("line")
    found = (one for one in near[:_MOST] if call_reference.fits(reference, one.id, key))
    row = next(found, None)
    return candidates.as_candidate(row) if row is not None else None


def of_stretches(told: Sequence[Stretch], rules: Rules, now: datetime) -> list[str]:
    """For each of the phone system's calls its reference, or nothing where none of the book is it,
    or more than one may be: a wrong one would lead its holder to a stranger's call."""
    if not told:
        return []
    margin = timedelta(seconds=rules.start_s)
    rows = candidates.kept(now).filter(
        line__number__in={one.line for one in told},
        started_at__gte=from_micros(min(one.start_us for one in told)) - margin,
        started_at__lte=from_micros(max(one.start_us for one in told)) + margin,
    )
    calls = list(rows.select_related("line").order_by("started_at", "id"))
    ours = [stretch(row.line.number, row.started_at, row.ended_at) for row in calls]
    fits = fitting(told, ours, rules)
    claimed = Counter(j for some in fits for j in some)
    return [
        reference_of(calls[some[0]].id) if len(some) == 1 and claimed[some[0]] == 1 else ""
        for some in fits
    ]


def _key() -> bytes:
    return salted_hmac("vaiti.register.referred", "key", algorithm="sha256").digest()
