"""Words for letters to the people recorded."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ACTS = {
    "rights:letter:drafted": gettext_noop("Letter drafted"),
    "rights:letter:dropped": gettext_noop("Draft of a letter dropped"),
    "rights:letter:fetched": gettext_noop("Letter fetched by the person"),
    "rights:letter:sent": gettext_noop("Letter sent"),
}
KINDS = {
    "receipt": gettext_noop("Receipt of the request"),
    "identification": gettext_noop("Question about which calls are the person’s"),
    "extension": gettext_noop("Extension of the time limit"),
    "information": gettext_noop("Information about the data"),
    "decision": gettext_noop("Decision, call by call"),
    "refusal": gettext_noop("Refusal"),
    "erasure": gettext_noop("Letter with the certificate of erasure"),
    "article_19": gettext_noop("Notice to those who received the data"),
    "restriction_lifted": gettext_noop("End of a restriction"),
    "breach_authority": gettext_noop("Notification of a breach to the authority"),
    "breach_person": gettext_noop("Notice of a breach to a person"),
    "disclosure_receipt": gettext_noop("Receipt for the authority"),
    "disclosure_refused": gettext_noop("Answer to the authority that nothing is disclosed"),
    "disclosure_person": gettext_noop("Letter to the person about the disclosure"),
}
HOWS = {
    "post": gettext_noop("By post"),
    "desk": gettext_noop("Given at the desk"),
    "mail": gettext_noop("By mail, with nothing of a call in it"),
    "copy": gettext_noop("In the package of copies"),
    "page": gettext_noop("On the page that number and code open"),
}
REFUSED = {
    "kind": gettext_noop("Choose which letter, and its language."),
    "how": gettext_noop("Choose how the person gets it."),
    "required": gettext_noop("The law asks for the marked paragraph. Say it in your own words."),
    "blank": gettext_noop(
        "The marked paragraph still has a blank in square brackets. Fill it, or take it out."
    ),
    "long": gettext_noop("The marked paragraph is too long. Shorten it."),
    "not_erased": gettext_noop(
        "Not everything is erased and proven yet. Send it when the order says done."
    ),
    "certificate": gettext_noop(
        "The log has not signed the certificate that goes with it yet. Send it in a minute; if the "
        "order’s page says that none was issued, issue it there."
    ),
    "secret": gettext_noop(
        "Secrecy is ordered. Note on the disclosure’s page first that it has ended."
    ),
    "not_handed": gettext_noop("Nothing was handed over yet: there is nothing to tell."),
    "not_refused": gettext_noop("Note on the disclosure’s page first that nothing is disclosed."),
    "sent": gettext_noop("It was sent already, and stays as it is. Write another one."),
}


def kind(code: str) -> str:
    return _(KINDS[code])


def how(code: str) -> str:
    return _(HOWS[code])


def refused(code: str) -> str:
    return _(REFUSED[code])
