"""Words for what programs may do and are told. Translated where they are shown."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

SCOPES = {
    "calls:read": gettext_noop("see the rows of calls that its owner sees"),
    "calls:change": gettext_noop("take calls out of training, put wrong facts right"),
    "live:control": gettext_noop(
        "follow its owner’s call in progress; announce, pause and drop it; do not call again"
    ),
    "log:read": gettext_noop("follow the log, by opaque ids"),
    "state:read": gettext_noop("see whether all is well"),
    "agents:write": gettext_noop("say which agent is at which device"),
    "cases:file": gettext_noop(
        "file people’s requests from your signed-in pages, and show how far they are"
    ),
    "references:read": gettext_noop(
        "learn the references of calls by line and times, to send them to customers"
    ),
    "records:write": gettext_noop("send the phone system’s call records"),
}
EVENTS = {
    "call.kept": gettext_noop("a call was kept"),
    "call.destroyed": gettext_noop("a call was destroyed"),
    "alarm.raised": gettext_noop("an alarm was raised"),
    "access.alert": gettext_noop("a listening asks for an explanation"),
    "call.do_not_call": gettext_noop("a customer wants no more calls"),
}
# The sentences in which the room access refuses a token.
TOKENS = (
    gettext_noop("A token’s name has 1 to 40 small letters, digits and hyphens."),
    gettext_noop("A token ends after it begins, within 366 days."),
    gettext_noop("A token ends after today."),
    gettext_noop("Only a named person’s token reads or changes calls. Say whose it is."),
    gettext_noop("Give a machine’s scopes to a token of its own, without a person."),
    gettext_noop("A token for calls has one of the four purposes, and no other token has."),
    gettext_noop("Name the lines whose calls the token reads, or all of them."),
    gettext_noop("Lines are numbers with a plus and a country code, or the word all."),
    gettext_noop("A token of this name stands already. End it, or take another name."),
    gettext_noop("There is no such token any more."),
    gettext_noop("Nobody grants a token to themselves. Ask another administrator."),
    gettext_noop("There is no such person at this time."),
    gettext_noop("Name lines that stand in the register now."),
)
SCOPELESS = gettext_noop("Say what the token is for.")


def scope(code: str) -> str:
    """The code itself where this version has no words for it."""
    return _(SCOPES[code]) if code in SCOPES else code


def event(code: str) -> str:
    return _(EVENTS[code]) if code in EVENTS else code


def refusal(sentence: str) -> str:
    """The room names its scopes; here they are ticked."""
    return _(sentence) if sentence in TOKENS else _(SCOPELESS)
