"""Words for the rules of a peer. Translated where they are shown."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

STARTS = {
    "answered": gettext_noop("when the recording session is answered"),
    "associated": gettext_noop("when customer and agent are both in the call"),
    "state": gettext_noop("when the phone system says that recording is on"),
    "media": gettext_noop("when both sides are heard"),
    "event": gettext_noop("when the answer is reported by a program"),
}
SRTP = {
    "required": gettext_noop("SRTP required"),
    "allowed": gettext_noop("SRTP allowed"),
    "refused": gettext_noop("SRTP refused"),
}
SOURCES = {
    "extension": gettext_noop("extension data of the message"),
    "header": gettext_noop("a header of the message"),
    "address": gettext_noop("the agent’s address"),
    "name": gettext_noop("the agent’s name"),
    "feed": gettext_noop("the agent feed"),
    "device": gettext_noop("the list of people’s telephones"),
}


def start(code: str) -> str:
    return _(STARTS[code])


def srtp(code: str) -> str:
    return _(SRTP[code])


def source(code: str) -> str:
    return _(SOURCES[code])
