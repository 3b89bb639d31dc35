"""Words for what the rooms below name with a code. Translated where they are shown."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.web.wording import (
    access_words,
    alert_words,
    case_words,
    copy_words,
    destruction_words,
    fact_words,
    gap_words,
    hold_words,
    keeping_words,
    letter_words,
    own_words,
    people_words,
    promise_words,
)

DIRECTIONS = {"in": gettext_noop("Incoming"), "out": gettext_noop("Outgoing")}
PURPOSES = {
    "verify": gettext_noop("Verify what was said"),
    "rights": gettext_noop("Safeguard the customer’s or the company’s rights"),
    "training": gettext_noop("Internal training of staff"),
    "security": gettext_noop("Security and preventing misuse"),
}
ROLES = {
    "service_agent": gettext_noop("Customer service agent"),
    "sales_agent": gettext_noop("Sales agent"),
    "manager": gettext_noop("Manager"),
    "rights_handler": gettext_noop("Rights handler"),
    "dpo": gettext_noop("Data protection officer"),
    "security_lead": gettext_noop("Security lead"),
    "trainer": gettext_noop("Trainer"),
    "administrator": gettext_noop("System administrator"),
    "auditor": gettext_noop("Auditor"),
    "assigner": gettext_noop("Assigner of calls"),
}
ALLOWANCES = {
    "service_agent": gettext_noop("You see and hear your own calls."),
    "sales_agent": gettext_noop("You see and hear your own calls."),
    "manager": gettext_noop(
        "You see the calls of those you lead, and hear them for a purpose that you state."
    ),
    "rights_handler": gettext_noop("You see and hear the calls of the cases that name you."),
    "dpo": gettext_noop(
        "You see the log and the standing alarms, and decide on listening for security. You see "
        "and hear calls only in a case or an incident that names you, or while they are held."
    ),
    "security_lead": gettext_noop(
        "You open incidents and decide on listening for security; you see and hear no calls."
    ),
    "trainer": gettext_noop(
        "You see and hear the calls gathered in the training activities that name you."
    ),
    "administrator": gettext_noop(
        "You see the technical state, and hear the test line. Other calls you hear only in an "
        "incident that names you, when a second person has approved it."
    ),
    "auditor": gettext_noop(
        "You see the log for a limited time, and samples of calls without their agents; you hear "
        "no calls."
    ),
    "assigner": gettext_noop(
        "You see the calls whose agent nobody knows yet, and say whose they are; you hear no calls."
    ),
}
LISTENERS = {
    "own_leg": gettext_noop("The agent"),
    "subordinate_leg": gettext_noop("Your manager"),
    "test_line": gettext_noop("A system administrator"),
    "case_leg": gettext_noop("Somebody who handles a case"),
    "activity_leg": gettext_noop("A trainer"),
    "incident_leg": gettext_noop("Somebody who looks into an incident"),
    "held_leg": gettext_noop("Somebody who looks after a hold"),
}
FACTORS = {
    "totp": gettext_noop("Authenticator app"),
    "passkey": gettext_noop("Passkey"),
}
WAYS = {
    "password": gettext_noop("Password"),
    "sso": gettext_noop("Company sign-in"),
    "totp": gettext_noop("code of an app"),
    "passkey": gettext_noop("passkey"),
    "recovery": gettext_noop("recovery code"),
    "second": gettext_noop("second factor there"),
}
DONE = {
    "added": gettext_noop("It was added."),
    "removed": gettext_noop("It was removed."),
    "ended": gettext_noop("It was ended."),
    "letter": gettext_noop("It is sent again within seconds."),
    "new": gettext_noop(
        "The person was entered. Give them a role, and a way to sign in: a first password here, or "
        "the company’s single sign-on."
    ),
    "rename": gettext_noop("The name was changed. The old one stays in the history."),
    "company": gettext_noop("The employer was changed."),
    "role": gettext_noop("The role was granted."),
    "role-end": gettext_noop("The role was ended."),
    "team": gettext_noop("The person was put into the team."),
    "team-leave": gettext_noop("The person was taken out of the team."),
    "device": gettext_noop("The device was given."),
    "device-release": gettext_noop("The device was taken back."),
    "leave": gettext_noop("The end of the employment was entered."),
    "stay": gettext_noop("The end of the employment was taken back."),
    "delegation-end": gettext_noop("The delegation was ended."),
    "delegation": gettext_noop("The team was handed over for that time."),
    "seen": gettext_noop("The widenings were marked as seen."),
    "list": gettext_noop("The list was changed."),
    "confirmed": gettext_noop("Thank you. The team was confirmed."),
    "course": gettext_noop("The course was loaded. It is given from now on."),
    "confirmed-person": gettext_noop("Thank you. The person was confirmed."),
    "confirmer": gettext_noop("Who confirms this person was changed."),
    "return": gettext_noop("The account is open again. Give roles, teams and devices anew."),
    "reported": gettext_noop("Thank you. The administrators were told."),
    "factors-lost": gettext_noop("The second factors were removed. The officer has been told."),
    "sessions-end": gettext_noop("The person is signed out everywhere."),
    "settled": gettext_noop("The report was marked as settled."),
}
ALARMS = {
    **case_words.ALARMS,
    **destruction_words.ALARMS,
    **gap_words.ALARMS,
    **hold_words.ALARMS,
    **keeping_words.ALARMS,
    "recording_damaged": gettext_noop("A recording is damaged"),
    "unassigned_agents": gettext_noop("Too many calls have no known agent"),
    "access:balancing_overdue": gettext_noop("A balancing of interests is to be reviewed"),
    "access:misuse": gettext_noop("A listening asks for an explanation"),
    "access:emergency": gettext_noop("Somebody opened emergency access"),
    "access:spot_check_overdue": gettext_noop("The case to a listening was not shown in time"),
    "people:hearing_widened": gettext_noop("Somebody may hear more, entered by a machine"),
    "people:factors_removed": gettext_noop("Somebody’s second factors were removed"),
    "people:report": gettext_noop("A manager says that somebody is wrong in a team"),
    "people:review_overdue": gettext_noop("A manager has not confirmed a team in time"),
    "mail_refused": gettext_noop("Mail cannot be sent"),
    "webhook_given_up": gettext_noop("A receiver of messages takes none"),
    "recorder_silent": gettext_noop("The recorder says nothing"),
    "recorder_refusing": gettext_noop("The recorder takes no calls"),
    "worker.step": gettext_noop("A step of the worker fails"),
    "intake_call": gettext_noop("A call could not be taken in"),
    "intake_keys": gettext_noop("Intake does not reach the keys"),
    "intake_store": gettext_noop("Intake does not reach the store"),
    "intake_journal": gettext_noop("A journal file is torn or damaged"),
    "intake_event": gettext_noop("A recorder’s event cannot be read"),
    "retention:day_open": gettext_noop("A destruction day could not be ended"),
    "retention:call_remains": gettext_noop("A call could not be destroyed"),
    "retention:passage_remains": gettext_noop("A passage could not be silenced for good yet"),
    "retention:keys_overdue": gettext_noop("Keys should have been destroyed by now"),
    "retention:bytes_overdue": gettext_noop("Recordings should have been destroyed by now"),
    "checkpoint_kept_here": gettext_noop("The log’s checkpoint could not leave this machine"),
    "older_than_promised": gettext_noop("Something is older than callers were promised"),
    "promise_broken": gettext_noop("A sentence of the privacy notice is not kept"),
    "promise_attestation_overdue": gettext_noop("Nobody vouches for a sentence of the notice now"),
    "processor_uses_another": gettext_noop("A processor uses another company of its own"),
    "disk_full": gettext_noop("The recorder’s disk is nearly full"),
    "key_without_entry": gettext_noop("A key was given, and its entry has gone from the log"),
    "settings_refused": gettext_noop("The settings file is refused; the earlier senders stand"),
    "orders_refused": gettext_noop("The recorder cannot follow its orders"),
    "pause_too_long": gettext_noop("A pause was ended by nobody, and recording went on"),
    "orders_expired": gettext_noop("The recorder’s orders have expired"),
    "no_orders": gettext_noop("The recorder has no orders"),
    "unlisted_line": gettext_noop("A call on a line that is not listed"),
    "line_not_recorded": gettext_noop("A call on a line that is not recorded"),
    "direction_not_recorded": gettext_noop("A call in a direction that is not recorded"),
    "internal_call": gettext_noop("A call within the company"),
    "transferred_outside": gettext_noop("A call went outside the company"),
    "stranger": gettext_noop("Messages from an unknown address"),
    "wrong_credentials": gettext_noop("A sender with a wrong password"),
    "calls_limit": gettext_noop("Too many calls at once"),
    "stopping": gettext_noop("The recorder is stopping"),
    "unreadable_request": gettext_noop("A sender’s request cannot be read"),
    "no_acceptable_stream": gettext_noop("A sender offered no usable sound"),
    "no_sockets": gettext_noop("No sockets for a call"),
    "no_media": gettext_noop("A call without sound from the customer"),
    "not_acknowledged": gettext_noop("A sender did not acknowledge"),
    "silence": gettext_noop("A call ended by silence"),
    "session_timer_expired": gettext_noop("A sender let a session lapse"),
    "parties_never_told": gettext_noop("A sender never said who takes part"),
    "never_answered": gettext_noop("A call was never told to be answered, and was not recorded"),
    "not_announced": gettext_noop("A call was answered but not announced, and was not recorded"),
}
ACTS = {
    **case_words.ACTS,
    **access_words.ACTS,
    **alert_words.ACTS,
    **people_words.ACTS,
    **destruction_words.ACTS,
    **gap_words.ACTS,
    **hold_words.ACTS,
    **keeping_words.ACTS,
    **promise_words.ACTS,
    **copy_words.ACTS,
    **letter_words.ACTS,
    "access:alert:answered": gettext_noop("Listening to explain answered"),
    "access:alert:raised": gettext_noop("Listening to explain found"),
    "access:call:refused": gettext_noop("Call page refused"),
    "access:call:seen": gettext_noop("Call page seen"),
    "access:calls:counted": gettext_noop("Calls counted"),
    "access:calls:listed": gettext_noop("Calls listed"),
    "access:comment:removed": gettext_noop("Comment on a call taken back"),
    "access:comment:written": gettext_noop("Comment on a call written"),
    "access:explanation:read": gettext_noop("Asked why somebody may hear a call"),
    "access:listening:heard": gettext_noop("Recording heard"),
    "access:listening:opened": gettext_noop("Listening opened"),
    "access:listening:refused": gettext_noop("Listening refused"),
    "access:listening:resumed": gettext_noop("Listening continued"),
    "access:log:read": gettext_noop("Log read"),
    "access:report:made": gettext_noop("Report of a period made"),
    "access:recording:verified": gettext_noop("Recording checked for changes"),
    "access:spot_check:asked": gettext_noop("Case to a listening asked for"),
    "access:spot_check:decided": gettext_noop("Case to a listening looked at"),
    "access:spot_check:shown": gettext_noop("Case to a listening shown"),
    "access:view:removed": gettext_noop("Saved view removed"),
    "access:view:saved": gettext_noop("View of the calls saved"),
    "audit:content:removed": gettext_noop("Log content removed in its time"),
    "audit:log:verified": gettext_noop("Log verified"),
    "call:contact:objected": gettext_noop("Customer asked not to be called again"),
    "call:facts:corrected": gettext_noop("Facts of a call put right"),
    "call:passage:silenced": gettext_noop("Passage silenced for good"),
    "call:passage:silencing": gettext_noop("About to silence a passage for good"),
    "call:recording:announced": gettext_noop("Announcement made, at the agent’s word"),
    "call:recording:dropped": gettext_noop("Call not kept, at the agent’s word"),
    "call:recording:dropping": gettext_noop("About to keep nothing of a call"),
    "call:recording:paused": gettext_noop("Recording paused"),
    "call:leg:cut": gettext_noop("Part of a call divided between agents"),
    "call:recording:resumed": gettext_noop("Recording resumed"),
    "call:consent:given": gettext_noop("Consent to a purpose noted"),
    "call:consent:withdrawn": gettext_noop("Consent to a purpose taken back"),
    "call:purpose:allowed": gettext_noop("Call may be used for a purpose again"),
    "call:purpose:stopped": gettext_noop("Call used no more for a purpose: the person objected"),
    "call:statement:attached": gettext_noop("Statement of the person attached to a call"),
    "call:training:allowed": gettext_noop("Objection to training taken back"),
    "call:training:objected": gettext_noop("Call taken out of training"),
    "call:recording:taken_in": gettext_noop("Recording taken in"),
    "due:alarm:seen": gettext_noop("Alarm marked as seen"),
    "due:letter:sent_anew": gettext_noop("Message of a webhook sent again by hand"),
    "keys:escrow:made": gettext_noop("Shares of the key given in escrow"),
    "keys:secret:rotated": gettext_noop("Key that seals all keys renewed"),
    "keys:secret:rotating": gettext_noop("Key that seals all keys about to be renewed"),
    "keys:store:copied": gettext_noop("Key store copied for a backup, its keys sealed"),
    "keys:store:restored": gettext_noop("Key store brought back by shares"),
    "keys:work:granted": gettext_noop("Work with keys allowed to a program"),
    "notice:line:changed": gettext_noop("Line changed"),
    "notice:line:listed": gettext_noop("Line listed"),
    "notice:version:published": gettext_noop("Privacy notice published"),
    "ops:demo:filled": gettext_noop("Demo filled with made-up calls"),
    "ops:register:created": gettext_noop("Register created"),
    "ops:settings:changed": gettext_noop("Settings changed"),
    "retention:certificate:issued": gettext_noop("Certificate of destruction issued"),
    "retention:place:scanned": gettext_noop("Place looked through for what is too old"),
}


def direction(code: str) -> str:
    return _(DIRECTIONS[code])


def purpose(code: str) -> str:
    return _(PURPOSES[code])


def role(code: str) -> str:
    return _(ROLES[code])


def allowance(code: str) -> str:
    return _(ALLOWANCES[code])


def factor(kind: str) -> str:
    return _(FACTORS[kind])


def way(how: str) -> str:
    """How a session was opened, such as `Password, code of an app`."""
    first, _plus, second = how.partition("+")
    if first == "passkey":
        return _(FACTORS["passkey"])
    return ", ".join(_(WAYS[part]) for part in (first, second) if part)


def done(code: str) -> str:
    """What was just done, after a form; nothing for a code that is not ours."""
    return _(DONE[code]) if code in DONE else ""


def listener(rule: str, name: str = "") -> str:
    """Who listened, named by the right that they used; by name where the settings tell it."""
    return f"{_(LISTENERS[rule])} · {name}" if name else _(LISTENERS[rule])


def alarm(code: str) -> str:
    """What an alarm's kind says; the code itself where this version has no words for it."""
    return _(ALARMS[code]) if code in ALARMS else code


