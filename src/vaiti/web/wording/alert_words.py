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
    "near_number": gettext_noop(
        "%(count)d times they opened calls whose number begins as one that they named as near to "
        "them. A thousand numbers begin so, so it may be chance; from %(least)d on it is told."
    ),
    "far_line": gettext_noop(
        "%(count)d times within a week they opened calls on a line that nobody else of their "
        "people has served lately; from %(least)d on it is told."
    ),
    "after_complaint": gettext_noop(
        "%(count)d times they opened calls in the days after a complaint about them came; from "
        "%(least)d on it is told."
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
    "near_number": gettext_noop("A number near to the listener"),
    "far_line": gettext_noop("Calls far from their own line"),
    "after_complaint": gettext_noop("Listening after a complaint"),
}
ANSWERS = {
    "": gettext_noop("waits for an answer"),
    "explained": gettext_noop("explained"),
    "follow_up": gettext_noop("followed up"),
}
ACTS = {
    "access:complaint:noted": gettext_noop("Noted that a complaint about somebody came"),
    "access:complaint:removed": gettext_noop("Complaint about somebody taken back"),
    "access:near:named": gettext_noop("Number near to oneself named"),
    "access:near:removed": gettext_noop("Number near to oneself taken away"),
}
REFUSALS = (
    gettext_noop("Type the whole number; its last three digits are not kept."),
    gettext_noop("You have named 20 numbers. Take one away first."),
    gettext_noop("Choose somebody who works here, and not yourself."),
    gettext_noop("A complaint came within the last 30 days."),
)


def why(rule: str, count: int, least: int) -> str:
    return _(RULES[rule]) % {"count": count, "least": least}


def title(rule: str) -> str:
    return _(TITLES[rule])


def answer(code: str) -> str:
    return _(ANSWERS[code])
