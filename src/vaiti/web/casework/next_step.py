"""What comes next in a case, in one sentence at the head of its page, for whoever does it first."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from vaiti.rights.asking import State


@dataclass(frozen=True, slots=True)
class Next:
    """`where` is the part of the page in which it is done."""

    text: str
    where: str


@dataclass(frozen=True, slots=True)
class At:
    """Where a case stands. `candidate`: a call waits to be told whose it is; `waiting`: a refusal
    waits for the officer; `lacks`: what is still to be given, in words."""

    state: State
    identified: bool
    searches: bool
    calls: bool
    candidate: bool
    decided: bool
    waiting: bool
    lacks: str


def next_of(at: At) -> Next | None:
    """None for a case that is over."""
    if at.state is State.RECEIVED:
        return _received(at)
    if at.state is State.IDENTIFIED:
        return _identified(at)
    if at.state is State.SEARCHED:
        return _searched(at)
    if at.state is State.DECIDED:
        told = _("Give what is still to be given: %(lacks)s.") % {"lacks": at.lacks}
        return Next(told if at.lacks else _("All was given: go on."), "given-title")
    if at.state is State.FULFILLED:
        return Next(_("Close the case."), "close")
    return None


def _received(at: At) -> Next:
    if at.identified:
        return Next(_("The person is known well enough: go on to the search."), "who-title")
    return Next(_("Note how you know that the calls are this person’s."), "who-title")


def _identified(at: At) -> Next:
    if not at.searches:
        return Next(_("No call has to be found: go on."), "go-on")
    if at.candidate:
        told = _("Open the call, listen for a few seconds, and say whose it is.")
        return Next(told, "calls-title")
    if at.calls:
        return Next(_("Search for the next call, or go on when all are found."), "calls-title")
    return Next(_("Search for the calls."), "search-title")


def _searched(at: At) -> Next:
    if at.waiting:
        return Next(_("The officer looks at what is refused."), "decide-title")
    if at.decided:
        return Next(_("All is decided: go on."), "decide-title")
    return Next(_("Decide each right of each call."), "decide-title")