def act(code: str) -> str:
    """What a log entry's kind says; the code itself where this version has no words for it."""
    return _(ACTS[code]) if code in ACTS else code


PRESENCES = {
    "here": gettext_noop("Here now"),
    "leaving": gettext_noop("Leaving on a day to come"),
    "left": gettext_noop("Left"),
    "all": gettext_noop("Everybody"),
}
TONGUES = {"sv": "Svenska", "fi": "Suomi", "en": "English"}
REASONS = {
    "holiday": gettext_noop("Holiday"),
    "absence": gettext_noop("Absence"),
    "handover": gettext_noop("Handover"),
}
FACTS = {
    **fact_words.FACTS,
    **case_words.FACTS,
    "after": gettext_noop("after"),
    "before": gettext_noop("before"),
    "change": gettext_noop("change"),
    "employer": gettext_noop("employer"),
    "from": gettext_noop("from"),
    "from_us": gettext_noop("begins"),
    "namesake": gettext_noop("another person of the same name"),
    "reason": gettext_noop("reason"),
    "role": gettext_noop("role"),
    "sessions": gettext_noop("sessions"),
    "source": gettext_noop("source"),
    "team": gettext_noop("team"),
}
DOERS = {
    **own_words.DOERS,
    "system:command-line": gettext_noop("the command line"),
    "system:demo": gettext_noop("the demo"),
    "system:init": gettext_noop("the set-up"),
    "system:people": gettext_noop("the worker"),
    "scim": "SCIM",
    "sso": gettext_noop("the company’s sign-in"),
}


