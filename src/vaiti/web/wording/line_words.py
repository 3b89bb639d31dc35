"""Words for the company's lines: their rules, and the sentences in which they are refused."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.notice.lines import LineCard

FUNCTIONS = {
    "service": gettext_noop("Customer service"),
    "telesales": gettext_noop("Telephone sales"),
    "test": gettext_noop("Test line"),
}
FLAGS = {
    "recorded": gettext_noop("Its calls are recorded."),
    "inbound": gettext_noop("Calls that come in."),
    "outbound": gettext_noop("Calls that go out."),
    "announced": gettext_noop("Recording waits until the announcement was made."),
    "keeps_hold": gettext_noop("What is heard on hold is kept."),
    "keypad": gettext_noop("Customers press keys on it: the tones are taken out of the sound."),
}
"""As they stand beside the boxes of the form."""
DONE = {
    "listed": gettext_noop("The line was listed. A running recorder follows within seconds."),
    "changed": gettext_noop(
        "The line was changed. A running recorder follows within seconds; calls in progress end "
        "under the rules that they began with."
    ),
    "ended": gettext_noop(
        "The line was ended. New calls on it are not recorded from within seconds on."
    ),
}
REFUSALS = (
    gettext_noop("write the number with a plus and its country code, digits only"),
    gettext_noop("give the line a label of 1 to 80 characters"),
    gettext_noop("a line takes calls in, out, or both"),
    gettext_noop("this number is registered; end its entry first"),
    gettext_noop("customers have called this number; give the test line one of its own"),
    gettext_noop("the line was changed or ended meanwhile; look at it again"),
    gettext_noop("nothing differs from what stands already"),
    gettext_noop("no entry stands for this number"),
)


def function(code: str) -> str:
    return _(FUNCTIONS[code])


def ways(line: LineCard) -> str:
    """In which directions calls are taken."""
    told: Mapping[tuple[bool, bool], str] = {
        (True, True): _("in and out"),
        (True, False): _("in only"),
        (False, True): _("out only"),
    }
    return told.get((line.inbound, line.outbound), _("no calls"))


def rules(line: LineCard) -> list[str]:
    """What holds besides, where it is recorded at all."""
    if not line.recorded:
        return []
    told = {
        _("from the announcement on"): line.announced,
        _("holds are left out"): not line.keeps_hold,
        _("key tones are left out"): line.keypad,
    }
    return [rule for rule, stands in told.items() if stands]


def refusal(sentence: str) -> str:
    """The room's sentence as one of the page's: it begins with a capital and ends."""
    said = _(sentence) if sentence in REFUSALS else sentence
    return f"{said[:1].upper()}{said[1:]}."


def done(code: str) -> str:
    """What was just done, after a form; nothing for a code that is not ours."""
    return _(DONE[code]) if code in DONE else ""
