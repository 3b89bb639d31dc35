"""What cases, rights and the clock are called, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.web.wording import breach_words, law_words, own_words

LANGUAGES = ("fi", "sv", "en")
RIGHTS = {
    "copy": gettext_noop("A copy of the recording"),
    "listening": gettext_noop("Listening to the recording at the office"),
    "information": gettext_noop("Information on how personal data are used"),
    "rectification": gettext_noop("Correction of wrong data"),
    "completion": gettext_noop("Completion with a statement of one’s own"),
    "erasure": gettext_noop("Erasure"),
    "restriction": gettext_noop("Restriction of processing"),
    "objection": gettext_noop("Objection to the processing"),
    "portability": gettext_noop("Transfer of the data"),
}
CHANNELS = {
    "web": gettext_noop("Web form"),
    "desk": gettext_noop("Visit in person"),
    "letter": gettext_noop("Letter"),
    "email": gettext_noop("E-mail"),
    "telephone": gettext_noop("Telephone"),
    "portal": gettext_noop("Own pages, signed in"),
}
CAPACITIES = {
    "customer": gettext_noop("The customer"),
    "staff": gettext_noop("An employee, now or earlier"),
    "representative": gettext_noop("Somebody who represents the customer"),
}
STATES = {
    "received": gettext_noop("Received"),
    "identified": gettext_noop("Identified"),
    "searched": gettext_noop("Searched"),
    "decided": gettext_noop("Decided"),
    "fulfilled": gettext_noop("Fulfilled"),
    "closed": gettext_noop("Closed"),
}
PROOFS = {
    "I1": gettext_noop("Signed in with strong authentication"),
    "I2": gettext_noop("Has the number in hand: a call back or a one-time code"),
    "I3": gettext_noop("Knows when, on which line and what it was about"),
    "I4": gettext_noop("Was here in person; an identity document was seen, not copied"),
    "I5": gettext_noop("Has the customer’s authority to act"),
}
DOCUMENTS = {
    "passport": gettext_noop("Passport"),
    "identity_card": gettext_noop("Identity card"),
    "driving_licence": gettext_noop("Driving licence"),
    "other": gettext_noop("Another document"),
}
SIGNATURES = {
    "present": gettext_noop("Signed"),
    "absent": gettext_noop("Not signed, which makes no difference"),
}
EXTENSIONS = {
    "complexity": gettext_noop("The request is complex"),
    "number": gettext_noop("There are many requests"),
}
OUTCOMES = {
    "granted": gettext_noop("Granted"),
    "partly": gettext_noop("Granted in part"),
    "refused": gettext_noop("Refused"),
}
ENDS = {
    **OUTCOMES,
    "withdrawn": gettext_noop("Taken back by the person"),
    "no_request": gettext_noop("No request"),
}
GROUNDS = {
    "not_identified": gettext_noop("It could not be found out who asks, or which call is theirs"),
    "excessive": gettext_noop("Manifestly unfounded or excessive"),
    "none_kept": gettext_noop("No such call is kept"),
    "others_rights": gettext_noop("It would harm the rights of others"),
    "accurate": gettext_noop("The data are accurate and complete"),
    "still_needed": gettext_noop("None of the reasons for erasure is there"),
    "law_obliges": gettext_noop("The law obliges us to keep them"),
    "legal_claim": gettext_noop("Needed for a legal claim"),
    "no_ground_18": gettext_noop("None of the reasons for restriction is there"),
    "no_consent": gettext_noop("The processing rests neither on consent nor on a contract"),
    "no_interest": gettext_noop("The processing does not rest on a legitimate interest"),
    "compelling": gettext_noop("Compelling legitimate grounds outweigh it"),
}
REVIEWS = {
    "waiting": gettext_noop("waits for the officer’s second look"),
    "agreed": gettext_noop("the officer agrees"),
    "returned": gettext_noop("sent back by the officer: decide it anew"),
}
GIVEN = {
    "letter": gettext_noop("The letter with the decision"),
    "copy": gettext_noop("The copy"),
    "listening_offered": gettext_noop("Times for listening were offered"),
    "listening_declined": gettext_noop("The times offered do not suit: offer others"),
    "listening_held": gettext_noop("The person has listened at the office"),
    "listening_waived": gettext_noop("The person wants to listen no more"),
    "erased": gettext_noop("The call was erased; every place was asked"),
    "recipients": gettext_noop("Say who else had the data, and tell them"),
    "restriction_ends": gettext_noop("Letter: End of a restriction"),
}
TO_NOTE = ("listening_offered", "listening_declined", "listening_held", "listening_waived")
"""What is noted by hand; the rest notes itself when it happens."""
HOW = {
    "hand": gettext_noop("by hand"),
    "post": gettext_noop("by post"),
    "email": gettext_noop("by e-mail"),
    "portal": gettext_noop("on the person’s own pages"),
    "download": gettext_noop("by download"),
}
STAGES = {
    "slow_10": gettext_noop("10 days since it came"),
    "slow_20": gettext_noop("20 days since it came"),
    "slow_25": gettext_noop("25 days since it came"),
    "soon": gettext_noop("due within two days"),
    "soon_unpaused": gettext_noop("due within two days, had the clock not stood still"),
    "overdue": gettext_noop("overdue"),
    "overdue_unpaused": gettext_noop("overdue, had the clock not stood still"),
}
REFUSED = {
    **own_words.REFUSED,
    "strength": gettext_noop("Say with which strength the person signed in."),
    "paper_none": gettext_noop("Choose a file: PDF, JPEG or PNG."),
    "paper_type": gettext_noop("A file of a type that is not kept: only PDF, JPEG and PNG are."),
    "paper_size": gettext_noop("The file is too large. Scan it in grey, or in parts."),
    "paper_count": gettext_noop("There are too many files."),
    "paper_malware": gettext_noop("The scanner found malware in the file; it was not kept."),
    "paper_waits": gettext_noop(
        "The scanner has not looked into this file yet. "
        "It is tried again by itself; open the file then."
    ),
    "paper_left": gettext_noop("A part of the mail that is too long or cannot be read."),
    "no_mail": gettext_noop("Only a case that came by e-mail is closed like this."),
    "channel": gettext_noop("Choose how the request came."),
    "asked": gettext_noop("Choose at least one thing that is wanted."),
    "capacity": gettext_noop("Choose who asks, and the language of the answer."),
    "country": gettext_noop("Write the country as two letters, such as FI or SE."),
    "arrived": gettext_noop("The day of arrival is today or earlier, within a year."),
    "about_days": gettext_noop("The days of the calls are in order, and not to come."),
    "direction": gettext_noop("Choose who called whom, or leave it open."),
    "number": gettext_noop("Write the telephone number in digits, or leave it out."),
    "words": gettext_noop(
        "A name has at most 100 characters, where to answer 300, and what it was about 450."
    ),
    "document": gettext_noop("Choose the kind of document that was seen."),
    "line": gettext_noop("Choose a line of the list, or leave it open."),
    "day": gettext_noop("Write the days like 25.5.2018."),
    "busy": gettext_noop("Many requests came at once. Send it again."),
    "proof": gettext_noop("Choose how the person was identified."),
    "proven": gettext_noop("This step is noted already."),
    "identified": gettext_noop("The person is identified already; there is nothing to ask."),
    "not_identified": gettext_noop(
        "Person and call are not linked yet: take one step of each kind, or number and facts."
    ),
    "asked_already": gettext_noop("The person was asked already."),
    "doubt_late": gettext_noop(
        "More than ten days have passed since it came: asking now does not stop the clock."
    ),
    "not_asked": gettext_noop("The clock is running; nobody has stopped it."),
    "extension": gettext_noop("Choose why more time is needed."),
    "extended": gettext_noop("The time was extended already, once."),
    "late": gettext_noop("The first month is over: the time cannot be extended any more."),
    "closed": gettext_noop("The case is closed."),
    "reference": gettext_noop(
        "This is no call reference: a letter is wrong or lacking. "
        "It has sixteen letters, without vowels, Y and Q. Look at it again, or leave it out."
    ),
    "no_reference": gettext_noop(
        "No call is kept under this reference. It was destroyed on its day, or never was one."
    ),
    "hour": gettext_noop("Write the time like 14:30."),
    "not_found": gettext_noop("This call is not among those found. Search again."),
    "named": gettext_noop("This call is in the case already."),
    "one_at_a_time": gettext_noop(
        "Say first whether the call that you look at is the person’s. One is looked at at a time."
    ),
    "not_held": gettext_noop(
        "The call is in the case and not held yet: it may be on its way out. Name it again."
    ),
    "not_kept": gettext_noop(
        "The call is kept no more, or only for somebody else’s hold. Ask the officer."
    ),
    "mandate": gettext_noop("The case’s time to hear calls is over. Tell the officer."),
    "outcome": gettext_noop("Choose what is decided."),
    "ground": gettext_noop("Choose a reason that the law knows for this right."),
    "why": gettext_noop("Write the facts behind it, in 10 to 450 characters."),
    "call": gettext_noop("This is not to be decided in this case. Look at it again."),
    "own_decision": gettext_noop("A second look is somebody else’s."),
    "undecided": gettext_noop("Something that was asked is not decided yet."),
    "second_look": gettext_noop("A refusal still waits for the officer, or was sent back."),
    "given": gettext_noop("Choose what was given and how."),
    "no_call": gettext_noop(
        "There is no call in this case. If none is kept, refuse it with that reason."
    ),
    "nothing_to_erase": gettext_noop("No call of this case waits for its erasure to be planned."),
    "copy_first": gettext_noop(
        "The person gets the copy or the listening first: afterwards there is nothing to give."
    ),
    "agent": gettext_noop("Choose the employee who asks for their own calls."),
    "statement": gettext_noop("Write what the person has to say, in 3 to 2,000 characters."),
    "purposes": gettext_noop("Tick at least one purpose to which the person objects."),
    "recipient": gettext_noop("Write who had the data, in 2 to 100 characters."),
    "recipients": gettext_noop("Somebody is named already who had the data."),
    "not_given": gettext_noop("Something that was granted has not been given, or the letter."),
    "state": gettext_noop("The case is elsewhere by now. Look at it again."),
}
ACTS = {
    **own_words.ACTS,
    **breach_words.ACTS,
    **law_words.ACTS,
    "rights:mail:answered": gettext_noop("Receipt sent by e-mail"),
    "rights:mail:dismissed": gettext_noop("Case closed: the e-mail was no request"),
    "rights:mail:taken": gettext_noop("E-mail taken into a case"),
    "rights:paper:kept": gettext_noop("Scan or attachment kept"),
    "rights:paper:removed": gettext_noop("Scan or attachment removed: malware"),
    "rights:paper:scanned": gettext_noop("Scan or attachment looked through later"),
    "rights:paper:seen": gettext_noop("Scan or attachment fetched"),
    "rights:answer:given": gettext_noop("Something given to the person"),
    "rights:call:confirmed": gettext_noop("Call confirmed to be the person’s"),
    "rights:call:dropped": gettext_noop("Call dropped: not the person’s"),
    "rights:call:named": gettext_noop("Call named in a case, and held"),
    "rights:calls:searched": gettext_noop("Calls searched in a case"),
    "rights:cases:forgotten": gettext_noop("Closed cases removed in their time"),
    "rights:decision:carried_out": gettext_noop("Decision carried out"),
    "rights:decision:made": gettext_noop("Decision made"),
    "rights:decision:reviewed": gettext_noop("Refusal looked at twice"),
    "rights:case:extended": gettext_noop("Time of a case extended"),
    "rights:case:moved": gettext_noop("Case moved on"),
    "rights:case:registered": gettext_noop("Case registered"),
    "rights:case:seen": gettext_noop("Case looked at"),
    "rights:cases:listed": gettext_noop("Cases looked at"),
    "rights:identity:answered": gettext_noop("Person answered who they are: the clock goes on"),
    "rights:identity:asked": gettext_noop("Person asked who they are: the clock stands still"),
    "rights:identity:proven": gettext_noop("Step of identification noted"),
    "rights:identity:refused": gettext_noop("Sign-in elsewhere identified nobody"),
    "rights:recipient:answered": gettext_noop("Somebody who had the data has answered"),
    "rights:recipients:noted": gettext_noop("Noted who else had the data"),
}
ALARMS = {
    **breach_words.ALARMS,
    **law_words.ALARMS,
    "rights:canary_lost": gettext_noop("A test mail to a published address has not arrived"),
    "rights:mail_after_closing": gettext_noop("An e-mail came to a closed case"),
    "rights:mail_dismissed": gettext_noop("An e-mail was taken for no request"),
    "rights:gateway_failed": gettext_noop("The program that sends one-time codes does not work"),
    "rights:mailbox_unread": gettext_noop("The mailbox for requests cannot be read"),
    "rights:scanner_failed": gettext_noop("The scanner for attachments does not answer"),
    "rights:case_waits": gettext_noop("A person’s request waits"),
    "rights:case_overdue": gettext_noop("A person’s request is overdue"),
    "rights:day_comes": gettext_noop("Calls that a person asked for fall due before it is decided"),
    "rights:second_look": gettext_noop("A refusal waits for a second look"),
    "rights:few_handlers": gettext_noop("Too few trained handlers for people’s requests"),
}
FACTS = {
    **own_words.FACTS,
    **breach_words.FACTS,
    "kept": gettext_noop("kept"),
    "left_out": gettext_noop("not kept"),
    "calls": gettext_noop("calls"),
    "found": gettext_noop("found"),
    "ground": gettext_noop("ground"),
    "how": gettext_noop("how"),
    "outcome": gettext_noop("decision"),
    "review": gettext_noop("second look"),
    "right": gettext_noop("right"),
    "shown": gettext_noop("shown"),
    "what": gettext_noop("what"),
    "arrived": gettext_noop("came on"),
    "asked": gettext_noop("wanted"),
    "capacity": gettext_noop("who asks"),
    "channel": gettext_noop("how it came"),
    "document": gettext_noop("document seen"),
    "identity_seen": gettext_noop("document seen"),
    "number": gettext_noop("number of the case"),
    "proof": gettext_noop("how identified"),
    "signature": gettext_noop("signature"),
    "state": gettext_noop("state"),
    "why": gettext_noop("reason"),
}
TABLES = {
    **own_words.TABLES,
    **breach_words.TABLES,
    "asked": RIGHTS,
    "capacity": CAPACITIES,
    "channel": CHANNELS,
    "document": DOCUMENTS,
    "identity_seen": DOCUMENTS,
    "ground": {**law_words.STATUTES, **GROUNDS},
    "how": {**HOW, "code": gettext_noop("by one-time code")},
    "outcome": ENDS,
    "proof": PROOFS,
    "review": REVIEWS,
    "right": RIGHTS,
    "what": GIVEN,
    "signature": SIGNATURES,
    "state": {**law_words.STATES, **STATES},
    "why": {**EXTENSIONS, **own_words.WHY},
}
"""Facts of entries whose values are codes."""


def word(table: dict[str, str], code: str) -> str:
    """The code itself where this version has no word for it."""
    return _(table[code]) if code in table else code


def words_of(table: dict[str, str], codes: str) -> str:
    """Codes with spaces between them, in words."""
    return ", ".join(word(table, one) for one in codes.split())


def refused(code: str) -> str:
    return _(REFUSED[code])
