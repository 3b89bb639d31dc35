"""A request to a second person for hearing another's call, in words."""

from dataclasses import dataclass
from datetime import datetime

from vaiti.access.permits import PermitCard
from vaiti.web.moments import Moments
from vaiti.web.wording import access_words, words


@dataclass(frozen=True, slots=True)
class Permit:
    """A request in words. `call` is the id in its address; `mood` good, warn or bad."""

    id: str
    who: str
    call: str
    purpose: str
    reference: str
    asked: str
    until: str
    state: str
    label: str
    mood: str
    by: str
    reason: str


MOODS = {"waiting": "warn", "given": "good", "refused": "bad", "withdrawn": "bad", "over": ""}


def permit(one: PermitCard, now: datetime) -> Permit:
    see = Moments.at(now)
    return Permit(
        id=one.id.hex,
        who=one.person,
        call=one.call.hex,
        purpose=words.purpose(one.purpose),
        reference=one.reference,
        asked=see.day_and_time(one.asked_at),
        until=see.day_and_time(one.until),
        state=one.state.value,
        label=access_words.approval(one.state.value),
        mood=MOODS[one.state.value],
        by=one.by,
        reason=one.reason,
    )
