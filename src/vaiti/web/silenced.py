"""What a call's page says of its silenced passages, and the form that silences one more."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from vaiti.access.doors import CallView
from vaiti.access.silencing import legs_to_silence
from vaiti.register import silencing as passages
from vaiti.register.silencing import DONE, Silenced
from vaiti.web.dates import write_length
from vaiti.web.http.errors import Trouble
from vaiti.web.http.request import SignedIn
from vaiti.web.moments import Moments, spoken_length
from vaiti.web.searching import Choice
from vaiti.web.wording import access_words


@dataclass(frozen=True, slots=True)
class Row:
    """One passage: where, how long, why, and how far it is."""

    span: str
    length: str
    why: str
    state: str
    mood: str


@dataclass(frozen=True, slots=True)
class Silencing:
    """`legs` are those in which a passage may be silenced; `begins` and `ends` what was typed."""

    call: str
    rows: list[Row]
    legs: list[Choice]
    sides: list[Choice]
    reasons: list[Choice]
    trouble: Trouble | None
    begins: str
    ends: str


def silencing_of(
    request: SignedIn, view: CallView, see: Moments, trouble: Trouble | None
) -> Silencing:
    """Of what the person sees of the call."""
    call, form = view.call.id, request.POST
    names = {part.leg.id: part.leg.agent or _("not known yet") for part in view.legs}
    may = legs_to_silence(request.person.id, call, request.moment) if view.call.sound else ()
    return Silencing(
        call=call.hex,
        rows=[_row(one, see) for one in passages.of_call(call) if one.leg in names],
        legs=[
            Choice(str(leg), name, form.get("leg") == str(leg))
            for leg, name in names.items()
            if leg in may
        ],
        sides=[_choice(code, access_words.side(code), form.get("side")) for code in passages.SIDES],
        reasons=[
            _choice(code, access_words.reason(code), form.get("reason"))
            for code in passages.REASONS
        ],
        trouble=trouble,
        begins=form.get("begins", "")[:10],
        ends=form.get("ends", "")[:10],
    )


def _choice(code: str, label: str, chosen: str | None) -> Choice:
    return Choice(code, label, code == chosen)


def _row(one: Silenced, see: Moments) -> Row:
    ends = one.done_at or one.asked_at
    return Row(
        span=f"{write_length(one.begins)}–{write_length(one.ends)}",
        length=spoken_length(one.ends - one.begins),
        why=f"{access_words.reason(one.reason)} · {access_words.side(one.side)}",
        state=access_words.silencing(one.state) % {"moment": see.day_and_time(ends)},
        mood="good" if one.state == DONE else "warn",
    )
