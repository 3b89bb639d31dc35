"""What a call's page says of the holds on it."""

from dataclasses import dataclass

from vaiti.access.doors import CallView
from vaiti.access.holding import OFFICER, may_hold
from vaiti.register import holds as verbs
from vaiti.web.holds import Row, row_of
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments


@dataclass(frozen=True, slots=True)
class OnCall:
    """`rows` say why and for whom to those who look after holds; to all others, only until when."""

    rows: list[Row]
    ordinary: str
    in_full: bool
    may_hold: bool
    mine: frozenset[str]


def held_of(request: SignedIn, view: CallView, see: Moments) -> OnCall:
    found = verbs.of_call(view.call.id, request.moment) if view.call.held else []
    full = may_hold(request.person.id, request.moment)
    mine = (
        one.id.hex
        for one in found
        if OFFICER in request.person.roles or one.owner_id == request.person.id
    )
    narrow = view.call.narrow_at
    ordinary = see.day(narrow) if narrow is not None and narrow > request.moment else ""
    return OnCall([row_of(one, see) for one in found], ordinary, full, full, frozenset(mine))
