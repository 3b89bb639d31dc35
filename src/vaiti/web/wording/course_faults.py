"""What is wrong in the text of a course, in the reader's language."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from vaiti.people.course_text import CourseError, Place

SENTENCES = (
    gettext_noop("retrain_by is a day without quotes, such as 2027-01-31"),
    gettext_noop("retrain_by is over; give a day that is to come"),
    gettext_noop("this version is loaded already; give the changed one another name"),
    gettext_noop("a course has two sections, of the kinds %(kinds)s"),
    gettext_noop("%(where)s has at least two answers"),
    gettext_noop("%(where)s has exactly one answer with right = true"),
    gettext_noop("right in %(where)s is true or false, without quotes"),
    gettext_noop("%(where)s is a table of keys and values"),
    gettext_noop("%(where)s has the unknown key %(key)s; it may have %(known)s"),
    gettext_noop("%(where)s lacks its %(key)ss; each begins with a line in [[two brackets]]"),
    gettext_noop("%(where)s has %(count)d of %(key)s, and at most %(most)d are allowed"),
    gettext_noop("%(key)s of %(where)s is a text of 1 to %(most)d characters, in quotes"),
    gettext_noop("%(key)s of %(where)s is given in sv, fi and en, each once"),
    gettext_noop("%(key)s of %(where)s in %(language)s is a text of 1 to %(most)d characters"),
)
PARTS = {
    "section": gettext_noop("section %(number)d"),
    "screen": gettext_noop("screen %(number)d"),
    "question": gettext_noop("question %(number)d"),
    "answer": gettext_noop("answer %(number)d"),
}


def fault(error: CourseError) -> str:
    """The refusal as a whole sentence."""
    said = _(error.sentence) % {"where": where(error.place), **error.facts}
    return f"{said[:1].upper()}{said[1:]}."


def where(place: Place) -> str:
    """From the outside in: section 1, question 3."""
    named = [_(PARTS[kind]) % {"number": number} for kind, number in place]
    return ", ".join(named) or _("the course")
