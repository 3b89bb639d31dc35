"""What recorder and worker say of alarms: their own sentences, with words in every language."""

import re

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.web.wording import words

SENTENCES = (
    gettext_noop("a call on a line that is not listed was refused: nothing is recorded"),
    gettext_noop("a call on a line that is not recorded was refused"),
    gettext_noop("a call in a direction that is not recorded was refused"),
    gettext_noop("a call within the company was refused: there is no customer in it"),
    gettext_noop("a call went to somebody outside the company: recording ended"),
    gettext_noop("the orders have expired: calls are answered 503; see the worker"),
    gettext_noop("messages came from addresses that are no peer's, and were not answered"),
    gettext_noop("a peer sent a wrong user or password: its request was refused"),
    gettext_noop("there are no orders to follow: calls are answered 503; see the worker"),
    gettext_noop("as many calls as limits.calls allows: further ones are answered 503"),
    gettext_noop("the recorder has little memory left: further calls are answered 503"),
    gettext_noop("the machine does not keep up with its calls: further ones are answered 503"),
    gettext_noop("a write to the journal took about a second: calls are kept and written later"),
    gettext_noop("the recorder is stopping: further calls are answered 503"),
    gettext_noop("a peer sent a body that cannot be read: its call was refused"),
    gettext_noop("a peer offered no stream that can be recorded: its call was refused"),
    gettext_noop("no sockets could be bound for a call: it was answered 503"),
    gettext_noop("a recorded call carried no packet from the customer"),
    gettext_noop("a peer never acknowledged our answer: its call was ended"),
    gettext_noop("a call ended by the customer's silence: its BYE may have been lost"),
    gettext_noop("a peer did not refresh its session: the call was ended"),
    gettext_noop("a pause was not ended by anybody: recording went on when its time was over"),
    gettext_noop("what another recorder was told of a call cannot be read: nothing of it is kept"),
    gettext_noop("a call may be one that was paused or objected to before: it is not recorded"),
    gettext_noop("a session was never answered as its peer's start_on asks: nothing was kept"),
    gettext_noop("a call was answered but never announced, as its line asks: nothing was kept"),
    gettext_noop("a peer never said who takes part: its session was ended unrecorded"),
)
SILENCES = (
    gettext_noop("the recorder says nothing; no call is taken"),
    gettext_noop("the recorder says nothing; others take calls"),
    gettext_noop("the front says nothing; no call is taken"),
    gettext_noop("the front says nothing; others take calls"),
)
"""What the worker says of recorders that it does not hear."""
_CALLS = re.compile(r"calls=(\d+) most=(\d+)")
_ROOM = re.compile(r"free_mib=(\d+) least_mib=(\d+)")
_REFUSING = re.compile(r"no call is taken: (\w+)")


def told(detail: str) -> str:
    """The sentence in the reader’s language; nothing for what others wrote, in English."""
    if detail in SENTENCES or detail in SILENCES:
        return _(detail)
    if found := _CALLS.fullmatch(detail):
        return _("%(calls)s of at most %(most)s calls") % {"calls": found[1], "most": found[2]}
    if found := _ROOM.fullmatch(detail):
        given = {"free": found[1], "least": found[2]}
        return _("%(free)s MiB are free, %(least)s are the least") % given
    if found := _REFUSING.fullmatch(detail):
        return _("no call is taken: %(reason)s") % {"reason": words.alarm(found[1])}
    return ""
