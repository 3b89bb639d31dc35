"""Words for breaches of personal data."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

LOST = {
    "confidentiality": gettext_noop("Somebody heard, saw or got what they should not"),
    "integrity": gettext_noop("Something was changed that should not be"),
    "availability": gettext_noop("Something is gone, or cannot be reached"),
}
RISKS = {
    "none": gettext_noop("A risk to people is unlikely: the authority need not be told"),
    "risk": gettext_noop("A risk to people is likely: the authority is told"),
    "high": gettext_noop("The risk to people is high: the authority and they are told"),
}
HOWS = {
    "each": gettext_noop("Each person by themselves"),
    "public": gettext_noop("All by a public communication"),
}
UNTOLD = {
    "protected": gettext_noop("What was touched can be read by nobody (Art. 34(3)(a))"),
    "averted": gettext_noop("What was done since averts the high risk (Art. 34(3)(b))"),
}
STATES = {
    "open": gettext_noop("Being looked into"),
    "assessed": gettext_noop("Judged"),
    "closed": gettext_noop("Closed"),
}
STAGES = {
    "third": gettext_noop("a third of the time is gone"),
    "two_thirds": gettext_noop("two thirds of the time are gone"),
    "last": gettext_noop("the last hours"),
    "overdue": gettext_noop("overdue"),
}
TOUCHED = {
    "heard": gettext_noop("heard"),
    "seen": gettext_noop("its facts seen"),
    "stored": gettext_noop("its recording lay there"),
    "named": gettext_noop("named by somebody"),
}
LACKS = {
    "assess": gettext_noop("Judge the risk."),
    "notify": gettext_noop("Tell the authority, and note it here."),
    "tell": gettext_noop("Tell the persons, and note it here."),
}
ACTS = {
    "rights:breach:assessed": gettext_noop("Risk of a breach of personal data judged"),
    "rights:breach:closed": gettext_noop("Breach of personal data closed"),
    "rights:breach:forgotten": gettext_noop("Breach of personal data removed in its time"),
    "rights:breach:noted": gettext_noop("Breach of personal data noted"),
    "rights:breach:notified": gettext_noop("Authority told of a breach of personal data"),
    "rights:breach:reopened": gettext_noop("Breach of personal data opened again"),
    "rights:breach:seen": gettext_noop("Breach of personal data looked at"),
    "rights:breach:told": gettext_noop("Persons told of a breach of personal data, or why not"),
    "rights:breach:traced": gettext_noop("Calls that a breach touched looked for"),
    "rights:breaches:listed": gettext_noop("Register of breaches looked at"),
}
ALARMS = {
    "rights:breach_waits": gettext_noop("A breach of personal data waits for the authority"),
    "rights:breach_overdue": gettext_noop("A breach of personal data is overdue"),
    "sound_unexplained": gettext_noop("Sound left that the log does not explain"),
}
FACTS = {"risk": gettext_noop("risk")}
TABLES = {"risk": RISKS}
REFUSED = {
    "lost": gettext_noop("Tick what happened to the data."),
    "aware": gettext_noop("You became aware of it within the last year, and not in the future."),
    "happened": gettext_noop("It began before you became aware of it, and ended after it began."),
    "what": gettext_noop("Say what happened, in 10 to 2000 characters."),
    "why": gettext_noop("Say why you judge it so, in 15 to 2000 characters: it is the record."),
    "words": gettext_noop("A text has at most 2000 characters. Shorten it."),
    "telephone": gettext_noop(
        "No telephone number and no identity code stands in these texts. Take it out."
    ),
    "moment": gettext_noop("Write a day like 25.5.2018, and a time behind it like 14:02."),
    "span": gettext_noop("Give a beginning and an end behind it."),
    "person": gettext_noop("Nobody is called so. Write the login, the whole name or the id."),
    "calls": gettext_noop("Write at least one call: its address, or its id of 32 characters."),
    "too_many": gettext_noop(
        "More than 20,000 calls do not fit in one. Narrow the days, or note a second breach."
    ),
    "risk": gettext_noop("Choose how likely a risk to people is."),
    "reference": gettext_noop(
        "A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
    ),
    "notified_at": gettext_noop(
        "The authority was told after you became aware of it, and not in the future."
    ),
    "late": gettext_noop("It was told late. Say why (Art. 33(1))."),
    "told_at": gettext_noop(
        "They were told after you became aware of it, and not in the future. Say how."
    ),
    "untold": gettext_noop("Say when they were told, or on which ground they were not."),
    "state": gettext_noop("It is not open for that. Look at it again."),
    "busy": gettext_noop("Others were quicker. Try again."),
    "lacks_assess": gettext_noop("Judge the risk first."),
    "lacks_notify": gettext_noop("Note first that the authority was told."),
    "lacks_tell": gettext_noop("Note first that the persons were told, or why not."),
}


def refused(code: str) -> str:
    return _(REFUSED[code])
