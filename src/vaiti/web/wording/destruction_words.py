"""What orders of destruction are called, in the reader's language."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

STATES = {
    "planned": gettext_noop("waits for approval"),
    "approved": gettext_noop("approved"),
    "executing": gettext_noop("being destroyed"),
    "done": gettext_noop("proven gone"),
    "refused": gettext_noop("refused"),
}
REASONS = {
    "erasure": gettext_noop("A person asked for erasure (Article 17)"),
    "objection": gettext_noop("A person objected, and it was granted (Article 21)"),
    "unwanted": gettext_noop("It should not have been recorded"),
}
REFUSED = {
    "reason": gettext_noop("Choose why the calls are destroyed."),
    "asked": gettext_noop(
        "The case’s reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
    ),
    "no_calls": gettext_noop("Write at least one call: its address, or its id of 32 characters."),
    "too_many": gettext_noop("At most 500 calls fit in one order. Plan another one for the rest."),
    "call_id": gettext_noop("One line is no call. Write the address or the id of each call."),
    "not_kept": gettext_noop(
        "One of the calls is not yours to see, or is on its way to destruction. Take it out."
    ),
    "ordered": gettext_noop("One of the calls is on another order already. Take it out."),
    "own": gettext_noop("You planned it. Another named person approves it."),
    "why": gettext_noop("Say why in 3 to 300 characters, without names and numbers."),
    "moved_on": gettext_noop("Somebody has decided it meanwhile. Look at it again."),
    "act": gettext_noop("Choose whether it is approved or refused."),
}
LEFT = {
    "keys_unavailable": gettext_noop("The key process does not answer. It is asked again."),
    "key_alive": gettext_noop("A key is still alive."),
    "object_there": gettext_noop("Something of a sealed recording is still in the store."),
    "journal_holds": gettext_noop(
        "A journal file still holds one of the calls. It goes when the recorder has ended it and "
        "all other calls in it are in the book."
    ),
    "rows_there": gettext_noop("A row is still in the database."),
    "database_busy": gettext_noop("Somebody reads in the database, which cannot let go yet."),
    "files_hold": gettext_noop("A file of the database still holds words of a row."),
    "transaction_open": gettext_noop(
        "A transaction that is open in the database keeps what was deleted. It must end first."
    ),
}
ACTS = {
    "retention:order:approved": gettext_noop("Early destruction approved"),
    "retention:order:done": gettext_noop("Early destruction proven done"),
    "retention:order:executing": gettext_noop("Early destruction begun"),
    "retention:order:planned": gettext_noop("Early destruction planned"),
    "retention:order:refused": gettext_noop("Early destruction refused"),
}
ALARMS = {
    "retention:order_remains": gettext_noop("An early destruction is not proven done"),
}


def state(code: str) -> str:
    return _(STATES[code])


def reason(code: str) -> str:
    return _(REASONS[code])


def refused(code: str, about: Sequence[str]) -> str:
    """What to change; a hold is named, for whoever ends it."""
    if code == "held":
        return _(
            "A hold stands against it: %(holds)s. End the hold first, with a reason, on its page; "
            "then approve."
        ) % {"holds": ", ".join(about)}
    return _(REFUSED[code])


def left(code: str) -> str:
    if not code:
        return ""
    return (
        _(LEFT[code]) if code in LEFT else _("It did not work yet (%s). It is tried again.") % code
    )