def presence(code: str) -> str:
    return _(PRESENCES[code])


def language(code: str) -> str:
    """A language's name in itself."""
    return TONGUES[code]


def reason(code: str) -> str:
    return _(REASONS[code])


def fact(name: str) -> str:
    return _(FACTS[name]) if name in FACTS else name


CODES = {
    "purpose": PURPOSES | fact_words.WORK,
    "role": ROLES,
    "reason": REASONS,
    "rule": LISTENERS | alert_words.TITLES,
    "door": fact_words.DOORS,
    "decision": fact_words.DECISIONS,
    "kind": ACTS | access_words.MATTER_KINDS | gap_words.KINDS,
    "alarm": ALARMS,
    "item": ACTS,
    "cause": gap_words.CAUSES,
    "factor": FACTORS,
    "language": TONGUES,
    "section": people_words.SECTIONS,
}
"""Facts whose values are codes, with the words for them."""


def fact_value(name: str, value: str) -> str:
    """A fact's value in words where it is a code."""
    if value in CODES.get(name, {}):
        return _(CODES[name][value])
    if name == "needs":
        return case_words.words_of(access_words.NEEDS, value)
    if name == "how" and value.partition("+")[0] in WAYS:
        return way(value)
    if name in case_words.TABLES:
        return case_words.words_of(case_words.TABLES[name], value)
    return _(fact_words.CHANGES[value]) if value in fact_words.CHANGES else value


def doer(actor: str) -> str:
    """A machine that did something; the code itself where this version has no words for it."""
    if actor in DOERS:
        return _(DOERS[actor])
    part = actor.removeprefix("system:")
    return actor if part == actor else _("the program (%(part)s)") % {"part": part}
