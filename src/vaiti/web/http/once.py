"""A form that was sent is not sent again by a reload: each that is shown has a token of its own."""

import secrets

from django.http import HttpRequest

FIELD = "once"
_SENT = "sent_once"
_MOST = 64


def new() -> str:
    return secrets.token_hex(16)


def sent_already(request: HttpRequest) -> bool:
    token = request.POST.get(FIELD, "")
    return bool(token) and request.session.get(_SENT) == token


def note_sent(request: HttpRequest) -> None:
    request.session[_SENT] = request.POST.get(FIELD, "")[:_MOST]
