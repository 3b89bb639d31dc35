"""A number proven by a one-time code: from the person's own page, and by a handler in a case.

The whole number passes through here on its way to the gateway, and is shown, logged and kept
nowhere. How often a code is sent is bound in memory: by number, under a key that dies with this
process, and by whoever asks.
"""

import hmac
import secrets
from collections.abc import Callable
from datetime import date
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import override

from vaiti.rights import number_codes
from vaiti.rights.cases import CaseView
from vaiti.rights.errors import CaseRefused
from vaiti.rights.person_pages import OwnCase
from vaiti.values.personal import Personal
from vaiti.web import numbers
from vaiti.web.http.origins import address_of
from vaiti.web.http.pace import Pace
from vaiti.web.http.request import Request, SignedIn
from vaiti.web.http.wiring import wired
from vaiti.web.moments import Moments

TO_NUMBER = Pace(3, 3600)
ASKED = Pace(10, 3600)
"""Codes that one address asks for, or one handler."""
TYPED = Pace(30, 900)
MOST_CODE = 20  # characters, as somebody types them
_KEY = secrets.token_bytes(32)


def shown_to_person(own: OwnCase, see: Moments) -> dict[str, Any]:
    """What the person's own page shows of it."""
    return _shown(own.card.id, see) if own.card.open else {}


def shown(view: CaseView, see: Moments) -> dict[str, Any]:
    """What the case's page shows of it."""
    return _shown(view.card.id, see) if view.desk.handles and view.card.open else {}


def _shown(case_id: UUID, see: Moments) -> dict[str, Any]:
    if not number_codes.offered(case_id, wired().codes):
        return {}
    waits = number_codes.waiting(case_id, see.now)
    return {
        "codes": True,
        "code_to": numbers.write_masked(waits.customer) if waits else "",
        "code_until": see.time(waits.expires_at) if waits else "",
        "code_minutes": round(wired().codes.lives.total_seconds() / 60),
    }


def send_own(request: Request, own: OwnCase) -> None:
    _send(request, own.card.id, own.card.language, address_of(request), None)


def check_own(request: Request, own: OwnCase) -> None:
    _check(request, own.card.id, address_of(request), None)


def _send_by_handler(request: SignedIn, case_id: UUID, today: date) -> None:
    language = number_codes.language_of(case_id)
    _send(request, case_id, language, request.person.id.hex, request.person.id)


def _check_by_handler(request: SignedIn, case_id: UUID, today: date) -> None:
    _check(request, case_id, request.person.id.hex, request.person.id)


ACTS: dict[str, Callable[[SignedIn, UUID, date], None]] = {
    "number": _send_by_handler,
    "number-code": _check_by_handler,
}


def _send(request: Request, case_id: UUID, language: str, who: str, by: UUID | None) -> None:
    """Raises CaseRefused."""
    typed, now = request.POST.get("number", ""), request.moment
    if wired().codes.gateway is None:
        raise CaseRefused("no_gateway")
    try:
        number = numbers.whole(typed, wired().region)
    except numbers.NotANumber as error:
        raise CaseRefused("number_whole") from error
    if not (ASKED.allows(who, now) and TO_NUMBER.allows(_digest(number), now)):
        raise CaseRefused("codes_many")

    def write(code: str, case: str) -> str:
        with override(language):
            return message(code, case)

    number_codes.send(case_id, number, write, wired().codes, by=by, now=now)


def message(code: str, case: str) -> str:
    """In one message of the telephone network, or two."""
    told = {"code": code, "case": case, "name": wired().issuer.name}
    text = _(
        "Your code is %(code)s. It shows that you have this number in hand, for request "
        "%(case)s to %(name)s. If you did not ask for it, tell it to nobody."
    )
    return text % told


def _check(request: Request, case_id: UUID, who: str, by: UUID | None) -> None:
    """Raises CaseRefused."""
    now = request.moment
    if not TYPED.allows(who, now):
        raise CaseRefused("codes_many")
    typed, today = request.POST.get("code", "")[:MOST_CODE], Moments.at(now).today
    number_codes.check(case_id, typed, by=by, today=today, now=now)


def _digest(number: Personal[str]) -> str:
    return hmac.digest(_KEY, number.reveal().encode(), sha256).hex()
