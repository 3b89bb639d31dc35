"""Words between a person and the office: the person's page, messages, times, the kiosk."""

from django.utils.translation import gettext_noop

STATES = {
    "received": gettext_noop("It has come, and somebody looks at it next."),
    "identified": gettext_noop("We know who asks, and look for the calls."),
    "searched": gettext_noop("We have looked for the calls, and decide now."),
    "decided": gettext_noop("It is decided. What you get is below, or on its way to you."),
    "fulfilled": gettext_noop("You have been given what was decided."),
    "closed": gettext_noop("It is done and closed."),
}
"""How far a case is, as the person is told."""
SLOTS = {
    "offered": gettext_noop("offered"),
    "accepted": gettext_noop("taken"),
    "declined": gettext_noop("declined: offer others"),
}
CODES = {
    "no_gateway": gettext_noop("Codes are not sent here. Show it another way."),
    "number_whole": gettext_noop(
        "Write your whole telephone number, of a mobile or an ordinary fixed line."
    ),
    "number_abroad": gettext_noop("No codes are sent to numbers of this country. Ask another way."),
    "other_number": gettext_noop(
        "The request names another number. If that one is wrong, write to us, or call."
    ),
    "withheld": gettext_noop(
        "The number was withheld in the call, so that having it shows nothing of the call."
    ),
    "staff_number": gettext_noop("For an employee’s own calls no number is needed."),
    "codes_many": gettext_noop("Many codes were asked for. Try again in an hour, or another way."),
    "gateway": gettext_noop("The message could not be sent. Try again later, or another way."),
    "number_code": gettext_noop("This is not the code that was sent. Look at the message again."),
    "number_code_over": gettext_noop("The code counts no more. Have a new one sent."),
}
REFUSED = {
    "message": gettext_noop("Write at least a word, and at most 2,000 characters."),
    "messages": gettext_noop(
        "Many messages of yours wait for a reader already. Wait for the answer, or call us."
    ),
    "few_slots": gettext_noop("Offer at least two times, at most six, and each of them once."),
    "slot_when": gettext_noop("Write days like 25.5.2018 and times like 14:30, within 92 days."),
    "slot_where": gettext_noop("Choose one of the premises, and how long the room is free."),
    "not_granted": gettext_noop(
        "Times are offered once it is decided that the person may listen to a call."
    ),
    "needs": gettext_noop("Say what you need in at most 300 characters."),
    "slot_full": gettext_noop("Somebody else comes there at one of these times. Offer another."),
    "slot_gone": gettext_noop("This time is free no more. Choose another, or ask for others."),
    "no_slot": gettext_noop("Choose a time first: the code goes with it."),
    "no_code": gettext_noop("The person has no code yet, or it has expired. Make one for them."),
    "join_first": gettext_noop("Press “I go on with this case” first: you do not hear its calls."),
    "sitting_code": gettext_noop("Type the eight digits again, or ask the staff for a new code."),
    **CODES,
    "assurance": gettext_noop("Your sign-in was not strong enough for this. Choose another way."),
}
ACTS = {
    "rights:message:written": gettext_noop("Message written in a case"),
    "rights:number:coded": gettext_noop("One-time code sent to a number"),
    "rights:number:refused": gettext_noop("One-time code wrong, or not sent"),
    "rights:page:opened": gettext_noop("Person opened their case’s page"),
    "rights:sitting:coded": gettext_noop("Code made for listening at the office"),
    "rights:sitting:ended": gettext_noop("Listening at the office ended"),
    "rights:sitting:entered": gettext_noop("Person typed their code at the kiosk"),
    "rights:sitting:heard": gettext_noop("Recording opened at the kiosk for the person"),
    "rights:sitting:opened": gettext_noop("Kiosk opened for a person"),
    "rights:sitting:refused": gettext_noop("Wrong code at the kiosk"),
    "rights:slot:answered": gettext_noop("Time for listening answered"),
    "rights:slots:offered": gettext_noop("Times for listening offered"),
    "rights:visits:seen": gettext_noop("Visits of a day looked at"),
}
FACTS = {
    "answer": gettext_noop("answer"),
    "assurance": gettext_noop("strength of the sign-in"),
    "needs": gettext_noop("something is needed to come and hear"),
    "place": gettext_noop("place"),
    "side": gettext_noop("whose"),
    "sitting": gettext_noop("listening at the office"),
    "slots": gettext_noop("times"),
}
TABLES = {
    "answer": {
        "accepted": gettext_noop("taken"),
        "declined": gettext_noop("declined"),
    },
    "side": {
        "person": gettext_noop("the person’s"),
        "office": gettext_noop("the office’s"),
    },
}
WHY = {
    "code": gettext_noop("another code was typed"),
    "gateway": gettext_noop("the message was not taken"),
}
"""Why a one-time code proved nothing."""
DOERS = {
    "system:person": gettext_noop("the person"),
    "system:web": gettext_noop("the web form"),
}
