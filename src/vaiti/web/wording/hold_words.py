"""What holds and acts of destruction are called, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

KINDS = {
    "request": gettext_noop("A person’s request is pending"),
    "restriction": gettext_noop("A person has asked for restriction"),
    "claim": gettext_noop("A legal claim of the company’s own"),
    "order": gettext_noop("An authority’s order"),
}
REFUSED = {
    "kind": gettext_noop("Choose why the calls are held."),
    "no_calls": gettext_noop("Write at least one call: its address, or its id of 32 characters."),
    "too_many": gettext_noop("At most 500 calls fit in one hold. Place another one for the rest."),
    "call_id": gettext_noop("One line is no call. Write the address or the id of each call."),
    "reason": gettext_noop("Say why in 3 to 300 characters, without names and numbers."),
    "reference": gettext_noop(
        "A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
    ),
    "owner": gettext_noop("Choose an owner of the list."),
    "officer": gettext_noop(
        "Only the data protection officer holds calls for a claim of the company’s own."
    ),
    "over": gettext_noop("The last day is today or later. Write another one."),
    "too_long": gettext_noop(
        "A hold lasts half a year at most for a request or a claim, and a year for the other two. "
        "It can be prolonged."
    ),
    "review": gettext_noop(
        "The review is tomorrow at the earliest, within three months, and before the hold ends."
    ),
    "gone": gettext_noop(
        "One of the calls is not yours to see, or is on its way to destruction. Take it out."
    ),
    "untold": gettext_noop(
        "Tell the person first, in a letter from the case: a restriction does not end before that."
    ),
    "ended": gettext_noop("The hold has ended already. Look at it again."),
    "keys": gettext_noop("The key process refuses it. Tell your administrator."),
    "day": gettext_noop("Write the days like 25.5.2018."),
}
ACTS = {
    "retention:call:destroyed": gettext_noop("Recording destroyed"),
    "retention:call:destroying": gettext_noop("Destruction begun"),
    "retention:call:held": gettext_noop("Call held"),
    "retention:call:released": gettext_noop("Call let go by a hold"),
    "retention:call:replayed": gettext_noop("Destruction repeated after a restore"),
    "retention:day:ended": gettext_noop("Destruction day ended, its key destroyed"),
    "retention:hold:ended": gettext_noop("Hold ended"),
    "retention:hold:handed_over": gettext_noop("Hold handed over to somebody else"),
    "retention:hold:placed": gettext_noop("Hold placed"),
    "retention:hold:prolonged": gettext_noop("Hold looked at and prolonged"),
    "retention:hold:told": gettext_noop("Person told that a restriction ends"),
    "retention:intake_key:destroyed": gettext_noop("Intake key destroyed"),
    "retention:journal:removed": gettext_noop("Journal removed"),
    "retention:line:withdrawn": gettext_noop("Call withdrawn from a destruction plan"),
    "retention:plan:made": gettext_noop("Destruction planned"),
}
ALARMS = {
    "retention:hold_review": gettext_noop("A hold should have been looked at again"),
}


def kind(code: str) -> str:
    return _(KINDS[code]) if code in KINDS else code


def refused(code: str) -> str:
    return _(REFUSED[code])
