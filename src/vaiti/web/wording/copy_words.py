"""Words for copies of calls that are made for the people recorded."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

ACTS = {
    "access:copy:opened": gettext_noop("Recording opened to be copied for a person’s request"),
    "access:copy:taken": gettext_noop("Sound taken from a recording for a copy"),
    "rights:copy:delivered": gettext_noop("Copy delivered"),
    "rights:copy:destroyed": gettext_noop("Package of copies destroyed"),
    "rights:copy:fetched": gettext_noop("Encrypted copy fetched by its handler"),
    "rights:copy:made": gettext_noop("Copy made"),
    "rights:copy:refused": gettext_noop("Copy refused: wrong password"),
    "rights:evidence:fetched": gettext_noop("Package of evidence handed to its handler"),
    "rights:evidence:made": gettext_noop("Package of evidence made"),
}
VOICES = {
    "both": gettext_noop("Both voices"),
    "customer": gettext_noop("The customer’s voice alone"),
    "agent": gettext_noop("The company’s voice alone"),
}
LANGUAGES = {"fi": "suomi", "sv": "svenska", "en": "English"}
STATES = {
    "making": (gettext_noop("Being made"), "warn"),
    "waiting": (gettext_noop("Waits to be fetched"), "warn"),
    "delivered": (gettext_noop("Delivered"), "good"),
    "expired": (gettext_noop("Destroyed: nobody fetched it"), "bad"),
    "locked": (gettext_noop("Destroyed: too many tries"), "bad"),
    "call_gone": (gettext_noop("Destroyed with a call of it"), "bad"),
    "unmade": (gettext_noop("Destroyed: it was never finished"), "bad"),
}
AT_THE_DOOR = frozenset({"gone", "password", "soon"})
REFUSED = {
    "calls": gettext_noop("Choose at least one call."),
    "many": gettext_noop("A package holds 50 calls. Make several."),
    "long": gettext_noop("A package holds 12 hours of sound. Make several."),
    "voices": gettext_noop(
        "Choose whose voices are in the copy; at most 100 passages fall silent."
    ),
    "passage": gettext_noop(
        "Write each passage on a line of its own, such as 1:05-1:12 agent: when it begins and ends "
        "after the beginning of the call, and which side falls silent: agent, customer or both."
    ),
    "decoder": gettext_noop(
        "One of the calls is in a codec that this installation cannot decode. Have the decoders "
        "installed, as the page “State” says, or give a transcript."
    ),
    "transcript": gettext_noop("The transcript is too long. Give it as a letter."),
    "why": gettext_noop(
        "Something is left out: write the decision and its reason in 15 to 500 characters. The "
        "person reads it."
    ),
    "gone": gettext_noop(
        "It was fetched already, its time is over, or too many passwords were tried. Ask for a new "
        "copy: it costs nothing."
    ),
    "password": gettext_noop(
        "The password does not fit. It has four groups of five letters and digits; look whether "
        "each stands as you were given it."
    ),
    "soon": gettext_noop("The log has not signed it yet. Try again in a minute."),
}
UNSHOWN = {
    "decoder": REFUSED["decoder"],
    "staff": gettext_noop(
        "An employee asks: the customer’s voice is not theirs to be given. Make a copy of their "
        "own voice instead."
    ),
    "soon": REFUSED["soon"],
    "changed": gettext_noop(
        "The recording, the register’s name or its program has changed since the package was "
        "made, or none was made. Make it anew."
    ),
    "password": gettext_noop("The password came without the page that shows it. Try again here."),
}


def voices(code: str) -> str:
    return _(VOICES[code])


def language(code: str) -> str:
    return LANGUAGES[code]


def state(code: str) -> tuple[str, str]:
    """What it is called, and its mood."""
    label, mood = STATES[code]
    return _(label), mood


def refused(code: str) -> str:
    return _(REFUSED[code])


def unshown(code: str) -> str:
    """Why evidence was not made or handed out."""
    return _(UNSHOWN[code])
