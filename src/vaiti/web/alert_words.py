"""Why a listening asks for an explanation: one sentence for each rule. Translated where shown."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

RULES = {
    "refused_often": gettext_noop(
        "%(count)d times within a day they asked for calls that are not theirs, or not there; from "
        "%(least)d on it is told."
    ),
    "at_night": gettext_noop(
        "%(count)d times they listened to calls of others at night; from %(least)d on it is told."
    ),
    "burst": gettext_noop(
        "%(count)d times within an hour they opened calls of others; from %(least)d on it is told."
    ),
    "same_call": gettext_noop(
        "%(count)d times within a week they opened the same call; from %(least)d on it is told."
    ),
    "one_agent": gettext_noop(
        "%(count)d times within 30 days they opened calls of one and the same agent; from "
        "%(least)d on it is told."
    ),
    "before_leaving": gettext_noop(
        "%(count)d times they opened calls shortly before they leave; from %(least)d on it is told."
    ),
    "before_a_move": gettext_noop(
        "%(count)d times they opened calls of an agent shortly before that agent left the team; "
        "from %(least)d on it is told."
    ),
    "unknown_reference": gettext_noop(
        "%(count)d times they gave a reference under which there is nothing here; from %(least)d "
        "on it is told."
    ),
}
TITLES = {
    "refused_often": gettext_noop("Refused often"),
    "at_night": gettext_noop("Listening at night"),
    "burst": gettext_noop("Much listening in an hour"),
    "same_call": gettext_noop("The same call again and again"),
    "one_agent": gettext_noop("One agent again and again"),
    "before_leaving": gettext_noop("Listening before leaving"),
    "before_a_move": gettext_noop("Listening before an agent moved"),
    "unknown_reference": gettext_noop("A reference that does not exist"),
}
ANSWERS = {
    "": gettext_noop("waits for an answer"),
    "explained": gettext_noop("explained"),
    "follow_up": gettext_noop("followed up"),
}


def why(rule: str, count: int, least: int) -> str:
    return _(RULES[rule]) % {"count": count, "least": least}


def title(rule: str) -> str:
    return _(TITLES[rule])


def answer(code: str) -> str:
    return _(ANSWERS[code])
