"""Words for what the room access names with a code. Translated where they are shown."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

# The sentences in which the room access refuses what is asked of a mandate or an approval.
MANDATES = (
    gettext_noop("A mandate is a case, an activity or an incident."),
    gettext_noop("A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."),
    gettext_noop("It ends after it begins, within 366 days."),
    gettext_noop(
        "A training activity has a cap of at least one call an agent, and nothing else has one."
    ),
    gettext_noop("This reference is taken. Give each matter one of its own."),
    gettext_noop("There is no such person at this time."),
    gettext_noop("This person is named already."),
    gettext_noop("This person is not named."),
    gettext_noop("No such call is kept."),
    gettext_noop("The call is there already."),
    gettext_noop("At most 500 calls fit in one."),
    gettext_noop("As many calls of this agent are gathered as the cap allows."),
    gettext_noop("The call is not there."),
    gettext_noop("There is no such thing any more."),
    gettext_noop("It has ended. Open a new one."),
    gettext_noop("A name has 1 to 80 characters and no telephone number."),
    gettext_noop("Choose at least one of the lines that the settings allow for training."),
    gettext_noop("The first day of the calls is before the last one, and not to come."),
    gettext_noop("It lasts at least a day, and no longer than the settings allow."),
    gettext_noop("The cap is at least one call, and no higher than the settings allow."),
    gettext_noop("The settings do not allow comments."),
    gettext_noop("The place is within the recording, such as 1:23."),
    gettext_noop("A comment has 1 to 500 characters and no telephone number."),
    gettext_noop("Say whether it is explained or followed up."),
    gettext_noop("Somebody has answered it already."),
    gettext_noop("Say in 1 to 200 characters where it is found, without a number."),
    gettext_noop("A view’s name has 1 to 40 characters and no telephone number."),
    gettext_noop("You have 20 views already. Remove one first."),
    gettext_noop("You have asked already. Wait for the answer."),
    gettext_noop("You have the approval already."),
    gettext_noop("A second person answers, and never the one who asked."),
    gettext_noop("This approval does not stand any more."),
    gettext_noop("Nobody is here who may answer. Tell an administrator."),
    gettext_noop("Sign in with your second factor first, then open it."),
    gettext_noop("No open case or incident has this reference. Write it as it stands there."),
    gettext_noop("Say in 10 to 500 characters why it cannot wait, without a number."),
    gettext_noop("It lasts at least an hour, and no longer than the settings allow."),
    gettext_noop("It is open already. Its calls are below."),
    gettext_noop("This emergency has ended already."),
    gettext_noop("Somebody else looks at what you opened yourself."),
    gettext_noop("Somebody has looked at it already."),
    gettext_noop("You need no approval for this. Press Listen."),
    gettext_noop("This request cannot be answered so any more. Look at it again."),
    gettext_noop("Say why in 1 to 200 characters, without a number."),
)
CORRECTORS = {
    "subordinate_leg": gettext_noop("Manager"),
    "case_leg": gettext_noop("Rights handler"),
    "held_leg": gettext_noop("Rights handler"),
    "unassigned_leg": gettext_noop("Assigner of calls"),
}
CORRECTED = {
    "agent": gettext_noop("Agent"),
    "line": gettext_noop("Line"),
    "direction": gettext_noop("Direction"),
}
# The sentences in which register.corrections and access.correcting refuse.
CORRECTIONS = (
    gettext_noop(
        "The passage begins before it ends, within the recording, and lasts two minutes at most."
    ),
    gettext_noop("Choose the sides and the reason."),
    gettext_noop("Another passage of this call is being silenced. Wait until that is done."),
    gettext_noop("Say that you are sure: what is silenced never comes back."),
    gettext_noop("Somebody has changed this meanwhile. Look at it as it is now."),
    gettext_noop("On this line no call in this direction was recorded then. Choose another one."),
    gettext_noop("Calls of the test line stay there, and no others come to it."),
    gettext_noop("Choose somebody of the list."),
    gettext_noop(
        "This would let you hear the call. Ask somebody else who may correct it to do so."
    ),
)
APPROVALS = {
    "waiting": gettext_noop("Waits for an answer"),
    "given": gettext_noop("Approved"),
    "refused": gettext_noop("Refused"),
    "withdrawn": gettext_noop("Taken back"),
    "over": gettext_noop("Over"),
}
RELATIONS = {
    "own": gettext_noop("their own calls"),
    "subordinates": gettext_noop("the calls of those who are their people now"),
    "test_line": gettext_noop("calls on the test line"),
    "unassigned": gettext_noop("calls whose agent nobody knows yet"),
    "case": gettext_noop("the calls of a case that names them"),
    "activity": gettext_noop("the calls of a training activity that names them, under its cap"),
    "incident": gettext_noop("the calls of an incident that names them"),
    "held": gettext_noop("the calls of a hold that they own or, as the officer, look after"),
}
PARTS = {
    "agent": gettext_noop("agent"),
    "line": gettext_noop("line"),
    "direction": gettext_noop("direction"),
}
NEEDS = {
    "purpose": gettext_noop("states a purpose"),
    "reference": gettext_noop("gives a reference"),
    "second_person": gettext_noop("has the approval of a second person"),
    "approval": gettext_noop("has the approval that the company’s settings want"),
    "opening": gettext_noop("opens the recording again"),
    "other_purpose": gettext_noop("states another purpose: somebody has objected to this one"),
    "balancing": gettext_noop("waits until the balancing of training on this line is reviewed"),
    "training": gettext_noop("has passed the training"),
    "undertaking": gettext_noop("has given the undertaking of secrecy"),
}
# The sentences in which the room access refuses to draw a sample.
SAMPLES = (
    gettext_noop("There are more than a million calls. Choose a shorter period."),
    gettext_noop("There is no call in this period and on this line. Choose another."),
    gettext_noop("A sample has 1 to 50 calls."),
    gettext_noop("The period ends after it begins, and begins before today is over."),
)
ACTS = {
    "access:approval:asked": gettext_noop("Approval asked for"),
    "access:approval:given": gettext_noop("Approval given"),
    "access:approval:refused": gettext_noop("Approval refused"),
    "access:balancing:filed": gettext_noop("Balancing of interests filed"),
    "access:mandate:changed": gettext_noop("Case, activity or incident changed"),
    "access:mandate:closed": gettext_noop("Case, activity or incident closed"),
    "access:mandate:opened": gettext_noop("Case, activity or incident opened"),
    "access:approval:withdrawn": gettext_noop("Approval taken back"),
    "access:mandates:listed": gettext_noop("Cases, activities or incidents looked at"),
    "access:emergencies:listed": gettext_noop("Emergency access looked at in the list"),
    "access:emergency:ended": gettext_noop("Emergency access ended"),
    "access:emergency:opened": gettext_noop("Emergency access opened"),
    "access:emergency:refused": gettext_noop("Emergency access refused"),
    "access:emergency:seen": gettext_noop("Emergency access looked at"),
    "access:references:told": gettext_noop("References of calls given to a program"),
    "access:page:refused": gettext_noop("Page not there, or not theirs"),
    "access:permit:asked": gettext_noop("Approval to hear a call asked for"),
    "access:permit:given": gettext_noop("Approval to hear a call given"),
    "access:permit:refused": gettext_noop("Approval to hear a call refused"),
    "access:permit:withdrawn": gettext_noop("Approval to hear a call taken back"),
    "access:queue:seen": gettext_noop("Marked as seen in the officer’s queue"),
    "access:requests:listed": gettext_noop("Requests for approval looked at"),
    "access:sample:checked": gettext_noop("Sample checked for changes"),
    "access:sample:drawn": gettext_noop("Sample of calls drawn by an auditor"),
    "access:sample:read": gettext_noop("Sample looked at"),
    "access:token:ended": gettext_noop("Token of the API ended"),
    "access:token:granted": gettext_noop("Token of the API granted"),
    "access:token:refused": gettext_noop("Token of the API refused: not for that"),
    "access:token:used": gettext_noop("Call asked for with a token of the API"),
    "access:waiting:told": gettext_noop("Told by mail that something waits for them"),
}
BESIDES = {
    "who_listened": gettext_noop("see who listened to them"),
    "log": gettext_noop("read the log"),
    "state": gettext_noop("see the technical state and the alarms"),
    "incidents": gettext_noop("open incidents"),
    "breaches": gettext_noop("keep the register of breaches of personal data"),
    "approvals": gettext_noop("decide on listening for security"),
    "explanations": gettext_noop("ask why somebody may hear a call"),
    "alerts": gettext_noop("answer for listening that asks for an explanation"),
    "activities": gettext_noop("open training activities, in which calls are drawn at random"),
    "queue": gettext_noop("take a second look at what was refused, approved, widened and sampled"),
    "samples": gettext_noop("draw samples: rows by number, without agents and without sound"),
    "teams": gettext_noop("confirm their teams and hand them over for a time"),
    "own_listening": gettext_noop("see how much they listen themselves"),
    "silence": gettext_noop("silence a passage of a recording that they may hear, for good"),
    "report": gettext_noop("make the report of a period"),
    "proof": gettext_noop("see the proof that nothing is older than promised"),
    "holds": gettext_noop("place holds on calls they may see, prolong and end them"),
    "cases": gettext_noop("handle people’s requests, or look on and look twice"),
    "promises": gettext_noop("see how each sentence of the privacy notice stands"),
    "periods": gettext_noop("decide that calls are kept for a shorter time"),
    "destruction": gettext_noop("order that calls are destroyed before their day"),
    "counts": gettext_noop("see how many calls there are over time"),
    "people": gettext_noop("enter people, roles, teams and devices"),
    "lines": gettext_noop("list the company’s lines and say what is recorded on them"),
    "tokens": gettext_noop("grant tokens of the API, never to themselves"),
}


SIDES = {
    "both": gettext_noop("both sides"),
    "agent": gettext_noop("the agent’s side"),
    "customer": gettext_noop("the customer’s side"),
}
REASONS = {
    "payment": gettext_noop("a card number"),
    "identity": gettext_noop("an identity code"),
    "sensitive": gettext_noop("another sensitive matter"),
}
SILENCINGS = {
    "asked": gettext_noop("being silenced since %(moment)s; nobody can hear the call meanwhile"),
    "sealed": gettext_noop("silent since %(moment)s; the old recording is being removed"),
    "done": gettext_noop("silenced for good on %(moment)s"),
}


def side(code: str) -> str:
    return _(SIDES[code])


def reason(code: str) -> str:
    return _(REASONS[code])


def silencing(state: str) -> str:
    return _(SILENCINGS[state])


MATTERS = {
    "case": gettext_noop("The case %(reference)s"),
    "incident": gettext_noop("The incident %(reference)s"),
    "activity": gettext_noop("The training activity %(reference)s"),
}


MATTER_KINDS = {
    "case": gettext_noop("a case"),
    "activity": gettext_noop("a training activity"),
    "incident": gettext_noop("an incident"),
}


def matter_kind(kind: str) -> str:
    return _(MATTER_KINDS[kind]) if kind in MATTER_KINDS else kind


def matter(kind: str, reference: str) -> str:
    return _(MATTERS[kind]) % {"reference": reference}


STANDS_FOR = {
    "approval": gettext_noop("the approval that the settings want of everyday listening"),
    "second_person": gettext_noop("the second person on listening for security"),
    "naming": gettext_noop("being named in the case or incident"),
    "training": gettext_noop("the training of the one who listens"),
}


def stands_for(code: str) -> str:
    return _(STANDS_FOR[code])


def approval(state: str) -> str:
    return _(APPROVALS[state])


def relation(code: str) -> str:
    return _(RELATIONS[code])


def part(code: str) -> str:
    return _(PARTS[code])


def need(code: str) -> str:
    return _(NEEDS[code])


def besides(code: str) -> str:
    return _(BESIDES[code])


def corrector(rule: str) -> str:
    """Who put something right, named by the right that they used; a machine where it was none."""
    return _(CORRECTORS[rule]) if rule in CORRECTORS else _("The telephone system")


def corrected(what: str) -> str:
    return _(CORRECTED[what])


def refusal(sentence: str) -> str:
    return _(sentence)


WAYS_TO_HEAR = {
    "own_leg": gettext_noop("their own calls"),
    "subordinate_leg": gettext_noop("calls of the members of %(team)s"),
    "test_line": gettext_noop("calls on the test line"),
    "case_leg": gettext_noop("calls of the case %(reference)s"),
    "activity_leg": gettext_noop("calls gathered in the training activity %(reference)s"),
    "incident_leg": gettext_noop("calls of the incident %(reference)s, each once approved"),
    "held_leg": gettext_noop("calls of the hold %(reference)s"),
    "unassigned_leg": gettext_noop("calls whose agent nobody knows, to see and never to hear"),
}


def way_to_hear(rule: str, *, team: str, giver: str, reference: str) -> str:
    """What a rule let somebody hear, and through whom where it was not their own right."""
    said = _(WAYS_TO_HEAR[rule]) % {"team": team, "reference": reference}
    return said + " " + _("standing in for %(name)s") % {"name": giver} if giver else said
