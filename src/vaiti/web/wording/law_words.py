"""Words for disclosures required by law, and for complaints."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

STATES = {
    "received": gettext_noop("Received"),
    "verified": gettext_noop("Authority called back"),
    "proposed": gettext_noop("Waits for the second person"),
    "approved": gettext_noop("Approved by two persons"),
    "handed": gettext_noop("Handed over"),
    "refused": gettext_noop("Nothing is disclosed"),
    "closed": gettext_noop("Closed"),
    "answered": gettext_noop("Answered"),
    "decided": gettext_noop("Decided"),
}
STATUTES = {
    "seizure": gettext_noop("Seizure or copying, Coercive Measures Act (806/2011), chapter 7"),
    "preservation": gettext_noop(
        "Order to preserve data, Coercive Measures Act, chapter 8, section 24: gives no content"
    ),
    "police_information": gettext_noop(
        "Police’s right to information, Police Act (872/2011), chapter 4, section 3"
    ),
    "court_order": gettext_noop(
        "Court’s order to produce evidence, Code of Judicial Procedure, chapter 17, section 40"
    ),
    "supervision": gettext_noop(
        "Supervisory authority’s right to information, Data Protection Act, section 18"
    ),
    "se_seizure": gettext_noop("Seizure in Sweden, Rättegångsbalken 27:1"),
    "se_court_order": gettext_noop("Court’s order in Sweden, Rättegångsbalken 38:2"),
}
VOICES = {
    "both": gettext_noop("Both voices"),
    "customer": gettext_noop("The customer’s voice alone"),
    "agent": gettext_noop("The company’s voice alone"),
}
TOLD = {
    "told": gettext_noop("The person was told today"),
    "secret": gettext_noop("Secrecy is ordered: look at it again on the day below"),
    "unknown": gettext_noop("Nobody knows who it is: a masked number names nobody"),
}
FROM = {
    "person": gettext_noop("A person, to the company"),
    "authority": gettext_noop("An authority that asks about it"),
}
OUTCOMES = {
    "upheld": gettext_noop("The complaint was right"),
    "partly": gettext_noop("It was right in part"),
    "rejected": gettext_noop("It was not right"),
    "withdrawn": gettext_noop("It was taken back"),
}
LACKS = {
    "not_handed": gettext_noop("It closes once the package was handed over, or nothing is given."),
    "not_told": gettext_noop("It closes once the person was told, or nobody knows who it is."),
}
ACTS = {
    "rights:complaint:gone": gettext_noop("Call of a complaint found gone already"),
    "rights:complaint:held": gettext_noop("Call held for a complaint"),
    "rights:complaint:moved": gettext_noop("Complaint moved on"),
    "rights:complaint:received": gettext_noop("Complaint noted"),
    "rights:complaint:seen": gettext_noop("Complaint looked at"),
    "rights:complaints:listed": gettext_noop("Complaints looked at"),
    "rights:disclosure:moved": gettext_noop("Disclosure required by law moved on"),
    "rights:disclosure:named": gettext_noop("Call named for a disclosure, or taken out"),
    "rights:disclosure:received": gettext_noop("Order of an authority received"),
    "rights:disclosure:searched": gettext_noop("Calls searched for a disclosure"),
    "rights:disclosure:seen": gettext_noop("Disclosure required by law looked at"),
    "rights:disclosure:told": gettext_noop("Person told of a disclosure, or why not"),
    "rights:disclosures:listed": gettext_noop("Register of disclosures looked at"),
    "rights:records:forgotten": gettext_noop("Disclosures and complaints removed in their time"),
}
ALARMS = {
    "rights:disclosure_due": gettext_noop("An authority waits for an answer to its order"),
    "rights:disclosure_secret": gettext_noop("Secrecy of a disclosure is to be looked at again"),
    "rights:complaint_due": gettext_noop("A complaint waits for an answer"),
}
REFUSED = {
    "statute": gettext_noop("Choose the statute. Without one nothing is disclosed."),
    "authority": gettext_noop("Say which authority it is, in 3 to 120 characters."),
    "officer_name": gettext_noop("Say who decided on the order there."),
    "reference": gettext_noop(
        "A reference is 3 to 40 letters, digits and / # . _ - and no telephone number."
    ),
    "scope": gettext_noop("Say what the order asks for, in 10 to 2000 characters."),
    "called": gettext_noop(
        "Say where the authority’s number was found and who answered, without the number itself."
    ),
    "telephone": gettext_noop(
        "No telephone number and no identity code stands in these texts. Take it out."
    ),
    "moment": gettext_noop("Write a day like 25.5.2018, and a time behind it like 14:02."),
    "span": gettext_noop("Give a beginning and an end behind it."),
    "number": gettext_noop("This is no telephone number."),
    "not_found": gettext_noop("That call was not found like this. Search again."),
    "named": gettext_noop("The call is named already, or fifty are."),
    "not_held": gettext_noop("The call cannot be held: it is gone or about to go."),
    "preserves_only": gettext_noop(
        "An order to preserve gives nobody the content. The calls are held; close it."
    ),
    "no_calls": gettext_noop("Name the calls that the order asks for first, at most fifty."),
    "voices": gettext_noop("Choose whose voices are disclosed."),
    "why": gettext_noop("Say why, in 15 to 500 characters: it is the record."),
    "same_person": gettext_noop("A second person decides: not who proposed it."),
    "officer": gettext_noop("One of the two is the data protection officer."),
    "state": gettext_noop("It has moved on. Look at it again."),
    "package_waits": gettext_noop("A sealed package waits already. Hand it over."),
    "no_package": gettext_noop("There is no sealed package any more. Make it again."),
    "receiver": gettext_noop("Say who received it there, against a receipt."),
    "how_told": gettext_noop("Choose what was told, and the day where secrecy is ordered."),
    "secret_until": gettext_noop("The day is tomorrow at the earliest and within a year."),
    "not_handed": gettext_noop("It is not handed over yet."),
    "not_told": gettext_noop(
        "Note first that the person was told, or that nobody knows who it is."
    ),
    "busy": gettext_noop("Others were quicker. Try again."),
    "came_from": gettext_noop("Choose who complains."),
    "arrived": gettext_noop("It came within the last year, and not in the future."),
    "case": gettext_noop("There is no such case. Write its number like R-2026-17."),
    "about": gettext_noop("Say what the complaint is about, in 10 to 2000 characters."),
    "not_seen": gettext_noop("Write calls that you may see: their address or id, one a line."),
    "calls": gettext_noop("Write at least one call: its address, or its id of 32 characters."),
    "answer": gettext_noop("Say what was answered, in 10 to 2000 characters."),
    "outcome": gettext_noop("Choose how it ended."),
    "words": gettext_noop("A text has at most 2000 characters. Shorten it."),
}


def refused(code: str) -> str:
    return _(REFUSED[code])
